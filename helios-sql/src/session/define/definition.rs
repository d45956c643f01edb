//! The definition of a table in pieces, to be put together again with some of them changed.
//!
//! In: a table's statement. Out: the same with other columns and constraints. Pieces that nobody changes keep their text.

use helios_core::{Error, Result};

use super::alter::parsed;
use super::{quoted, quoted_if_needed};
use crate::ast::{
    ColumnConstraint, ColumnDefinition, ConflictClause, CreateTable, Expression, ForeignKey, IndexedColumn,
    ReferenceAction, Statement, TableConstraint,
};
use crate::parse::{Identity, parse_statement, told_type_comment};

/// A piece of a definition: what it says and how that is written.
#[derive(Clone, Debug)]
pub(super) struct Piece<T> {
    pub(super) tree: T,
    pub(super) text: String,
}

/// A definition in pieces.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) columns: Vec<Piece<ColumnDefinition>>,
    pub(super) constraints: Vec<Piece<TableConstraint>>,
    options: String,
}

impl Definition {
    /// The pieces of a table's statement.
    pub(super) fn of(sql: &str) -> Result<Definition> {
        let CreateTable { columns, columns_end, constraints, without_rowid, strict, .. } = parsed(sql)?;
        let mut pieces: Vec<Piece<ColumnDefinition>> = Vec::with_capacity(columns.len());
        for (number, tree) in columns.iter().enumerate() {
            let end = columns.get(number + 1).map_or(columns_end, |next| next.span.start);
            let mut text = tree.span.of(sql).to_owned();
            // A comment stands behind what it is about.
            let identity = Identity::of(&sql[tree.span.start..end]);
            if let Some(identity) = identity.filter(|_| Identity::of(&text).is_none()) {
                text = format!("{text} {}", identity.comment());
            }
            pieces.push(Piece { tree: tree.clone(), text });
        }
        let constraints =
            constraints.into_iter().map(|tree| Piece { text: constraint_text(&tree, sql), tree }).collect();
        let options = match (without_rowid, strict) {
            (false, false) => "",
            (true, false) => " WITHOUT ROWID",
            (false, true) => " STRICT",
            (true, true) => " STRICT, WITHOUT ROWID",
        };
        Ok(Definition { columns: pieces, constraints, options: options.to_owned() })
    }

    /// The statement for a table of this name.
    pub(super) fn written(&self, name: &str) -> String {
        let columns = self.columns.iter().map(|piece| piece.text.as_str());
        let constraints = self.constraints.iter().map(|piece| piece.text.as_str());
        let inside: Vec<&str> = columns.chain(constraints).collect();
        format!("CREATE TABLE {} ({}){}", quoted_if_needed(name), inside.join(", "), self.options)
    }

    /// The column of this name.
    pub(super) fn column(&mut self, name: &str) -> Option<&mut Piece<ColumnDefinition>> {
        self.columns.iter_mut().find(|piece| piece.tree.name.text.eq_ignore_ascii_case(name))
    }

    /// Adds a column in the spelling of definitions.
    pub(super) fn add_column(&mut self, text: &str) -> Result<()> {
        let added = parsed(&format!("CREATE TABLE t ({text})"))?.columns;
        let added = added.into_iter().map(|tree| Piece { tree, text: text.to_owned() });
        self.columns.extend(added);
        Ok(())
    }

    /// Adds a constraint in the spelling of definitions.
    pub(super) fn add_constraint(&mut self, text: &str) -> Result<()> {
        let sql = format!("CREATE TABLE t (c, {text})");
        let added = parsed(&sql)?.constraints;
        let added = added.into_iter().map(|tree| Piece { tree, text: text.to_owned() });
        self.constraints.extend(added);
        Ok(())
    }
}

impl Piece<ColumnDefinition> {
    /// Changes what the constraints of a column are, and writes it anew.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut ColumnDefinition)) -> Result<()> {
        let identity = Identity::of(&self.text);
        change(&mut self.tree);
        self.text = column_text(&self.tree)?;
        if let Some(identity) = identity {
            self.text = format!("{} {}", self.text, identity.comment());
        }
        Ok(())
    }

    /// Gives a column another type, and what is told of it, which may stand behind the type in a comment.
    pub(super) fn retype(&mut self, declared_type: &str, told: Option<&str>) -> Result<()> {
        let kept = declared_type.split(" /*").next().unwrap_or(declared_type);
        kept.clone_into(&mut self.tree.declared_type);
        self.change(|tree| tree.told_type = told.map(str::to_owned))
    }
}

/// The constraint that DEFAULT makes.
pub(super) fn default_of(text: &str) -> Result<Option<ColumnConstraint>> {
    let parsed = parse_statement(&format!("CREATE TABLE t (c {text})"))?.map(|parsed| parsed.statement);
    let Some(Statement::CreateTable(create)) = parsed else { return Ok(None) };
    Ok(create.columns.into_iter().next().and_then(|column| column.constraints.into_iter().next()))
}

