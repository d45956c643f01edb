//! Definitions in PostgreSQL's spelling become texts in SQLite's.
//!
//! What the catalog keeps of a table, an index or a view is its text, in one spelling for all. So while such a statement
//! is read, pieces of it are replaced: types, casts, identities, defaults. The text that comes out is read again.

use helios_core::{Result, Value};

use super::parser::Parser;
use super::postgres_enumeration::{stored_enumeration, told_enumeration};
use super::postgres_sequence::{Identity, IdentityKind, OWN_SEQUENCE};
use super::token::Kind;
use crate::ast::{
    ColumnConstraint, CreateIndex, CreateTable, ENUM_PREFIX, Expression, IndexMethod, IndexedColumn, Name,
    ObjectName, Span, Statement, TableConstraint,
};

/// A piece of the source and what stands there instead.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    span: Span,
    text: String,
}

impl Edit {
    /// Whether it is in a piece.
    pub(super) fn is_within(&self, piece: Span) -> bool {
        piece.start <= self.span.start && self.span.end <= piece.end
    }
}

/// What a column's type was read as, until all of the table is known.
#[derive(Clone, Debug)]
pub(super) struct TypePlace {
    span: Span,
    name: String,
    identity: Option<Identity>,
}

/// `gen_random_uuid()` in SQLite's functions.
const UUID: &str = "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) \
                    || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))";

