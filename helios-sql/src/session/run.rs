//! Running statements.

use helios_core::transaction::Transaction;
use helios_core::{Error, ErrorKind, Result, Value};

use super::Session;
use super::sources::{Slots, Sources};
use super::statement::{Program, Reads, Running, Statement, without_a_plan};
use super::transaction::{Failure, Keeps};
use crate::ast::{self, ConflictClause};
use crate::chunk::Chunk;
use crate::exec::{Built, Coming, Context, SubqueryState};
use crate::module::Waiting;
use crate::write::{Outcome, Rowids, Site, Writer};

impl Session {
    /// Begins a statement with parameters: the columns of a chunk of one row. What only changes data is done when this
    /// returns; rows come from [`Session::fetch`].
    pub fn start(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        self.make_ready(statement, parameters)?;
        self.open_query(statement)
    }

    /// [`Session::start`], but that a query runs nothing of its plan yet: the first [`Statement::step`] does.
    pub fn make_ready(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        self.reset(statement);
        self.start_timed(statement, parameters)
    }

    /// [`Session::make_ready`] with a parameter set of a batch whose next sets the statement runs with afterwards: what it
    /// does for this one it may do for some of those as well.
    pub fn make_ready_in_batch(&mut self, statement: &mut Statement, coming: Coming) -> Result<()> {
        self.reset(statement);
        let parameters = coming.parameters();
        statement.coming = Some(coming);
        self.start_timed(statement, &parameters)
    }

    fn start_timed(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        if self.timing.is_on() && statement.is_asked_for {
            return self.timed(statement, 1, |session, statement| session.start_now(statement, parameters));
        }
        self.start_now(statement, parameters)
    }

    pub(super) fn start_now(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        self.begin_running(statement, parameters)?;
        self.ask_for(statement)?;
        if statement.permission.is_some_and(|(_, is_allowed)| !is_allowed) {
            return Ok(());
        }
        if self.is_far() {
            self.start_far(statement, parameters)
        } else {
            self.start_once(statement, parameters)
        }
    }

    /// Starts a statement on what there is now.
    pub(super) fn start_once(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        let ast = statement.ast.clone();
        self.check_within(&ast)?;
        let elsewhere = self.elsewhere(&ast)?;
        if ast.needs_temporary() {
            let slot = elsewhere.as_ref().map_or(0, |(slot, _)| *slot);
            return self
                .with_temporary(slot, &ast, |session| session.start_in(elsewhere, statement, parameters));
        }
        self.start_in(elsewhere, statement, parameters)
    }

