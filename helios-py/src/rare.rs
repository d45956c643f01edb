//! What is mostly not there, and costs a look at a flag while it is not.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// A place for a value that is rarely there. Whoever puts one there holds the interpreter, as does whoever looks for it:
/// so a look that finds none is right.
#[derive(Debug)]
pub(crate) struct Rare<T> {
    is_there: AtomicBool,
    value: Mutex<Option<T>>,
}

impl<T> Default for Rare<T> {
    fn default() -> Rare<T> {
        Rare { is_there: AtomicBool::new(false), value: Mutex::new(None) }
    }
}

impl<T> Rare<T> {
    /// Whether it is there.
    #[inline]
    pub(crate) fn is_some(&self) -> bool {
        self.is_there.load(Ordering::Acquire)
    }

    /// Takes it out.
    #[inline]
    pub(crate) fn take(&self) -> Option<T> {
        if self.is_some() { self.replace(None) } else { None }
    }

    /// Puts something else there, or nothing, and takes out what was.
    pub(crate) fn replace(&self, value: Option<T>) -> Option<T> {
        let mut place = self.value.lock();
        self.is_there.store(value.is_some(), Ordering::Release);
        std::mem::replace(&mut *place, value)
    }

    /// Does something with it while it stays, if it is there.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.value.lock().as_mut().map(work)
    }

    /// Does something with it, which is made first if it is not there.
    pub(crate) fn with_new(&self, work: impl FnOnce(&mut T))
    where
        T: Default,
    {
        let mut place = self.value.lock();
        work(place.get_or_insert_default());
        self.is_there.store(true, Ordering::Release);
    }
}
