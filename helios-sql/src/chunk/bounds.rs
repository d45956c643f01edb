//! The least and the greatest value of a column.

use helios_core::{Value, ValueRef};

use super::{Column, Data, Strings};

/// Between which values those of a column lie, in SQLite's order of values, with texts in the order of their bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Bounds {
    /// That is not known.
    Unknown,
    /// There are only NULLs.
    Nothing,
    /// Those that are not NULL lie between these two, and both are there.
    Between(Value, Value),
}

impl Bounds {
    /// The bounds of a column. Unknown where its values are of several classes.
    pub fn of(column: &Column) -> Bounds {
        let bounds = match column.data() {
            Data::Mixed(_) => return Bounds::Unknown,
            Data::Null(_) | Data::Constant(Value::Null, _) => return Bounds::Nothing,
            Data::Constant(value, _) => Some((value.clone(), value.clone())),
            Data::Integer(values) => least_and_greatest(present(values, column.nulls()))
                .map(|(least, greatest)| (Value::Integer(least), Value::Integer(greatest))),
            Data::Real(values) => {
                let mut present = present(values, column.nulls());
                let first = present.next().map(|first| (first, first));
                let wider =
                    |(least, greatest): (f64, f64), value: f64| (least.min(value), greatest.max(value));
                first
                    .map(|first| present.fold(first, wider))
                    .map(|(least, greatest)| (least.into(), greatest.into()))
            }
            Data::Text(texts) => extremes(texts, column.nulls(), ValueRef::Text),
            Data::Blob(blobs) => extremes(blobs, column.nulls(), ValueRef::Blob),
        };
        bounds.map_or(Bounds::Nothing, |(least, greatest)| Bounds::Between(least, greatest))
    }
}

/// The values that are not NULL.
fn present<'v, T: Copy>(values: &'v [T], nulls: &'v [bool]) -> impl Iterator<Item = T> + 'v {
    let is_null = |row: usize| nulls.get(row).copied().unwrap_or(false);
    values.iter().enumerate().filter(move |(row, _)| !is_null(*row)).map(|(_, value)| *value)
}

fn least_and_greatest<T: Ord + Copy>(mut values: impl Iterator<Item = T>) -> Option<(T, T)> {
    let first = values.next()?;
    Some(values.fold((first, first), |(least, greatest), value| (least.min(value), greatest.max(value))))
}

fn extremes<'s>(
    strings: &'s Strings,
    nulls: &[bool],
    value: impl Fn(&'s [u8]) -> ValueRef<'s>,
) -> Option<(Value, Value)> {
    let is_null = |row: usize| nulls.get(row).copied().unwrap_or(false);
    let present = (0..strings.len()).filter(|row| !is_null(*row)).map(|row| strings.get(row));
    let (least, greatest) = least_and_greatest(present)?;
    Some((value(least).to_value(), value(greatest).to_value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(values: &[Value]) -> Bounds {
        Bounds::of(&values.iter().map(Value::as_ref).collect())
    }

    #[test]
    fn the_least_and_the_greatest_of_what_is_not_null() {
        let between = |least: Value, greatest: Value| Bounds::Between(least, greatest);
        assert_eq!(bounds(&[]), Bounds::Nothing);
        assert_eq!(bounds(&[Value::Null, Value::Null]), Bounds::Nothing);
        assert_eq!(bounds(&[3.into(), Value::Null, 5.into(), 4.into()]), between(3.into(), 5.into()));
        assert_eq!(bounds(&[(-1).into(), Value::Null]), between((-1).into(), (-1).into()));
        assert_eq!(bounds(&[2.5.into(), Value::Null, (-0.5).into()]), between((-0.5).into(), 2.5.into()));
        assert_eq!(bounds(&["b".into(), Value::Null, "ab".into()]), between("ab".into(), "b".into()));
        assert_eq!(bounds(&[1.into(), "b".into()]), Bounds::Unknown);
        let constant = Bounds::of(&Column::constant(7.into(), 3));
        assert_eq!(constant, between(7.into(), 7.into()));
    }
}
