//! `fts3tokenize`: the tokens of a text, as a table (<https://sqlite.org/fts3.html#querying_tokenizers>).

use std::any::Any;
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value, ValueRef};
use helios_fts::dequote;
use helios_fts::tokenizer::{Tokenizer, TokenizerError, old_tokenizer};

use super::super::fts5::with_text;
use super::super::{
    Definition, IndexChoice, IndexRequest, Module, Operator, RowSink, Tables, Usage, VirtualColumn,
    VirtualCursor, VirtualScan, VirtualTable,
};
use super::failed;

/// The module.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Tokens;

impl Module for Tokens {
    fn connect(&self, definition: &Definition, _tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let words: Vec<String> =
            definition.arguments.iter().map(|argument| dequote(argument.trim())).collect();
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let tokenizer = old_tokenizer(&words).map_err(|error| match error {
            TokenizerError::Unknown(name) => Error::sql(format!("unknown tokenizer: {name}")),
            TokenizerError::Arguments => failed(),
        })?;
        let names = ["input", "token", "start", "end", "position"];
        let columns = names.iter().map(|name| VirtualColumn::new(name)).collect();
        Ok(Arc::new(TokensTable { tokenizer, columns }))
    }
}

#[derive(Debug)]
struct TokensTable {
    tokenizer: Arc<dyn Tokenizer>,
    columns: Vec<VirtualColumn>,
}

impl VirtualTable for TokensTable {
    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut has_input = false;
        let mut usages = Vec::new();
        for constraint in &request.constraints {
            let is_input = constraint.column == Some(0) && constraint.operator == Operator::Equal;
            usages.push(if is_input && !has_input { Usage::Exact } else { Usage::Unsupported });
            has_input |= is_input;
        }
        let rows = if has_input { 1.0 } else { 1_000_000.0 };
        Ok(IndexChoice { usages, rows, ..IndexChoice::default() })
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let input = scan.values.first().ok_or_else(failed)?;
        let mut rows = Vec::new();
        with_text(input.as_ref(), |text| {
            self.tokenizer.tokenize(text, &mut |token, place| {
                let token = Value::Text(token.to_vec().into());
                rows.push((token, place.start as i64, place.end as i64));
            });
        });
        let text = input.as_ref().text_bytes().map_or(Value::Null, |text| Value::Text(text.into()));
        Ok(Box::new(TokensCursor { text, rows, next: 0, wanted: scan.wanted.to_vec() }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct TokensCursor {
    text: Value,
    rows: Vec<(Value, i64, i64)>,
    next: usize,
    wanted: Vec<usize>,
}

impl VirtualCursor for TokensCursor {
    fn fill(&mut self, _reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while let Some((token, start, end)) = self.rows.get(self.next).filter(|_| !out.is_full()) {
            for (place, position) in self.wanted.iter().enumerate() {
                out.value(
                    place,
                    match position {
                        0 => self.text.as_ref(),
                        1 => token.as_ref(),
                        2 => ValueRef::Integer(*start),
                        3 => ValueRef::Integer(*end),
                        4 => ValueRef::Integer(self.next as i64),
                        _ => ValueRef::Integer(self.next as i64 + 1),
                    },
                );
            }
            out.end_row();
            self.next += 1;
        }
        Ok(())
    }
}
