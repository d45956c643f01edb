//! What a session keeps from one transaction to the next, so that a pool can tell whether a borrower changed it.
//!
//! In: a session. Out: a [`Configuration`], equal to an earlier one if nobody has set anything since.

use std::collections::HashMap;
use std::time::Duration;

use helios_core::clock::Moment;
use helios_core::{Result, Value};

use super::Session;
use super::settings::Settings;
use super::watch::Watched;

/// All that is set on a session: pragmas, limits, functions, hooks, attached databases and the contents of `temp`.
///
/// Functions, hooks and temporary objects count as changed when they were set again or made again, though it be to the
/// same.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    branch: String,
    as_of: Option<Moment>,
    is_read_only: bool,
    timeout: Duration,
    settings: Settings,
    remembered: HashMap<&'static str, Value>,
    function_changes: u64,
    watched: Watched,
    /// Whether statements are counted, and from how long on they are told.
    timing: (bool, Option<Duration>),
    /// The names of other schemas, and of `temp` its last commit.
    others: Vec<(String, Option<Moment>)>,
}

impl Session {
    /// What is set on it.
    ///
    /// # Errors
    /// Its temporary database cannot be read.
    pub fn configuration(&self) -> Result<Configuration> {
        let other = |other: &super::others::Other| -> Result<(String, Option<Moment>)> {
            let is_temporary = other.session.is_temporary();
            let changed = is_temporary.then(|| other.session.database.newest_commit()).transpose()?;
            Ok((other.name.clone(), changed))
        };
        Ok(Configuration {
            branch: self.branch_name.clone(),
            as_of: self.as_of,
            is_read_only: self.is_read_only,
            timeout: self.timeout,
            settings: self.settings,
            remembered: self.remembered.clone(),
            function_changes: self.function_changes,
            watched: self.watch.watched(),
            timing: (self.counts_statements(), self.slow_after()),
            others: self.others.iter().map(other).collect::<Result<_>>()?,
        })
    }
}
