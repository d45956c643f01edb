//! What only PostgreSQL writes around the rows of a query: LATERAL, names of columns behind an alias, WITH ORDINALITY,
//! FETCH FIRST, FOR UPDATE, and INTERSECT before UNION.

use helios_core::{Error, ErrorKind, Result};

use super::parser::Parser;
use super::select::all_rows;
use super::token::Kind;
use crate::ast::{
    CommonTable, Compound, CompoundOperator, Expression, From, Lock, ObjectName, Select, SelectTerm,
    TableSource, UnaryOperator,
};

/// A query whose columns get other names is a common table of this name.
const NAMED: &str = "helios_named";

impl Parser<'_> {
    /// Takes LATERAL if it is there: a query behind it sees what is on its left. Functions always do.
    pub(super) fn lateral(&mut self) -> bool {
        let next = self.after(self.token()).kind;
        let is_there = self.is_postgres()
            && self.is_word(self.token(), "LATERAL")
            && (next == Kind::LeftParen || next.is_name() && next != Kind::As);
        if is_there {
            self.take();
        }
        is_there
    }

    /// Takes `ON (expressions)` behind DISTINCT if it is there.
    pub(super) fn distinct_on(&mut self) -> Result<Vec<Expression>> {
        if !self.is_postgres() || !self.at(Kind::On) {
            return Ok(Vec::new());
        }
        self.take();
        self.expect(Kind::LeftParen)?;
        let expressions = self.comma_list(Parser::expression)?;
        self.expect(Kind::RightParen)?;
        Ok(expressions)
    }

    /// Takes WITH ORDINALITY if it is there.
    pub(super) fn ordinality(&mut self) -> Result<bool> {
        let is_there =
            self.is_postgres() && self.at(Kind::With) && self.is_word(self.after(self.token()), "ORDINALITY");
        if is_there {
            self.take();
            self.take();
        }
        Ok(is_there)
    }

    /// Takes the names of columns behind an alias, with types or without.
    pub(super) fn alias_columns(&mut self) -> Result<Vec<String>> {
        if !self.is_postgres() || !self.accept(Kind::LeftParen) {
            return Ok(Vec::new());
        }
        let names = self.comma_list(|parser| {
            let name = parser.name()?;
            if !matches!(parser.token().kind, Kind::Comma | Kind::RightParen) {
                parser.postgres_type()?;
            }
            Ok(name)
        })?;
        self.expect(Kind::RightParen)?;
        Ok(names)
    }

    /// Takes an expression, or DEFAULT in the place of one.
    pub(super) fn value_or_default(&mut self) -> Result<Expression> {
        match self.is_postgres() && self.accept(Kind::Default) {
            true => Ok(super::postgres::call(super::DEFAULT_CALL, Vec::new())),
            false => self.expression(),
        }
    }

    /// Takes `USING sources WHERE condition` of DELETE; answers with the condition that there are such sources.
    pub(super) fn delete_using(&mut self) -> Result<Expression> {
        self.expect(Kind::Using)?;
        let mut select = all_rows(self.sources()?);
        if let SelectTerm::Select(core) = &mut select.first {
            core.filter = self.where_clause()?;
        }
        Ok(Expression::Exists(Box::new(select)))
    }

    /// Takes `OVERRIDING { SYSTEM | USER } VALUE` if it is there.
    pub(super) fn overriding(&mut self) -> Result<Option<bool>> {
        if !self.is_postgres() || !self.is_word(self.token(), "OVERRIDING") {
            return Ok(None);
        }
        self.take();
        let is_system = match self.name()?.to_ascii_lowercase().as_str() {
            "system" => true,
            "user" => false,
            _ => return self.unexpected(),
        };
        self.name()?;
        Ok(Some(is_system))
    }

    /// Whether FOR UPDATE or FOR SHARE stands here.
    pub(super) fn at_lock(&self) -> bool {
        let word = self.after(self.token());
        self.is_postgres()
            && self.at(Kind::For)
            && (matches!(word.kind, Kind::Update | Kind::Key | Kind::No) || self.is_word(word, "SHARE"))
    }

    /// Whether FETCH FIRST or OFFSET stands here, which are no aliases there.
    pub(super) fn at_row_count(&self) -> bool {
        let next = self.after(self.token());
        self.is_postgres()
            && (self.at(Kind::Offset)
                || self.is_word(self.token(), "FETCH")
                    && (next.kind == Kind::First || self.is_word(next, "NEXT")))
    }

    /// Takes FOR UPDATE and its like, also of a query within: the statement has to have its turn before it reads.
    pub(super) fn lock(&mut self) -> Result<()> {
        while self.at_lock() {
            self.take();
            let words = match self.token().kind {
                Kind::Update => "FOR UPDATE",
                _ if self.is_word(self.token(), "SHARE") => "FOR SHARE",
                Kind::Key => {
                    self.take();
                    "FOR KEY SHARE"
                }
                _ => {
                    self.take();
                    self.take();
                    "FOR NO KEY UPDATE"
                }
            };
            self.take();
            if self.accept(Kind::Of) {
                self.name_list_without_parentheses()?;
            }
            let is_impatient = self.is_word(self.token(), "NOWAIT");
            if is_impatient {
                self.take();
            } else if self.is_word(self.token(), "SKIP") {
                // All wait for one turn, so that none of the rows that are read are another's.
                self.take();
                self.take();
            }
            let is_first = self.lock.is_none();
            let lock = self.lock.get_or_insert(Lock { words, is_impatient });
            lock.is_impatient |= is_impatient;
            if is_first || words == "FOR UPDATE" {
                lock.words = words;
            }
        }
        Ok(())
    }

    fn name_list_without_parentheses(&mut self) -> Result<()> {
        self.comma_list(Parser::name).map(|_| ())
    }

    /// Takes LIMIT or FETCH FIRST, and OFFSET, in whatever order; answers with both.
    pub(super) fn postgres_limit(&mut self) -> Result<(Option<Expression>, Option<Expression>)> {
        let (mut limit, mut offset) = (None, None);
        loop {
            if limit.is_none() && self.accept(Kind::Limit) {
                let is_all = self.at(Kind::All) || self.at(Kind::Null);
                limit = match is_all {
                    true => {
                        self.take();
                        Some(Expression::Literal(helios_core::Value::Integer(-1)))
                    }
                    false => Some(self.count_of_rows("LIMIT")?),
                };
            } else if offset.is_none() && self.accept(Kind::Offset) {
                offset = Some(self.count_of_rows("OFFSET")?);
                let word = self.text(self.token());
                if word.eq_ignore_ascii_case("row") || word.eq_ignore_ascii_case("rows") {
                    self.take();
                }
            } else if limit.is_none()
                && let Some(count) = self.fetch_first()?
            {
                limit = Some(count);
            } else {
                break;
            }
        }
        let all = || Some(Expression::Literal(helios_core::Value::Integer(-1)));
        Ok((if offset.is_some() { limit.or_else(all) } else { limit }, offset))
    }

    /// Takes how many rows LIMIT or OFFSET says.
    fn count_of_rows(&mut self, clause: &str) -> Result<Expression> {
        let count = self.expression()?;
        match &count {
            Expression::Unary(UnaryOperator::Negate, inner) if matches!(**inner, Expression::Literal(_)) => {
                Err(Error::new(ErrorKind::Data, format!("{clause} must not be negative")))
            }
            _ => Ok(count),
        }
    }

    /// Takes `FETCH { FIRST | NEXT } [count] { ROW | ROWS } ONLY`; answers with the count.
    pub(super) fn fetch_first(&mut self) -> Result<Option<Expression>> {
        if !self.is_postgres() || !self.is_word(self.token(), "FETCH") {
            return Ok(None);
        }
        self.take();
        if !self.accept(Kind::First) && !self.is_word(self.token(), "NEXT") {
            return self.unexpected();
        }
        if self.is_word(self.token(), "NEXT") {
            self.take();
        }
        let is_row = |parser: &Self| {
            let word = parser.text(parser.token());
            word.eq_ignore_ascii_case("row") || word.eq_ignore_ascii_case("rows")
        };
        let count = match is_row(self) {
            true => Expression::Literal(helios_core::Value::Integer(1)),
            false => self.expression()?,
        };
        if !is_row(self) {
            return self.unexpected();
        }
        self.take();
        if !self.text(self.token()).eq_ignore_ascii_case("only") {
            return self.unexpected();
        }
        self.take();
        Ok(Some(count))
    }
}

