//! What belongs to one process, although `fork` copies it into another.
//!
//! A forked child has the parent's memory and none of its threads and locks. What is open there is the parent's: a
//! child that closed it would give back locks and remove files that the parent relies on. So in a child such values
//! are neither used nor dropped; the child opens its own. What is nothing but memory is the child's as much as the
//! parent's, each with its copy.

use std::fmt;
use std::sync::OnceLock;

/// A value that only the process that made it uses, and drops.
pub struct InProcess<T> {
    value: Option<T>,
    /// `None` if every process may use its copy.
    process: Option<u32>,
}

impl<T> InProcess<T> {
    /// A value of this process.
    pub fn new(value: T) -> InProcess<T> {
        InProcess { value: Some(value), process: Some(std::process::id()) }
    }

    /// A value that is nothing but memory, of which a child has a copy of its own.
    pub fn everywhere(value: T) -> InProcess<T> {
        InProcess { value: Some(value), process: None }
    }

    /// The value, in whatever process.
    pub fn get(&self) -> &T {
        let Some(value) = &self.value else { unreachable!("the value is there until the drop") };
        value
    }

    /// The value, in whatever process.
    pub fn get_mut(&mut self) -> &mut T {
        let Some(value) = &mut self.value else { unreachable!("the value is there until the drop") };
        value
    }

    /// Whether this is the process that made the value.
    pub fn is_at_home(&self) -> bool {
        self.process.is_none_or(|process| process == std::process::id())
    }
}

impl<T> Drop for InProcess<T> {
    fn drop(&mut self) {
        if !self.is_at_home() {
            std::mem::forget(self.value.take());
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for InProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// One value for each process in a line of forks. The copies of the ancestors' values stay untouched: a lock in one of
/// them may have been held at the fork, by a thread that the child does not have.
pub struct PerProcess<T> {
    first: OnceLock<Link<T>>,
}

struct Link<T> {
    process: u32,
    value: T,
    next: OnceLock<Box<Link<T>>>,
}

impl<T: Default> PerProcess<T> {
    /// No value for any process; each makes its own when it asks.
    pub const fn new() -> PerProcess<T> {
        PerProcess { first: OnceLock::new() }
    }

    /// The value of this process.
    pub fn get(&self) -> &T {
        let process = std::process::id();
        let make = || Link { process, value: T::default(), next: OnceLock::new() };
        let mut link = self.first.get_or_init(make);
        while link.process != process {
            link = link.next.get_or_init(|| Box::new(make()));
        }
        &link.value
    }
}

impl<T: Default> Default for PerProcess<T> {
    fn default() -> PerProcess<T> {
        PerProcess::new()
    }
}

impl<T: fmt::Debug + Default> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
