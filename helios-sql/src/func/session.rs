//! Functions about the connection and the library: `changes`, `total_changes`, `last_insert_rowid`,
//! `sqlite_version`, `sqlite_source_id`, `sqlite_compileoption_used`, `sqlite_compileoption_get`.
//!
//! In: what the call's context shows. Out: counters, and the SQLite that helios behaves like.

use super::utf8::before_nul;
use super::{CallContext, Scalar};
use helios_core::{Error, Result, Value, ValueRef};

/// The version of SQLite whose behaviour this is.
const SQLITE_VERSION: &str = "3.40.1";

/// The name of that version's source.
const SOURCE_ID: &str =
    "2022-12-28 14:03:47 df5c253c0b3dd24916e4ec7cf77d3db5294cc9fd45ae7b9c5e82ad8197f38a24";

/// The options of a SQLite that would have the same features, functions and limits, in SQLite's order. Programs look here
/// for what they may use.
pub const COMPILE_OPTIONS: [&str; 28] = [
    "DEFAULT_PAGE_SIZE=4096",
    "DEFAULT_SYNCHRONOUS=2",
    "DEFAULT_WAL_SYNCHRONOUS=2",
    "ENABLE_COLUMN_METADATA",
    "ENABLE_DBSTAT_VTAB",
    "ENABLE_FTS3",
    "ENABLE_FTS3_PARENTHESIS",
    "ENABLE_FTS4",
    "ENABLE_FTS5",
    "ENABLE_MATH_FUNCTIONS",
    "ENABLE_RTREE",
    "ENABLE_UPDATE_DELETE_LIMIT",
    "HAVE_ISNAN",
    "MAX_ATTACHED=10",
    "MAX_COLUMN=2000",
    "MAX_COMPOUND_SELECT=500",
    "MAX_EXPR_DEPTH=1000",
    "MAX_FUNCTION_ARG=127",
    "MAX_LENGTH=1000000000",
    "MAX_LIKE_PATTERN_LENGTH=50000",
    "MAX_SQL_LENGTH=1000000000",
    "MAX_TRIGGER_DEPTH=1000",
    "MAX_VARIABLE_NUMBER=250000",
    "SOUNDEX",
    "SYSTEM_MALLOC",
    "TEMP_STORE=1",
    "THREADSAFE=1",
    "USE_URI",
];

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::volatile("changes", 0, 0, |context, _| Ok(Value::Integer(context.changes))),
    Scalar::volatile("total_changes", 0, 0, |context, _| Ok(Value::Integer(context.total_changes))),
    Scalar::volatile("last_insert_rowid", 0, 0, |context, _| Ok(Value::Integer(context.last_insert_rowid))),
    Scalar::pure("sqlite_version", 0, 0, |_, _| Ok(Value::text(SQLITE_VERSION))),
    Scalar::pure("sqlite_source_id", 0, 0, |_, _| Ok(Value::text(SOURCE_ID))),
    // As in a SQLite where nobody has allowed extensions; and there is nothing to load.
    Scalar::volatile("load_extension", 1, 2, |_, _| Err(Error::sql("not authorized"))),
    Scalar::pure("sqlite_compileoption_used", 1, 1, option_used),
    Scalar::pure("sqlite_compileoption_get", 1, 1, option_get),
];

fn option_used(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(name) = arguments[0].text_bytes() else {
        return Ok(Value::Null);
    };
    let name = before_nul(&name);
    let name = if name.len() > 7 && name[..7].eq_ignore_ascii_case(b"SQLITE_") { &name[7..] } else { name };
    let used = COMPILE_OPTIONS.iter().any(|option| {
        let key = option.split('=').next().unwrap_or(option);
        option.as_bytes().eq_ignore_ascii_case(name) || key.as_bytes().eq_ignore_ascii_case(name)
    });
    Ok(Value::boolean(used))
}

fn option_get(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let option = usize::try_from(arguments[0].to_integer()).ok().and_then(|at| COMPILE_OPTIONS.get(at));
    Ok(option.map_or(Value::Null, |option| Value::text(option)))
}
