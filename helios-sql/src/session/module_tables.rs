//! What virtual tables find in their schema: ordinary tables, other definitions, and the answers of queries.
//!
//! In: names, of now or of a moment of the past. Out: rows as they are stored, or queries that are planned here and run when
//! their rows are wanted, with the reader of then.

use std::cell::RefCell;
use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::transaction::{Interrupt, Reader};
use helios_core::{Error, Result, Value};

use super::compile::plan;
use super::environment::View;
use super::hooks::quoted;
use crate::ast;
use crate::bind::{Binder, Bound, Environment, Past};
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::exec::{BoxedOperator, Context, SessionFacts, build};
use crate::module::{Definition, QueriedCursor, QueriedRows, StoredRows, Tables, WantedRows};
use crate::parse::parse_statement;
use crate::plan::Query;
use crate::table::stored_rows;

/// So many virtual tables may ask queries of each other before that is taken for a circle.
const MOST_NESTED: usize = 8;

/// The tables that a virtual table in a schema finds.
pub(super) struct SchemaTables<'a> {
    view: &'a View,
    slot: usize,
}

impl<'a> SchemaTables<'a> {
    /// Those of the schema with a number.
    pub(super) fn new(view: &'a View, slot: usize) -> SchemaTables<'a> {
        SchemaTables { view, slot }
    }

    fn find(&self, schema: Option<&str>, name: &str) -> Option<Arc<Table>> {
        match schema {
            Some(schema) => self.view.relation(Some(schema), name),
            None => self.view.relation_at(self.slot, name),
        }
    }

    /// What a query of this schema names a table as.
    fn source(&self, name: &str) -> Result<String> {
        let Some(table) = self.find(None, name) else { return Err(no_such_table(name)) };
        if table.view.is_some() && self.view.temp() == Some(self.slot) {
            return Err(Error::sql(format!("content={name} is a temporary view, which is not supported")));
        }
        Ok(format!("{}.{}", quoted(self.view.schema_name(self.slot)), quoted(name)))
    }
}

impl Tables for SchemaTables<'_> {
    fn stored(&self, schema: Option<&str>, name: &str) -> Option<Arc<dyn StoredRows>> {
        self.find(schema, name).filter(|table| table.is_stored()).map(|table| stored_rows(&table))
    }

    fn definition(&self, schema: Option<&str>, name: &str) -> Option<(Arc<Definition>, usize)> {
        let table = self.find(schema, name)?;
        table.module.clone().map(|definition| (definition, table.slot))
    }

    fn columns_of(&self, name: &str) -> Result<Vec<String>> {
        columns_of(self.view, &self.source(name)?)
    }

    fn queried(&self, name: &str, key: &str, columns: &[String]) -> Result<Arc<dyn QueriedRows>> {
        let source = format!("{} AS T", self.source(name)?);
        let has_rowids = self.find(None, name).is_some_and(|table| table.view.is_none());
        Ok(Arc::new(Queried::new(self.view, (&source, has_rowids), key, columns)?))
    }
}

/// The tables of `main` that a virtual table finds at a moment of the past.
pub(super) struct PastTables<'a> {
    view: &'a View,
    past: &'a Past,
    found: RefCell<Vec<Arc<Table>>>,
}

impl<'a> PastTables<'a> {
    /// Those of a moment.
    pub(super) fn new(view: &'a View, past: &'a Past) -> PastTables<'a> {
        PastTables { view, past, found: RefCell::default() }
    }

    /// The tables that were found.
    pub(super) fn found(&self) -> Vec<Arc<Table>> {
        self.found.take()
    }

    fn source(&self, name: &str) -> Result<String> {
        if self.past.catalog.relation(name).is_none() {
            return Err(no_such_table(name));
        }
        let name = format!("main.{}", quoted(name));
        let Moment(micros) = self.past.moment;
        // As long as the moment is not known, the present stands in for it.
        Ok(match self.past.moment == Moment::PRESENT {
            true => name,
            false => {
                format!("{name} AS OF TIMESTAMP {}.{:06}", micros / 1_000_000, micros % 1_000_000)
            }
        })
    }
}

impl Tables for PastTables<'_> {
    fn stored(&self, _: Option<&str>, name: &str) -> Option<Arc<dyn StoredRows>> {
        let table = self.past.catalog.relation(name).filter(|table| table.is_stored())?;
        self.found.borrow_mut().push(table.clone());
        Some(stored_rows(table))
    }

    fn definition(&self, _: Option<&str>, name: &str) -> Option<(Arc<Definition>, usize)> {
        let table = self.past.catalog.relation(name)?;
        table.module.clone().map(|definition| (definition, table.slot))
    }

    fn columns_of(&self, name: &str) -> Result<Vec<String>> {
        columns_of(self.view, &self.source(name)?)
    }

    fn queried(&self, name: &str, key: &str, columns: &[String]) -> Result<Arc<dyn QueriedRows>> {
        let source = format!("(SELECT * FROM {}) AS T", self.source(name)?);
        Ok(Arc::new(Queried::new(self.view, (&source, false), key, columns)?))
    }
}

fn no_such_table(name: &str) -> Error {
    Error::sql(format!("no such table: main.{name}"))
}

