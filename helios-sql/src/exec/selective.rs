//! Reading rows of which a condition keeps a part: what the condition needs is decoded of every row, the rest only of
//! the rows that are kept.
//!
//! In: rows as the driver has them, up to a chunk of them. Out: a chunk of those for which the condition is true.

use helios_core::Result;

use super::scan::RowLayout;
use super::{Context, eval};
use crate::catalog::Table;
use crate::chunk::{Chunk, Column, Strings};
use crate::plan::{ColumnId, Expr};

/// Takes the key of a row and the row as it is stored.
pub(super) type PushRow<'p> = dyn FnMut(&[u8], &[u8]) -> Result<()> + 'p;

#[derive(Debug)]
pub(super) struct Selective {
    /// In terms of the early columns.
    condition: Expr,
    /// The columns that the condition needs, and the rowid.
    early: RowLayout,
    /// The others.
    late: RowLayout,
    /// Where the early columns stand among all, then the late ones.
    places: (Vec<usize>, Vec<usize>),
    /// The early columns of the rows read.
    rows: Chunk,
    /// The rows read, as they are stored.
    stored: Strings,
}

impl Selective {
    /// `columns` by their positions in the table, `None` being the rowid; `condition` in terms of places among them.
    pub(super) fn new(table: &Table, columns: &[Option<usize>], condition: &Expr) -> Selective {
        let mut is_needed: Vec<bool> = columns.iter().map(Option::is_none).collect();
        condition.for_each_column(&mut |id| is_needed[id.0 as usize] = true);
        let (early, late): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(|&place| is_needed[place]);
        let mut condition = condition.clone();
        renumber(&mut condition, &early);
        let layout = |places: &[usize]| {
            let columns: Vec<Option<usize>> = places.iter().map(|&place| columns[place]).collect();
            RowLayout::new(table, &columns)
        };
        Selective {
            condition,
            early: layout(&early),
            late: layout(&late),
            places: (early, late),
            rows: Chunk::default(),
            stored: Strings::default(),
        }
    }

    /// The columns that the condition needs, by their positions in the table; the rowid is the last.
    pub(super) fn early_columns(&self) -> &[Option<usize>] {
        self.early.columns()
    }

    /// Those of some rows for which the condition is true. `rows` has the early columns.
    pub(super) fn find(&self, rows: &Chunk, context: &mut Context) -> Result<Vec<u32>> {
        Ok(eval::true_rows(&*eval::evaluate(&self.condition, context, rows)?))
    }

    /// Forgets the rows read and reads those that `visit_rows` calls its argument with; returns what it returns.
    pub(super) fn read<T>(&mut self, visit_rows: impl FnOnce(&mut PushRow<'_>) -> Result<T>) -> Result<T> {
        self.rows.reset(self.early.width());
        self.stored.clear();
        let mut columns: Vec<&mut Column> = self.rows.columns_mut().collect();
        let has_late = self.late.width() > 0;
        let mut count = 0;
        let result = visit_rows(&mut |key, payload| {
            count += 1;
            if has_late {
                self.stored.push(payload);
            }
            self.early.push(key, payload, &mut columns)
        })?;
        self.rows.set_rows(count);
        Ok(result)
    }

    /// Gives the rows read for which the condition is true.
    pub(super) fn select(&mut self, context: &mut Context, out: &mut Chunk) -> Result<()> {
        out.reset(self.early.width() + self.late.width());
        if self.rows.rows() == 0 {
            return Ok(());
        }
        let kept = self.find(&self.rows, context)?;
        let mut columns: Vec<Option<&mut Column>> = out.columns_mut().map(Some).collect();
        for (source, &place) in self.rows.columns().iter().zip(&self.places.0) {
            if let Some(column) = columns[place].take() {
                column.gather(source, &kept);
            }
        }
        let mut late: Vec<&mut Column> =
            self.places.1.iter().filter_map(|&place| columns[place].take()).collect();
        if !late.is_empty() {
            for &row in &kept {
                // The rowid is early, so nothing is asked of the key.
                self.late.push(&[], self.stored.get(row as usize), &mut late)?;
            }
        }
        out.set_rows(kept.len());
        Ok(())
    }
}

/// Puts the place in `early` in place of the place among all columns.
fn renumber(expr: &mut Expr, early: &[usize]) {
    if let Expr::Column(id) = expr
        && let Some(place) = early.iter().position(|place| *place == id.0 as usize)
    {
        *id = ColumnId(place as u32);
    }
    expr.for_each_operand_mut(|operand| renumber(operand, early));
}
