//! COMMENT ON, and the comments of objects as definitions have them.
//!
//! A definition is kept with its comments in it, as comments of SQL: that of a column behind the column, those of a table,
//! an index or a view at its end. So they go with what they are about, through renaming, branches and the past, and every
//! interface reads the definition. Nothing in such a comment ends it, or looks like the beginning of another one.

use helios_core::{Error, Result};

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{Comment, Commented, ObjectName, Statement};

/// How a comment begins in a definition.
const MARK: &str = "/* COMMENT: '";
/// How the comment of a constraint begins, in front of its name.
const CONSTRAINT_MARK: &str = "/* COMMENT ON CONSTRAINT: '";
const END: &str = "' */";

impl Parser<'_> {
    /// Takes COMMENT ON.
    pub(super) fn comment(&mut self) -> Result<Statement> {
        self.take();
        self.expect(Kind::On)?;
        let kind = self.take();
        let of = match self.text(kind).to_ascii_lowercase().as_str() {
            "table" => Commented::Table(self.object_name()?),
            "view" => Commented::View(self.object_name()?),
            "index" => Commented::Index(self.object_name()?),
            "column" => {
                let (table, column) = self.column_of_object()?;
                Commented::Column(table, column)
            }
            "constraint" => {
                let name = self.name()?;
                self.expect(Kind::On)?;
                Commented::Constraint(self.object_name()?, name)
            }
            other => return Err(Error::sql(format!("COMMENT ON {other}: this is not supported"))),
        };
        self.expect(Kind::Is)?;
        let text = match self.accept(Kind::Null) {
            true => None,
            false => {
                let token = self.expect(Kind::String)?;
                // An empty text takes the comment away, too.
                Some(self.text_of(token)?).filter(|text| !text.is_empty())
            }
        };
        Ok(Statement::Comment(Box::new(Comment { of, text })))
    }

    /// `table.column`, maybe with a schema in front.
    fn column_of_object(&mut self) -> Result<(ObjectName, String)> {
        let mut parts = vec![self.placed_name()?];
        while self.accept(Kind::Dot) {
            parts.push(self.placed_name()?);
        }
        let column = parts.pop().map_or_else(String::new, |name| name.text);
        let name = parts.pop();
        let schema = parts.pop().map(|schema| schema.text).filter(|schema| schema != "public");
        match name {
            Some(name) if parts.is_empty() => Ok((ObjectName { schema, name }, column)),
            _ => Err(Error::sql("column name must be qualified")),
        }
    }
}

/// A comment as a definition has it.
pub(crate) fn written_comment(text: &str) -> String {
    format!("{MARK}{}{END}", escaped(text))
}

/// The comment of a constraint as a definition has it.
pub(crate) fn written_constraint_comment(name: &str, text: &str) -> String {
    format!("{CONSTRAINT_MARK}{}' IS '{}{END}", escaped(name), escaped(text))
}

/// The comment in a definition, or in a piece of one; that of a constraint is none.
pub(crate) fn comment_in(sql: &str) -> Option<String> {
    let rest = &sql[sql.find(MARK)? + MARK.len()..];
    Some(unescaped(&rest[..rest.find(END)?]))
}

/// The comments of constraints in a definition, with their names.
pub(crate) fn constraint_comments_in(sql: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(at) = rest.find(CONSTRAINT_MARK) {
        rest = &rest[at + CONSTRAINT_MARK.len()..];
        let Some(end) = rest.find(END) else { break };
        if let Some((name, text)) = rest[..end].split_once("' IS '") {
            found.push((unescaped(name), unescaped(text)));
        }
        rest = &rest[end..];
    }
    found
}

/// A definition, or a piece of one, without its comment.
pub(crate) fn without_comment(sql: &str) -> String {
    without(sql, MARK)
}

/// A definition without the comments of its constraints.
pub(crate) fn without_constraint_comments(sql: &str) -> String {
    let mut sql = sql.to_owned();
    while sql.contains(CONSTRAINT_MARK) {
        let shorter = without(&sql, CONSTRAINT_MARK);
        if shorter.len() == sql.len() {
            break;
        }
        sql = shorter;
    }
    sql
}

fn without(sql: &str, mark: &str) -> String {
    let Some(start) = sql.find(mark) else { return sql.to_owned() };
    let Some(length) = sql[start..].find(END) else { return sql.to_owned() };
    format!("{}{}", sql[..start].trim_end_matches(' '), &sql[start + length + END.len()..])
}

/// A text in which neither a comment nor a literal ends, nor another begins.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '/' => out.push_str("\\s"),
            '\'' => out.push_str("\\q"),
            letter => out.push(letter),
        }
    }
    out
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('s') => out.push('/'),
                Some('q') => out.push('\''),
                Some(other) => out.push(other),
                None => {}
            },
            (letter, false) => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{
        comment_in, constraint_comments_in, without_comment, without_constraint_comments, written_comment,
        written_constraint_comment,
    };

    #[test]
    fn every_text_comes_back_from_a_definition() {
        for text in ["a", "it's", "a */ b", "/* int4 */", "\\", "\\s", "' */", "' IS '", "é\n\"x\""] {
            let sql = format!("CREATE TABLE t (a INT {})", written_comment(text));
            assert_eq!(comment_in(&sql).as_deref(), Some(text), "{sql}");
            assert_eq!(sql.matches("*/").count(), 1);
            assert_eq!(without_comment(&sql), "CREATE TABLE t (a INT)");
            let sql = format!("CREATE TABLE t (a) {}", written_constraint_comment(text, text));
            assert_eq!(constraint_comments_in(&sql), [(text.to_owned(), text.to_owned())]);
            assert_eq!(comment_in(&sql), None);
            assert_eq!(without_constraint_comments(&sql), "CREATE TABLE t (a)");
        }
        assert_eq!(comment_in("CREATE TABLE t (a)"), None);
    }
}
