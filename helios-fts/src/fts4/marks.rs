//! `offsets` and `snippet` of FTS3 and FTS4.
//!
//! In: the texts of a document, and where phrases stand in it (the places of their last tokens). A snippet is one to four
//! parts of columns, so chosen that they have as many different phrases as possible.

use std::fmt::Write;
use std::ops::Range;

use helios_core::Result;

use crate::index::{Position, column_of, corrupt, offset_of};
use crate::mark::Snippet;
use crate::tokenizer::Tokenizer;

/// Where phrases stand in a document.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The places of each phrase.
    pub places: &'a [Vec<Position>],
    /// How many tokens each has.
    pub lengths: &'a [usize],
}

/// Where the tokens of a text are.
fn tokens(tokenizer: &dyn Tokenizer, text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    tokenizer.tokenize(text, &mut |_, place| found.push(place));
    found
}

/// The column, the number of the term in the query, the byte and the length of each match; `None` where there is none.
///
/// # Errors
/// SQLite's of a damaged file, where the texts have no such token.
pub fn offsets(
    tokenizer: &dyn Tokenizer,
    texts: &[Option<Vec<u8>>],
    standing: Standing<'_>,
) -> Result<Option<String>> {
    let mut out = String::new();
    for (column, text) in texts.iter().enumerate() {
        let Some(text) = text else { continue };
        let mut matches: Vec<(i64, usize)> = Vec::new();
        let mut first = 0;
        for (places, length) in standing.places.iter().zip(standing.lengths) {
            for place in places.iter().filter(|place| column_of(**place) == column) {
                let begin = offset_of(*place) - (*length as i64 - 1);
                matches.extend((0..*length).map(|term| (begin + term as i64, first + term)));
            }
            first += length;
        }
        if matches.is_empty() {
            continue;
        }
        matches.sort_unstable();
        let tokens = tokens(tokenizer, text);
        for (token, term) in matches {
            let place =
                usize::try_from(token).ok().and_then(|token| tokens.get(token)).ok_or_else(corrupt)?;
            let blank = if out.is_empty() { "" } else { " " };
            let _ = write!(out, "{blank}{column} {term} {} {}", place.start, place.len());
        }
    }
    Ok(Some(out).filter(|out| !out.is_empty()))
}

/// The most parts that a snippet has.
const MAX_PARTS: usize = 4;
/// The most tokens of a part.
const MAX_TOKENS: i64 = 64;

/// A part of a column.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    column: usize,
    /// Its first token.
    start: i64,
    /// The phrases that it has.
    covers: u64,
    /// Its tokens that belong to matches.
    marked: u64,
}

/// The snippet of a document; `None` where its parts have no texts.
pub fn snippet(
    tokenizer: &dyn Tokenizer,
    texts: &[Option<Vec<u8>>],
    standing: Standing<'_>,
    wanted: &Snippet<'_>,
) -> Option<Vec<u8>> {
    let budget = wanted.tokens.clamp(-MAX_TOKENS, MAX_TOKENS);
    let mut parts: Vec<Part> = Vec::new();
    let mut size = 0;
    for count in 1..=MAX_PARTS {
        size = if budget >= 0 { (budget + count as i64 - 1) / count as i64 } else { -budget };
        parts.clear();
        let (mut covered, mut seen) = (0, 0);
        for _ in 0..count {
            let (mut best, mut best_score) = (Part::default(), -1);
            for column in
                (0..texts.len()).filter(|column| wanted.column.is_none_or(|wanted| wanted == *column))
            {
                let (part, score) = best_part(standing, column, size, covered, &mut seen);
                if score > best_score {
                    (best, best_score) = (part, score);
                }
            }
            covered |= best.covers;
            parts.push(best);
        }
        if seen == covered {
            break;
        }
    }
    let mut out = None;
    for (number, part) in parts.iter().enumerate() {
        let Some(Some(text)) = texts.get(part.column) else { continue };
        let writing = Writing { number, is_last: number + 1 == parts.len(), size, wanted };
        writing.write(&tokens(tokenizer, text), text, *part, out.get_or_insert_default());
    }
    out
}

