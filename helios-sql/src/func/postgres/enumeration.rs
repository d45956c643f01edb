//! Values of enumerations, which are kept as texts.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::Scalar;
use super::cast::written;

/// As many values as an enumeration may have, and what stands before them.
const MOST: usize = 10_000;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("enum_value", 3, MOST, |_, arguments| value(arguments)),
    Scalar::pure("enum_position", 1, MOST, |_, arguments| {
        let (value, labels) = (arguments[0], arguments.get(1..).unwrap_or_default());
        let place = labels.iter().position(|label| same_text(*label, value));
        Ok(place.map_or(Value::Null, |place| Value::Integer(place as i64 + 1)))
    }),
];

/// A text, or a position, as one of the values that the arguments end with.
fn value(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let [value, _, name, labels @ ..] = arguments else { return Ok(Value::Null) };
    if let ValueRef::Integer(position) = value {
        let place = usize::try_from(*position - 1).ok();
        return Ok(place.and_then(|place| labels.get(place)).map_or(Value::Null, |label| label.to_value()));
    }
    let Some(text) = written(*value) else { return Ok(Value::Null) };
    match labels.iter().any(|label| same_text(*label, *value)) {
        true => Ok(Value::text(&text)),
        false => Err(no_such_value(&written(*name).unwrap_or_default(), &text)),
    }
}

fn same_text(one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    matches!((one, other), (ValueRef::Text(one), ValueRef::Text(other)) if one == other)
}

/// PostgreSQL's answer to a text that an enumeration does not list.
pub fn no_such_value(name: &str, text: &str) -> Error {
    Error::new(ErrorKind::Data, format!("invalid input value for enum {name}: \"{text}\""))
}
