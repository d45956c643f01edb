//! What a connection and its cursors share: the session behind a lock, and who may use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread::ThreadId;

use helios::sql::{Chunk, Session};
use helios::{Database, Error, ErrorKind, Interrupt};
use parking_lot::{MutexGuard, ReentrantMutex, ReentrantMutexGuard};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyCFunction;

use crate::apart::Home;
use crate::callback::Caller;
use crate::callback::slow::tell_slow;
use crate::collected::Collected;
use crate::connection::roll_back;
use crate::connection::settings::{Autocommit, Settings};
use crate::errors::{programming_error, to_python};
use crate::python::{GET_IDENT, REGISTER_AT_FORK};
use crate::rare::Rare;
use crate::statements::{SlotId, Statements};

/// How often this process was forked off: what was opened under another number is the parent's.
static FORKS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static THIS_THREAD: ThreadId = std::thread::current().id();
}

/// Counts forks from now on.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let count = PyCFunction::new_closure(py, Some(c"count_fork"), None, |_, _| {
        FORKS.fetch_add(1, Ordering::Relaxed);
    })?;
    let arguments = pyo3::types::PyDict::new(py);
    arguments.set_item("after_in_child", count)?;
    REGISTER_AT_FORK.get(py)?.call((), Some(&arguments)).map(drop)
}

/// An open session and its statements.
#[derive(Debug)]
pub(crate) struct Core {
    // In this order: statements and the session go before the engine closes.
    pub(crate) statements: Statements,
    pub(crate) session: Session,
    pub(crate) database: Database,
}

/// What the session was like when it was used last.
#[derive(Debug, Default)]
struct Seen {
    /// Whether a transaction was open.
    in_transaction: AtomicBool,
    /// How many rows were changed.
    total_changes: AtomicI64,
}

/// The common part.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Held by the thread that uses the session, from the beginning of a call to its end.
    turn: ReentrantMutex<()>,
    home: Arc<Home>,
    is_open: AtomicBool,
    /// The thread that may use it, and Python's number of it; `None` if all may.
    owner: Option<(ThreadId, u64)>,
    /// The number of the process that the session is of.
    forks: AtomicU64,
    interrupt: Interrupt,
    /// Functions of the program that the session is calling.
    pub(crate) caller: Caller,
    /// What `executemany` has taken and not written.
    pub(crate) collected: Rare<Box<Collected>>,
    seen: Seen,
    /// What cursors left behind while another thread was using the session.
    left: Rare<Vec<SlotId>>,
    pub(crate) settings: Settings,
}

impl Shared {
    pub(crate) fn new(
        py: Python<'_>,
        mut core: Core,
        settings: Settings,
        check_same_thread: bool,
    ) -> PyResult<Shared> {
        let owner = match check_same_thread {
            true => Some((THIS_THREAD.with(|thread| *thread), thread_number(py)?)),
            false => None,
        };
        let caller = Caller::default();
        let own = caller.clone();
        core.session.set_slow_log(Some(Arc::new(move |statement| tell_slow(&own, statement))));
        Ok(Shared {
            interrupt: core.session.interrupt_handle(),
            turn: ReentrantMutex::new(()),
            home: Home::new(core),
            is_open: AtomicBool::new(true),
            owner,
            forks: AtomicU64::new(FORKS.load(Ordering::Relaxed)),
            collected: Rare::default(),
            seen: Seen::default(),
            caller,
            left: Rare::default(),
            settings,
        })
    }

