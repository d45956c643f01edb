//! Names of the columns of a query that others see as a table.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Names that are all different, whatever their case: one that there is already gets `:1`, `:2` and so on behind it, in
/// the place of such a number. SQLite takes a random number after three tries. A column that is called as a constant could
/// not be told from it, and is called by its place.
pub(crate) fn distinct_names(names: impl Iterator<Item = Arc<str>>) -> Vec<Arc<str>> {
    let mut known = HashSet::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    (1..)
        .zip(names)
        .map(|(place, name)| {
            let is_constant = name.eq_ignore_ascii_case("true") || name.eq_ignore_ascii_case("false");
            let name = if is_constant { format!("column{place}").into() } else { name };
            if known.insert(name.to_ascii_lowercase()) {
                return name;
            }
            let base = without_number(&name);
            let number = numbers.entry(base.to_ascii_lowercase()).or_default();
            loop {
                *number += 1;
                let numbered = format!("{base}:{number}");
                if known.insert(numbered.to_ascii_lowercase()) {
                    return numbered.into();
                }
            }
        })
        .collect()
}

fn without_number(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((base, number)) if !base.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => base,
        _ => name,
    }
}
