//! Enumerations: types whose values a database lists itself.
//!
//! What a column declares names such a type by its name or by its number, so that it is known without the catalog. The
//! number follows from the name and is the same in every process, on every branch and at every moment.

use super::{BaseType, SqlType};
use crate::ast::ENUM_PREFIX;

/// The function that makes a text, or a position, one of an enumeration's values: the value, the number of the type, its
/// name, its values.
pub const ENUM_VALUE: &str = "enum_value";

/// The function that gives the position of a value: the value, then all values.
pub const ENUM_POSITION: &str = "enum_position";

/// What stands before a number in the place of a name.
const NUMBER_MARK: char = '#';

/// The first number of an enumeration, and how many there may be. Each has the number behind its own for its arrays.
const FIRST: u32 = 0x6000_0000;
const COUNT: u32 = 1 << 28;

/// The number of the enumeration of a name.
pub fn enum_oid(name: &str) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    FIRST + 2 * (name.bytes().fold(0x811c_9dc5, step) % COUNT)
}

/// The enumeration that a number is of, or the type of its arrays.
pub(super) fn of_oid(oid: u32) -> Option<SqlType> {
    let place = oid.checked_sub(FIRST).filter(|place| place / 2 < COUNT)?;
    let base = BaseType::Enum(oid - place % 2);
    Some(if place % 2 == 1 { SqlType::array_of(base) } else { SqlType::of(base) })
}

/// The enumeration that a declared type says.
pub(super) fn declared(declared: &str) -> Option<SqlType> {
    let said = declared.strip_prefix(ENUM_PREFIX)?;
    let (name, is_array) = match said.strip_suffix("[]") {
        Some(element) => (element, true),
        None => (said, false),
    };
    let oid = name.strip_prefix(NUMBER_MARK).and_then(|number| number.parse().ok());
    Some(SqlType { base: BaseType::Enum(oid.unwrap_or_else(|| enum_oid(name))), is_array })
}

impl SqlType {
    /// The type as a column declares it: [`SqlType::declared`] understands it.
    pub fn declared_name(self) -> String {
        let array = if self.is_array { "[]" } else { "" };
        match self.base {
            BaseType::Enum(oid) => format!("{ENUM_PREFIX}{NUMBER_MARK}{oid}{array}"),
            // Without quotes it is a text of one letter.
            BaseType::Char => format!("\"char\"{array}"),
            _ => format!("{}{array}", self.catalog_name()),
        }
    }

    /// The number of an enumeration, if it is one.
    pub fn enumeration(self) -> Option<u32> {
        match self.base {
            BaseType::Enum(oid) if !self.is_array => Some(oid),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SqlType, oid_of};
    use super::{enum_oid, of_oid};

    #[test]
    fn an_enumeration_is_known_by_its_name_and_by_its_number() {
        for declared in ["enum mood", "enum Mood", "enum a b", "enum mood[]"] {
            let found = SqlType::declared(declared);
            assert_eq!(SqlType::declared(&found.declared_name()), found);
            assert_eq!(of_oid(oid_of(found)), Some(found));
        }
        assert_ne!(enum_oid("mood"), enum_oid("Mood"));
        assert_eq!(of_oid(25), None);
    }
}
