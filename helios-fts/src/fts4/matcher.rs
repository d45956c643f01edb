//! Documents that match a query, and where its phrases stand in them.
//!
//! The phrases' documents tell the candidates; NEAR and NOT are tested document by document. What `offsets`, `snippet` and
//! `matchinfo` show of a phrase follows FTS4: a phrase that was looked at counts if all that it is ANDed with is there;
//! one under an OR counts wherever it stands; phrases of a NEAR count where they are near.

use std::sync::Arc;

use helios_core::Result;

use super::near::trim_group;
use super::parse::{Node, Query};
use crate::config::Config;
use crate::index::{Index, Position, column_of};
use crate::search::Search;

/// Goes over the documents of a query.
#[derive(Debug)]
pub struct Matcher {
    query: Arc<Query>,
    /// The phrases that functions know of.
    known: Vec<usize>,
    index: Index,
    config: Arc<Config>,
    candidates: Option<Search>,
    has_tests: bool,
    phrases: Phrases,
}

/// The phrases at a document.
#[derive(Debug)]
struct Phrases {
    searches: Vec<Search>,
    lengths: Vec<usize>,
    /// Where each phrase stands, as it is found; and as it is left by NEAR. Places are those of last tokens.
    found: Vec<Vec<Position>>,
    lists: Vec<Vec<Position>>,
    places: Vec<Vec<Position>>,
}

/// How often a phrase is in a column of all documents, and how many have it there.
pub type Counts = Vec<(u32, u32)>;

impl Matcher {
    /// Stands at the first match.
    pub fn open(index: &Index, config: &Arc<Config>, query: &Arc<Query>) -> Result<Matcher> {
        let candidates = match &query.root {
            Some(root) => Some(Search::open(index, config, &query.candidates(root))?),
            None => None,
        };
        let count = query.phrases.len();
        let mut matcher = Matcher {
            query: query.clone(),
            known: query.known_phrases(),
            index: index.clone(),
            config: config.clone(),
            candidates,
            has_tests: query.has_tests(),
            phrases: Phrases {
                searches: Vec::new(),
                lengths: query.phrases.iter().map(|of| of.phrase.terms.len()).collect(),
                found: vec![Vec::new(); count],
                lists: vec![Vec::new(); count],
                places: Vec::new(),
            },
        };
        matcher.settle()?;
        Ok(matcher)
    }

    /// How many tokens each phrase has that functions know of.
    pub fn lengths(&self) -> Vec<usize> {
        self.known.iter().map(|number| self.phrases.lengths[*number]).collect()
    }

    /// The current document.
    pub fn rowid(&self) -> Option<i64> {
        self.candidates.as_ref().and_then(Search::rowid)
    }

    /// Goes to the next match.
    pub fn advance(&mut self) -> Result<()> {
        if let Some(candidates) = &mut self.candidates {
            candidates.advance()?;
        }
        self.settle()
    }

    /// Goes to the first match at or behind a rowid that lies ahead.
    pub fn seek(&mut self, rowid: i64) -> Result<()> {
        if let Some(candidates) = &mut self.candidates {
            candidates.seek(rowid)?;
        }
        self.settle()
    }

    fn settle(&mut self) -> Result<()> {
        while let Some(rowid) = self.rowid().filter(|_| self.has_tests) {
            self.load(rowid)?;
            let query = self.query.clone();
            if query.root.as_ref().is_some_and(|root| self.phrases.test(root)) {
                break;
            }
            if let Some(candidates) = &mut self.candidates {
                candidates.advance()?;
            }
        }
        Ok(())
    }

    /// Finds where the phrases stand in a document, wherever the search stands: what [`Matcher::shown`] and
    /// [`Matcher::placed`] tell of.
    pub fn look_at(&mut self, rowid: i64) -> Result<()> {
        self.load(rowid)?;
        if let Some(root) = &self.query.clone().root {
            self.phrases.test(root);
        }
        Ok(())
    }

