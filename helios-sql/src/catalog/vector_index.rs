//! Indexes of vectors: what CREATE INDEX … USING says of them.
//!
//! In: the statement and its table. Out: the definition. Which kinds there are and what may be said of each is not known
//! here, so that a schema can be read where a kind is not built in.

use helios_core::vector::Metric;
use helios_core::{Error, Result};

use super::Table;
use crate::ast::{CreateIndex, Expression, IndexMethod};

/// What is said of an index of vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorDefinition {
    /// The kind, in lower case.
    pub kind: String,
    /// The measure of distance.
    pub metric: Metric,
    /// The position of its column.
    pub column: usize,
    /// The dimensions of the vectors.
    pub dimensions: usize,
    /// What else is said: names in lower case, and numbers.
    pub options: Vec<(String, usize)>,
}

impl VectorDefinition {
    /// The value of an option; its default if nothing is said of it.
    pub fn option(&self, name: &str, default: usize) -> usize {
        self.options.iter().find(|(known, _)| known == name).map_or(default, |(_, value)| *value)
    }
}

/// The definition that a statement makes, with its method.
///
/// # Errors
/// What an index of vectors cannot be; an unknown metric, and options that are no numbers or said twice.
pub(super) fn define_vector_index(
    statement: &CreateIndex,
    method: &IndexMethod,
    table: &Table,
) -> Result<VectorDefinition> {
    let kind = method.kind.to_lowercase();
    let refuse = |why: &str| Err(Error::sql(format!("an index USING {kind} {why}")));
    if statement.unique {
        return refuse("cannot be UNIQUE");
    }
    if statement.filter.is_some() {
        return refuse("has no WHERE");
    }
    if !table.has_rowid() {
        return refuse("needs a table with rowids");
    }
    let [column] = &statement.columns[..] else { return refuse("has one column") };
    let name = match &column.expression {
        Expression::Column(name) if name.table.is_none() && !column.descending => &*name.column,
        _ => return refuse("is on a column and nothing else"),
    };
    let Some(position) = table.column(name) else {
        return Err(Error::sql(format!("no such column: {name}")));
    };
    let of = &table.columns[position];
    let Some(dimensions) = of.dimensions else {
        return refuse(&format!("is on a column of vectors, and {}.{} is none", table.name, of.name));
    };
    if of.generated.is_some() {
        return refuse("is on a column that is not generated");
    }
    let (mut metric, mut options) = (None, Vec::new());
    for (name, value) in &method.options {
        let name = name.to_lowercase();
        if options.iter().any(|(known, _)| *known == name) || name == "metric" && metric.is_some() {
            return refuse(&format!("has one {name}"));
        }
        if name == "metric" {
            metric = Some(known_metric(value)?);
            continue;
        }
        let Ok(number) = value.parse() else {
            return refuse(&format!("has a whole number for {name}, not {value}"));
        };
        options.push((name, number));
    }
    let metric = metric.unwrap_or(Metric::Cosine);
    Ok(VectorDefinition { kind, metric, column: position, dimensions, options })
}

fn known_metric(name: &str) -> Result<Metric> {
    let known: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let unknown = || Error::sql(format!("unknown metric: {name} (there are {})", known.join(", ")));
    Metric::by_name(name).ok_or_else(unknown)
}
