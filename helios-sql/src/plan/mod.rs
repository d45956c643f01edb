//! Plans: what a statement means, as a tree of operations on rows.
//!
//! Made by [`crate::bind`], improved by [`crate::optimize`], run by [`crate::exec`]. Every column that any operation
//! makes has a [`ColumnId`] of its own, unique in the statement: so an expression says the same wherever in the tree it
//! is moved to, and moving it needs no renumbering.

mod access;
mod column_set;
mod common;
mod expression;
mod nearest;
mod past;
mod slots;
mod walk;
mod window;

use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::value::{Affinity, Collation};

use crate::catalog::Table;
use crate::func::Aggregate;
use crate::module::{Constraint, IndexChoice, VirtualTable};

pub use access::{Access, Bounds, IndexAccess, Probe};
pub use column_set::ColumnSet;
pub use common::{QueuePlan, Recursion, SharedPlan};
pub use expression::{Arithmetic, ColumnId, Comparison, Expr, Function, PatternKind, SubqueryCall};
pub use nearest::{NearestIndex, NearestPlan};
pub use past::PastReader;
pub use slots::{Dependence, dependence};
pub use window::{Bound, Frame, WindowCall, WindowKind, WindowPlan};

/// A plan with what else its expressions refer to.
#[derive(Clone, Debug)]
pub struct Query {
    /// The operations.
    pub plan: Plan,
    /// The columns of the result, in order.
    pub columns: Vec<ColumnId>,
}

/// An operation and what it works on.
#[derive(Clone, Debug)]
pub enum Plan {
    /// One row without columns; one for each parameter set in a batch.
    OneRow,
    /// No rows.
    Empty,
    /// Rows of expressions.
    Values {
        /// The columns.
        columns: Vec<ColumnId>,
        /// The rows.
        rows: Vec<Vec<Expr>>,
    },
    /// Rows of a table.
    Scan(Box<Scan>),
    /// The rows for which a condition is true.
    Filter {
        /// Where the rows come from.
        input: Box<Plan>,
        /// The condition.
        condition: Expr,
    },
    /// Expressions over each row.
    Project {
        /// Where the rows come from.
        input: Box<Plan>,
        /// The new columns; nothing else of the input is left.
        columns: Vec<(ColumnId, Expr)>,
    },
    /// Pairs of rows.
    Join(Box<Join>),
    /// One row for each group, in the order of the groups.
    Aggregate(Box<Aggregation>),
    /// The rows in order.
    Sort {
        /// Where the rows come from.
        input: Box<Plan>,
        /// What they are ordered by. Rows with equal keys keep their order.
        keys: Vec<SortKey>,
        /// How many of the keys, from the first on, the rows come in the order of already.
        ordered: usize,
        /// How many of the first rows are needed, if not all: LIMIT plus OFFSET.
        first: Option<Expr>,
    },
    /// The rows at the least distances from a vector.
    Nearest(Box<NearestPlan>),
    /// Some of the rows.
    Limit {
        /// Where the rows come from.
        input: Box<Plan>,
        /// How many; negative for all.
        limit: Option<Expr>,
        /// How many are left out first.
        offset: Option<Expr>,
    },
    /// The first row of each set of rows that are equal in some columns.
    Distinct {
        /// Where the rows come from.
        input: Box<Plan>,
        /// The columns compared.
        columns: Vec<(ColumnId, Collation)>,
        /// Whether equal rows come one behind the other.
        in_order: bool,
    },
    /// Two sets of rows combined.
    Compound(Box<CompoundPlan>),
    /// Rows of a query that several places use.
    Shared(Box<SharedPlan>),
    /// A recursive common table.
    Recursion(Box<Recursion>),
    /// The rows that a step of a recursion works on.
    Queue(Box<QueuePlan>),
    /// Rows of a virtual table, such as a table-valued function.
    Function(Box<FunctionPlan>),
    /// Window functions.
    Window(Box<WindowPlan>),
}

/// Which versions of rows are asked for. A version is true from its beginning to before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Those of the statement's own view.
    Now,
    /// Those that were true at a moment.
    At(Moment),
    /// Those that were true at some time from the first moment to before the second.
    FromTo(Moment, Moment),
    /// Those that were true at some time from the first moment to the second.
    Between(Moment, Moment),
    /// Those that began at the first moment or later and ended at the second or before.
    ContainedIn(Moment, Moment),
    /// All.
    All,
}

