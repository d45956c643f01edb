//! Columns of a file: what their bytes stand for in SQL.

use helios::Value;
use helios::sql::moment::{write_date, write_time, write_timestamp};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, Int96};
use parquet::schema::types::ColumnDescriptor;

use crate::failure::{Failure, Outcome};
use crate::json::push_text;

/// Decimals of so many digits are floats and back again without loss.
const DIGITS_OF_A_FLOAT: i32 = 15;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// The day of Julius Scaliger's count on which 1970 begins.
const DAY_OF_1970: i64 = 2_440_588;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    /// Of 32 bits or less, and no sign.
    Unsigned,
    /// Of 64 bits, and no sign.
    LargeUnsigned,
    Real,
    HalfReal,
    Text,
    Bytes,
    Uuid,
    Date,
    /// In so many nanoseconds.
    Time(i64),
    /// In so many nanoseconds.
    Timestamp(i64),
    Decimal {
        digits: i32,
        scale: i32,
    },
}

/// A column of a file.
#[derive(Debug)]
pub(super) struct Leaf {
    kind: Kind,
    /// The definition of values that are there.
    definition: i16,
    repeats: bool,
}

/// Values of a column on their way into rows.
#[derive(Debug, Default)]
pub(super) struct Values {
    values: std::vec::IntoIter<Value>,
    /// None where every value is there.
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// The definition of values that are there.
    complete: i16,
    count: usize,
    at: usize,
}

impl Values {
    /// Whether something is left.
    pub(super) fn has_more(&self) -> bool {
        self.at < self.count
    }

    /// The definition of the next value.
    pub(super) fn definition(&self) -> i16 {
        self.definitions.get(self.at).copied().unwrap_or(0)
    }

    /// The repetition of the next value, which at the end is that of a new row.
    pub(super) fn repetition(&self) -> i16 {
        self.repetitions.get(self.at).copied().unwrap_or(0)
    }

    /// The next value; none where it is not there.
    pub(super) fn take(&mut self) -> Outcome<Option<Value>> {
        if !self.has_more() {
            return Err(Failure::new("a column ends before the others"));
        }
        let is_there = self.definition() == self.complete;
        self.at += 1;
        Ok(if is_there { self.values.next() } else { None })
    }
}

impl Leaf {
    /// What a description says.
    pub(super) fn of(column: &ColumnDescriptor) -> Leaf {
        Leaf {
            kind: kind_of(column),
            definition: column.max_def_level(),
            repeats: column.max_rep_level() > 0,
        }
    }

