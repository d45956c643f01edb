//! FROM: tables, queries, joins, and the time that a table is seen at.

use helios_core::Result;

use super::parser::Parser;
use super::postgres_from::with_named_columns;
use super::select::all_rows;
use super::token::{Kind, Token};
use crate::ast::{
    Expression, From, IndexHint, Join, JoinConstraint, JoinKind, SystemTime, TableSource, TimeRange,
};

impl Parser<'_> {
    /// Takes what follows the word FROM.
    pub(super) fn sources(&mut self) -> Result<From> {
        let first = self.table_source()?;
        match self.join_constraint()? {
            JoinConstraint::None => {}
            JoinConstraint::On(_) => self.complain("a JOIN clause is required before ON"),
            JoinConstraint::Using(_) => self.complain("a JOIN clause is required before USING"),
        }
        // Parentheses around what comes first change nothing: joins group from the left.
        let mut from = match first {
            TableSource::Join(inner) => *inner,
            first => From { first, joins: Vec::new() },
        };
        while let Some((kind, natural)) = self.join_operator()? {
            let source = self.table_source()?;
            let constraint = self.join_constraint()?;
            from.joins.push(Join { kind, natural, source, constraint });
        }
        Ok(from)
    }

    /// Takes a comma or JOIN with the words before it; answers with the kind, and whether it is natural.
    fn join_operator(&mut self) -> Result<Option<(JoinKind, bool)>> {
        let first = self.token();
        if matches!(first.kind, Kind::Comma | Kind::Join) {
            self.take();
            return Ok(Some((JoinKind::Inner, false)));
        }
        if !first.kind.is_join_word() {
            return Ok(None);
        }
        let mut words = vec![self.take()];
        while words.len() < 3 && self.token().kind.is_name() {
            words.push(self.take());
        }
        self.expect(Kind::Join)?;
        let join = join_kind(&words);
        if join.is_none() {
            let words: Vec<&str> = words.iter().map(|&word| self.text(word)).collect();
            self.complain(format!("unknown join type: {}", words.join(" ")));
        }
        Ok(Some(join.unwrap_or((JoinKind::Inner, false))))
    }

    fn join_constraint(&mut self) -> Result<JoinConstraint> {
        if self.accept(Kind::On) {
            return Ok(JoinConstraint::On(self.expression()?));
        }
        if self.accept(Kind::Using) {
            return Ok(JoinConstraint::Using(self.name_list()?));
        }
        Ok(JoinConstraint::None)
    }

    fn table_source(&mut self) -> Result<TableSource> {
        let is_behind_lateral = self.lateral();
        if self.at(Kind::LeftParen) {
            let mut source = self.parenthesized_source()?;
            if let TableSource::Subquery { is_lateral, .. } = &mut source {
                *is_lateral = is_behind_lateral;
            }
            return Ok(source);
        }
        let name = self.object_name()?;
        if self.accept(Kind::LeftParen) {
            let arguments = self.expression_list()?;
            self.expect(Kind::RightParen)?;
            if self.makes_records(&name) {
                return self.records(&name, arguments);
            }
            let is_numbered = self.ordinality()?;
            let (alias, columns) = self.table_alias()?;
            return Ok(TableSource::Function { name, arguments, alias, columns, is_numbered });
        }
        let mut system_time = self.system_time()?;
        let (alias, columns) = self.table_alias()?;
        if system_time.is_none() {
            system_time = self.system_time()?;
        }
        let index = self.index_hint()?;
        if columns.is_empty() {
            return Ok(TableSource::Table { name, alias, system_time, index });
        }
        let table = TableSource::Table { name, alias: None, system_time, index };
        let select = all_rows(From { first: table, joins: Vec::new() });
        Ok(with_named_columns(select, alias, columns))
    }

    /// A query or joins in parentheses.
    fn parenthesized_source(&mut self) -> Result<TableSource> {
        self.enter(2)?;
        self.take();
        let source = if self.at_query() {
            let select = Box::new(self.select()?);
            self.expect(Kind::RightParen)?;
            let (alias, columns) = self.table_alias()?;
            match columns.is_empty() {
                true => TableSource::Subquery { select, alias, is_lateral: false },
                false => with_named_columns(*select, alias, columns),
            }
        } else {
            let from = self.sources()?;
            self.expect(Kind::RightParen)?;
            let (alias, columns) = self.table_alias()?;
            match columns.is_empty() {
                true => renamed(from, alias),
                false => with_named_columns(all_rows(from), alias, columns),
            }
        };
        self.leave(2);
        Ok(source)
    }

    /// Takes an alias, and the names of columns behind it, if they are there.
    fn table_alias(&mut self) -> Result<(Option<String>, Vec<String>)> {
        if self.at_system_time() || self.at_lock() || self.at_row_count() || self.at_no_data() {
            return Ok((None, Vec::new()));
        }
        let alias = self.alias()?;
        let columns = if alias.is_some() { self.alias_columns()? } else { Vec::new() };
        Ok((alias, columns))
    }

    /// Takes INDEXED BY or NOT INDEXED if it is there.
    pub(super) fn index_hint(&mut self) -> Result<IndexHint> {
        if self.accept(Kind::Indexed) {
            self.expect(Kind::By)?;
            return Ok(IndexHint::By(self.name()?));
        }
        if self.accept(Kind::Not) {
            self.expect(Kind::Indexed)?;
            return Ok(IndexHint::NotIndexed);
        }
        Ok(IndexHint::None)
    }

    /// Whether `AS OF …` or `FOR SYSTEM_TIME` stands here. SQLite takes no token after the aliases `of` and `for` that
    /// would be taken for this.
    fn at_system_time(&self) -> bool {
        let next = match self.token().kind {
            Kind::As | Kind::For => self.after(self.token()),
            _ => return false,
        };
        if self.at(Kind::For) {
            return self.is_word(next, "SYSTEM_TIME");
        }
        let time = self.after(next);
        next.kind == Kind::Of
            && matches!(
                time.kind,
                Kind::String
                    | Kind::Integer
                    | Kind::Float
                    | Kind::Variable
                    | Kind::Identifier
                    | Kind::LeftParen
                    | Kind::Cast
                    | Kind::Commit
            )
    }

    /// Takes a time of `AS OF …` or `FOR SYSTEM_TIME …` if it is there.
    pub(super) fn system_time(&mut self) -> Result<Option<SystemTime>> {
        if !self.at_system_time() {
            return Ok(None);
        }
        let is_standard = self.accept(Kind::For);
        if is_standard {
            self.take();
            if !self.at(Kind::As) {
                return self.time_range().map(Some);
            }
        }
        self.expect(Kind::As)?;
        self.expect(Kind::Of)?;
        if self.accept(Kind::Commit) {
            return Ok(Some(SystemTime::AsOfCommit(self.constant_moment()?)));
        }
        Ok(Some(SystemTime::AsOf(self.timestamp()?)))
    }

    /// Takes a moment with or without the word TIMESTAMP.
    fn timestamp(&mut self) -> Result<Expression> {
        let next = self.after(self.token());
        if self.is_word(self.token(), "TIMESTAMP") && next.kind != Kind::Dot {
            self.take();
        }
        self.constant_moment()
    }

    fn time_range(&mut self) -> Result<SystemTime> {
        let range = match self.token().kind {
            Kind::From => TimeRange::FromTo,
            Kind::Between => TimeRange::Between,
            Kind::All => {
                self.take();
                return Ok(SystemTime::All);
            }
            _ if self.is_word(self.token(), "CONTAINED") => {
                self.take();
                if !self.at(Kind::In) {
                    return self.unexpected();
                }
                TimeRange::ContainedIn
            }
            _ => return self.unexpected(),
        };
        self.take();
        let (middle, is_enclosed) = match range {
            TimeRange::FromTo => (Kind::To, false),
            TimeRange::Between => (Kind::And, false),
            TimeRange::ContainedIn => (Kind::Comma, true),
        };
        if is_enclosed {
            self.expect(Kind::LeftParen)?;
        }
        let from = self.timestamp()?;
        self.expect(middle)?;
        let to = self.timestamp()?;
        if is_enclosed {
            self.expect(Kind::RightParen)?;
        }
        Ok(SystemTime::Range(range, Box::new([from, to])))
    }
}

