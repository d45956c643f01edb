//! Window functions: which there are. How they are computed is [`crate::exec`]'s business.

use helios_core::{Error, Result};

/// A function that exists for windows alone (<https://sqlite.org/windowfunctions.html>, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowFunction {
    /// `row_number()`.
    RowNumber,
    /// `rank()`.
    Rank,
    /// `dense_rank()`.
    DenseRank,
    /// `percent_rank()`.
    PercentRank,
    /// `cume_dist()`.
    CumulativeDistribution,
    /// `ntile(n)`.
    Ntile,
    /// `lag(x, offset, default)`.
    Lag,
    /// `lead(x, offset, default)`.
    Lead,
    /// `first_value(x)`.
    FirstValue,
    /// `last_value(x)`.
    LastValue,
    /// `nth_value(x, n)`.
    NthValue,
}

/// The window function of this name for so many arguments (`None` stands for `*`), if there is one.
pub fn window(name: &str, arguments: Option<usize>) -> Result<Option<WindowFunction>> {
    let (function, range) = match name.to_ascii_lowercase().as_str() {
        "row_number" => (WindowFunction::RowNumber, 0..=0),
        "rank" => (WindowFunction::Rank, 0..=0),
        "dense_rank" => (WindowFunction::DenseRank, 0..=0),
        "percent_rank" => (WindowFunction::PercentRank, 0..=0),
        "cume_dist" => (WindowFunction::CumulativeDistribution, 0..=0),
        "ntile" => (WindowFunction::Ntile, 1..=1),
        "lag" => (WindowFunction::Lag, 1..=3),
        "lead" => (WindowFunction::Lead, 1..=3),
        "first_value" => (WindowFunction::FirstValue, 1..=1),
        "last_value" => (WindowFunction::LastValue, 1..=1),
        "nth_value" => (WindowFunction::NthValue, 2..=2),
        _ => return Ok(None),
    };
    if range.contains(&arguments.unwrap_or(0)) {
        Ok(Some(function))
    } else {
        Err(Error::sql(format!("wrong number of arguments to function {name}()")))
    }
}
