//! CREATE, ALTER and DROP SEQUENCE, and what a column says of the sequence that it has its numbers from.

use helios_core::Result;

use super::literal::unquote;
use super::parser::Parser;
use super::token::Kind;
use crate::ast::{ObjectName, SequenceOptions, SequenceStatement, Statement};

impl Parser<'_> {
    /// Takes CREATE SEQUENCE from the word SEQUENCE on.
    pub(super) fn create_sequence(&mut self) -> Result<Statement> {
        self.take();
        let if_not_exists = self.if_not_exists()?;
        let name = self.sequence_name()?;
        let options = self.sequence_options()?;
        Ok(sequence(SequenceStatement::Create { if_not_exists, name, options }))
    }

    /// Takes ALTER SEQUENCE from the word SEQUENCE on.
    pub(super) fn alter_sequence(&mut self) -> Result<Statement> {
        self.take();
        let if_exists = self.if_exists()?;
        let name = self.sequence_name()?;
        if self.accept(Kind::Rename) {
            self.expect(Kind::To)?;
            let to = self.name()?;
            return Ok(sequence(SequenceStatement::Rename { if_exists, name, to }));
        }
        if self.is_word(self.token(), "OWNER") {
            self.take();
            self.expect(Kind::To)?;
            self.name()?;
            let options = SequenceOptions::default();
            return Ok(sequence(SequenceStatement::Alter { if_exists, name, options }));
        }
        let options = self.sequence_options()?;
        if options == SequenceOptions::default() {
            return self.unexpected();
        }
        Ok(sequence(SequenceStatement::Alter { if_exists, name, options }))
    }

    /// Takes DROP SEQUENCE from the word SEQUENCE on.
    pub(super) fn drop_sequence(&mut self) -> Result<Statement> {
        self.take();
        let if_exists = self.if_exists()?;
        let names = self.comma_list(Parser::sequence_name)?;
        let cascades = self.cascades();
        Ok(sequence(SequenceStatement::Drop { if_exists, names, cascades }))
    }

    fn sequence_name(&mut self) -> Result<ObjectName> {
        self.object_name()
    }

    /// Takes the options of a sequence, as many as there are.
    pub(super) fn sequence_options(&mut self) -> Result<SequenceOptions> {
        let mut options = SequenceOptions::default();
        loop {
            let word = self.text(self.token()).to_ascii_uppercase();
            match word.as_str() {
                "AS" => {
                    self.take();
                    options.declared_type = Some(self.postgres_type()?);
                }
                "INCREMENT" => {
                    self.take();
                    self.accept(Kind::By);
                    options.increment = Some(self.whole_number()?);
                }
                "MINVALUE" => {
                    self.take();
                    options.least = Some(Some(self.whole_number()?));
                }
                "MAXVALUE" => {
                    self.take();
                    options.greatest = Some(Some(self.whole_number()?));
                }
                "START" => {
                    self.take();
                    self.accept(Kind::With);
                    options.start = Some(self.whole_number()?);
                }
                "RESTART" => {
                    self.take();
                    let is_with = self.accept(Kind::With);
                    let is_number = is_with || matches!(self.token().kind, Kind::Minus | Kind::Integer);
                    options.restart = Some(is_number.then(|| self.whole_number()).transpose()?);
                }
                "CACHE" => {
                    self.take();
                    options.cache = Some(self.whole_number()?);
                }
                "CYCLE" => {
                    self.take();
                    options.cycles = Some(true);
                }
                "NO" => {
                    self.take();
                    let token = self.take();
                    match self.text(token).to_ascii_uppercase().as_str() {
                        "MINVALUE" => options.least = Some(None),
                        "MAXVALUE" => options.greatest = Some(None),
                        "CYCLE" => options.cycles = Some(false),
                        _ => return self.unexpected(),
                    }
                }
                "OWNED" => {
                    self.take();
                    self.expect(Kind::By)?;
                    options.owner = Some(self.owner_of_sequence()?);
                }
                _ => return Ok(options),
            }
        }
    }

    /// Takes `table.column`, maybe with a schema in front, or NONE.
    fn owner_of_sequence(&mut self) -> Result<Option<(String, String)>> {
        let mut parts = vec![self.name()?];
        while self.accept(Kind::Dot) {
            parts.push(self.name()?);
        }
        match &mut parts[..] {
            [none] if none == "none" => Ok(None),
            [.., table, column] => Ok(Some((std::mem::take(table), std::mem::take(column)))),
            _ => self.unexpected(),
        }
    }

    fn whole_number(&mut self) -> Result<i64> {
        let is_negative = self.accept(Kind::Minus);
        if !is_negative {
            self.accept(Kind::Plus);
        }
        if !matches!(self.token().kind, Kind::Integer | Kind::Float) {
            return self.unexpected();
        }
        let token = self.take();
        let digits = self.text(token);
        let written = if is_negative { format!("-{digits}") } else { digits.to_owned() };
        match written.parse() {
            Ok(number) => Ok(number),
            Err(_) => {
                self.complain(format!("value \"{written}\" is out of range for type bigint"));
                Ok(0)
            }
        }
    }
}

