//! From what a user gives to the keys of a store.
//!
//! A store has a random key of its own, which never changes hands. A [`KeyRecord`] stands at the head of its file and holds
//! it under a lock: sealed with a key that is derived from what the user gives. So another key for the user is another
//! lock, and nothing else is written anew.
//!
//! ```text
//! passphrase ─ Argon2id(salt, cost) ─┐
//! raw key ───────────────────────────┴─ HKDF(salt) ─→ the lock's key ─ opens ─→ StoreKeys ─ HKDF ─→ cipher
//! ```
//!
//! - [`record`]: the record's bytes.
//! - [`mod@derive`]: the derivations, and what this process has derived before.
//! - [`Keyring`]: what is needed to open records and to make them.

mod derive;
mod keyring;
mod record;

pub use derive::Cost;
pub use keyring::{Keyring, StoreKeys};
pub use record::{KeyRecord, RECORD_BYTES, is_record};
