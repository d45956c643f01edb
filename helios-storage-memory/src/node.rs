//! Nodes of the tree: shared between snapshots, copied when a commit changes one that a snapshot still shows.

use std::iter::Peekable;
use std::sync::Arc;

use helios_core::storage::{BatchEntry, KeyRange};

use crate::leaf::Leaf;

/// A branch is split when it has more children than this.
const FULL_CHILDREN: usize = 64;

/// A part of the tree.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Leaf(Leaf),
    Branch(Branch),
}

/// Children in the order of their keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    /// `separators[i]` is at most the smallest key below `children[i + 1]` and larger than all below `children[i]`.
    separators: Vec<Arc<[u8]>>,
    children: Vec<Arc<Node>>,
}

/// The right half of a node that was split, with the separator before it.
pub(crate) type Split = (Arc<[u8]>, Arc<Node>);

impl Branch {
    pub(crate) fn len(&self) -> usize {
        self.children.len()
    }

    pub(crate) fn child(&self, at: usize) -> &Node {
        &self.children[at]
    }

    /// The child below which `key` belongs.
    pub(crate) fn place_of(&self, key: &[u8]) -> usize {
        match self.separators.last() {
            Some(last) if **last <= *key => self.children.len() - 1,
            _ => self.separators.partition_point(|separator| **separator <= *key),
        }
    }

    fn split(&mut self, appended: bool) -> Option<Split> {
        if self.children.len() <= FULL_CHILDREN {
            return None;
        }
        let at = if appended { self.children.len() - 1 } else { self.children.len() / 2 };
        let right =
            Branch { separators: self.separators.split_off(at), children: self.children.split_off(at) };
        let separator = self.separators.pop()?;
        Some((separator, Arc::new(Node::Branch(right))))
    }

    fn remove_child(&mut self, at: usize) {
        self.children.remove(at);
        if !self.separators.is_empty() {
            self.separators.remove(at.saturating_sub(1));
        }
    }
}

impl Node {
    /// Whether nothing is below.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Node::Leaf(leaf) => leaf.is_empty(),
            Node::Branch(branch) => branch.children.is_empty(),
        }
    }

    /// The only child of a branch that has one.
    pub(crate) fn only_child(&self) -> Option<&Arc<Node>> {
        match self {
            Node::Branch(Branch { children, .. }) if children.len() == 1 => children.first(),
            _ => None,
        }
    }

    /// A node over two.
    pub(crate) fn over(left: Arc<Node>, (separator, right): Split) -> Node {
        Node::Branch(Branch { separators: vec![separator], children: vec![left, right] })
    }

    /// Applies the next of some entries whose keys ascend: those before `end`, until the node has to be split or is empty.
    /// If it was split, returns its right half.
    pub(crate) fn apply<'e>(
        &mut self,
        entries: &mut Peekable<impl Iterator<Item = BatchEntry<'e>>>,
        end: Option<&[u8]>,
    ) -> Option<Split> {
        match self {
            Node::Leaf(leaf) => {
                let right = leaf.apply(entries, end)?;
                Some((right.key(0).into(), Arc::new(Node::Leaf(right))))
            }
            Node::Branch(branch) => branch.apply(entries, end),
        }
    }

    /// Deletes all entries below whose keys are in `range`.
    pub(crate) fn clear(&mut self, range: KeyRange<'_>) {
        match self {
            Node::Leaf(leaf) => {
                let from = leaf.lower_bound(range.start);
                let to = range.end.map_or(leaf.len(), |end| leaf.lower_bound(end));
                if from < to {
                    leaf.delete_positions(from, to);
                }
            }
            Node::Branch(branch) => branch.clear(range),
        }
    }

    /// Number of entries below, and their bytes.
    pub(crate) fn size(&self) -> (u64, u64) {
        match self {
            Node::Leaf(leaf) => (leaf.len() as u64, leaf.live_bytes() as u64),
            Node::Branch(branch) => branch.children.iter().fold((0, 0), |(entries, bytes), child| {
                let (more_entries, more_bytes) = child.size();
                (entries + more_entries, bytes + more_bytes)
            }),
        }
    }
}

impl Branch {
    /// Each child takes the entries that belong below it.
    fn apply<'e>(
        &mut self,
        entries: &mut Peekable<impl Iterator<Item = BatchEntry<'e>>>,
        end: Option<&[u8]>,
    ) -> Option<Split> {
        while let Some(next) = entries.peek()
            && end.is_none_or(|end| next.key < end)
            && !self.children.is_empty()
        {
            let at = self.place_of(next.key);
            let child_end = self.separators.get(at).cloned();
            let child = Arc::make_mut(&mut self.children[at]);
            if let Some((separator, right)) = child.apply(entries, child_end.as_deref().or(end)) {
                let appended = at + 1 == self.children.len();
                self.separators.insert(at, separator);
                self.children.insert(at + 1, right);
                if let Some(split) = self.split(appended) {
                    return Some(split);
                }
            } else if child.is_empty() {
                self.remove_child(at);
            }
        }
        None
    }

    /// Children that lie inside the range as a whole go without being looked at.
    fn clear(&mut self, range: KeyRange<'_>) {
        let first = self.place_of(range.start);
        let last = range.end.map_or(self.children.len() - 1, |end| self.place_of(end));
        if last > first + 1 {
            self.children.drain(first + 1..last);
            self.separators.drain(first..last - 1);
        }
        for at in (first..=(first + 1).min(self.children.len() - 1)).rev() {
            let child = Arc::make_mut(&mut self.children[at]);
            child.clear(range);
            if child.is_empty() {
                self.remove_child(at);
            }
        }
    }
}
