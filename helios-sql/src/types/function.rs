//! What functions give, and what they take.

use super::resolution::common;
use super::{BaseType, SqlType};
use crate::func::Aggregate;

/// Functions by the type of what they give.
const RESULTS: &[(BaseType, &[&str])] = &[
    (
        BaseType::Integer,
        &[
            "date_minus_date",
            "bit_length",
            "jsonb_array_length",
            "json_array_length",
            "get_byte",
            "get_bit",
            "enum_position",
            "regexp_count",
            "num_nulls",
            "num_nonnulls",
            "position",
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
            "record_field",
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
            "txid_current",
            "pg_relation_size",
            "pg_table_size",
            "pg_total_relation_size",
            "pg_database_size",
            "lastval",
            "currval",
            "nextval",
            "setval",
            "pg_sequence_last_value",
        ],
    ),
    (
        BaseType::Text,
        &[
            "btrim",
            "bool_text",
            "similar_to_escape",
            "encode",
            "to_hex",
            "quote_nullable",
            "jsonb_path_text",
            "jsonb_pretty",
            "jsonb_typeof",
            "json_typeof",
            "overlay",
            "convert_from",
            "timestamptz_text",
            "sha256_hex",
            "->>",
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
            "translate",
            "record_text",
            "pg_size_pretty",
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
            "random",
            "percent_rank",
            "cume_dist",
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
            "contains",
            "contained_by",
            "overlaps",
            "jsonb_exists",
            "jsonb_path_exists",
            "jsonb_path_match",
            "jsonb_exists_any",
            "jsonb_exists_all",
            "similar_to",
            "isfinite",
            "overlaps_in_time",
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
            "pg_advisory_unlock_shared",
            "pg_try_advisory_lock",
            "pg_try_advisory_lock_shared",
            "pg_try_advisory_xact_lock",
            "pg_try_advisory_xact_lock_shared",
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
            "make_timestamptz",
        ],
    ),
    (BaseType::Timestamp, &["localtimestamp", "make_timestamp", "date_plus_time"]),
    (BaseType::Date, &["date_plus_days", "date_minus_days", "make_date", "to_date"]),
    (
        BaseType::Interval,
        &[
            "age",
            "moment_difference",
            "interval_plus",
            "interval_minus",
            "interval_times",
            "interval_over",
            "interval_of",
            "time_difference",
            "justify_hours",
            "justify_days",
            "justify_interval",
            "make_interval",
        ],
    ),
    (
        BaseType::Jsonb,
        &[
            "jsonb_concat",
            "jsonb_path_json",
            "jsonb_build_object",
            "jsonb_build_array",
            "jsonb_set",
            "jsonb_strip_nulls",
            "to_jsonb",
            "jsonb_delete",
            "jsonb_delete_all",
            "jsonb_delete_path",
            "jsonb_insert",
            "jsonb_path_query_array",
            "jsonb_path_query_first",
        ],
    ),
    (
        BaseType::Bytea,
        &["decode", "sha224", "sha256", "sha384", "sha512", "convert_to", "set_byte", "set_bit"],
    ),
    (BaseType::Time, &["make_time"]),
    (BaseType::RegClass, &["shown_regclass"]),
    (BaseType::RegType, &["shown_regtype", "pg_typeof"]),
    (BaseType::RegProc, &["shown_regproc"]),
    (BaseType::Integer, &["grouping"]),
    (BaseType::Numeric, &["to_number", "factorial", "extract"]),
    (BaseType::Integer, &["width_bucket"]),
    (BaseType::Uuid, &["gen_random_uuid"]),
];

/// Functions of numbers or texts that give what their first argument is.
const SAME: &[&str] = &[
    "abs",
    "round",
    "ceil",
    "floor",
    "ceiling",
    "trunc",
    "mod",
    "likely",
    "nonzero",
    "nullif",
    "div",
    "gcd",
    "lcm",
    "bit_xor",
    "varchar_fits",
    "bpchar_fits",
    "numeric_fits",
    "given_key",
    "array_mode",
];