/// What the words before JOIN mean, in whatever order; `None` if nothing.
fn join_kind(words: &[Token]) -> Option<(JoinKind, bool)> {
    let has = |kind: Kind| words.iter().any(|word| word.kind == kind);
    let left = has(Kind::Left) || has(Kind::Full);
    let right = has(Kind::Right) || has(Kind::Full);
    let cross = has(Kind::Cross);
    let is_outer = left || right;
    let contradicts = is_outer && (cross || has(Kind::Inner)) || has(Kind::Outer) && !is_outer;
    if contradicts || !words.iter().all(|word| word.kind.is_join_word()) {
        return None;
    }
    let kind = match (left, right) {
        (true, true) => JoinKind::Full,
        (true, false) => JoinKind::Left,
        (false, true) => JoinKind::Right,
        (false, false) if cross => JoinKind::Cross,
        (false, false) => JoinKind::Inner,
    };
    Some((kind, has(Kind::Natural)))
}

/// What parentheses around `from`, with an alias after them, stand for.
fn renamed(from: From, outer: Option<String>) -> TableSource {
    let Some(outer) = outer else {
        return if from.joins.is_empty() { from.first } else { TableSource::Join(Box::new(from)) };
    };
    let From { mut first, joins } = from;
    match &mut first {
        TableSource::Table { alias, .. }
        | TableSource::Function { alias, .. }
        | TableSource::Subquery { alias, .. }
            if joins.is_empty() =>
        {
            *alias = Some(outer);
            first
        }
        _ => {
            let select = Box::new(all_rows(From { first, joins }));
            TableSource::Subquery { select, alias: Some(outer), is_lateral: false }
        }
    }
}
