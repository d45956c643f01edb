//! The one error type of helios.
//!
//! Every layer answers with [`Error`]: an opaque value with a [`ErrorKind`] for machines, a sentence for people
//! (SQLite's own words where SQLite has them) and the cause that it came from. A kind knows SQLite's result code,
//! so that what programs match on (`sqlite_errorcode`) is decided here and nowhere else. Python's classes and
//! SQLSTATE are mapped from the kind, each in one file of its own crate.

use std::error::Error as StdError;
use std::fmt;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in one word and one sentence, with its cause.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    broken: Option<Box<Broken>>,
    place: Option<usize>,
}

/// Which constraint of which table does not hold, where it is known: for interfaces that tell of it by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The table that has the constraint.
    pub table: String,
    /// Which of its constraints it is.
    pub rule: BrokenRule,
    /// The values of its columns, as texts, where they tell something.
    pub values: Vec<String>,
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// A column that takes no NULL.
    NotNull(String),
    /// The CHECK that messages call by this.
    Check(String),
    /// The rowid, or the key of a table without rowids.
    Key,
    /// A constraint of this name, which the message tells of.
    Named(String),
    /// A unique index of this name.
    Index(String),
    /// A foreign key.
    Reference {
        /// Its number in the table.
        number: usize,
        /// Whether the row that is referred to has gone; otherwise there never was one.
        has_gone: bool,
    },
}

/// What went wrong, for programs. The names and codes are SQLite's (<https://sqlite.org/rescode.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The statement is wrong: syntax, an unknown name, a bad argument.
    Sql,
    /// A collation is named that the program has not added.
    MissingCollation,
    /// The program does not allow what the statement wants to do.
    NotAuthorized,
    /// A broken promise inside helios; never the user's fault.
    Internal,
    /// The operation was stopped because the transaction under it was rolled back.
    AbortRollback,
    /// Another writer holds what is needed; waiting longer may help.
    Busy,
    /// Another transaction committed since this one read; only starting it again helps.
    BusySnapshot,
    /// What another statement of the same session reads would go away under it.
    Locked,
    /// The database was opened for reading only, or the view is of the past.
    ReadOnly,
    /// The program asked the running statement to stop.
    Interrupted,
    /// The operating system refused to read or write.
    Io,
    /// The stored bytes are not what was written.
    Corrupt,
    /// What a virtual table has stored is not what it wrote.
    CorruptModule,
    /// The operating system has no memory left.
    OutOfMemory,
    /// The disk, a quota or a configured limit is exhausted.
    Full,
    /// The file cannot be opened.
    CannotOpen,
    /// A value, a statement or a result exceeds a limit.
    TooBig,
    /// A constraint of the schema does not hold.
    Constraint(Constraint),
    /// A value has a type that its place does not take.
    Mismatch,
    /// A value is not what its type can hold, such as a vector of another dimension.
    Data,
    /// The interface was used against its rules.
    Misuse,
    /// A parameter number is out of range.
    Range,
    /// The file is no database of ours, or it is encrypted.
    NotADatabase,
    /// A driver's conditions on a commit did not hold (see [`crate::storage::Batch`]).
    Conflict,
}

/// Which constraint does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Constraint {
    /// CHECK.
    Check,
    /// FOREIGN KEY.
    ForeignKey,
    /// NOT NULL.
    NotNull,
    /// PRIMARY KEY.
    PrimaryKey,
    /// UNIQUE.
    Unique,
    /// A rowid that exists already.
    Rowid,
    /// A value that a STRICT column does not take.
    Datatype,
    /// RAISE in a trigger, or a foreign key with RESTRICT.
    Trigger,
    /// A rule of a virtual table.
    Module,
    /// Two branches changed the same, or what they make together breaks a constraint.
    Merge,
}

impl ErrorKind {
    /// SQLite's extended result code.
    pub fn sqlite_code(self) -> i32 {
        match self {
            ErrorKind::Sql => 1,
            ErrorKind::MissingCollation => 257,
            ErrorKind::NotAuthorized => 23,
            ErrorKind::Internal => 2,
            ErrorKind::AbortRollback => 516,
            ErrorKind::Busy => 5,
            ErrorKind::BusySnapshot | ErrorKind::Conflict => 517,
            ErrorKind::Locked => 6,
            ErrorKind::OutOfMemory => 7,
            ErrorKind::ReadOnly => 8,
            ErrorKind::Interrupted => 9,
            ErrorKind::Io => 10,
            ErrorKind::Corrupt => 11,
            ErrorKind::CorruptModule => 267,
            ErrorKind::Full => 13,
            ErrorKind::CannotOpen => 14,
            ErrorKind::TooBig => 18,
            ErrorKind::Constraint(constraint) => constraint.sqlite_code(),
            ErrorKind::Mismatch | ErrorKind::Data => 20,
            ErrorKind::Misuse => 21,
            ErrorKind::Range => 25,
            ErrorKind::NotADatabase => 26,
        }
    }

