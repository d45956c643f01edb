//! What functions give, and what they take.

use super::{BaseType, SqlType};
use crate::func::Aggregate;

/// Functions by the type of what they give.
const RESULTS: [(BaseType, &[&str]); 9] = [
    (
        BaseType::Integer,
        &[
            "length",
            "char_length",
            "character_length",
            "octet_length",
            "instr",
            "strpos",
            "ascii",
            "unicode",
            "pg_backend_pid",
            "array_length",
            "array_upper",
            "array_lower",
            "cardinality",
            "array_position",
            "sign",
            "vector_dims",
        ],
    ),
    (
        BaseType::BigInt,
        &[
            "changes",
            "total_changes",
            "last_insert_rowid",
            "random",
            "txid_current",
            "pg_relation_size",
            "pg_table_size",
            "pg_total_relation_size",
            "pg_database_size",
            "lastval",
            "currval",
            "nextval",
        ],
    ),
    (
        BaseType::Text,
        &[
            "lower",
            "upper",
            "substr",
            "substring",
            "replace",
            "trim",
            "ltrim",
            "rtrim",
            "hex",
            "quote",
            "printf",
            "format",
            "concat",
            "concat_ws",
            "version",
            "date",
            "time",
            "datetime",
            "strftime",
            "typeof",
            "char",
            "to_char",
            "current_setting",
            "set_config",
            "format_type",
            "initcap",
            "left",
            "right",
            "lpad",
            "rpad",
            "reverse",
            "md5",
            "array_to_string",
            "quote_ident",
            "quote_literal",
            "regexp_replace",
            "regexp_substr",
            "split_part",
            "repeat",
            "chr",
            "obj_description",
            "col_description",
            "pg_get_expr",
            "pg_get_indexdef",
            "pg_encoding_to_char",
            "json_extract",
            "vector_to_json",
            "pg_typeof",
            "translate",
        ],
    ),
    (
        BaseType::Name,
        &[
            "current_user",
            "session_user",
            "user",
            "current_database",
            "current_catalog",
            "current_schema",
            "current_role",
            "pg_get_userbyid",
        ],
    ),
    (
        BaseType::Double,
        &[
            "sqrt",
            "exp",
            "ln",
            "log",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "pi",
            "power",
            "pow",
            "julianday",
            "date_part",
            "vector_distance",
            "vector_norm",
            "vector_dot",
            "radians",
            "degrees",
        ],
    ),
    (
        BaseType::Boolean,
        &[
            "like",
            "glob",
            "regexp_like",
            "regexp_like_any_case",
            "array_any",
            "array_all",
            "starts_with",
            "json_valid",
            "pg_table_is_visible",
            "pg_type_is_visible",
            "pg_function_is_visible",
            "has_table_privilege",
            "has_schema_privilege",
            "has_database_privilege",
            "pg_is_in_recovery",
            "pg_advisory_unlock",
        ],
    ),
    (
        BaseType::TimestampTz,
        &[
            "now",
            "statement_timestamp",
            "transaction_timestamp",
            "clock_timestamp",
            "pg_postmaster_start_time",
            "to_timestamp",
        ],
    ),
    (BaseType::Timestamp, &["localtimestamp", "date_trunc"]),
    (BaseType::Uuid, &["gen_random_uuid"]),
];

/// Functions of numbers or texts that give what their first argument is.
const SAME: [&str; 8] = ["abs", "round", "ceil", "floor", "ceiling", "trunc", "mod", "likely"];

