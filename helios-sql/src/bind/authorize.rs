//! Asking the program whether a statement may do what it says (<https://sqlite.org/c3ref/set_authorizer.html>).
//!
//! In: what is bound, access by access. Out: nothing if the program allows it, an error if it denies it; what it wants
//! ignored is NULL if it is a value, and left out otherwise. What helios binds for itself, such as the conditions of the
//! schema, is nobody's to allow.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::{Error, ErrorKind, Result};

use super::scope::Source;
use super::{Binder, Typed};
use crate::catalog::Table;
use crate::plan::{ColumnId, Expr};

/// What a statement wants to do, with SQLite's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the statements")]
pub enum Action {
    CreateIndex = 1,
    CreateTable = 2,
    CreateTempIndex = 3,
    CreateTempTable = 4,
    CreateTempTrigger = 5,
    CreateTempView = 6,
    CreateTrigger = 7,
    CreateView = 8,
    Delete = 9,
    DropIndex = 10,
    DropTable = 11,
    DropTempIndex = 12,
    DropTempTable = 13,
    DropTempTrigger = 14,
    DropTempView = 15,
    DropTrigger = 16,
    DropView = 17,
    Insert = 18,
    Pragma = 19,
    Read = 20,
    Select = 21,
    Transaction = 22,
    Update = 23,
    Attach = 24,
    Detach = 25,
    AlterTable = 26,
    Reindex = 27,
    Analyze = 28,
    CreateVirtualTable = 29,
    Function = 31,
    Savepoint = 32,
    Recursive = 33,
}

/// One thing that a statement wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// What.
    pub action: Action,
    /// With what, as SQLite's page has it for each action.
    pub first: Option<&'a str>,
    /// The same.
    pub second: Option<&'a str>,
    /// The schema.
    pub schema: Option<&'a str>,
    /// The view, common table or trigger that wants it, the innermost.
    pub within: Option<&'a str>,
}

/// What the program says to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It may.
    Allow,
    /// It must not; the statement is not compiled.
    Deny,
    /// Values are NULL, and what is done is not done.
    Ignore,
    /// Something that means nothing.
    Malfunction,
}

/// The program's answers.
pub type Authorizer = dyn Fn(Access<'_>) -> Permission + Send + Sync;

/// What a binder that asks knows.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// The columns of tables and views, and whose they are.
    readable: HashMap<ColumnId, Readable>,
    /// Whether the next SELECT is none that anybody wrote.
    skips_select: bool,
}

#[derive(Clone, Debug)]
struct Readable {
    table: Arc<str>,
    schema: Arc<str>,
    column: Arc<str>,
    within: Option<Arc<str>>,
    is_read: bool,
}

/// Whether the program lets an access happen; what it denies is an error.
pub fn is_allowed(permission: Permission) -> Result<bool> {
    match permission {
        Permission::Allow => Ok(true),
        Permission::Ignore => Ok(false),
        Permission::Deny => Err(Error::new(ErrorKind::NotAuthorized, "not authorized")),
        Permission::Malfunction => Err(Error::sql("authorizer malfunction")),
    }
}