    fn load(&mut self, rowid: i64) -> Result<()> {
        let Matcher { query, index, config, phrases, .. } = self;
        let is_ahead = |search: &Search| search.rowid().is_none_or(|at| at > rowid);
        if phrases.searches.is_empty() || phrases.searches.iter().any(is_ahead) {
            let searches = (0..query.phrases.len())
                .map(|number| Search::open(index, config, &query.phrase(number)))
                .collect::<Result<Vec<_>>>()?;
            phrases.searches = searches;
        }
        for (number, search) in phrases.searches.iter_mut().enumerate() {
            search.seek(rowid)?;
            let found = &mut phrases.found[number];
            found.clear();
            if search.rowid() == Some(rowid) {
                search.places(&mut phrases.places);
                let last = phrases.lengths[number].saturating_sub(1) as u64;
                found.extend(phrases.places[0].iter().map(|place| place + last));
            }
        }
        phrases.lists.clone_from(&phrases.found);
        Ok(())
    }

    /// Where each phrase stands in the document that was looked at, as far as that is shown: the places of last tokens.
    pub fn shown(&self) -> Vec<Vec<Position>> {
        self.standing(true)
    }

    /// The same without what only an OR shows, each with the number that the phrase has for functions. As in FTS4, what
    /// must not be there has the number of the first.
    pub fn placed(&self) -> Vec<(usize, Vec<Position>)> {
        let number_of = |phrase: usize| self.known.iter().position(|known| *known == phrase).unwrap_or(0);
        let places = self.standing_all(false).into_iter().enumerate();
        places.map(|(phrase, places)| (number_of(phrase), places)).collect()
    }

    fn standing(&self, with_either: bool) -> Vec<Vec<Position>> {
        let mut out = self.standing_all(with_either);
        self.known.iter().map(|number| std::mem::take(&mut out[*number])).collect()
    }

    fn standing_all(&self, with_either: bool) -> Vec<Vec<Position>> {
        let mut out = vec![Vec::new(); self.query.phrases.len()];
        if let Some(root) = &self.query.root {
            self.phrases.standing(root, true, false, with_either, &mut out);
        }
        out
    }

    /// How often each phrase is in each column of all documents. Of phrases near others only what is near counts; where
    /// more than them is asked for, only in the document `rowid`, if `OR` does not free them.
    pub fn counts(&mut self, rowid: i64) -> Result<Vec<Counts>> {
        let columns = self.config.columns.len();
        let mut counts = vec![vec![(0, 0); columns]; self.query.phrases.len()];
        let query = self.query.clone();
        let mut groups = Vec::new();
        let mut stands = vec![None; query.phrases.len()];
        if let Some(root) = &query.root {
            groups_of(root, &mut groups);
            if groups.iter().any(|group| matches!(group, Node::Near(..))) {
                self.find_stands(root, Some(rowid), &mut stands)?;
            }
        }
        for group in groups {
            let numbers = match group {
                Node::Phrase(number) => std::slice::from_ref(number),
                Node::Near(numbers, _) => &numbers[..],
                _ => continue,
            };
            let mut search = Search::open(&self.index, &self.config, &query.candidates(group))?;
            let mut places = Vec::new();
            while let Some(at) = search.rowid() {
                if let [number] = numbers {
                    search.places(&mut places);
                    add(&places[0], &mut counts[*number]);
                } else if self.test_group(numbers, at, &stands)? {
                    for number in numbers {
                        add(&self.phrases.lists[*number], &mut counts[*number]);
                    }
                }
                search.advance()?;
            }
        }
        Ok(self.known.iter().map(|number| std::mem::take(&mut counts[*number])).collect())
    }

    /// Where each phrase stands when the search stands at `rowid`: sides of an OR are ahead of it until they match.
    fn find_stands(&self, node: &Node, rowid: Option<i64>, out: &mut [Option<i64>]) -> Result<()> {
        let ahead = |part: &Node| -> Result<Option<i64>> {
            let Some(rowid) = rowid else { return Ok(None) };
            let mut search = Search::open(&self.index, &self.config, &self.query.candidates(part))?;
            search.seek(rowid)?;
            Ok(search.rowid())
        };
        match node {
            Node::Phrase(number) => out[*number] = rowid,
            Node::Near(numbers, _) => numbers.iter().for_each(|number| out[*number] = rowid),
            Node::All(parts) => {
                for part in parts {
                    self.find_stands(part, rowid, out)?;
                }
            }
            Node::Any(parts) => {
                for part in parts {
                    self.find_stands(part, ahead(part)?, out)?;
                }
            }
            Node::Without(parts) => {
                self.find_stands(&parts.0, rowid, out)?;
                self.find_stands(&parts.1, ahead(&parts.1)?, out)?;
            }
        }
        Ok(())
    }

