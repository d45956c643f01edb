//! Which rows of parameters an INSERT is sure to take, as things stand now (see [`Sure`]).

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};

use super::Session;
use super::statement::{Program, Statement};
use crate::exec::Context;
use crate::write::Sure;

impl Session {
    /// What tells of the rows of parameters that follow whether the statement takes them; `None` if that is never sure. It
    /// is right until the session does something else.
    pub fn sure_rows(&mut self, statement: &Statement) -> Option<Sure> {
        let Program::Insert(program, _) = &statement.program else { return None };
        let rows = program.sure_rows()?;
        if Sure::compares(&rows) && !self.collations.is_empty() {
            // The program may have a say.
            return None;
        }
        if !Sure::needs_highest(&rows) && !Sure::needs_context(&rows) {
            return Some(Sure::new(rows, None, None));
        }
        let (slot, space) = (program.table.slot, program.table.space);
        // What cannot be read now is no reason to say no: the row itself is.
        let (reader, _) = self.at(slot).current_reader().ok()?;
        let reader = reader.unrecorded();
        let context = Sure::needs_context(&rows).then(|| {
            let own = reader.clone();
            Box::new(Context::new(own, None, self.facts(), self.interrupt.clone()))
        });
        if !Sure::needs_highest(&rows) {
            return Some(Sure::new(rows, None, context));
        }
        let guard = reader.scan(space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Backward).ok()?;
        let highest = match cursor.advance().ok()? {
            true => key::read_rowid(&mut cursor.key()).ok()?,
            false => i64::MIN,
        };
        Some(Sure::new(rows, Some(highest), context))
    }
}
