//! Functions of vectors: distances, arithmetic, and to and from JSON.
//!
//! In: vectors in any of their [forms](form), numbers, the name of a metric. Out: vectors as blobs of little-endian
//! 32-bit floats, or numbers. NULL in gives NULL out. Vectors of different dimensions are an error, and so is a result
//! that no vector can hold.

mod form;

use std::borrow::Cow;

use helios_core::value::Number;
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};
use helios_vector_flat::{Metric, Query};

use super::{CallContext, Scalar, numeric};

pub use form::{MAX_DIMENSIONS, StoredVector, declared_dimensions, stored_vector, vector_argument};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("vector_distance", 2, 3, distance),
    Scalar::pure("vector_add", 2, 2, add),
    Scalar::pure("vector_subtract", 2, 2, subtract),
    Scalar::pure("vector_multiply", 2, 2, multiply),
    Scalar::pure("vector_dot", 2, 2, dot),
    Scalar::pure("vector_norm", 1, 1, norm),
    Scalar::pure("vector_normalize", 1, 1, normalize),
    Scalar::pure("vector_dims", 1, 1, dims),
    Scalar::pure("vector_to_json", 1, 1, to_json),
    Scalar::pure("vector_from_json", 1, 1, from_json),
];

/// The name of the function that gives distances.
pub const VECTOR_DISTANCE: &str = "vector_distance";

/// Whether what a function of this name gives is a vector.
pub fn gives_vector(name: &str) -> bool {
    ["vector_add", "vector_subtract", "vector_multiply", "vector_normalize", "vector_from_json"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// The metric that an argument names; without one it is the cosine, and NULL is none.
pub fn metric_argument(argument: Option<ValueRef<'_>>) -> Result<Option<Metric>> {
    match argument {
        None => Ok(Some(Metric::Cosine)),
        Some(ValueRef::Null) => Ok(None),
        Some(name) => {
            let name = name.text_bytes().unwrap_or_default();
            let name = String::from_utf8_lossy(&name);
            let unknown = || {
                let known: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
                Error::sql(format!("unknown metric: {name} (there are {})", known.join(", ")))
            };
            Metric::by_name(&name).map(Some).ok_or_else(unknown)
        }
    }
}

/// The error for vectors of different dimensions.
pub fn different_dimensions(function: &str, first: usize, second: usize) -> Error {
    bad(format!("{function}(): the vectors have different dimensions: {first} and {second}"))
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, message)
}

/// The elements of a vector that is packed.
pub fn elements(packed: &[u8]) -> impl ExactSizeIterator<Item = f32> {
    packed.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
}

/// A vector as a value.
///
/// # Errors
/// Elements that are not finite, as results of `function`.
pub fn vector_value(function: &str, vector: impl Iterator<Item = f32>) -> Result<Value> {
    let mut bytes = Vec::new();
    for element in vector {
        if !element.is_finite() {
            return Err(bad(format!("{function}(): an element of the result is out of range")));
        }
        bytes.extend_from_slice(&element.to_le_bytes());
    }
    Ok(Value::Blob(bytes.into()))
}

/// Two vectors of one dimension; nothing if one is NULL.
#[expect(clippy::type_complexity, reason = "two of the same")]
fn pair<'a>(function: &str, arguments: &'a [ValueRef<'a>]) -> Result<Option<(Cow<'a, [u8]>, Cow<'a, [u8]>)>> {
    let (first, second) =
        (vector_argument(function, arguments[0])?, vector_argument(function, arguments[1])?);
    let (Some(first), Some(second)) = (first, second) else { return Ok(None) };
    if first.len() != second.len() {
        return Err(different_dimensions(function, first.len() / 4, second.len() / 4));
    }
    Ok(Some((first, second)))
}

fn distance(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let metric = metric_argument(arguments.get(2).copied())?;
    let (Some((row, query)), Some(metric)) = (pair(VECTOR_DISTANCE, arguments)?, metric) else {
        return Ok(Value::Null);
    };
    let query = Query::new(metric, elements(&query).collect());
    Ok(query.distance(&row).map_or(Value::Null, Value::real))
}

fn combine(function: &str, arguments: &[ValueRef<'_>], operation: impl Fn(f32, f32) -> f32) -> Result<Value> {
    match pair(function, arguments)? {
        Some((first, second)) => {
            let pairs = elements(&first).zip(elements(&second));
            vector_value(function, pairs.map(|(a, b)| operation(a, b)))
        }
        None => Ok(Value::Null),
    }
}

fn add(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    combine("vector_add", arguments, |a, b| a + b)
}

fn subtract(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    combine("vector_subtract", arguments, |a, b| a - b)
}

/// Element by element, or each element by a number, which may stand on either side.
fn multiply(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let number = |value: ValueRef<'_>| match value {
        ValueRef::Text(text) if text.contains(&b'[') => None,
        value => numeric(value).map(Number::to_real),
    };
    let (vector, factor) = match (number(arguments[0]), number(arguments[1])) {
        (None, Some(factor)) => (arguments[0], factor),
        (Some(factor), None) => (arguments[1], factor),
        _ => return combine("vector_multiply", arguments, |a, b| a * b),
    };
    match vector_argument("vector_multiply", vector)? {
        Some(vector) => vector_value(
            "vector_multiply",
            elements(&vector).map(|element| (f64::from(element) * factor) as f32),
        ),
        None => Ok(Value::Null),
    }
}

fn dot(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some((first, second)) = pair("vector_dot", arguments)? else { return Ok(Value::Null) };
    let query = Query::new(Metric::Dot, elements(&second).collect());
    Ok(query.distance(&first).map_or(Value::Null, |distance| Value::real(0.0 - distance)))
}

fn length(vector: &[u8]) -> f64 {
    elements(vector).map(|element| f64::from(element) * f64::from(element)).sum::<f64>().sqrt()
}

fn norm(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(vector_argument("vector_norm", arguments[0])?
        .map_or(Value::Null, |vector| Value::real(length(&vector))))
}

/// A vector of the length 1 in the same direction; zeros, which have no direction, stay.
fn normalize(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(vector) = vector_argument("vector_normalize", arguments[0])? else { return Ok(Value::Null) };
    let length = length(&vector);
    let length = if length > 0.0 { length } else { 1.0 };
    vector_value("vector_normalize", elements(&vector).map(|element| (f64::from(element) / length) as f32))
}

fn dims(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let vector = vector_argument("vector_dims", arguments[0])?;
    Ok(vector.map_or(Value::Null, |vector| Value::Integer(vector.len() as i64 / 4)))
}

fn to_json(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let vector = vector_argument("vector_to_json", arguments[0])?;
    Ok(vector.map_or(Value::Null, |vector| Value::Text(form::json_of(&vector).into())))
}

fn from_json(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    match arguments[0] {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Text(text) => form::packed_of_json(text)
            .map(|vector| Value::Blob(vector.into()))
            .map_err(|why| bad(format!("vector_from_json(): {why}"))),
        _ => Err(bad("vector_from_json(): the argument is not a text")),
    }
}
