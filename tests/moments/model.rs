//! The model: for each branch all its commits with their moments and the states that they made, as maps. Nothing is ever
//! forgotten, of deleted branches neither; what history reaches is kept beside.

use std::collections::{BTreeMap, BTreeSet};

/// A column: its name, and a number that tells it from others of the same name.
pub(crate) type Column = (char, u32);

/// The values of a row.
pub(crate) type Row = BTreeMap<Column, String>;

/// What a table says of itself, and the lists of columns that it has had.
pub(crate) type Definition = (Vec<char>, Vec<Vec<Column>>);

/// A key of a table, by the table's number.
pub(crate) type Written = BTreeSet<(u32, i64)>;

/// A table, and its index or none. Their numbers tell them from others of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) id: u32,
    /// The columns besides the key, in their order.
    pub(crate) columns: Vec<Column>,
    /// The lists of columns that it has had: one that comes joins the newest, without one that goes there is a new list.
    pub(crate) layouts: Vec<Vec<Column>>,
    pub(crate) index: Option<u32>,
    pub(crate) rows: BTreeMap<i64, Row>,
}

/// All tables, by name.
pub(crate) type State = BTreeMap<&'static str, Table>;

/// A commit on a branch.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) moment: u64,
    pub(crate) state: State,
    pub(crate) written: Written,
    /// Tables and indexes whose definition it wrote.
    pub(crate) defined: BTreeSet<u32>,
    /// What it merged: a branch, up to a moment.
    pub(crate) merged: Option<(usize, u64)>,
}

/// A branch.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) name: String,
    /// From what it was made: a branch and its last moment that counts.
    pub(crate) parent: Option<(usize, u64)>,
    pub(crate) commits: Vec<Commit>,
    pub(crate) is_deleted: bool,
    /// Since when the history of single tables is there, where it was shortened.
    pub(crate) shortened: BTreeMap<u32, u64>,
}

/// All branches; the first is `main`.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) branches: Vec<Branch>,
    /// Since when the history of all tables is there.
    pub(crate) since: u64,
    /// Since when there is a database.
    pub(crate) created: u64,
    next: u32,
}

impl Table {
    /// A new table.
    pub(crate) fn new(id: u32) -> Table {
        let columns = vec![('a', id), ('b', id)];
        Table { id, layouts: vec![columns.clone()], columns, ..Table::default() }
    }

    /// What the text of the definition says: the columns that are there.
    pub(crate) fn says(&self) -> Vec<char> {
        self.columns.iter().map(|column| column.0).collect()
    }

    /// The definition, and how it came to be.
    pub(crate) fn definition(&self) -> Definition {
        (self.says(), self.layouts.clone())
    }

    /// A column comes.
    pub(crate) fn add(&mut self, column: Column) {
        self.columns.push(column);
        self.layouts.last_mut().expect("a table has columns").push(column);
    }

    /// A column goes.
    pub(crate) fn drop(&mut self, column: Column) {
        self.columns.retain(|known| *known != column);
        self.layouts.push(self.columns.clone());
    }

    /// Whether it can read the rows of another as they are, none of whose dropped columns it has.
    pub(crate) fn can_read(&self, other: &Table) -> bool {
        let mut pairs = other.layouts.iter().zip(&self.layouts);
        let has_been = |column: &Column| other.layouts.iter().flatten().any(|known| known == column);
        let is_back = |column: &Column| has_been(column) && !other.columns.contains(column);
        self.layouts.len() >= other.layouts.len()
            && pairs.all(|(other, own)| own.starts_with(other))
            && !self.columns.iter().any(is_back)
    }

    /// The column of a name.
    pub(crate) fn column(&self, name: char) -> Option<Column> {
        self.columns.iter().find(|column| column.0 == name).copied()
    }
}

/// What a column has in rows that are older than it.
pub(crate) fn missing(column: Column) -> String {
    format!("{}0", column.0)
}

impl Model {
    pub(crate) fn new(created: u64, since: u64) -> Model {
        Model { branches: vec![branch("main".into(), None, BTreeMap::new())], since, created, next: 0 }
    }

    /// The branches that are there.
    pub(crate) fn live(&self) -> Vec<usize> {
        (0..self.branches.len()).filter(|branch| !self.branches[*branch].is_deleted).collect()
    }

    /// What a branch shows at a moment.
    pub(crate) fn at(&self, branch: usize, moment: u64) -> State {
        let Branch { parent, commits, .. } = &self.branches[branch];
        if let Some(commit) = commits.iter().rev().find(|commit| commit.moment <= moment) {
            return commit.state.clone();
        }
        parent.map_or(State::new(), |(parent, fork)| self.at(parent, moment.min(fork)))
    }

    /// What a branch shows now.
    pub(crate) fn now(&self, branch: usize) -> State {
        self.at(branch, u64::MAX)
    }

    /// The number of a new table or index.
    pub(crate) fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// A commit.
    pub(crate) fn commit(&mut self, branch: usize, commit: Commit) {
        let commits = &mut self.branches[branch].commits;
        assert!(commits.last().is_none_or(|last| last.moment < commit.moment), "commits have rising moments");
        commits.push(commit);
    }

    /// A new branch of `parent` as it was at a moment, which may be one of the parent's own parent.
    pub(crate) fn fork(&mut self, name: String, parent: usize, at: u64) {
        let mut owner = parent;
        while let Some((older, fork)) = self.branches[owner].parent
            && at < fork
        {
            owner = older;
        }
        let shortened = self.branches[owner].shortened.clone();
        self.branches.push(branch(name, Some((owner, at)), shortened));
    }

    /// Nobody asks any more for what was true before a moment: of all, or of one table of one branch.
    pub(crate) fn forget(&mut self, of: Option<(usize, u32)>, before: u64) {
        match of {
            None => self.since = self.since.max(before),
            Some((branch, table)) => {
                let since = self.branches[branch].shortened.entry(table).or_default();
                *since = before.max(*since);
            }
        }
    }

    /// Since when the history of a table is there on a branch, that of the parent before the fork included.
    pub(crate) fn history_since(&self, branch: usize, table: u32) -> u64 {
        let Branch { shortened, parent, .. } = &self.branches[branch];
        let own = self.since.max(shortened.get(&table).copied().unwrap_or(0));
        match *parent {
            Some((parent, fork)) if own <= fork => self.history_since(parent, table).min(fork),
            _ => own,
        }
    }

    /// The moments at which anything happened.
    pub(crate) fn moments(&self) -> Vec<u64> {
        let commits = self.branches.iter().flat_map(|branch| &branch.commits).map(|commit| commit.moment);
        let forks = self.branches.iter().filter_map(|branch| branch.parent).map(|(_, fork)| fork);
        commits.chain(forks).collect()
    }
}

fn branch(name: String, parent: Option<(usize, u64)>, shortened: BTreeMap<u32, u64>) -> Branch {
    Branch { name, parent, commits: Vec::new(), is_deleted: false, shortened }
}
