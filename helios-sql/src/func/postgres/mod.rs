//! Functions that statements in PostgreSQL's spelling have besides SQLite's.
//!
//! In and out: values in SQLite's classes. Booleans are 1 and 0, moments are texts (`2024-05-06 07:08:09.1+00:00`), arrays
//! are texts as PostgreSQL writes them (`{1,2}`). A name that begins with `::` is a cast to the type behind it.

pub mod array;
mod cast;
pub mod interval;
mod json;
pub mod moment;
mod number;
mod regexp;
mod table;
mod text;
mod time;

use super::Scalar;
pub use cast::parse_bytea;
pub use table::{gives_rows, table_function};

/// All of them.
pub fn functions() -> impl Iterator<Item = &'static Scalar> {
    [
        cast::FUNCTIONS,
        array::FUNCTIONS,
        text::FUNCTIONS,
        regexp::FUNCTIONS,
        time::FUNCTIONS,
        interval::FUNCTIONS,
        json::FUNCTIONS,
        number::FUNCTIONS,
    ]
    .into_iter()
    .flat_map(<[Scalar]>::iter)
}
