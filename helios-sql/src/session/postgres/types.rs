//! Types, as rows of PostgreSQL's catalog.

use super::objects::{OWNER, PG_CATALOG, PUBLIC, Row, integer, quoted, text, truth};
use crate::catalog::Enumeration;
use crate::types::{BaseType, SqlType, all_types, enum_oid, formatted_name};

/// The collation `default`.
const DEFAULT_COLLATION: i64 = 100;

pub(super) fn types(enumerations: &[Enumeration]) -> Vec<Row> {
    let category = |base: BaseType| match base {
        BaseType::Boolean => "B",
        BaseType::Date | BaseType::Time | BaseType::Timestamp | BaseType::TimestampTz => "D",
        BaseType::Interval => "T",
        BaseType::Text | BaseType::Varchar | BaseType::Character | BaseType::Name => "S",
        BaseType::BigInt
        | BaseType::Integer
        | BaseType::SmallInt
        | BaseType::Numeric
        | BaseType::Real
        | BaseType::Double
        | BaseType::Oid => "N",
        _ => "U",
    };
    let row = |oid: u32, name: String, length: i16, element: u32, array: u32, category: &str| {
        vec![
            ("oid", integer(i64::from(oid))),
            ("typname", text(&name)),
            ("typnamespace", integer(PG_CATALOG)),
            ("typowner", integer(OWNER)),
            ("typlen", integer(i64::from(length))),
            ("typtype", text("b")),
            ("typcategory", text(category)),
            ("typcollation", integer(if category == "S" { DEFAULT_COLLATION } else { 0 })),
            ("typisdefined", truth(true)),
            ("typdelim", text(",")),
            ("typelem", integer(i64::from(element))),
            ("typarray", integer(i64::from(array))),
            ("typalign", text("i")),
            ("typstorage", text("p")),
            ("typtypmod", integer(-1)),
        ]
    };
    let both = |(sql_type, oid, array, length): (SqlType, u32, u32, i16)| {
        let name = sql_type.catalog_name();
        [
            row(oid, name.to_owned(), length, 0, array, category(sql_type.base)),
            row(array, format!("_{name}"), -1, oid, 0, "A"),
        ]
    };
    let own = |known: &Enumeration| {
        let oid = enum_oid(&known.name);
        let mut of_values = row(oid, known.name.clone(), 4, 0, oid + 1, "E");
        let mut of_arrays = row(oid + 1, format!("_{}", known.name), -1, oid, 0, "A");
        for (name, value) in of_values.iter_mut().chain(&mut of_arrays) {
            match *name {
                "typnamespace" => *value = integer(PUBLIC),
                "typtype" if !known.name.is_empty() => *value = text("e"),
                _ => {}
            }
        }
        of_arrays.iter_mut().filter(|(name, _)| *name == "typtype").for_each(|(_, value)| *value = text("b"));
        [of_values, of_arrays]
    };
    all_types().flat_map(both).chain(enumerations.iter().flat_map(own)).collect()
}

/// The values of enumerations.
pub(super) fn enumeration_values(enumerations: &[Enumeration]) -> Vec<Row> {
    let values = |known: &Enumeration| {
        let oid = i64::from(enum_oid(&known.name));
        let row = |(at, label): (usize, &String)| {
            let place = at as i64 + 1;
            vec![
                ("oid", integer((oid + (place << 32)) % (1 << 31))),
                ("enumtypid", integer(oid)),
                ("enumsortorder", integer(place)),
                ("enumlabel", text(label)),
            ]
        };
        known.labels.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    enumerations.iter().flat_map(values).collect()
}

/// Types with the names that `format_type` gives.
pub(super) fn formatted_types(enumerations: &[Enumeration]) -> Vec<Row> {
    let row = |oid: u32, name: &str| vec![("oid", integer(i64::from(oid))), ("formatted", text(name))];
    let both = |(sql_type, oid, array, _): (SqlType, u32, u32, i16)| {
        let name = formatted_name(sql_type);
        [row(oid, &name), row(array, &format!("{name}[]"))]
    };
    let own = |known: &Enumeration| {
        let (oid, name) = (enum_oid(&known.name), quoted(&known.name));
        [row(oid, &name), row(oid + 1, &format!("{name}[]"))]
    };
    all_types().flat_map(both).chain(enumerations.iter().flat_map(own)).collect()
}

/// The collation of values of a type; 0 for none.
pub(super) fn collation_of(of: SqlType) -> i64 {
    match of.base {
        BaseType::Text | BaseType::Varchar | BaseType::Character => DEFAULT_COLLATION,
        _ => 0,
    }
}

/// The class of operators that a B-tree of a type has.
pub(super) fn operator_class_of(of: SqlType) -> i64 {
    match of.base {
        BaseType::BigInt => 3124,
        BaseType::Integer => 1978,
        BaseType::SmallInt => 1979,
        BaseType::Oid => 1981,
        BaseType::Real => 1970,
        BaseType::Double => 3123,
        BaseType::Numeric => 3125,
        BaseType::Boolean => 424,
        BaseType::Bytea => 428,
        BaseType::Date => 3122,
        BaseType::Time => 1996,
        BaseType::Timestamp => 3128,
        BaseType::TimestampTz => 3127,
        BaseType::Uuid => 2968,
        BaseType::Character => 426,
        _ => 3126,
    }
}

/// How values of a type are stored: in place, or where there is room.
pub(super) fn storage_of(of: SqlType) -> &'static str {
    match of.base {
        _ if of.is_array => "x",
        BaseType::Numeric => "m",
        BaseType::Text
        | BaseType::Unknown
        | BaseType::Varchar
        | BaseType::Character
        | BaseType::Bytea
        | BaseType::Json
        | BaseType::Jsonb
        | BaseType::Vector => "x",
        _ => "p",
    }
}
