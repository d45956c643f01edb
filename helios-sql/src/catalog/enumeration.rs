//! The enumerations that a catalog has: what their virtual tables list.

use super::{Catalog, Table};
use crate::ast::ENUM_PREFIX;
use crate::module::{ENUMERATION, enum_labels};

/// A type whose values are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enumeration {
    /// Its name.
    pub name: String,
    /// Its values, in their order.
    pub labels: Vec<String>,
}

impl Enumeration {
    /// The enumeration that a virtual table is, if it is one.
    pub fn of(table: &Table) -> Option<Enumeration> {
        let module = table.module.as_ref().filter(|module| module.module == ENUMERATION)?;
        let name = table.name.strip_prefix(ENUM_PREFIX)?.to_owned();
        Some(Enumeration { name, labels: enum_labels(&module.arguments).ok()? })
    }
}

impl Catalog {
    /// All enumerations.
    pub fn enumerations(&self) -> impl Iterator<Item = Enumeration> + '_ {
        self.relations().filter_map(|table| Enumeration::of(table))
    }

    /// The enumeration of this name.
    pub fn enumeration(&self, name: &str) -> Option<Enumeration> {
        let table = self.relation(&format!("{ENUM_PREFIX}{name}"))?;
        Enumeration::of(table).filter(|found| found.name == name)
    }
}