    /// The type that a column of a table gets for it.
    pub(super) fn declared(&self) -> &'static str {
        match self.kind {
            Kind::Boolean => "BOOLEAN",
            Kind::Integer | Kind::Unsigned => "INTEGER",
            // What does not fit into an integer is a text, which a type would make a float of.
            Kind::LargeUnsigned => "",
            Kind::Real | Kind::HalfReal => "REAL",
            Kind::Bytes => "BLOB",
            Kind::Date => "DATE",
            Kind::Time(_) => "TIME",
            Kind::Timestamp(_) => "TIMESTAMP",
            Kind::Decimal { digits, .. } if digits <= DIGITS_OF_A_FLOAT => "DECIMAL",
            Kind::Text | Kind::Uuid | Kind::Decimal { .. } => "TEXT",
        }
    }

    /// Reads the values of so many rows.
    pub(super) fn read(&self, column: &mut ColumnReader, rows: usize) -> Outcome<Values> {
        let kind = self.kind;
        match column {
            ColumnReader::BoolColumnReader(column) => {
                self.read_with(column, rows, |value| Ok(Value::boolean(*value)))
            }
            ColumnReader::Int32ColumnReader(column) => {
                self.read_with(column, rows, |value| kind.of_integer(i64::from(*value)))
            }
            ColumnReader::Int64ColumnReader(column) => {
                self.read_with(column, rows, |value| kind.of_integer(*value))
            }
            ColumnReader::Int96ColumnReader(column) => self.read_with(column, rows, of_int96),
            ColumnReader::FloatColumnReader(column) => {
                self.read_with(column, rows, |value| Ok(Value::real(f64::from(*value))))
            }
            ColumnReader::DoubleColumnReader(column) => {
                self.read_with(column, rows, |value| Ok(Value::real(*value)))
            }
            ColumnReader::ByteArrayColumnReader(column) => {
                self.read_with(column, rows, |value| kind.of_bytes(value.data()))
            }
            ColumnReader::FixedLenByteArrayColumnReader(column) => {
                self.read_with(column, rows, |value| kind.of_bytes(value.data()))
            }
        }
    }

    fn read_with<T: DataType>(
        &self,
        column: &mut ColumnReaderImpl<T>,
        rows: usize,
        convert: impl Fn(&T::T) -> Outcome<Value>,
    ) -> Outcome<Values> {
        let (mut definitions, mut repetitions, mut found) = (Vec::new(), Vec::new(), Vec::new());
        let (mut read, mut count) = (0, 0);
        while read < rows {
            let levels = (self.definition > 0).then_some(&mut definitions);
            let lists = self.repeats.then_some(&mut repetitions);
            let (more_rows, _, more) = column.read_records(rows - read, levels, lists, &mut found)?;
            if more_rows == 0 {
                return Err(Failure::new("a column ends before the others"));
            }
            (read, count) = (read + more_rows, count + more);
        }
        let values: Vec<Value> = found.iter().map(convert).collect::<Outcome<_>>()?;
        let values = values.into_iter();
        Ok(Values { values, definitions, repetitions, complete: self.definition, count, at: 0 })
    }

    /// Writes a value into a text of JSON.
    pub(super) fn write_json(&self, value: &Value, out: &mut Vec<u8>) -> Outcome {
        let is_number = matches!(self.kind, Kind::Decimal { .. } | Kind::LargeUnsigned);
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Integer(number) if self.kind == Kind::Boolean => {
                out.extend_from_slice(if *number == 0 { b"false" } else { b"true" });
            }
            Value::Real(number) if number.is_infinite() => {
                // As SQLite writes what JSON has no word for.
                out.extend_from_slice(if *number > 0.0 { b"9e999" } else { b"-9e999" });
            }
            Value::Text(text) if is_number => out.extend_from_slice(text),
            Value::Text(text) => {
                std::str::from_utf8(text).map_err(|_| Failure::new("a text in a list is no UTF-8"))?;
                push_text(text, out);
            }
            Value::Blob(_) => {
                let mut literal = Vec::new();
                value.as_ref().write_literal(&mut literal);
                push_text(&literal, out);
            }
            Value::Integer(_) | Value::Real(_) => value.as_ref().write_literal(out),
        }
        Ok(())
    }
}

fn nanoseconds(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000_000,
        TimeUnit::MICROS => 1000,
        TimeUnit::NANOS => 1,
    }
}

fn kind_of(column: &ColumnDescriptor) -> Kind {
    let physical = column.physical_type();
    match column.logical_type_ref() {
        Some(LogicalType::Time(time)) => return Kind::Time(nanoseconds(&time.unit)),
        Some(LogicalType::Timestamp(time)) => return Kind::Timestamp(nanoseconds(&time.unit)),
        Some(LogicalType::Uuid) => return Kind::Uuid,
        Some(LogicalType::Float16) => return Kind::HalfReal,
        _ => {}
    }
    match (column.converted_type(), physical) {
        (ConvertedType::DECIMAL, _) => {
            Kind::Decimal { digits: column.type_precision(), scale: column.type_scale() }
        }
        (ConvertedType::DATE, _) => Kind::Date,
        (ConvertedType::TIME_MILLIS, _) => Kind::Time(1_000_000),
        (ConvertedType::TIME_MICROS, _) => Kind::Time(1000),
        (ConvertedType::TIMESTAMP_MILLIS, _) => Kind::Timestamp(1_000_000),
        (ConvertedType::TIMESTAMP_MICROS, _) => Kind::Timestamp(1000),
        (ConvertedType::UINT_64, _) => Kind::LargeUnsigned,
        (ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32, _) => Kind::Unsigned,
        (ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON, _) => Kind::Text,
        (_, Physical::BOOLEAN) => Kind::Boolean,
        (_, Physical::INT32 | Physical::INT64) => Kind::Integer,
        (_, Physical::INT96) => Kind::Timestamp(1),
        (_, Physical::FLOAT | Physical::DOUBLE) => Kind::Real,
        (_, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY) => Kind::Bytes,
    }
}

impl Kind {
    fn of_integer(self, value: i64) -> Outcome<Value> {
        Ok(match self {
            Kind::Unsigned => Value::Integer(value & 0xffff_ffff),
            Kind::LargeUnsigned if value < 0 => Value::text(&value.cast_unsigned().to_string()),
            Kind::Date => Value::text(&write_date(value)),
            Kind::Time(unit) => Value::text(&time_of_day(i128::from(value) * i128::from(unit))?),
            Kind::Timestamp(unit) => Value::text(&timestamp(i128::from(value) * i128::from(unit))?),
            Kind::Decimal { scale, .. } => Value::text(&decimal(i128::from(value), scale)),
            _ => Value::Integer(value),
        })
    }

