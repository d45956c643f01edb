//! The definition of a table in pieces, to be put together again with some of them changed.
//!
//! In: a table's statement. Out: the same with other columns and constraints. Pieces that nobody changes keep their text.

use helios_core::{Error, Result};

use super::alter::parsed;
use super::comment::with_constraint_comments;
use super::{quoted, quoted_if_needed};
use crate::ast::{
    ColumnConstraint, ColumnDefinition, ConflictClause, CreateTable, Expression, ForeignKey, Included,
    IndexedColumn, ReferenceAction, Statement, TableConstraint,
};
use crate::parse::{
    Identity, OWN_SEQUENCE, comment_in, constraint_comments_in, parse_statement, told_type_comment,
    without_comment, written_comment,
};

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
    /// What is said of the table.
    comment: Option<String>,
    /// What is said of its constraints, with their names.
    pub(super) constraint_comments: Vec<(String, String)>,
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
            let told = Told::of(&sql[tree.span.start..end]);
            if told != Told::of(&text) {
                text = told.behind(&text);
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
        Ok(Definition {
            columns: pieces,
            constraints,
            options: options.to_owned(),
            comment: comment_in(&sql[columns_end..]),
            constraint_comments: constraint_comments_in(sql),
        })
    }

    /// The statement for a table of this name.
    pub(super) fn written(&self, name: &str) -> String {
        let columns = self.columns.iter().map(|piece| piece.text.as_str());
        let constraints = self.constraints.iter().map(|piece| piece.text.as_str());
        let inside: Vec<&str> = columns.chain(constraints).collect();
        let sql = format!("CREATE TABLE {} ({}){}", quoted_if_needed(name), inside.join(", "), self.options);
        let comment = self.comment.as_deref().map(written_comment);
        let sql = comment.map_or_else(|| sql.clone(), |comment| format!("{sql} {comment}"));
        with_constraint_comments(&sql, &self.constraint_comments)
    }

    /// The column of this name.
    pub(super) fn column(&mut self, name: &str) -> Option<&mut Piece<ColumnDefinition>> {
        self.columns.iter_mut().find(|piece| piece.tree.name.text.eq_ignore_ascii_case(name))
    }

    /// Gives the CHECKs these names, in their order.
    pub(super) fn name_checks(&mut self, names: Vec<String>) {
        let of_columns = self.columns.iter_mut().flat_map(|piece| &mut piece.tree.constraints);
        let of_columns = of_columns.filter_map(|constraint| match constraint {
            ColumnConstraint::Check { name, .. } => Some(name),
            _ => None,
        });
        let of_table = self.constraints.iter_mut().filter_map(|piece| match &mut piece.tree {
            TableConstraint::Check { name, .. } => Some(name),
            _ => None,
        });
        for (check, name) in of_columns.chain(of_table).zip(names) {
            *check = Some(name);
        }
    }

    /// Has the comment of a constraint follow it to another name.
    pub(super) fn rename_comment(&mut self, from: &str, to: &str) {
        for (name, _) in self.constraint_comments.iter_mut().filter(|(name, _)| name == from) {
            to.clone_into(name);
        }
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

/// What comments behind a column say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    identity: Option<Identity>,
    comment: Option<String>,
}

impl Told {
    fn of(sql: &str) -> Told {
        Told { identity: Identity::of(sql), comment: comment_in(sql) }
    }

    /// The text of a column with these behind it.
    fn behind(&self, text: &str) -> String {
        let identity = self.identity.filter(|_| Identity::of(text).is_none()).map(Identity::comment);
        let comment = self.comment.as_deref().map(written_comment);
        let told = identity.into_iter().chain(comment);
        told.fold(without_comment(text), |text, comment| format!("{text} {comment}"))
    }
}

impl Piece<ColumnDefinition> {
    /// Changes what the constraints of a column are, and writes it anew.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut ColumnDefinition)) -> Result<()> {
        let told = Told::of(&self.text);
        change(&mut self.tree);
        self.text = told.behind(&column_text(&self.tree)?);
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

/// A column of another table for one that is like it.
pub(super) fn copied_column(piece: &Piece<ColumnDefinition>, included: Included) -> Result<String> {
    let told = Told::of(&piece.text);
    let mut column = piece.tree.clone();
    let is_key = |it: &ColumnConstraint| matches!(it, ColumnConstraint::PrimaryKey { .. });
    let is_not_null = |it: &ColumnConstraint| matches!(it, ColumnConstraint::NotNull { .. });
    let was_key = column.constraints.iter().any(is_key);
    column.constraints.retain_mut(|constraint| match constraint {
        ColumnConstraint::PrimaryKey { name, .. } | ColumnConstraint::Unique { name, .. } => {
            *name = None;
            included.indexes
        }
        ColumnConstraint::Check { .. } => included.constraints,
        ColumnConstraint::Default { text, .. } => {
            // The numbers come from the same sequence, which stays the other table's.
            *text = text.replace(OWN_SEQUENCE, "");
            included.defaults
        }
        ColumnConstraint::Generated { .. } => included.generated,
        ColumnConstraint::References(_) => false,
        ColumnConstraint::NotNull { .. } | ColumnConstraint::Null | ColumnConstraint::Collate(_) => true,
    });
    if was_key && !included.indexes {
        let whole = match column.told_type.take_if(|told| matches!(told.as_str(), "int2" | "int4")) {
            Some(told) => told.to_ascii_uppercase(),
            None if column.declared_type == "INTEGER" => "BIGINT".to_owned(),
            None => column.declared_type.clone(),
        };
        column.declared_type = whole;
        if !column.constraints.iter().any(is_not_null) {
            column.constraints.push(ColumnConstraint::NotNull { on_conflict: None });
        }
    }
    let kept = Told {
        identity: told.identity.filter(|_| included.identity && included.indexes),
        comment: told.comment.filter(|_| included.comments),
    };
    let is_generated = |it: &ColumnConstraint| matches!(it, ColumnConstraint::Generated { .. });
    match column.constraints.iter().any(is_generated) {
        true => Ok(kept.behind(&without_comment(&piece.text))),
        false => Ok(kept.behind(&column_text(&column)?)),
    }
}

/// A key or a constraint for different values without its name, for a table that is like the one that has it.
pub(super) fn unnamed_key(constraint: &TableConstraint, sql: &str) -> Option<String> {
    let mut constraint = constraint.clone();
    match &mut constraint {
        TableConstraint::PrimaryKey { name, .. } | TableConstraint::Unique { name, .. } => *name = None,
        TableConstraint::Check { .. } | TableConstraint::ForeignKey { .. } => return None,
    }
    Some(constraint_text(&constraint, sql))
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
