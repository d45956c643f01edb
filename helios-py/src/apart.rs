//! A session apart from its connection: while it runs a statement that calls functions of the program, these can use the
//! connection.
//!
//! In: work on a session. Out: its result. While the work goes on, the connection is without its session, and using it is
//! an error; where the session lends itself ([`Lender`]), the connection has it again, until the call returns.

use std::sync::{Arc, Weak};

use helios::Database;
use helios::sql::{Lender, Session, Statement};
use helios::{Error, ErrorKind};
use parking_lot::{Mutex, MutexGuard};
use pyo3::prelude::*;

use crate::shared::{Core, CoreGuard, Shared, rows_of_parent};
use crate::statements::{SlotId, Statements};

/// Where a connection has its session.
#[derive(Debug)]
pub(crate) struct Home {
    /// `None` when closed, and while the session is apart. Only who has the turn locks it: it is free while something runs
    /// that calls functions of the program, so that these can use the connection.
    core: Mutex<Option<Core>>,
    /// What the connection keeps while the session is apart.
    kept: Mutex<Option<(Statements, Database)>>,
}

/// Lends the session of a connection to whoever uses the connection.
struct HomeLender(Weak<Home>);

impl Lender for HomeLender {
    fn lend(&self, session: Session, work: &mut dyn FnMut()) -> Option<Session> {
        let home = self.0.upgrade();
        let kept = home.as_ref().and_then(|home| home.kept.lock().take().zip(Some(home)));
        let Some(((statements, database), home)) = kept else {
            // The connection is locked, and using it an error.
            work();
            return Some(session);
        };
        *home.core.lock() = Some(Core { statements, session, database });
        work();
        let Core { statements, session, database } = home.core.lock().take()?;
        *home.kept.lock() = Some((statements, database));
        Some(session)
    }
}

impl Home {
    /// The home of a session, which is lent from there.
    pub(crate) fn new(mut core: Core) -> Arc<Home> {
        Arc::new_cyclic(|home: &Weak<Home>| {
            core.session.set_lender(Some(Arc::new(HomeLender(home.clone()))));
            Home { core: Mutex::new(Some(core)), kept: Mutex::default() }
        })
    }

    /// Has a session that has come in the place of another lent as that was.
    pub(crate) fn lend(self: &Arc<Home>, session: &mut Session) {
        session.set_lender(Some(Arc::new(HomeLender(Arc::downgrade(self)))));
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<Core>> {
        self.core.lock()
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, Option<Core>>> {
        self.core.try_lock()
    }

    /// Whether the session is there and nobody is working on it.
    pub(crate) fn is_free(&self) -> bool {
        self.core.try_lock().is_some_and(|core| core.is_some())
    }
}

impl Shared {
    /// Runs `work` on the session while other threads use the interpreter, and functions of the program the connection.
    pub(crate) fn run_apart<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Session) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let result = self.lock(py)?.apart_if_lent(py, work);
        result.map_err(|error| crate::errors::to_python(py, &error))
    }
}

impl CoreGuard<'_> {
    /// Does `work` with a statement while other threads use the interpreter. Functions of the program that it calls can use
    /// the connection where the session lends itself.
    pub(crate) fn with_statement<T: Send>(
        &mut self,
        py: Python<'_>,
        id: SlotId,
        work: impl FnOnce(&mut Session, &mut Statement) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        let Core { statements, session, .. } = self.get();
        let Some(slot) = statements.slot(id) else { return Err(rows_of_parent()) };
        let Some(statement) = &mut slot.statement else { return Err(is_in_use()) };
        if !session.lends_for(statement) {
            return py.detach(|| work(session, statement));
        }
        let Some(mut statement) = slot.statement.take() else { return Err(is_in_use()) };
        let result = self.apart(py, |session| work(session, &mut statement));
        if let Some(slot) = self.get().statements.slot(id) {
            slot.statement = Some(statement);
        }
        result
    }

    /// Does `work`, which keeps the interpreter, with a statement and the session apart from the connection: what the program
    /// does with the connection meanwhile is an error.
    pub(crate) fn beside<T>(
        &mut self,
        id: SlotId,
        work: impl FnOnce(&mut Session, &mut Statement) -> T,
    ) -> Result<T, Error> {
        let (mut core, _) = self.take_out();
        let slot = core.statements.slot(id).ok_or_else(rows_of_parent);
        let statement = slot.and_then(|slot| slot.statement.as_mut().ok_or_else(is_in_use));
        let result = statement.map(|statement| work(&mut core.session, statement));
        self.put_back(Some(core));
        result
    }

    /// Does `work` on the session, apart from the connection if the session may lend itself.
    pub(crate) fn apart_if_lent<T: Send>(
        &mut self,
        py: Python<'_>,
        work: impl FnOnce(&mut Session) -> T + Send,
    ) -> T {
        let session = &mut self.get().session;
        if session.may_lend() { self.apart(py, work) } else { py.detach(|| work(session)) }
    }

    /// Does `work` on the session, apart from the connection.
    pub(crate) fn apart<T: Send>(
        &mut self,
        py: Python<'_>,
        work: impl FnOnce(&mut Session) -> T + Send,
    ) -> T {
        let (Core { statements, mut session, database }, home) = self.take_out();
        *home.kept.lock() = Some((statements, database));
        let result = py.detach(|| work(&mut session));
        let kept = home.kept.lock().take();
        self.put_back(kept.map(|(statements, database)| Core { statements, session, database }));
        result
    }
}

fn is_in_use() -> Error {
    Error::new(ErrorKind::Misuse, "the statement is running")
}
