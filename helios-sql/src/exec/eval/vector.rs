//! Distances between the vectors of a column and one vector: the query is prepared once, and a row costs a sum.

use std::sync::Arc;

use helios_core::{Result, ValueRef};
use helios_vector_flat::Query;

use crate::chunk::{Column, Data};
use crate::func::vector::{
    VECTOR_DISTANCE, different_dimensions, elements, metric_argument, vector_argument,
};
use crate::plan::Function;

/// The distances of the rows of a call, if one of the vectors is the same for all rows; `None` of other calls.
pub(super) fn distances(function: &Function, columns: &[Arc<Column>], rows: usize) -> Result<Option<Column>> {
    let Function::BuiltIn(function) = function else { return Ok(None) };
    if function.name != VECTOR_DISTANCE || rows == 0 {
        return Ok(None);
    }
    let is_constant = |column: &&Arc<Column>| matches!(column.data(), Data::Constant(..));
    if !columns.get(2).iter().all(is_constant) {
        return Ok(None);
    }
    let (query, vectors) = match (is_constant(&&columns[0]), is_constant(&&columns[1])) {
        (_, true) => (&columns[1], &columns[0]),
        (true, false) => (&columns[0], &columns[1]),
        (false, false) => return Ok(None),
    };
    let metric = metric_argument(columns.get(2).map(|metric| metric.get(0)))?;
    let query = vector_argument(VECTOR_DISTANCE, query.get(0))?;
    let (Some(metric), Some(query)) = (metric, query) else {
        return Ok(Some(Column::constant(helios_core::Value::Null, rows)));
    };
    let query = Query::new(metric, elements(&query).collect());
    let mut out = Column::default();
    for row in 0..rows {
        out.push(match distance(&query, vectors.get(row))? {
            Some(distance) => ValueRef::Real(distance),
            None => ValueRef::Null,
        });
    }
    Ok(Some(out))
}

/// The distance of a value.
///
/// # Errors
/// A value that is no vector of the query's dimension.
#[inline]
pub(in crate::exec) fn distance(query: &Query, value: ValueRef<'_>) -> Result<Option<f64>> {
    distance_by(query, value, |packed| query.distance(packed))
}

/// The distance of a value, as `of_packed` tells it of a packed vector of the query's dimension.
///
/// # Errors
/// As for [`distance`].
#[inline]
pub(in crate::exec) fn distance_by(
    query: &Query,
    value: ValueRef<'_>,
    of_packed: impl FnOnce(&[u8]) -> Option<f64>,
) -> Result<Option<f64>> {
    if let ValueRef::Blob(packed) = value
        && packed.len() == query.dimensions() * 4
        && let Some(distance) = of_packed(packed)
        // An element that is not finite makes a sum that is not, and is found below.
        && distance.is_finite()
    {
        return Ok(Some(distance));
    }
    let Some(vector) = vector_argument(VECTOR_DISTANCE, value)? else { return Ok(None) };
    if vector.len() != query.dimensions() * 4 {
        return Err(different_dimensions(VECTOR_DISTANCE, vector.len() / 4, query.dimensions()));
    }
    Ok(query.distance(&vector))
}
