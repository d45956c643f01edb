//! The names of PostgreSQL's types.

use helios_core::Result;

use super::parser::Parser;
use super::postgres_definition::is_known_type;
use super::token::Kind;

impl Parser<'_> {
    /// Takes the name of a type; answers with the shortest of its names, a length in parentheses, and `[]` of an array.
    pub(super) fn postgres_type(&mut self) -> Result<String> {
        let mut is_quoted = self.text(self.token()).starts_with('"');
        let mut name = self.name()?;
        if self.accept(Kind::Dot) {
            is_quoted = self.text(self.token()).starts_with('"');
            name = self.name()?;
        }
        // A type of the database's own has its name as it was written in quotes.
        if is_known_type(&name.to_ascii_lowercase()) {
            name.make_ascii_lowercase();
        }
        let varies =
            matches!(name.as_str(), "character" | "char" | "bit") && self.is_word(self.token(), "VARYING");
        if varies || name == "double" && self.is_word(self.token(), "PRECISION") {
            self.take();
        }
        let mut length = self.type_length()?;
        if length.is_empty() && !varies && !is_quoted && matches!(name.as_str(), "character" | "char") {
            "(1)".clone_into(&mut length);
        }
        let mut has_zone = false;
        if matches!(name.as_str(), "timestamp" | "time")
            && matches!(self.token().kind, Kind::With | Kind::Without)
        {
            has_zone = self.take().kind == Kind::With;
            self.name()?;
            self.name()?;
        }
        if name == "interval" && !self.at(Kind::String) {
            self.interval_fields();
        }
        let short = match name.as_str() {
            "int" | "integer" => "int4",
            "smallint" => "int2",
            "bigint" => "int8",
            "real" => "float4",
            "double" | "float" => "float8",
            "decimal" | "dec" => "numeric",
            "boolean" => "bool",
            "character" | "char" if varies => "varchar",
            "character" | "char" => "bpchar",
            "timestamp" if has_zone => "timestamptz",
            "time" if has_zone => "timetz",
            other => other,
        };
        let mut short = format!("{short}{length}");
        if self.is_word(self.token(), "ARRAY") {
            self.take();
            short.push_str("[]");
        }
        while self.at(Kind::LeftBracket) {
            self.take();
            self.accept(Kind::Integer);
            self.expect(Kind::RightBracket)?;
            if !short.ends_with("[]") {
                short.push_str("[]");
            }
        }
        Ok(short)
    }

    /// `(n)` or `(n, m)`, without white space.
    fn type_length(&mut self) -> Result<String> {
        if !self.at(Kind::LeftParen) {
            return Ok(String::new());
        }
        self.take();
        let numbers = self.comma_list(|parser| {
            let token = parser.expect(Kind::Integer)?;
            Ok(parser.text(token).to_owned())
        })?;
        self.expect(Kind::RightParen)?;
        Ok(format!("({})", numbers.join(",")))
    }

    /// Takes `YEAR TO MONTH` and its like, which say what is not shown; answers with the last field.
    pub(super) fn interval_fields(&mut self) -> Option<String> {
        let fields = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
        let mut last = None;
        loop {
            if let Some(field) = fields.iter().find(|field| self.is_word(self.token(), field)) {
                last = Some(field.to_ascii_lowercase());
            } else if !(last.is_some() && self.at(Kind::To)) {
                return last;
            }
            self.take();
        }
    }
}
