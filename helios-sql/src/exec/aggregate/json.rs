//! `json_group_array` and `json_group_object`.

use helios_core::{Result, Value, ValueRef};

use crate::func::{JsonForm, json_binary, mark_json, write_json_value};

/// The text of one group so far, without its end.
pub(super) type Text = Option<Vec<u8>>;

/// Adds a value to an array.
pub(super) fn add_element(text: &mut Text, value: ValueRef<'_>) -> Result<()> {
    write_json_value(value, begin(text, b'['))
}

/// Adds a key and its value to an object; a key that is NULL adds nothing.
pub(super) fn add_entry(text: &mut Text, key: ValueRef<'_>, value: ValueRef<'_>) -> Result<()> {
    if key.is_null() {
        return Ok(());
    }
    let mut name = Vec::new();
    key.write_text(&mut name);
    name.truncate(memchr::memchr(0, &name).unwrap_or(name.len()));
    let out = begin(text, b'{');
    write_json_value(ValueRef::Text(&name), out)?;
    out.push(b':');
    write_json_value(value, out)
}

/// The text where the next element is to be written.
fn begin(text: &mut Text, bracket: u8) -> &mut Vec<u8> {
    let separator = if text.is_some() { b',' } else { bracket };
    let out = text.get_or_insert_default();
    out.push(separator);
    out
}

/// The whole, in the form that is asked for.
pub(super) fn finish(text: &Text, brackets: [u8; 2], form: JsonForm) -> Result<Value> {
    let mut whole = text.clone().unwrap_or_else(|| vec![brackets[0]]);
    whole.push(brackets[1]);
    Ok(match form {
        JsonForm::Text => Value::Text(whole.into()),
        JsonForm::Marked => mark_json(whole),
        JsonForm::Binary => return json_binary(&whole),
    })
}
