//! Random numbers that a test can be replayed with.
//!
//! A random test runs inside [`with_seed`]: the seed is `HELIOS_SEED` or a fixed one, and is printed if the test fails,
//! by a panic or by an error. With `HELIOS_EXTENDED=1` random tests run longer.

use std::io::Write;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::TestResult;

/// The seed of a run that names none.
const DEFAULT_SEED: u64 = 20_240_817;

/// The seed of this run: `HELIOS_SEED`, or a fixed one.
pub fn seed() -> u64 {
    std::env::var("HELIOS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(DEFAULT_SEED)
}

/// Whether this is a long run (`HELIOS_EXTENDED`).
pub fn is_extended() -> bool {
    std::env::var_os("HELIOS_EXTENDED").is_some_and(|value| value != "0")
}

/// `usual`, or `extended` in a long run.
pub fn repeats(usual: usize, extended: usize) -> usize {
    if is_extended() { extended } else { usual }
}

/// Runs `test` with random numbers, and prints their seed if it fails.
pub fn with_seed(test: impl FnOnce(&mut Numbers) -> TestResult) -> TestResult {
    let mut guard = PrintOnFailure { seed: seed(), is_done: false };
    let result = test(&mut Numbers::new(guard.seed));
    guard.is_done = result.is_ok();
    result
}

struct PrintOnFailure {
    seed: u64,
    is_done: bool,
}

impl Drop for PrintOnFailure {
    fn drop(&mut self) {
        if !self.is_done {
            // Where even this cannot be written there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "replay with HELIOS_SEED={}", self.seed);
        }
    }
}

/// A stream of random numbers, decided by its seed.
#[derive(Clone, Debug)]
pub struct Numbers(Pcg64Mcg);

impl Numbers {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Numbers {
        Numbers(Pcg64Mcg::seed_from_u64(seed))
    }

    /// A stream of its own, for one thread or one round.
    pub fn fork(&mut self) -> Numbers {
        Numbers::new(self.next_u64())
    }

    /// Any number.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 to before `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next_u64()) * end as u128) >> 64) as usize
    }

    /// `true` in one of `of` cases.
    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// One of `things`, which are not none.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    /// Random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.fill(&mut bytes);
        bytes
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_all_numbers() {
        let (mut a, mut b, mut c) = (Numbers::new(1), Numbers::new(1), Numbers::new(2));
        let (from_a, from_b, from_c) = (a.bytes(20), b.bytes(20), c.bytes(20));
        assert_eq!(from_a, from_b);
        assert_ne!(from_a, from_c);
        assert!((0..1000).all(|_| a.below(7) < 7));
    }
}