/// What a function gives for arguments of these types.
pub(super) fn result(name: &str, arguments: &[SqlType]) -> SqlType {
    let lower = name.to_ascii_lowercase();
    if let Some(cast) = lower.strip_prefix("::") {
        return SqlType::declared(cast);
    }
    if lower == "substring" && arguments.first().is_some_and(|first| first.base == BaseType::Bytea) {
        return SqlType::of(BaseType::Bytea);
    }
    if let Some((base, _)) = RESULTS.iter().find(|(_, names)| names.contains(&lower.as_str())) {
        return SqlType::of(*base);
    }
    let first = arguments.first().copied().unwrap_or_default();
    match lower.as_str() {
        "array" if !first.is_array => SqlType::array_of(element(common(arguments.iter().copied()))),
        "array_append" if !first.is_array => SqlType::array_of(element(first)),
        "bytea_cat" => SqlType::of(BaseType::Bytea),
        "array_cat" | "array_remove" | "array_replace" => arguments
            .iter()
            .copied()
            .find(|argument| argument.is_array)
            .unwrap_or(SqlType::array_of(BaseType::Text)),
        "array_prepend" => arguments.get(1).copied().unwrap_or_default(),
        "moment_plus" | "moment_minus" if first.base == BaseType::Date => SqlType::of(BaseType::Timestamp),
        "moment_plus" | "moment_minus" if first.is_known() => first,
        "moment_plus" | "moment_minus" => SqlType::of(BaseType::Timestamp),
        "date_trunc" => match arguments.get(1).map(|moment| moment.base) {
            Some(BaseType::TimestampTz | BaseType::Date) => SqlType::of(BaseType::TimestampTz),
            Some(BaseType::Interval) => SqlType::of(BaseType::Interval),
            _ => SqlType::of(BaseType::Timestamp),
        },
        "->" if matches!(first.base, BaseType::Json | BaseType::Jsonb) => first,
        "array_bits" => SqlType::of(first.base),
        "array_append" | "array_slice" | "array_close" | "rounded_moment" => first,
        "array_fill" => SqlType::array_of(element(first)),
        "array_element" | "array_text" if first.is_array => SqlType::of(first.base),
        "array_element" if first.base == BaseType::Int2Vector => SqlType::of(BaseType::SmallInt),
        "array_element" if first.base == BaseType::OidVector => SqlType::of(BaseType::Oid),
        "array_positions" => SqlType::array_of(BaseType::Integer),
        "current_schemas" => SqlType::array_of(BaseType::Name),
        "regexp_match" | "parse_ident" | "string_to_array" | "regexp_split_to_array" => {
            SqlType::array_of(BaseType::Text)
        }
        "date_bin" => arguments.get(1).copied().filter(|moment| moment.is_known()).unwrap_or_default(),
        "timezone" => match arguments.get(1).map(|moment| moment.base) {
            Some(BaseType::TimestampTz) => SqlType::of(BaseType::Timestamp),
            _ => SqlType::of(BaseType::TimestampTz),
        },
        "vector_add" | "vector_subtract" | "vector_multiply" | "vector_normalize" | "vector_from_json" => {
            SqlType::of(BaseType::Vector)
        }
        "json_object" | "json_array" | "json" | "json_build_object" | "json_build_array" | "to_json"
        | "row_to_json" => SqlType::of(BaseType::Json),
        "min" | "max" | "greatest" | "least" => common(arguments.iter().copied()),
        same if SAME.contains(&same) => first,
        _ => SqlType::UNKNOWN,
    }
}

/// What a function wants an argument to be, where the argument does not say it.
pub(super) fn parameter(name: &str, position: usize) -> SqlType {
    let lower = name.to_ascii_lowercase();
    let base = match (lower.as_str(), position) {
        ("substr" | "substring", 1 | 2)
        | ("left" | "right" | "repeat" | "lpad" | "rpad" | "date_plus_days" | "date_minus_days", 1) => {
            BaseType::Integer
        }
        (
            "lower" | "upper" | "length" | "trim" | "ltrim" | "rtrim" | "substr" | "substring" | "replace"
            | "concat" | "left" | "right" | "repeat" | "lpad" | "rpad" | "instr" | "strpos" | "starts_with"
            | "format" | "current_setting" | "set_config" | "to_regclass" | "to_regtype" | "md5"
            | "split_part",
            _,
        ) => BaseType::Text,
        ("generate_series", _) => BaseType::BigInt,
        (lock, _) if lock.starts_with("pg_advisory_") || lock.starts_with("pg_try_advisory_") => {
            BaseType::BigInt
        }
        ("moment_plus" | "moment_minus", 1) | ("interval_plus" | "interval_minus", _) => BaseType::Interval,
        ("moment_difference", _) => BaseType::Timestamp,
        ("date_minus_date", _) => BaseType::Date,
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

/// Whether a function only makes a value fit into a column of a type.
pub(super) fn keeps_type(name: &str, of: SqlType) -> bool {
    matches!(name, "varchar_fits" | "bpchar_fits" | "numeric_fits" | "given_key")
        || name.strip_prefix("::") == Some(of.catalog_name())
}

/// The type of the elements of an array of such values.
pub(crate) fn element(argument: SqlType) -> BaseType {
    if argument.is_known() { argument.base } else { BaseType::Text }
}
