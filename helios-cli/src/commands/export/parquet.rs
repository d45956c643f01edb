//! Rows as a file of Parquet.
//!
//! SQLite's columns hold values of any kind, those of Parquet of one. So the rows are read twice, in one transaction: first
//! to see what each column holds, and then to be written. As many of them as [`ROWS_AT_ONCE`] says, or fewer of
//! [`BYTES_AT_ONCE`], are in memory.

use std::io::Write;
use std::sync::Arc;

use helios::ValueRef;
use helios::sql::OutputColumn;
use helios::sql::moment;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::rows::literal;
use crate::failure::{Failure, Outcome};
use crate::transfer::{HeliosPeer, Peer};

/// How many rows a part of a file has.
const ROWS_AT_ONCE: usize = 100_000;

/// How many bytes a part of a file has before it is compressed, and a row more.
const BYTES_AT_ONCE: usize = 32 << 20;

/// Floats hold all integers up to this one.
const LARGEST_EXACT: u64 = 1 << 53;

const DAY_MICROS: i64 = 86_400_000_000;

/// Writes all rows of a query.
pub(super) fn write(
    columns: &[OutputColumn],
    query: &str,
    peer: &mut HeliosPeer<'_>,
    out: &mut (dyn Write + Send),
) -> Outcome {
    for (at, column) in columns.iter().enumerate() {
        if columns[..at].iter().any(|other| other.name == column.name) {
            let name = &column.name;
            return Err(Failure::new(format!("two columns are called {name}: --query may give them names")));
        }
    }
    // Both readings are of one moment.
    peer.run("BEGIN")?;
    let mut seen: Vec<Seen> = columns.iter().map(Seen::of).collect();
    peer.visit(query, &mut |row| {
        seen.iter_mut().zip(row).for_each(|(seen, value)| seen.note(*value));
        Ok(())
    })?;
    let mut parts: Vec<Part> = seen.iter().map(|seen| Part::new(seen.kind())).collect();
    let schema = schema_of(columns, &parts)?;
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties()))?;
    let (mut rows, mut bytes) = (0, 0);
    peer.visit(query, &mut |row| {
        for (part, value) in parts.iter_mut().zip(row) {
            bytes += part.push(*value)?;
        }
        rows += 1;
        if rows == ROWS_AT_ONCE || bytes >= BYTES_AT_ONCE {
            (rows, bytes) = (0, 0);
            write_parts(&mut parts, &mut writer)?;
        }
        Ok(())
    })?;
    if rows > 0 {
        write_parts(&mut parts, &mut writer)?;
    }
    writer.finish()?;
    writer.inner_mut().flush()?;
    peer.run("COMMIT")
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("helios version {}", env!("CARGO_PKG_VERSION")))
        .build()
}

/// What the values of a column are in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Real,
    Text,
    Bytes,
    Date,
    Timestamp,
}

/// What a column has been declared as, and what its values have been.
#[derive(Debug)]
struct Seen {
    declared: String,
    integers: bool,
    reals: bool,
    texts: bool,
    blobs: bool,
    /// Whether all are what these kinds can hold.
    truths: bool,
    exact: bool,
    dates: bool,
    timestamps: bool,
}

impl Seen {
    fn of(column: &OutputColumn) -> Seen {
        Seen {
            declared: column.declared_type.as_deref().unwrap_or_default().to_ascii_uppercase(),
            integers: false,
            reals: false,
            texts: false,
            blobs: false,
            truths: true,
            exact: true,
            dates: true,
            timestamps: true,
        }
    }

    fn note(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(number) => {
                self.integers = true;
                self.truths &= number == 0 || number == 1;
                self.exact &= number.unsigned_abs() <= LARGEST_EXACT;
            }
            ValueRef::Real(_) => self.reals = true,
            ValueRef::Text(text) => {
                self.texts = true;
                self.dates = self.dates && date_of(text).is_some();
                self.timestamps = self.timestamps && timestamp_of(text).is_some();
            }
            ValueRef::Blob(_) => self.blobs = true,
        }
    }

    /// The kind that holds all of them. A kind that SQLite does not have is taken where the column is declared as it.
    fn kind(&self) -> Kind {
        let declared = self.declared_kind();
        match (self.integers, self.reals, self.texts, self.blobs) {
            (false, false, false, false) => declared,
            (true, false, false, false) if declared == Kind::Boolean && self.truths => Kind::Boolean,
            (true, false, false, false) => Kind::Integer,
            (_, true, false, false) if self.exact => Kind::Real,
            (false, false, true, false) if declared == Kind::Date && self.dates => Kind::Date,
            (false, false, true, false) if declared == Kind::Timestamp && self.timestamps => Kind::Timestamp,
            (false, false, false, true) => Kind::Bytes,
            _ => Kind::Text,
        }
    }

    /// What SQLite would make of the declared type, and the kinds that it does not have.
    fn declared_kind(&self) -> Kind {
        let has = |part: &str| self.declared.contains(part);
        match self.declared.as_str() {
            "DATE" => Kind::Date,
            "TIMESTAMP" | "DATETIME" => Kind::Timestamp,
            "BOOLEAN" | "BOOL" => Kind::Boolean,
            _ if has("INT") => Kind::Integer,
            _ if has("CHAR") || has("CLOB") || has("TEXT") => Kind::Text,
            _ if has("BLOB") => Kind::Bytes,
            _ if has("REAL") || has("FLOA") || has("DOUB") || has("DEC") || has("NUM") => Kind::Real,
            _ => Kind::Text,
        }
    }
}

