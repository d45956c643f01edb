//! Triggers.

use std::sync::Arc;

use super::Table;
use crate::ast::{CreateTrigger, Name, TriggerEvent};

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

impl Trigger {
    /// Whether an UPDATE fires it that assigns to the columns of its table at these positions.
    pub fn is_fired_by_update(&self, table: &Table, assigned: &[usize]) -> bool {
        let TriggerEvent::Update(names) = &self.definition.event else { return false };
        let is_assigned = |name: &Name| table.column(name).is_some_and(|column| assigned.contains(&column));
        names.is_empty() || names.iter().any(is_assigned)
    }

    /// Whether a row fires it that goes.
    pub fn is_fired_by_delete(&self) -> bool {
        self.definition.event == TriggerEvent::Delete
    }
}
