//! Places of texts in an order that only a callback knows, as bytes.
//!
//! In: texts, in any order. Out: for each a byte string, such that byte strings compare as the texts do. A place once
//! given stays, so a new text gets one between its neighbours', of which there is always one: a place is a row of digits
//! to the base 2^32, the last of them not 0, and a longer row lies between any two. If the callback contradicts itself,
//! texts have some places or other.
//!
//! Texts often come sorted, either way. So a new digit keeps close to one of its neighbours, on even positions the lower
//! one, on odd ones the upper one: a row of texts that goes one way uses up the room on half of the positions only
//! slowly.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// The furthest that a new digit is from its neighbour.
const STEP: u64 = 1 << 16;
/// One more than the highest digit.
const BASE: u64 = 1 << 32;
/// The bytes of a digit.
const DIGIT_BYTES: usize = 4;
/// The most texts of a block.
const BLOCK_TEXTS: usize = 512;

/// How the callback compares two texts.
type Compare<'c> = &'c dyn Fn(&[u8], &[u8]) -> Ordering;

/// A text and its place.
type Placed = (Arc<[u8]>, Arc<[u8]>);

/// What is known of the order so far.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// All texts that were asked for.
    known: HashMap<Arc<[u8]>, Arc<[u8]>>,
    /// One of each class of equal texts, in order; in blocks, none of them empty, so that there is little to move when
    /// one comes between.
    blocks: Vec<Vec<Placed>>,
}

impl Places {
    /// The place of a text.
    pub(super) fn of(&mut self, text: &[u8], compare: Compare<'_>) -> Vec<u8> {
        if let Some(place) = self.known.get(text) {
            return place.to_vec();
        }
        let text: Arc<[u8]> = text.into();
        let place = self.find_or_add(&text, compare);
        self.known.insert(text, place.clone());
        place.to_vec()
    }

    fn find_or_add(&mut self, text: &Arc<[u8]>, compare: Compare<'_>) -> Arc<[u8]> {
        // The last block that begins with the text or below it, or the first.
        let after = self.blocks.partition_point(|block| compare(&block[0].0, text) != Ordering::Greater);
        let number = after.saturating_sub(1);
        let Some(block) = self.blocks.get(number) else {
            let place: Arc<[u8]> = between(&[], None).into();
            self.blocks.push(vec![(text.clone(), place.clone())]);
            return place;
        };
        let at = match block.binary_search_by(|(known, _)| compare(known, text)) {
            Ok(at) => return block[at].1.clone(),
            Err(at) => at,
        };
        let low = at.checked_sub(1).map_or(&[][..], |before| &block[before].1);
        let high = block.get(at).or_else(|| self.blocks.get(number + 1).map(|next| &next[0]));
        let place: Arc<[u8]> = between(low, high.map(|(_, place)| &**place)).into();
        let block = &mut self.blocks[number];
        block.insert(at, (text.clone(), place.clone()));
        if block.len() > BLOCK_TEXTS {
            // Behind the last one there is usually nothing more to come but behind that.
            let is_end = at + 1 == block.len();
            let upper = block.split_off(if is_end { at } else { BLOCK_TEXTS / 2 });
            self.blocks.insert(number + 1, upper);
        }
        place
    }
}

/// A place above `low` and, if there is one, below `high`.
fn between(low: &[u8], mut high: Option<&[u8]>) -> Vec<u8> {
    let mut place = Vec::with_capacity(low.len() + DIGIT_BYTES);
    for position in 0.. {
        let below = digit(low, position);
        let above = high.map_or(BASE, |high| digit(high, position));
        let room = above.saturating_sub(below);
        if room >= 2 {
            let step = STEP.min(room / 2);
            let digit = if position % 2 == 0 { below + step } else { above - step };
            place.extend_from_slice(&(digit as u32).to_be_bytes());
            break;
        }
        place.extend_from_slice(&(below as u32).to_be_bytes());
        if room == 1 {
            // Whatever follows is below `high`.
            high = None;
        }
    }
    place
}

/// The digit at a position; 0 behind the last.
fn digit(place: &[u8], position: usize) -> u64 {
    let bytes = place.iter().skip(position * DIGIT_BYTES).take(DIGIT_BYTES);
    bytes.fold(0, |digit, byte| digit << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &[u8]) -> u32 {
        text.iter().fold(0, |number, byte| number * 10 + u32::from(byte - b'0'))
    }

    /// Numbers in the order in which they come must have places in the order of their values.
    fn check(numbers: impl Iterator<Item = u32>, longest_bytes: usize) {
        let mut places = Places::default();
        let mut given: Vec<(u32, Vec<u8>)> = numbers
            .map(|text| {
                let text = text.to_string();
                let place = places.of(text.as_bytes(), &|a, b| number(a).cmp(&number(b)));
                assert_eq!(
                    place,
                    places.of(format!("00{text}").as_bytes(), &|a, b| number(a).cmp(&number(b)))
                );
                (number(text.as_bytes()), place)
            })
            .collect();
        given.sort();
        for pair in given.windows(2) {
            assert_eq!(pair[0].0.cmp(&pair[1].0), pair[0].1.cmp(&pair[1].1), "{pair:?}");
        }
        let longest = given.iter().map(|(_, place)| place.len()).max().unwrap_or(0);
        assert!(longest <= longest_bytes, "a place of {longest} bytes");
    }

    #[test]
    fn places_have_the_order_of_their_texts_however_these_come() {
        check(0..20_000, 4);
        check((0..20_000).rev(), 12);
        check(std::iter::once(0).chain((1..20_000).rev()), 12);
        // All orders: each number is another multiple of a primitive root of the prime.
        check(
            (1..10_007).scan(1, |last, _| {
                *last = *last * 5 % 10_007;
                Some(*last)
            }),
            32,
        );
        // To the middle from both sides, the worst there is.
        check((0..1000).flat_map(|number| [number, 3000 - number]), 512);
    }

    #[test]
    fn a_callback_that_contradicts_itself_gives_some_places() {
        let mut places = Places::default();
        for number in 0..2000_u32 {
            let answer = if number % 3 == 0 { Ordering::Less } else { Ordering::Greater };
            places.of(&number.to_be_bytes(), &move |_, _| answer);
        }
        assert_eq!(places.known.len(), 2000);
    }
}