/// The days from 1970 to a date that is written as SQLite writes it.
fn date_of(text: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(text).ok()?;
    let days = moment::parse(text)?.micros.div_euclid(DAY_MICROS);
    i32::try_from(days).ok().filter(|_| moment::write_date(days) == text)
}

/// The microseconds from 1970 to a moment that is written as SQLite writes it, or with parts of seconds.
fn timestamp_of(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let micros = moment::parse(text)?.micros;
    let written = moment::write_timestamp(micros);
    // The noughts at the end may be missing, and the point.
    let rest = text.strip_prefix(written.as_str())?;
    let has_point = written.contains('.');
    let noughts = if has_point { rest } else { rest.strip_prefix('.').unwrap_or(rest) };
    (noughts.bytes().all(|byte| byte == b'0') && (has_point || rest.is_empty() || rest.len() > 1))
        .then_some(micros)
}

fn schema_of(columns: &[OutputColumn], parts: &[Part]) -> Result<Type, ParquetError> {
    let field = |(column, part): (&OutputColumn, &Part)| {
        let (physical, logical) = match part.kind {
            Kind::Boolean => (Physical::BOOLEAN, None),
            Kind::Integer => (Physical::INT64, None),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Bytes => (Physical::BYTE_ARRAY, None),
            Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
            Kind::Timestamp => (Physical::INT64, Some(LogicalType::timestamp(false, TimeUnit::MICROS))),
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_logical_type(logical)
            .with_repetition(Repetition::OPTIONAL);
        field.build().map(Arc::new)
    };
    let fields = columns.iter().zip(parts).map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("schema").with_fields(fields).build()
}

/// The values of a column that are written next.
#[derive(Debug)]
struct Part {
    kind: Kind,
    /// 1 for each value, and 0 for each NULL.
    definitions: Vec<i16>,
    truths: Vec<bool>,
    days: Vec<i32>,
    integers: Vec<i64>,
    reals: Vec<f64>,
    bytes: Vec<ByteArray>,
}

impl Part {
    fn new(kind: Kind) -> Part {
        Part {
            kind,
            definitions: Vec::new(),
            truths: Vec::new(),
            days: Vec::new(),
            integers: Vec::new(),
            reals: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// Takes a value and tells how many bytes it has.
    fn push(&mut self, value: ValueRef<'_>) -> Outcome<usize> {
        let changed = || Failure::new("the query does not give the same values each time");
        if matches!(value, ValueRef::Null) {
            self.definitions.push(0);
            return Ok(2);
        }
        self.definitions.push(1);
        let mut length = 10;
        match (self.kind, value) {
            (Kind::Boolean, ValueRef::Integer(number)) => self.truths.push(number != 0),
            (Kind::Integer, ValueRef::Integer(number)) => self.integers.push(number),
            (Kind::Real, ValueRef::Integer(number)) => self.reals.push(number as f64),
            (Kind::Real, ValueRef::Real(number)) => self.reals.push(number),
            (Kind::Date, ValueRef::Text(text)) => self.days.push(date_of(text).ok_or_else(changed)?),
            (Kind::Timestamp, ValueRef::Text(text)) => {
                self.integers.push(timestamp_of(text).ok_or_else(changed)?);
            }
            (Kind::Bytes, ValueRef::Blob(bytes)) => {
                length += bytes.len();
                self.bytes.push(bytes.into());
            }
            (Kind::Text, ValueRef::Text(text)) => {
                std::str::from_utf8(text)
                    .map_err(|_| Failure::new("a text is no UTF-8, as Parquet's have to be"))?;
                length += text.len();
                self.bytes.push(text.into());
            }
            // In a column of texts and of others, those are texts as SQL writes them.
            (Kind::Text, _) => {
                let literal = literal(value);
                length += literal.len();
                self.bytes.push(literal.into());
            }
            _ => return Err(changed()),
        }
        Ok(length)
    }

    /// Writes them and is empty again.
    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let definitions = Some(&self.definitions[..]);
        match self.kind {
            Kind::Boolean => column.typed::<BoolType>().write_batch(&self.truths, definitions, None)?,
            Kind::Date => column.typed::<Int32Type>().write_batch(&self.days, definitions, None)?,
            Kind::Integer | Kind::Timestamp => {
                column.typed::<Int64Type>().write_batch(&self.integers, definitions, None)?
            }
            Kind::Real => column.typed::<DoubleType>().write_batch(&self.reals, definitions, None)?,
            Kind::Text | Kind::Bytes => {
                column.typed::<ByteArrayType>().write_batch(&self.bytes, definitions, None)?
            }
        };
        self.definitions.clear();
        self.truths.clear();
        self.days.clear();
        self.integers.clear();
        self.reals.clear();
        self.bytes.clear();
        Ok(())
    }
}

fn write_parts(parts: &mut [Part], writer: &mut SerializedFileWriter<&mut (dyn Write + Send)>) -> Outcome {
    let mut group = writer.next_row_group()?;
    for part in parts {
        // The schema has a column for each.
        let Some(mut column) = group.next_column()? else { break };
        part.write(&mut column)?;
        column.close()?;
    }
    group.close()?;
    Ok(())
}
