//! The documents that meet a query.
//!
//! In: an [`Expression`] and an [`Index`]. Out: rowids in their order, and for a document where each phrase stands in it.
//! A search is a tree as the expression is; each node stands at the first document from where it was sent that it
//! matches. A phrase is found in a document only if all that it stands under match there.

mod group;
mod near;

use helios_core::Result;

use crate::config::Config;
use crate::index::{Index, Position, Postings, prefix_postings};
use crate::query::{Expression, Near, Phrase};
use group::Group;

/// Goes over the documents that meet an expression.
#[derive(Debug)]
pub struct Search {
    root: Node,
    phrases: usize,
    /// Whether the last rowid that there can be is behind it.
    is_done: bool,
}

#[derive(Debug)]
enum Node {
    Group(Group),
    All(Vec<Node>, Option<i64>),
    Any(Vec<Node>, Option<i64>),
    Without(Box<(Node, Node)>, Option<i64>),
}

impl Search {
    /// Stands at the first document.
    pub fn open(index: &Index, config: &Config, expression: &Expression) -> Result<Search> {
        let mut phrases = 0;
        let root = Node::open(index, config, expression, &mut phrases)?;
        let mut search = Search { root, phrases, is_done: false };
        search.seek(i64::MIN)?;
        Ok(search)
    }

    /// How many phrases there are.
    pub fn phrases(&self) -> usize {
        self.phrases
    }

    /// The current document.
    #[inline]
    pub fn rowid(&self) -> Option<i64> {
        if self.is_done { None } else { self.root.current() }
    }

    /// Goes to the next document.
    #[inline]
    pub fn advance(&mut self) -> Result<()> {
        match self.rowid().and_then(|rowid| rowid.checked_add(1)) {
            Some(next) => self.seek(next),
            None => {
                self.is_done = true;
                Ok(())
            }
        }
    }

    /// Goes to the first document at or behind a rowid.
    pub fn seek(&mut self, target: i64) -> Result<()> {
        self.root.seek(target)
    }

    /// Stands at the first document again.
    pub fn rewind(&mut self) -> Result<()> {
        self.is_done = false;
        self.root.rewind()?;
        self.seek(i64::MIN)
    }

    /// Where all is one phrase that has to be looked for in documents: does so once and keeps the documents that have it,
    /// for they are counted before the first is ranked. Stands at the first of them.
    pub fn gather(&mut self) -> Result<()> {
        match &mut self.root {
            Node::Group(group) => group.gather(),
            _ => Ok(()),
        }
    }

    /// How many documents have each phrase, where that is known without another search.
    pub fn known_counts(&self) -> Vec<Option<i64>> {
        let mut out = vec![None; self.phrases];
        self.root.mark_known(&mut out);
        out
    }

    /// Where the phrases stand in the current document: emptied, and filled for each phrase.
    pub fn places(&mut self, out: &mut Vec<Vec<Position>>) {
        out.resize(self.phrases, Vec::new());
        out.iter_mut().for_each(Vec::clear);
        if let Some(rowid) = self.rowid() {
            self.root.places(rowid, out);
        }
    }

    /// Which phrases are found in the current document.
    pub fn matched(&self) -> Vec<bool> {
        let mut out = vec![false; self.phrases];
        if let Some(rowid) = self.rowid() {
            self.root.mark_matched(rowid, &mut out);
        }
        out
    }

    /// How many documents a phrase is in, wherever the rest of the query is.
    pub fn count_phrase(
        index: &Index,
        config: &Config,
        phrase: &Phrase,
        columns: Option<&[usize]>,
    ) -> Result<i64> {
        if let [term] = &phrase.terms[..]
            && !phrase.is_first
            && columns.is_none()
        {
            return term_postings(index, config, term)?.count_rest();
        }
        let columns = columns.map(|columns| columns.to_vec().into());
        let near = Near { phrases: vec![phrase.clone()], distance: 0, columns };
        let mut search = Search::open(index, config, &Expression::Near(near))?;
        let mut count = 0;
        while search.rowid().is_some() {
            count += 1;
            search.advance()?;
        }
        Ok(count)
    }
}

