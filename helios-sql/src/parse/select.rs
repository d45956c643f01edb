//! SELECT, VALUES, WITH, and what combines and orders them.

use helios_core::{Error, Result};

use super::parser::{Parser, QUERY_NESTING};
use super::postgres::postgres_column_name;
use super::postgres_from::with_tight_intersections;
use super::postgres_query::Grouping;
use super::token::Kind;
use crate::ast::{
    CommonTable, Compound, CompoundOperator, Expression, From, Nulls, OrderingTerm, ResultColumn, Select,
    SelectCore, SelectTerm, WithPart,
};

/// The most terms of one query.
const MAX_TERMS: usize = 500;

impl Parser<'_> {
    /// Whether a query begins here.
    pub(super) fn at_query(&self) -> bool {
        matches!(self.token().kind, Kind::Select | Kind::Values | Kind::With)
            || self.at_bracketed_query()
            || self.is_table(self.token())
    }

    /// Takes a query.
    pub(super) fn select(&mut self) -> Result<Select> {
        if !self.at_query() {
            return self.unexpected();
        }
        self.enter(QUERY_NESTING)?;
        let with = self.with_clause()?;
        let select = self.select_after(with)?;
        self.leave(QUERY_NESTING);
        Ok(select)
    }

    /// Takes WITH if it is there.
    pub(super) fn with_clause(&mut self) -> Result<Vec<CommonTable>> {
        if !self.at(Kind::With) {
            return Ok(Vec::new());
        }
        let table = |part| match part {
            WithPart::Table(table) => Ok(*table),
            WithPart::Change { .. } => {
                Err(Error::sql("WITH clause containing a data-modifying statement must be at the top level"))
            }
        };
        self.with_parts()?.into_iter().map(table).collect()
    }

    /// Takes WITH and its tables.
    pub(super) fn with_parts(&mut self) -> Result<Vec<WithPart>> {
        self.expect(Kind::With)?;
        self.accept(Kind::Recursive);
        let mut parts: Vec<WithPart> = Vec::new();
        loop {
            let part = self.common_table()?;
            let name = part.name();
            if parts.iter().any(|other| other.name().eq_ignore_ascii_case(name)) {
                self.complain(format!("duplicate WITH table name: {name}"));
            }
            parts.push(part);
            if !self.accept(Kind::Comma) {
                return Ok(parts);
            }
        }
    }

    fn common_table(&mut self) -> Result<WithPart> {
        let name = self.name()?;
        let columns = self.bare_columns()?.into_iter().map(|name| name.text).collect();
        self.expect(Kind::As)?;
        let materialized = if self.accept(Kind::Not) {
            self.expect(Kind::Materialized)?;
            Some(false)
        } else {
            self.accept(Kind::Materialized).then_some(true)
        };
        self.expect(Kind::LeftParen)?;
        if let Some(change) = self.change_in_with()? {
            self.expect(Kind::RightParen)?;
            return Ok(WithPart::Change { name, columns, change });
        }
        let select = self.select()?;
        self.expect(Kind::RightParen)?;
        Ok(WithPart::Table(Box::new(CommonTable::of(&name, columns, materialized, select))))
    }

    /// Takes the terms of a query and what follows them.
    pub(super) fn select_after(&mut self, with: Vec<CommonTable>) -> Result<Select> {
        if self.at_bracketed_query() {
            let query = self.bracketed_query()?;
            if with.is_empty() && !self.goes_on_behind_brackets() {
                self.lock()?;
                return Ok(self.without_brackets(query));
            }
            let first = self.bracketed_term(query);
            return self.select_behind(with, first);
        }
        let first = self.select_term()?;
        self.select_behind(with, first)
    }

    /// Whether something about a query follows its brackets.
    fn goes_on_behind_brackets(&self) -> bool {
        let kind = self.token().kind;
        matches!(kind, Kind::Union | Kind::Intersect | Kind::Except | Kind::Order | Kind::Limit)
            || self.at_row_count()
    }

    /// Takes what follows the first term of a query.
    fn select_behind(&mut self, with: Vec<CommonTable>, first: SelectTerm) -> Result<Select> {
        let mut select = Select {
            with,
            first,
            rest: Vec::new(),
            order_by: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        };
        let mut misplaced = None;
        let mut last_is_select = matches!(select.first, SelectTerm::Select(_));
        loop {
            if last_is_select {
                select.order_by = self.order_by()?;
                self.limit(&mut select)?;
            }
            let Some(operator) = self.compound_operator()? else { break };
            if !select.order_by.is_empty() {
                misplaced = Some(("ORDER BY", operator));
            } else if select.limit.is_some() {
                misplaced = Some(("LIMIT", operator));
            }
            (select.order_by, select.limit, select.offset) = (Vec::new(), None, None);
            let term = self.select_term()?;
            last_is_select = matches!(term, SelectTerm::Select(_));
            select.rest.push(Compound { operator, term });
        }
        if let Some(message) = wrong_terms(&select, misplaced) {
            self.complain(message);
        }
        if self.is_postgres() {
            select.rest = with_tight_intersections(select.rest);
            self.lock()?;
        }
        Ok(select)
    }

    fn compound_operator(&mut self) -> Result<Option<CompoundOperator>> {
        let operator = match self.token().kind {
            Kind::Union => CompoundOperator::Union,
            Kind::Intersect => CompoundOperator::Intersect,
            Kind::Except => CompoundOperator::Except,
            _ => return Ok(None),
        };
        self.take();
        if operator == CompoundOperator::Union && self.accept(Kind::All) {
            return Ok(Some(CompoundOperator::UnionAll));
        }
        Ok(Some(operator))
    }

    fn select_term(&mut self) -> Result<SelectTerm> {
        if self.is_postgres() && self.at(Kind::LeftParen) {
            let query = self.bracketed_query()?;
            return Ok(self.bracketed_term(query));
        }
        if self.is_table(self.token()) {
            return self.whole_table();
        }
        if self.accept(Kind::Values) {
            return Ok(SelectTerm::Values(self.rows()?));
        }
        self.expect(Kind::Select)?;
        Ok(SelectTerm::Select(Box::new(self.core()?)))
    }

    /// The rows after VALUES.
    fn rows(&mut self) -> Result<Vec<Vec<Expression>>> {
        let rows = self.comma_list(|parser| {
            parser.expect(Kind::LeftParen)?;
            let row = parser.comma_list(Parser::value_or_default)?;
            parser.expect(Kind::RightParen)?;
            Ok(row)
        })?;
        if rows.iter().any(|row| row.len() != rows[0].len()) {
            self.complain_later("all VALUES must have the same number of terms");
        }
        Ok(rows)
    }

    /// Takes DISTINCT or ALL if it is there.
    pub(super) fn distinct(&mut self) -> bool {
        let distinct = self.accept(Kind::Distinct);
        if !distinct {
            self.accept(Kind::All);
        }
        distinct
    }

    /// What follows the word SELECT.
    fn core(&mut self) -> Result<SelectCore> {
        let mut distinct = self.distinct();
        let distinct_on = if distinct { self.distinct_on()? } else { Vec::new() };
        distinct &= distinct_on.is_empty();
        let columns = self.result_columns()?;
        let from = if self.accept(Kind::From) { Some(self.sources()?) } else { None };
        let mut system_time = if from.is_some() { self.system_time()? } else { None };
        let filter = self.where_clause()?;
        if filter.is_some() && system_time.is_none() {
            system_time = self.system_time()?;
        }
        let mut grouping = Grouping::default();
        if self.accept(Kind::Group) {
            self.expect(Kind::By)?;
            grouping = self.grouping()?;
        }
        let having = if self.accept(Kind::Having) { Some(self.expression()?) } else { None };
        let windows = self.window_clause()?;
        Ok(SelectCore {
            distinct,
            distinct_on,
            columns,
            from,
            filter,
            system_time,
            group_by: grouping.expressions,
            grouping_sets: grouping.sets,
            having,
            windows,
        })
    }

    /// Takes WHERE if it is there.
    pub(super) fn where_clause(&mut self) -> Result<Option<Expression>> {
        if self.accept(Kind::Where) { Ok(Some(self.expression()?)) } else { Ok(None) }
    }

    /// Takes the columns of SELECT or RETURNING.
    pub(super) fn result_columns(&mut self) -> Result<Vec<ResultColumn>> {
        self.comma_list(Parser::result_column)
    }

    fn result_column(&mut self) -> Result<ResultColumn> {
        if self.accept(Kind::Star) {
            return Ok(ResultColumn::Star);
        }
        let token = self.token();
        if token.kind.is_name() {
            let dot = self.after(token);
            if dot.kind == Kind::Dot && self.after(dot).kind == Kind::Star {
                let table = self.name()?;
                self.take();
                self.take();
                return Ok(ResultColumn::TableStar(table));
            }
        }
        let expression = self.expression()?;
        let span = self.span_from(token.start);
        let mut alias = if self.at_no_data() || self.at_lock() { None } else { self.alias()? };
        if alias.is_none() && self.is_postgres() {
            alias = postgres_column_name(&expression);
        }
        Ok(ResultColumn::Expression { expression, alias, span })
    }

    /// Takes `AS name`, or an identifier or a text without AS, if it is there.
    pub(super) fn alias(&mut self) -> Result<Option<String>> {
        if self.accept(Kind::As) {
            return Ok(Some(if self.is_postgres() { self.alias_word()? } else { self.name()? }));
        }
        if self.at_identifier_or_text() { Ok(Some(self.name()?)) } else { Ok(None) }
    }

    /// Takes ORDER BY if it is there.
    pub(super) fn order_by(&mut self) -> Result<Vec<OrderingTerm>> {
        if !self.accept(Kind::Order) {
            return Ok(Vec::new());
        }
        self.expect(Kind::By)?;
        let mut terms = self.comma_list(Parser::ordering_term)?;
        if self.is_postgres() {
            // NULLs are greater than all else there.
            for term in terms.iter_mut().filter(|term| term.nulls.is_none()) {
                term.nulls = Some(if term.descending { Nulls::First } else { Nulls::Last });
            }
        }
        Ok(terms)
    }

    /// Takes `expression [ASC | DESC] [NULLS FIRST | NULLS LAST]`.
    pub(super) fn ordering_term(&mut self) -> Result<OrderingTerm> {
        self.placed_ordering_term().map(|(term, _)| term)
    }

    /// Takes such a term; answers with it and with the end of its expression.
    pub(super) fn placed_ordering_term(&mut self) -> Result<(OrderingTerm, usize)> {
        let expression = self.expression()?;
        let end = self.previous().end;
        let descending = self.descending();
        let mut nulls = None;
        if self.accept(Kind::Nulls) {
            nulls = match self.token().kind {
                Kind::First => Some(Nulls::First),
                Kind::Last => Some(Nulls::Last),
                _ => return self.unexpected(),
            };
            self.take();
        }
        Ok((OrderingTerm { expression, descending, nulls }, end))
    }

    /// Takes ASC or DESC if it is there.
    pub(super) fn descending(&mut self) -> bool {
        let descending = self.accept(Kind::Desc);
        if !descending {
            self.accept(Kind::Asc);
        }
        descending
    }

    /// Takes LIMIT if it is there. `LIMIT a, b` says the offset first.
    fn limit(&mut self, select: &mut Select) -> Result<()> {
        (select.limit, select.offset) = self.limit_clause()?;
        Ok(())
    }

    /// Takes LIMIT if it is there; answers with it and with OFFSET.
    pub(super) fn limit_clause(&mut self) -> Result<(Option<Expression>, Option<Expression>)> {
        if self.is_postgres() {
            return self.postgres_limit();
        }
        if !self.accept(Kind::Limit) {
            return Ok((None, None));
        }
        let first = self.expression()?;
        if self.accept(Kind::Comma) {
            return Ok((Some(self.expression()?), Some(first)));
        }
        let offset = if self.accept(Kind::Offset) { Some(self.expression()?) } else { None };
        Ok((Some(first), offset))
    }
}

