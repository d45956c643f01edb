//! Static types: what PostgreSQL would call the columns and the parameters of a statement.
//!
//! In: a bound statement. Out: a [`SqlType`] for each column of its result and for each parameter. Values have SQLite's
//! classes all the same; a type says what a client is told of them, and how they are written for it. Where nothing
//! tells a type it is [`SqlType::UNKNOWN`], which clients are told is text.

mod enumeration;
mod expression;
mod function;
mod infer;
mod name;
mod oid;
mod resolution;
mod scale;

pub use enumeration::{ENUM_POSITION, ENUM_VALUE, enum_oid};
pub use expression::{Known, of_aggregate, of_expression};
pub(crate) use function::element as element_of;
pub use infer::{Inference, Statement, infer};
pub use name::formatted_name;
pub use oid::{all_types, length_of, of_oid, oid_of};
pub(crate) use resolution::{NoCommonType, common as common_type, resolve as resolve_type};
pub use scale::modifier_of;

/// A type, or the type of arrays of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SqlType {
    /// The type, or that of the elements.
    pub base: BaseType,
    /// Whether it is the type of arrays.
    pub is_array: bool,
}

/// A type that is no array's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BaseType {
    /// Nothing tells it.
    #[default]
    Unknown,
    /// True and false: the integers 1 and 0.
    Boolean,
    /// Integers of 16 bits.
    SmallInt,
    /// Integers of 32 bits.
    Integer,
    /// Integers of 64 bits, as all integers of SQLite are.
    BigInt,
    /// Numbers of objects in the catalog.
    Oid,
    /// The number of a relation, written as its name.
    RegClass,
    /// The number of a type, written as its name.
    RegType,
    /// The number of a function, written as its name.
    RegProc,
    /// Floats of 32 bits.
    Real,
    /// Floats of 64 bits, as all floats of SQLite are.
    Double,
    /// Integers and floats as decimal numbers.
    Numeric,
    /// Texts.
    Text,
    /// Texts with a length.
    Varchar,
    /// Texts filled up with spaces.
    Character,
    /// Names in the catalog.
    Name,
    /// One byte, as the catalog has them.
    Char,
    /// Blobs.
    Bytea,
    /// Days.
    Date,
    /// Times of day.
    Time,
    /// Times without a zone.
    Timestamp,
    /// Times with a zone.
    TimestampTz,
    /// Lengths of time, as texts.
    Interval,
    /// JSON texts.
    Json,
    /// JSON, as texts too.
    Jsonb,
    /// Identifiers, as texts.
    Uuid,
    /// Vectors of 32-bit floats.
    Vector,
    /// Lists of small integers in the catalog.
    Int2Vector,
    /// Lists of numbers of objects in the catalog.
    OidVector,
    /// One of the values of an enumeration, as a text. The number is that of the type, which follows from its name.
    Enum(u32),
}

impl SqlType {
    /// A type that nothing tells.
    pub const UNKNOWN: SqlType = SqlType::of(BaseType::Unknown);

    /// A type that is no array's.
    pub const fn of(base: BaseType) -> SqlType {
        SqlType { base, is_array: false }
    }

    /// The type of arrays of a type.
    pub const fn array_of(base: BaseType) -> SqlType {
        SqlType { base, is_array: true }
    }

    /// Whether something tells it.
    pub fn is_known(self) -> bool {
        self != SqlType::UNKNOWN
    }

    fn is_number(self) -> bool {
        use BaseType::{BigInt, Double, Integer, Numeric, Oid, Real, SmallInt};
        !self.is_array && matches!(self.base, SmallInt | Integer | BigInt | Oid | Real | Double | Numeric)
    }
}
