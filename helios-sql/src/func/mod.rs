//! Functions of SQL.
//!
//! In: argument values. Out: a value, exactly SQLite's. One file per family; each file begins with a table of its
//! functions, and [`scalar`] looks through all of them. A function sees nothing of plans, tables or sessions but what
//! its [`CallContext`] shows. What programs add to a session stands in [`ProgramFunctions`].

mod aggregate;
mod blob;
mod conditional;
mod date;
mod format;
mod json;
mod list;
mod math;
mod number;
mod pattern;
pub mod postgres;
mod program;
mod rtree;
mod session;
mod table;
mod text;
mod text_join;
mod text_search;
mod text_trim;
mod unistr;
mod utf8;
pub mod vector;
mod window;

use helios_core::clock::{Entropy, Moment};
use helios_core::value::{Collation, Number, parse_number};
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

pub use aggregate::{Aggregate, JsonForm, aggregate};
pub use date::{current_date, current_time, current_timestamp};
pub use json::{
    UNMARKED, json_argument, json_binary, mark_json, marked_function, takes_json, write_json_value,
};
pub use list::{Listed, list};
pub use pattern::{GlobPattern, LikePattern, escape_character};
pub use postgres::{compare_lengths, gives_rows, table_function as postgres_table_function};
pub use program::{
    AggregateBody, AggregateState, ProgramAggregate, ProgramFunction, ProgramFunctions, ProgramScalar,
    ScalarBody,
};
pub use session::COMPILE_OPTIONS;
pub use table::{ReadyRows, TableFunction, TableRows, table_function};
pub use window::{WindowFunction, window};

/// The most bytes of a text or a blob (SQLite's SQLITE_MAX_LENGTH).
pub const MAX_LENGTH: usize = 1_000_000_000;

/// The most arguments of a function (SQLite's SQLITE_MAX_FUNCTION_ARG).
pub const MAX_ARGUMENTS: usize = 127;

/// What a function may know about the statement that calls it.
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// The time of the statement: the same for every row.
    pub now: Moment,
    /// Where random numbers come from.
    pub entropy: &'a dyn Entropy,
    /// How the call compares texts (`min`, `max`, `nullif`), from its arguments.
    pub collation: &'a Collation,
    /// What `changes()` gives.
    pub changes: i64,
    /// What `total_changes()` gives.
    pub total_changes: i64,
    /// What `last_insert_rowid()` gives.
    pub last_insert_rowid: i64,
    /// Whether the row was there before and ON CONFLICT changes it.
    pub is_conflict: bool,
}

/// When the value of a function for the same arguments may change, in PostgreSQL's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volatility {
    /// Never.
    Immutable,
    /// From statement to statement: it looks at the time of the statement or at the time zone.
    Stable,
    /// With each call.
    Volatile,
}

/// A scalar function.
#[derive(Clone, Copy, Debug)]
pub struct Scalar {
    /// Its name, in lower case.
    pub name: &'static str,
    /// The fewest arguments.
    pub least: usize,
    /// The most arguments.
    pub most: usize,
    /// When its value for the same arguments may change.
    pub volatility: Volatility,
    /// The function.
    pub call: fn(&CallContext<'_>, &[ValueRef<'_>]) -> Result<Value>,
}

impl Scalar {
    /// A function that gives the same value for the same arguments.
    const fn pure(name: &'static str, least: usize, most: usize, call: Call) -> Scalar {
        Scalar { name, least, most, volatility: Volatility::Immutable, call }
    }

    /// A function that looks at what is the same during a statement, besides its arguments.
    const fn stable(name: &'static str, least: usize, most: usize, call: Call) -> Scalar {
        Scalar { name, least, most, volatility: Volatility::Stable, call }
    }

    /// A function that looks at more than that.
    const fn volatile(name: &'static str, least: usize, most: usize, call: Call) -> Scalar {
        Scalar { name, least, most, volatility: Volatility::Volatile, call }
    }

    /// Whether the same arguments always give the same value, so that an index may rely on it.
    pub fn is_deterministic(&self) -> bool {
        self.volatility == Volatility::Immutable
    }
}

/// The body of a function.
type Call = fn(&CallContext<'_>, &[ValueRef<'_>]) -> Result<Value>;