    /// Begins a statement in the session that it concerns.
    fn start_in(
        &mut self,
        elsewhere: Option<(usize, ast::Statement)>,
        statement: &mut Statement,
        parameters: &Chunk,
    ) -> Result<()> {
        if let Some((slot, ast)) = elsewhere {
            return self.start_elsewhere(slot, ast, statement, parameters);
        }
        match &*statement.ast.clone() {
            ast::Statement::Select(select) => {
                if let Some(lock) = select.lock {
                    self.lock_rows(lock)?;
                }
                self.start_query(statement, parameters)
            }
            ast::Statement::ExplainAnalyze(..) => self.run_watched(statement, parameters),
            ast::Statement::ExplainQueryPlan(explained) | ast::Statement::Explain(explained) => {
                if explained.changes_rows() {
                    // A program that changes rows ends with their count, explained or run.
                    self.changes = 0;
                }
                self.start_query(statement, parameters)
            }
            ast::Statement::Insert(_) | ast::Statement::Update(_) | ast::Statement::Delete(_) => {
                self.change_rows(statement, parameters, false)
            }
            ast::Statement::With(with) => self.run_parts(statement, with, parameters),
            ast::Statement::CreateTable(create) => {
                if let Some(select) = &create.select
                    && self.create_filled(statement, create, select, parameters)?
                {
                    return Ok(());
                }
                self.defining(|session| session.create_table(statement, create, parameters))
            }
            ast::Statement::CreateTableLike(like) => {
                if like.temporary {
                    // Made within the transaction, it would have one of its own that nobody ends.
                    self.temp()?;
                }
                self.writing(|session| session.create_table_like(like))
            }
            ast::Statement::CreateIndex(create) => {
                self.defining(|session| session.create_index(statement, create))
            }
            ast::Statement::CreateView(create) => {
                self.defining(|session| session.create_view(statement, create))
            }
            ast::Statement::CreateTrigger(create) => {
                self.defining(|session| session.create_trigger(statement, create))
            }
            ast::Statement::CreateVirtualTable(create) => {
                self.defining(|session| session.create_virtual_table(statement, create))
            }
            ast::Statement::AlterTable(alter) => {
                self.defining(|session| session.alter_table(statement, alter))
            }
            ast::Statement::Analyze(name) => self.defining(|session| session.analyze(name.as_ref())),
            ast::Statement::Reindex(name) => self.defining(|session| session.reindex(name.as_ref())),
            ast::Statement::Vacuum(vacuum) => self.vacuum(vacuum, parameters),
            ast::Statement::Branch(branch) => self.branch_statement(branch, parameters),
            ast::Statement::DeleteHistory(delete) => self.delete_history(delete, parameters),
            ast::Statement::Attach(attach) => self.attach(attach, parameters),
            ast::Statement::Detach(schema) => self.detach(schema, parameters),
            ast::Statement::DropTable(drop) => self.defining(|session| session.drop_table(drop)),
            ast::Statement::DropIndex(drop) => self.defining(|session| session.drop_index(drop)),
            ast::Statement::DropView(drop) => self.defining(|session| session.drop_view(drop)),
            ast::Statement::DropTrigger(drop) => self.defining(|session| session.drop_trigger(drop)),
            ast::Statement::Sequence(change) => self.defining(|session| session.change_sequence(change)),
            ast::Statement::Enumeration(change) => {
                self.defining(|session| session.change_enumeration(change))
            }
            ast::Statement::Comment(comment) => self.defining(|session| session.comment(comment)),
            ast::Statement::Begin(kind) => self.begin_all(*kind),
            ast::Statement::Commit => self.commit_all(),
            ast::Statement::Rollback => self.roll_back_all(),
            ast::Statement::Savepoint(name) => self.savepoint_all(name),
            ast::Statement::Release(name) => self.release_all(name),
            ast::Statement::RollbackTo(name) => self.roll_back_all_to(name),
            ast::Statement::Pragma(pragma) => {
                let rows = self.pragma(pragma)?;
                if !rows.is_empty() {
                    statement.running = Some(Running::Rows(rows.into_iter()));
                }
                Ok(())
            }
        }
    }

    /// Runs a statement in the session of the schema that it concerns.
    fn start_elsewhere(
        &mut self,
        slot: usize,
        ast: ast::Statement,
        statement: &mut Statement,
        parameters: &Chunk,
    ) -> Result<()> {
        let mut own = Statement::internal(statement, ast);
        let settings = self.settings;
        let session = self.at(slot);
        if session.settings != settings {
            session.settings = settings;
            session.settings_changes += 1;
        }
        session.compile(&mut own)?;
        session.start(&mut own, parameters)?;
        statement.running = own.running.take();
        Ok(())
    }

    /// What comes before every execution.
    #[inline]
    pub(super) fn begin_running(&mut self, statement: &Statement, parameters: &Chunk) -> Result<()> {
        self.interrupt.clear();
        self.check_parameters(parameters)?;
        self.forget_places();
        self.tell(statement, parameters)?;
        if let Some(seen) = self.seen_statements.as_mut().filter(|_| statement.is_asked_for) {
            seen.note(&statement.text, parameters);
        }
        self.interrupt.check_beginning()
    }

    /// The next rows of a statement that was started; `false` after the last.
    pub fn fetch(&mut self, statement: &mut Statement, out: &mut Chunk) -> Result<bool> {
        if statement.execution.is_some() {
            return self.timed_fetch(statement, out);
        }
        self.fetch_now(statement, out)
    }

    pub(super) fn fetch_now(&mut self, statement: &mut Statement, out: &mut Chunk) -> Result<bool> {
        let started = self.price_clock(statement.recording.as_deref());
        let more = self.step(statement, out);
        if let Some(recording) = &mut statement.recording {
            recording.spend(self, started);
        }
        self.stepped(statement, out, more)
    }