/// What a function gives for arguments of these types.
pub(super) fn result(name: &str, arguments: &[SqlType]) -> SqlType {
    let lower = name.to_ascii_lowercase();
    if let Some(cast) = lower.strip_prefix("::") {
        return SqlType::declared(cast);
    }
    if let Some((base, _)) = RESULTS.iter().find(|(_, names)| names.contains(&lower.as_str())) {
        return SqlType::of(*base);
    }
    let first = arguments.first().copied().unwrap_or_default();
    match lower.as_str() {
        "array" | "array_append" if !first.is_array => SqlType::array_of(element(first)),
        "array_close" => first,
        "array_element" if first.is_array => SqlType::of(first.base),
        "array_element" if first.base == BaseType::Int2Vector => SqlType::of(BaseType::SmallInt),
        "array_element" if first.base == BaseType::OidVector => SqlType::of(BaseType::Oid),
        "current_schemas" => SqlType::array_of(BaseType::Name),
        "string_to_array" | "regexp_split_to_array" => SqlType::array_of(BaseType::Text),
        "timezone" => match arguments.get(1).map(|moment| moment.base) {
            Some(BaseType::TimestampTz) => SqlType::of(BaseType::Timestamp),
            _ => SqlType::of(BaseType::TimestampTz),
        },
        "vector_add" | "vector_subtract" | "vector_multiply" | "vector_normalize" | "vector_from_json" => {
            SqlType::of(BaseType::Vector)
        }
        "json_object" | "json_array" | "json" | "json_build_object" | "json_build_array" | "to_json"
        | "row_to_json" => SqlType::of(BaseType::Json),
        "min" | "max" | "greatest" | "least" => {
            arguments.iter().copied().find(|argument| argument.is_known()).unwrap_or_default()
        }
        same if SAME.contains(&same) => first,
        _ => SqlType::UNKNOWN,
    }
}

/// What a function wants an argument to be, where the argument does not say it.
pub(super) fn parameter(name: &str, position: usize) -> SqlType {
    let lower = name.to_ascii_lowercase();
    let base = match (lower.as_str(), position) {
        ("substr" | "substring" | "left" | "right" | "repeat" | "lpad" | "rpad", 1)
        | ("substr" | "substring", 2) => BaseType::Integer,
        (
            "lower" | "upper" | "length" | "trim" | "ltrim" | "rtrim" | "substr" | "substring" | "replace"
            | "concat" | "left" | "right" | "repeat" | "lpad" | "rpad" | "instr" | "strpos" | "starts_with"
            | "format" | "current_setting" | "set_config" | "to_regclass" | "to_regtype" | "md5"
            | "split_part",
            _,
        ) => BaseType::Text,
        ("generate_series", _) => BaseType::BigInt,
        (vector, 0 | 1) if vector.starts_with("vector_") => BaseType::Vector,
        _ => BaseType::Unknown,
    };
    SqlType::of(base)
}

/// What an aggregate gives over values of a type.
pub(super) fn aggregate(function: &Aggregate, argument: SqlType) -> SqlType {
    match function {
        Aggregate::CountRows | Aggregate::Count => SqlType::of(BaseType::BigInt),
        Aggregate::Sum => SqlType::of(match argument.base {
            BaseType::SmallInt | BaseType::Integer => BaseType::BigInt,
            BaseType::BigInt | BaseType::Numeric => BaseType::Numeric,
            BaseType::Real => BaseType::Real,
            _ => BaseType::Double,
        }),
        Aggregate::Average => SqlType::of(match argument.base {
            BaseType::SmallInt | BaseType::Integer | BaseType::BigInt | BaseType::Numeric => {
                BaseType::Numeric
            }
            _ => BaseType::Double,
        }),
        Aggregate::Total => SqlType::of(BaseType::Double),
        Aggregate::Minimum | Aggregate::Maximum | Aggregate::Bare => argument,
        Aggregate::Concatenate => SqlType::of(BaseType::Text),
        Aggregate::JsonArray { .. } | Aggregate::JsonObject { .. } => SqlType::of(BaseType::Json),
        Aggregate::VectorSum | Aggregate::VectorAverage => SqlType::of(BaseType::Vector),
        Aggregate::Program(_) => SqlType::UNKNOWN,
    }
}

/// The type of the elements of an array of such values.
pub(super) fn element(argument: SqlType) -> BaseType {
    if argument.is_known() { argument.base } else { BaseType::Text }
}
