//! Prepared statements and portals: what is to be run, with what, and how far it is.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use helios::sql::ast::{Alteration, EnumStatement, SequenceStatement, Statement as Tree};
use helios::sql::{BaseType, Chunk, Column, SqlType, Statement};
use helios::{Error, ErrorKind, Value};

use super::rights::in_read_only_transaction;
use super::{Client, REPLY_BYTES};
use crate::command::{self, Command};
use crate::failure::Failure;
use crate::sqlstate;
use crate::types::{Format, Shown, length_of, oid_of, write};
use crate::wire::Field;

/// A statement that was parsed.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) text: String,
    /// What it is if the server does it.
    pub(super) command: Option<Command>,
    /// The types of its parameters.
    pub(super) parameters: Vec<SqlType>,
    /// The columns of its rows.
    pub(super) columns: Vec<OutputColumn>,
    /// The compiled statement, where no portal has it.
    idle: RefCell<Option<Statement>>,
}

/// A column of rows.
#[derive(Clone, Debug)]
pub(super) struct OutputColumn {
    pub(super) name: String,
    pub(super) sql_type: SqlType,
    /// What the type says in parentheses; -1 for nothing.
    pub(super) modifier: i32,
    /// How many digits behind the point decimal numbers are written with, where that is known.
    pub(super) scale: Option<u8>,
    /// The numbers of the table and of its column that it shows as it is.
    origin: Option<(u32, i16)>,
}

impl OutputColumn {
    /// A column without more than its type.
    pub(super) fn of(name: &str, sql_type: SqlType) -> OutputColumn {
        OutputColumn { name: name.to_owned(), sql_type, modifier: -1, scale: None, origin: None }
    }

    /// How its values are written.
    pub(super) fn shown(&self, format: Format) -> Shown {
        let is_padded = self.sql_type == SqlType::of(BaseType::Character);
        let width = usize::try_from(self.modifier - 4).ok().filter(|_| is_padded);
        Shown { sql_type: self.sql_type, scale: self.scale, width, format }
    }
}

/// A statement with its parameters.
#[derive(Debug)]
pub(super) struct Portal {
    pub(super) prepared: Rc<Prepared>,
    pub(super) values: Vec<Value>,
    pub(super) formats: Vec<i16>,
    /// Whether it outlives its transaction.
    pub(super) is_held: bool,
    pub(super) state: State,
}

/// How far a portal is.
#[derive(Debug)]
pub(super) enum State {
    /// It was not run yet.
    Fresh,
    /// It has given some of its rows.
    Rows(Box<Rows>),
    /// It has given all.
    Done,
}

/// Rows under way.
#[derive(Debug)]
pub(super) struct Rows {
    statement: Statement,
    chunk: Chunk,
    /// The next row of the chunk.
    next: usize,
}

/// How a run has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With this tag.
    Complete(String),
    /// There may be more rows.
    Suspended,
    /// There was nothing to run.
    Empty,
}

impl Portal {
    pub(super) fn new(prepared: Rc<Prepared>) -> Portal {
        Portal { prepared, values: Vec::new(), formats: Vec::new(), is_held: false, state: State::Fresh }
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        // The compiled statement may be used again.
        if let State::Rows(rows) = std::mem::replace(&mut self.state, State::Done) {
            self.prepared.put_back(rows.statement);
        }
    }
}

impl Prepared {
    /// What the server does itself and has no columns.
    pub(super) fn of_command(command: Command) -> Prepared {
        Prepared {
            text: String::new(),
            command: Some(command),
            parameters: Vec::new(),
            columns: Vec::new(),
            idle: RefCell::default(),
        }
    }

    /// A statement of a client of our own, whose parameters may be of any type.
    pub(super) fn of_statement(statement: Statement) -> Prepared {
        Prepared {
            text: statement.text().to_owned(),
            command: None,
            parameters: vec![SqlType::of(BaseType::Text); statement.parameters().len()],
            columns: columns_of(&statement),
            idle: RefCell::new(Some(statement)),
        }
    }

    fn put_back(&self, statement: Statement) {
        // What is still running holds a state of the database; nobody will ask for the rest of it.
        if !statement.is_running() {
            *self.idle.borrow_mut() = Some(statement);
        }
    }

