//! Affinity, CAST and `||`.

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Result, ValueRef};

use crate::chunk::{Column, Data, Strings};
use crate::func::{MAX_LENGTH, check_length, too_big};

/// The column as one of this affinity holds it; the same column if that changes nothing.
pub fn convert_column(affinity: Affinity, column: &Arc<Column>) -> Arc<Column> {
    let unchanged = match (affinity, column.data()) {
        (_, Data::Null(_) | Data::Blob(_))
        | (Affinity::Blob, _)
        | (Affinity::Text, Data::Text(_))
        | (Affinity::Real, Data::Real(_))
        | (Affinity::Integer | Affinity::Numeric, Data::Integer(_)) => true,
        (affinity, Data::Constant(value, _)) => affinity.convert(value.as_ref()).is_none(),
        _ => false,
    };
    if unchanged {
        return column.clone();
    }
    if let Data::Constant(value, rows) = column.data() {
        return Arc::new(Column::constant(affinity.apply(value.clone()), *rows));
    }
    let mut out = Column::default();
    for row in 0..column.len() {
        let value = column.get(row);
        match affinity.convert(value) {
            Some(converted) => out.push(converted.as_ref()),
            None => out.push(value),
        }
    }
    Arc::new(out)
}

pub(super) fn cast(affinity: Affinity, column: &Column) -> Column {
    let mut out = Column::default();
    for row in 0..column.len() {
        out.push(affinity.cast(column.get(row)).as_ref());
    }
    out
}

pub(super) fn concatenate(left: &Column, right: &Column) -> Result<Column> {
    let mut out = Column::default();
    let mut texts = Strings::default();
    for row in 0..left.len() {
        let (a, b) = (left.get(row), right.get(row));
        if a.is_null() || b.is_null() {
            out.push(ValueRef::Null);
            continue;
        }
        check_length(a.byte_count() + b.byte_count())?;
        texts.clear();
        texts.push_with(|text| {
            a.write_text(text);
            b.write_text(text);
        });
        let text = texts.get(0);
        if text.len() > MAX_LENGTH {
            return Err(too_big());
        }
        out.push(ValueRef::Text(text));
    }
    Ok(out)
}
