//! An ordered map whose copies share structure.

use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::{BatchEntry, Cursor, Direction, KeyRange};

use crate::leaf::Leaf;
use crate::node::{Branch, Node};

/// The map. A clone is a reference count.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    root: Arc<Node>,
}

impl Tree {
    pub(crate) fn new() -> Tree {
        Tree { root: Arc::new(Node::Leaf(Leaf::default())) }
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let mut node = &*self.root;
        loop {
            match node {
                Node::Branch(branch) => node = branch.child(branch.place_of(key)),
                Node::Leaf(leaf) => return leaf.search(key).ok().map(|at| leaf.entry(at).1),
            }
        }
    }

    /// Writes entries, and deletes those without a value. Their keys ascend, so each node is looked for once.
    pub(crate) fn apply<'e>(&mut self, entries: impl Iterator<Item = BatchEntry<'e>>) {
        let mut entries = entries.peekable();
        while entries.peek().is_some() {
            match Arc::make_mut(&mut self.root).apply(&mut entries, None) {
                Some(split) => self.root = Arc::new(Node::over(self.root.clone(), split)),
                None => self.collapse(),
            }
        }
    }

    pub(crate) fn clear(&mut self, range: KeyRange<'_>) {
        if !range.is_empty() {
            Arc::make_mut(&mut self.root).clear(range);
            self.collapse();
        }
    }

    /// Takes levels off the top that only lead to one node.
    fn collapse(&mut self) {
        while let Some(child) = self.root.only_child() {
            self.root = child.clone();
        }
        if self.root.is_empty() {
            *self = Tree::new();
        }
    }

    /// Number of entries, and their bytes.
    pub(crate) fn size(&self) -> (u64, u64) {
        self.root.size()
    }

    pub(crate) fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> TreeCursor<'a> {
        let mut cursor = TreeCursor {
            root: &self.root,
            path: Vec::new(),
            leaf: None,
            at: 0,
            current: None,
            start: range.start.into(),
            end: range.end.map(Into::into),
            direction,
        };
        cursor.begin();
        cursor
    }
}

/// A position between two entries, and the way up from it.
#[derive(Debug)]
pub(crate) struct TreeCursor<'a> {
    root: &'a Node,
    /// Branches above the leaf, with the child taken.
    path: Vec<(&'a Branch, usize)>,
    leaf: Option<&'a Leaf>,
    /// The gap before the entry with this position in the leaf.
    at: usize,
    current: Option<(&'a [u8], &'a [u8])>,
    start: Box<[u8]>,
    end: Option<Box<[u8]>>,
    direction: Direction,
}

impl<'a> TreeCursor<'a> {
    /// Goes to the first entry of the range (behind the last, going backward).
    fn begin(&mut self) {
        match self.direction {
            Direction::Forward => {
                let start = std::mem::take(&mut self.start);
                self.descend(|branch| branch.place_of(&start), |leaf| leaf.lower_bound(&start));
                self.start = start;
            }
            Direction::Backward => match self.end.take() {
                Some(end) => {
                    self.descend(|branch| branch.place_of(&end), |leaf| leaf.lower_bound(&end));
                    self.end = Some(end);
                }
                None => self.descend(|branch| branch.len() - 1, Leaf::len),
            },
        }
    }

    fn descend(&mut self, place: impl Fn(&Branch) -> usize, position: impl Fn(&Leaf) -> usize) {
        self.path.clear();
        let mut node = self.root;
        loop {
            match node {
                Node::Branch(branch) => {
                    let at = place(branch);
                    self.path.push((branch, at));
                    node = branch.child(at);
                }
                Node::Leaf(leaf) => {
                    self.leaf = Some(leaf);
                    self.at = position(leaf);
                    return;
                }
            }
        }
    }

    /// Goes to the next leaf in the direction; `false` if there is none.
    fn next_leaf(&mut self) -> bool {
        while let Some((branch, at)) = self.path.pop() {
            let next = match self.direction {
                Direction::Forward => Some(at + 1).filter(|&next| next < branch.len()),
                Direction::Backward => at.checked_sub(1),
            };
            if let Some(next) = next {
                self.path.push((branch, next));
                self.enter(branch.child(next));
                return true;
            }
        }
        self.leaf = None;
        false
    }

    fn enter(&mut self, mut node: &'a Node) {
        loop {
            match node {
                Node::Branch(branch) => {
                    let at = if self.direction == Direction::Forward { 0 } else { branch.len() - 1 };
                    self.path.push((branch, at));
                    node = branch.child(at);
                }
                Node::Leaf(leaf) => {
                    self.leaf = Some(leaf);
                    self.at = if self.direction == Direction::Forward { 0 } else { leaf.len() };
                    return;
                }
            }
        }
    }

    /// Steps over the next entry, whatever the range.
    fn step(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        loop {
            let leaf = self.leaf?;
            match self.direction {
                Direction::Forward if self.at < leaf.len() => {
                    self.at += 1;
                    return Some(leaf.entry(self.at - 1));
                }
                Direction::Backward if self.at > 0 => {
                    self.at -= 1;
                    return Some(leaf.entry(self.at));
                }
                _ => {
                    if !self.next_leaf() {
                        return None;
                    }
                }
            }
        }
    }

    fn is_in_range(&self, key: &[u8]) -> bool {
        match self.direction {
            Direction::Forward => self.end.as_deref().is_none_or(|end| key < end),
            Direction::Backward => key >= &*self.start,
        }
    }
}

impl Cursor for TreeCursor<'_> {
    #[inline]
    fn advance(&mut self) -> Result<bool> {
        self.current = self.step().filter(|(key, _)| self.is_in_range(key));
        if self.current.is_none() {
            self.leaf = None;
        }
        Ok(self.current.is_some())
    }

    #[inline]
    fn entry(&self) -> (&[u8], &[u8]) {
        self.current.unwrap_or_default()
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.current = None;
        match self.direction {
            Direction::Forward if key > &*self.start => {
                self.descend(|branch| branch.place_of(key), |leaf| leaf.lower_bound(key));
            }
            Direction::Backward if self.end.as_deref().is_none_or(|end| key < end) => {
                self.descend(
                    |branch| branch.place_of(key),
                    |leaf| leaf.search(key).map_or_else(|gap| gap, |at| at + 1),
                );
            }
            _ => self.begin(),
        }
        Ok(())
    }
}
