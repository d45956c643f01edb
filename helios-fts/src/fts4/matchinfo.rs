//! Numbers about a match, for programs that rank by themselves (<https://sqlite.org/fts3.html#matchinfo>).

use helios_core::{Error, Result};

use super::matcher::{Counts, Matcher};
use crate::index::{Position, column_of, offset_of};

/// What is known of all documents, and of the one at hand.
#[derive(Clone, Debug)]
pub struct Corpus<'a> {
    /// How many there are; `None` where that is not kept.
    pub rows: Option<i64>,
    /// How many tokens the columns of all have.
    pub tokens: &'a [i64],
    /// How many the columns of the one have; `None` where that is not kept.
    pub sizes: Option<&'a [i64]>,
    /// How often phrases are in all documents.
    pub counts: &'a [Counts],
}

/// The numbers that `format` asks for, of the document that the matcher has looked at: 32 bits each.
///
/// # Errors
/// SQLite's, where a letter is unknown or asks for what is not kept.
pub fn matchinfo(matcher: &Matcher, columns: usize, format: &str, corpus: &Corpus<'_>) -> Result<Vec<u8>> {
    let lengths: Vec<i64> = matcher.lengths().iter().map(|length| *length as i64).collect();
    let (shown, placed) = (matcher.shown(), matcher.placed());
    let mut numbers: Vec<u32> = Vec::new();
    for letter in format.chars() {
        match (letter, corpus.rows, corpus.sizes) {
            ('p', ..) => numbers.push(lengths.len() as u32),
            ('c', ..) => numbers.push(columns as u32),
            ('n', Some(rows), _) => numbers.push(rows as u32),
            ('a', Some(rows), _) => {
                let average = |tokens: &i64| ((tokens + rows / 2).checked_div(rows)).unwrap_or(0) as u32;
                numbers.extend(corpus.tokens.iter().map(average));
            }
            ('l', _, Some(sizes)) => {
                numbers.extend((0..columns).map(|column| sizes.get(column).map_or(0, |size| *size as u32)));
            }
            ('s', ..) => {
                numbers.extend((0..columns).map(|column| longest_run(&shown, &lengths, column)));
            }
            ('x', ..) => {
                for (places, counts) in shown.iter().zip(corpus.counts) {
                    for (column, (hits, documents)) in counts.iter().enumerate() {
                        numbers.extend([hits_in(places, column), *hits, *documents]);
                    }
                }
            }
            ('y', ..) => {
                let first = numbers.len();
                numbers.resize(first + lengths.len() * columns, 0);
                for (phrase, places) in &placed {
                    for column in places.iter().map(|place| column_of(*place)) {
                        if let Some(hits) = numbers.get_mut(first + phrase * columns + column) {
                            *hits = hits_in(places, column);
                        }
                    }
                }
            }
            ('b', ..) => {
                let (first, words) = (numbers.len(), columns.div_ceil(32));
                numbers.resize(first + lengths.len() * words, 0);
                for (phrase, places) in &placed {
                    for column in places.iter().map(|place| column_of(*place)) {
                        // As SQLite has it: the last column of each 32 is a bit of the next number.
                        if let Some(word) = numbers.get_mut(first + phrase * words + (column + 1) / 32) {
                            *word |= 1 << (column % 32);
                        }
                    }
                }
            }
            _ => return Err(Error::sql(format!("unrecognized matchinfo request: {letter}"))),
        }
    }
    Ok(numbers.iter().flat_map(|number| number.to_ne_bytes()).collect())
}

fn hits_in(places: &[Position], column: usize) -> u32 {
    places.iter().filter(|place| column_of(**place) == column).count() as u32
}

/// How many phrases that follow each other in the query do so in a column, too.
fn longest_run(shown: &[Vec<Position>], lengths: &[i64], column: usize) -> u32 {
    struct Reading {
        places: Vec<i64>,
        next: usize,
    }
    let mut before = 0;
    let mut readings: Vec<Reading> = Vec::new();
    for (places, length) in shown.iter().zip(lengths) {
        before += length;
        let own = places.iter().filter(|place| column_of(**place) == column);
        readings.push(Reading { places: own.map(|place| offset_of(*place) - before).collect(), next: 0 });
    }
    let mut longest = 0;
    loop {
        let (mut run, mut last, mut least): (u32, Option<i64>, Option<usize>) = (0, None, None);
        for number in 0..readings.len() {
            let Some(&place) = readings[number].places.get(readings[number].next) else {
                run = 0;
                last = None;
                continue;
            };
            let is_least = |other: usize| place < readings[other].places[readings[other].next];
            if least.is_none_or(is_least) {
                least = Some(number);
            }
            run = if run == 0 || last == Some(place) { run + 1 } else { 1 };
            last = Some(place);
            longest = longest.max(run);
        }
        match least {
            Some(number) => readings[number].next += 1,
            None => return longest,
        }
    }
}