/// What SQLite checks once it has read a query: the place of ORDER BY and LIMIT, and the number of terms.
fn wrong_terms(select: &Select, misplaced: Option<(&str, CompoundOperator)>) -> Option<String> {
    let rows = match &select.first {
        SelectTerm::Values(rows) => rows.len(),
        SelectTerm::Select(_) => 1,
    };
    if !select.rest.is_empty() && rows + select.rest.len() > MAX_TERMS {
        return Some("too many terms in compound SELECT".into());
    }
    let (clause, operator) = misplaced?;
    let operator = match operator {
        CompoundOperator::Union => "UNION",
        CompoundOperator::UnionAll => "UNION ALL",
        CompoundOperator::Intersect => "INTERSECT",
        CompoundOperator::Except => "EXCEPT",
    };
    Some(format!("{clause} clause should come after {operator} not before"))
}

/// `SELECT * FROM …`.
pub(super) fn all_rows(from: From) -> Select {
    let core = SelectCore { from: Some(from), ..SelectCore::of_columns(vec![ResultColumn::Star]) };
    Select {
        with: Vec::new(),
        first: SelectTerm::Select(Box::new(core)),
        rest: Vec::new(),
        order_by: Vec::new(),
        limit: None,
        offset: None,
        lock: None,
    }
}