impl Period {
    /// Whether a version is meant that was true from `begin` to before `end`.
    pub fn holds(self, begin: Moment, end: Moment) -> bool {
        match self {
            Period::Now => end == Moment::PRESENT,
            Period::At(moment) => begin <= moment && moment < end,
            Period::FromTo(from, to) => from < to && begin < to && end > from,
            Period::Between(from, to) => from <= to && begin <= to && end > from,
            Period::ContainedIn(from, to) => begin >= from && end <= to && end < Moment::PRESENT,
            Period::All => true,
        }
    }

    /// The first moment that is asked about.
    pub fn first(self) -> Moment {
        match self {
            Period::At(from)
            | Period::FromTo(from, _)
            | Period::Between(from, _)
            | Period::ContainedIn(from, _) => from,
            Period::Now => Moment::PRESENT,
            Period::All => Moment::START,
        }
    }
}

/// A scan of a virtual table.
#[derive(Clone, Debug)]
pub struct FunctionPlan {
    /// The table.
    pub table: Arc<dyn VirtualTable>,
    /// The number of the schema that has it.
    pub slot: usize,
    /// The moment of the past that it shows, if there is one.
    pub reader: Option<PastReader>,
    /// What it is called in the statement.
    pub name: Arc<str>,
    /// What its columns are compared with, for each constraint; this mentions no columns where the plan runs.
    pub arguments: Vec<Expr>,
    /// The conditions that the table makes use of.
    pub constraints: Vec<Constraint>,
    /// The table's functions that are called for each row, with how many arguments; these follow in `arguments`.
    pub calls: Vec<(String, usize)>,
    /// What the table said that it will do; `None` before it was asked.
    pub choice: Option<IndexChoice>,
    /// The columns that are read, with their positions among the table's; after those comes the rowid,
    /// after that the results of calls.
    pub columns: Vec<(ColumnId, usize)>,
}

/// UNION and its like.
#[derive(Clone, Debug)]
pub struct CompoundPlan {
    /// How.
    pub operator: crate::ast::CompoundOperator,
    /// What stands before.
    pub left: Query,
    /// What stands after.
    pub right: Query,
    /// The columns of the result with the collations that they are compared under.
    pub columns: Vec<(ColumnId, Collation)>,
}

/// Reading a table.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The table.
    pub table: Arc<Table>,
    /// What it is called in the statement.
    pub alias: String,
    /// What is read from, if not from the statement's own view: the past.
    pub reader: Option<PastReader>,
    /// The columns that are read: position in the table and id; the rowid has position `None`.
    pub columns: Vec<(Option<usize>, ColumnId)>,
    /// How rows are found.
    pub access: Access,
    /// Which way they are read.
    pub backward: bool,
    /// INDEXED BY or NOT INDEXED.
    pub hint: crate::ast::IndexHint,
    /// Whether the statement changes the rows that are read: then the columns are not worth keeping.
    pub for_change: bool,
    /// So many rows are read at first, at most a chunk: few where few are likely to be enough.
    pub first_rows: Option<usize>,
    /// What stands at positions of the table that are not columns of the scan, over those: computed columns, and the
    /// expressions that indexes mention.
    pub expressions: Vec<(usize, Expr)>,
}

impl Scan {
    /// A column of the table, or the rowid, as an expression over a scan that reads [all columns](Scan::with_all_columns).
    /// `None` of what is no column.
    pub fn column(&self, position: Option<usize>) -> Option<Expr> {
        let position = position.filter(|position| self.table.rowid_column != Some(*position));
        if let Some((_, id)) = self.columns.iter().find(|(known, _)| *known == position) {
            return Some(Expr::Column(*id));
        }
        let number = position.map_or(0, |position| position + 1);
        let is_column = position.is_none_or(|position| position < self.table.columns.len());
        is_column.then(|| Expr::Column(ColumnId(u32::MAX - number as u32)))
    }

