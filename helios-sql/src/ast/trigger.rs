//! CREATE TRIGGER.

use super::{Expression, Name, ObjectName, Span, Statement};

/// CREATE TRIGGER.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTrigger {
    /// TEMP.
    pub temporary: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The name.
    pub name: ObjectName,
    /// The source from the bare name to the end of the statement.
    pub tail: Span,
    /// When it runs.
    pub timing: TriggerTiming,
    /// What fires it.
    pub event: TriggerEvent,
    /// The table or the view.
    pub table: ObjectName,
    /// WHEN.
    pub filter: Option<Expression>,
    /// INSERT, UPDATE, DELETE and SELECT between BEGIN and END.
    pub body: Vec<Statement>,
}

/// When a trigger runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerTiming {
    /// Before the row is changed.
    Before,
    /// After the row was changed.
    After,
    /// Instead of changing a row, which a view does not have.
    InsteadOf,
}

/// What fires a trigger.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerEvent {
    /// INSERT.
    Insert,
    /// DELETE.
    Delete,
    /// UPDATE, of these columns; of any if none are named.
    Update(Vec<Name>),
}