impl Parser<'_> {
    /// Takes note that a piece is to be replaced.
    pub(super) fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        if self.is_postgres() {
            self.edits.push(Edit { span: Span { start, end }, text: text.into() });
        }
    }

    /// The source up to `end` with all pieces replaced. Of two that overlap, the one that was noted last counts: it has
    /// the other inside.
    pub(super) fn edited(&mut self, end: usize) -> String {
        self.edited_between(0, end)
    }

    /// As [`Parser::edited`], from `start` on, before which nothing is to be replaced.
    pub(super) fn edited_between(&mut self, start: usize, end: usize) -> String {
        let mut edits = std::mem::take(&mut self.edits);
        let mut kept: Vec<Edit> = Vec::new();
        while let Some(edit) = edits.pop() {
            let is_inside = |outer: &Edit| {
                outer.span.start <= edit.span.start
                    && edit.span.end <= outer.span.end
                    && outer.span.start < outer.span.end
            };
            if !kept.iter().any(is_inside) {
                kept.push(edit);
            }
        }
        kept.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut text = String::new();
        let mut at = start;
        for edit in kept {
            text.push_str(self.slice(Span { start: at, end: edit.span.start }));
            text.push_str(&edit.text);
            at = edit.span.end.max(at);
        }
        text.push_str(self.slice(Span { start: at, end }));
        text
    }

    /// Takes the type of a column of a table.
    pub(super) fn column_type_of_postgres(&mut self) -> Result<String> {
        let start = self.token().start;
        let name = self.postgres_type()?;
        let span = Span { start, end: self.previous().end };
        self.type_places.push(TypePlace { span, name: name.clone(), identity: None });
        Ok(name)
    }

    /// What a comment behind the type that was just taken says of the type that PostgreSQL's clients are told.
    pub(super) fn told_type(&self) -> Option<String> {
        let behind = self.slice(Span { start: self.previous().end, end: self.token().start });
        let integer = TOLD_TYPES.iter().find(|name| behind.contains(&told_type_comment(name)));
        integer.map(|name| (*name).to_owned()).or_else(|| told_enumeration(behind))
    }

    /// Takes `GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY`, behind the word GENERATED; `false` if it is something else.
    pub(super) fn identity_column(&mut self, start: usize) -> Result<bool> {
        let by_default = self.at(Kind::By);
        if !by_default {
            let as_word = self.after(self.token());
            if !self.at(Kind::Always) || !self.is_word(self.after(as_word), "IDENTITY") {
                return Ok(false);
            }
        }
        self.take();
        if by_default {
            self.expect(Kind::Default)?;
        }
        self.expect(Kind::As)?;
        self.take();
        let mut identity = Identity {
            kind: if by_default { IdentityKind::ByDefault } else { IdentityKind::Always },
            start: 1,
        };
        if self.accept(Kind::LeftParen) {
            let options = self.sequence_options()?;
            self.expect(Kind::RightParen)?;
            identity.start = options.start.unwrap_or(1);
            let is_plain = options.increment.unwrap_or(1) == 1
                && options.least.flatten().is_none_or(|least| least == 1)
                && options.greatest.flatten().is_none()
                && options.cycles != Some(true);
            if !is_plain {
                self.complain("INCREMENT, MINVALUE, MAXVALUE or CYCLE of IDENTITY: this is not supported");
            }
        }
        self.replace(start, self.previous().end, "");
        if let Some(place) = self.type_places.last_mut() {
            place.identity = Some(identity);
        }
        Ok(true)
    }

    /// Takes the value after DEFAULT, any expression.
    pub(super) fn postgres_default(&mut self) -> Result<ColumnConstraint> {
        let start = self.token().start;
        let edits = self.edits.len();
        let value = self.expression_above(super::operator::level::COMPARISON)?;
        let end = self.previous().end;
        let mut bare = &value;
        while let Expression::Cast(inner, _) = bare {
            bare = inner;
        }
        let text = match bare {
            Expression::Literal(literal) => {
                let mut text = Vec::new();
                literal.as_ref().write_literal(&mut text);
                String::from_utf8_lossy(&text).into_owned()
            }
            Expression::Function(call) => match call.name.to_ascii_lowercase().as_str() {
                "now"
                | "localtimestamp"
                | "statement_timestamp"
                | "transaction_timestamp"
                | "clock_timestamp" => "CURRENT_TIMESTAMP".to_owned(),
                "gen_random_uuid" => UUID.to_owned(),
                _ => String::new(),
            },
            Expression::Current(_) => self.slice(Span { start, end }).to_owned(),
            _ => String::new(),
        };
        match text.is_empty() {
            true => {
                self.replace(start, start, "(");
                self.replace(end, end, ")");
            }
            false => {
                self.edits.truncate(edits);
                self.replace(start, end, text.clone());
            }
        }
        Ok(ColumnConstraint::Default { value, text })
    }

    /// A new name that is not quoted is kept in small letters.
    pub(super) fn keep_folded(&mut self, name: &Name) {
        let Span { start, end } = name.place.0;
        let written = self.slice(name.place.0);
        if !written.starts_with('"') && written != name.text {
            let is_reserved = super::is_keyword(&name.text);
            self.replace(
                start,
                end,
                if is_reserved { format!("\"{}\"", name.text) } else { name.text.clone() },
            );
        }
    }

    /// Takes CREATE INDEX behind IF NOT EXISTS: the name may be left out, a method and classes of operators may be said.
    pub(super) fn postgres_index(&mut self, unique: bool, if_not_exists: bool) -> Result<Statement> {
        if self.is_word(self.token(), "CONCURRENTLY") {
            let token = self.take();
            self.replace(token.start, token.end, "");
        }
        let start = self.token().start;
        let named = if self.at(Kind::On) { None } else { Some(self.new_name()?.0) };
        self.expect(Kind::On)?;
        let table = self.object_name()?;
        let before = self.token().start;
        let mut kind = None;
        if self.accept(Kind::Using) {
            let method = self.placed_name()?;
            match method.text.as_str() {
                // There is one kind of order; what the others are for, it does more slowly or not at all.
                "btree" | "hash" | "brin" | "gin" | "gist" | "spgist" => {
                    self.replace(before, self.token().start, "");
                }
                _ => kind = Some(method),
            }
        }
        self.expect(Kind::LeftParen)?;
        let columns = self.comma_list(|parser| {
            let start = parser.token().start;
            let expression = parser.expression()?;
            let span = parser.span_from(start);
            if parser.at_identifier_or_text()
                && !matches!(parser.token().kind, Kind::Asc | Kind::Desc | Kind::Nulls)
            {
                let class = parser.take();
                parser.replace(class.start, class.end, "");
            }
            let descending = parser.descending();
            let nulls = parser.token().start;
            if parser.accept(Kind::Nulls) {
                parser.take();
                let end = parser.previous().end;
                parser.replace(nulls, end, "");
            }
            Ok(IndexedColumn { expression, descending, span })
        })?;
        self.expect(Kind::RightParen)?;
        // Columns that only come along with the key.
        let before = self.token().start;
        if self.accept_word("INCLUDE") {
            self.expect(Kind::LeftParen)?;
            self.comma_list(Parser::name)?;
            let end = self.expect(Kind::RightParen)?.end;
            self.replace(before, end, "");
        }
        let method = match kind {
            Some(kind) => Some(IndexMethod { kind, options: self.index_options()? }),
            None => {
                self.storage_clauses()?;
                None
            }
        };
        let filter = self.where_clause()?;
        let name = named.unwrap_or_else(|| {
            let column = |column: &IndexedColumn| match &column.expression {
                Expression::Column(name) => name.column.clone(),
                _ => "expr".to_owned(),
            };
            let columns: Vec<String> = columns.iter().map(column).collect();
            let name = format!("{}_{}_idx", table.name.text, columns.join("_"));
            self.replace(start, start, format!("\"{}\" ", name.replace('"', "\"\"")));
            ObjectName::bare(&name)
        });
        let tail = self.span_from(start);
        let table = table.name;
        let index = CreateIndex { unique, if_not_exists, name, tail, table, method, columns, filter };
        Ok(Statement::CreateIndex(Box::new(index)))
    }

    /// Says what the types of a table's columns are, once it is known what is its key.
    pub(super) fn settle_types(&mut self, table: &CreateTable) {
        let places = std::mem::take(&mut self.type_places);
        if places.len() != table.columns.len() {
            return;
        }
        let keys: Vec<&str> = table
            .constraints
            .iter()
            .find_map(|constraint| match constraint {
                TableConstraint::PrimaryKey { columns, .. } => Some(columns),
                _ => None,
            })
            .into_iter()
            .flatten()
            .filter_map(|column| match &column.expression {
                Expression::Column(name) => Some(name.column.as_str()),
                _ => None,
            })
            .collect();
        for (column, place) in table.columns.iter().zip(places) {
            let is_own_key =
                column.constraints.iter().any(|it| matches!(it, ColumnConstraint::PrimaryKey { .. }));
            let is_key = is_own_key || keys == [&*column.name.text];
            let serial = integer_of_serial(&place.name);
            let identity =
                place.identity.or(serial.map(|_| Identity { kind: IdentityKind::Serial, start: 1 }));
            if let Some(identity) = identity.filter(|_| !is_key) {
                let own = self.own_sequence(&table.name.name, &column.name, identity);
                let name = serial.unwrap_or(&place.name);
                let text = format!("{} NOT NULL {own}", stored_type(name));
                self.replace(place.span.start, place.span.end, text);
                continue;
            }
            let is_integer = identity.is_some() || matches!(place.name.as_str(), "int2" | "int4" | "int8");
            // SQLite lets keys be NULL that are not the rowid.
            let says_not_null =
                column.constraints.iter().any(|it| matches!(it, ColumnConstraint::NotNull { .. }));
            let is_in_key = is_own_key || keys.contains(&&*column.name.text);
            let not_null = if is_in_key && !says_not_null { " NOT NULL" } else { "" };
            let text = match is_key && is_integer {
                true => {
                    let told = told_of_type(serial.unwrap_or(&place.name));
                    let told = told.map_or(String::new(), |told| format!(" {}", told_type_comment(told)));
                    let identity = identity.map_or(String::new(), |it| format!(" {}", it.comment()));
                    format!("INTEGER{told}{identity}")
                }
                false => column_type(&place.name).0 + not_null,
            };
            self.replace(place.span.start, place.span.end, text);
        }
    }

    /// The default of a column that is not the key and has its numbers from a sequence of its own.
    fn own_sequence(&mut self, table: &str, column: &str, identity: Identity) -> String {
        if identity.kind == IdentityKind::Always || identity.start != 1 {
            self.complain(format!(
                "column \"{column}\": this IDENTITY of a column that is not the primary key is not supported"
            ));
        }
        let name = format!("{table}_{column}_seq").replace('\'', "''");
        format!("DEFAULT (nextval('{name}'{OWN_SEQUENCE}))")
    }

    /// Takes what PostgreSQL says about how a table is stored, which says nothing here.
    pub(super) fn storage_clauses(&mut self) -> Result<()> {
        let start = self.token().start;
        if self.at(Kind::With) {
            self.take();
            self.expect(Kind::LeftParen)?;
            self.comma_list(|parser| {
                parser.qualified_word()?;
                if parser.accept(Kind::Equal) {
                    parser.take();
                }
                Ok(())
            })?;
            self.expect(Kind::RightParen)?;
        }
        if self.is_word(self.token(), "TABLESPACE") {
            self.take();
            self.name()?;
        }
        let end = self.previous().end;
        if end > start {
            self.replace(start, end, "");
        }
        Ok(())
    }

    fn qualified_word(&mut self) -> Result<()> {
        self.name()?;
        while self.accept(Kind::Dot) {
            self.name()?;
        }
        Ok(())
    }

    /// A cast that stands in a definition, from its operand on: SQLite's CAST, or nothing where values are texts anyway.
    pub(super) fn replace_cast(&mut self, start: usize, type_start: usize, name: &str) {
        let end = self.previous().end;
        let base = name.split('(').next().unwrap_or(name);
        let wanted = match base {
            "int2" | "int4" | "int8" | "oid" => "INTEGER",
            "float4" | "float8" => "REAL",
            "text" | "varchar" | "bpchar" | "name" => "TEXT",
            "numeric" => "NUMERIC",
            _ => return self.replace(type_start, end, ""),
        };
        self.replace(start, start, "CAST(");
        self.replace(type_start, end, format!(" AS {wanted})"));
    }

    /// A text that SQLite writes otherwise.
    pub(super) fn replace_text(&mut self, start: usize, end: usize, text: &str) {
        let mut literal = Vec::new();
        Value::text(text).as_ref().write_literal(&mut literal);
        self.replace(start, end, String::from_utf8_lossy(&literal).into_owned());
    }
}