    /// Tests the query with a group at a document and all other phrases where they stand.
    fn test_group(&mut self, numbers: &[usize], at: i64, stands: &[Option<i64>]) -> Result<bool> {
        self.load(at)?;
        for (number, list) in self.phrases.lists.iter_mut().enumerate() {
            if stands[number] != Some(at) && !numbers.contains(&number) {
                list.clear();
            }
        }
        let query = self.query.clone();
        Ok(query.root.as_ref().is_some_and(|root| self.phrases.test(root)))
    }
}

fn add(places: &[Position], counts: &mut Counts) {
    let mut seen = None;
    for column in places.iter().map(|place| column_of(*place)) {
        let Some((hits, documents)) = counts.get_mut(column) else { continue };
        *hits += 1;
        *documents += u32::from(seen != Some(column));
        seen = Some(column);
    }
}

/// Phrases that stand alone, and those near each other.
fn groups_of<'a>(node: &'a Node, out: &mut Vec<&'a Node>) {
    match node {
        Node::Phrase(_) | Node::Near(..) => out.push(node),
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| groups_of(part, out)),
        Node::Without(parts) => groups_of(&parts.0, out),
    }
}

impl Phrases {
    /// Whether the document meets a condition. What is not looked at keeps its places.
    fn test(&mut self, node: &Node) -> bool {
        match node {
            Node::Phrase(number) => !self.lists[*number].is_empty(),
            Node::Near(numbers, distances) => {
                if numbers.iter().any(|number| self.lists[*number].is_empty()) {
                    return false;
                }
                let is_near = trim_group(&mut self.lists, numbers, &self.lengths, distances);
                if !is_near {
                    numbers.iter().for_each(|number| self.lists[*number].clear());
                }
                is_near
            }
            Node::All(parts) => parts.iter().all(|part| self.test(part)),
            Node::Any(parts) => {
                // All sides are looked at, whatever the first says.
                let mut found = false;
                for part in parts {
                    found |= self.test(part);
                }
                found
            }
            Node::Without(parts) => self.test(&parts.0) && !self.test(&parts.1),
        }
    }

    /// Whether the phrases are there that have to be, wherever they stand.
    fn is_candidate(&self, node: &Node) -> bool {
        match node {
            Node::Phrase(number) => !self.found[*number].is_empty(),
            Node::Near(numbers, _) => numbers.iter().all(|number| !self.found[*number].is_empty()),
            Node::All(parts) => parts.iter().all(|part| self.is_candidate(part)),
            Node::Any(parts) => parts.iter().any(|part| self.is_candidate(part)),
            Node::Without(parts) => self.is_candidate(&parts.0),
        }
    }

    /// The places that count. `is_placed` says whether all above stands here, `is_either` whether an OR is above.
    fn standing(
        &self,
        node: &Node,
        is_placed: bool,
        is_either: bool,
        with_either: bool,
        out: &mut [Vec<Position>],
    ) {
        let is_placed = is_placed && self.is_candidate(node);
        let mut inner = |part: &Node, is_placed, is_either| {
            self.standing(part, is_placed, is_either, with_either, out);
        };
        match node {
            Node::All(parts) => parts.iter().for_each(|part| inner(part, is_placed, is_either)),
            Node::Any(parts) => parts.iter().for_each(|part| inner(part, is_placed, true)),
            Node::Without(parts) => {
                inner(&parts.0, is_placed, is_either);
                inner(&parts.1, is_placed, is_either);
            }
            Node::Phrase(_) | Node::Near(..) => {
                let numbers = match node {
                    Node::Near(numbers, _) => &numbers[..],
                    Node::Phrase(number) => std::slice::from_ref(number),
                    _ => &[],
                };
                let lists = match () {
                    () if is_placed => &self.lists,
                    () if is_either && with_either && self.is_candidate(node) => &self.found,
                    () => return,
                };
                numbers.iter().for_each(|number| out[*number].clone_from(&lists[*number]));
            }
        }
    }
}