    /// An error in a thread that did not open the connection, if that is checked.
    pub(crate) fn check_thread(&self, py: Python<'_>) -> PyResult<()> {
        match self.owner {
            Some((thread, number)) if THIS_THREAD.with(|this| *this) != thread => {
                let this = thread_number(py)?;
                Err(programming_error(
                    py,
                    format!(
                        "SQLite objects created in a thread can only be used in that same thread. \
                         The object was created in thread id {number} and this is thread id {this}."
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Whether nobody has closed it, in this process.
    pub(crate) fn is_left_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed) && !self.is_forked()
    }

    /// An error when the connection is closed. In a forked child it goes on with a session of its own.
    pub(crate) fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        if !self.is_open.load(Ordering::Relaxed) {
            return Err(closed(py));
        }
        if self.is_forked() { self.go_on_in_child(py) } else { Ok(()) }
    }

    /// Puts a session of this process in the place of the parent's, which stays as it is: its locks, its transaction
    /// and the rows that it was about to give are the parent's. What is in memory is the child's, too.
    fn go_on_in_child(&self, py: Python<'_>) -> PyResult<()> {
        // Nobody waits here: a lock that is held is one of a thread that the child does not have.
        let turn = self.turn.try_lock();
        let Some(mut core) = turn.as_ref().and_then(|_| self.home.try_lock()) else {
            let message = "Another thread was using the connection when the process forked; \
                           open another one in the child.";
            return Err(programming_error(py, message));
        };
        let Some(old) = core.as_mut() else { return Err(closed(py)) };
        old.go_on_in_child(py).map_err(|error| to_python(py, &error))?;
        self.home.lend(&mut old.session);
        self.forks.store(FORKS.load(Ordering::Relaxed), Ordering::Relaxed);
        drop(core);
        self.begin_if_always_in_transaction(py)
    }

    /// Both checks.
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.check_thread(py)?;
        self.check_open(py)
    }

    /// An error inside a call that the session makes while it is locked, further up in this thread.
    fn check_caller(&self, py: Python<'_>) -> PyResult<()> {
        match self.caller.is_this_thread() && !self.can_be_used_inside() {
            true => Err(is_running(py)),
            false => Ok(()),
        }
    }

    /// Whether the call that the session is making may use it.
    fn can_be_used_inside(&self) -> bool {
        self.caller.may_use() && self.home.is_free()
    }

    /// An error inside any call that the session makes.
    fn check_outside(&self, py: Python<'_>) -> PyResult<()> {
        if self.caller.is_this_thread() { Err(is_running(py)) } else { Ok(()) }
    }

    fn is_forked(&self) -> bool {
        self.forks.load(Ordering::Relaxed) != FORKS.load(Ordering::Relaxed)
    }

    /// The open session. Waits, without the interpreter, until no other thread uses it.
    pub(crate) fn lock(&self, py: Python<'_>) -> PyResult<CoreGuard<'_>> {
        self.check_caller(py)?;
        let turn = self.turn.lock_py_attached(py);
        let Some(mut core) = self.home.try_lock() else { return Err(is_running(py)) };
        let Some(open) = core.as_mut() else {
            return Err(if self.is_open.load(Ordering::Relaxed) { is_running(py) } else { closed(py) });
        };
        self.left.take().into_iter().flatten().for_each(|slot| open.release(slot));
        let mut guard = CoreGuard { core: Some(core), shared: self, _turn: turn };
        if let Some(mut collected) = self.collected.take() {
            collected.write(py, &mut guard);
            self.collected.replace(Some(collected));
        }
        Ok(guard)
    }

    /// Runs `work` on the session while other threads use the interpreter.
    pub(crate) fn run<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Core) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let result = {
            let mut core = self.lock(py)?;
            let core = core.get();
            py.detach(|| work(core))
        };
        result.map_err(|error| to_python(py, &error))
    }

    /// Ends a statement's execution from wherever, at once or when the session is used next.
    pub(crate) fn release(&self, slot: SlotId) {
        if self.is_forked() {
            return;
        }
        let turn = self.turn.try_lock();
        let mut core = turn.as_ref().and_then(|_| self.home.try_lock());
        match core.as_mut().and_then(|core| core.as_mut()) {
            Some(core) => core.release(slot),
            None => self.left.with_new(|left| left.push(slot)),
        }
    }

    /// What goes on with the session; this one is closed.
    pub(crate) fn hand_on(&self, py: Python<'_>) -> PyResult<Shared> {
        self.check_outside(py)?;
        let turn = self.turn.lock_py_attached(py);
        let Some(core) = self.home.lock().take() else { return Err(closed(py)) };
        drop(turn);
        self.is_open.store(false, Ordering::Relaxed);
        let left = Rare::default();
        left.replace(self.left.take());
        Ok(Shared {
            turn: ReentrantMutex::new(()),
            home: Home::new(core),
            is_open: AtomicBool::new(true),
            owner: self.owner,
            forks: AtomicU64::new(self.forks.load(Ordering::Relaxed)),
            interrupt: self.interrupt.clone(),
            caller: self.caller.clone(),
            collected: Rare::default(),
            seen: Seen::default(),
            left,
            settings: self.settings.copy(py),
        })
    }

    /// Whether a transaction is open, and how many rows were changed. Inside a call that the session makes while it is
    /// locked, as it was before.
    pub(crate) fn seen(&self, py: Python<'_>) -> PyResult<(bool, i64)> {
        if self.caller.is_this_thread() && !self.can_be_used_inside() {
            let Seen { in_transaction, total_changes } = &self.seen;
            return Ok((in_transaction.load(Ordering::Relaxed), total_changes.load(Ordering::Relaxed)));
        }
        let mut guard = self.lock(py)?;
        let session = &guard.get().session;
        Ok((session.in_transaction(), session.total_changes()))
    }

    /// The database.
    pub(crate) fn database(&self, py: Python<'_>) -> PyResult<Database> {
        Ok(self.lock(py)?.get().database.clone())
    }

    /// Stops what runs.
    pub(crate) fn interrupt(&self) {
        self.interrupt.raise();
    }

    /// Closes the connection; an open transaction is undone, with a statement where one is always open.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.check_outside(py)?;
        if self.collected.is_some() {
            drop(self.lock(py)?);
        }
        self.is_open.store(false, Ordering::Relaxed);
        let turn = self.turn.lock_py_attached(py);
        let core = self.home.lock().take();
        drop(turn);
        let Some(mut core) = core else { return Ok(()) };
        if self.is_forked() {
            std::mem::forget(core);
            return Ok(());
        }
        let is_always_in_transaction = self.settings.control.lock().autocommit == Autocommit::Off;
        let undone = match is_always_in_transaction {
            true => py.detach(|| roll_back(&mut core.session)),
            false => Ok(()),
        };
        let Core { statements, session, database } = core;
        // Its Python objects go while the interpreter is there.
        drop(statements);
        let closed = py.detach(|| {
            drop(session);
            database.close()
        });
        self.settings.hooks.clear();
        undone.and(closed).map_err(|error| to_python(py, &error))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.is_forked() {
            std::mem::forget(self.home.lock().take());
        }
    }
}

