//! Tables and views.

use std::sync::Arc;

use helios_core::value::{Affinity, Collation};
use helios_core::versioned::Space;
use helios_core::{Value, ValueRef};

use super::collation::WrittenCollation;
use super::sealed::without_encrypted;
use super::{Index, IndexColumn, Layouts, Reference, SealedColumn, Trigger};
use crate::ast::{ConflictClause, Expression, Select};
use crate::func::vector::{StoredVector, stored_vector};
use crate::module::{Definition, VirtualTable};

/// A table, or a view, which has no rows of its own.
///
/// In memory a row of a table is its columns, then the rowid, then the values of the expressions that its indexes
/// mention: those are the positions that [`super::IndexColumn::column`] and [`Index::filter`] speak of.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name, as it was written.
    pub name: String,
    /// The number of its schema in the session that sees it: 0 is `main`.
    pub slot: usize,
    /// Where its rows are.
    pub space: Space,
    /// Its columns. Of a view they are known only once its query is bound.
    pub columns: Vec<TableColumn>,
    /// The column that is the rowid under another name: an INTEGER PRIMARY KEY.
    pub rowid_column: Option<usize>,
    /// What happens where a row with the same key exists already, as PRIMARY KEY ON CONFLICT says.
    pub key_conflict: Option<ConflictClause>,
    /// The columns of the primary key, if there is one.
    pub primary_key: Vec<usize>,
    /// WITHOUT ROWID: the primary key, by which rows are found; its entries are the rows. `None`: they are found by the
    /// rowid.
    pub row_key: Option<Arc<Index>>,
    /// STRICT: values have the types of their columns.
    pub strict: bool,
    /// AUTOINCREMENT: a rowid is never used twice.
    pub autoincrement: bool,
    /// How many rows ANALYZE found.
    pub analyzed_rows: Option<f64>,
    /// Its indexes, in the order in which they were made: those of constraints first.
    pub indexes: Vec<Arc<Index>>,
    /// Expressions that its indexes mention.
    pub expressions: Vec<Expression>,
    /// CHECK constraints.
    pub checks: Vec<Check>,
    /// FOREIGN KEY constraints.
    pub references: Vec<Arc<Reference>>,
    /// References of tables to this one: the table and the number of its reference.
    pub referenced_by: Vec<(String, usize)>,
    /// Triggers, in the order in which they were made.
    pub triggers: Vec<Arc<Trigger>>,
    /// The column lists that rows were written under.
    pub layouts: Layouts,
    /// What seals the values of its encrypted columns.
    pub sealed: Vec<SealedColumn>,
    /// The query of a view, and the names that it gives to its columns.
    pub view: Option<Arc<ViewDefinition>>,
    /// What CREATE VIRTUAL TABLE says. The columns of such a table are known only once it is connected.
    pub module: Option<Arc<Definition>>,
    /// The virtual table itself, where it has been connected.
    pub connected: Option<Arc<dyn VirtualTable>>,
    /// The statement that made it.
    pub sql: Arc<str>,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewDefinition {
    /// The names of its columns; empty if the query gives them.
    pub columns: Vec<String>,
    /// The query.
    pub select: Select,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Its name, as it was written.
    pub name: Arc<str>,
    /// Its declared type, as it was written; may be empty.
    pub declared_type: Arc<str>,
    /// The type that PostgreSQL's clients are told, where that is not the declared one.
    pub told_type: Option<Arc<str>>,
    /// The dimensions of the vectors that it holds; `None` of a column that holds other values.
    pub dimensions: Option<usize>,
    /// ENCRYPTED: its values are sealed one by one, and have no order.
    pub is_encrypted: bool,
    /// Its affinity.
    pub affinity: Affinity,
    /// How its texts compare.
    pub collation: Collation,
    /// What its definition calls that.
    pub written_collation: WrittenCollation,
    /// NOT NULL, and what happens then.
    pub not_null: Option<ConflictClause>,
    /// DEFAULT: the expression and its text.
    pub default: Option<(Expression, String)>,
    /// GENERATED ALWAYS AS.
    pub generated: Option<Generated>,
    /// What rows have that were written before the column was added.
    pub missing: Value,
    /// Whether `*` and INSERT without columns pass it over, as they do hidden columns of virtual tables.
    pub is_hidden: bool,
}

/// How a column's value comes about.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The expression.
    pub expression: Expression,
    /// Whether the value is stored with the row rather than computed when it is read.
    pub stored: bool,
}

impl TableColumn {
    /// A column of no type.
    pub fn untyped(name: &str) -> TableColumn {
        TableColumn {
            name: name.into(),
            declared_type: "".into(),
            told_type: None,
            dimensions: None,
            is_encrypted: false,
            affinity: Affinity::Blob,
            collation: Collation::Binary,
            written_collation: WrittenCollation::default(),
            not_null: None,
            default: None,
            generated: None,
            missing: Value::Null,
            is_hidden: false,
        }
    }

    /// A value as the column stores it, if that is another one. What a vector column cannot store stays.
    pub fn convert(&self, value: ValueRef<'_>) -> Option<Value> {
        match self.dimensions {
            None => self.affinity.convert(value),
            Some(dimensions) => match stored_vector(dimensions, value) {
                StoredVector::Converted(vector) => Some(vector),
                StoredVector::Same | StoredVector::Wrong(_) => None,
            },
        }
    }

