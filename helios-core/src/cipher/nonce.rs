//! Nonces: numbers that are used once under a key.
//!
//! A nonce is random bytes, drawn once, and a count. So a key may seal as much as it likes: two processes that use it
//! differ in the random bytes, one process in the count. A forked child draws its own.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::clock::Entropy;
use crate::process::PerProcess;

/// Bytes of the longest nonce.
const LONGEST: usize = 24;
/// Bytes of the count, at the end of a nonce.
const COUNT_BYTES: usize = 4;

/// Gives nonces.
pub struct Nonces {
    entropy: Arc<dyn Entropy>,
    state: PerProcess<Mutex<State>>,
}

#[derive(Default)]
struct State {
    random: [u8; LONGEST],
    /// `None` before the first, and when all counts are used up.
    next: Option<u32>,
}

impl Nonces {
    /// Nonces with random bytes of `entropy`.
    pub fn new(entropy: Arc<dyn Entropy>) -> Nonces {
        Nonces { entropy, state: PerProcess::new() }
    }

    /// Fills `nonce`, of at most 24 bytes and always of the same length, with one that was not given before.
    pub fn fill(&self, nonce: &mut [u8]) {
        debug_assert!(nonce.len() > COUNT_BYTES && nonce.len() <= LONGEST, "a nonce has room for its parts");
        let mut state = self.state.get().lock();
        let count = match state.next {
            Some(count) => count,
            None => {
                self.entropy.fill(&mut state.random);
                0
            }
        };
        state.next = count.checked_add(1);
        let (random, end) = nonce.split_at_mut(nonce.len() - COUNT_BYTES);
        random.copy_from_slice(&state.random[..random.len()]);
        end.copy_from_slice(&count.to_le_bytes());
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonces")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed) + 1);
        }
    }

    #[test]
    fn counts_that_are_used_up_begin_anew_with_other_random_bytes() {
        let nonces = Nonces::new(Arc::new(Counting::default()));
        let mut nonce = [0; 12];
        nonces.fill(&mut nonce);
        assert_eq!(nonce, [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
        nonces.fill(&mut nonce);
        assert_eq!(nonce, [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
        nonces.state.get().lock().next = Some(u32::MAX);
        nonces.fill(&mut nonce);
        assert_eq!(nonce, [1, 1, 1, 1, 1, 1, 1, 1, 255, 255, 255, 255]);
        nonces.fill(&mut nonce);
        assert_eq!(nonce, [2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0]);
    }
}
