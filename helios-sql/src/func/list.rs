//! The list of all functions, as `PRAGMA function_list` tells it.

use super::{MAX_ARGUMENTS, Scalar, aggregate, scalars, window};

/// Functions that are aggregates or for windows.
const OVER_ROWS: [&str; 21] = [
    "avg",
    "count",
    "cume_dist",
    "dense_rank",
    "first_value",
    "group_concat",
    "json_group_array",
    "json_group_object",
    "lag",
    "last_value",
    "lead",
    "max",
    "min",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
    "string_agg",
    "sum",
    "total",
];

/// One function with one number of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// `s` for scalar functions, `w` for those over rows.
    pub kind: &'static str,
    /// The number of arguments; -1 for any.
    pub arguments: i64,
    /// Whether it always gives the same for the same arguments.
    pub is_deterministic: bool,
}

/// All functions.
pub fn list() -> Vec<Listed> {
    let mut all = Vec::new();
    for function in scalars().filter(|function| function.name.starts_with(char::is_alphabetic)) {
        all.extend(forms(function));
    }
    for name in OVER_ROWS {
        for count in 0..=3 {
            let is_aggregate = matches!(aggregate(name, Some(count)), Ok(Some(_)));
            if is_aggregate || matches!(window(name, Some(count)), Ok(Some(_))) {
                let arguments = count as i64;
                all.push(Listed { name, kind: "w", arguments, is_deterministic: true });
            }
        }
    }
    all
}

fn forms(function: &'static Scalar) -> Vec<Listed> {
    let form = |arguments: i64| Listed {
        name: function.name,
        kind: "s",
        arguments,
        is_deterministic: function.is_deterministic(),
    };
    if function.most >= MAX_ARGUMENTS {
        // As SQLite writes it: at least so many.
        return vec![form(if function.least == 0 { -1 } else { -1 - function.least as i64 })];
    }
    (function.least..=function.most).map(|count| form(count as i64)).collect()
}
