//! The numbers of types (`pg_type.dat` of PostgreSQL 15 has them).

use super::{BaseType, SqlType};

/// Types: the type, its number, that of its arrays, and the bytes of a value.
const TYPES: [(BaseType, u32, u32, i16); 28] = [
    (BaseType::Boolean, 16, 1000, 1),
    (BaseType::Bytea, 17, 1001, -1),
    (BaseType::Char, 18, 1002, 1),
    (BaseType::Name, 19, 1003, 64),
    (BaseType::BigInt, 20, 1016, 8),
    (BaseType::SmallInt, 21, 1005, 2),
    (BaseType::Int2Vector, 22, 1006, -1),
    (BaseType::Integer, 23, 1007, 4),
    (BaseType::RegProc, 24, 1008, 4),
    (BaseType::Text, 25, 1009, -1),
    (BaseType::Oid, 26, 1028, 4),
    (BaseType::OidVector, 30, 1013, -1),
    (BaseType::Json, 114, 199, -1),
    (BaseType::Real, 700, 1021, 4),
    (BaseType::Double, 701, 1022, 8),
    (BaseType::Character, 1042, 1014, -1),
    (BaseType::Varchar, 1043, 1015, -1),
    (BaseType::Date, 1082, 1182, 4),
    (BaseType::Time, 1083, 1183, 8),
    (BaseType::Timestamp, 1114, 1115, 8),
    (BaseType::TimestampTz, 1184, 1185, 8),
    (BaseType::Interval, 1186, 1187, 16),
    (BaseType::Numeric, 1700, 1231, -1),
    (BaseType::RegClass, 2205, 2210, 4),
    (BaseType::RegType, 2206, 2211, 4),
    (BaseType::Uuid, 2950, 2951, 16),
    (BaseType::Jsonb, 3802, 3807, -1),
    // pgvector's types have numbers of their own in each database; these are this server's.
    (BaseType::Vector, 16_385, 16_386, -1),
];

/// All types: the type, its number, that of its arrays, and the bytes of a value.
pub fn all_types() -> impl Iterator<Item = (SqlType, u32, u32, i16)> {
    TYPES.iter().map(|(base, oid, array, length)| (SqlType::of(*base), *oid, *array, *length))
}

/// The number of a type. What has none that clients are told of is text.
pub fn oid_of(sql_type: SqlType) -> u32 {
    if let BaseType::Enum(oid) = sql_type.base {
        return oid + u32::from(sql_type.is_array);
    }
    let known = TYPES.iter().find(|(base, ..)| *base == sql_type.base);
    let (oid, array) = known.map_or((25, 1009), |(_, oid, array, _)| (*oid, *array));
    if sql_type.is_array { array } else { oid }
}

/// The bytes of a value of a type; -1 where that varies.
pub fn length_of(sql_type: SqlType) -> i16 {
    if sql_type.enumeration().is_some() {
        return 4;
    }
    let known = TYPES.iter().find(|(base, ..)| *base == sql_type.base);
    known.filter(|_| !sql_type.is_array).map_or(-1, |(.., length)| *length)
}

/// The type of a number; `None` if nothing is known of it. 0 and 705 leave it to the server.
pub fn of_oid(oid: u32) -> Option<SqlType> {
    let known = TYPES.iter().find_map(|(base, own, array, _)| match oid {
        _ if oid == *own => Some(SqlType::of(*base)),
        _ if oid == *array => Some(SqlType::array_of(*base)),
        _ => None,
    });
    known.or_else(|| super::enumeration::of_oid(oid))
}