    /// What the session has to do after a [`Statement::step`] that put `more` rows into `out`.
    pub fn stepped(&mut self, statement: &mut Statement, out: &Chunk, more: Result<bool>) -> Result<bool> {
        let more = self.compared(more);
        if let Some(mut recording) = statement.recording.take() {
            match more {
                Ok(true) => statement.recording = recording.add(out).then_some(recording),
                Ok(false) => recording.keep(self),
                Err(_) => {}
            }
        }
        if !matches!(more, Ok(true)) {
            statement.stop();
        }
        more
    }

    /// Ends the execution of a statement, whether it has given all its rows or not.
    pub fn reset(&mut self, statement: &mut Statement) {
        statement.stop();
        self.end_timing(statement, false);
    }

    fn start_query(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        let sources = self.sources_of(statement, parameters)?;
        if statement.reads() != Reads::Nothing {
            statement.reading = Some(self.open_queries.begin());
        }
        let sources = self.seen_by(statement, &sources);
        let key = match self.parts.is_running() {
            true => None,
            false => self.result_key(statement, &sources, parameters),
        };
        if let Some(key) = key {
            match self.kept_rows(key) {
                Ok(rows) => {
                    statement.running = Some(Running::Kept(rows, 0));
                    return Ok(());
                }
                Err(recording) => statement.recording = Some(recording),
            }
        }
        let Program::Query(program) = &mut statement.program else {
            return Err(without_a_plan());
        };
        if program.reads == Reads::Nothing {
            // What it was compiled for has no part in its rows.
            self.seen = None;
        }
        if program.reads != Reads::Nothing && self.transaction.is_none() {
            // Without a transaction around it, what reads the database is one.
            self.stop_deferring();
        }
        let mut subqueries = std::mem::take(&mut program.built.subqueries);
        subqueries.iter_mut().for_each(SubqueryState::reset);
        let others = sources.other_readers();
        let context = Box::new(Context {
            parameters: parameters.clone(),
            outer: vec![Value::Null; program.slots],
            subqueries,
            coming: statement.coming.take(),
            ..Context::new(sources.reader, others, self.facts(), self.interrupt.clone())
        });
        statement.running = Some(Running::Ready(context));
        Ok(())
    }

    /// Begins to run the plan of a query.
    fn open_query(&mut self, statement: &mut Statement) -> Result<()> {
        let started = self.price_clock(statement.recording.as_deref());
        let opened = self.open(statement);
        let opened = self.compared(opened);
        if let Some(recording) = &mut statement.recording {
            recording.spend(self, started);
        }
        if opened.is_err() {
            statement.stop();
        }
        opened
    }

    /// Runs what EXPLAIN ANALYZE is of to its end and gives what its operations did.
    fn run_watched(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        if let Some(report) = &statement.report {
            report.reset();
        }
        if statement.tree().changes_rows() {
            let clock = self.database.engine().clock().clone();
            let begun = clock.now();
            self.change_rows(statement, parameters, false)?;
            if let Some(report) = &statement.report {
                report.note_change(self.changes, clock.now().0.saturating_sub(begun.0));
            }
        } else {
            self.start_query(statement, parameters)?;
            let mut rows = Chunk::default();
            while self.fetch_now(statement, &mut rows)? {}
        }
        let told = statement.report.as_ref().map(|report| report.rows()).transpose()?;
        statement.running = Some(Running::Rows(told.into_iter().collect::<Vec<_>>().into_iter()));
        Ok(())
    }

    pub(super) fn change_rows(
        &mut self,
        statement: &mut Statement,
        parameters: &Chunk,
        is_batch: bool,
    ) -> Result<()> {
        if let Some(alike) = statement.alike.take() {
            let changed = self.change_rows_alike(statement, &alike);
            statement.alike = Some(alike);
            return changed;
        }
        // Nothing is written that waits before it is known what the statement reads.
        self.lets_wait = true;
        let changed = self.change_rows_with_waiting(statement, parameters, is_batch);
        self.lets_wait = false;
        match changed {
            Ok(()) => self.waiting.hold(),
            Err(_) => self.waiting.take_back(),
        }
        if self.waiting.is_full() {
            self.flush_waiting()?;
        }
        changed
    }

