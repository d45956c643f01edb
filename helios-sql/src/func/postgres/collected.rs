//! What is made of values that were collected: percentiles and modes of arrays in order, arrays as JSON, rows as texts.

use helios_core::value::Affinity;
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::Scalar;
use super::array::{elements_of, write};
use super::cast::written;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::volatile("conflict_mark", 0, 0, |context, _| Ok(Value::boolean(context.is_conflict))),
    Scalar::pure("array_percentile_cont", 2, 2, |_, arguments| percentiles(arguments, interpolated)),
    Scalar::pure("array_percentile_disc", 2, 2, |_, arguments| percentiles(arguments, first_at)),
    Scalar::pure("array_mode", 1, 1, |_, arguments| {
        Ok(elements_of(arguments[0])?.map_or(Value::Null, |elements| mode(&elements)))
    }),
    Scalar::pure("array_positions", 2, 2, |_, arguments| {
        let Some(elements) = elements_of(arguments[0])? else { return Ok(Value::Null) };
        let wanted = written(arguments[1]);
        let places = elements.iter().enumerate().filter(|(_, element)| written(element.as_ref()) == wanted);
        let places: Vec<Value> = places.map(|(place, _)| Value::Integer(place as i64 + 1)).collect();
        Ok(Value::text(&write(places.iter().map(Value::as_ref))))
    }),
    Scalar::pure("array_json", 2, 2, |_, arguments| {
        let Some(elements) = elements_of(arguments[0])? else { return Ok(Value::Null) };
        let is_bare = arguments[1].to_integer() != 0;
        let parts: Vec<String> = elements.iter().map(|element| json_element(element, is_bare)).collect();
        Ok(Value::text(&format!("[{}]", parts.join(","))))
    }),
    Scalar::pure("array_bits", 2, 2, |_, arguments| {
        let elements = elements_of(arguments[0])?.unwrap_or_default();
        let numbers = elements.iter().filter(|element| !matches!(element, Value::Null));
        let numbers = numbers.map(|element| Affinity::Numeric.apply(element.clone()).as_ref().to_integer());
        let has_all = arguments[1].to_integer() != 0;
        let joined = numbers.reduce(|one, other| if has_all { one & other } else { one | other });
        Ok(joined.map_or(Value::Null, Value::Integer))
    }),
    Scalar::pure("record_text", 0, 2_000, |_, arguments| {
        let fields: Vec<String> = arguments.iter().map(|value| field(*value)).collect();
        Ok(Value::text(&format!("({})", fields.join(","))))
    }),
];

/// An element of an array as JSON: bare where it is a number or a truth value.
fn json_element(element: &Value, is_bare: bool) -> String {
    match (written(element.as_ref()), is_bare) {
        (None, _) => "null".to_owned(),
        (Some(text), true) => match text.as_str() {
            "t" => "true".to_owned(),
            "f" => "false".to_owned(),
            _ => text,
        },
        (Some(text), false) => super::table::quoted(&text),
    }
}

/// A value as a field of a row that is written as a text.
fn field(value: ValueRef<'_>) -> String {
    let Some(text) = written(value) else { return String::new() };
    let is_plain = !text.is_empty()
        && !text.contains(|part: char| part.is_whitespace() || matches!(part, '"' | '\\' | ',' | '(' | ')'));
    if is_plain { text } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\"")) }
}

/// Percentiles of the values of an array in their order: of one fraction, or of an array of fractions.
fn percentiles(arguments: &[ValueRef<'_>], of: fn(&[Value], f64) -> Value) -> Result<Value> {
    let (Some(values), false) = (elements_of(arguments[0])?, arguments[1].is_null()) else {
        return Ok(Value::Null);
    };
    let percentile = |fraction: f64| match (0.0..=1.0).contains(&fraction) {
        true => Ok(of(&values, fraction)),
        false => {
            Err(Error::new(ErrorKind::Data, format!("percentile value {fraction} is not between 0 and 1")))
        }
    };
    match arguments[1] {
        ValueRef::Text(text) if text.starts_with(b"{") => {
            let fractions = elements_of(arguments[1])?.unwrap_or_default();
            let number = |fraction: &Value| Affinity::Numeric.apply(fraction.clone()).as_ref().to_real();
            let found =
                fractions.iter().map(|fraction| percentile(number(fraction))).collect::<Result<Vec<_>>>()?;
            Ok(Value::text(&write(found.iter().map(Value::as_ref))))
        }
        fraction => percentile(fraction.to_real()),
    }
}

/// The value at a fraction of the way, between two neighbours.
fn interpolated(values: &[Value], fraction: f64) -> Value {
    let number = |place: usize| {
        values.get(place).map_or(0.0, |value| Affinity::Numeric.apply(value.clone()).as_ref().to_real())
    };
    let Some(last) = values.len().checked_sub(1) else { return Value::Null };
    let place = fraction * last as f64;
    let (low, high) = (number(place.floor() as usize), number(place.ceil() as usize));
    Value::real(low + (high - low) * (place - place.floor()))
}

/// The first value that at least a fraction of all come up to.
fn first_at(values: &[Value], fraction: f64) -> Value {
    let place = (fraction * values.len() as f64).ceil() as usize;
    values.get(place.saturating_sub(1)).cloned().unwrap_or_default()
}

/// The most frequent value, of several the first.
fn mode(values: &[Value]) -> Value {
    let mut best = (0, Value::Null);
    for run in values.chunk_by(|one, other| one == other) {
        if run.len() > best.0 {
            best = (run.len(), run[0].clone());
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::{first_at, interpolated, mode};
    use helios_core::Value;

    #[test]
    fn percentiles_lie_between_values_or_are_some() {
        let values: Vec<Value> = [1, 2, 2, 7].map(Value::Integer).to_vec();
        assert_eq!(interpolated(&values, 0.5), Value::real(2.0));
        assert_eq!(interpolated(&values, 1.0), Value::real(7.0));
        assert_eq!(first_at(&values, 0.25), Value::Integer(1));
        assert_eq!(first_at(&values, 0.0), Value::Integer(1));
        assert_eq!(mode(&values), Value::Integer(2));
        assert_eq!((mode(&[]), interpolated(&[], 0.5)), (Value::Null, Value::Null));
    }
}
