//! One column of a chunk.

use std::fmt;

use helios_core::{Value, ValueRef};

use super::Strings;

/// Values of one column. It starts without a class, takes the class of the first value that is not NULL, and falls
/// back to [`Data::Mixed`] when another comes.
#[derive(Clone, Default)]
pub struct Column {
    data: Data,
    /// Which rows are NULL; empty if none is. Not used with [`Data::Null`], [`Data::Mixed`] and [`Data::Constant`].
    nulls: Vec<bool>,
}

/// The values, by class.
#[derive(Clone, Debug)]
pub enum Data {
    /// Only NULLs: how many.
    Null(usize),
    /// Integers; 0 where a row is NULL.
    Integer(Vec<i64>),
    /// Floats; 0 where a row is NULL.
    Real(Vec<f64>),
    /// Texts; empty where a row is NULL.
    Text(Strings),
    /// Blobs; empty where a row is NULL.
    Blob(Strings),
    /// Values of several classes.
    Mixed(Vec<Value>),
    /// The same value in every row.
    Constant(Value, usize),
}

impl Default for Data {
    fn default() -> Data {
        Data::Null(0)
    }
}

impl Column {
    /// A column of `rows` times the same value.
    pub fn constant(value: Value, rows: usize) -> Column {
        Column { data: Data::Constant(value, rows), nulls: Vec::new() }
    }

    /// A column of integers, none NULL.
    pub fn integers(values: Vec<i64>) -> Column {
        Column { data: Data::Integer(values), nulls: Vec::new() }
    }

    /// A column of floats, none NULL (and none NaN).
    pub fn reals(values: Vec<f64>) -> Column {
        Column { data: Data::Real(values), nulls: Vec::new() }
    }

    /// A column of integers with a mark for those that are NULL; no marks if none is.
    pub fn integers_or_null(values: Vec<i64>, nulls: Vec<bool>) -> Column {
        debug_assert!(nulls.is_empty() || nulls.len() == values.len());
        Column { data: Data::Integer(values), nulls }
    }

    /// A column of floats with a mark for those that are NULL; no marks if none is.
    pub fn reals_or_null(values: Vec<f64>, nulls: Vec<bool>) -> Column {
        debug_assert!(nulls.is_empty() || nulls.len() == values.len());
        Column { data: Data::Real(values), nulls }
    }

    /// A column of texts with a mark for those that are NULL; no marks if none is.
    pub fn texts_or_null(texts: Strings, nulls: Vec<bool>) -> Column {
        debug_assert!(nulls.is_empty() || nulls.len() == texts.len());
        Column { data: Data::Text(texts), nulls }
    }

    /// A column of blobs with a mark for those that are NULL; no marks if none is.
    pub fn blobs_or_null(blobs: Strings, nulls: Vec<bool>) -> Column {
        debug_assert!(nulls.is_empty() || nulls.len() == blobs.len());
        Column { data: Data::Blob(blobs), nulls }
    }