impl<'a> Binder<'a> {
    /// A binder that asks the program, for a statement of its own or for what a trigger or a view does.
    #[must_use]
    pub fn asking(mut self, within: Option<&str>) -> Binder<'a> {
        if self.environment.has_authorizer() {
            self.asking = Some(Box::default());
            self.within = within.map(Into::into);
        }
        self
    }

    /// Lets the next SELECT be bound without asking for it.
    pub(super) fn skip_select(&mut self) {
        if let Some(asking) = &mut self.asking {
            asking.skips_select = true;
        }
    }

    fn asks(&self) -> bool {
        self.asking.is_some() && self.restricted.is_none()
    }

    fn permission(
        &self,
        action: Action,
        first: Option<&str>,
        second: Option<&str>,
        schema: Option<&str>,
    ) -> Permission {
        self.environment.authorize(Access { action, first, second, schema, within: self.within.as_deref() })
    }

    /// Whether something is done to a table, or to a column of it.
    pub(super) fn may_change(&self, action: Action, table: &Table, column: Option<&str>) -> Result<bool> {
        if !self.asks() {
            return Ok(true);
        }
        is_allowed(self.permission(action, Some(&table.name), column, Some(&self.schema_name(table.slot))))
    }

    /// Whether UPDATE gives a column, at a position of the table, a new value.
    pub(super) fn may_assign(&self, table: &Table, position: usize) -> Result<bool> {
        let position = if position == table.rowid_position() { table.rowid_column } else { Some(position) };
        let column = position.map_or("ROWID", |position| &table.columns[position].name);
        self.may_change(Action::Update, table, Some(column))
    }

    /// Whether a SELECT, or a recursion, is run.
    pub(super) fn may_query(&mut self, action: Action) -> Result<bool> {
        if let Some(asking) = &mut self.asking
            && std::mem::take(&mut asking.skips_select)
        {
            return Ok(true);
        }
        if self.asks() { is_allowed(self.permission(action, None, None, None)) } else { Ok(true) }
    }

    /// Whether a function is called.
    pub(super) fn may_call(&self, function: &str) -> Result<bool> {
        if !self.asks() {
            return Ok(true);
        }
        let permission = self.permission(Action::Function, None, Some(function), None);
        is_allowed(permission).map_err(|error| match permission {
            Permission::Deny => Error::sql(format!("not authorized to use function: {function}")),
            _ => error,
        })
    }

    /// Notes whose the columns of a source are.
    pub(super) fn note_readable(&mut self, source: &Source, table: &str, schema: &Arc<str>) {
        let within = self.within.clone();
        let Some(asking) = &mut self.asking else { return };
        let table: Arc<str> = match (table, &**schema) {
            ("sqlite_schema", "temp") => "sqlite_temp_master".into(),
            ("sqlite_schema", _) => "sqlite_master".into(),
            _ => table.into(),
        };
        let rowid = source.rowid.map(|rowid| (rowid, "ROWID".into()));
        let columns = source.columns.iter().map(|column| (column.id, column.name.clone()));
        // A column that is the rowid has the last word.
        for (id, column) in rowid.into_iter().chain(columns) {
            let (table, schema, within) = (table.clone(), schema.clone(), within.clone());
            asking.readable.insert(id, Readable { table, schema, column, within, is_read: false });
        }
    }

    /// Forgets whose columns are: they are those of a query that has been asked for.
    pub(super) fn forget_readable(&mut self, columns: impl Iterator<Item = ColumnId>) {
        if let Some(asking) = &mut self.asking {
            columns.for_each(|id| drop(asking.readable.remove(&id)));
        }
    }

    /// A column as an expression; NULL if it is not to be read.
    pub(super) fn read_column(&mut self, id: ColumnId) -> Result<Typed> {
        let typed = self.column_expression(id);
        if !self.asks() {
            return Ok(typed);
        }
        let Some(readable) = self.asking.as_mut().and_then(|asking| asking.readable.get_mut(&id)) else {
            return Ok(typed);
        };
        readable.is_read = true;
        let readable = readable.clone();
        Ok(if self.may_read(&readable, &readable.column)? { typed } else { Typed::plain(Expr::NULL) })
    }

    /// Whether OLD or NEW of a trigger's table may be read.
    pub(super) fn may_read_row(&self, table: &str, slot: usize, column: &str) -> Result<bool> {
        if !self.asks() {
            return Ok(true);
        }
        let (table, within) = (table.into(), self.within.clone());
        let readable =
            Readable { table, schema: self.schema_name(slot), column: column.into(), within, is_read: true };
        self.may_read(&readable, column)
    }

    fn may_read(&self, readable: &Readable, column: &str) -> Result<bool> {
        let permission = self.environment.authorize(Access {
            action: Action::Read,
            first: Some(&readable.table),
            second: Some(column),
            schema: Some(&readable.schema),
            within: readable.within.as_deref(),
        });
        is_allowed(permission).map_err(|error| match permission {
            Permission::Deny => {
                let has_others = self.environment.has_others() || &*readable.schema != "main";
                let schema = if has_others { format!("{}.", readable.schema) } else { String::new() };
                let message = format!("access to {schema}{}.{column} is prohibited", readable.table);
                Error::new(ErrorKind::NotAuthorized, message)
            }
            _ => error,
        })
    }

    /// Asks for tables of which no column has been read.
    pub(super) fn ask_for_unread(&self, sources: &[Source]) -> Result<()> {
        let Some(asking) = self.asking.as_ref().filter(|_| self.asks()) else { return Ok(()) };
        for source in sources {
            let ids = source.columns.iter().map(|column| column.id).chain(source.rowid);
            let columns: Vec<&Readable> = ids.filter_map(|id| asking.readable.get(&id)).collect();
            let Some(first) = columns.first() else { continue };
            if !columns.iter().any(|column| column.is_read) {
                is_allowed(self.permission(Action::Read, Some(&first.table), Some(""), None))?;
            }
        }
        Ok(())
    }
}