impl Node {
    fn open(index: &Index, config: &Config, expression: &Expression, phrases: &mut usize) -> Result<Node> {
        let mut nodes = |parts: &[Expression]| {
            let nodes = parts.iter().map(|part| Node::open(index, config, part, phrases));
            nodes.collect::<Result<Vec<_>>>()
        };
        Ok(match expression {
            Expression::Near(near) => {
                let first = *phrases;
                *phrases += near.phrases.len();
                Node::Group(Group::open(index, config, near, first)?)
            }
            Expression::And(parts) => Node::All(nodes(parts)?, None),
            Expression::Or(parts) => Node::Any(nodes(parts)?, None),
            Expression::Not(parts) => {
                let left = Node::open(index, config, &parts.0, phrases)?;
                Node::Without(Box::new((left, Node::open(index, config, &parts.1, phrases)?)), None)
            }
        })
    }

    #[inline]
    fn current(&self) -> Option<i64> {
        match self {
            Node::Group(group) => group.current(),
            Node::All(_, current) | Node::Any(_, current) | Node::Without(_, current) => *current,
        }
    }

    /// Goes to the first match at or behind `target`.
    fn seek(&mut self, target: i64) -> Result<()> {
        match self {
            Node::Group(group) => group.seek(target),
            Node::All(parts, current) => {
                *current = seek_all(parts, target)?;
                Ok(())
            }
            Node::Any(parts, current) => {
                let mut least: Option<i64> = None;
                for part in parts {
                    part.seek(target)?;
                    least = match (least, part.current()) {
                        (Some(least), Some(own)) => Some(least.min(own)),
                        (least, own) => least.or(own),
                    };
                }
                *current = least;
                Ok(())
            }
            Node::Without(parts, current) => {
                let (left, right) = &mut **parts;
                left.seek(target)?;
                while let Some(rowid) = left.current() {
                    right.seek(rowid)?;
                    if right.current() != Some(rowid) {
                        break;
                    }
                    let Some(next) = rowid.checked_add(1) else {
                        *current = None;
                        return Ok(());
                    };
                    left.seek(next)?;
                }
                *current = left.current();
                Ok(())
            }
        }
    }

    /// Stands before the first match again.
    fn rewind(&mut self) -> Result<()> {
        match self {
            Node::Group(group) => group.rewind(),
            Node::All(parts, current) | Node::Any(parts, current) => {
                *current = None;
                parts.iter_mut().try_for_each(Node::rewind)
            }
            Node::Without(parts, current) => {
                *current = None;
                parts.0.rewind()?;
                parts.1.rewind()
            }
        }
    }

    fn mark_known(&self, out: &mut [Option<i64>]) {
        match self {
            Node::Group(group) => {
                group.phrases().for_each(|phrase| out[phrase] = group.known_count(phrase));
            }
            Node::All(parts, _) | Node::Any(parts, _) => parts.iter().for_each(|part| part.mark_known(out)),
            Node::Without(parts, _) => {
                parts.0.mark_known(out);
                parts.1.mark_known(out);
            }
        }
    }

    fn mark_matched(&self, rowid: i64, out: &mut [bool]) {
        if self.current() != Some(rowid) {
            return;
        }
        match self {
            Node::Group(group) => out[group.phrases()].fill(true),
            Node::All(parts, _) | Node::Any(parts, _) => {
                parts.iter().for_each(|part| part.mark_matched(rowid, out));
            }
            Node::Without(parts, _) => parts.0.mark_matched(rowid, out),
        }
    }

    fn places(&mut self, rowid: i64, out: &mut [Vec<Position>]) {
        if self.current() != Some(rowid) {
            return;
        }
        match self {
            Node::Group(group) => group.places(out),
            Node::All(parts, _) | Node::Any(parts, _) => {
                parts.iter_mut().for_each(|part| part.places(rowid, out));
            }
            Node::Without(parts, _) => parts.0.places(rowid, out),
        }
    }
}

fn seek_all(parts: &mut [Node], target: i64) -> Result<Option<i64>> {
    let mut target = target;
    'again: loop {
        for part in &mut *parts {
            part.seek(target)?;
            match part.current() {
                None => return Ok(None),
                Some(own) if own > target => {
                    target = own;
                    continue 'again;
                }
                Some(_) => {}
            }
        }
        return Ok(parts.first().and(Some(target)));
    }
}

/// The documents with a term of a phrase.
fn term_postings(index: &Index, config: &Config, term: &crate::query::Term) -> Result<Postings> {
    if term.is_prefix {
        return prefix_postings(index, config, &term.bytes);
    }
    index.postings(&[&[crate::index::MAIN], &term.bytes[..]].concat())
}