/// A query in FROM whose columns get these names.
pub(super) fn with_named_columns(select: Select, alias: Option<String>, columns: Vec<String>) -> TableSource {
    let named = TableSource::Table {
        name: ObjectName::bare(NAMED),
        alias: None,
        system_time: None,
        index: crate::ast::IndexHint::None,
    };
    let mut outer = all_rows(From { first: named, joins: Vec::new() });
    outer.with.push(CommonTable::of(NAMED, columns, None, select));
    TableSource::Subquery { select: Box::new(outer), alias, is_lateral: false }
}

/// Terms in which INTERSECT binds tighter than UNION and EXCEPT: what it combines becomes a term of its own.
pub(super) fn with_tight_intersections(terms: Vec<Compound>) -> Vec<Compound> {
    let mut kept: Vec<Compound> = Vec::with_capacity(terms.len());
    for compound in terms {
        match kept.last_mut() {
            Some(last)
                if compound.operator == CompoundOperator::Intersect
                    && last.operator != CompoundOperator::Intersect =>
            {
                let first = std::mem::replace(&mut last.term, SelectTerm::Values(Vec::new()));
                let select = Select { first, rest: vec![compound], ..Select::of_columns(Vec::new()) };
                let source =
                    TableSource::Subquery { select: Box::new(select), alias: None, is_lateral: false };
                last.term = all_rows(From { first: source, joins: Vec::new() }).first;
            }
            _ => kept.push(compound),
        }
    }
    kept
}
