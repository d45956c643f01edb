//! The functions that read and write values of types, which drivers tell types apart by, as rows of PostgreSQL's catalog.
//! Their numbers are those of its `pg_proc.dat`. They cannot be called.

use super::objects::{OWNER, PG_CATALOG, Row, integer, text, truth};
use crate::types::{BaseType, SqlType, all_types, oid_of};

/// The numbers of the functions of a type that read a text, write one, read binary and write it.
pub(super) fn functions_of(of: SqlType) -> [i64; 4] {
    if of.is_array {
        return [750, 751, 2400, 2401];
    }
    match of.base {
        BaseType::Boolean => [1242, 1243, 2436, 2437],
        BaseType::Bytea => [1244, 31, 2412, 2413],
        BaseType::Char => [1245, 33, 2434, 2435],
        BaseType::Name => [34, 35, 2422, 2423],
        BaseType::BigInt => [460, 461, 2408, 2409],
        BaseType::SmallInt => [38, 39, 2404, 2405],
        BaseType::Int2Vector => [40, 41, 2410, 2411],
        BaseType::Integer => [42, 43, 2406, 2407],
        BaseType::RegProc => [44, 45, 2444, 2445],
        BaseType::Oid => [1798, 1799, 2418, 2419],
        BaseType::OidVector => [54, 55, 2420, 2421],
        BaseType::Json => [321, 322, 323, 324],
        BaseType::Real => [200, 201, 2424, 2425],
        BaseType::Double => [214, 215, 2426, 2427],
        BaseType::Character => [1044, 1045, 2430, 2431],
        BaseType::Varchar => [1046, 1047, 2432, 2433],
        BaseType::Date => [1084, 1085, 2468, 2469],
        BaseType::Time => [1143, 1144, 2470, 2471],
        BaseType::Timestamp => [1312, 1313, 2474, 2475],
        BaseType::TimestampTz => [1150, 1151, 2476, 2477],
        BaseType::Interval => [1160, 1161, 2478, 2479],
        BaseType::Numeric => [1701, 1702, 2460, 2461],
        BaseType::RegClass => [2218, 2219, 2452, 2453],
        BaseType::RegType => [2220, 2221, 2454, 2455],
        BaseType::Uuid => [2952, 2953, 2961, 2962],
        BaseType::Jsonb => [3806, 3804, 3805, 3803],
        BaseType::Enum(_) => [3506, 3507, 3532, 3533],
        // pgvector's functions have numbers of their own in each database; these are this server's.
        BaseType::Vector => [16_390, 16_391, 16_392, 16_393],
        BaseType::Unknown | BaseType::Text => [46, 47, 2414, 2415],
    }
}

/// All of these functions.
pub(super) fn functions() -> Vec<Row> {
    let named = |of: SqlType, name: &str| {
        // Newer types have names in two words.
        let is_long = of.is_array
            || matches!(
                of.base,
                BaseType::Json
                    | BaseType::Date
                    | BaseType::Time
                    | BaseType::Timestamp
                    | BaseType::TimestampTz
                    | BaseType::Interval
                    | BaseType::Numeric
                    | BaseType::Uuid
                    | BaseType::Jsonb
                    | BaseType::Enum(_)
                    | BaseType::Vector
            );
        let between = if is_long { "_" } else { "" };
        let oid = if of.is_array { 2277 } else { i64::from(oid_of(of)) };
        let results = [oid, 2275, oid, 17];
        let parts = ["in", "out", "recv", "send"].into_iter().zip(functions_of(of)).zip(results);
        let row = |((part, number), result): ((&str, i64), i64)| {
            vec![
                ("oid", integer(number)),
                ("proname", text(&format!("{name}{between}{part}"))),
                ("pronamespace", integer(PG_CATALOG)),
                ("proowner", integer(OWNER)),
                ("prolang", integer(12)),
                ("prokind", text("f")),
                ("proisstrict", truth(true)),
                ("provolatile", text("i")),
                ("proparallel", text("s")),
                ("pronargs", integer(1)),
                ("prorettype", integer(result)),
            ]
        };
        parts.map(row).collect::<Vec<Row>>()
    };
    let mut rows: Vec<Row> = all_types().flat_map(|(of, ..)| named(of, of.catalog_name())).collect();
    rows.extend(named(SqlType::array_of(BaseType::Text), "array"));
    rows.extend(named(SqlType::of(BaseType::Enum(3500)), "enum"));
    rows.extend(
        [(2290, "record_in"), (2291, "record_out"), (2402, "record_recv"), (2403, "record_send")].map(
            |(number, name)| {
                vec![
                    ("oid", integer(number)),
                    ("proname", text(name)),
                    ("pronamespace", integer(PG_CATALOG)),
                    ("proowner", integer(OWNER)),
                    ("prolang", integer(12)),
                    ("prokind", text("f")),
                    ("pronargs", integer(1)),
                ]
            },
        ),
    );
    rows
}
