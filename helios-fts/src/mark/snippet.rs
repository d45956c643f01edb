//! The part of a document that has the most to do with a query.
//!
//! Parts begin at a match, or at the sentence that it is in. A phrase counts 1000 the first time and 1 after that; the
//! beginning of a sentence counts 100, that of the column 120. The first of the best is taken.

use super::{Instance, Marker, Stretches};
use crate::tokenizer::Tokenizer;

/// What a snippet is made with.
#[derive(Clone, Copy, Debug)]
pub struct Snippet<'a> {
    /// The column, or all.
    pub column: Option<usize>,
    /// What comes before and behind a match.
    pub marks: (&'a [u8], &'a [u8]),
    /// What stands for the text that is left out.
    pub ellipsis: &'a [u8],
    /// How many tokens it may have; for FTS4, if negative, how many each part may have.
    pub tokens: i64,
}

struct Best {
    score: i64,
    column: usize,
    start: i64,
    size: i64,
}

/// The snippet of a document of these texts, which have so many tokens in the index. `None` where there is no text.
pub fn snippet(
    tokenizer: &dyn Tokenizer,
    texts: &[Option<Vec<u8>>],
    sizes: &[i64],
    phrases: usize,
    instances: &[Instance],
    wanted: &Snippet<'_>,
) -> Option<Vec<u8>> {
    let mut best = Best { score: 0, column: wanted.column.unwrap_or(0), start: 0, size: 0 };
    let columns = (0..texts.len()).filter(|column| wanted.column.is_none_or(|wanted| wanted == *column));
    for column in columns {
        let text = texts[column].as_deref().unwrap_or_default();
        let (sentences, size) = (sentences(tokenizer, text), sizes[column]);
        for instance in instances.iter().filter(|instance| instance.column == column) {
            let window = Window { instances, phrases, column, tokens: wanted.tokens };
            let (score, start) = window.score(instance.offset, size);
            best.improve(score, column, start, size);
            if size <= wanted.tokens {
                continue;
            }
            let after = sentences.partition_point(|first| *first <= instance.offset);
            let Some(sentence) = after.checked_sub(1).map(|place| sentences[place]) else { continue };
            if sentence < instance.offset {
                let bonus = if sentence == 0 { 120 } else { 100 };
                best.improve(window.score(sentence, size).0 + bonus, column, sentence, size);
            }
        }
    }
    let text = texts.get(best.column)?.as_deref()?;
    if best.size == 0 {
        best.size = sizes[best.column];
    }
    let mut marker = Marker {
        text,
        marks: wanted.marks,
        // No tokens from the beginning on are all tokens.
        range: Some((best.start, best.start + wanted.tokens - 1)).filter(|(_, last)| *last >= 0),
        stretches: Stretches::new(instances, best.column),
        token: 0,
        written: 0,
        is_open: false,
        out: Vec::new(),
    };
    if best.start > 0 {
        marker.out.extend_from_slice(wanted.ellipsis);
    }
    while marker.stretches.current.is_some() && marker.stretches.start() < best.start {
        marker.stretches.advance();
    }
    marker.run(tokenizer);
    if best.start + wanted.tokens >= best.size {
        marker.copy_to(text.len());
    } else {
        marker.out.extend_from_slice(wanted.ellipsis);
    }
    Some(marker.out)
}

impl Best {
    fn improve(&mut self, score: i64, column: usize, start: i64, size: i64) {
        if score > self.score {
            *self = Best { score, column, start, size };
        }
    }
}

struct Window<'a> {
    instances: &'a [Instance],
    phrases: usize,
    column: usize,
    tokens: i64,
}

impl Window<'_> {
    /// What the tokens from `start` on count, and where to begin so that the matches stand in the middle.
    fn score(&self, start: i64, size: i64) -> (i64, i64) {
        let mut seen = vec![false; self.phrases];
        let (mut score, mut first, mut last) = (0, -1, 0);
        for instance in self.instances {
            let is_within = (start..start + self.tokens).contains(&instance.offset);
            if instance.column != self.column || !is_within {
                continue;
            }
            score += if seen[instance.phrase] { 1 } else { 1000 };
            seen[instance.phrase] = true;
            if first < 0 {
                first = instance.offset;
            }
            last = instance.offset + instance.length;
        }
        let mut middle = first - (self.tokens - (last - first)) / 2;
        if middle + self.tokens > size {
            middle = size - self.tokens;
        }
        (score, middle.max(0))
    }
}

/// The numbers of tokens that begin a sentence.
fn sentences(tokenizer: &dyn Tokenizer, text: &[u8]) -> Vec<i64> {
    let (mut firsts, mut token) = (Vec::new(), 0);
    tokenizer.tokenize(text, &mut |_, place| {
        let before = &text[..place.start];
        let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let blanks = blanks.count();
        let ends_sentence = matches!(before[..before.len() - blanks].last(), Some(b'.' | b':'));
        if token == 0 || blanks > 0 && ends_sentence {
            firsts.push(token);
        }
        token += 1;
    });
    firsts
}