/// Binds a query for a virtual table. What it reads does not count as what the statement reads.
fn bind(view: &View, text: String) -> Result<Bound> {
    let nested = view.nested.get();
    if nested == MOST_NESTED {
        return Err(Error::sql("virtual tables ask queries of each other in a circle"));
    }
    let Some(ast::Statement::Select(select)) = parse_statement(&text)?.map(|parsed| parsed.statement) else {
        return Err(Error::sql("SQL logic error"));
    };
    view.nested.set(nested + 1);
    let bound = Binder::new(view, text.into()).bind_query(&select);
    view.nested.set(nested);
    bound
}

fn columns_of(view: &View, source: &str) -> Result<Vec<String>> {
    let bound = bind(view, format!("SELECT * FROM {source}"))?;
    Ok(bound.output.into_iter().map(|(name, _)| name.to_string()).collect())
}

/// A query that is planned.
#[derive(Debug)]
struct Recipe {
    query: Query,
    subqueries: Vec<Query>,
    slots: usize,
}

impl Recipe {
    fn of(view: &View, text: String) -> Result<Recipe> {
        let reads_rows = view.reads_rows.get();
        let planned = plan(bind(view, text)?, view)?;
        view.reads_rows.set(reads_rows);
        Ok(Recipe { query: planned.query, subqueries: planned.subqueries, slots: planned.slots })
    }
}

/// The queries that rows are asked by.
#[derive(Debug)]
struct Queried {
    of_key: Recipe,
    up: Recipe,
    down: Recipe,
    facts: SessionFacts,
    /// How many schemas there are besides `main`.
    others: usize,
    interrupt: Interrupt,
}

impl Queried {
    /// Those of a source that is called `T`, which may have rowids.
    fn new(
        view: &View,
        (source, has_rowids): (&str, bool),
        key: &str,
        columns: &[String],
    ) -> Result<Queried> {
        let is_rowid = ["rowid", "oid", "_rowid_"].iter().any(|rowid| rowid.eq_ignore_ascii_case(key));
        let names = columns_of(view, source)?;
        // Rows of a view have no rowid.
        let key = match is_rowid && !has_rowids && !names.iter().any(|name| name.eq_ignore_ascii_case(key)) {
            true => "NULL".to_owned(),
            false => format!("T.{}", quoted(key)),
        };
        let columns: String = columns.iter().map(|name| format!(", T.{}", quoted(name))).collect();
        let all = format!("SELECT {key}{columns} FROM {source}");
        let range = format!("{all} WHERE (?1 IS NULL OR {key} >= ?1) AND (?2 IS NULL OR {key} <= ?2)");
        Ok(Queried {
            of_key: Recipe::of(view, format!("{all} WHERE {key} = ?1"))?,
            up: Recipe::of(view, format!("{range} ORDER BY {key}"))?,
            down: Recipe::of(view, format!("{range} ORDER BY {key} DESC"))?,
            // The session waits for what it runs to end, which this is not.
            facts: SessionFacts { execution: Arc::default(), ..view.facts.clone() },
            others: view.others.len(),
            interrupt: view.interrupt.clone(),
        })
    }
}

impl QueriedRows for Queried {
    fn open(&self, reader: &Reader, wanted: WantedRows) -> Result<Box<dyn QueriedCursor>> {
        let (recipe, limits) = match wanted {
            WantedRows::Of(key) => (&self.of_key, [Value::Integer(key), Value::Null]),
            WantedRows::All { descends } => (self.ordered(descends), [Value::Null, Value::Null]),
            WantedRows::Between { first, last, descends } => {
                (self.ordered(descends), [Value::Integer(first), Value::Integer(last)])
            }
        };
        let built = build(&recipe.query, &recipe.subqueries)?;
        // A view reads the schema that it is in, and that is what the reader is of.
        let others = (self.others > 0).then(|| vec![reader.clone(); self.others].into());
        let context = Context::new(reader.clone(), others, self.facts.clone(), self.interrupt.clone());
        let limits = limits.into_iter().map(|limit| Arc::new(Column::constant(limit, 1))).collect();
        let mut cursor = Cursor {
            root: built.root,
            context: Context {
                parameters: Chunk::new(limits, 1),
                outer: vec![Value::Null; recipe.slots],
                subqueries: built.subqueries,
                ..context
            },
            rows: Chunk::default(),
            next: 0,
            has_ended: false,
        };
        cursor.root.open(&mut cursor.context)?;
        Ok(Box::new(cursor))
    }
}

impl Queried {
    fn ordered(&self, descends: bool) -> &Recipe {
        if descends { &self.down } else { &self.up }
    }
}

#[derive(Debug)]
struct Cursor {
    root: BoxedOperator,
    context: Context,
    rows: Chunk,
    /// The row that comes next.
    next: usize,
    has_ended: bool,
}

impl QueriedCursor for Cursor {
    fn next_row(&mut self) -> Result<Option<(i64, Vec<Value>)>> {
        while self.next == self.rows.rows() || self.has_ended {
            self.next = 0;
            self.has_ended = self.has_ended || !self.root.next(&mut self.context, &mut self.rows)?;
            if self.has_ended {
                return Ok(None);
            }
        }
        let row = self.next;
        self.next += 1;
        let values = (1..self.rows.width()).map(|column| self.rows.value(row, column).to_value()).collect();
        Ok(Some((self.rows.value(row, 0).to_integer(), values)))
    }
}
