//! Functions of virtual tables, which are called with a table as their first argument: `bm25(t)`.
//!
//! The scan of the table computes them: a call is one more column of it.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::{Binder, Typed};
use crate::module::VirtualTable;
use crate::plan::{ColumnId, ColumnInfo, Expr, FunctionPlan, Plan};

/// A hidden column that stands for its table in calls.
#[derive(Debug)]
pub(super) struct TableArgument {
    column: ColumnId,
    table: Arc<dyn VirtualTable>,
}

/// A call that waits for the plan of its table.
#[derive(Debug)]
pub(super) struct WaitingCall {
    /// What stands for the table.
    table: ColumnId,
    /// The column of the result.
    result: ColumnId,
    name: String,
    arguments: Vec<Expr>,
}

impl Binder<'_> {
    /// Notes that a column stands for its table in calls.
    pub(super) fn note_table_argument(&mut self, column: ColumnId, table: &Arc<dyn VirtualTable>) {
        self.table_arguments.push(TableArgument { column, table: table.clone() });
    }

    /// A call of a function of the table that is its first argument; `None` if that is none.
    ///
    /// # Errors
    /// Its arguments differ from row to row.
    pub(super) fn virtual_call(&mut self, name: &str, arguments: &[Typed]) -> Result<Option<Typed>> {
        let Some((Typed { expr: Expr::Column(column), .. }, rest)) = arguments.split_first() else {
            return Ok(None);
        };
        let known = self.table_arguments.iter().find(|known| known.column == *column);
        if !known.is_some_and(|known| known.table.has_function(name)) {
            return Ok(None);
        }
        let arguments: Vec<Expr> = rest.iter().map(|argument| argument.expr.clone()).collect();
        let mut is_constant = true;
        for argument in &arguments {
            argument.for_each_column(&mut |_| is_constant = false);
        }
        if !is_constant {
            return Err(Error::sql(format!("unable to use function {name} in the requested context")));
        }
        let result = self.new_column(ColumnInfo { name: Some(name.into()), ..ColumnInfo::default() });
        let (table, name) = (*column, name.to_owned());
        self.waiting_calls.push(WaitingCall { table, result, name, arguments });
        Ok(Some(Typed::plain(Expr::Column(result))))
    }

    /// Has the scans of a FROM compute the calls that wait for them.
    pub(super) fn attach_virtual_calls(&mut self, plan: &mut Plan) {
        self.waiting_calls.retain_mut(|waiting| {
            let Some(scan) = scan_of(plan, waiting.table) else { return true };
            let position = scan.table.columns().len() + 1 + scan.calls.len();
            scan.columns.push((waiting.result, position));
            scan.calls.push((std::mem::take(&mut waiting.name), waiting.arguments.len()));
            scan.arguments.append(&mut waiting.arguments);
            false
        });
    }
}

/// The scan that has a column.
fn scan_of(plan: &mut Plan, column: ColumnId) -> Option<&mut FunctionPlan> {
    match plan {
        Plan::Function(scan) => scan.columns.iter().any(|(id, _)| *id == column).then_some(scan),
        Plan::Filter { input, .. } => scan_of(input, column),
        Plan::Join(join) => {
            let join = &mut **join;
            scan_of(&mut join.left, column).or_else(|| scan_of(&mut join.right, column))
        }
        _ => None,
    }
}
