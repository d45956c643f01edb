//! Aggregate functions: which there are. How they are computed over chunks is [`crate::exec`]'s business.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::ProgramAggregate;

/// An aggregate function.
#[derive(Clone, Debug)]
pub enum Aggregate {
    /// `count(*)`.
    CountRows,
    /// `count(x)`.
    Count,
    /// `sum(x)`: an integer if all are.
    Sum,
    /// `total(x)`: always a float.
    Total,
    /// `avg(x)`.
    Average,
    /// `min(x)`.
    Minimum,
    /// `max(x)`.
    Maximum,
    /// `group_concat(x, separator)`.
    Concatenate,
    /// `json_group_array(x)`, `jsonb_group_array(x)`.
    JsonArray {
        /// How it is given.
        form: JsonForm,
    },
    /// `json_group_object(name, x)`, `jsonb_group_object(name, x)`.
    JsonObject {
        /// How it is given.
        form: JsonForm,
    },
    /// `vector_sum(x)`.
    VectorSum,
    /// `vector_avg(x)`.
    VectorAverage,
    /// The value of one row of the group, that of its first or where its min or max is: a column that is neither
    /// grouped by nor aggregated.
    Bare,
    /// One that the program added.
    Program(Arc<ProgramAggregate>),
}

/// How an aggregate gives JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonForm {
    /// As a text.
    Text,
    /// As a text that is marked as JSON, for another JSON function.
    Marked,
    /// As JSONB.
    Binary,
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Aggregate) -> bool {
        match (self, other) {
            (Aggregate::Program(one), Aggregate::Program(other)) => Arc::ptr_eq(one, other),
            (Aggregate::JsonArray { form: one }, Aggregate::JsonArray { form: other })
            | (Aggregate::JsonObject { form: one }, Aggregate::JsonObject { form: other }) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// The aggregate of this name for so many arguments (`None` stands for `*`), if there is one.
pub fn aggregate(name: &str, arguments: Option<usize>) -> Result<Option<Aggregate>> {
    let lower = name.to_ascii_lowercase();
    let (function, range) = match lower.as_str() {
        "count" if arguments.is_none_or(|count| count == 0) => return Ok(Some(Aggregate::CountRows)),
        "count" => (Aggregate::Count, 1..=1),
        "sum" => (Aggregate::Sum, 1..=1),
        "total" => (Aggregate::Total, 1..=1),
        "avg" => (Aggregate::Average, 1..=1),
        // With more arguments these are scalar functions.
        "min" | "max" if arguments.is_some_and(|count| count > 1) => return Ok(None),
        "min" => (Aggregate::Minimum, 1..=1),
        "max" => (Aggregate::Maximum, 1..=1),
        "group_concat" => (Aggregate::Concatenate, 1..=2),
        "string_agg" => (Aggregate::Concatenate, 2..=2),
        "json_group_array" => (Aggregate::JsonArray { form: JsonForm::Text }, 1..=1),
        "json_group_object" => (Aggregate::JsonObject { form: JsonForm::Text }, 2..=2),
        "jsonb_group_array" => (Aggregate::JsonArray { form: JsonForm::Binary }, 1..=1),
        "jsonb_group_object" => (Aggregate::JsonObject { form: JsonForm::Binary }, 2..=2),
        "vector_sum" => (Aggregate::VectorSum, 1..=1),
        "vector_avg" => (Aggregate::VectorAverage, 1..=1),
        _ => return Ok(None),
    };
    if arguments.is_some_and(|count| range.contains(&count)) {
        Ok(Some(function))
    } else {
        Err(Error::sql(format!("wrong number of arguments to function {name}()")))
    }
}
