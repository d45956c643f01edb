//! A table: its columns, and what a scan of it can make use of.

use std::any::Any;
use std::sync::Arc;

use helios_core::{Error, Result};

use super::super::{
    Constraint, Definition, FollowedRow, IndexChoice, IndexRequest, Operator, RowChange, Shelf, StoredRows,
    Tables, Usage, VirtualColumn, VirtualCursor, VirtualScan, VirtualTable,
};
use super::region::Shape;
use super::rows::Rows;
use super::scan;
use super::tree::Tree;

/// A table.
#[derive(Clone, Debug)]
pub(super) struct RtreeTable {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) columns: Vec<VirtualColumn>,
    shadows: Option<(Rows, Tree)>,
}

/// How rows are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// In the order of their rowids.
    Rowids,
    /// The same, downwards.
    RowidsDown,
    /// With the tree.
    Tree,
}

impl Access {
    pub(super) fn of(choice: &IndexChoice) -> Access {
        match choice.number {
            1 => Access::RowidsDown,
            2 => Access::Tree,
            _ => Access::Rowids,
        }
    }
}

impl RtreeTable {
    pub(super) fn new(
        definition: &Definition,
        shape: Shape,
        columns: Vec<VirtualColumn>,
        tables: &dyn Tables,
    ) -> RtreeTable {
        let name = definition.table.clone();
        let stored = |suffix: &str, width: usize| {
            let found = tables.stored(None, &format!("{name}_{suffix}"));
            found.filter(|rows| rows.columns().len() == width && rows.rowid_column() == Some(0))
        };
        let auxiliary = columns.len() - 1 - shape.bounds();
        let shadows = stored("rowid", 2 + auxiliary).zip(stored("node", 2));
        let shadows = shadows.map(|(stored, nodes)| (Rows { shape, stored }, Tree { shape, nodes }));
        RtreeTable { name, shape, columns, shadows }
    }

    fn shadows(&self) -> Result<&(Rows, Tree)> {
        self.shadows.as_ref().ok_or_else(|| Error::sql(format!("vtable constructor failed: {}", self.name)))
    }

    /// The rows.
    ///
    /// # Errors
    /// SQLite's, where a shadow table is missing.
    pub(super) fn rows(&self) -> Result<&Rows> {
        self.shadows().map(|(rows, _)| rows)
    }

    /// The tree.
    ///
    /// # Errors
    /// SQLite's, where a shadow table is missing.
    pub(super) fn tree(&self) -> Result<&Tree> {
        self.shadows().map(|(_, tree)| tree)
    }

    /// The coordinate that a condition is about.
    pub(super) fn bound_of(&self, constraint: &Constraint) -> Option<usize> {
        constraint.column?.checked_sub(1).filter(|bound| *bound < self.shape.bounds())
    }

    /// Whether a condition is about the rowid, whatever it is called.
    pub(super) fn is_rowid(constraint: &Constraint) -> bool {
        constraint.column.is_none_or(|column| column == 0)
    }
}

impl VirtualTable for RtreeTable {
    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let is_range = |constraint: &Constraint| {
            matches!(
                constraint.operator,
                Operator::Equal
                    | Operator::Less
                    | Operator::LessOrEqual
                    | Operator::Greater
                    | Operator::GreaterOrEqual
            )
        };
        let ranges = request.constraints.iter().filter(|constraint| is_range(constraint));
        let (mut of_rowid, mut of_bounds, mut is_one) = (0, 0, false);
        for constraint in ranges {
            is_one |= Self::is_rowid(constraint) && constraint.operator == Operator::Equal;
            of_rowid += i32::from(Self::is_rowid(constraint));
            of_bounds += i32::from(self.bound_of(constraint).is_some());
        }
        let uses_tree = of_bounds > 0 && !is_one;
        let usage = |constraint: &Constraint| {
            let helps =
                if uses_tree { self.bound_of(constraint).is_some() } else { Self::is_rowid(constraint) };
            if helps && is_range(constraint) { Usage::Inexact } else { Usage::Unsupported }
        };
        let mut choice = IndexChoice {
            usages: request.constraints.iter().map(usage).collect(),
            rows: match (is_one, uses_tree) {
                (true, _) => 1.0,
                (_, true) => 100_000.0 / 4_f64.powi(of_bounds),
                (_, false) => 100_000.0 / 4_f64.powi(of_rowid),
            },
            ..IndexChoice::default()
        };
        if uses_tree {
            choice.number = 2;
        } else if let [(None | Some(0), descends)] = request.order[..] {
            choice.is_ordered = true;
            choice.number = i64::from(descends);
        }
        Ok(choice)
    }

    fn finds_ranges(&self, column: usize) -> bool {
        (1..=self.shape.bounds()).contains(&column)
    }

    fn is_key(&self, column: Option<usize>) -> bool {
        matches!(column, None | Some(0))
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        scan::open(self, scan)
    }

    fn change(&self, change: RowChange<'_>, shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        self.change_row(change, shelf)
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn shadows(&self) -> Vec<&'static str> {
        vec!["rowid", "node"]
    }

    fn derived_shadows(&self) -> Vec<&'static str> {
        vec!["node"]
    }

    fn followed(&self) -> Option<Arc<dyn StoredRows>> {
        self.shadows.as_ref().map(|(rows, _)| rows.stored.clone())
    }

    fn follow(&self, changes: Vec<FollowedRow>, shelf: &mut Shelf<'_>) -> Result<()> {
        self.follow_rows(changes, shelf)
    }

    fn renew(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        self.renew_tree(shelf)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
