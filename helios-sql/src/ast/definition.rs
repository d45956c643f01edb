//! CREATE TABLE, CREATE INDEX, CREATE VIEW and CREATE VIRTUAL TABLE.

use super::{Expression, Name, ObjectName, Select, Span};

/// CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// TEMP.
    pub temporary: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The name.
    pub name: ObjectName,
    /// The source from the bare name to the end of the statement: with `CREATE TABLE ` before it, what
    /// `sqlite_schema.sql` shows.
    pub tail: Span,
    /// The columns; empty for CREATE TABLE AS.
    pub columns: Vec<ColumnDefinition>,
    /// Where the last column ends: at the comma before the constraints, or at the parenthesis.
    pub columns_end: usize,
    /// Constraints after the columns.
    pub constraints: Vec<TableConstraint>,
    /// WITHOUT ROWID.
    pub without_rowid: bool,
    /// STRICT.
    pub strict: bool,
    /// AS SELECT.
    pub select: Option<Box<Select>>,
    /// WITH NO DATA behind that: its rows are left out.
    pub without_rows: bool,
    /// ON COMMIT, of a temporary table in PostgreSQL's dialect.
    pub on_commit: Option<OnCommit>,
}

/// What happens to a temporary table when a transaction is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCommit {
    /// It goes.
    Drop,
    /// Its rows go.
    DeleteRows,
}

impl OnCommit {
    /// The comment in the definition that says so.
    pub fn comment(self) -> &'static str {
        match self {
            OnCommit::Drop => "/* ON COMMIT DROP */",
            OnCommit::DeleteRows => "/* ON COMMIT DELETE ROWS */",
        }
    }

    /// What a definition says.
    pub fn of(sql: &str) -> Option<OnCommit> {
        [OnCommit::Drop, OnCommit::DeleteRows].into_iter().find(|said| sql.contains(said.comment()))
    }
}

/// A column of CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: Name,
    /// Where the whole definition stands.
    pub span: Span,
    /// Its declared type as SQLite keeps it: the words with one space between them, `(…)` as written; may be empty.
    pub declared_type: String,
    /// What PostgreSQL's clients are told that its type is, where that is another one: `int4` of a key.
    pub told_type: Option<String>,
    /// Its constraints.
    pub constraints: Vec<ColumnConstraint>,
}

/// What happens where a constraint does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConflictClause {
    /// The transaction is rolled back.
    Rollback,
    /// The statement is undone: the default.
    Abort,
    /// The statement stops, what it did so far stays.
    Fail,
    /// The row is left out.
    Ignore,
    /// Rows in the way are deleted.
    Replace,
}

/// A constraint of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnConstraint {
    /// PRIMARY KEY.
    PrimaryKey {
        /// CONSTRAINT name.
        name: Option<String>,
        /// DESC.
        descending: bool,
        /// AUTOINCREMENT.
        autoincrement: bool,
        /// ON CONFLICT.
        on_conflict: Option<ConflictClause>,
    },
    /// NOT NULL.
    NotNull {
        /// ON CONFLICT.
        on_conflict: Option<ConflictClause>,
    },
    /// NULL, which says nothing.
    Null,
    /// UNIQUE.
    Unique {
        /// CONSTRAINT name.
        name: Option<String>,
        /// ON CONFLICT.
        on_conflict: Option<ConflictClause>,
    },
    /// CHECK.
    Check {
        /// CONSTRAINT name.
        name: Option<String>,
        /// What has to hold.
        expression: Expression,
        /// The expression as written.
        text: String,
    },
    /// DEFAULT.
    Default {
        /// The value.
        value: Expression,
        /// The value as written, without the parentheses around an expression; what `PRAGMA table_info` shows.
        text: String,
    },
    /// COLLATE.
    Collate(String),
    /// REFERENCES.
    References(ForeignKey),
    /// GENERATED ALWAYS AS.
    Generated {
        /// How the value comes about.
        expression: Expression,
        /// STORED rather than VIRTUAL.
        stored: bool,
    },
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum TableConstraint {
    /// PRIMARY KEY.
    PrimaryKey {
        /// CONSTRAINT name.
        name: Option<String>,
        /// The columns.
        columns: Vec<IndexedColumn>,
        /// AUTOINCREMENT.
        autoincrement: bool,
        /// ON CONFLICT.
        on_conflict: Option<ConflictClause>,
    },
    /// UNIQUE.
    Unique {
        /// CONSTRAINT name.
        name: Option<String>,
        /// The columns.
        columns: Vec<IndexedColumn>,
        /// ON CONFLICT.
        on_conflict: Option<ConflictClause>,
    },
    /// CHECK.
    Check {
        /// CONSTRAINT name.
        name: Option<String>,
        /// What has to hold.
        expression: Expression,
        /// The expression as written.
        text: String,
    },
    /// FOREIGN KEY.
    ForeignKey {
        /// The columns of this table.
        columns: Vec<Name>,
        /// What they refer to.
        references: ForeignKey,
    },
}

/// `REFERENCES table (columns) …`. Not enforced unless `PRAGMA foreign_keys` is on.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignKey {
    /// CONSTRAINT name.
    pub name: Option<String>,
    /// The table referred to.
    pub table: Name,
    /// The columns referred to; empty for its primary key.
    pub columns: Vec<Name>,
    /// ON DELETE.
    pub on_delete: ReferenceAction,
    /// ON UPDATE.
    pub on_update: ReferenceAction,
    /// DEFERRABLE INITIALLY DEFERRED.
    pub deferred: bool,
}

/// What happens with rows that refer to one that goes or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReferenceAction {
    /// It is an error, at the end of the statement or of the transaction.
    #[default]
    NoAction,
    /// It is an error at once.
    Restrict,
    /// They refer to nothing.
    SetNull,
    /// Their columns take their defaults.
    SetDefault,
    /// They go, or change, as well.
    Cascade,
}

/// CREATE VIEW.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateView {
    /// TEMP.
    pub temporary: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The name.
    pub name: ObjectName,
    /// The source from the bare name to the end of the statement.
    pub tail: Span,
    /// OR REPLACE: a view of this name goes first.
    pub replaces: bool,
    /// The names of its columns; empty if the query gives them.
    pub columns: Vec<String>,
    /// The query.
    pub select: Select,
}

/// CREATE VIRTUAL TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateVirtualTable {
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The name.
    pub name: ObjectName,
    /// The source from the bare name to the end of the statement.
    pub tail: Span,
    /// The module.
    pub module: String,
    /// The arguments, as written.
    pub arguments: Vec<String>,
}

/// CREATE INDEX.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    /// UNIQUE.
    pub unique: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The name.
    pub name: ObjectName,
    /// The source from the bare name to the end of the statement: with `CREATE [UNIQUE] INDEX ` before it, what
    /// `sqlite_schema.sql` shows.
    pub tail: Span,
    /// The table.
    pub table: Name,
    /// USING and WITH: what kind of index this is, if not the usual one.
    pub method: Option<IndexMethod>,
    /// What is indexed.
    pub columns: Vec<IndexedColumn>,
    /// WHERE of a partial index.
    pub filter: Option<Expression>,
}

/// What kind of index is made.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexMethod {
    /// The kind.
    pub kind: Name,
    /// What else is said: names, and values as they were written, without quotes.
    pub options: Vec<(String, String)>,
}

/// One column of an index or of a constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedColumn {
    /// A name or an expression; COLLATE is part of it.
    pub expression: Expression,
    /// DESC.
    pub descending: bool,
    /// Where the expression stands in the source.
    pub span: Span,
}
