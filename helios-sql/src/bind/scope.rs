//! Scopes: which names can be seen, and which column each means.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::window::WindowGroup;
use super::{Binder, Typed, json};
use crate::ast::{ColumnName, Expression, WindowDefinition};
use crate::catalog::is_rowid_name;
use crate::plan::{AggregateCall, ColumnId, Expr};

/// What one SELECT sees, without what the queries around it see.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) sources: Vec<Source>,
    /// Columns that USING has made one of: the name and what it means.
    pub(super) merged: Vec<(Arc<str>, Typed)>,
    /// Aliases of result columns, which are seen where no column has the name.
    pub(super) aliases: Vec<(String, Expression)>,
    /// Aggregates found so far, where aggregates may stand.
    pub(super) aggregates: Vec<(ColumnId, AggregateCall)>,
    /// Whether aggregates may stand here.
    pub(super) place: AggregatePlace,
    /// Whether a query of an expression begins here: what it takes from outside goes through slots.
    pub(super) is_boundary: bool,
    /// What the query takes from those around it: slot and expression out there.
    pub(super) outer: Vec<(usize, Expr)>,
    /// Windows that have names.
    pub(super) named_windows: Vec<(String, WindowDefinition)>,
    /// Windows with the functions over them found so far, where window functions may stand.
    pub(super) windows: Vec<WindowGroup>,
    /// Whether window functions may stand here.
    pub(super) allows_windows: bool,
    /// Whether there is a GROUP BY.
    pub(super) is_grouped: bool,
}

/// Whether aggregates may stand where an expression does; if not, what the message says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AggregatePlace {
    /// They may.
    Allowed,
    /// Not here, as in the arguments of another aggregate.
    #[default]
    Forbidden,
    /// Not in this clause of a query that has aggregates elsewhere, or could.
    WrongClause,
    /// Not in ORDER BY of a query that has none elsewhere, unless nobody asks for the value.
    Order,
    /// Not in GROUP BY.
    GroupBy,
}

/// One thing that FROM names.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The alias, or the name.
    pub(super) name: String,
    /// Whether that is an alias, though it may be spelled as the name.
    pub(super) is_alias: bool,
    /// The table that it is, if it is one.
    pub(super) table: Option<Arc<str>>,
    /// What the schema of that table is called.
    pub(super) schema: Option<Arc<str>>,
    /// Its columns.
    pub(super) columns: Vec<SourceColumn>,
    /// The rowid, if it has one.
    pub(super) rowid: Option<ColumnId>,
}

/// A column that a source has.
#[derive(Clone, Debug)]
pub(super) struct SourceColumn {
    pub(super) name: Arc<str>,
    pub(super) id: ColumnId,
    /// Part of a merged column: `*` and names without a table pass it over.
    pub(super) merged: bool,
    /// Only its name shows it: `*` passes it over.
    pub(super) hidden: bool,
}

