//! Functions that statements in PostgreSQL's spelling have besides SQLite's.
//!
//! In and out: values in SQLite's classes. Booleans are 1 and 0, moments are texts (`2024-05-06 07:08:09.1+00:00`), arrays
//! are texts as PostgreSQL writes them (`{1,2}`). A name that begins with `::` is a cast to the type behind it.

pub mod array;
mod cast;
mod collected;
mod digest;
mod enumeration;
mod float;
pub mod interval;
mod json;
mod json_path;
mod json_path_parse;
mod make;
pub mod moment;
mod moment_picture;
mod moment_reading;
mod moment_words;
mod number;
mod number_picture;
mod regexp;
mod table;
mod text;
mod time;

use super::Scalar;
pub use cast::{literal, parse_bytea};
pub use enumeration::no_such_value as no_such_enum_value;
pub use float::{write_float4, write_float8};
pub use interval::compare_lengths;
pub use table::{gives_rows, table_function};
pub use time::zone_of_setting;

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
        json_path::FUNCTIONS,
        number::FUNCTIONS,
        digest::FUNCTIONS,
        float::FUNCTIONS,
        make::FUNCTIONS,
        enumeration::FUNCTIONS,
        collected::FUNCTIONS,
    ]
    .into_iter()
    .flat_map(<[Scalar]>::iter)
}
