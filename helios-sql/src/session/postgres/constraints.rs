//! Constraints, as rows of PostgreSQL's catalog.
//!
//! What a table keeps of its constraints are their meanings; their names are read from its definition.

use helios_core::Value;

use super::objects::{
    CONSTRAINTS_OF_TABLE, FIRST_CONSTRAINT, Objects, PUBLIC, Row, array, has_rowid_key, index_oid, integer,
    names_of, numbers, oid, quoted, rowid_key_oid, text, truth,
};
use crate::ast::{ColumnConstraint, Expression, ReferenceAction, Statement, TableConstraint};
use crate::catalog::{IndexOrigin, Reference, Table};

/// A constraint of a table.
pub(super) struct Constraint {
    pub(super) oid: i64,
    pub(super) name: String,
    /// `p`, `u`, `c` or `f`.
    pub(super) kind: &'static str,
    table: i64,
    pub(super) columns: Vec<i64>,
    /// The index that keeps it.
    pub(super) index: Option<i64>,
    /// What its own columns of the catalog have.
    more: Row,
    /// It, as a definition says it.
    pub(super) definition: String,
}

impl Constraint {
    pub(super) fn row(&self) -> Row {
        let mut row = self.more.clone();
        row.extend([
            ("oid", integer(self.oid)),
            ("conname", text(&self.name)),
            ("connamespace", integer(PUBLIC)),
            ("contype", text(self.kind)),
            ("convalidated", truth(true)),
            ("conrelid", integer(self.table)),
            ("conindid", integer(self.index.unwrap_or(0))),
            ("conislocal", truth(true)),
            ("connoinherit", truth(true)),
            ("conkey", text(&array(&self.columns))),
            ("confupdtype", text(" ")),
            ("confdeltype", text(" ")),
            ("confmatchtype", text(" ")),
        ]);
        row
    }
}

impl Objects {
    /// The constraints of all tables.
    pub(super) fn constraints(&self) -> Vec<Constraint> {
        self.relations.iter().flat_map(|table| self.constraints_of(table)).collect()
    }

    /// The constraints of a table.
    pub(super) fn constraints_of(&self, table: &Table) -> Vec<Constraint> {
        let written = Written::of(table);
        let mut found = Found { table, constraints: Vec::new() };
        if has_rowid_key(table) {
            let at = table.rowid_column.unwrap_or_default();
            let definition = format!("PRIMARY KEY ({})", quoted(&table.columns[at].name));
            found.add(written.key.clone(), "p", "pkey", vec![at as i64 + 1], definition);
            found.indexed_by(rowid_key_oid(table));
        }
        for index in table.all_indexes() {
            let (kind, words, suffix) = match index.origin {
                IndexOrigin::PrimaryKey => ("p", "PRIMARY KEY", "pkey"),
                IndexOrigin::Unique => ("u", "UNIQUE", "key"),
                _ => continue,
            };
            let columns = numbers(table, index);
            let names = names_of(table, &columns);
            let name = match kind {
                "p" => written.key.clone(),
                _ => written.unique_of(&names),
            };
            let quoted_names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            found.add(name, kind, suffix, columns, format!("{words} ({})", quoted_names.join(", ")));
            found.indexed_by(index_oid(index));
        }
        for check in written.checks {
            let place = |name: &String| table.column(name).map(|at| at as i64 + 1);
            let columns: Vec<i64> = check.columns.iter().filter_map(place).collect();
            found.add(check.name, "c", "check", columns, format!("CHECK ({})", check.text));
            found.say("conbin", text(&check.text));
        }
        for (number, reference) in table.references.iter().enumerate() {
            let name = written.references.get(number).cloned().flatten();
            self.add_reference(&mut found, name, reference);
        }
        found.constraints
    }

    fn add_reference(&self, found: &mut Found<'_>, name: Option<String>, reference: &Reference) {
        let parent = self.relations.iter().find(|other| other.name.eq_ignore_ascii_case(&reference.table));
        let Some(parent) = parent else { return };
        let columns: Vec<i64> = reference.columns.iter().map(|at| *at as i64 + 1).collect();
        let targets: Vec<i64> = match reference.targets.is_empty() {
            true => parent.primary_key.iter().map(|at| *at as i64 + 1).collect(),
            false => {
                let place = |name: &String| parent.column(name).map_or(0, |at| at as i64 + 1);
                reference.targets.iter().map(place).collect()
            }
        };
        let quoted_all =
            |names: Vec<String>| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let definition = format!(
            "FOREIGN KEY ({}) REFERENCES {}({}){}{}{}",
            quoted_all(names_of(found.table, &columns)),
            quoted(&parent.name),
            quoted_all(names_of(parent, &targets)),
            action(" ON UPDATE ", reference.on_update),
            action(" ON DELETE ", reference.on_delete),
            if reference.deferred { " DEFERRABLE INITIALLY DEFERRED" } else { "" },
        );
        found.add(name, "f", "fkey", columns, definition);
        if let Some(index) = index_of(parent, &targets) {
            found.indexed_by(index);
        }
        found.say("confrelid", integer(oid(parent)));
        found.say("confkey", text(&array(&targets)));
        found.say("confupdtype", text(letter(reference.on_update)));
        found.say("confdeltype", text(letter(reference.on_delete)));
        found.say("confmatchtype", text("s"));
        found.say("condeferrable", truth(reference.deferred));
        found.say("condeferred", truth(reference.deferred));
    }
}