    fn change_rows_with_waiting(
        &mut self,
        statement: &mut Statement,
        parameters: &Chunk,
        is_batch: bool,
    ) -> Result<()> {
        let mut returned = None;
        if !self.others.is_empty() || !self.waiting.is_empty() {
            // Which schemas' rows are changed, and what is read, may be others than when the statement was prepared.
            let sources = self.compiling_sources()?;
            self.compile_anew(statement, &sources, parameters)?;
        }
        self.lets_wait = statement.reads_no_rows && !self.lends_to(statement);
        let slots = statement.written_slots();
        let mut begins = false;
        let written = self.writing_at(slots, |session| {
            begins = true;
            let outcome = session.run_program(statement, parameters, is_batch)?;
            session.changes = outcome.changes;
            session.stopped_after = outcome.stopped_after;
            session.total_changes += outcome.changes + outcome.further_changes;
            session.last_insert_rowid = outcome.last_insert_rowid.unwrap_or(session.last_insert_rowid);
            returned = outcome.returned;
            Ok(())
        });
        statement.release_pasts();
        if !begins {
            // It is the statement that may not write, and it has changed nothing.
            self.changes = 0;
        }
        written?;
        statement.reading = returned.is_some().then(|| self.open_queries.begin());
        statement.running = returned.map(|rows| Running::Returned(rows, 0));
        Ok(())
    }

    /// What a statement reads from now, and is compiled for after this.
    fn sources_of(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<Sources> {
        loop {
            let (used, reads) = (statement.used, statement.reads());
            let sources = self.sources_for(reads, used)?;
            self.compile_anew(statement, &sources, parameters)?;
            if statement.used == used && statement.reads() == reads {
                return Ok(sources);
            }
        }
    }

    /// Compiles a statement for what it reads from, if it was compiled for something else.
    fn compile_anew(
        &mut self,
        statement: &mut Statement,
        sources: &Sources,
        parameters: &Chunk,
    ) -> Result<()> {
        let is_known = statement.compiled_for == Some(sources.stamp);
        if is_known && self.renew_pasts(statement, sources, parameters)? {
            return Ok(());
        }
        self.compile_for(statement, sources, Some(parameters))
    }

    fn run_program(
        &mut self,
        statement: &mut Statement,
        parameters: &Chunk,
        is_batch: bool,
    ) -> Result<Outcome, Failure> {
        let sources = self.sources_of(statement, parameters)?;
        let seen = self.seen_by(statement, &sources);
        let mut context = Context {
            parameters: parameters.clone(),
            outer: vec![Value::Null; statement.program.slots()],
            ..Context::new(seen.reader.clone(), seen.other_readers(), self.facts(), self.interrupt.clone())
        };
        let (result, mut outcome) = match self.lends_to(statement) {
            true => self.run_lent(statement, &sources, &mut context, is_batch)?,
            false => {
                let lets_wait = self.lets_wait;
                let writer = writer(statement, self.sites(statement.written_slots(), &sources)?)?;
                write(statement, writer, &mut context, is_batch, lets_wait)
            }
        };
        let programs = statement.hooks.clone();
        match result {
            Ok(()) => {
                if let Err(error) = self.settle_references(&programs, &mut outcome) {
                    self.changes = 0;
                    // What foreign keys did is counted, though it is undone.
                    self.total_changes += outcome.further_changes;
                    return Err(error.into());
                }
                Ok(outcome)
            }
            Err(error) => {
                // What FAIL leaves written has to keep its references.
                if outcome.failed_as == Some(ConflictClause::Fail) && is_constraint(&error) {
                    self.settle_references(&programs, &mut outcome)?;
                }
                // Of the one row of a statement nothing was written. What a function did before is not undone in SQLite.
                let is_others = self.lends_to(statement)
                    && statement.inserts_one_row()
                    && outcome.changes == 0
                    && self.in_transaction();
                let keeps = match outcome.failed_as {
                    Some(ConflictClause::Rollback) if is_constraint(&error) => Keeps::Nothing,
                    Some(ConflictClause::Fail) if is_constraint(&error) => Keeps::Written,
                    _ if is_batch || is_others => Keeps::Written,
                    _ => Keeps::Transaction,
                };
                let is_kept = keeps == Keeps::Written;
                if is_kept {
                    self.waiting.hold();
                }
                self.changes = if is_kept { outcome.changes } else { 0 };
                self.total_changes += if is_kept { outcome.changes } else { 0 } + outcome.further_changes;
                // Even of a row that is gone again.
                self.last_insert_rowid = outcome.last_insert_rowid.unwrap_or(self.last_insert_rowid);
                Err(Failure { error, keeps })
            }
        }
    }
}

impl Session {
    /// Where rows of schemas are written. Each is in a transaction.
    fn sites(&mut self, slots: Slots, sources: &Sources) -> Result<Vec<Site<'_>>> {
        fn parts(session: &mut Session) -> (&Option<Transaction>, &mut Rowids, &mut Waiting) {
            (&session.transaction, &mut session.rowids, &mut session.waiting)
        }
        let Session { transaction, rowids, waiting, others, .. } = self;
        let others = others.iter_mut().map(|other| parts(&mut other.session));
        let all = std::iter::once((&*transaction, rowids, waiting)).chain(others).enumerate();
        all.filter(|(slot, _)| slots.has(*slot))
            .map(|(slot, (transaction, rowids, waiting))| {
                let writes = transaction.as_ref().ok_or_else(no_site)?.shared_writes();
                Ok(Site { slot, writes, reader: sources.reader_at(slot).clone(), rowids, waiting })
            })
            .collect()
    }
}

