//! A sum over rows, whatever their order.

use std::hash::{DefaultHasher, Hasher};

use helios::ValueRef;

/// The number of rows and the sum of their hashes. The sign of zero does not count: SQLite's columns of REAL do not keep it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checksum {
    rows: u64,
    sum: u64,
}

impl Checksum {
    /// Counts a row.
    pub(super) fn add(&mut self, row: &[ValueRef<'_>]) {
        let mut hasher = DefaultHasher::new();
        for value in row {
            match value {
                ValueRef::Null => hasher.write_u8(0),
                ValueRef::Integer(number) => {
                    hasher.write_u8(1);
                    hasher.write_i64(*number);
                }
                ValueRef::Real(number) => {
                    hasher.write_u8(2);
                    hasher.write_u64((number + 0.0).to_bits());
                }
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    hasher.write_u8(if matches!(value, ValueRef::Text(_)) { 3 } else { 4 });
                    hasher.write_usize(bytes.len());
                    hasher.write(bytes);
                }
            }
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }

    /// How many rows there were.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksum, ValueRef};

    fn sum(rows: &[&[ValueRef<'_>]]) -> Checksum {
        let mut sum = Checksum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn the_order_of_rows_and_the_sign_of_zero_do_not_count_and_all_else_does() {
        let (one, two) = (ValueRef::Integer(1), ValueRef::Text(b"two"));
        assert_eq!(sum(&[&[one], &[two]]), sum(&[&[two], &[one]]));
        assert_eq!(sum(&[&[ValueRef::Real(-0.0)]]), sum(&[&[ValueRef::Real(0.0)]]));
        assert_ne!(sum(&[&[one, two]]), sum(&[&[two, one]]));
        assert_ne!(sum(&[&[ValueRef::Real(1.0)]]), sum(&[&[one]]));
        assert_ne!(sum(&[&[ValueRef::Blob(b"two")]]), sum(&[&[two]]));
        assert_ne!(
            sum(&[&[ValueRef::Text(b"ab"), ValueRef::Text(b"c")]]),
            sum(&[&[ValueRef::Text(b"a"), ValueRef::Text(b"bc")]])
        );
    }
}
