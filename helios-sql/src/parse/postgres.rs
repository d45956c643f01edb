//! Expressions that only PostgreSQL writes (<https://www.postgresql.org/docs/15/sql-expressions.html>).
//!
//! In: tokens of a source in its spelling. Out: the trees that SQLite's spelling has too: casts, calls, patterns. What
//! it writes with words of its own becomes a call of the function that does the same.

use helios_core::{Error, Result, Value};

use super::expression::Node;
use super::lexer_postgres::dollar_tag;
use super::literal::unquote;
use super::operator::level;
use super::parser::Parser;
use super::postgres_from::with_named_columns;
use super::postgres_quantified::{ELEMENT, element};
use super::token::{Kind, Token};
use crate::ast::{Arguments, Expression, From, FunctionCall, ResultColumn, Select, SelectCore, SelectTerm};

/// Words that are calls without parentheses.
const NILADIC: [&str; 8] = [
    "current_user",
    "session_user",
    "user",
    "current_catalog",
    "current_schema",
    "current_role",
    "localtimestamp",
    "localtime",
];

impl Parser<'_> {
    /// Takes an operand that begins with a word.
    #[inline(never)]
    pub(super) fn postgres_name(&mut self) -> Result<Node> {
        let token = self.token();
        let next = self.after(token);
        let word = self.text(token).to_ascii_lowercase();
        match (word.as_str(), next.kind) {
            ("true", kind) if kind != Kind::Dot => self.truth(true),
            ("false", kind) if kind != Kind::Dot => self.truth(false),
            ("array", Kind::LeftBracket) => {
                self.take();
                self.array_list()
            }
            ("array", Kind::LeftParen) => self.array_query(),
            ("timestamp" | "timestamptz" | "time" | "interval", Kind::LeftParen) if self.at_typed_text() => {
                self.typed_text()
            }
            ("localtime" | "localtimestamp", Kind::LeftParen) => {
                self.take();
                self.rounded(call(&word, Vec::new()), if word == "localtime" { "time" } else { "timestamp" })
            }
            ("extract", Kind::LeftParen) => self.extract(),
            ("overlay", Kind::LeftParen) => self.overlay(),
            ("position", Kind::LeftParen) => self.position(),
            ("substring", Kind::LeftParen) => self.substring(),
            ("trim", Kind::LeftParen) => self.trim(),
            ("timestamp" | "time", Kind::With | Kind::Without)
            | ("double", Kind::Identifier)
            | (_, Kind::String) => self.typed_text(),
            (niladic, kind) if NILADIC.contains(&niladic) && !matches!(kind, Kind::LeftParen | Kind::Dot) => {
                self.take();
                Ok(Node::leaf(call(niladic, Vec::new())))
            }
            _ => self.name_or_call(),
        }
    }

    fn truth(&mut self, truth: bool) -> Result<Node> {
        self.take();
        let value = Expression::Literal(Value::boolean(truth));
        Node::above(1, Expression::Cast(Box::new(value), "bool".to_owned()))
    }

    /// A text with the name of its type in front.
    fn typed_text(&mut self) -> Result<Node> {
        let start = self.token().start;
        let name = self.postgres_type()?;
        let end = self.token().start;
        self.replace(start, end, "");
        let mut text = self.postgres_text()?;
        if name.starts_with("interval")
            && let Some(unit) = self.interval_fields()
            && let Expression::Literal(Value::Text(written)) = &text.tree
        {
            let written = String::from_utf8_lossy(written).into_owned();
            // A number alone counts what the last field says.
            if written.trim().parse::<f64>().is_ok() {
                text.tree = Expression::Literal(Value::text(&format!("{written} {unit}")));
            }
        }
        Node::above(text.height, Expression::Cast(Box::new(text.tree), name))
    }

    /// Whether a type with a number of digits stands here, and a text behind it.
    fn at_typed_text(&self) -> bool {
        let digits = self.after(self.after(self.token()));
        let close = self.after(digits);
        digits.kind == Kind::Integer
            && close.kind == Kind::RightParen
            && self.after(close).kind == Kind::String
    }

    /// `(digits)` behind a word for the present.
    pub(super) fn rounded(&mut self, moment: Expression, name: &str) -> Result<Node> {
        self.expect(Kind::LeftParen)?;
        let digits = self.expect(Kind::Integer)?;
        let name = format!("{name}({})", self.text(digits));
        self.expect(Kind::RightParen)?;
        Node::above(2, Expression::Cast(Box::new(moment), name))
    }

    /// `OVERLAY(text PLACING part FROM start FOR count)`, and with commas.
    fn overlay(&mut self) -> Result<Node> {
        self.take();
        self.take();
        let (arguments, height) = self.measured(|parser| {
            let mut arguments = vec![parser.expression()?];
            while parser.is_word(parser.token(), "PLACING")
                || matches!(parser.token().kind, Kind::From | Kind::For | Kind::Comma)
            {
                parser.take();
                arguments.push(parser.expression()?);
            }
            Ok(arguments)
        })?;
        self.expect(Kind::RightParen)?;
        Node::above(height, call("overlay", arguments))
    }

    /// Takes a text in any of its spellings.
    pub(super) fn postgres_text(&mut self) -> Result<Node> {
        let token = self.expect(Kind::String)?;
        let mut text = self.text_of(token)?;
        let mut end = token.end;
        if self.text(token).starts_with(['u', 'U']) && self.is_word(self.token(), "UESCAPE") {
            self.take();
            let written = self.expect(Kind::String)?;
            let character = self.text_of(written)?;
            text = super::postgres_codes::text_of_codes(self.text(token), &character)?;
            end = written.end;
        }
        if !self.text(token).starts_with('\'') {
            self.replace_text(token.start, end, &text);
        }
        Ok(Node::leaf(Expression::Literal(Value::text(&text))))
    }

    /// What a text says.
    pub(super) fn text_of(&self, token: Token) -> Result<String> {
        let written = self.text(token);
        match written.as_bytes().first() {
            Some(b'e' | b'E') => unescape(written.get(2..written.len() - 1).unwrap_or_default()),
            Some(b'u' | b'U') => super::postgres_codes::text_of_codes(written, "\\"),
            Some(b'$') => {
                let tag = dollar_tag(written.as_bytes()).unwrap_or(0);
                Ok(written.get(tag..written.len() - tag).unwrap_or_default().to_owned())
            }
            _ => Ok(unquote(written).into_owned()),
        }
    }

    /// `[a, b, …]`, maybe with more brackets inside.
    fn array_list(&mut self) -> Result<Node> {
        self.enter(1)?;
        self.expect(Kind::LeftBracket)?;
        let (values, height) = self.measured(|parser| {
            if parser.at(Kind::RightBracket) {
                return Ok(Vec::new());
            }
            parser.comma_list(|parser| match parser.at(Kind::LeftBracket) {
                true => parser.array_list().map(|node| node.tree),
                false => parser.expression(),
            })
        })?;
        self.expect(Kind::RightBracket)?;
        self.leave(1);
        Node::above(height, call("array", values))
    }

    /// `ARRAY(SELECT …)`.
    fn array_query(&mut self) -> Result<Node> {
        self.take();
        self.take();
        if !self.at_query() {
            return self.unexpected();
        }
        let mut select = self.select()?;
        self.expect(Kind::RightParen)?;
        let is_simple = match &select.first {
            SelectTerm::Select(core) => {
                matches!(core.columns[..], [ResultColumn::Expression { .. }])
                    && !core.distinct
                    && core.distinct_on.is_empty()
                    && !core.is_grouped()
            }
            SelectTerm::Values(_) => false,
        };
        if !is_simple || !select.rest.is_empty() || select.limit.is_some() || select.offset.is_some() {
            select = elements_of(select);
        }
        // Of a query with one SELECT, the rows in its order become one value.
        if let (SelectTerm::Select(core), true) = (&mut select.first, select.rest.is_empty())
            && let [ResultColumn::Expression { expression, alias, .. }] = &mut core.columns[..]
        {
            *alias = Some("array".to_owned());
            let element = std::mem::replace(expression, Expression::Literal(Value::Null));
            let order_by = std::mem::take(&mut select.order_by);
            *expression = call(
                "coalesce",
                vec![
                    ordered_call("array_agg", vec![element], order_by),
                    Expression::Literal(Value::text("{}")),
                ],
            );
            return Node::above(1, Expression::Subquery(Box::new(select)));
        }
        Err(Error::sql("ARRAY of this query is not supported"))
    }

    /// `EXTRACT(field FROM moment)`.
    fn extract(&mut self) -> Result<Node> {
        self.take();
        self.take();
        let field = match self.at(Kind::String) {
            true => self.postgres_text()?.tree,
            false => Expression::Literal(Value::text(&self.name()?.to_ascii_lowercase())),
        };
        self.expect(Kind::From)?;
        let moment = self.climb(level::OR)?;
        self.expect(Kind::RightParen)?;
        Node::above(moment.height, call("extract", vec![field, moment.tree]))
    }

    /// `POSITION(part IN text)`.
    fn position(&mut self) -> Result<Node> {
        self.take();
        self.take();
        let part = self.climb(level::COMPARISON)?;
        self.expect(Kind::In)?;
        let text = self.climb(level::OR)?;
        self.expect(Kind::RightParen)?;
        Node::above(part.height.max(text.height), call("instr", vec![text.tree, part.tree]))
    }

    /// `SUBSTRING(text FROM start FOR count)`, and with commas.
    fn substring(&mut self) -> Result<Node> {
        self.take();
        self.take();
        let (mut arguments, height) = self.measured(|parser| {
            let mut arguments = vec![parser.expression()?];
            while matches!(parser.token().kind, Kind::From | Kind::For | Kind::Comma) {
                let word = parser.take().kind;
                if word == Kind::For && arguments.len() == 1 {
                    arguments.push(Expression::Literal(Value::Integer(1)));
                }
                arguments.push(parser.expression()?);
            }
            Ok(arguments)
        })?;
        self.expect(Kind::RightParen)?;
        arguments.truncate(3);
        Node::above(height, call("substring", arguments))
    }

    /// `TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)`, and with commas.
    fn trim(&mut self) -> Result<Node> {
        self.take();
        self.take();
        let word = self.text(self.token()).to_ascii_lowercase();
        let name = match word.as_str() {
            "leading" => Some("ltrim"),
            "trailing" => Some("rtrim"),
            "both" => Some("trim"),
            _ => None,
        };
        if name.is_some() {
            self.take();
        }
        let name = name.unwrap_or("trim");
        let (arguments, height) = self.measured(|parser| {
            if parser.accept(Kind::From) {
                return Ok(vec![parser.expression()?]);
            }
            let first = parser.expression()?;
            if parser.accept(Kind::From) {
                return Ok(vec![parser.expression()?, first]);
            }
            Ok(match parser.accept(Kind::Comma) {
                true => vec![first, parser.expression()?],
                false => vec![first],
            })
        })?;
        self.expect(Kind::RightParen)?;
        Node::above(height, call(name, arguments))
    }

    /// Takes what stands directly after an operand: `::type`, `[subscript]`, `.field`.
    pub(super) fn suffixes(&mut self, mut node: Node, start: usize) -> Result<Node> {
        loop {
            let type_start = self.token().start;
            if self.accept(Kind::DoubleColon) {
                let name = self.postgres_type()?;
                self.replace_cast(start, type_start, &name);
                node = Node::above(node.height, Expression::Cast(Box::new(node.tree), name))?;
            } else if self.accept(Kind::LeftBracket) {
                node = self.subscript(node)?;
            } else if self.accept(Kind::Dot) {
                let token = self.take();
                let field = Expression::Literal(Value::text(&self.name_of(token)));
                node = Node::above(node.height, call("record_field", vec![node.tree, field]))?;
            } else {
                return Ok(node);
            }
        }
    }

    /// Takes what stands in brackets behind an array: the number of an element, or a range of them.
    fn subscript(&mut self, array: Node) -> Result<Node> {
        let bound = |parser: &mut Self, end: Kind| match parser.at(end) {
            true => Ok(Node::leaf(Expression::Literal(Value::Null))),
            false => parser.climb(level::OR),
        };
        let first = bound(self, Kind::Colon)?;
        if self.accept(Kind::RightBracket) {
            let height = array.height.max(first.height);
            return Node::above(height, call("array_element", vec![array.tree, first.tree]));
        }
        self.expect(Kind::Colon)?;
        let last = bound(self, Kind::RightBracket)?;
        self.expect(Kind::RightBracket)?;
        let height = array.height.max(first.height).max(last.height);
        Node::above(height, call("array_slice", vec![array.tree, first.tree, last.tree]))
    }

    /// COLLATE with PostgreSQL's names: the default and "C" compare bytes, as SQLite does.
    pub(super) fn postgres_collation(&mut self, operand: Node, first: String) -> Result<Node> {
        let name = match self.accept(Kind::Dot) {
            true => {
                let token = self.take();
                self.name_of(token)
            }
            false => first,
        };
        if matches!(name.to_ascii_lowercase().as_str(), "default" | "c" | "posix" | "ucs_basic") {
            return Ok(operand);
        }
        Node::above(operand.height, Expression::Collate(Box::new(operand.tree), name))
    }
}