fn column_text(column: &ColumnDefinition) -> Result<String> {
    let mut text = quoted_if_needed(&column.name.text);
    if !column.declared_type.is_empty() {
        text = format!("{text} {}", column.declared_type);
    }
    if let Some(told) = &column.told_type {
        text = format!("{text} {}", told_type_comment(told));
    }
    for constraint in &column.constraints {
        let said = match constraint {
            ColumnConstraint::PrimaryKey { name, descending, autoincrement, on_conflict } => format!(
                "{}PRIMARY KEY{}{}{}",
                named(name),
                if *descending { " DESC" } else { "" },
                conflict(*on_conflict),
                if *autoincrement { " AUTOINCREMENT" } else { "" },
            ),
            ColumnConstraint::NotNull { on_conflict } => format!("NOT NULL{}", conflict(*on_conflict)),
            ColumnConstraint::Null => continue,
            ColumnConstraint::Unique { name, on_conflict } => {
                format!("{}UNIQUE{}", named(name), conflict(*on_conflict))
            }
            ColumnConstraint::Check { name, text, .. } => format!("{}CHECK ({text})", named(name)),
            ColumnConstraint::Default { value: Expression::Literal(value), .. } => {
                let mut literal = Vec::new();
                value.as_ref().write_literal(&mut literal);
                format!("DEFAULT {}", String::from_utf8_lossy(&literal))
            }
            ColumnConstraint::Default { text, .. } => format!("DEFAULT ({text})"),
            ColumnConstraint::Collate(name) => format!("COLLATE {}", quoted_if_needed(name)),
            ColumnConstraint::References(key) => format!("{}{}", named(&key.name), references(key)),
            ColumnConstraint::Generated { .. } => {
                return Err(Error::sql(format!(
                    "changing the generated column {} is not supported",
                    column.name
                )));
            }
        };
        text = format!("{text} {said}");
    }
    Ok(text)
}

/// A constraint of a table, written out. Its columns and its expression are taken from the statement.
pub(super) fn constraint_text(constraint: &TableConstraint, sql: &str) -> String {
    let list = |columns: &[IndexedColumn]| {
        let texts: Vec<&str> = columns.iter().map(|column| column.span.of(sql)).collect();
        texts.join(", ")
    };
    match constraint {
        TableConstraint::PrimaryKey { name, columns, autoincrement, on_conflict } => format!(
            "{}PRIMARY KEY ({}{}){}",
            named(name),
            list(columns),
            if *autoincrement { " AUTOINCREMENT" } else { "" },
            conflict(*on_conflict)
        ),
        TableConstraint::Unique { name, columns, on_conflict } => {
            format!("{}UNIQUE ({}){}", named(name), list(columns), conflict(*on_conflict))
        }
        TableConstraint::Check { name, text, .. } => format!("{}CHECK ({text})", named(name)),
        TableConstraint::ForeignKey { columns, references: key } => {
            let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
            format!("{}FOREIGN KEY ({}) {}", named(&key.name), columns.join(", "), references(key))
        }
    }
}

fn named(name: &Option<String>) -> String {
    name.as_ref().map_or(String::new(), |name| format!("CONSTRAINT {} ", quoted(name)))
}

fn conflict(clause: Option<ConflictClause>) -> &'static str {
    match clause {
        None => "",
        Some(ConflictClause::Rollback) => " ON CONFLICT ROLLBACK",
        Some(ConflictClause::Abort) => " ON CONFLICT ABORT",
        Some(ConflictClause::Fail) => " ON CONFLICT FAIL",
        Some(ConflictClause::Ignore) => " ON CONFLICT IGNORE",
        Some(ConflictClause::Replace) => " ON CONFLICT REPLACE",
    }
}

fn references(key: &ForeignKey) -> String {
    let action = |action: ReferenceAction| match action {
        ReferenceAction::NoAction => "",
        ReferenceAction::Restrict => "RESTRICT",
        ReferenceAction::SetNull => "SET NULL",
        ReferenceAction::SetDefault => "SET DEFAULT",
        ReferenceAction::Cascade => "CASCADE",
    };
    let mut text = format!("REFERENCES {}", quoted(&key.table));
    if !key.columns.is_empty() {
        let columns: Vec<String> = key.columns.iter().map(|name| quoted(name)).collect();
        text = format!("{text} ({})", columns.join(", "));
    }
    for (event, what) in [("DELETE", action(key.on_delete)), ("UPDATE", action(key.on_update))] {
        if !what.is_empty() {
            text = format!("{text} ON {event} {what}");
        }
    }
    if key.deferred {
        text.push_str(" DEFERRABLE INITIALLY DEFERRED");
    }
    text
}
