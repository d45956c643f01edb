//! SQLSTATE: which code each error of helios has for PostgreSQL's clients
//! (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).

use helios::{BrokenRule, Constraint, Error, ErrorKind};

pub(crate) const PROTOCOL_VIOLATION: &str = "08P01";
pub(crate) const FEATURE_NOT_SUPPORTED: &str = "0A000";
pub(crate) const INVALID_PARAMETER_VALUE: &str = "22023";
pub(crate) const INVALID_TEXT: &str = "22P02";
pub(crate) const INVALID_BINARY: &str = "22P03";
pub(crate) const BAD_COPY_FORMAT: &str = "22P04";
pub(crate) const INVALID_MOMENT: &str = "22007";
pub(crate) const OUT_OF_RANGE: &str = "22003";
pub(crate) const ACTIVE_TRANSACTION: &str = "25001";
pub(crate) const NO_TRANSACTION: &str = "25P01";
pub(crate) const READ_ONLY_TRANSACTION: &str = "25006";
pub(crate) const FAILED_TRANSACTION: &str = "25P02";
pub(crate) const IDLE_IN_TRANSACTION: &str = "25P03";
pub(crate) const NO_STATEMENT: &str = "26000";
pub(crate) const NOT_ALLOWED: &str = "28000";
pub(crate) const WRONG_PASSWORD: &str = "28P01";
pub(crate) const NO_CURSOR: &str = "34000";
pub(crate) const NO_DATABASE: &str = "3D000";
pub(crate) const SYNTAX_ERROR: &str = "42601";
pub(crate) const DUPLICATE_CURSOR: &str = "42P03";
pub(crate) const DUPLICATE_STATEMENT: &str = "42P05";
pub(crate) const UNDEFINED_OBJECT: &str = "42704";
pub(crate) const DUPLICATE_OBJECT: &str = "42710";
pub(crate) const NO_PRIVILEGE: &str = "42501";
pub(crate) const TOO_MANY_CONNECTIONS: &str = "53300";
pub(crate) const CANCELED: &str = "57014";
pub(crate) const SHUTDOWN: &str = "57P01";
/// The client has given COPY up, which is no cancelling: the message says why.
pub(crate) const COPY_FAILED: &str = "57014";
pub(crate) const INTERNAL: &str = "XX000";

/// The code of an error.
pub(crate) fn of(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::Sql => of_statement(error.message()),
        ErrorKind::MissingCollation => UNDEFINED_OBJECT,
        ErrorKind::NotAuthorized => NO_PRIVILEGE,
        ErrorKind::AbortRollback => "40000",
        ErrorKind::Busy => "55P03",
        ErrorKind::BusySnapshot | ErrorKind::Conflict => "40001",
        ErrorKind::ReadOnly => READ_ONLY_TRANSACTION,
        ErrorKind::Interrupted => CANCELED,
        ErrorKind::Io => "58030",
        ErrorKind::Corrupt | ErrorKind::CorruptModule => "XX001",
        ErrorKind::OutOfMemory => "53200",
        ErrorKind::Full => "53100",
        ErrorKind::CannotOpen | ErrorKind::NotADatabase => "58P01",
        ErrorKind::TooBig => "54000",
        // RESTRICT is a trigger for SQLite.
        ErrorKind::Constraint(_) if is_about_reference(error) => "23503",
        ErrorKind::Constraint(constraint) => of_constraint(constraint),
        ErrorKind::Mismatch => "42804",
        ErrorKind::Data => of_data(error.message()),
        ErrorKind::Misuse | ErrorKind::Range => "55000",
        _ => INTERNAL,
    }
}

fn is_about_reference(error: &Error) -> bool {
    error.broken().is_some_and(|broken| matches!(broken.rule, BrokenRule::Reference { .. }))
}

