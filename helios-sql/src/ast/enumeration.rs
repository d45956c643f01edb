//! Types whose values are listed.

/// What stands before the name of an enumeration, in the type that a column is told to have and in the name of the virtual
/// table that lists the values.
pub const ENUM_PREFIX: &str = "enum ";

/// CREATE TYPE … AS ENUM, ALTER TYPE and DROP TYPE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnumStatement {
    /// CREATE TYPE … AS ENUM.
    Create {
        /// The type.
        name: String,
        /// Its values, in their order.
        labels: Vec<String>,
    },
    /// ALTER TYPE … ADD VALUE.
    AddValue {
        /// The type.
        name: String,
        /// The new value.
        label: String,
        /// Whether it is no error if there is such a value.
        if_not_exists: bool,
        /// The value that the new one stands beside, and whether before it; `None` for the end.
        beside: Option<(String, bool)>,
    },
    /// ALTER TYPE … RENAME VALUE.
    RenameValue {
        /// The type.
        name: String,
        /// The value.
        from: String,
        /// What it is called from now on.
        to: String,
    },
    /// ALTER TYPE … RENAME TO.
    Rename {
        /// The type.
        name: String,
        /// What it is called from now on.
        to: String,
    },
    /// ALTER TYPE … OWNER TO, which says nothing here.
    SetOwner {
        /// The type.
        name: String,
    },
    /// DROP TYPE.
    Drop {
        /// The types.
        names: Vec<String>,
        /// Whether it is no error if one is not there.
        if_exists: bool,
        /// Columns of the types go with them.
        cascades: bool,
    },
}
