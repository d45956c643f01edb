//! Running statements and showing their rows.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use helios::sql::{Chunk, Column, Statement, StatementKind, ast};
use helios::{Error, ErrorKind, Value, ValueRef};

use super::{Explain, Shell};
use crate::failure::{Failure, Outcome};
use crate::render::{Kind, Renderer};

/// Why a statement was not run to its end.
#[derive(Debug)]
pub(super) enum StatementFailure {
    /// It could not be compiled.
    Compiling(Error),
    /// It failed while it ran.
    Running(Error),
    /// Its rows could not be written.
    Output(Failure),
}

impl StatementFailure {
    /// What the failure is called.
    pub(super) fn word(&self) -> &'static str {
        match self {
            StatementFailure::Compiling(_) => "Parse error",
            StatementFailure::Running(_) => "Runtime error",
            StatementFailure::Output(_) => "Error",
        }
    }

    /// What went wrong; with SQLite's number, where that says more than that something did.
    pub(super) fn text(&self) -> String {
        match self {
            StatementFailure::Output(failure) => failure.to_string(),
            StatementFailure::Compiling(error) | StatementFailure::Running(error) => {
                match error.kind().sqlite_code() & 0xff {
                    1 => error.message().to_owned(),
                    code => format!("{} ({code})", error.message()),
                }
            }
        }
    }

    /// The same after the words that statements of the command line have.
    pub(super) fn with_stage(&self) -> String {
        match self {
            StatementFailure::Compiling(_) => format!("in prepare, {}", self.text()),
            StatementFailure::Running(_) => format!("stepping, {}", self.text()),
            StatementFailure::Output(_) => self.text(),
        }
    }
}

impl<E: Into<Failure>> From<E> for StatementFailure {
    fn from(error: E) -> StatementFailure {
        StatementFailure::Output(error.into())
    }
}

/// One row of parameters.
fn parameters_of(values: Vec<Value>) -> Chunk {
    Chunk::new(values.into_iter().map(|value| Arc::new(Column::constant(value, 1))).collect(), 1)
}

impl Shell {
    /// Runs all statements of a text, up to the first that fails.
    pub(super) fn execute(&mut self, text: &str) -> Result<(), StatementFailure> {
        let mut rest = text;
        loop {
            let prepared = self.opened.session.prepare(rest);
            let Some(mut statement) = prepared.map_err(StatementFailure::Compiling)? else { return Ok(()) };
            rest = rest.get(statement.tail()..).unwrap_or_default();
            if self.switches.advises {
                self.switches.advises = false;
                self.advise(&statement)?;
                continue;
            }
            if self.switches.plans {
                self.show_plan(&statement)?;
            }
            self.show(&mut statement)?;
            self.show_stats_of(&statement)?;
        }
    }

    /// The values that the statement's parameters have; those without one are NULL.
    fn bound(&self, statement: &Statement) -> Chunk {
        let value = |(number, name): (usize, &Option<Box<str>>)| {
            let name = name.as_deref().map_or_else(|| format!("?{}", number + 1), str::to_owned);
            self.parameters.get(&name).cloned().unwrap_or_default()
        };
        parameters_of(statement.parameters().iter().enumerate().map(value).collect())
    }

    /// Shows how a statement will run.
    pub(super) fn show_plan(&mut self, statement: &Statement) -> Result<(), StatementFailure> {
        let is_explained = matches!(
            statement.tree(),
            ast::Statement::Explain(_)
                | ast::Statement::ExplainQueryPlan(_)
                | ast::Statement::ExplainAnalyze(..)
        );
        if is_explained {
            return Ok(());
        }
        let text = format!("EXPLAIN QUERY PLAN {}", statement.text());
        // What cannot be explained is run all the same.
        let Ok(Some(mut plan)) = self.opened.session.prepare(&text) else { return Ok(()) };
        self.show(&mut plan)
    }

    fn show(&mut self, statement: &mut Statement) -> Result<(), StatementFailure> {
        let is_definition = statement.kind() == StatementKind::Schema;
        // SQLite finds what is wrong with a definition when it compiles it.
        let failed = |error: Error| match is_definition && error.kind() == ErrorKind::Sql {
            true => StatementFailure::Compiling(error),
            false => StatementFailure::Running(error),
        };
        let parameters = self.bound(statement);
        let session = &mut self.opened.session;
        let _running = self.interrupts.stops(session.interrupt_handle());
        let begun = Instant::now();
        session.start(statement, &parameters).map_err(failed)?;
        if let Some(tracer) = &mut self.tracer {
            self.output.flush()?;
            tracer.begins(statement)?;
        }
        let kind = match (statement.tree(), self.switches.explain) {
            (_, Explain::Off) => Kind::Rows,
            (ast::Statement::ExplainQueryPlan(_), _) => Kind::Plan,
            (ast::Statement::Explain(_), _) => Kind::Steps,
            _ => Kind::Rows,
        };
        let names = statement.columns().iter().map(|column| column.name.as_bytes().to_vec()).collect();
        let mut renderer = Renderer::new(&self.format, kind, names);
        let mut chunk = Chunk::default();
        let done = loop {
            match session.fetch(statement, &mut chunk) {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(failed(error)),
            }
            for row in 0..chunk.rows() {
                let values: Vec<ValueRef<'_>> =
                    (0..chunk.width()).map(|column| chunk.value(row, column)).collect();
                renderer.row(&values, &mut self.output)?;
            }
        };
        // The rows before an error are shown.
        renderer.end(&mut self.output)?;
        if let Some(tracer) = &mut self.tracer {
            self.output.flush()?;
            tracer.ends(statement, begun)?;
        }
        done
    }

    /// All rows of a statement of the shell's own.
    pub(super) fn rows(&mut self, sql: &str, parameters: &[Value]) -> helios::Result<Vec<Vec<Value>>> {
        let session = &mut self.opened.session;
        let Some(mut statement) = session.prepare(sql)? else { return Ok(Vec::new()) };
        session.start(&mut statement, &parameters_of(parameters.to_vec()))?;
        let mut rows = Vec::new();
        let mut chunk = Chunk::default();
        while session.fetch(&mut statement, &mut chunk)? {
            for row in 0..chunk.rows() {
                rows.push((0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect());
            }
        }
        Ok(rows)
    }

    /// The texts of the first column of a statement of the shell's own.
    pub(super) fn texts(&mut self, sql: &str, parameters: &[Value]) -> helios::Result<Vec<String>> {
        let rows = self.rows(sql, parameters)?;
        Ok(rows.iter().filter_map(|row| row.first()).map(text).collect())
    }

    /// The text of the first column of the first row.
    pub(super) fn text_of(&mut self, sql: &str) -> Outcome<String> {
        Ok(self.texts(sql, &[])?.into_iter().next().unwrap_or_default())
    }
}

/// A value as a text; NULL is an empty one.
pub(super) fn text(value: &Value) -> String {
    let bytes = value.as_ref().text_bytes().unwrap_or_default().into_owned();
    String::from_utf8_lossy(&bytes).into_owned()
}
