//! Who may still ask for a version that has been replaced.

use std::collections::BTreeMap;

use super::Space;
use crate::clock::Moment;

/// Everything that keeps replaced versions of one branch alive. Commits, pruning and the deletion of branches all ask
/// [`Keepers::may_ask`] and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keepers {
    /// Moments at which children forked off and merge bases lie, ascending.
    pub pins: Vec<Moment>,
    /// Since when all tables keep history.
    pub history_since: Option<Moment>,
    /// Since when single tables keep history, where that is not since all do; [`Moment::PRESENT`] for one that keeps none.
    pub spaces: BTreeMap<Space, Moment>,
    /// The branch has a parent, so its own changes are what a merge will want.
    pub is_child: bool,
    /// The branch was deleted: nobody asks for anything after the last fork of a child.
    pub until: Option<Moment>,
}

impl Keepers {
    /// Whether a version of `space` that was true from `begin` to before `end` may still be asked for.
    pub fn may_ask(&self, space: Space, begin: Moment, end: Moment) -> bool {
        if self.until.is_some_and(|until| until < begin) {
            return false;
        }
        space.is_catalog() || self.since(space).is_some_and(|since| since < end) || self.has_pin(begin, end)
    }

    /// Whether a pin lies in a lifetime.
    fn has_pin(&self, begin: Moment, end: Moment) -> bool {
        let after = &self.pins[self.pins.partition_point(|&pin| pin < begin)..];
        after.first().is_some_and(|&pin| pin < end)
    }

    /// Whether anybody may ask for a version of `space` that is replaced now or later.
    pub fn may_ask_for_replaced(&self, space: Space) -> bool {
        space.is_catalog() || self.since(space).is_some() || !self.pins.is_empty()
    }

    /// Since when `space` keeps its history. Catalog spaces always do.
    pub fn since(&self, space: Space) -> Option<Moment> {
        if space.is_catalog() {
            return Some(Moment::START);
        }
        match self.spaces.get(&space) {
            Some(&Moment::PRESENT) => None,
            Some(since) => Some(*since),
            None => self.history_since,
        }
    }

    /// Whether somebody may ask what a commit of this moment changed: a comparison or a merge from a fork or a merge base
    /// on, or one of two moments of the history.
    pub fn may_ask_for_changes(&self, commit: Moment) -> bool {
        if self.until.is_some_and(|until| until < commit) {
            return false;
        }
        let kept = self.spaces.values().copied().filter(|since| *since < Moment::PRESENT);
        let first = kept.chain(self.history_since).chain(self.pins.first().copied()).min();
        self.is_child || first.is_some_and(|first| first < commit)
    }

    /// Whether somebody may ask for the branch as it was at a moment from `begin` to before `end`.
    pub fn may_ask_for_points(&self, begin: Moment, end: Moment) -> bool {
        let kept = self.spaces.values().copied().filter(|since| *since < Moment::PRESENT);
        self.has_pin(begin, end) || kept.chain(self.history_since).any(|since| since < end)
    }

    /// Whether the change log of the branch is needed: by a fork, a merge or history.
    pub fn want_change_log(&self) -> bool {
        self.is_child || self.history_since.is_some() || !self.spaces.is_empty() || !self.pins.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_kept_while_a_pin_lies_in_its_lifetime() {
        let keepers = Keepers { pins: vec![Moment(10), Moment(20)], ..Keepers::default() };
        let space = Space::FIRST_USER;
        let asks = |begin, end| keepers.may_ask(space, Moment(begin), Moment(end));
        assert!(asks(5, 11) && asks(10, 11) && asks(12, 21) && asks(20, 30));
        assert!(!asks(5, 10) && !asks(11, 20) && !asks(21, 30));
        assert!(keepers.may_ask(Space::SCHEMA, Moment(11), Moment(12)), "the catalog is always kept");
    }

    #[test]
    fn history_keeps_what_ends_after_it_began() {
        let keepers = Keepers { history_since: Some(Moment(10)), ..Keepers::default() };
        assert!(!keepers.may_ask(Space::FIRST_USER, Moment(1), Moment(10)));
        assert!(keepers.may_ask(Space::FIRST_USER, Moment(1), Moment(11)));
    }
}