/// The index that keeps some columns of a table unique, by its number.
fn index_of(table: &Table, columns: &[i64]) -> Option<i64> {
    if let ([column], true) = (columns, has_rowid_key(table))
        && table.rowid_column.is_some_and(|at| at as i64 + 1 == *column)
    {
        return Some(rowid_key_oid(table));
    }
    let has_them = |index: &&std::sync::Arc<crate::catalog::Index>| {
        let of_index = numbers(table, index);
        index.unique
            && of_index.len() == columns.len()
            && columns.iter().all(|column| of_index.contains(column))
    };
    table.all_indexes().find(has_them).map(|index| index_oid(index))
}

/// The constraints of a table, as far as they have been found.
struct Found<'a> {
    table: &'a Table,
    constraints: Vec<Constraint>,
}

impl Found<'_> {
    /// Adds one, under the name that PostgreSQL would give it if it has none.
    fn add(
        &mut self,
        name: Option<String>,
        kind: &'static str,
        suffix: &str,
        columns: Vec<i64>,
        definition: String,
    ) {
        let name = name.unwrap_or_else(|| {
            let mut parts = vec![self.table.name.clone()];
            // A check of several columns is called by none of them.
            if kind != "p" && (kind != "c" || columns.len() == 1) {
                parts.extend(names_of(self.table, &columns));
            }
            parts.push(suffix.to_owned());
            let name = parts.join("_");
            let is_taken = |name: &str| self.constraints.iter().any(|known| known.name == name);
            let numbered = (1..).map(|number| format!("{name}{number}"));
            std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(name.clone())
        });
        let number =
            FIRST_CONSTRAINT + oid(self.table) * CONSTRAINTS_OF_TABLE + self.constraints.len() as i64;
        self.constraints.push(Constraint {
            oid: number,
            name,
            kind,
            table: oid(self.table),
            columns,
            index: None,
            more: Vec::new(),
            definition,
        });
    }

    fn indexed_by(&mut self, index: i64) {
        if let Some(last) = self.constraints.last_mut() {
            last.index = Some(index);
        }
    }

    fn say(&mut self, column: &'static str, value: Value) {
        if let Some(last) = self.constraints.last_mut() {
            last.more.push((column, value));
        }
    }
}

/// What the definition of a table says of its constraints.
#[derive(Default)]
struct Written {
    /// The name of the primary key.
    key: Option<String>,
    /// The columns of UNIQUE constraints with their names.
    uniques: Vec<(Vec<String>, Option<String>)>,
    checks: Vec<WrittenCheck>,
    /// The names of foreign keys.
    references: Vec<Option<String>>,
}

struct WrittenCheck {
    name: Option<String>,
    /// The columns that it mentions, each once.
    columns: Vec<String>,
    text: String,
}

impl WrittenCheck {
    fn new(name: &Option<String>, expression: &Expression, text: &str) -> WrittenCheck {
        let mut columns: Vec<String> = Vec::new();
        expression.for_each_column(|column| {
            if !columns.iter().any(|known| known.eq_ignore_ascii_case(&column.column)) {
                columns.push(column.column.clone());
            }
        });
        WrittenCheck { name: name.clone(), columns, text: text.trim().to_owned() }
    }
}

impl Written {
    fn of(table: &Table) -> Written {
        let mut written = Written::default();
        let parsed = crate::parse::parse_statement(&table.sql).ok().flatten();
        let Some(Statement::CreateTable(create)) = parsed.map(|parsed| parsed.statement) else {
            return written;
        };
        for column in &create.columns {
            let own = || vec![column.name.text.clone()];
            for constraint in &column.constraints {
                match constraint {
                    ColumnConstraint::PrimaryKey { name, .. } => written.key.clone_from(name),
                    ColumnConstraint::Unique { name, .. } => written.uniques.push((own(), name.clone())),
                    ColumnConstraint::Check { name, expression, text } => {
                        written.checks.push(WrittenCheck::new(name, expression, text));
                    }
                    ColumnConstraint::References(key) => written.references.push(key.name.clone()),
                    _ => {}
                }
            }
        }
        for constraint in &create.constraints {
            match constraint {
                TableConstraint::PrimaryKey { name, .. } => written.key.clone_from(name),
                TableConstraint::Unique { name, columns, .. } => {
                    let column = |column: &crate::ast::IndexedColumn| match &column.expression {
                        Expression::Column(name) => name.column.clone(),
                        _ => String::new(),
                    };
                    written.uniques.push((columns.iter().map(column).collect(), name.clone()));
                }
                TableConstraint::Check { name, expression, text } => {
                    written.checks.push(WrittenCheck::new(name, expression, text));
                }
                TableConstraint::ForeignKey { references, .. } => {
                    written.references.push(references.name.clone());
                }
            }
        }
        written
    }

    /// The name of the UNIQUE constraint of these columns.
    fn unique_of(&self, columns: &[String]) -> Option<String> {
        let is_same = |known: &[String]| {
            known.len() == columns.len()
                && known.iter().zip(columns).all(|(left, right)| left.eq_ignore_ascii_case(right))
        };
        self.uniques.iter().find(|(known, _)| is_same(known)).and_then(|(_, name)| name.clone())
    }
}

fn letter(action: ReferenceAction) -> &'static str {
    match action {
        ReferenceAction::NoAction => "a",
        ReferenceAction::Restrict => "r",
        ReferenceAction::Cascade => "c",
        ReferenceAction::SetNull => "n",
        ReferenceAction::SetDefault => "d",
    }
}

fn action(words: &str, action: ReferenceAction) -> String {
    let what = match action {
        ReferenceAction::NoAction => return String::new(),
        ReferenceAction::Restrict => "RESTRICT",
        ReferenceAction::Cascade => "CASCADE",
        ReferenceAction::SetNull => "SET NULL",
        ReferenceAction::SetDefault => "SET DEFAULT",
    };
    format!("{words}{what}")
}