    /// The same table, read from its beginning to its end, with all its columns and the rowid.
    pub fn with_all_columns(&self) -> Scan {
        let mut scan = Scan { access: Access::All, ..self.clone() };
        let positions = (0..self.table.columns.len()).map(Some).chain([None]);
        for position in positions {
            if let Some(Expr::Column(id)) = self.column(position)
                && !scan.columns.iter().any(|(_, known)| *known == id)
            {
                scan.columns.push((position, id));
            }
        }
        scan
    }
}

/// A join.
#[derive(Clone, Debug)]
pub struct Join {
    /// The kind.
    pub kind: JoinKind,
    /// The outer side: its order is the order of the result.
    pub left: Plan,
    /// The inner side.
    pub right: Plan,
    /// What pairs have to meet, all of it.
    pub conditions: Vec<Expr>,
    /// How pairs are found.
    pub method: JoinMethod,
}

/// Which rows a join gives besides pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// None. `fixed` if the sides must not be exchanged.
    Inner {
        /// CROSS JOIN was written.
        fixed: bool,
    },
    /// Rows of the left side without a partner.
    Left,
    /// Rows of the right side without a partner, after all others.
    Right,
    /// Both.
    Full,
}

/// How a join finds pairs.
#[derive(Clone, Debug)]
pub enum JoinMethod {
    /// Every pair is looked at.
    Nested,
    /// The right side is put into a hash table by `right`; each row of the left side looks up `left`.
    Hash {
        /// Values of the left side.
        left: Vec<Expr>,
        /// What they are equal to on the right side, with the collation of the comparison.
        right: Vec<(Expr, Collation)>,
    },
    /// The right side is a scan whose access mentions columns of the left side: it is run for each row of that.
    Lookup {
        /// Columns of the left side that the access mentions, and the slots they go to.
        outer: Vec<(usize, Expr)>,
    },
}

/// GROUP BY and aggregates.
#[derive(Clone, Debug)]
pub struct Aggregation {
    /// Where the rows come from.
    pub input: Plan,
    /// What rows are grouped by, with the collations that decide which values are equal. Empty: one group, even of no
    /// rows at all.
    pub groups: Vec<(ColumnId, Expr, Collation)>,
    /// Whether the rows come in the order of the groups.
    pub in_order: bool,
    /// Values over each group.
    pub aggregates: Vec<(ColumnId, AggregateCall)>,
    /// The min or max from whose row [`Aggregate::Bare`] takes its values; without one that is the group's first row.
    pub leading: Option<ColumnId>,
}

/// An aggregate function over a group.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateCall {
    /// The function.
    pub function: Aggregate,
    /// Its arguments.
    pub arguments: Vec<Expr>,
    /// Only different values count.
    pub distinct: bool,
    /// FILTER.
    pub filter: Option<Expr>,
    /// The collation of the first argument.
    pub collation: Collation,
    /// ORDER BY among the arguments.
    pub order: Vec<SortKey>,
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What is sorted by.
    pub expr: Expr,
    /// How texts compare.
    pub collation: Collation,
    /// DESC.
    pub descending: bool,
    /// NULLs come first. Without a word for it: first going up, last going down.
    pub nulls_first: bool,
}

/// What is known of a column besides its values.
#[derive(Clone, Debug, Default)]
pub struct ColumnInfo {
    /// Its affinity; `None` for an expression without one.
    pub affinity: Option<Affinity>,
    /// The collation that it was declared with.
    pub collation: Option<Collation>,
    /// Whether COLLATE was written in the expression that it shows.
    pub is_collated: bool,
    /// Its declared type.
    pub declared_type: Option<Arc<str>>,
    /// The name of the table column that it is.
    pub name: Option<Arc<str>>,
    /// How it was written, if it shows a rowid by one of the names that all of them have.
    pub rowid_name: Option<Arc<str>>,
    /// It may hold what a column of its affinity would not: it is of a compound whose queries differ there.
    pub is_mixed: bool,
    /// Its values are vectors.
    pub is_vector: bool,
    /// Its values are sealed one by one, and have no order.
    pub is_encrypted: bool,
    /// A text in it that is JSON is marked as such, see [`crate::func::marked_function`].
    pub is_json: bool,
    /// The column of a table or of a view that it shows as it is.
    pub origin: Option<Origin>,
}

/// A column of a table or of a view.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The table.
    pub table: Arc<Table>,
    /// The place among its columns, from 0.
    pub position: usize,
}
