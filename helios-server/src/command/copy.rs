//! COPY (<https://www.postgresql.org/docs/15/sql-copy.html>).

use super::words::{Words, quoted};
use crate::failure::Failure;
use crate::sqlstate;

/// What COPY says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Copy {
    pub(crate) source: CopySource,
    /// Whether rows come from the client.
    pub(crate) is_in: bool,
    pub(crate) format: CopyFormat,
    pub(crate) delimiter: u8,
    pub(crate) null: String,
    pub(crate) header: bool,
    pub(crate) quote: u8,
    pub(crate) escape: u8,
    /// The columns whose values CSV puts into quotes, whatever they are.
    pub(crate) force_quote: bool,
}

/// Which rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CopySource {
    /// Those of a table: its name and some of its columns, as SQL wants them; all if none are named.
    Table(String, Vec<String>),
    /// Those of a query.
    Query(String),
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CopyFormat {
    Text,
    Csv,
    Binary,
}

/// Reads what follows the word COPY.
pub(super) fn parse(words: &mut Words<'_>) -> Result<Copy, Failure> {
    let source = if words.peek() == "(" {
        let parts = words.parenthesized()?;
        CopySource::Query(parts.join(", "))
    } else {
        let table = words.object()?;
        let columns = match words.peek() {
            "(" => words
                .parenthesized()?
                .iter()
                .map(|name| Words::new(name).name().map(|name| quoted(&name)))
                .collect::<Result<_, _>>()?,
            _ => Vec::new(),
        };
        CopySource::Table(table, columns)
    };
    let is_in = words.accept("from");
    if !is_in {
        words.expect("to")?;
    }
    let is_stream = if is_in { words.accept("stdin") } else { words.accept("stdout") };
    if !is_stream {
        return Err(Failure::new(
            sqlstate::NO_PRIVILEGE,
            "COPY works with STDIN and STDOUT only: files are the client's",
        ));
    }
    let mut given = Given::default();
    words.accept("with");
    if words.peek() == "(" {
        for option in words.parenthesized()? {
            let mut option_words = Words::new(&option);
            given.option(&mut option_words)?;
        }
    } else {
        given.old_options(words)?;
    }
    given.finish(source, is_in)
}

/// Options as they were written.
#[derive(Debug, Default)]
struct Given {
    format: Option<CopyFormat>,
    delimiter: Option<String>,
    null: Option<String>,
    header: bool,
    quote: Option<String>,
    escape: Option<String>,
    force_quote: bool,
}

fn invalid(message: String) -> Failure {
    Failure::new(sqlstate::INVALID_PARAMETER_VALUE, message)
}

impl Given {
    /// One of the options in parentheses.
    fn option(&mut self, words: &mut Words<'_>) -> Result<(), Failure> {
        let name = words.name()?;
        match name.as_str() {
            "format" => {
                self.format = Some(match words.value()?.to_ascii_lowercase().as_str() {
                    "text" => CopyFormat::Text,
                    "csv" => CopyFormat::Csv,
                    "binary" => CopyFormat::Binary,
                    other => return Err(invalid(format!("COPY format \"{other}\" not recognized"))),
                });
            }
            "delimiter" => self.delimiter = Some(text_value(words)?),
            "null" => self.null = Some(text_value(words)?),
            "header" => self.header = flag(words)?,
            "quote" => self.quote = Some(text_value(words)?),
            "escape" => self.escape = Some(text_value(words)?),
            // All rows are seen by nobody before they are committed.
            "freeze" => drop(flag(words)?),
            "force_quote" => {
                words.skip_all();
                self.force_quote = true;
            }
            "encoding" => encoding(&words.value()?)?,
            other => {
                return Err(Failure::new(
                    sqlstate::SYNTAX_ERROR,
                    format!("option \"{other}\" not recognized"),
                ));
            }
        }
        Ok(())
    }

    /// The options of older versions, without parentheses.
    fn old_options(&mut self, words: &mut Words<'_>) -> Result<(), Failure> {
        while words.peek() != "" {
            if words.accept("csv") {
                self.format = Some(CopyFormat::Csv);
            } else if words.accept("binary") {
                self.format = Some(CopyFormat::Binary);
            } else if words.accept("header") {
                self.header = true;
            } else if words.accept("freeze") {
            } else if words.accept("delimiter") || words.accept("delimiters") {
                words.accept("as");
                self.delimiter = Some(text_value(words)?);
            } else if words.accept("null") {
                words.accept("as");
                self.null = Some(text_value(words)?);
            } else if words.accept("quote") {
                words.accept("as");
                self.quote = Some(text_value(words)?);
            } else if words.accept("escape") {
                words.accept("as");
                self.escape = Some(text_value(words)?);
            } else if words.accept("encoding") {
                encoding(&words.value()?)?;
            } else {
                return Err(words.unexpected());
            }
        }
        Ok(())
    }

    fn finish(self, source: CopySource, is_in: bool) -> Result<Copy, Failure> {
        let format = self.format.unwrap_or(CopyFormat::Text);
        let is_csv = format == CopyFormat::Csv;
        let one = |name: &str, given: Option<String>, usual: u8| match given.as_deref().map(str::as_bytes) {
            None => Ok(usual),
            Some([byte]) if !matches!(byte, b'\n' | b'\r') => Ok(*byte),
            Some(_) => Err(invalid(format!("COPY {name} must be a single one-byte character"))),
        };
        let delimiter = one("delimiter", self.delimiter, if is_csv { b',' } else { b'\t' })?;
        let quote = one("quote", self.quote, b'"')?;
        Ok(Copy {
            source,
            is_in,
            format,
            delimiter,
            null: self.null.unwrap_or_else(|| if is_csv { String::new() } else { "\\N".to_owned() }),
            header: self.header,
            quote,
            escape: one("escape", self.escape, quote)?,
            force_quote: self.force_quote,
        })
    }
}

fn flag(words: &mut Words<'_>) -> Result<bool, Failure> {
    match words.peek().to_ascii_lowercase().as_str() {
        "" => Ok(true),
        "true" | "on" | "1" => {
            words.skip(1);
            Ok(true)
        }
        "false" | "off" | "0" => {
            words.skip(1);
            Ok(false)
        }
        other => Err(invalid(format!("option requires a Boolean value, not \"{other}\""))),
    }
}

fn encoding(name: &str) -> Result<(), Failure> {
    match name.to_ascii_lowercase().replace('-', "").as_str() {
        "utf8" => Ok(()),
        _ => Err(Failure::unsupported(format!("encoding \"{name}\" is not supported"))),
    }
}

/// A text, maybe one with escapes such as `E'\t'`.
fn text_value(words: &mut Words<'_>) -> Result<String, Failure> {
    let word = words.peek();
    if let Some(rest) = word.strip_prefix(['e', 'E']).filter(|rest| rest.starts_with('\'')) {
        words.skip(1);
        let inside = rest.get(1..rest.len() - 1).unwrap_or_default();
        return Ok(inside.replace("\\t", "\t").replace("\\\\", "\\").replace("\\'", "'"));
    }
    words.value()
}