/// A query of the one column of another one.
fn elements_of(select: Select) -> Select {
    let source = with_named_columns(select, None, vec![ELEMENT.to_owned()]);
    let element = ResultColumn::Expression { expression: element(), alias: None, span: Default::default() };
    let from = Some(From { first: source, joins: Vec::new() });
    let core = SelectCore { from, ..SelectCore::of_columns(vec![element]) };
    Select { first: SelectTerm::Select(Box::new(core)), ..Select::of_columns(Vec::new()) }
}

/// A call of a function.
pub(super) fn call(name: &str, values: Vec<Expression>) -> Expression {
    ordered_call(name, values, Vec::new())
}

fn ordered_call(name: &str, values: Vec<Expression>, order_by: Vec<crate::ast::OrderingTerm>) -> Expression {
    let arguments = Arguments::List { distinct: false, values, order_by };
    Expression::Function(Box::new(FunctionCall {
        name: name.to_owned(),
        arguments,
        filter: None,
        over: None,
    }))
}

/// What the inside of `E'…'` says.
fn unescape(inside: &str) -> Result<String> {
    let mut out = Vec::with_capacity(inside.len());
    let bytes = inside.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(&next)) => {
                at += 2;
                let digits = |most: usize, radix: u32| {
                    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
                    bytes.get(at..).unwrap_or_default().iter().take(most).take_while(is_digit).count()
                };
                match next {
                    b'n' => out.push(b'\n'),
                    b't' => out.push(b'\t'),
                    b'r' => out.push(b'\r'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'x' if digits(2, 16) > 0 => {
                        let count = digits(2, 16);
                        out.push(u8::from_str_radix(&inside[at..at + count], 16).unwrap_or(0));
                        at += count;
                    }
                    b'u' | b'U' => {
                        let count = if next == b'u' { 4 } else { 8 };
                        if digits(count, 16) < count {
                            return Err(Error::sql("invalid Unicode escape"));
                        }
                        let code = u32::from_str_radix(&inside[at..at + count], 16).unwrap_or(0);
                        let Some(character) = char::from_u32(code) else {
                            return Err(Error::sql("invalid Unicode escape value"));
                        };
                        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                        at += count;
                    }
                    b'0'..=b'7' => {
                        at -= 1;
                        let is_octal = |byte: &&u8| (b'0'..=b'7').contains(*byte);
                        let count = bytes[at..].iter().take(3).take_while(is_octal).count();
                        out.push((u32::from_str_radix(&inside[at..at + count], 8).unwrap_or(0) & 255) as u8);
                        at += count;
                    }
                    other => out.push(other),
                }
            }
            (b'\'', Some(b'\'')) => {
                out.push(b'\'');
                at += 2;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_err(|_| Error::sql("invalid byte sequence for encoding \"UTF8\""))
}

/// What PostgreSQL calls a column of a result without a name; `None` where the expression is a column.
pub(super) fn postgres_column_name(expression: &Expression) -> Option<String> {
    let name = match expression {
        Expression::Column(_) => return None,
        Expression::Subquery(select) => return Some(name_of_first(select)),
        Expression::Function(call) => match call.name.as_str() {
            "record_field" => match &call.arguments {
                Arguments::List { values, .. } => match values.last() {
                    Some(Expression::Literal(Value::Text(field))) => {
                        return Some(String::from_utf8_lossy(field).into_owned());
                    }
                    _ => "record_field",
                },
                Arguments::Star => "record_field",
            },
            "array_element" | "array_slice" => match &call.arguments {
                Arguments::List { values, .. } => match values.first() {
                    Some(Expression::Column(whole)) => return Some(whole.column.clone()),
                    Some(whole) => return postgres_column_name(whole),
                    None => "array",
                },
                Arguments::Star => "array",
            },
            "trim" => "btrim",
            "instr" => "position",
            "overlaps_in_time" => "overlaps",
            "pow"
            | "contains"
            | "contained_by"
            | "overlaps"
            | "jsonb_exists"
            | "jsonb_exists_any"
            | "jsonb_exists_all"
            | "jsonb_delete_path"
            | "jsonb_path_text"
            | "jsonb_path_json"
            | "jsonb_path_exists_opr"
            | "jsonb_path_match_opr"
            | "bit_xor"
            | "similar_to"
            | "regexp_like"
            | "regexp_like_any_case"
            | "array_any"
            | "array_all" => "?column?",
            quantified if quantified.contains("like_a") => "?column?",
            name => name,
        },
        Expression::Cast(operand, name) => match &**operand {
            Expression::Column(column) => column.column.as_str(),
            Expression::Function(call) => call.name.as_str(),
            _ => name.split(['(', '[']).next().unwrap_or(name),
        },
        // What ELSE is called, if it has a name of its own.
        Expression::Case { otherwise: Some(otherwise), .. } => match &**otherwise {
            Expression::Column(column) => column.column.as_str(),
            named @ (Expression::Function(_) | Expression::Subquery(_)) => {
                return postgres_column_name(named);
            }
            _ => "case",
        },
        Expression::Case { .. } => "case",
        Expression::Row(_) => "row",
        Expression::Exists(_) => "exists",
        Expression::Current(crate::ast::CurrentMoment::Date) => "current_date",
        Expression::Current(crate::ast::CurrentMoment::Time) => "current_time",
        Expression::Current(crate::ast::CurrentMoment::Timestamp) => "current_timestamp",
        _ => "?column?",
    };
    Some(name.to_lowercase())
}

/// What the first column of a query is called, which is the name of its value, too.
fn name_of_first(select: &Select) -> String {
    let unnamed = || "?column?".to_owned();
    match &select.first {
        SelectTerm::Select(core) => match core.columns.first() {
            Some(ResultColumn::Expression { alias: Some(alias), .. }) => alias.clone(),
            Some(ResultColumn::Expression { expression: Expression::Column(name), .. }) => {
                name.column.clone()
            }
            Some(ResultColumn::Expression { expression, .. }) => {
                postgres_column_name(expression).unwrap_or_else(unnamed)
            }
            _ => unnamed(),
        },
        SelectTerm::Values(_) => "column1".to_owned(),
    }
}