    /// The columns as they are described.
    pub(super) fn fields(&self, formats: &[i16]) -> Vec<Field> {
        fields(&self.columns, formats)
    }
}

/// Columns as they are described.
pub(super) fn fields(columns: &[OutputColumn], formats: &[i16]) -> Vec<Field> {
    let field = |(position, column): (usize, &OutputColumn)| Field {
        name: column.name.clone(),
        origin: column.origin,
        oid: oid_of(column.sql_type),
        length: length_of(column.sql_type),
        modifier: column.modifier,
        format: format_at(formats, position),
    };
    columns.iter().enumerate().map(field).collect()
}

/// The format of a column: one may be said for all.
pub(super) fn format_at(formats: &[i16], position: usize) -> i16 {
    match formats {
        [] => 0,
        [one] => *one,
        each => each.get(position).copied().unwrap_or(0),
    }
}

/// The columns that the engine says a statement has.
fn columns_of(statement: &Statement) -> Vec<OutputColumn> {
    let types = &statement.types().columns;
    let column = |(position, column): (usize, &helios::sql::OutputColumn)| OutputColumn {
        name: column.name.to_string(),
        sql_type: match types.get(position) {
            Some(known) if known.is_known() => *known,
            _ if column.is_vector => SqlType::of(BaseType::Vector),
            _ => SqlType::of(BaseType::Text),
        },
        modifier: statement.types().modifiers.get(position).copied().unwrap_or(-1),
        scale: statement.types().scales.get(position).copied().flatten(),
        origin: column.origin,
    };
    statement.columns().iter().enumerate().map(column).collect()
}

