//! INSERT, REPLACE, UPDATE, DELETE.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{
    Assignment, CommonTable, ConflictClause, Delete, Expression, IndexHint, Insert, ObjectName, OrderingTerm,
    ResultColumn, Select, Statement, Update, Upsert, UpsertAction,
};

impl Parser<'_> {
    /// Takes INSERT or REPLACE.
    pub(super) fn insert(&mut self, with: Vec<CommonTable>) -> Result<Statement> {
        let on_conflict = if self.accept(Kind::Replace) {
            Some(ConflictClause::Replace)
        } else {
            self.expect(Kind::Insert)?;
            self.or_clause()?
        };
        self.expect(Kind::Into)?;
        let (table, alias) = self.target()?;
        let has_columns = self.at(Kind::LeftParen) && !self.at_bracketed_query();
        let columns = if has_columns { self.name_list()? } else { Vec::new() };
        let overriding = self.overriding()?;
        let (source, upserts) = self.rows_to_insert()?;
        let returning = self.returning()?;
        let insert =
            Insert { with, on_conflict, table, alias, columns, overriding, source, upserts, returning };
        Ok(Statement::Insert(Box::new(insert)))
    }

    fn rows_to_insert(&mut self) -> Result<(Option<Box<Select>>, Vec<Upsert>)> {
        if !self.in_trigger && self.accept(Kind::Default) {
            self.expect(Kind::Values)?;
            return Ok((None, Vec::new()));
        }
        let source = Box::new(self.select()?);
        let mut upserts = Vec::new();
        // A clause that names no constraint takes every conflict, so it is the last.
        while self.at(Kind::On) && upserts.last().is_none_or(|last: &Upsert| !last.target.is_empty()) {
            upserts.push(self.upsert()?);
        }
        Ok((Some(source), upserts))
    }

    fn upsert(&mut self) -> Result<Upsert> {
        self.expect(Kind::On)?;
        self.expect(Kind::Conflict)?;
        let (mut target, mut target_filter, mut constraint) = (Vec::new(), None, None);
        if self.accept(Kind::LeftParen) {
            target = self.indexed_columns()?;
            self.expect(Kind::RightParen)?;
            target_filter = self.where_clause()?;
        } else if self.is_postgres() && self.accept(Kind::On) {
            self.expect(Kind::Constraint)?;
            constraint = Some(self.name()?);
        }
        self.expect(Kind::Do)?;
        if self.accept(Kind::Nothing) {
            return Ok(Upsert { target, constraint, target_filter, action: None });
        }
        self.expect(Kind::Update)?;
        self.expect(Kind::Set)?;
        let assignments = self.assignments()?;
        let action = Some(UpsertAction { assignments, filter: self.where_clause()? });
        Ok(Upsert { target, constraint, target_filter, action })
    }

    /// Takes UPDATE.
    pub(super) fn update(&mut self, with: Vec<CommonTable>) -> Result<Statement> {
        self.expect(Kind::Update)?;
        let on_conflict = self.or_clause()?;
        let (table, alias) = self.target()?;
        let index = self.target_hint()?;
        self.expect(Kind::Set)?;
        let assignments = self.assignments()?;
        let from = if self.accept(Kind::From) { Some(self.sources()?) } else { None };
        let filter = self.where_clause()?;
        // In a trigger these have no place.
        let (mut returning, mut order_by, mut limit, mut offset) = Default::default();
        if !self.in_trigger {
            returning = self.returning()?;
            order_by = self.order_by()?;
            (limit, offset) = self.limit_clause()?;
        }
        if from.is_some() && (!order_by.is_empty() || limit.is_some()) {
            self.complain("ORDER BY without LIMIT on UPDATE");
        }
        self.check_order(&order_by, limit.as_ref(), "UPDATE");
        let update = Update {
            with,
            on_conflict,
            table,
            alias,
            index,
            assignments,
            from,
            filter,
            order_by,
            limit,
            offset,
            returning,
        };
        Ok(Statement::Update(Box::new(update)))
    }

    /// Takes DELETE.
    pub(super) fn delete(&mut self, with: Vec<CommonTable>) -> Result<Statement> {
        self.expect(Kind::Delete)?;
        if self.is_word(self.token(), "HISTORY") && with.is_empty() && !self.in_trigger {
            return self.delete_history();
        }
        self.expect(Kind::From)?;
        let (table, alias) = self.target()?;
        let index = self.target_hint()?;
        let filter = match self.is_postgres() && self.at(Kind::Using) {
            true => Some(self.delete_using()?),
            false => self.where_clause()?,
        };
        // In a trigger these have no place.
        let (mut returning, mut order_by, mut limit, mut offset) = Default::default();
        if !self.in_trigger {
            returning = self.returning()?;
            order_by = self.order_by()?;
            (limit, offset) = self.limit_clause()?;
        }
        self.check_order(&order_by, limit.as_ref(), "DELETE");
        let delete = Delete { with, table, alias, index, filter, order_by, limit, offset, returning };
        Ok(Statement::Delete(Box::new(delete)))
    }

    /// INDEXED BY behind the table that is changed.
    fn target_hint(&mut self) -> Result<IndexHint> {
        let hint = self.index_hint()?;
        if self.in_trigger && hint != IndexHint::None {
            let words = if hint == IndexHint::NotIndexed { "NOT INDEXED" } else { "INDEXED BY" };
            self.complain(format!(
                "the {words} clause is not allowed on UPDATE or DELETE statements within triggers"
            ));
        }
        Ok(hint)
    }

    fn check_order(&mut self, order_by: &[OrderingTerm], limit: Option<&Expression>, statement: &str) {
        if !order_by.is_empty() && limit.is_none() {
            self.complain(format!("ORDER BY without LIMIT on {statement}"));
        }
    }

    /// Takes the table that is written to: its name, and an alias after AS.
    fn target(&mut self) -> Result<(ObjectName, Option<String>)> {
        let table = self.object_name()?;
        if self.in_trigger && table.schema.is_some() {
            self.complain(
                "qualified table names are not allowed on INSERT, UPDATE, and DELETE statements within triggers",
            );
        }
        let has_alias = self.accept(Kind::As)
            || self.is_postgres()
                && self.at_identifier_or_text()
                && !self.is_word(self.token(), "OVERRIDING");
        let alias = if has_alias { Some(self.name()?) } else { None };
        Ok((table, alias))
    }

    /// Takes `OR …` if it is there.
    fn or_clause(&mut self) -> Result<Option<ConflictClause>> {
        if self.accept(Kind::Or) { Ok(Some(self.conflict_clause()?)) } else { Ok(None) }
    }

    /// Takes ROLLBACK, ABORT, FAIL, IGNORE or REPLACE.
    pub(super) fn conflict_clause(&mut self) -> Result<ConflictClause> {
        let clause = match self.token().kind {
            Kind::Rollback => ConflictClause::Rollback,
            Kind::Abort => ConflictClause::Abort,
            Kind::Fail => ConflictClause::Fail,
            Kind::Ignore => ConflictClause::Ignore,
            Kind::Replace => ConflictClause::Replace,
            _ => return self.unexpected(),
        };
        self.take();
        Ok(clause)
    }

    fn returning(&mut self) -> Result<Vec<ResultColumn>> {
        if !self.accept(Kind::Returning) {
            return Ok(Vec::new());
        }
        let columns = self.result_columns()?;
        if self.in_trigger {
            self.complain("cannot use RETURNING in a trigger");
        }
        Ok(columns)
    }

    fn assignments(&mut self) -> Result<Vec<Assignment>> {
        self.comma_list(|parser| {
            let is_row = parser.at(Kind::LeftParen);
            let columns = if is_row { parser.name_list()? } else { vec![parser.placed_name()?] };
            parser.expect(Kind::Equal)?;
            let value = parser.value_or_default()?;
            if is_row {
                parser.check_width(columns.len(), &value);
            }
            Ok(Assignment { columns, value })
        })
    }

    /// A row is assigned to as many columns as it has values; what a query has is known only later.
    fn check_width(&mut self, columns: usize, value: &Expression) {
        let values = match value {
            Expression::Row(values) => values.len(),
            Expression::Subquery(_) => columns,
            _ => 1,
        };
        if columns != values {
            self.complain(format!("{columns} columns assigned {values} values"));
        }
    }
}