    /// A column of blobs, none NULL.
    pub fn blobs<'b>(blobs: impl Iterator<Item = &'b [u8]>) -> Column {
        let mut strings = Strings::default();
        blobs.for_each(|blob| strings.push(blob));
        Column::blobs_or_null(strings, Vec::new())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.data {
            Data::Null(rows) | Data::Constant(_, rows) => *rows,
            Data::Integer(values) => values.len(),
            Data::Real(values) => values.len(),
            Data::Text(strings) | Data::Blob(strings) => strings.len(),
            Data::Mixed(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values by class, for code that works on whole columns.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Which rows of a typed column are NULL; empty if none is.
    pub fn nulls(&self) -> &[bool] {
        &self.nulls
    }

    /// Whether it is known without a look that all rows have the same value.
    pub fn is_constant(&self) -> bool {
        matches!(self.data, Data::Constant(..) | Data::Null(_))
    }

    /// Whether a row is NULL.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        match &self.data {
            Data::Null(_) => true,
            Data::Mixed(values) => values[row].is_null(),
            Data::Constant(value, _) => value.is_null(),
            _ => !self.nulls.is_empty() && self.nulls[row],
        }
    }

    /// The value of a row.
    #[inline]
    pub fn get(&self, row: usize) -> ValueRef<'_> {
        if !self.nulls.is_empty() && self.nulls[row] {
            return ValueRef::Null;
        }
        match &self.data {
            Data::Null(_) => ValueRef::Null,
            Data::Integer(values) => ValueRef::Integer(values[row]),
            Data::Real(values) => ValueRef::Real(values[row]),
            Data::Text(strings) => ValueRef::Text(strings.get(row)),
            Data::Blob(strings) => ValueRef::Blob(strings.get(row)),
            Data::Mixed(values) => values[row].as_ref(),
            Data::Constant(value, _) => value.as_ref(),
        }
    }

    /// A row's text or blob; nothing for other classes.
    #[inline]
    pub fn bytes(&self, row: usize) -> &[u8] {
        match self.get(row) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => &[],
        }
    }

    /// A column without rows, of the same class and with room for as many.
    pub(super) fn empty_like(&self) -> Column {
        let data = match &self.data {
            Data::Integer(values) => Data::Integer(Vec::with_capacity(values.len())),
            Data::Real(values) => Data::Real(Vec::with_capacity(values.len())),
            Data::Text(strings) => Data::Text(strings.empty_like()),
            Data::Blob(strings) => Data::Blob(strings.empty_like()),
            Data::Null(_) | Data::Mixed(_) | Data::Constant(..) => Data::Null(0),
        };
        Column { data, nulls: Vec::new() }
    }

    /// Bytes of memory that are taken, about.
    pub fn memory(&self) -> usize {
        let values = match &self.data {
            Data::Null(_) | Data::Constant(..) => 0,
            Data::Integer(values) => values.capacity() * size_of::<i64>(),
            Data::Real(values) => values.capacity() * size_of::<f64>(),
            Data::Text(strings) | Data::Blob(strings) => strings.memory(),
            Data::Mixed(values) => {
                values.capacity() * size_of::<Value>() + values.iter().map(string_bytes).sum::<usize>()
            }
        };
        size_of::<Column>() + self.nulls.capacity() + values
    }

    /// Forgets all rows and keeps class and memory.
    pub fn clear(&mut self) {
        self.nulls.clear();
        match &mut self.data {
            Data::Integer(values) => values.clear(),
            Data::Real(values) => values.clear(),
            Data::Text(strings) | Data::Blob(strings) => strings.clear(),
            Data::Null(_) | Data::Mixed(_) | Data::Constant(..) => self.data = Data::Null(0),
        }
    }

    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: ValueRef<'_>) {
        match (&mut self.data, value) {
            (Data::Integer(values), ValueRef::Integer(value)) => values.push(value),
            (Data::Real(values), ValueRef::Real(value)) => values.push(value),
            (Data::Text(strings), ValueRef::Text(value)) | (Data::Blob(strings), ValueRef::Blob(value)) => {
                strings.push(value);
            }
            _ => return self.push_other(value),
        }
        if !self.nulls.is_empty() {
            self.nulls.push(false);
        }
    }

    /// Appends a value that is NULL or of another class than the column.
    fn push_other(&mut self, value: ValueRef<'_>) {
        match (&mut self.data, value) {
            (Data::Null(rows), ValueRef::Null) => *rows += 1,
            (Data::Mixed(values), value) => values.push(value.to_value()),
            (Data::Integer(values), ValueRef::Null) => {
                mark_null(&mut self.nulls, values.len());
                values.push(0);
            }
            (Data::Real(values), ValueRef::Null) => {
                mark_null(&mut self.nulls, values.len());
                values.push(0.0);
            }
            (Data::Text(strings) | Data::Blob(strings), ValueRef::Null) => {
                mark_null(&mut self.nulls, strings.len());
                strings.push(b"");
            }
            _ => {
                self.change_class(value);
                self.push(value);
            }
        }
    }

    /// Makes room for a value of another class.
    fn change_class(&mut self, value: ValueRef<'_>) {
        let rows = self.len();
        let only_nulls = match &self.data {
            Data::Null(_) => true,
            Data::Constant(value, _) => value.is_null() || rows == 0,
            _ => rows == 0 || (self.nulls.len() == rows && self.nulls.iter().all(|&null| null)),
        };
        if !only_nulls {
            let values = (0..rows).map(|row| self.get(row).to_value()).collect();
            *self = Column { data: Data::Mixed(values), nulls: Vec::new() };
            return;
        }
        let strings = || {
            let mut strings = Strings::default();
            (0..rows).for_each(|_| strings.push(b""));
            strings
        };
        self.data = match value {
            ValueRef::Null => Data::Null(rows),
            ValueRef::Integer(_) => Data::Integer(vec![0; rows]),
            ValueRef::Real(_) => Data::Real(vec![0.0; rows]),
            ValueRef::Text(_) => Data::Text(strings()),
            ValueRef::Blob(_) => Data::Blob(strings()),
        };
        self.nulls = if value.is_null() { Vec::new() } else { vec![true; rows] };
    }

    /// Appends the rows of `source` at `rows`.
    pub fn gather(&mut self, source: &Column, rows: &[u32]) {
        if self.is_empty() {
            self.clear();
        }
        if source.nulls.is_empty() && self.nulls.is_empty() {
            match (&mut self.data, &source.data) {
                (Data::Null(0), Data::Integer(from)) => {
                    self.data = Data::Integer(rows.iter().map(|&row| from[row as usize]).collect());
                    return;
                }
                (Data::Null(0), Data::Real(from)) => {
                    self.data = Data::Real(rows.iter().map(|&row| from[row as usize]).collect());
                    return;
                }
                (Data::Integer(to), Data::Integer(from)) => {
                    return to.extend(rows.iter().map(|&row| from[row as usize]));
                }
                (Data::Real(to), Data::Real(from)) => {
                    return to.extend(rows.iter().map(|&row| from[row as usize]));
                }
                (Data::Null(0), Data::Text(from)) => {
                    let mut texts = Strings::default();
                    texts.gather(from, rows);
                    self.data = Data::Text(texts);
                    return;
                }
                (Data::Text(to), Data::Text(from)) | (Data::Blob(to), Data::Blob(from)) => {
                    return to.gather(from, rows);
                }
                (Data::Null(0), Data::Constant(value, _)) => {
                    self.data = Data::Constant(value.clone(), rows.len());
                    return;
                }
                _ => {}
            }
        }
        for &row in rows {
            self.push(source.get(row as usize));
        }
    }

    /// Appends all rows of `source`.
    pub fn append(&mut self, source: &Column) {
        for row in 0..source.len() {
            self.push(source.get(row));
        }
    }
}