    fn of_bytes(self, bytes: &[u8]) -> Outcome<Value> {
        Ok(match self {
            Kind::Text => Value::Text(bytes.into()),
            Kind::Decimal { scale, .. } => Value::text(&decimal(integer_of_bytes(bytes)?, scale)),
            Kind::HalfReal => match bytes {
                &[low, high] => Value::real(half(u16::from_le_bytes([low, high]))),
                _ => return Err(Failure::new("a float of 16 bits has another length")),
            },
            Kind::Uuid => {
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let part = |range| digits.get(range).unwrap_or_default();
                let parts = [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)];
                Value::text(&parts.join("-"))
            }
            _ => Value::blob(bytes),
        })
    }
}

/// A moment as old software writes it: the nanosecond of a day, and the day.
fn of_int96(value: &Int96) -> Outcome<Value> {
    let &[low, high, day] = value.data() else { return Err(Failure::new("a moment has another length")) };
    let nanos = i128::from((u64::from(high) << 32) | u64::from(low));
    let days = i64::from(day.cast_signed()) - DAY_OF_1970;
    Ok(Value::text(&timestamp(i128::from(days) * i128::from(DAY) + nanos)?))
}

/// A signed integer that begins with its highest byte.
fn integer_of_bytes(bytes: &[u8]) -> Outcome<i128> {
    let mut number: i128 = if bytes.first().is_some_and(|byte| *byte >= 0x80) { -1 } else { 0 };
    for byte in bytes {
        number = number.checked_mul(256).ok_or_else(|| Failure::new("a decimal has more than 38 digits"))?;
        number |= i128::from(*byte);
    }
    Ok(number)
}

/// A decimal with so many digits behind its point.
fn decimal(number: i128, scale: i32) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// A float of 16 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, part) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => part * 2_f64.powi(-24),
        31 if part == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + part) * 2_f64.powi(exponent - 25),
    }
}

/// What stands behind a second.
fn fraction(nanos: i64) -> String {
    match nanos {
        0 => String::new(),
        _ => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    }
}

fn time_of_day(nanos: i128) -> Outcome<String> {
    let nanos = i64::try_from(nanos).ok().filter(|nanos| (0..=DAY).contains(nanos));
    let nanos = nanos.ok_or_else(|| Failure::new("a time is none of a day"))?;
    Ok(write_time(nanos / SECOND * 1_000_000) + &fraction(nanos % SECOND))
}

fn timestamp(nanos: i128) -> Outcome<String> {
    let (second, rest) = (nanos.div_euclid(i128::from(SECOND)), nanos.rem_euclid(i128::from(SECOND)));
    let micros = i64::try_from(second * 1_000_000).map_err(|_| Failure::new("a moment is too far away"))?;
    Ok(write_timestamp(micros) + &fraction(i64::try_from(rest).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::{DAY, decimal, half, integer_of_bytes, time_of_day, timestamp};

    #[test]
    fn decimals_have_all_their_digits() {
        assert_eq!(decimal(5, 0), "5");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(12345, 3), "12.345");
        assert_eq!(decimal(0, 2), "0.00");
        assert_eq!(decimal(i128::MIN, 38), "-1.70141183460469231731687303715884105728");
        assert_eq!(integer_of_bytes(&[0xff, 0x7f]).unwrap(), -129);
        assert_eq!(integer_of_bytes(&[0; 40]).unwrap(), 0);
        assert_eq!(integer_of_bytes(&[0xff; 40]).unwrap(), -1);
        assert!(integer_of_bytes(&[0x11; 17]).is_err());
        assert_eq!(integer_of_bytes(&[]).unwrap(), 0);
    }

    #[test]
    fn floats_of_16_bits_have_their_values() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_953_125),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x7c00, f64::INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:04x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn moments_have_the_digits_that_they_need() {
        assert_eq!(timestamp(0).unwrap(), "1970-01-01 00:00:00");
        assert_eq!(timestamp(-1).unwrap(), "1969-12-31 23:59:59.999999999");
        assert_eq!(timestamp(1_500_000_000).unwrap(), "1970-01-01 00:00:01.5");
        assert!(timestamp(i128::from(i64::MAX) * 1_000_000).is_err());
        assert_eq!(time_of_day(i128::from(DAY) - 1000).unwrap(), "23:59:59.999999");
        assert!(time_of_day(-1).is_err());
    }
}
