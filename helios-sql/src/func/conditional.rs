//! Functions that choose one of their arguments: `coalesce`, `ifnull`, `iif`, `if`, `nullif`, `min`, `max`, `likely`,
//! `unlikely`, `likelihood`; and `typeof`.
//!
//! In: values that are all computed; an executor that need not compute them all does not call these. Out: an argument
//! as it came, or NULL.

use std::cmp::Ordering;

use super::{CallContext, MAX_ARGUMENTS, Scalar};
use helios_core::value::compare;
use helios_core::{Error, Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("coalesce", 2, MAX_ARGUMENTS, coalesce),
    Scalar::pure("ifnull", 2, 2, coalesce),
    Scalar::pure("iif", 2, MAX_ARGUMENTS, iif),
    Scalar::pure("if", 2, MAX_ARGUMENTS, iif),
    Scalar::pure("nullif", 2, 2, nullif),
    Scalar::pure("min", 2, MAX_ARGUMENTS, |context, arguments| {
        extreme(context, arguments, Ordering::Greater)
    }),
    Scalar::pure("max", 2, MAX_ARGUMENTS, |context, arguments| extreme(context, arguments, Ordering::Less)),
    Scalar::pure("likely", 1, 1, first),
    Scalar::pure("unlikely", 1, 1, first),
    Scalar::pure("likelihood", 2, 2, likelihood),
    Scalar::pure("typeof", 1, 1, |_, arguments| Ok(Value::text(arguments[0].type_name()))),
];

fn first(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(arguments[0].to_value())
}

fn coalesce(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let found = arguments.iter().find(|argument| !argument.is_null());
    Ok(found.map_or(Value::Null, |argument| argument.to_value()))
}

fn iif(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    for pair in arguments.chunks(2) {
        match pair {
            [condition, value] if condition.truth() == Some(true) => return Ok(value.to_value()),
            [otherwise] => return Ok(otherwise.to_value()),
            _ => {}
        }
    }
    Ok(Value::Null)
}

fn nullif(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let same = compare(arguments[0], arguments[1], context.collation).is_eq();
    Ok(if same { Value::Null } else { arguments[0].to_value() })
}

/// The argument that no other one follows: the best so far gives way to one that it stands `worse` to. `min` takes
/// the last of equal arguments, `max` the first.
fn extreme(context: &CallContext<'_>, arguments: &[ValueRef<'_>], worse: Ordering) -> Result<Value> {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    let mut best = arguments[0];
    for &argument in &arguments[1..] {
        let order = compare(best, argument, context.collation);
        if order == worse || (order.is_eq() && worse.is_gt()) {
            best = argument;
        }
    }
    Ok(best.to_value())
}

/// The second argument is a hint to a planner. SQLite wants it to be a literal, which only the planner can see.
fn likelihood(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    match arguments[1] {
        ValueRef::Real(0.0..=1.0) => Ok(arguments[0].to_value()),
        _ => Err(Error::sql("second argument to likelihood() must be a constant between 0.0 and 1.0")),
    }
}
