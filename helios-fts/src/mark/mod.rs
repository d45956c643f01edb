//! Texts of documents with the matches marked.
//!
//! In: a text, where phrases stand in it, and what to put around them. Out: the text, or the part of it that has the most
//! to do with the query.

mod snippet;

use crate::index::{Position, column_of, offset_of};
use crate::tokenizer::Tokenizer;

pub use snippet::{Snippet, snippet};

/// A phrase that stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The number of the phrase.
    pub phrase: usize,
    /// The column.
    pub column: usize,
    /// The number of its first token.
    pub offset: i64,
    /// How many tokens it has.
    pub length: i64,
}

/// The instances of all phrases, in the order in which they stand.
pub fn instances(places: &[Vec<Position>], lengths: &[usize]) -> Vec<Instance> {
    let mut all = Vec::new();
    for (phrase, (places, length)) in places.iter().zip(lengths).enumerate() {
        all.extend(places.iter().map(|place| (*place, phrase, *length)));
    }
    all.sort_by_key(|(place, phrase, _)| (*place, *phrase));
    let instance = |(place, phrase, length): (Position, usize, usize)| Instance {
        phrase,
        column: column_of(place),
        offset: offset_of(place),
        length: length as i64,
    };
    all.into_iter().map(instance).collect()
}

/// The instances of a column, those joined that overlap: the first and the last token of each.
struct Stretches<'a> {
    rest: &'a [Instance],
    column: usize,
    current: Option<(i64, i64)>,
}

impl<'a> Stretches<'a> {
    fn new(instances: &'a [Instance], column: usize) -> Stretches<'a> {
        let mut stretches = Stretches { rest: instances, column, current: None };
        stretches.advance();
        stretches
    }

    fn advance(&mut self) {
        self.current = None;
        while let Some((instance, rest)) = self.rest.split_first() {
            if instance.column == self.column {
                let end = instance.offset - 1 + instance.length;
                self.current = match self.current {
                    None => Some((instance.offset, end)),
                    Some((start, last)) if instance.offset <= last => Some((start, last.max(end))),
                    Some(_) => return,
                };
            }
            self.rest = rest;
        }
    }

    fn start(&self) -> i64 {
        self.current.map_or(-1, |(start, _)| start)
    }

    fn end(&self) -> i64 {
        self.current.map_or(-1, |(_, end)| end)
    }
}

/// A text that is being written.
struct Marker<'a> {
    text: &'a [u8],
    marks: (&'a [u8], &'a [u8]),
    /// The first and the last token to be written; `None` for all.
    range: Option<(i64, i64)>,
    stretches: Stretches<'a>,
    token: i64,
    /// The text is written up to here.
    written: usize,
    is_open: bool,
    out: Vec<u8>,
}

impl<'a> Marker<'a> {
    fn copy_to(&mut self, end: usize) {
        if end > self.written {
            self.out.extend_from_slice(&self.text[self.written..end]);
        }
        self.written = end;
    }

    fn open(&mut self) {
        self.out.extend_from_slice(self.marks.0);
        self.is_open = true;
    }

    fn close(&mut self) {
        self.out.extend_from_slice(self.marks.1);
        self.is_open = false;
    }

    fn take(&mut self, start: usize, end: usize) {
        let token = self.token;
        self.token += 1;
        if let Some((first, last)) = self.range {
            if token < first || token > last {
                return;
            }
            if first > 0 && token == first {
                self.written = start;
            }
        }
        let next = self.stretches.start();
        if self.is_open && (token <= next || next < 0) && start > self.written {
            self.close();
        }
        if token == next && !self.is_open {
            self.copy_to(start);
            self.open();
        }
        if token == self.stretches.end() {
            if !self.is_open {
                self.open();
            }
            self.copy_to(end);
            self.stretches.advance();
        }
        if self.range.is_some_and(|(_, last)| token == last) {
            if self.is_open {
                let next = self.stretches.start();
                if next >= 0 && token >= next {
                    self.copy_to(end);
                }
                self.close();
            }
            self.copy_to(end);
        }
    }

    fn run(&mut self, tokenizer: &dyn Tokenizer) {
        tokenizer.tokenize(self.text, &mut |_, place| self.take(place.start, place.end));
        if self.is_open {
            self.close();
        }
    }
}

/// A column's text with marks around all matches.
pub fn highlight(
    tokenizer: &dyn Tokenizer,
    text: &[u8],
    instances: &[Instance],
    column: usize,
    marks: (&[u8], &[u8]),
) -> Vec<u8> {
    let mut marker = Marker {
        text,
        marks,
        range: None,
        stretches: Stretches::new(instances, column),
        token: 0,
        written: 0,
        is_open: false,
        out: Vec::with_capacity(text.len() + 16),
    };
    marker.run(tokenizer);
    marker.copy_to(text.len());
    marker.out
}
