//! How long history is kept: a thread for each open database that forgets what is older.
//!
//! It looks when the database is opened and every hour from then on, and ends soon after the database is closed. Nobody
//! waits for it: what it does are small commits between those of others.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use helios_core::clock::Moment;
use helios_sql::database::Database as Engine;

/// How often history is looked at.
const EVERY: Duration = Duration::from_secs(3600);
/// How soon the thread sees that the database is closed.
const LOOK: Duration = Duration::from_secs(5);

/// Forgets what was replaced longer ago than `retention`, as long as the database is open.
pub(crate) fn keep_pruned(engine: &Arc<Engine>, retention: Duration) {
    let engine: Weak<Engine> = Arc::downgrade(engine);
    let work = move || {
        let mut next = Instant::now();
        while let Some(open) = engine.upgrade() {
            if Instant::now() >= next {
                let now = open.engine().clock().now().0;
                let before = Moment(now.saturating_sub(retention.as_micros() as u64));
                // What fails now, because the disk is full or the database closes, is tried again in an hour.
                let _ = open.prune_history(before);
                next += EVERY;
            }
            drop(open);
            std::thread::park_timeout(LOOK);
        }
    };
    // Without the thread, history is kept for longer.
    let _ = std::thread::Builder::new().name("helios-retention".to_owned()).spawn(work);
}