pub(super) fn no_site() -> Error {
    Error::new(ErrorKind::Internal, "a statement writes without a transaction")
}

/// What a statement works with that writes in some schemas.
pub(super) fn writer<'s>(statement: &Statement, mut sites: Vec<Site<'s>>) -> Result<Writer<'s>> {
    let own = statement.program.slot();
    let place = sites.iter().position(|site| site.slot == own).ok_or_else(no_site)?;
    Ok(Writer {
        site: sites.swap_remove(place),
        away: sites,
        sequences: Vec::new(),
        programs: statement.hooks.clone(),
        on_conflict: statement.program.on_conflict(),
        active: Vec::new(),
        outcome: Outcome::default(),
        looks_first: false,
        lent: None,
    })
}

/// Runs the program of a statement that changes rows, and says what it did, even where it has failed.
pub(super) fn write(
    statement: &mut Statement,
    mut writer: Writer<'_>,
    context: &mut Context,
    is_batch: bool,
    lets_wait: bool,
) -> (Result<()>, Outcome) {
    let mut result = run_writer(&mut statement.program, &mut writer, context, is_batch);
    // Of a batch, what was inserted before an error stays.
    if is_batch || result.is_ok() {
        result = writer.write_sequences().and(result);
    }
    // What the statement has written whole stays with FAIL as well.
    let flushed = writer.flush_waiting(lets_wait);
    (result.and(flushed), writer.outcome)
}

fn run_writer(
    program: &mut Program,
    writer: &mut Writer<'_>,
    context: &mut Context,
    is_batch: bool,
) -> Result<()> {
    context.subqueries = std::mem::take(&mut source(program)?.subqueries);
    context.subqueries.iter_mut().for_each(SubqueryState::reset);
    let result = match program {
        Program::Insert(program, _) if is_batch => program.run_batch(writer, context),
        Program::Insert(program, _) => program.run(writer, context),
        Program::Update(program, _) => program.run(writer, context),
        Program::Delete(program, _) => program.run(writer, context),
        Program::Direct | Program::Query(_) => Ok(()),
    };
    let built = source(program)?;
    built.root.close();
    built.subqueries = std::mem::take(&mut context.subqueries);
    built.subqueries.iter_mut().for_each(SubqueryState::reset);
    result
}

/// The query that says which rows a program changes.
fn source(program: &mut Program) -> Result<&mut Built> {
    match program {
        Program::Insert(program, _) => Ok(&mut program.source),
        Program::Update(program, _) => Ok(&mut program.source),
        Program::Delete(program, _) => Ok(&mut program.source),
        Program::Direct | Program::Query(_) => Err(Error::new(ErrorKind::Internal, "a write without a plan")),
    }
}

fn is_constraint(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Constraint(_))
}