impl Core {
    /// Takes a session of this forked process in place of the parent's.
    fn go_on_in_child(&mut self, py: Python<'_>) -> Result<(), Error> {
        if self.database.is_usable() {
            return self.session.reopen_attached();
        }
        let database = self.database.reopen()?;
        let session = database.succeed(&mut self.session)?;
        let statements = self.statements.successor(py);
        std::mem::forget(std::mem::replace(self, Core { statements, session, database }));
        Ok(())
    }

    /// Ends a statement's execution.
    pub(crate) fn release(&mut self, slot: SlotId) {
        if let Some(slot) = self.statements.slot(slot)
            && let Some(statement) = &mut slot.statement
        {
            self.session.reset(statement);
        }
        self.statements.release(slot);
    }
}

/// The session, locked and open.
pub(crate) struct CoreGuard<'a> {
    core: Option<MutexGuard<'a, Option<Core>>>,
    shared: &'a Shared,
    _turn: ReentrantMutexGuard<'a, ()>,
}

impl Drop for CoreGuard<'_> {
    fn drop(&mut self) {
        self.note_seen();
    }
}

impl<'a> CoreGuard<'a> {
    fn note_seen(&self) {
        if let Some(Some(core)) = self.core.as_deref() {
            let Seen { in_transaction, total_changes } = &self.shared.seen;
            in_transaction.store(core.session.in_transaction(), Ordering::Relaxed);
            total_changes.store(core.session.total_changes(), Ordering::Relaxed);
        }
    }

    /// Takes the session out of its home, which is not locked then.
    pub(crate) fn take_out(&mut self) -> (Core, &'a Home) {
        self.note_seen();
        let core = self.core.take().and_then(|mut core| core.take());
        let Some(core) = core else { unreachable!("the guard is of an open session") };
        (core, &self.shared.home)
    }

    /// Puts it back, and locks it.
    pub(crate) fn put_back(&mut self, core: Option<Core>) {
        let mut home = self.shared.home.lock();
        *home = core;
        self.core = Some(home);
    }

    pub(crate) fn get(&mut self) -> &mut Core {
        let core = self.core.as_mut().and_then(|core| core.as_mut());
        let Some(core) = core else { unreachable!("the guard is of an open session") };
        core
    }

    /// Puts the next rows of a statement into `rows`, while other threads use the interpreter; `false` after the last.
    /// Functions of the program that it calls can use the session.
    pub(crate) fn step(&mut self, py: Python<'_>, id: SlotId, rows: &mut Chunk) -> Result<bool, Error> {
        let Core { statements, session, .. } = self.get();
        let place = statements.slot(id).and_then(|slot| slot.statement.as_mut());
        // The process has forked since it was begun.
        let Some(statement) = place else { return Err(rows_of_parent()) };
        if !session.has_functions() {
            return py.detach(|| session.fetch(statement, rows));
        }
        let Some(mut statement) = statements.slot(id).and_then(|slot| slot.statement.take()) else {
            return Err(rows_of_parent());
        };
        self.core = None;
        let more = py.detach(|| statement.step(rows));
        self.core = Some(self.shared.home.lock());
        let Core { statements, session, .. } = self.get();
        let more = session.stepped(&mut statement, rows, more);
        if let Some(slot) = statements.slot(id) {
            slot.statement = Some(statement);
        }
        more
    }
}

pub(crate) fn rows_of_parent() -> Error {
    Error::new(ErrorKind::Misuse, "the rows are those of the parent process")
}

fn is_running(py: Python<'_>) -> PyErr {
    programming_error(py, "The connection is running the statement that made this call.")
}

fn thread_number(py: Python<'_>) -> PyResult<u64> {
    GET_IDENT.get(py)?.call0()?.extract()
}

fn closed(py: Python<'_>) -> PyErr {
    programming_error(py, "Cannot operate on a closed database.")
}
