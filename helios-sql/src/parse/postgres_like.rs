//! CREATE TABLE with LIKE, and what temporary tables do when a transaction ends.

use helios_core::{Result, Value};

use super::parser::Parser;
use super::select::all_rows;
use super::token::Kind;
use crate::ast::{
    CreateTable, CreateTableLike, Expression, From, Included, LikeElement, OnCommit, Select, Span, Statement,
    TableSource,
};

impl Parser<'_> {
    /// Whether one of the elements of the parenthesis that begins here is LIKE.
    pub(super) fn has_like(&self) -> bool {
        if !self.is_postgres() || !self.at(Kind::LeftParen) {
            return false;
        }
        let (mut token, mut depth) = (self.token(), 0);
        loop {
            let next = self.after(token);
            match token.kind {
                Kind::LeftParen => depth += 1,
                Kind::RightParen => depth -= 1,
                _ => {}
            }
            if depth == 1 && matches!(token.kind, Kind::LeftParen | Kind::Comma) && next.kind == Kind::Like {
                return true;
            }
            if depth == 0 || matches!(token.kind, Kind::End | Kind::Illegal) {
                return false;
            }
            token = next;
        }
    }

    /// Takes the elements of a table of which some are LIKE, and what follows them.
    pub(super) fn create_like(&mut self, mut table: CreateTable) -> Result<Statement> {
        self.expect(Kind::LeftParen)?;
        let mut elements = Vec::new();
        let mut pieces = Vec::new();
        loop {
            if self.accept(Kind::Like) {
                elements.push(Some(LikeElement::Like(self.object_name()?, self.included()?)));
            } else if self.at_table_constraint() {
                let start = self.token().start;
                self.table_constraints(&mut table, None)?;
                pieces.push((elements.len(), true, Span { start, end: self.previous().end }));
                elements.push(None);
                break;
            } else {
                let start = self.token().start;
                let column = self.column_definition(&mut None)?;
                table.columns.push(column);
                pieces.push((elements.len(), false, Span { start, end: self.previous().end }));
                elements.push(None);
            }
            if !self.accept(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RightParen)?;
        self.settle_types(&table);
        self.storage_clauses()?;
        let on_commit = self.on_commit()?;
        for (place, is_constraint, span) in pieces {
            let text = self.edited_piece(span);
            elements[place] = Some(match is_constraint {
                true => LikeElement::Constraints(text),
                false => LikeElement::Column(text),
            });
        }
        let CreateTable { temporary, if_not_exists, name, .. } = table;
        let elements = elements.into_iter().flatten().collect();
        let like = CreateTableLike { temporary, if_not_exists, name, elements, on_commit };
        Ok(Statement::CreateTableLike(Box::new(like)))
    }

    /// A piece of the source as definitions are kept.
    fn edited_piece(&mut self, span: Span) -> String {
        let all = self.edits.clone();
        self.edits.retain(|edit| edit.is_within(span));
        let text = self.edited_between(span.start, span.end);
        self.edits = all;
        text
    }

    /// Takes INCLUDING and EXCLUDING.
    fn included(&mut self) -> Result<Included> {
        let mut included = Included::default();
        loop {
            let including = self.is_word(self.token(), "INCLUDING");
            if !including && !self.is_word(self.token(), "EXCLUDING") {
                return Ok(included);
            }
            self.take();
            let token = self.take();
            match self.text(token).to_ascii_lowercase().as_str() {
                "all" => {
                    included = Included {
                        comments: including,
                        constraints: including,
                        defaults: including,
                        generated: including,
                        identity: including,
                        indexes: including,
                    }
                }
                "comments" => included.comments = including,
                "constraints" => included.constraints = including,
                "defaults" => included.defaults = including,
                "generated" => included.generated = including,
                "identity" => included.identity = including,
                "indexes" => included.indexes = including,
                // There are none that could be taken along.
                "compression" | "statistics" | "storage" => {}
                _ => return self.unexpected(),
            }
        }
    }

    /// Whether WITH DATA or WITH NO DATA stands here.
    pub(super) fn at_no_data(&self) -> bool {
        if !self.is_postgres() || !self.at(Kind::With) {
            return false;
        }
        let next = self.after(self.token());
        self.is_word(next, "DATA") || next.kind == Kind::No && self.is_word(self.after(next), "DATA")
    }

    /// Takes ON COMMIT if it is there.
    pub(super) fn on_commit(&mut self) -> Result<Option<OnCommit>> {
        let start = self.token().start;
        if !self.is_postgres() || !self.at(Kind::On) || self.after(self.token()).kind != Kind::Commit {
            return Ok(None);
        }
        self.take();
        self.take();
        let found = match self.token().kind {
            Kind::Drop => {
                self.take();
                Some(OnCommit::Drop)
            }
            Kind::Delete => {
                self.take();
                self.expect(Kind::Rows)?;
                Some(OnCommit::DeleteRows)
            }
            _ => {
                if !self.is_word(self.token(), "PRESERVE") {
                    return self.unexpected();
                }
                self.take();
                self.expect(Kind::Rows)?;
                None
            }
        };
        self.replace(start, self.previous().end, "");
        Ok(found)
    }
}

/// A query with the columns of another one, and none of its rows.
pub(super) fn no_rows(select: Select) -> Select {
    let first = TableSource::Subquery { select: Box::new(select), alias: None, is_lateral: false };
    let limit = Some(Expression::Literal(Value::Integer(0)));
    Select { limit, ..all_rows(From { first, joins: Vec::new() }) }
}