impl Client<'_> {
    /// Parses the first statement of a text; answers also with where it ends. `None` if there is none. The client may
    /// have said types of parameters.
    pub(super) fn parse_first(
        &mut self,
        text: &str,
        given: &[Option<SqlType>],
    ) -> Result<Option<(Rc<Prepared>, usize)>, Failure> {
        let (command, end) = command::first(text)?;
        if let Some(command) = command {
            let columns = self.columns_of_command(&command)?;
            // A cursor's query may have parameters.
            let parameters = match &command {
                Command::Declare { text, .. } => self.prepare_typed(text, given)?.parameters.clone(),
                _ => Vec::new(),
            };
            let prepared = Prepared {
                text: text.get(..end).unwrap_or(text).to_owned(),
                command: Some(command),
                parameters,
                columns,
                idle: RefCell::default(),
            };
            return Ok(Some((Rc::new(prepared), end)));
        }
        let prepared = self.session.prepare(text).map_err(|error| Failure::from(error).located(text));
        let Some(statement) = prepared? else { return Ok(None) };
        let end = statement.tail();
        let inferred = &statement.types().parameters;
        let parameters = (0..statement.parameters().len())
            .map(|position| {
                let given = given.get(position).copied().flatten().filter(|known| known.is_known());
                let known =
                    given.or_else(|| inferred.get(position).copied().filter(|known| known.is_known()));
                known.unwrap_or(SqlType::of(BaseType::Text))
            })
            .collect();
        let prepared = Prepared {
            text: statement.text().to_owned(),
            command: None,
            parameters,
            columns: columns_of(&statement),
            idle: RefCell::new(Some(statement)),
        };
        Ok(Some((Rc::new(prepared), end)))
    }

    /// Runs a portal for at most so many rows (0 for all), from where it is.
    pub(super) fn run_portal(
        &mut self,
        portal: &mut Portal,
        most: usize,
        is_alone: bool,
    ) -> io::Result<Result<Outcome, Failure>> {
        let prepared = portal.prepared.clone();
        if let Some(command) = &prepared.command {
            let outcome = self.run_command(command, portal, is_alone)?;
            return Ok(outcome.map(|outcome| match outcome {
                Outcome::Complete(_) if self.is_own => Outcome::Complete(self.own_tag(&Tree::Commit)),
                outcome => outcome,
            }));
        }
        if let State::Fresh = portal.state
            && let Err(failure) = self.start_portal(portal, is_alone)
        {
            return Ok(Err(failure));
        }
        let State::Rows(rows) = &mut portal.state else {
            return Ok(Ok(Outcome::Complete(tag(&prepared.text, None, 0, 0))));
        };
        let changes = self.session.changes();
        let written = write_rows(self, rows, &prepared.columns, &portal.formats, most)?;
        self.end_statement();
        let written = match written {
            Ok(written) => written,
            Err(failure) => {
                portal.state = State::Done;
                return Ok(Err(failure));
            }
        };
        if !written.is_complete {
            return Ok(Ok(Outcome::Suspended));
        }
        let tag = match self.is_own {
            true => self.own_tag(rows.statement.tree()),
            false => tag(&prepared.text, Some(rows.statement.tree()), written.rows, changes),
        };
        if let State::Rows(rows) = std::mem::replace(&mut portal.state, State::Done) {
            prepared.put_back(rows.statement);
        }
        Ok(Ok(Outcome::Complete(tag)))
    }

    /// Begins to run a statement of the engine.
    pub(super) fn start_portal(&mut self, portal: &mut Portal, is_alone: bool) -> Result<(), Failure> {
        let prepared = portal.prepared.clone();
        let idle = prepared.idle.borrow_mut().take();
        let mut statement = match idle {
            Some(statement) => statement,
            None => self.session.prepare(&prepared.text)?.ok_or_else(gone)?,
        };
        let needs_block = matches!(statement.tree(), Tree::Savepoint(_) | Tree::Release(_));
        if needs_block {
            self.check_block()?;
            self.need_block("SAVEPOINT")?;
        } else {
            let ends = matches!(statement.tree(), Tree::CreateTable(create) if create.on_commit.is_some());
            let is_alone = is_alone && !ends && !self.session.has_ending_tables();
            self.before_statement(is_alone)?;
        }
        let constants = portal.values.iter().map(|value| Arc::new(Column::constant(value.clone(), 1)));
        let parameters = Chunk::new(constants.collect(), 1);
        self.begin_statement();
        let started = self.session.start(&mut statement, &parameters);
        if let Err(error) = started {
            self.end_statement();
            let tag = tag(&prepared.text, Some(statement.tree()), 0, 0);
            prepared.put_back(statement);
            if error.kind() == ErrorKind::ReadOnly && !self.is_own && !error.message().contains("()") {
                let what = tag.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
                return Err(in_read_only_transaction(what));
            }
            return Err(error.into());
        }
        if columns_of(&statement).len() != prepared.columns.len() {
            return Err(Failure::new("0A000", "cached plan must not change result type"));
        }
        portal.state = State::Rows(Box::new(Rows { statement, chunk: Chunk::default(), next: 0 }));
        Ok(())
    }
}

fn gone() -> Failure {
    Failure::new(sqlstate::INTERNAL, "a statement without a statement")
}

/// How many rows were written, and whether they were the last.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) is_complete: bool,
}

/// Writes rows as messages.
fn write_rows(
    client: &mut Client<'_>,
    rows: &mut Rows,
    columns: &[OutputColumn],
    formats: &[i16],
    most: usize,
) -> io::Result<Result<Written, Failure>> {
    let kinds: Vec<Shown> = columns
        .iter()
        .enumerate()
        .map(|(position, column)| column.shown(Format::of(format_at(formats, position))))
        .collect();
    let mut written = 0;
    loop {
        match rows.fill(client) {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(Written { rows: written, is_complete: true })),
            Err(error) => return Ok(Err(error.into())),
        }
        while rows.next < rows.chunk.rows() {
            if most > 0 && written == most as u64 {
                return Ok(Ok(Written { rows: written, is_complete: false }));
            }
            let (chunk, row) = (&rows.chunk, rows.next);
            let result = client.reply.try_message(b'D', |out| write_row(chunk, row, &kinds, out));
            if let Err(failure) = result {
                return Ok(Err(failure));
            }
            rows.next += 1;
            written += 1;
            client.rows_written += 1;
            if client.reply.len() > REPLY_BYTES {
                client.flush()?;
            }
        }
    }
}

