//! The type that several values have in common: PostgreSQL's rules for UNION, CASE, COALESCE and VALUES
//! (<https://www.postgresql.org/docs/15/typeconv-union-case.html>).
//!
//! In: types, some of which nothing tells. Out: the one type of all, or the two that have none in common. What nothing
//! tells becomes of the type that the others have.

use super::{BaseType, SqlType};

/// Why some types have none in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCommonType {
    /// The two types are of different kinds.
    Kinds(SqlType, SqlType),
    /// They are of one kind, but values of the first do not become of the second.
    Conversion(SqlType, SqlType),
}

/// Kinds of types, within which values become of another type unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    Number,
    Text,
    Moment,
    Length,
    /// All others, arrays too.
    Other,
}

fn kind(of: SqlType) -> Kind {
    match of.base {
        _ if of.is_array => Kind::Other,
        BaseType::Boolean => Kind::Truth,
        BaseType::Text | BaseType::Varchar | BaseType::Character | BaseType::Name | BaseType::Char => {
            Kind::Text
        }
        BaseType::Date | BaseType::Time | BaseType::Timestamp | BaseType::TimestampTz => Kind::Moment,
        BaseType::Interval => Kind::Length,
        BaseType::RegClass | BaseType::RegType | BaseType::RegProc => Kind::Number,
        _ if of.is_number() => Kind::Number,
        _ => Kind::Other,
    }
}

/// The type of what may be of one of several.
pub(crate) fn resolve(types: &[SqlType]) -> Result<SqlType, NoCommonType> {
    let mut common = SqlType::UNKNOWN;
    for &next in types.iter().filter(|next| next.is_known()) {
        if !common.is_known() {
            common = next;
        } else if kind(common) != kind(next) {
            return Err(NoCommonType::Kinds(common, next));
        } else {
            common = wider(common, next);
        }
    }
    let is_lost = |of: &SqlType| of.is_known() && !becomes(*of, common);
    match types.iter().copied().find(is_lost) {
        Some(lost) => Err(NoCommonType::Conversion(lost, common)),
        None => Ok(common),
    }
}

/// The type of what may be of one of several, where it does not matter if there is none.
pub(crate) fn common(types: impl Iterator<Item = SqlType>) -> SqlType {
    types.fold(SqlType::UNKNOWN, |known, next| match (known.is_known(), next.is_known()) {
        (true, true) => wider(known, next),
        (false, _) => next,
        _ => known,
    })
}

/// Which of two types values of the other become; the first where they have nothing in common.
pub(super) fn wider(left: SqlType, right: SqlType) -> SqlType {
    match (rank(left), rank(right)) {
        (Some(one), Some(other)) if kind(left) == kind(right) && one < other => right,
        _ => left,
    }
}

/// How wide a type is among those of its kind.
fn rank(of: SqlType) -> Option<u8> {
    if of.is_array {
        return None;
    }
    Some(match of.base {
        BaseType::SmallInt | BaseType::Date => 0,
        BaseType::Integer | BaseType::Timestamp => 1,
        BaseType::Oid | BaseType::BigInt | BaseType::TimestampTz => 2,
        BaseType::Numeric => 3,
        BaseType::Real => 4,
        BaseType::Double => 5,
        _ => return None,
    })
}

/// Whether a value of one type becomes one of another unasked.
fn becomes(of: SqlType, wanted: SqlType) -> bool {
    of == wanted
        || match (kind(of), kind(wanted)) {
            (Kind::Text, Kind::Text) | (Kind::Number, Kind::Number) => true,
            (Kind::Moment, Kind::Moment) => rank(of).is_some() && rank(wanted).is_some(),
            _ => false,
        }
}