impl Scope {
    /// What a column is that USING has made of several, where it is not the first of them.
    pub(super) fn merged_value(&self, name: &str) -> Option<&Typed> {
        self.merged.iter().find(|(merged, _)| merged.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether the name of a column with that of its source means what USING has made of it and one of another source.
    ///
    /// # Errors
    /// Several sources are called so, and USING has not made one column of theirs.
    pub(super) fn is_shared(&self, place: usize, column: &SourceColumn) -> Result<bool> {
        let source = &self.sources[place];
        let mut is_shared =
            column.merged && self.sources[..place].iter().any(|other| other.same(source, column).is_some());
        for further in self.sources[place + 1..].iter().filter_map(|other| other.same(source, column)) {
            if !further.merged {
                let place = source.place();
                return Err(Error::sql(format!("ambiguous column name: {place}.{}", column.name)));
            }
            is_shared = true;
        }
        Ok(is_shared)
    }
}

impl Source {
    /// What is no table.
    pub(super) fn unstored(name: &str, columns: Vec<SourceColumn>) -> Source {
        Source { name: name.to_owned(), is_alias: false, table: None, schema: None, columns, rowid: None }
    }

    /// The column of this source that a name with its table could mean as well as that of another.
    fn same(&self, other: &Source, column: &SourceColumn) -> Option<&SourceColumn> {
        let is_same = !self.name.is_empty()
            && self.name.eq_ignore_ascii_case(&other.name)
            && self.rowid.is_some() == other.rowid.is_some()
            && self.schema == other.schema;
        if is_same { self.column(&column.name) } else { None }
    }

    /// What its columns are called by in messages.
    pub(super) fn place(&self) -> String {
        // Only tables have a rowid, and a schema.
        match (&self.schema, self.rowid) {
            (Some(schema), Some(_)) => format!("{schema}.{}", self.name),
            (None, Some(_)) => format!("main.{}", self.name),
            (_, None) => self.name.clone(),
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<&SourceColumn> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

/// Where a name begins.
fn place_of(name: &ColumnName) -> usize {
    let (column, table) = (name.places.0.0, name.places.1.0);
    match name.table.is_some() && table.end > 0 {
        true => table.start,
        false => column.start,
    }
}

impl Binder<'_> {
    /// What a name means.
    pub(super) fn bind_name(&mut self, name: &ColumnName) -> Result<Typed> {
        if let Some(level) = self.scopes.len().checked_sub(1)
            && let Some(found) = self.resolve(level, name)?
        {
            return Ok(found);
        }
        if let Some(found) = self.trigger_column(name) {
            return found;
        }
        if name.table.is_none() {
            if name.column.eq_ignore_ascii_case("true") && !name.double_quoted {
                return Ok(Typed::plain(Expr::Constant(1.into())));
            }
            if name.column.eq_ignore_ascii_case("false") && !name.double_quoted {
                return Ok(Typed::plain(Expr::Constant(0.into())));
            }
            if name.double_quoted && self.environment.quotes_texts(self.restricted.is_some()) {
                self.note_text(name);
                return Ok(Typed::plain(Expr::Constant(name.column.as_str().into())));
            }
        }
        if let Some(row) = self.text_of_row(name)? {
            return Ok(row);
        }
        if let (Some(table), true) = (&name.table, self.is_postgres())
            && !self
                .scopes
                .iter()
                .flat_map(|scope| &scope.sources)
                .any(|source| table_matches(&source.name, table))
        {
            return Err(
                Error::sql(format!("missing FROM-clause entry for table \"{table}\"")).at(place_of(name))
            );
        }
        Err(Error::sql(format!("no such column: {}", written(name))).at(place_of(name)))
    }

    /// What a name means at a level of the scopes, or outside of it.
    fn resolve(&mut self, level: usize, name: &ColumnName) -> Result<Option<Typed>> {
        let mut boundary = None;
        for at in (0..=level).rev() {
            let mut found = self.resolve_here(at, name)?;
            if found.is_none() {
                found = self.resolve_alias(at, name)?;
            }
            if let Some(found) = found {
                return Ok(Some(match boundary {
                    Some(boundary) => self.take_from_outside(boundary, found),
                    None => found,
                }));
            }
            if self.scopes[at].is_boundary {
                boundary = Some(at);
            }
        }
        Ok(None)
    }

    /// The result column that a name means.
    fn resolve_alias(&mut self, level: usize, name: &ColumnName) -> Result<Option<Typed>> {
        if name.table.is_some() {
            return Ok(None);
        }
        let mut aliases = self.scopes[level].aliases.iter();
        let Some((_, expression)) = aliases.find(|(alias, _)| alias.eq_ignore_ascii_case(&name.column))
        else {
            return Ok(None);
        };
        let expression = expression.clone();
        // An alias means what stands before AS, where aliases are not seen.
        let inside = self.scopes.split_off(level + 1);
        let aliases = std::mem::take(&mut self.scopes[level].aliases);
        let bound = self.bind(&expression);
        self.scopes[level].aliases = aliases;
        self.scopes.extend(inside);
        bound.map(Some)
    }

    /// Hands a value of the query around the boundary at `level` in through a slot.
    pub(super) fn take_from_outside(&mut self, level: usize, value: Typed) -> Typed {
        if matches!(value.expr, Expr::Constant(_)) {
            return value;
        }
        // JSON is still marked inside, where a JSON function may take it.
        if json::is_unmarked_column(&value.expr) {
            let marked = Typed { expr: json::without_unmarking(&value.expr).clone(), ..value };
            let taken = self.take_from_outside(level, marked);
            return Typed { expr: json::unmarked(taken.expr), ..taken };
        }
        let known =
            self.scopes[level].outer.iter().find(|(_, expr)| *expr == value.expr).map(|(slot, _)| *slot);
        let slot = known.unwrap_or_else(|| {
            self.slots.push(value.clone());
            self.scopes[level].outer.push((self.slots.len() - 1, value.expr.clone()));
            self.slots.len() - 1
        });
        Typed { expr: Expr::Outer(slot), ..value }
    }

    /// The level of the query that the columns in some expressions belong to: the innermost that has any of them.
    pub(super) fn level_of_columns(&mut self, expressions: &[Expression]) -> Result<Option<usize>> {
        let mut names = Vec::new();
        expressions.iter().for_each(|expression| expression.column_names(&mut names));
        let mut found = None;
        for name in names {
            for at in (0..self.scopes.len()).rev() {
                if self.resolve_here(at, name)?.is_some() {
                    found = found.max(Some(at));
                    break;
                }
            }
        }
        Ok(found)
    }

    pub(super) fn resolve_here(&mut self, level: usize, name: &ColumnName) -> Result<Option<Typed>> {
        let scope = &self.scopes[level];
        if name.table.is_none()
            && let Some(merged) = scope.merged_value(&name.column)
        {
            let merged = merged.clone();
            if self.watch.is_some() {
                self.note_merged(level, name);
            }
            return Ok(Some(merged));
        }
        let mut found = None;
        let mut is_merged = false;
        let mut origin = None;
        let mut sources = Vec::new();
        for source in &scope.sources {
            if name.table.as_ref().is_some_and(|table| !table_matches(&source.name, table)) {
                continue;
            }
            if let Some(schema) = &name.schema
                && !source.schema.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(schema))
            {
                continue;
            }
            sources.push(source);
            let Some(column) = source.column(&name.column) else { continue };
            if column.merged && name.table.is_none() {
                continue;
            }
            if found.is_some() && column.merged {
                is_merged = true;
                continue;
            }
            if found.is_some() {
                return Err(Error::sql(format!("ambiguous column name: {}", written(name))));
            }
            found = Some(column.id);
            let is_watched = self.watches(source.schema.as_deref());
            let table = source.table.clone().filter(|_| is_watched);
            // An alias stays what it is, whatever becomes of the table.
            let called = if source.is_alias { String::new() } else { source.name.clone() };
            origin = table.map(|table| (table, called));
        }
        // What tells rows apart for PostgreSQL.
        let is_place = self.is_postgres() && name.column == "ctid";
        if found.is_none() && (is_place || is_rowid_name(&name.column)) {
            let rowids: Vec<ColumnId> = sources.iter().filter_map(|source| source.rowid).collect();
            match rowids[..] {
                [] => {}
                [rowid] => found = Some(rowid),
                _ => return Err(Error::sql(format!("ambiguous column name: {}", written(name)))),
            }
        }
        if found.is_none()
            && self.is_postgres()
            && let [source] = sources[..]
            && source.rowid.is_some()
            && let Some(meaning) = super::postgres::hidden_column(&name.column, source.table.as_deref())?
        {
            return self.bind(&meaning).map(Some);
        }
        if let (Some(_), Some((table, source))) = (&self.watch, origin) {
            self.note_name(&table, &source, name);
        }
        if is_merged && let Some(value) = self.scopes[level].merged_value(&name.column) {
            return Ok(Some(value.clone()));
        }
        found.map(|id| self.read_column(id)).transpose()
    }
}

fn table_matches(source: &str, written: &str) -> bool {
    source.eq_ignore_ascii_case(written)
        || (source.eq_ignore_ascii_case("sqlite_schema") && written.eq_ignore_ascii_case("sqlite_master"))
        || (source.eq_ignore_ascii_case("sqlite_master") && written.eq_ignore_ascii_case("sqlite_schema"))
}

/// A name as it was written, for messages.
fn written(name: &ColumnName) -> String {
    let parts = name.schema.iter().chain(&name.table).chain([&name.column]);
    parts.cloned().collect::<Vec<_>>().join(".")
}