fn bit(phrase: usize) -> u64 {
    1 << (phrase % 64)
}

/// The best part of a column, and its score. Candidates begin at the first token, or end with a match.
fn best_part(standing: Standing<'_>, column: usize, size: i64, covered: u64, seen: &mut u64) -> (Part, i64) {
    let of_phrase = |places: &Vec<Position>| {
        let own = places.iter().filter(|place| column_of(**place) == column);
        own.map(|place| offset_of(*place)).collect::<Vec<i64>>()
    };
    let places: Vec<Vec<i64>> = standing.places.iter().map(of_phrase).collect();
    for (phrase, places) in places.iter().enumerate() {
        *seen |= if places.is_empty() { 0 } else { bit(phrase) };
    }
    let mut ends: Vec<i64> = places.iter().flatten().copied().filter(|place| *place >= size).collect();
    ends.sort_unstable();
    ends.dedup();
    let starts = std::iter::once(0).chain(ends.into_iter().map(|end| end - size + 1));
    let (mut best, mut best_score) = (Part { column, ..Part::default() }, -1);
    for start in starts {
        let (mut score, mut covers, mut marked) = (0, 0_u64, 0_u64);
        for (phrase, places) in places.iter().enumerate() {
            let first = places.partition_point(|place| *place < start);
            for place in places[first..].iter().take_while(|place| **place < start + size) {
                score += if (covers | covered) & bit(phrase) != 0 { 1 } else { 1000 };
                covers |= bit(phrase);
                let token = 1_u64.checked_shl((place - start) as u32).unwrap_or(0);
                for back in 0..(standing.lengths[phrase] as i64).min(size) {
                    marked |= token >> back;
                }
            }
        }
        if score > best_score {
            (best, best_score) = (Part { column, start, covers, marked }, score);
        }
    }
    (best, best_score)
}

struct Writing<'a> {
    number: usize,
    is_last: bool,
    size: i64,
    wanted: &'a Snippet<'a>,
}

impl Writing<'_> {
    fn write(&self, tokens: &[Range<usize>], text: &[u8], part: Part, out: &mut Vec<u8>) {
        let Some(first) = tokens.get(part.start as usize) else {
            out.extend_from_slice(text);
            return;
        };
        let behind = tokens.len() as i64 - part.start;
        let shift = self.shift(part.marked, behind);
        let (start, marked) = (part.start + shift, part.marked >> shift);
        if start > 0 || self.number > 0 {
            out.extend_from_slice(self.wanted.ellipsis);
        } else {
            out.extend_from_slice(&text[..first.start]);
        }
        let mut end = 0;
        for (number, place) in tokens.iter().enumerate().skip(start as usize) {
            let at = number as i64 - start;
            if at >= self.size {
                if self.is_last {
                    out.extend_from_slice(self.wanted.ellipsis);
                }
                return;
            }
            if at > 0 {
                out.extend_from_slice(&text[end..place.start]);
            }
            let is_marked = marked & (1 << at) != 0;
            let (before, after) = if is_marked { self.wanted.marks } else { (&b""[..], &b""[..]) };
            out.extend_from_slice(before);
            out.extend_from_slice(&text[place.clone()]);
            out.extend_from_slice(after);
            end = place.end;
        }
        // The last token of the text: what stands behind it belongs to the snippet.
        out.extend_from_slice(&text[end..]);
    }

    /// By how many tokens a part moves so that its matches stand in the middle, as far as there are tokens.
    fn shift(&self, marked: u64, behind: i64) -> i64 {
        if marked == 0 || self.size == 0 {
            return 0;
        }
        let left = i64::from(marked.trailing_zeros());
        let right = self.size - 1 - (63 - i64::from(marked.leading_zeros()));
        let desired = (left - right) / 2;
        if desired <= 0 {
            return 0;
        }
        let available = if behind > self.size + desired { desired } else { behind - self.size };
        available.clamp(0, desired)
    }
}
