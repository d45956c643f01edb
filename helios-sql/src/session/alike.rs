//! Statements whose literals alone differ share one compiled program.
//!
//! In: the text of an INSERT of one row of literals, or of an UPDATE or DELETE of rows that equal some, as dumps and scripts
//! have them by the thousand. Out: a statement that runs the program of the same text with parameters in the place of its
//! literals.
//!
//! Only there a literal means nothing but its value. Elsewhere it may decide between plans, name a column or be the number
//! of one; and a literal that something equals decides whether a partial index serves. The first statement of a kind is compiled by itself, so that a text that stays alone costs nothing more. A text
//! whose program cannot be shared, or is wrong, is compiled by itself too, and gets its errors from there.

use std::sync::Arc;

use helios_core::Result;
use parking_lot::Mutex;

use super::statement::{Program, Statement};
use super::{Limit, Session};
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::parse::{Dialect, alike, parse_statement};

/// So many kinds are known at a time.
const MOST_KINDS: usize = 32;

/// What a statement does that has no program of its own.
pub(super) struct Alike {
    program: Arc<Mutex<Statement>>,
    /// Its literals: the program's parameters.
    literals: Chunk,
}

/// The kinds of statements that were met, the last ones first.
#[derive(Default)]
pub(super) struct Kinds(Vec<Kind>);

/// A text without its literals.
struct Kind {
    text: String,
    /// `None` where it was met once, or cannot be shared.
    program: Option<Arc<Mutex<Statement>>>,
    is_shared: bool,
}

impl Session {
    /// The first statement of a text, if it shares its program.
    pub(super) fn prepare_alike(&mut self, sql: &str) -> Option<Statement> {
        if self.settings.dialect != Dialect::Sqlite || self.authorizer.is_some() || self.is_far() {
            return None;
        }
        let found = alike(sql)?;
        let literals: Vec<_> =
            found.values.into_iter().map(|value| Arc::new(Column::constant(value, 1))).collect();
        let literals = Chunk::new(literals, 1);
        if literals.width() > self.most(Limit::VariableNumber) || self.check_parameters(&literals).is_err() {
            return None;
        }
        let program = self.shared_program(found.text)?;
        let mut shared = program.try_lock()?;
        let sources = self.compiling_sources().ok()?;
        if shared.compiled_for != Some(sources.stamp) {
            self.compile(&mut shared).ok()?;
        }
        let alike = Alike { program: program.clone(), literals };
        can_share(&shared).then(|| Statement::alike(sql, found.end, &shared, alike))
    }

    /// The program of a text, from the second time on that it is asked for.
    fn shared_program(&mut self, text: String) -> Option<Arc<Mutex<Statement>>> {
        let kinds = &mut self.kinds.0;
        let Some(position) = kinds.iter().position(|kind| kind.text == text) else {
            kinds.truncate(MOST_KINDS - 1);
            kinds.insert(0, Kind { text, program: None, is_shared: true });
            return None;
        };
        kinds[..=position].rotate_right(1);
        let kind = &kinds[0];
        if kind.program.is_some() || !kind.is_shared {
            return kind.program.clone();
        }
        let program = self.compile_shared(&text);
        let kind = &mut self.kinds.0[0];
        kind.is_shared = program.is_some();
        kind.program = program;
        kind.program.clone()
    }

    fn compile_shared(&mut self, text: &str) -> Option<Arc<Mutex<Statement>>> {
        let mut statement = Statement::new(text, parse_statement(text).ok()??);
        self.compile(&mut statement).ok()?;
        can_share(&statement).then(|| Arc::new(Mutex::new(statement)))
    }

    /// Runs the program that a statement shares.
    pub(super) fn change_rows_alike(&mut self, statement: &mut Statement, alike: &Alike) -> Result<()> {
        if let Some(mut shared) = alike.program.try_lock() {
            let changed = self.change_rows(&mut shared, &alike.literals, false);
            shared.stop();
            return changed;
        }
        // It runs already, and what it calls has come to the same text.
        let Some(parsed) = parse_statement(&statement.text)? else { return Ok(()) };
        let mut alone = Statement::new(&statement.text, parsed);
        self.compile(&mut alone)?;
        self.change_rows(&mut alone, &Chunk::default(), false)
    }
}

/// Whether a program does for parameters what it would do for literals, and calls nobody who could come to it again.
fn can_share(statement: &Statement) -> bool {
    let is_planned_alike = match &statement.program {
        Program::Insert(..) => true,
        Program::Update(program, _) => has_no_partial_index(&program.table),
        Program::Delete(program, _) => has_no_partial_index(&program.table),
        Program::Direct | Program::Query(_) => false,
    };
    is_planned_alike
        && statement.vector_parameters.is_empty()
        && statement.compiled_for.is_some()
        && !statement.calls_program
}

fn has_no_partial_index(table: &Table) -> bool {
    table.all_indexes().all(|index| index.filter.is_none())
}
