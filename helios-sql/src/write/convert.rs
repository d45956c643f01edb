//! Values in the form in which a column stores them.

use std::sync::Arc;

use crate::catalog::TableColumn;
use crate::chunk::{Column, Data};
use crate::exec::eval;

/// The values as the column stores them; the same column if that changes nothing. What a vector column cannot store
/// stays, for [`check_types`](super::constraint::check_types) to find.
pub(super) fn stored_column(column: &TableColumn, given: &Arc<Column>) -> Arc<Column> {
    if column.dimensions.is_none() {
        return eval::convert_column(column.affinity, given);
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
