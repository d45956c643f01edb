//! NEAR: of the places of phrases those that are close enough together.

use crate::index::Position;

/// The places of one phrase, and where the reading of them stands.
struct Reading {
    places: Vec<Position>,
    at: usize,
    out: Vec<Position>,
}

/// Behind all places.
const END: i64 = i64::MAX >> 1;

impl Reading {
    fn current(&self) -> i64 {
        self.places.get(self.at).map_or(END, |place| *place as i64)
    }

    fn ahead(&self) -> i64 {
        self.places.get(self.at + 1).map_or(END, |place| *place as i64)
    }

    /// Goes on; `false` at the end.
    fn advance(&mut self) -> bool {
        self.at += 1;
        self.at < self.places.len()
    }
}

/// Keeps the places that are part of a match. `lengths` are those of the phrases in tokens.
pub(super) fn trim(places: Vec<Vec<Position>>, lengths: &[i64], distance: i64) -> Vec<Vec<Position>> {
    let reading = |places| Reading { places, at: 0, out: Vec::new() };
    let mut readings: Vec<Reading> = places.into_iter().map(reading).collect();
    find_matches(&mut readings, lengths, distance);
    readings.into_iter().map(|reading| reading.out).collect()
}

fn find_matches(readings: &mut [Reading], lengths: &[i64], distance: i64) {
    loop {
        let mut greatest = readings[0].current();
        loop {
            let mut matches = true;
            for (reading, length) in readings.iter_mut().zip(lengths) {
                let least = greatest - length - distance;
                if reading.current() < least || reading.current() > greatest {
                    matches = false;
                    while reading.current() < least {
                        if !reading.advance() {
                            return;
                        }
                    }
                    greatest = greatest.max(reading.current());
                }
            }
            if matches {
                break;
            }
        }
        for reading in readings.iter_mut() {
            let place = reading.places[reading.at];
            if reading.out.last() != Some(&place) {
                reading.out.push(place);
            }
        }
        let ahead = readings.iter().enumerate().min_by_key(|(number, reading)| (reading.ahead(), *number));
        let next = ahead.map_or(0, |(number, _)| number);
        if !readings[next].advance() {
            return;
        }
    }
}