fn of_constraint(constraint: Constraint) -> &'static str {
    match constraint {
        Constraint::Unique | Constraint::PrimaryKey | Constraint::Rowid => "23505",
        Constraint::NotNull => "23502",
        Constraint::Check => "23514",
        Constraint::ForeignKey => "23503",
        Constraint::Datatype => INVALID_TEXT,
        Constraint::Trigger => "P0001",
        Constraint::Merge => "40001",
        _ => "23000",
    }
}

/// Parts of messages about paths of JSON and about names that are taken apart.
const PATHS: [(&str, &str); 12] = [
    ("does not contain key", "2203A"),
    ("jsonpath member accessor can only", "2203A"),
    ("wildcard member accessor can only", "2203C"),
    ("can only be applied to an array", "22039"),
    ("jsonpath array subscript is", "22033"),
    ("single boolean result is expected", "22038"),
    ("operand of unary jsonpath operator", "2203B"),
    ("is not a single numeric value", "22038"),
    (".keyvalue() can only", "2203C"),
    ("jsonpath item method", "22036"),
    ("\"vars\" argument is not an object", "22023"),
    ("is not a valid identifier", "22023"),
];

fn of_data(message: &str) -> &'static str {
    if message == "more than one row returned by a subquery used as an expression" {
        "21000"
    } else if let Some((_, code)) = PATHS.iter().find(|(part, _)| message.contains(part)) {
        code
    } else if message.contains("field value out of range")
        || message.contains("timestamp out of range")
        || message.contains("interval out of range")
        || message.contains("cannot subtract infinite")
    {
        "22008"
    } else if message == "LIMIT must not be negative" {
        "2201W"
    } else if message == "OFFSET must not be negative" {
        "2201X"
    } else if message.contains("square root of a negative") {
        "2201F"
    } else if message.contains("cannot take logarithm") {
        "2201E"
    } else if message == "null character not permitted" {
        "54000"
    } else if message.contains("negative substring length") {
        "22011"
    } else if message.contains("nextval: reached") {
        "2200H"
    } else if ["MINVALUE", "MAXVALUE", "INCREMENT must", "CACHE (", "sequence type must"]
        .iter()
        .any(|word| message.contains(word))
    {
        INVALID_PARAMETER_VALUE
    } else if message.contains("out of range")
        || message.ends_with("is not between 0 and 1")
        || message.contains("is out of bounds for sequence")
        || message == "numeric field overflow"
    {
        OUT_OF_RANGE
    } else if message.contains("division by zero") {
        "22012"
    } else if message.contains("value too long") {
        "22001"
    } else if message.contains("malformed array literal") {
        INVALID_TEXT
    } else if message.contains("step size cannot")
        || message.ends_with("is not an existing enum label")
        || message.contains("unit \"")
        || message == "cannot replace existing key"
        || message.contains("time zone \"")
        || message.contains("unrecognized encoding")
        || message.contains("invalid hexadecimal")
    {
        INVALID_PARAMETER_VALUE
    } else if message.starts_with("invalid value \"")
        || message.contains("12-hour clock")
        || ["date", "time", "interval"].iter().any(|of| message.contains(&format!("for type {of}")))
    {
        INVALID_MOMENT
    } else {
        INVALID_TEXT
    }
}

