//! Values in the form in which a column stores them.

use std::sync::Arc;

use helios_core::ValueRef;
use helios_core::value::Affinity;

use crate::catalog::TableColumn;
use crate::chunk::{Column, Data};
use crate::exec::eval;

/// The values as the column stores them; the same column if that changes nothing. What a vector column cannot store
/// stays, for [`check_types`](super::constraint::check_types) to find.
pub(super) fn stored_column(column: &TableColumn, given: &Arc<Column>) -> Arc<Column> {
    if column.dimensions.is_none() {
        let converted = eval::convert_column(column.affinity, given);
        return if column.affinity == Affinity::Real { without_negative_zeros(converted) } else { converted };
    }
    match given.data() {
        Data::Null(_) | Data::Blob(_) => given.clone(),
        Data::Constant(value, rows) => match column.convert(value.as_ref()) {
            Some(vector) => Arc::new(Column::constant(vector, *rows)),
            None => given.clone(),
        },
        _ => {
            let mut out = Column::default();
            for row in 0..given.len() {
                let value = given.get(row);
                match column.convert(value) {
                    Some(vector) => out.push(vector.as_ref()),
                    None => out.push(value),
                }
            }
            Arc::new(out)
        }
    }
}

/// Zeros have no sign in a column of floats: SQLite stores floats that are whole numbers as integers there.
fn without_negative_zeros(column: Arc<Column>) -> Arc<Column> {
    let is_negative_zero =
        |value| matches!(value, ValueRef::Real(real) if real == 0.0 && real.is_sign_negative());
    if !(0..column.len()).any(|row| is_negative_zero(column.get(row))) {
        return column;
    }
    let mut out = Column::default();
    for row in 0..column.len() {
        let value = column.get(row);
        out.push(if is_negative_zero(value) { ValueRef::Real(0.0) } else { value });
    }
    Arc::new(out)
}