impl Rows {
    /// Sees to it that the chunk has a row; false if there are no more.
    pub(super) fn fill(&mut self, client: &mut Client<'_>) -> Result<bool, Error> {
        while self.next >= self.chunk.rows() {
            self.next = 0;
            if !client.session.fetch(&mut self.statement, &mut self.chunk)? {
                self.chunk = Chunk::default();
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The next row, which is there after [`Rows::fill`].
    pub(super) fn take(&mut self) -> (&Chunk, usize) {
        self.next += 1;
        (&self.chunk, self.next - 1)
    }
}

fn write_row(chunk: &Chunk, row: usize, kinds: &[Shown], out: &mut Vec<u8>) -> Result<(), Failure> {
    out.extend_from_slice(&(kinds.len() as i16).to_be_bytes());
    for (position, shown) in kinds.iter().enumerate() {
        let value = chunk.value(row, position);
        if value.is_null() {
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            continue;
        }
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        write(value, *shown, out)?;
        let length = i32::try_from(out.len() - start - 4)
            .map_err(|_| Failure::new("54000", "a value is too long for the protocol"))?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// What is said at the end of a statement.
fn tag(text: &str, tree: Option<&Tree>, rows: u64, changes: i64) -> String {
    let fixed = match tree {
        Some(Tree::Insert(_)) => return format!("INSERT 0 {changes}"),
        Some(Tree::Update(_)) => return format!("UPDATE {changes}"),
        Some(Tree::Delete(_)) => return format!("DELETE {changes}"),
        Some(Tree::With(with)) => return tag(text, Some(&with.body), rows, changes),
        None | Some(Tree::Select(_)) => return format!("SELECT {rows}"),
        Some(Tree::CreateTable(create)) if create.without_rows => "CREATE TABLE AS",
        Some(Tree::CreateTable(create)) if create.select.is_some() => return format!("SELECT {changes}"),
        Some(Tree::CreateTable(_) | Tree::CreateTableLike(_) | Tree::CreateVirtualTable(_)) => "CREATE TABLE",
        Some(Tree::CreateIndex(_)) => "CREATE INDEX",
        Some(Tree::CreateView(_)) => "CREATE VIEW",
        Some(Tree::CreateTrigger(_)) => "CREATE TRIGGER",
        Some(Tree::AlterTable(alter)) if matches!(alter.alteration, Alteration::RenameIndex(_)) => {
            "ALTER INDEX"
        }
        Some(Tree::AlterTable(_)) => "ALTER TABLE",
        Some(Tree::DropTable(_)) => "DROP TABLE",
        Some(Tree::DropIndex(_)) => "DROP INDEX",
        Some(Tree::DropView(_)) => "DROP VIEW",
        Some(Tree::DropTrigger(_)) => "DROP TRIGGER",
        Some(Tree::Sequence(change)) => match **change {
            SequenceStatement::Create { .. } => "CREATE SEQUENCE",
            SequenceStatement::Alter { .. } | SequenceStatement::Rename { .. } => "ALTER SEQUENCE",
            SequenceStatement::Drop { .. } => "DROP SEQUENCE",
        },
        Some(Tree::Enumeration(change)) => match **change {
            EnumStatement::Create { .. } => "CREATE TYPE",
            EnumStatement::Drop { .. } => "DROP TYPE",
            _ => "ALTER TYPE",
        },
        Some(Tree::Comment(_)) => "COMMENT",
        Some(Tree::Vacuum(_)) => "VACUUM",
        Some(Tree::Analyze(_)) => "ANALYZE",
        Some(Tree::Reindex(_)) => "REINDEX",
        Some(Tree::Begin(_)) => "BEGIN",
        Some(Tree::Commit) => "COMMIT",
        Some(Tree::Rollback | Tree::RollbackTo(_)) => "ROLLBACK",
        Some(Tree::Savepoint(_)) => "SAVEPOINT",
        Some(Tree::Release(_)) => "RELEASE",
        Some(Tree::Explain(_) | Tree::ExplainQueryPlan(_)) => "EXPLAIN",
        Some(_) => return text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase(),
    };
    fixed.to_owned()
}
