//! NEAR: of the places of phrases those that are close enough together.

use crate::index::Position;

/// The places of one phrase, and where the reading of them stands.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// How many tokens the phrase has.
    pub(super) length: i64,
    /// Its places; afterwards those that are part of a match.
    pub(super) places: Vec<Position>,
    at: usize,
    out: Vec<Position>,
}

/// Behind all places.
const END: i64 = i64::MAX >> 1;

impl Reading {
    pub(super) fn of_length(length: usize) -> Reading {
        Reading { length: length as i64, ..Reading::default() }
    }

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

/// Keeps the places that are part of a match.
pub(super) fn trim(readings: &mut [Reading], distance: i64) {
    for reading in &mut *readings {
        reading.at = 0;
        reading.out.clear();
    }
    find_matches(readings, distance);
    for reading in readings {
        std::mem::swap(&mut reading.places, &mut reading.out);
    }
}

fn find_matches(readings: &mut [Reading], distance: i64) {
    loop {
        let mut greatest = readings[0].current();
        loop {
            let mut matches = true;
            for reading in readings.iter_mut() {
                let least = greatest - reading.length - distance;
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
