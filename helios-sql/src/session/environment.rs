//! What binding and optimising ask of a session: tables now and in the past, and how many rows they have.

use std::cell::Cell;
use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::BranchId;
use helios_core::{Error, Result};

use super::moment::{moment_of_value, write_moment};
use super::pragma::pragma_function;
use super::settings::Settings;
use crate::bind::{Environment, Past};
use crate::catalog::{Catalog, Table};
use crate::chunk::Chunk;
use crate::database::Database;
use crate::exec::{Context, SessionFacts, eval};
use crate::func::{ProgramFunctions, TableFunction};
use crate::optimize::Statistics;
use crate::plan::Expr;

/// A session's view of the database while a statement is compiled.
#[derive(Debug)]
pub(super) struct View {
    pub(super) database: Arc<Database>,
    pub(super) branch: BranchId,
    pub(super) catalog: Arc<Catalog>,
    pub(super) reader: Reader,
    pub(super) facts: SessionFacts,
    /// The parameters, once the statement runs; without them AS OF has no moment yet.
    pub(super) parameters: Option<Chunk>,
    /// The functions that the program added.
    pub(super) functions: Arc<ProgramFunctions>,
    /// Whether the statement asked for the past.
    pub(super) reads_past: Cell<bool>,
    pub(super) settings: Settings,
}

impl Environment for View {
    fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    fn functions(&self) -> &ProgramFunctions {
        &self.functions
    }

    fn table_function(&self, name: &str) -> Option<Arc<dyn TableFunction>> {
        pragma_function(name, &self.catalog)
    }

    fn past(&self, moment: &Expr) -> Result<Past> {
        self.reads_past.set(true);
        let Some(parameters) = &self.parameters else {
            // What the columns are called does not depend on the moment in any way that could be known now.
            return Ok(Past {
                moment: Moment::PRESENT,
                catalog: self.catalog.clone(),
                reader: self.reader.clone(),
            });
        };
        let mut context = Context {
            reader: self.reader.clone(),
            parameters: parameters.clone(),
            outer: Vec::new(),
            subqueries: Vec::new(),
            facts: self.facts.clone(),
            interrupt: Default::default(),
            raised: None,
        };
        if moment.has_subquery() || moment.any(&mut |part| matches!(part, Expr::Column(_) | Expr::Outer(_))) {
            return Err(Error::sql("AS OF needs a constant expression"));
        }
        let moment = moment_of_value(eval::constant(moment, &mut context)?.as_ref())?;
        let (present, moment) = self.database.engine().as_of(moment)?;
        let reader = Reader::of_view(present.state().view(self.branch, moment)?);
        let catalog = Arc::new(Catalog::load(&reader)?);
        Ok(Past { moment, catalog, reader })
    }

    fn check_history(&self, table: &Table, past: &Past) -> Result<()> {
        if past.moment == Moment::PRESENT || table.is_internal() {
            return Ok(());
        }
        let present = self.database.engine().present()?;
        match present.state().history_since(self.branch, table.space) {
            Some(since) if since <= past.moment => Ok(()),
            Some(since) => Err(Error::sql(format!(
                "the history of table {} begins at {}",
                table.name,
                write_moment(since)
            ))),
            None => {
                Err(Error::sql(format!("table {} keeps no history (see enable_time_travel)", table.name)))
            }
        }
    }
}

impl Statistics for View {
    /// The distance between the lowest and the highest rowid: what the rows are at most, and mostly about.
    fn rows(&self, table: &Table) -> f64 {
        if !table.has_rowid() {
            return 1000.0;
        }
        let end = |direction| -> Result<Option<i64>> {
            let guard = self.reader.scan(table.space);
            let mut cursor = guard.cursor(KeyRange::ALL, direction)?;
            if cursor.advance()? { key::read_rowid(&mut cursor.key()).map(Some) } else { Ok(None) }
        };
        match (end(Direction::Forward), end(Direction::Backward)) {
            (Ok(Some(first)), Ok(Some(last))) => last as f64 - first as f64 + 1.0,
            (Ok(None), _) => 0.0,
            // An error here comes back when the table is read.
            _ => 1000.0,
        }
    }
}