/// The types that a column may be declared with: those that this server has, those of PostgreSQL's that are kept as what
/// SQLite's affinities make of their names, and words of SQLite's.
const TYPES: &str = "bool int2 int4 int8 serial smallserial bigserial serial2 serial4 serial8 oid xid regclass regtype \
     regproc regnamespace regrole float4 float8 numeric money text citext varchar nvarchar bpchar char name bytea blob \
     date time timestamp datetime timestamptz interval json jsonb uuid vector int2vector oidvector bit box cidr circle \
     hstore inet int4range int8range line lseg macaddr numrange path pg_lsn point polygon timetz tsquery tsvector \
     tsrange varbit xml any clob tinyint mediumint";

pub(super) fn is_known_type(name: &str) -> bool {
    let base = name.split(['(', '[']).next().unwrap_or(name);
    TYPES.split_whitespace().any(|known| known == base)
}

/// How a column's type is kept, and what it is called: a name that is no known type's is that of an enumeration.
pub(super) fn column_type(name: &str) -> (String, String) {
    match is_known_type(name) {
        true => (stored_type(name), name.to_owned()),
        false => (stored_enumeration(name), format!("{ENUM_PREFIX}{name}")),
    }
}

/// The type of the numbers of a column of a type like SERIAL.
fn integer_of_serial(name: &str) -> Option<&'static str> {
    match name {
        "serial" | "serial4" => Some("int4"),
        "bigserial" | "serial8" => Some("int8"),
        "smallserial" | "serial2" => Some("int2"),
        _ => None,
    }
}

/// The types of keys that are kept as INTEGER, the only one for a rowid, and told as what they were declared as.
const TOLD_TYPES: [&str; 2] = ["int4", "int2"];

/// The comment in a definition that tells the type of a column that is kept as INTEGER.
pub(crate) fn told_type_comment(name: &str) -> String {
    format!("/* {name} */")
}

/// What is told of a column that was declared with a type, where that is not the one that it is kept as.
pub(crate) fn told_of_type(name: &str) -> Option<&str> {
    let is_told = TOLD_TYPES.contains(&name) || name.starts_with(ENUM_PREFIX);
    is_told.then_some(name)
}

/// How a type is kept, so that SQLite gives it the affinity that it needs.
pub(crate) fn stored_type(name: &str) -> String {
    if let Some(enumeration) = name.strip_prefix(ENUM_PREFIX) {
        return stored_enumeration(enumeration);
    }
    let (base, rest) = match name.find(['(', '[']) {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let base = match base {
        "int8" => "BIGINT",
        "float8" => "DOUBLE PRECISION",
        "bool" => "BOOLEAN",
        "bpchar" => "CHARACTER",
        other => return other.to_ascii_uppercase() + rest,
    };
    format!("{base}{rest}")
}
