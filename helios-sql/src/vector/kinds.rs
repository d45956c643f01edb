//! Kinds of indexes by name.

use std::fmt;
use std::sync::Arc;

use helios_core::vector::{VectorIndex, VectorIndexKind};
use helios_core::{Error, Result};

use crate::catalog::VectorDefinition;

/// What statements call the kind that the settings name.
const USUAL: &str = "vector";

/// The kinds that a program brings.
#[derive(Clone)]
pub struct VectorKinds {
    all: Arc<[Arc<dyn VectorIndexKind>]>,
    usual: String,
}

impl Default for VectorKinds {
    fn default() -> VectorKinds {
        VectorKinds { all: Arc::new([]), usual: String::new() }
    }
}

impl fmt::Debug for VectorKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all.iter().map(|kind| kind.name())).finish()
    }
}

impl PartialEq for VectorKinds {
    fn eq(&self, other: &VectorKinds) -> bool {
        self.usual == other.usual && self.names().eq(other.names())
    }
}

impl Eq for VectorKinds {}

impl VectorKinds {
    /// Kinds, of which `usual` is what `USING vector` means.
    ///
    /// # Errors
    /// There is no such kind.
    pub fn new(all: Vec<Arc<dyn VectorIndexKind>>, usual: &str) -> Result<VectorKinds> {
        let kinds = VectorKinds { all: all.into(), usual: usual.to_owned() };
        kinds.kind(usual)?;
        Ok(kinds)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(|kind| kind.name())
    }

    /// The kind that a statement names, whatever its case.
    ///
    /// # Errors
    /// There is none; the message lists those that there are.
    pub fn kind(&self, name: &str) -> Result<&Arc<dyn VectorIndexKind>> {
        let wanted = if name.eq_ignore_ascii_case(USUAL) { &self.usual } else { name };
        let found = self.all.iter().find(|kind| kind.name().eq_ignore_ascii_case(wanted));
        found.ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            let known = if names.is_empty() { "there is none".to_owned() } else { names.join(", ") };
            Error::sql(format!("no such kind of index: {name} (built in: {known})"))
        })
    }

    /// An error if a definition says what its kind does not know, or a number out of bounds.
    pub fn check(&self, definition: &VectorDefinition) -> Result<()> {
        let kind = self.kind(&definition.kind)?;
        for (name, value) in &definition.options {
            let Some(option) = kind.options().iter().find(|option| option.name == name) else {
                let known = ["metric"].into_iter().chain(kind.options().iter().map(|option| option.name));
                let known: Vec<&str> = known.collect();
                let (kind, known) = (kind.name(), known.join(", "));
                return Err(Error::sql(format!("an index USING {kind} has no {name} (it has {known})")));
            };
            if !(option.least..=option.most).contains(value) {
                let (least, most) = (option.least, option.most);
                return Err(Error::sql(format!("{name} is a number from {least} to {most}, not {value}")));
            }
        }
        Ok(())
    }

    /// An empty index as a definition says.
    pub fn make(&self, definition: &VectorDefinition) -> Result<Box<dyn VectorIndex>> {
        self.check(definition)?;
        let kind = self.kind(&definition.kind)?;
        let options = kind.options().iter().map(|option| definition.option(option.name, option.default));
        Ok(kind.make(definition.metric, definition.dimensions, &options.collect::<Vec<_>>()))
    }
}