    /// [`TableColumn::convert`] on an owned value.
    #[must_use]
    pub fn stored_form(&self, value: Value) -> Value {
        self.convert(value.as_ref()).unwrap_or(value)
    }

    /// Its type as PostgreSQL's clients are told it.
    pub fn told_type(&self) -> &Arc<str> {
        self.told_type.as_ref().unwrap_or(&self.declared_type)
    }

    /// Its declared type without the word ENCRYPTED.
    pub fn type_of_values(&self) -> &str {
        without_encrypted(&self.declared_type).0
    }

    /// Whether it is computed when it is read.
    pub fn is_virtual(&self) -> bool {
        self.generated.as_ref().is_some_and(|generated| !generated.stored)
    }
}

/// A CHECK constraint.
#[derive(Clone, Debug)]
pub struct Check {
    /// What a message calls it: its name or its text.
    pub label: String,
    /// What has to hold.
    pub expression: Expression,
}

impl Table {
    /// A table without columns.
    pub(super) fn new(name: &str, space: Space, sql: Arc<str>) -> Table {
        Table {
            name: name.to_owned(),
            slot: 0,
            space,
            columns: Vec::new(),
            rowid_column: None,
            key_conflict: None,
            primary_key: Vec::new(),
            row_key: None,
            strict: false,
            autoincrement: false,
            analyzed_rows: None,
            indexes: Vec::new(),
            expressions: Vec::new(),
            checks: Vec::new(),
            references: Vec::new(),
            referenced_by: Vec::new(),
            triggers: Vec::new(),
            layouts: Layouts::default(),
            sealed: Vec::new(),
            view: None,
            module: None,
            connected: None,
            sql,
        }
    }

    /// The position of the column with this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The columns of the key that rows are found by; none where that is the rowid.
    pub fn row_columns(&self) -> &[IndexColumn] {
        self.row_key.as_ref().map_or(&[], |index| &index.columns)
    }

    /// The expression at a position of a row in memory.
    pub fn expression_at(&self, position: usize) -> Option<&Expression> {
        position.checked_sub(self.columns.len() + 1).and_then(|number| self.expressions.get(number))
    }

    /// All indexes whose entries are in the order of values: the primary key of a table without rowids comes first.
    pub fn all_indexes(&self) -> impl DoubleEndedIterator<Item = &Arc<Index>> {
        self.row_key.iter().chain(self.indexes.iter().filter(|index| index.vector.is_none()))
    }

    /// Whether it has columns whose values are sealed one by one.
    pub fn has_encrypted_columns(&self) -> bool {
        self.columns.iter().any(|column| column.is_encrypted)
    }

    /// Whether the values of a row have to be looked at by their types.
    pub fn checks_types(&self) -> bool {
        self.strict || self.columns.iter().any(|column| column.dimensions.is_some())
    }

    /// Whether a row in memory is its columns and its rowid, and its change has no consequences but its own writing.
    pub fn is_plain(&self) -> bool {
        self.has_rowid()
            && self.expressions.is_empty()
            && self.triggers.is_empty()
            && self.references.is_empty()
            && self.referenced_by.is_empty()
            && self.columns.iter().all(|column| column.generated.is_none())
    }

    /// Whether its rows are keys of the store in the form of tables.
    pub fn is_stored(&self) -> bool {
        self.view.is_none() && self.module.is_none()
    }

    /// Whether rows have a rowid.
    pub fn has_rowid(&self) -> bool {
        self.row_key.is_none() && self.view.is_none()
    }

    /// Whether this is a table that programs cannot change by themselves.
    pub fn is_internal(&self) -> bool {
        self.space.is_catalog() && self.is_stored()
    }

    /// The position of the rowid in a row in memory.
    pub fn rowid_position(&self) -> usize {
        self.columns.len()
    }

    /// The position of an index expression in a row in memory.
    pub fn expression_position(&self, number: usize) -> usize {
        self.columns.len() + 1 + number
    }

    /// The name of what an index holds at a position of a row; `None` for an expression.
    pub fn name_at(&self, position: Option<usize>) -> Option<&str> {
        match position.or(self.rowid_column) {
            Some(position) => self.columns.get(position).map(|column| &*column.name),
            None => Some("rowid"),
        }
    }

    /// `sqlite_schema` itself.
    pub(super) fn schema() -> Table {
        let column = |(name, declared_type): (&str, &str)| TableColumn {
            declared_type: declared_type.into(),
            affinity: Affinity::of_declared_type(declared_type),
            ..TableColumn::untyped(name)
        };
        let sql = "CREATE TABLE sqlite_schema(type text,name text,tbl_name text,rootpage integer,sql text)";
        let columns =
            [("type", "TEXT"), ("name", "TEXT"), ("tbl_name", "TEXT"), ("rootpage", "INT"), ("sql", "TEXT")];
        Table {
            columns: columns.into_iter().map(column).collect(),
            ..Table::new("sqlite_schema", Space::SCHEMA, sql.into())
        }
    }
}
