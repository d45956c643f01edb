//! The constraints of columns and of tables.

use helios_core::{Result, Value};

use super::lexer::is_space;
use super::literal::unquote;
use super::parser::Parser;
use super::token::Kind;
use crate::ast::{
    ColumnConstraint, ConflictClause, CreateTable, Expression, ForeignKey, ReferenceAction, Span,
    TableConstraint, UnaryOperator,
};

impl Parser<'_> {
    /// Whether a constraint of a column begins here.
    pub(super) fn at_column_constraint(&self) -> bool {
        use Kind::{
            As, Check, Collate, Constraint, Default, Deferrable, Generated, Not, Null, Primary, References,
            Unique,
        };
        matches!(
            self.token().kind,
            As | Check
                | Collate
                | Constraint
                | Default
                | Deferrable
                | Generated
                | Not
                | Null
                | Primary
                | References
                | Unique
        )
    }

    /// Takes a constraint of `column`. CONSTRAINT names all that follow it, as in SQLite.
    pub(super) fn column_constraint(
        &mut self,
        column: &str,
        name: &mut Option<String>,
        constraints: &mut Vec<ColumnConstraint>,
    ) -> Result<()> {
        let constraint = match self.take().kind {
            Kind::Constraint => {
                let written = self.placed_name()?;
                if self.is_postgres() {
                    self.keep_folded(&written);
                }
                *name = Some(written.text);
                return Ok(());
            }
            Kind::Primary => self.primary_key(name)?,
            Kind::Unique => ColumnConstraint::Unique { name: name.clone(), on_conflict: self.on_conflict()? },
            Kind::Null => {
                self.on_conflict()?;
                ColumnConstraint::Null
            }
            Kind::Not if self.accept(Kind::Null) => {
                ColumnConstraint::NotNull { on_conflict: self.on_conflict()? }
            }
            Kind::Not => {
                self.expect(Kind::Deferrable)?;
                self.initially()?;
                defer(constraints, false);
                return Ok(());
            }
            Kind::Deferrable => {
                let deferred = self.initially()?;
                defer(constraints, deferred);
                return Ok(());
            }
            Kind::Check => {
                let (expression, text) = self.parenthesized_text()?;
                ColumnConstraint::Check { name: name.clone(), expression, text }
            }
            Kind::Default => self.default_value()?,
            Kind::Collate => ColumnConstraint::Collate(self.identifier_or_text()?),
            Kind::References => ColumnConstraint::References(self.references(name)?),
            Kind::Generated if self.is_postgres() && self.identity_column(self.previous().start)? => {
                return Ok(());
            }
            Kind::Generated => {
                self.expect(Kind::Always)?;
                self.expect(Kind::As)?;
                self.generated(column)?
            }
            _ => self.generated(column)?,
        };
        constraints.push(constraint);
        Ok(())
    }

    fn primary_key(&mut self, name: &Option<String>) -> Result<ColumnConstraint> {
        self.expect(Kind::Key)?;
        let descending = self.descending();
        let on_conflict = self.on_conflict()?;
        let autoincrement = self.accept(Kind::AutoIncrement);
        Ok(ColumnConstraint::PrimaryKey { name: name.clone(), descending, autoincrement, on_conflict })
    }

    /// Takes the value after DEFAULT: a literal, a word that stands for itself, or an expression in parentheses.
    fn default_value(&mut self) -> Result<ColumnConstraint> {
        if self.is_postgres() {
            return self.postgres_default();
        }
        if self.at(Kind::LeftParen) {
            let (value, text) = self.parenthesized_text()?;
            return Ok(ColumnConstraint::Default { value, text });
        }
        let first = self.token();
        let value = match first.kind {
            Kind::Minus => {
                self.take();
                Parser::negated(self.term()?)?.tree
            }
            Kind::Plus => {
                self.take();
                Expression::Unary(UnaryOperator::Plus, Box::new(self.term()?.tree))
            }
            Kind::CurrentDate | Kind::CurrentTime | Kind::CurrentTimestamp => self.term()?.tree,
            kind if kind.is_identifier() || kind == Kind::Indexed => {
                self.take();
                Expression::Literal(word_value(self.text(first)))
            }
            _ => self.term()?.tree,
        };
        let text = self.slice(Span { start: first.start, end: self.previous().end }).to_owned();
        Ok(ColumnConstraint::Default { value, text })
    }

    /// Takes `(expression)`; answers also with the text between the parentheses.
    fn parenthesized_text(&mut self) -> Result<(Expression, String)> {
        let start = self.expect(Kind::LeftParen)?.end;
        let expression = self.expression()?;
        let end = self.expect(Kind::RightParen)?.start;
        let text = self.slice(Span { start, end });
        Ok((expression, text.trim_matches(|c: char| c.is_ascii() && is_space(c as u8)).to_owned()))
    }

    fn generated(&mut self, column: &str) -> Result<ColumnConstraint> {
        self.expect(Kind::LeftParen)?;
        let expression = self.expression()?;
        self.expect(Kind::RightParen)?;
        let mut stored = false;
        if self.token().kind.is_identifier() {
            let token = self.take();
            let word = self.text(token);
            stored = word.eq_ignore_ascii_case("stored");
            if !stored && !word.eq_ignore_ascii_case("virtual") {
                self.complain(format!("error in generated column \"{column}\""));
            }
        }
        Ok(ColumnConstraint::Generated { expression, stored })
    }

    /// Whether a constraint of a table begins here.
    pub(super) fn at_table_constraint(&self) -> bool {
        use Kind::{Check, Constraint, Foreign, Primary, Unique};
        matches!(self.token().kind, Check | Constraint | Foreign | Primary | Unique)
    }

    /// Takes the constraints of a table. Commas between them may be left out.
    pub(super) fn table_constraints(&mut self, table: &mut CreateTable, name: Option<String>) -> Result<()> {
        // As in SQLite, a name that the last column has said counts for a CHECK here; nobody is told those of others.
        let mut name = name.filter(|_| self.at(Kind::Check));
        loop {
            table.constraints.extend(self.table_constraint(&mut name)?);
            if self.accept(Kind::Comma) {
                name = None;
            } else if !self.at_table_constraint() {
                return Ok(());
            }
        }
    }

    pub(super) fn table_constraint(&mut self, name: &mut Option<String>) -> Result<Option<TableConstraint>> {
        if !self.at_table_constraint() {
            return self.unexpected();
        }
        Ok(Some(match self.take().kind {
            Kind::Constraint => {
                let written = self.placed_name()?;
                if self.is_postgres() {
                    self.keep_folded(&written);
                }
                *name = Some(written.text);
                return Ok(None);
            }
            Kind::Primary => {
                self.expect(Kind::Key)?;
                self.expect(Kind::LeftParen)?;
                let columns = self.indexed_columns()?;
                let autoincrement = self.accept(Kind::AutoIncrement);
                self.expect(Kind::RightParen)?;
                let on_conflict = self.on_conflict()?;
                TableConstraint::PrimaryKey { name: name.clone(), columns, autoincrement, on_conflict }
            }
            Kind::Unique => {
                self.expect(Kind::LeftParen)?;
                let columns = self.indexed_columns()?;
                self.expect(Kind::RightParen)?;
                TableConstraint::Unique { name: name.clone(), columns, on_conflict: self.on_conflict()? }
            }
            Kind::Check => {
                let (expression, text) = self.parenthesized_text()?;
                self.on_conflict()?;
                TableConstraint::Check { name: name.clone(), expression, text }
            }
            _ => self.foreign_key(name)?,
        }))
    }

    fn foreign_key(&mut self, name: &Option<String>) -> Result<TableConstraint> {
        self.expect(Kind::Key)?;
        if !self.at(Kind::LeftParen) {
            return self.unexpected();
        }
        let columns = self.bare_columns()?;
        self.expect(Kind::References)?;
        let mut references = self.references(name)?;
        if self.accept(Kind::Not) {
            self.expect(Kind::Deferrable)?;
            self.initially()?;
        } else if self.accept(Kind::Deferrable) {
            references.deferred = self.initially()?;
        }
        Ok(TableConstraint::ForeignKey { columns, references })
    }

    /// Takes what follows REFERENCES.
    fn references(&mut self, name: &Option<String>) -> Result<ForeignKey> {
        let table = self.placed_name()?;
        let columns = self.bare_columns()?;
        let (mut on_delete, mut on_update) = Default::default();
        loop {
            if self.accept(Kind::Match) {
                self.name()?;
            } else if self.accept(Kind::On) {
                let event = self.token().kind;
                if !matches!(event, Kind::Insert | Kind::Delete | Kind::Update) {
                    return self.unexpected();
                }
                self.take();
                let action = self.reference_action()?;
                match event {
                    Kind::Delete => on_delete = action,
                    Kind::Update => on_update = action,
                    _ => {}
                }
            } else {
                return Ok(ForeignKey {
                    name: name.clone(),
                    table,
                    columns,
                    on_delete,
                    on_update,
                    deferred: false,
                });
            }
        }
    }

    fn reference_action(&mut self) -> Result<ReferenceAction> {
        if self.accept(Kind::Set) {
            if self.accept(Kind::Null) {
                return Ok(ReferenceAction::SetNull);
            }
            self.expect(Kind::Default)?;
            return Ok(ReferenceAction::SetDefault);
        }
        if self.accept(Kind::No) {
            self.expect(Kind::Action)?;
            return Ok(ReferenceAction::NoAction);
        }
        if self.accept(Kind::Cascade) {
            return Ok(ReferenceAction::Cascade);
        }
        self.expect(Kind::Restrict)?;
        Ok(ReferenceAction::Restrict)
    }

    /// Takes INITIALLY after DEFERRABLE if it is there; answers whether DEFERRED comes after it.
    fn initially(&mut self) -> Result<bool> {
        if !self.accept(Kind::Initially) {
            return Ok(false);
        }
        let deferred = self.accept(Kind::Deferred);
        if !deferred {
            self.expect(Kind::Immediate)?;
        }
        Ok(deferred)
    }

    /// Takes ON CONFLICT if it is there.
    fn on_conflict(&mut self) -> Result<Option<ConflictClause>> {
        if !self.accept(Kind::On) {
            return Ok(None);
        }
        self.expect(Kind::Conflict)?;
        Ok(Some(self.conflict_clause()?))
    }
}

/// DEFERRABLE is about the reference before it.
fn defer(constraints: &mut [ColumnConstraint], deferred: bool) {
    let references = constraints.iter_mut().rev().find_map(|constraint| match constraint {
        ColumnConstraint::References(references) => Some(references),
        _ => None,
    });
    if let Some(references) = references {
        references.deferred = deferred;
    }
}

/// A word after DEFAULT: true, false, or the text that it is.
fn word_value(word: &str) -> Value {
    if word.eq_ignore_ascii_case("true") {
        return Value::Integer(1);
    }
    if word.eq_ignore_ascii_case("false") {
        return Value::Integer(0);
    }
    Value::text(&unquote(word))
}
