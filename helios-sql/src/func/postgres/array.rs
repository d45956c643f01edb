//! Arrays, as texts in PostgreSQL's spelling (<https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO>).
//!
//! In: `{1,NULL,"a b"}`, or the elements. Out: elements, truth values, arrays.

use helios_core::value::{Affinity, Collation, compare};
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, Scalar};
use super::cast::written;

/// The most elements that an array is filled with.
const MOST_FILLED: usize = 134_217_727;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("array", 0, 127, |_, arguments| Ok(Value::text(&write(arguments.iter().copied())))),
    Scalar::pure("array_quoted", 1, 1, |_, arguments| {
        let mut out = String::new();
        write_element(arguments[0], &mut out);
        Ok(Value::text(&out))
    }),
    Scalar::pure("array_close", 1, 1, |_, arguments| {
        Ok(written(arguments[0]).map_or(Value::Null, |inside| Value::text(&format!("{{{inside}}}"))))
    }),
    Scalar::pure("array_element", 2, 2, |_, arguments| {
        Ok(element_at(arguments)?.map_or(Value::Null, |element| Affinity::Numeric.apply(element)))
    }),
    Scalar::pure("array_slice", 3, 3, |_, arguments| {
        let Some(elements) = elements_of(arguments[0])? else { return Ok(Value::Null) };
        let count = elements.len() as i64;
        let bound = |at: usize, open: i64| match arguments[at] {
            ValueRef::Null => open,
            number => number.to_integer(),
        };
        let (first, last) = (bound(1, 1).clamp(1, count + 1), bound(2, count).clamp(0, count));
        let kept = elements.iter().skip(first as usize - 1).take((last - first + 1).max(0) as usize);
        Ok(Value::text(&write(kept.map(Value::as_ref))))
    }),
    Scalar::pure("array_fill", 2, 2, |_, arguments| {
        let Some(lengths) = elements_of(arguments[1])? else { return Ok(Value::Null) };
        let [length] = &lengths[..] else {
            return Err(Error::sql("array_fill of several dimensions is not supported"));
        };
        let length = usize::try_from(length.as_ref().to_integer()).unwrap_or(0);
        if length > MOST_FILLED {
            return Err(Error::new(ErrorKind::TooBig, "array size exceeds the maximum allowed"));
        }
        Ok(Value::text(&write(std::iter::repeat_n(arguments[0], length))))
    }),
    Scalar::pure("array_text", 2, 2, |_, arguments| Ok(element_at(arguments)?.unwrap_or_default())),
    Scalar::pure("record_field", 2, 2, record_field),
    Scalar::pure("array_any", 3, 3, |_, arguments| quantified(arguments, true)),
    Scalar::pure("array_all", 3, 3, |_, arguments| quantified(arguments, false)),
    Scalar::pure("array_length", 2, 2, array_length),
    Scalar::pure("array_upper", 2, 2, array_length),
    Scalar::pure("array_lower", 2, 2, |context, arguments| {
        Ok(if array_length(context, arguments)?.is_null() { Value::Null } else { Value::Integer(1) })
    }),
    Scalar::pure("cardinality", 1, 1, |_, arguments| {
        Ok(elements_of(arguments[0])?.map_or(Value::Null, |elements| Value::Integer(elements.len() as i64)))
    }),
    Scalar::pure("array_position", 2, 2, array_position),
    Scalar::pure("array_to_string", 2, 3, array_to_string),
    Scalar::pure("array_append", 2, 2, |_, arguments| {
        let mut elements = elements_of(arguments[0])?.unwrap_or_default();
        elements.push(arguments[1].to_value());
        Ok(Value::text(&write(elements.iter().map(Value::as_ref))))
    }),
    Scalar::pure("array_prepend", 2, 2, |_, arguments| {
        let mut elements = elements_of(arguments[1])?.unwrap_or_default();
        elements.insert(0, arguments[0].to_value());
        Ok(Value::text(&write(elements.iter().map(Value::as_ref))))
    }),
    Scalar::pure("array_cat", 2, 2, |_, arguments| {
        let (left, right) = (elements_of(arguments[0])?, elements_of(arguments[1])?);
        if left.is_none() && right.is_none() {
            return Ok(Value::Null);
        }
        let elements: Vec<Value> = left.into_iter().chain(right).flatten().collect();
        Ok(Value::text(&write(elements.iter().map(Value::as_ref))))
    }),
    Scalar::pure("array_remove", 2, 2, |_, arguments| {
        let Some(mut elements) = elements_of(arguments[0])? else { return Ok(Value::Null) };
        let gone = written(arguments[1]);
        elements.retain(|element| written(element.as_ref()) != gone);
        Ok(Value::text(&write(elements.iter().map(Value::as_ref))))
    }),
    Scalar::pure("array_replace", 3, 3, |_, arguments| {
        let Some(mut elements) = elements_of(arguments[0])? else { return Ok(Value::Null) };
        let gone = written(arguments[1]);
        for element in elements.iter_mut().filter(|element| written(element.as_ref()) == gone) {
            *element = arguments[2].to_value();
        }
        Ok(Value::text(&write(elements.iter().map(Value::as_ref))))
    }),
    Scalar::pure("string_to_array", 2, 2, |_, arguments| {
        let (Some(text), Some(separator)) = (written(arguments[0]), written(arguments[1])) else {
            return Ok(Value::Null);
        };
        let parts: Vec<Value> = match text.is_empty() {
            true => Vec::new(),
            false => text.split(&separator).map(Value::text).collect(),
        };
        Ok(Value::text(&write(parts.iter().map(Value::as_ref))))
    }),
];

