//! Types, as rows of PostgreSQL's catalog.

use std::sync::Arc;

use super::functions::functions_of;
use super::objects::{
    BTREE, OWNER, PG_CATALOG, PUBLIC, Row, integer, oid as relation_oid, quoted, schema_of, text, truth,
};
use crate::catalog::{Enumeration, Table};
use crate::types::{BaseType, SqlType, all_types, enum_oid, formatted_name};

/// The collation `default`.
const DEFAULT_COLLATION: i64 = 100;

pub(super) fn types(enumerations: &[Enumeration], relations: &[Arc<Table>]) -> Vec<Row> {
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
        | BaseType::RegClass
        | BaseType::RegType
        | BaseType::RegProc
        | BaseType::Oid => "N",
        BaseType::Char => "Z",
        BaseType::Int2Vector | BaseType::OidVector => "A",
        _ => "U",
    };
    let row =
        |base: SqlType, oid: u32, name: String, length: i16, (element, array): (u32, u32), category: &str| {
            let functions = functions_of(base);
            vec![
                ("oid", integer(i64::from(oid))),
                ("typname", text(&name)),
                ("typnamespace", integer(PG_CATALOG)),
                ("typowner", integer(OWNER)),
                ("typlen", integer(i64::from(length))),
                ("typtype", text("b")),
                ("typcategory", text(category)),
                ("typcollation", integer(collation_of(base))),
                ("typispreferred", truth(is_preferred(base.base) && category != "A")),
                ("typinput", integer(functions[0])),
                ("typoutput", integer(functions[1])),
                ("typreceive", integer(functions[2])),
                ("typsend", integer(functions[3])),
                ("typisdefined", truth(true)),
                ("typdelim", text(",")),
                ("typelem", integer(i64::from(element))),
                ("typarray", integer(i64::from(array))),
                ("typalign", text("i")),
                ("typstorage", text(storage_of(base))),
                ("typtypmod", integer(-1)),
            ]
        };
    let both = |(sql_type, oid, array, length): (SqlType, u32, u32, i16)| {
        let name = sql_type.catalog_name();
        [
            row(
                sql_type,
                oid,
                name.to_owned(),
                length,
                (element_of(sql_type.base), array),
                category(sql_type.base),
            ),
            row(SqlType::array_of(sql_type.base), array, format!("_{name}"), -1, (oid, 0), "A"),
        ]
    };
    let own = |known: &Enumeration| {
        let oid = enum_oid(&known.name);
        let of_enum = SqlType::of(BaseType::Enum(oid));
        let of_array = SqlType::array_of(BaseType::Enum(oid));
        let mut of_values = row(of_enum, oid, known.name.clone(), 4, (0, oid + 1), "E");
        let mut of_arrays = row(of_array, oid + 1, format!("_{}", known.name), -1, (oid, 0), "A");
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
    // The rows of each relation are a type of its name.
    let of_rows = |table: &Arc<Table>| {
        let oid = enum_oid(&table.name);
        let of_array = SqlType::array_of(BaseType::Unknown);
        let mut of_values = row(SqlType::UNKNOWN, oid, table.name.clone(), -1, (0, oid + 1), "C");
        let mut of_arrays = row(of_array, oid + 1, format!("_{}", table.name), -1, (oid, 0), "A");
        for (name, value) in of_values.iter_mut().chain(&mut of_arrays) {
            match *name {
                "typnamespace" => *value = integer(schema_of(table)),
                "typcollation" => *value = integer(0),
                "typalign" => *value = text("d"),
                _ => {}
            }
        }
        for (name, value) in &mut of_values {
            match *name {
                "typtype" => *value = text("c"),
                "typinput" => *value = integer(2290),
                "typoutput" => *value = integer(2291),
                "typreceive" => *value = integer(2402),
                "typsend" => *value = integer(2403),
                _ => {}
            }
        }
        of_values.push(("typrelid", integer(relation_oid(table))));
        [of_values, of_arrays]
    };
    let own = enumerations.iter().flat_map(own).chain(relations.iter().flat_map(of_rows));
    all_types().flat_map(both).chain(own).collect()
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

/// The number of the type that the parts of a type have which is no array for it; 0 for none.
fn element_of(base: BaseType) -> u32 {
    match base {
        BaseType::Name => 18,
        BaseType::Int2Vector => 21,
        BaseType::OidVector => 26,
        _ => 0,
    }
}

/// Whether a type is the one that others of its category become.
fn is_preferred(base: BaseType) -> bool {
    use BaseType::{Boolean, Double, Interval, Oid, Text, TimestampTz};
    matches!(base, Boolean | Text | Oid | Double | TimestampTz | Interval)
}

/// The collation of values of a type; 0 for none.
pub(super) fn collation_of(of: SqlType) -> i64 {
    match of.base {
        BaseType::Name => 950,
        BaseType::Text | BaseType::Varchar | BaseType::Character => DEFAULT_COLLATION,
        _ => 0,
    }
}

/// The class of operators that a B-tree of a type has.
pub(super) fn operator_class_of(of: SqlType) -> i64 {
    match of.base {
        _ if of.is_array => 10_000,
        BaseType::Interval => 10_022,
        BaseType::Name => 10_028,
        BaseType::Enum(_) => 10_069,
        BaseType::Jsonb => 10_088,
        BaseType::BigInt => 3124,
        BaseType::Integer => 1978,
        BaseType::SmallInt => 1979,
        BaseType::Oid => 1981,
        BaseType::Real => 10_012,
        BaseType::Double => 3123,
        BaseType::Numeric => 3125,
        BaseType::Boolean => 10_003,
        BaseType::Bytea => 10_006,
        BaseType::Date => 3122,
        BaseType::Time => 10_038,
        BaseType::Timestamp => 3128,
        BaseType::TimestampTz => 3127,
        BaseType::Uuid => 10_065,
        BaseType::Character => 10_004,
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

/// The classes of operators that indexes have.
pub(super) fn operator_classes() -> Vec<Row> {
    let row = |(oid, name, family, of, key): (i64, &str, i64, i64, i64)| {
        vec![
            ("oid", integer(oid)),
            ("opcmethod", integer(BTREE)),
            ("opcname", text(name)),
            ("opcnamespace", integer(PG_CATALOG)),
            ("opcowner", integer(OWNER)),
            ("opcfamily", integer(family)),
            ("opcintype", integer(of)),
            ("opcdefault", truth(true)),
            ("opckeytype", integer(key)),
        ]
    };
    [
        (1978, "int4_ops", 1976, 23, 0),
        (1979, "int2_ops", 1976, 21, 0),
        (1981, "oid_ops", 1989, 26, 0),
        (3122, "date_ops", 434, 1082, 0),
        (3123, "float8_ops", 1970, 701, 0),
        (3124, "int8_ops", 1976, 20, 0),
        (3125, "numeric_ops", 1988, 1700, 0),
        (3126, "text_ops", 1994, 25, 0),
        (3127, "timestamptz_ops", 434, 1184, 0),
        (3128, "timestamp_ops", 434, 1114, 0),
        (10_000, "array_ops", 397, 2277, 0),
        (10_003, "bool_ops", 424, 16, 0),
        (10_004, "bpchar_ops", 426, 1042, 0),
        (10_006, "bytea_ops", 428, 17, 0),
        (10_012, "float4_ops", 1970, 700, 0),
        (10_022, "interval_ops", 1982, 1186, 0),
        (10_028, "name_ops", 1994, 19, 2275),
        (10_038, "time_ops", 1996, 1083, 0),
        (10_065, "uuid_ops", 2968, 2950, 0),
        (10_069, "enum_ops", 3522, 3500, 0),
        (10_088, "jsonb_ops", 4033, 3802, 0),
    ]
    .map(row)
    .to_vec()
}