    /// The name of [`ErrorKind::sqlite_code`], as in SQLite's header.
    pub fn sqlite_name(self) -> &'static str {
        match self {
            ErrorKind::Sql => "SQLITE_ERROR",
            ErrorKind::MissingCollation => "SQLITE_ERROR_MISSING_COLLSEQ",
            ErrorKind::NotAuthorized => "SQLITE_AUTH",
            ErrorKind::Internal => "SQLITE_INTERNAL",
            ErrorKind::AbortRollback => "SQLITE_ABORT_ROLLBACK",
            ErrorKind::Busy => "SQLITE_BUSY",
            ErrorKind::BusySnapshot | ErrorKind::Conflict => "SQLITE_BUSY_SNAPSHOT",
            ErrorKind::Locked => "SQLITE_LOCKED",
            ErrorKind::OutOfMemory => "SQLITE_NOMEM",
            ErrorKind::ReadOnly => "SQLITE_READONLY",
            ErrorKind::Interrupted => "SQLITE_INTERRUPT",
            ErrorKind::Io => "SQLITE_IOERR",
            ErrorKind::Corrupt => "SQLITE_CORRUPT",
            ErrorKind::CorruptModule => "SQLITE_CORRUPT_VTAB",
            ErrorKind::Full => "SQLITE_FULL",
            ErrorKind::CannotOpen => "SQLITE_CANTOPEN",
            ErrorKind::TooBig => "SQLITE_TOOBIG",
            ErrorKind::Constraint(constraint) => constraint.sqlite_name(),
            ErrorKind::Mismatch | ErrorKind::Data => "SQLITE_MISMATCH",
            ErrorKind::Misuse => "SQLITE_MISUSE",
            ErrorKind::Range => "SQLITE_RANGE",
            ErrorKind::NotADatabase => "SQLITE_NOTADB",
        }
    }
}

impl Constraint {
    fn sqlite_code(self) -> i32 {
        match self {
            Constraint::Check => 275,
            Constraint::ForeignKey => 787,
            Constraint::NotNull => 1299,
            Constraint::PrimaryKey => 1555,
            Constraint::Unique => 2067,
            Constraint::Rowid => 2579,
            Constraint::Datatype => 3091,
            Constraint::Trigger => 1811,
            Constraint::Module | Constraint::Merge => 19,
        }
    }

    fn sqlite_name(self) -> &'static str {
        match self {
            Constraint::Check => "SQLITE_CONSTRAINT_CHECK",
            Constraint::ForeignKey => "SQLITE_CONSTRAINT_FOREIGNKEY",
            Constraint::NotNull => "SQLITE_CONSTRAINT_NOTNULL",
            Constraint::PrimaryKey => "SQLITE_CONSTRAINT_PRIMARYKEY",
            Constraint::Unique => "SQLITE_CONSTRAINT_UNIQUE",
            Constraint::Rowid => "SQLITE_CONSTRAINT_ROWID",
            Constraint::Datatype => "SQLITE_CONSTRAINT_DATATYPE",
            Constraint::Trigger => "SQLITE_CONSTRAINT_TRIGGER",
            Constraint::Module | Constraint::Merge => "SQLITE_CONSTRAINT",
        }
    }
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind, message: message.into(), source: None, broken: None, place: None }))
    }

    /// An error about the statement itself.
    pub fn sql(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Sql, message)
    }

    /// The error with a place in front of what it says, if it is one about the statement; others stay what they are.
    #[must_use]
    pub fn within(self, place: impl fmt::Display) -> Error {
        match self.kind() {
            ErrorKind::Sql => Error::sql(format!("{place}: {}", self.message())),
            _ => self,
        }
    }

    /// Stored bytes that break the format; `what` names the place.
    pub fn corrupt(what: impl fmt::Display) -> Error {
        Error::new(ErrorKind::Corrupt, format!("database disk image is malformed ({what})"))
    }

    /// SQLite's answer when a virtual table finds in its shadow tables what it has not written.
    pub fn corrupt_module() -> Error {
        Error::new(ErrorKind::CorruptModule, "database disk image is malformed")
    }

    /// SQLite's answer when a lock cannot be had in time.
    pub fn busy() -> Error {
        Error::new(ErrorKind::Busy, "database is locked")
    }

    /// SQLite's answer when another transaction committed since this one read.
    pub fn busy_snapshot() -> Error {
        Error::new(ErrorKind::BusySnapshot, "database is locked")
    }

    /// SQLite's answer when a running statement was told to stop.
    pub fn interrupted() -> Error {
        Error::new(ErrorKind::Interrupted, "interrupted")
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// The same error with the constraint that it is about.
    #[must_use]
    pub fn about(mut self, broken: Broken) -> Error {
        self.0.broken = Some(Box::new(broken));
        self
    }

    /// The constraint that the error is about, where it is known.
    pub fn broken(&self) -> Option<&Broken> {
        self.0.broken.as_deref()
    }

    /// The same error with the byte of the statement's text that it is about.
    #[must_use]
    pub fn at(mut self, place: usize) -> Error {
        self.0.place = Some(place);
        self
    }

    /// The byte of the text that the error is about, where it is known; the text may be one that the statement only
    /// mentions, such as that of a view.
    pub fn place(&self) -> Option<usize> {
        self.0.place
    }

    /// The same error with words in front of its sentence.
    #[must_use]
    pub fn in_context(mut self, context: impl fmt::Display) -> Error {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }

    /// What went wrong, for programs.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong, for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the same work, begun again, may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Busy | ErrorKind::BusySnapshot | ErrorKind::Conflict)
    }

    /// The same kind and words once more, for a second waiter of one failed commit. The cause is kept as text.
    #[must_use]
    pub fn duplicate(&self) -> Error {
        let mut copy = Error::new(self.0.kind, self.0.message.clone());
        copy.0.broken.clone_from(&self.0.broken);
        copy.0.place = self.0.place;
        match &self.0.source {
            Some(source) => copy.caused_by(source.to_string()),
            None => copy,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        if let Some(source) = &self.0.source {
            write!(f, " (caused by: {source})")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