fn string_bytes(value: &Value) -> usize {
    match value {
        Value::Text(bytes) | Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    }
}

fn mark_null(nulls: &mut Vec<bool>, row: usize) {
    nulls.resize(row, false);
    nulls.push(true);
}

impl<'a> FromIterator<ValueRef<'a>> for Column {
    fn from_iter<I: IntoIterator<Item = ValueRef<'a>>>(values: I) -> Column {
        let mut column = Column::default();
        for value in values {
            column.push(value);
        }
        column
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..self.len()).map(|row| self.get(row))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the order of classes, what goes in comes out, and a cleared column takes any class again.
    #[test]
    fn a_column_gives_back_what_it_took() {
        let values = [
            Value::Null,
            Value::Integer(1),
            Value::Null,
            Value::Real(2.5),
            Value::text("a"),
            Value::blob(b"b"),
        ];
        for first in 0..values.len() {
            for second in 0..values.len() {
                for third in 0..values.len() {
                    let mut column = Column::default();
                    for round in [[first, second, third], [third, first, second]] {
                        for &pick in &round {
                            column.push(values[pick].as_ref());
                        }
                        let back: Vec<Value> = (0..3).map(|row| column.get(row).to_value()).collect();
                        let expected: Vec<Value> = round.iter().map(|&pick| values[pick].clone()).collect();
                        assert_eq!(back, expected);
                        let mut gathered = Column::constant(Value::Null, 0);
                        gathered.gather(&column, &[2, 0]);
                        assert_eq!(gathered.get(0).to_value(), expected[2]);
                        assert_eq!(gathered.get(1).to_value(), expected[0]);
                        column.clear();
                        let mut appended = Column::default();
                        appended.gather(&Column::constant(values[first].clone(), 1), &[0]);
                        appended.append(&Column::constant(values[second].clone(), 2));
                        assert_eq!(appended.get(0).to_value(), values[first]);
                        assert_eq!(appended.get(2).to_value(), values[second]);
                    }
                }
            }
        }
    }
}