/// By what the message says: errors of statements have no other mark.
fn of_statement(message: &str) -> &'static str {
    const BY_WORDS: &[(&str, &str)] = &[
        ("syntax error", SYNTAX_ERROR),
        ("invalid Unicode", SYNTAX_ERROR),
        ("invalid input syntax for type jsonpath", INVALID_TEXT),
        ("could not find jsonpath variable", UNDEFINED_OBJECT),
        ("incomplete input", SYNTAX_ERROR),
        ("unrecognized token", SYNTAX_ERROR),
        ("no such table", "42P01"),
        ("no such column", "42703"),
        ("has no column named", "42703"),
        ("no such function", "42883"),
        ("wrong number of arguments", "42883"),
        ("arguments does not exist", "42883"),
        ("operator does not exist", "42883"),
        (") does not exist", "42883"),
        ("ambiguous column name", "42702"),
        ("duplicate column name", "42701"),
        ("already exists", "42P07"),
        ("already another", "42P07"),
        ("no such savepoint", "3B001"),
        ("within a transaction", ACTIVE_TRANSACTION),
        ("no such branch", NO_DATABASE),
        ("misuse of", "42803"),
        ("DISTINCT ON expressions must match", "42P10"),
        ("for SELECT DISTINCT, ORDER BY", "42P10"),
        ("term out of range", "42P10"),
        ("deadlock detected", "40P01"),
        ("ON COMMIT can only be used", "42P16"),
        ("subquery has too many columns", SYNTAX_ERROR),
        ("arguments to GROUPING must be", "42803"),
        ("data-modifying statement must be at the top level", FEATURE_NOT_SUPPORTED),
        ("does not have a RETURNING clause", FEATURE_NOT_SUPPORTED),
        ("too many grouping sets present", "54001"),
        ("is not a view", "42809"),
        ("column name must be qualified", SYNTAX_ERROR),
        ("canceling statement due to lock timeout", "55P03"),
        ("ON CONFLICT clause does not match", "42P10"),
        ("HAVING clause on a non-aggregate", "42803"),
        ("because other objects depend on it", "2BP01"),
        ("cannot be cast automatically", "42804"),
        ("is in a primary key", "42P16"),
        ("cannot drop sequence", "2BP01"),
        ("is not a sequence", "42809"),
        ("is not a table", "42809"),
        ("ALTER action cannot be performed", "42809"),
        ("must be type boolean", "42804"),
        (" cannot be matched", "42804"),
        (" could not convert type ", "42846"),
        ("must appear in the GROUP BY clause", "42803"),
        ("subquery uses ungrouped column", "42803"),
        ("sub-select returns", SYNTAX_ERROR),
        ("row value misused", SYNTAX_ERROR),
        ("multiple assignments to same column", SYNTAX_ERROR),
        ("non-DEFAULT value into column", "428C9"),
        ("can only be updated to DEFAULT", "428C9"),
        ("missing FROM-clause entry", "42P01"),
        ("no such view", "42P01"),
        ("use DROP ", "42809"),
        ("has more than one primary key", "42P16"),
        ("unrecognized configuration parameter", UNDEFINED_OBJECT),
        ("LATERAL takes INNER or LEFT", "42P10"),
        ("only supported in to_char", FEATURE_NOT_SUPPORTED),
        ("no such index", UNDEFINED_OBJECT),
        ("generated column", "428C9"),
        ("values were supplied", SYNTAX_ERROR),
        ("columns assigned", SYNTAX_ERROR),
        (" values for ", SYNTAX_ERROR),
        ("same number of result columns", SYNTAX_ERROR),
        ("all VALUES must have", SYNTAX_ERROR),
        ("invalid regular expression", "2201B"),
    ];
    if message.starts_with("type ") && message.ends_with("does not exist") {
        return UNDEFINED_OBJECT;
    }
    if message.starts_with("constraint ") && message.ends_with("does not exist") {
        return UNDEFINED_OBJECT;
    }
    let is_object = ["constraint ", "type ", "enum label "].iter().any(|kind| message.starts_with(kind));
    if is_object && message.ends_with("already exists") {
        return DUPLICATE_OBJECT;
    }
    if (message.starts_with("relation ") || message.starts_with("sequence "))
        && message.ends_with("does not exist")
    {
        return "42P01";
    }
    if message.starts_with("column ") && message.ends_with("already exists") {
        return "42701";
    }
    if message.contains("is not supported") || message.starts_with("cannot truncate a table referenced") {
        return FEATURE_NOT_SUPPORTED;
    }
    let known = BY_WORDS.iter().find(|(words, _)| message.contains(words));
    known.map_or("42000", |(_, code)| code)
}