fn sequence(statement: SequenceStatement) -> Statement {
    Statement::Sequence(Box::new(statement))
}

/// How a column whose key is the rowid came by its numbers. SQLite's spelling of a definition has it as a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which words said it.
    pub kind: IdentityKind,
    /// The first number.
    pub start: i64,
}

/// Words for a column that has its numbers from a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    /// SERIAL.
    Serial,
    /// GENERATED BY DEFAULT AS IDENTITY.
    ByDefault,
    /// GENERATED ALWAYS AS IDENTITY, which takes no other values.
    Always,
}

const KINDS: [(IdentityKind, &str); 3] = [
    (IdentityKind::Serial, "/* SERIAL"),
    (IdentityKind::ByDefault, "/* GENERATED BY DEFAULT AS IDENTITY"),
    (IdentityKind::Always, "/* GENERATED ALWAYS AS IDENTITY"),
];

/// What stands in the default of a column that has a sequence of its own, behind the name of that.
pub const OWN_SEQUENCE: &str = " /* its own */";

impl Identity {
    /// The comment in a definition that says so.
    pub fn comment(self) -> String {
        let words = KINDS.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, words)| words);
        match self.start {
            1 => format!("{words} */"),
            start => format!("{words} START {start} */"),
        }
    }

    /// What a definition, or a piece of one, says.
    pub fn of(sql: &str) -> Option<Identity> {
        KINDS.iter().find_map(|(kind, words)| {
            let rest = &sql[sql.find(words)? + words.len()..];
            let said = rest[..rest.find("*/")?].trim();
            let start = match said.strip_prefix("START ") {
                Some(number) => number.trim().parse().ok()?,
                None if said.is_empty() => 1,
                None => return None,
            };
            Some(Identity { kind: *kind, start })
        })
    }
}

/// The name of a sequence that `nextval` is called with, as a definition has the call; `None` if it is another call.
pub fn sequence_of_default(written: &str) -> Option<String> {
    let inside = written.trim().strip_prefix("nextval(")?.strip_suffix(')')?;
    let literal = inside.trim_end().trim_end_matches(OWN_SEQUENCE.trim()).trim();
    let name = unquote(literal.starts_with('\'').then_some(literal)?).into_owned();
    Some(plain_sequence_name(&name))
}

/// A name as `nextval` takes it, without its schema and its quotes.
pub fn plain_sequence_name(name: &str) -> String {
    let name = ["public.", "pg_catalog.", "\"public\"."]
        .iter()
        .find_map(|schema| name.strip_prefix(schema))
        .unwrap_or(name);
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, IdentityKind, plain_sequence_name, sequence_of_default};

    #[test]
    fn what_a_definition_says_of_its_numbers_is_read_again() {
        for kind in [IdentityKind::Serial, IdentityKind::ByDefault, IdentityKind::Always] {
            for start in [1, 42, -7] {
                let identity = Identity { kind, start };
                let sql = format!("CREATE TABLE t (id INTEGER PRIMARY KEY {})", identity.comment());
                assert_eq!(Identity::of(&sql), Some(identity));
            }
        }
        assert_eq!(Identity::of("CREATE TABLE t (id INTEGER PRIMARY KEY)"), None);
    }

    #[test]
    fn names_of_sequences_are_found_in_defaults() {
        assert_eq!(sequence_of_default("nextval('s')").as_deref(), Some("s"));
        assert_eq!(sequence_of_default("nextval('t_a_seq' /* its own */)").as_deref(), Some("t_a_seq"));
        assert_eq!(sequence_of_default("nextval('public.\"S\"')").as_deref(), Some("S"));
        assert_eq!(sequence_of_default("abs(-1)"), None);
        assert_eq!(plain_sequence_name("T_id_seq"), "t_id_seq");
    }
}