/// An array of values.
pub fn write<'v>(elements: impl Iterator<Item = ValueRef<'v>>) -> String {
    let mut out = String::from("{");
    for (position, element) in elements.enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_element(element, &mut out);
    }
    out.push('}');
    out
}

fn write_element(element: ValueRef<'_>, out: &mut String) {
    let Some(text) = written(element) else { return out.push_str("NULL") };
    let is_array = text.starts_with('{') && text.ends_with('}');
    let is_plain = !text.is_empty()
        && !text.eq_ignore_ascii_case("null")
        && !text.contains([',', '{', '}', '"', '\\', ' ', '\t', '\n', '\r']);
    if is_plain || is_array {
        return out.push_str(&text);
    }
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}

/// The elements of an array, as texts; `None` if it is none. Elements that are arrays stay what they are. A list of
/// numbers with spaces between them, as the catalog has some, is one too.
pub fn parse(text: &str) -> Option<Vec<Option<String>>> {
    let text = text.trim();
    let Some(inside) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        let is_list = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
        return is_list.then(|| text.split_whitespace().map(|part| Some(part.to_owned())).collect());
    };
    let mut elements = Vec::new();
    if inside.trim().is_empty() {
        return Some(elements);
    }
    let mut characters = inside.chars();
    loop {
        let (mut element, mut was_quoted, mut in_quotes, mut depth) = (String::new(), false, false, 0_usize);
        let more = loop {
            match characters.next() {
                None if in_quotes || depth > 0 => return None,
                None => break false,
                Some(',') if !in_quotes && depth == 0 => break true,
                Some('"') => {
                    in_quotes = !in_quotes;
                    was_quoted |= depth == 0;
                    if depth > 0 {
                        element.push('"');
                    }
                }
                Some('\\') => {
                    if depth > 0 {
                        element.push('\\');
                    }
                    element.push(characters.next()?);
                }
                Some(character) => {
                    match character {
                        '{' if !in_quotes => depth += 1,
                        '}' if !in_quotes => depth = depth.checked_sub(1)?,
                        _ => {}
                    }
                    let is_margin = !in_quotes && element.is_empty() && character.is_whitespace();
                    if !is_margin && (in_quotes || depth > 0 || !was_quoted || character == '}') {
                        element.push(character);
                    }
                }
            }
        };
        elements.push(finished(element, was_quoted));
        if !more {
            return Some(elements);
        }
    }
}

fn finished(element: String, was_quoted: bool) -> Option<String> {
    if was_quoted {
        return Some(element);
    }
    let bare = element.trim_end();
    (!bare.eq_ignore_ascii_case("null")).then(|| bare.to_owned())
}

pub(super) fn elements_of(array: ValueRef<'_>) -> Result<Option<Vec<Value>>> {
    let Some(text) = written(array) else { return Ok(None) };
    let elements = parse(&text)
        .ok_or_else(|| Error::new(ErrorKind::Data, format!("malformed array literal: \"{text}\"")))?;
    Ok(Some(
        elements.into_iter().map(|element| element.map_or(Value::Null, |text| Value::text(&text))).collect(),
    ))
}