/// The functions of all families.
const FAMILIES: [&[Scalar]; 17] = [
    text::FUNCTIONS,
    text_join::FUNCTIONS,
    text_search::FUNCTIONS,
    text_trim::FUNCTIONS,
    number::FUNCTIONS,
    math::FUNCTIONS,
    blob::FUNCTIONS,
    unistr::FUNCTIONS,
    conditional::FUNCTIONS,
    session::FUNCTIONS,
    format::FUNCTIONS,
    date::FUNCTIONS,
    rtree::FUNCTIONS,
    vector::FUNCTIONS,
    json::FAMILIES[0],
    json::FAMILIES[1],
    json::FAMILIES[2],
];

/// All scalar functions, each as often as it has overloads.
pub fn scalars() -> impl Iterator<Item = &'static Scalar> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The function of this name, whatever its case, for so many arguments. `None` if there is no such scalar function;
/// `min(x)` and `max(x)` are aggregates and therefore not here. A count that does not fit is an error.
pub fn scalar(name: &str, arguments: usize) -> Result<Option<&'static Scalar>> {
    let mut overloads = scalars().filter(|function| function.name.eq_ignore_ascii_case(name));
    let Some(first) = overloads.next() else {
        return Ok(None);
    };
    if arguments > MAX_ARGUMENTS {
        return Err(Error::sql(format!("too many arguments on function {name}")));
    }
    let fits = |function: &&Scalar| (function.least..=function.most).contains(&arguments);
    match std::iter::once(first).chain(overloads).find(fits) {
        Some(function) => Ok(Some(function)),
        None if arguments == 1 && matches!(first.name, "min" | "max") => Ok(None),
        None => Err(Error::sql(format!("wrong number of arguments to function {name}()"))),
    }
}

/// The function that statements in PostgreSQL's spelling call by this name; see [`scalar`].
///
/// # Errors
/// As [`scalar`].
pub fn postgres_scalar(name: &str, arguments: usize) -> Result<Option<&'static Scalar>> {
    let named = |function: &&Scalar| function.name.eq_ignore_ascii_case(name);
    let mut overloads = postgres::functions().filter(named).peekable();
    if overloads.peek().is_none() {
        return scalar(name, arguments);
    }
    match overloads.find(|function| (function.least..=function.most).contains(&arguments)) {
        Some(function) => Ok(Some(function)),
        None => Err(Error::sql(format!("function {name} with {arguments} arguments does not exist"))),
    }
}

/// A text as a value of one of PostgreSQL's types; see [`postgres::literal`].
///
/// # Errors
/// The type has no such value.
pub fn postgres_literal(type_name: &str, text: &str) -> Result<Option<Value>> {
    postgres::literal(type_name, text)
}

/// SQLite's answer to a value that would be longer than [`MAX_LENGTH`].
pub fn too_big() -> Error {
    Error::new(ErrorKind::TooBig, "string or blob too big")
}

/// Values below this many bytes are made without asking whether there is room: an allocation that fails there fails
/// anywhere.
const LARGE: usize = 16 << 20;

/// So many copies of a value are there at once on its way from a function into a column, a row or a record.
const COPIES: usize = 4;

/// Whether the process has room for a value of so many bytes. Nothing is kept; the allocator only says.
pub(crate) fn has_room(length: usize) -> bool {
    length < LARGE || Vec::<u8>::new().try_reserve_exact(length.saturating_mul(COPIES)).is_ok()
}

/// Checks a length that a statement has asked for, before anything of it is made.
///
/// # Errors
/// It is above [`MAX_LENGTH`] (`TooBig`), or the process has no room for it (`OutOfMemory`).
pub fn check_length(length: usize) -> Result<()> {
    if length > MAX_LENGTH {
        return Err(too_big());
    }
    if has_room(length) { Ok(()) } else { Err(Error::new(ErrorKind::OutOfMemory, "out of memory")) }
}

/// The number that a function for numbers sees: text only where the whole of it is a number, never a blob.
fn numeric(value: ValueRef<'_>) -> Option<Number> {
    match value {
        ValueRef::Integer(value) => Some(Number::Integer(value)),
        ValueRef::Real(value) => Some(Number::Real(value)),
        ValueRef::Text(text) => {
            let parsed = parse_number(text);
            parsed.complete.then_some(parsed.number)
        }
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

/// A 32-bit argument: SQLite cuts off the upper half.
fn to_int(value: ValueRef<'_>) -> i32 {
    value.to_integer() as i32
}
