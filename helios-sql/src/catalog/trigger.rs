//! Triggers.

use std::sync::Arc;

use crate::ast::CreateTrigger;

/// A trigger.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its name, as it was written.
    pub name: String,
    /// What it does.
    pub definition: CreateTrigger,
    /// The statement that made it, which the spans of the definition are of.
    pub sql: Arc<str>,
    /// The number of the schema that it is of, if its table is of another one.
    pub home: Option<usize>,
}