/// The field of a record. The only ones that there are have an element `x` and its number `n`: `_pg_expandarray` gives them.
fn record_field(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(record) = written(arguments[0]) else { return Ok(Value::Null) };
    let name = written(arguments[1]).unwrap_or_default();
    let fields = record.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')?.rsplit_once(','));
    match (fields, name.as_str()) {
        (Some((element, _)), "x") => Ok(Affinity::Numeric.apply(Value::text(element))),
        (Some((_, number)), "n") => Ok(Affinity::Numeric.apply(Value::text(number))),
        _ => Err(Error::sql(format!("no such column: {name}"))),
    }
}

/// The element of an array with a number.
fn element_at(arguments: &[ValueRef<'_>]) -> Result<Option<Value>> {
    let Some(elements) = elements_of(arguments[0])? else { return Ok(None) };
    if arguments[1].is_null() {
        return Ok(None);
    }
    // The lists of the catalog count from 0, arrays from 1.
    let is_list = written(arguments[0]).is_some_and(|text| !text.starts_with('{'));
    let place = arguments[1].to_integer() - i64::from(!is_list);
    Ok(usize::try_from(place).ok().and_then(|place| elements.into_iter().nth(place)))
}

fn array_length(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let elements = elements_of(arguments[0])?.filter(|elements| !elements.is_empty());
    let is_first = arguments[1].to_integer() == 1;
    Ok(elements.filter(|_| is_first).map_or(Value::Null, |elements| Value::Integer(elements.len() as i64)))
}

fn array_position(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(elements) = elements_of(arguments[0])? else { return Ok(Value::Null) };
    let wanted = written(arguments[1]);
    let place = elements.iter().position(|element| written(element.as_ref()) == wanted);
    Ok(place.map_or(Value::Null, |place| Value::Integer(place as i64 + 1)))
}

fn array_to_string(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(elements), Some(separator)) = (elements_of(arguments[0])?, written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let absent = arguments.get(2).and_then(|absent| written(*absent));
    let parts = elements.iter().filter_map(|element| written(element.as_ref()).or_else(|| absent.clone()));
    Ok(Value::text(&parts.collect::<Vec<_>>().join(&separator)))
}

/// `value operator ANY (array)` and ALL: the operator, the value, the array.
fn quantified(arguments: &[ValueRef<'_>], any: bool) -> Result<Value> {
    let [operator, value, array] = arguments else { return Ok(Value::Null) };
    let Some(elements) = elements_of(*array)? else { return Ok(Value::Null) };
    let operator = written(*operator).unwrap_or_default();
    let is_number = matches!(value, ValueRef::Integer(_) | ValueRef::Real(_));
    let mut has_null = value.is_null() && !elements.is_empty();
    for element in elements {
        if element.is_null() || value.is_null() {
            has_null = true;
            continue;
        }
        let element = if is_number { Affinity::Numeric.apply(element) } else { element };
        let order = compare(*value, element.as_ref(), &Collation::Binary);
        let holds = match operator.as_str() {
            "=" => order.is_eq(),
            "<>" => order.is_ne(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            _ => order.is_ge(),
        };
        if holds == any {
            return Ok(Value::boolean(any));
        }
    }
    Ok(if has_null { Value::Null } else { Value::boolean(!any) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let elements =
            [Value::text("a"), Value::Null, Value::text(""), Value::text("b,\"c\\ {d}"), Value::text("NULL")];
        let text = write(elements.iter().map(Value::as_ref));
        assert_eq!(text, r#"{a,NULL,"","b,\"c\\ {d}","NULL"}"#);
        let read: Vec<Value> = parse(&text)
            .expect("an array")
            .into_iter()
            .map(|element| element.map_or(Value::Null, |text| Value::text(&text)))
            .collect();
        assert_eq!(read, elements);
        assert_eq!(parse("{}"), Some(Vec::new()));
        assert_eq!(parse("1 2"), Some(vec![Some("1".to_owned()), Some("2".to_owned())]));
        assert_eq!(parse("{1"), None);
    }
}
