//! The names of types, as columns declare them and casts name them.

use helios_core::value::Affinity;

use super::{BaseType, SqlType};

/// The shortest names of types, in lower case.
const NAMES: &[(&str, BaseType)] = &[
    ("bool", BaseType::Boolean),
    ("boolean", BaseType::Boolean),
    ("int2", BaseType::SmallInt),
    ("smallserial", BaseType::SmallInt),
    ("int4", BaseType::Integer),
    ("smallint", BaseType::SmallInt),
    ("int", BaseType::BigInt),
    ("integer", BaseType::BigInt),
    ("bigint", BaseType::BigInt),
    ("serial", BaseType::Integer),
    ("int8", BaseType::BigInt),
    ("bigserial", BaseType::BigInt),
    ("oid", BaseType::Oid),
    ("xid", BaseType::Oid),
    ("regclass", BaseType::RegClass),
    ("regtype", BaseType::RegType),
    ("regproc", BaseType::RegProc),
    ("regnamespace", BaseType::Oid),
    ("regrole", BaseType::Oid),
    ("float4", BaseType::Real),
    ("float8", BaseType::Double),
    ("double precision", BaseType::Double),
    ("double", BaseType::Double),
    ("float", BaseType::Double),
    ("real", BaseType::Double),
    ("numeric", BaseType::Numeric),
    ("decimal", BaseType::Numeric),
    ("money", BaseType::Numeric),
    ("text", BaseType::Text),
    ("citext", BaseType::Text),
    ("varchar", BaseType::Varchar),
    ("character varying", BaseType::Varchar),
    ("nvarchar", BaseType::Varchar),
    ("bpchar", BaseType::Character),
    ("char", BaseType::Character),
    ("character", BaseType::Character),
    ("\"char\"", BaseType::Char),
    ("name", BaseType::Name),
    ("bytea", BaseType::Bytea),
    ("blob", BaseType::Bytea),
    ("date", BaseType::Date),
    ("time", BaseType::Time),
    ("timestamp", BaseType::Timestamp),
    ("datetime", BaseType::Timestamp),
    ("timestamp without time zone", BaseType::Timestamp),
    ("timestamptz", BaseType::TimestampTz),
    ("timestamp with time zone", BaseType::TimestampTz),
    ("interval", BaseType::Interval),
    ("json", BaseType::Json),
    ("jsonb", BaseType::Jsonb),
    ("uuid", BaseType::Uuid),
    ("vector", BaseType::Vector),
    ("int2vector", BaseType::Int2Vector),
    ("oidvector", BaseType::OidVector),
];

impl SqlType {
    /// The type of this name, if there is one. Lengths in parentheses say nothing here.
    pub fn named(name: &str) -> Option<SqlType> {
        let name = name.trim();
        if let Some(enumeration) = super::enumeration::declared(name) {
            return Some(enumeration);
        }
        let (name, is_array) = match name.strip_suffix("[]") {
            Some(element) => (element, true),
            None => (name, false),
        };
        let bare = match (name.find('('), name.find(')')) {
            (Some(start), Some(end)) if start < end => format!("{}{}", &name[..start], &name[end + 1..]),
            _ => name.to_owned(),
        };
        let words: Vec<String> = bare.split_whitespace().map(str::to_ascii_lowercase).collect();
        let bare = words.join(" ");
        let found = NAMES.iter().find(|(known, _)| *known == bare)?;
        Some(SqlType { base: found.1, is_array })
    }

    /// The type of a column that is declared like this. What no type is named for goes by SQLite's affinities.
    pub fn declared(declared: &str) -> SqlType {
        if declared.is_empty() {
            return SqlType::UNKNOWN;
        }
        SqlType::named(declared).unwrap_or_else(|| {
            SqlType::of(match Affinity::of_declared_type(declared) {
                Affinity::Integer => BaseType::BigInt,
                Affinity::Real => BaseType::Double,
                Affinity::Numeric => BaseType::Numeric,
                Affinity::Text => BaseType::Text,
                Affinity::Blob => BaseType::Bytea,
            })
        })
    }

    /// The name that PostgreSQL gives it in its catalog. That of an enumeration only the database knows.
    pub fn catalog_name(self) -> &'static str {
        match self.base {
            BaseType::Boolean => "bool",
            BaseType::SmallInt => "int2",
            BaseType::Integer => "int4",
            BaseType::BigInt => "int8",
            BaseType::Oid => "oid",
            BaseType::RegClass => "regclass",
            BaseType::RegType => "regtype",
            BaseType::RegProc => "regproc",
            BaseType::Real => "float4",
            BaseType::Double => "float8",
            BaseType::Numeric => "numeric",
            BaseType::Unknown | BaseType::Text => "text",
            BaseType::Varchar => "varchar",
            BaseType::Character => "bpchar",
            BaseType::Name => "name",
            BaseType::Char => "char",
            BaseType::Bytea => "bytea",
            BaseType::Date => "date",
            BaseType::Time => "time",
            BaseType::Timestamp => "timestamp",
            BaseType::TimestampTz => "timestamptz",
            BaseType::Interval => "interval",
            BaseType::Json => "json",
            BaseType::Jsonb => "jsonb",
            BaseType::Uuid => "uuid",
            BaseType::Vector => "vector",
            BaseType::Int2Vector => "int2vector",
            BaseType::OidVector => "oidvector",
            BaseType::Enum(_) => "enum",
        }
    }
}

/// The name that PostgreSQL shows of a type.
pub fn formatted_name(of: SqlType) -> String {
    let name = match of.base {
        BaseType::Boolean => "boolean",
        BaseType::SmallInt => "smallint",
        BaseType::Integer => "integer",
        BaseType::BigInt => "bigint",
        BaseType::Real => "real",
        BaseType::Double => "double precision",
        BaseType::Varchar => "character varying",
        BaseType::Character => "character",
        BaseType::Char => "\"char\"",
        BaseType::Time => "time without time zone",
        BaseType::Timestamp => "timestamp without time zone",
        BaseType::TimestampTz => "timestamp with time zone",
        _ => of.catalog_name(),
    };
    format!("{name}{}", if of.is_array { "[]" } else { "" })
}
