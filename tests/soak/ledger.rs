//! What the children have said: the commits that were acknowledged, branch by branch, and what moments showed.
//!
//! In: their words, in the order of each child. Out: the tags that `main` and each branch have to hold. Merges and deletions
//! are announced before they begin, so that one which a kill interrupted is known to be uncertain.

use std::collections::{BTreeMap, BTreeSet};

use helios_testkit::TestResult;

/// What a moment showed: the number of entries, and a sum that the balances decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) micros: u64,
    pub(crate) entries: i64,
    pub(crate) weighted: i64,
}

#[derive(Debug, Default)]
struct BranchTags {
    tags: BTreeSet<String>,
    /// The tags that were there when each merge began that is under way, by its name: threads merge side by side.
    merging: BTreeMap<String, BTreeSet<String>>,
}

/// What was said.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    main: BTreeSet<String>,
    branches: BTreeMap<String, BranchTags>,
    /// What branches have to hold that are being made of others.
    making: BTreeMap<String, BTreeSet<String>>,
    samples: Vec<Sample>,
    acknowledged: usize,
}

impl Ledger {
    /// Takes in the words of a child.
    pub(crate) fn hear(&mut self, launch: usize, words: &str) -> TestResult {
        self.acknowledged += 1;
        let parts: Vec<&str> = words.split(' ').collect();
        match *parts.as_slice() {
            ["begun" | "done", ..] => {}
            ["entry", tag, branch] => {
                // Of a branch that is about to go nothing is expected.
                if let Some(tags) = self.tags_of(branch) {
                    tags.insert(tag.to_owned());
                }
            }
            // What `main` holds then is not known: processes are heard one after the other.
            ["making", branch, parent] => {
                let tags = self.branches.get(parent).map(|parent| parent.tags.clone()).unwrap_or_default();
                self.making.insert(branch.to_owned(), tags);
            }
            ["made", branch] => {
                let tags = self.making.remove(branch).unwrap_or_default();
                self.branches.insert(branch.to_owned(), BranchTags { tags, ..BranchTags::default() });
            }
            ["merging", branch, merge] => {
                if let Some(branch) = self.branches.get_mut(branch) {
                    branch.merging.insert(merge.to_owned(), branch.tags.clone());
                }
            }
            ["merged", branch, merge, target] => {
                let merging = self.branches.get_mut(branch).and_then(|branch| branch.merging.remove(merge));
                if let Some(tags) = self.tags_of(target)
                    && let Some(mut merged) = merging
                {
                    tags.append(&mut merged);
                }
            }
            ["deleting", branch] => drop(self.branches.remove(branch)),
            ["sample", micros, entries, weighted] => self.samples.push(Sample {
                micros: micros.parse()?,
                entries: entries.parse()?,
                weighted: weighted.parse()?,
            }),
            ["finding", ..] => return Err(format!("process {launch}: {words}").into()),
            _ => return Err(format!("process {launch} said: {words}").into()),
        }
        Ok(())
    }

    fn tags_of(&mut self, branch: &str) -> Option<&mut BTreeSet<String>> {
        match branch {
            "main" => Some(&mut self.main),
            branch => self.branches.get_mut(branch).map(|branch| &mut branch.tags),
        }
    }

    /// The tags that a branch has to hold, of which nothing may be missing.
    pub(crate) fn expected(&self, branch: &str) -> BTreeSet<String> {
        if branch == "main" {
            return self.main.clone();
        }
        self.branches.get(branch).map(|branch| branch.tags.clone()).unwrap_or_default()
    }

    /// The branches that have to be there.
    pub(crate) fn branches(&self) -> impl Iterator<Item = &str> {
        self.branches.keys().map(String::as_str)
    }

    /// What moments have shown.
    pub(crate) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// How many words were heard.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged
    }
}
