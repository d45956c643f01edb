//! Watching a name: where in a text does a table or one of its columns stand? And where a text that is written like a name?
//! For ALTER TABLE.

use helios_core::Result;

use super::Binder;
use crate::ast::{ColumnName, Name, ObjectName, Place, Statement};
use crate::catalog::Table;

/// What is watched, and where it was found.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// The schema of the table; `None` where there is one only.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The column; `None` for the table itself.
    pub column: Option<String>,
    /// Whether texts in double quotes are looked for, and no table.
    pub texts: bool,
    /// The places.
    pub found: Vec<Place>,
}

impl<'a> Binder<'a> {
    /// A binder that notes where a table or a column of it stands.
    #[must_use]
    pub fn watching(mut self, schema: Option<&str>, table: &str, column: Option<&str>) -> Binder<'a> {
        let (table, column) = (table.to_owned(), column.map(ToOwned::to_owned));
        let schema = schema.map(ToOwned::to_owned);
        self.watch = Some(Watch { schema, table, column, texts: false, found: Vec::new() });
        self
    }

    /// A binder that notes where texts in double quotes stand.
    #[must_use]
    pub fn watching_texts(mut self) -> Binder<'a> {
        let table = String::new();
        self.watch = Some(Watch { schema: None, table, column: None, texts: true, found: Vec::new() });
        self
    }

    /// Binds a view, only to see whether it can be, and gives what was found.
    ///
    /// # Errors
    /// The view has no meaning.
    pub fn look_through_view(mut self, view: &std::sync::Arc<Table>) -> Result<Vec<Place>> {
        let Some(definition) = &view.view else { return Ok(Vec::new()) };
        self.in_schema = true;
        // Once as itself, so that its own names count, and once as what others see of it.
        self.select(&definition.select)?;
        let found = self.found();
        self.view_rows(view, &view.name)?;
        Ok(found)
    }

    /// Binds a statement of a trigger, only to see whether it can be, and gives what was found.
    ///
    /// # Errors
    /// The statement has no meaning.
    pub fn look_through(mut self, statement: &Statement) -> Result<Vec<Place>> {
        self.only_looks = true;
        match statement {
            Statement::Select(select) => {
                self.select(select)?;
            }
            Statement::Insert(insert) => self.look_through_insert(insert)?,
            Statement::Update(update) => {
                self.update(update)?;
            }
            Statement::Delete(delete) => {
                self.delete(delete)?;
            }
            _ => {}
        }
        Ok(self.found())
    }

    /// Binds a condition, only to see whether it can be, and gives what was found.
    ///
    /// # Errors
    /// The condition has no meaning.
    pub fn look_through_condition(mut self, condition: &crate::ast::Expression) -> Result<Vec<Place>> {
        self.scopes.push(Default::default());
        self.bind_expr(condition)?;
        Ok(self.found())
    }

    fn found(&mut self) -> Vec<Place> {
        self.watch.as_mut().map_or(Vec::new(), |watch| std::mem::take(&mut watch.found))
    }

    /// Whether a table of this schema may be the one that is watched.
    pub(super) fn watches(&self, schema: Option<&str>) -> bool {
        let watched = self.watch.as_ref().and_then(|watch| watch.schema.as_deref());
        watched.is_none() || watched == schema
    }

    /// Whether this table may be the one that is watched.
    fn watches_table(&self, table: &Table) -> bool {
        self.watch.is_some() && self.watches(Some(&self.schema_name(table.slot)))
    }

    /// Notes where a column of a table that is changed is named.
    pub(super) fn note_column_of(&mut self, table: &Table, name: &Name) {
        if self.watches_table(table) {
            self.note_column(&table.name, name);
        }
    }

    /// Notes where a column of a table that is changed is named in an expression.
    pub(super) fn note_name_of(&mut self, table: &Table, name: &ColumnName) {
        if self.watches_table(table) {
            self.note_name(&table.name, "", name);
        }
    }

    /// Notes where a table is named.
    pub(super) fn note_table(&mut self, name: &ObjectName) {
        if self.watch.is_some()
            && let Ok(Some(table)) = self.find_table(name, None)
            && !self.watches_table(&table)
        {
            return;
        }
        if let Some(watch) = &mut self.watch
            && self.views.is_empty()
            && watch.column.is_none()
            && name.name.eq_ignore_ascii_case(&watch.table)
        {
            watch.found.push(name.name.place);
        }
    }

    /// Notes where a text in double quotes stands.
    pub(super) fn note_text(&mut self, name: &ColumnName) {
        if let Some(watch) = self.watch.as_mut().filter(|watch| watch.texts)
            && self.views.is_empty()
        {
            watch.found.push(name.places.0);
        }
    }

    /// Notes where a column of a table is named.
    pub(super) fn note_column(&mut self, table: &str, name: &Name) {
        if let Some(watch) = &mut self.watch
            && self.views.is_empty()
            && table.eq_ignore_ascii_case(&watch.table)
            && watch.column.as_ref().is_some_and(|column| column.eq_ignore_ascii_case(name))
        {
            watch.found.push(name.place);
        }
    }

    /// Notes where a column is named in an expression; `source` is what its table is called there.
    pub(super) fn note_name(&mut self, table: &str, source: &str, name: &ColumnName) {
        let Some(watch) = &mut self.watch else { return };
        if !self.views.is_empty() || !table.eq_ignore_ascii_case(&watch.table) {
            return;
        }
        match &watch.column {
            Some(column) if column.eq_ignore_ascii_case(&name.column) => watch.found.push(name.places.0),
            None if name.table.is_some() && source.eq_ignore_ascii_case(table) => {
                watch.found.push(name.places.1);
            }
            _ => {}
        }
    }

    /// Notes where a column of USING is named that stands for columns of several tables.
    pub(super) fn note_merged(&mut self, level: usize, name: &ColumnName) {
        let Some(watch) = &self.watch else { return };
        let watched = watch.table.clone();
        let is_part = self.scopes[level].sources.iter().any(|source| {
            source.table.as_ref().is_some_and(|table| table.eq_ignore_ascii_case(&watched))
                && self.watches(source.schema.as_deref())
                && source.column(&name.column).is_some()
        });
        if is_part {
            self.note_name(&watched, &watched, name);
        }
    }
}
