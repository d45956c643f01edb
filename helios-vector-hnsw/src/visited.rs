//! Which nodes a search has looked at: a stamp for each node, so that nothing has to be cleared between searches.

use parking_lot::Mutex;

#[derive(Debug, Default)]
pub(crate) struct Visited {
    stamps: Vec<u32>,
    now: u32,
}

impl Visited {
    /// Begins a search among `nodes` nodes.
    pub(crate) fn begin(&mut self, nodes: usize) {
        self.stamps.resize(nodes.max(self.stamps.len()), 0);
        self.now = self.now.wrapping_add(1);
        if self.now == 0 {
            self.stamps.fill(0);
            self.now = 1;
        }
    }

    /// Notes a node, and says whether it is new.
    #[inline]
    pub(crate) fn is_new(&mut self, node: u32) -> bool {
        let stamp = &mut self.stamps[node as usize];
        let is_new = *stamp != self.now;
        *stamp = self.now;
        is_new
    }
}

/// Lists that no search uses just now.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Visited>>);

impl Pool {
    /// Lends a list to a search.
    pub(crate) fn lend<T>(&self, nodes: usize, search: impl FnOnce(&mut Visited) -> T) -> T {
        let mut visited = self.0.lock().pop().unwrap_or_default();
        visited.begin(nodes);
        let result = search(&mut visited);
        self.0.lock().push(visited);
        result
    }
}
