//! Table-valued functions in FROM. Their arguments see the tables that stand before them.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::Binder;
use super::from::Part;
use super::scope::{Source, SourceColumn};
use crate::ast::{self, ObjectName};
use crate::func::{self, TableFunction};
use crate::plan::{ColumnInfo, Expr, FunctionPlan, JoinMethod, Plan};

impl Binder<'_> {
    /// A call in FROM, after `left` if anything stands before it.
    pub(super) fn function_source(
        &mut self,
        name: &ObjectName,
        arguments: &[ast::Expression],
        alias: Option<&str>,
        left: Option<&mut Part>,
    ) -> Result<Part> {
        let Some(function) = self.table_function(&name.name) else {
            return Err(match self.find_table(name, None)? {
                Some(_) => Error::sql(format!("'{}' is not a function", name.name)),
                None => Error::sql(format!("no such table: {}", name.name)),
            });
        };
        if arguments.len() > function.most_arguments() {
            return Err(Error::sql(format!(
                "too many arguments on {}() - max {}",
                name.name,
                function.most_arguments()
            )));
        }
        let arguments = self.arguments_after(arguments, left)?;
        let alias: Arc<str> = alias.unwrap_or(&name.name).into();
        let mut columns = Vec::new();
        let mut seen = Vec::new();
        for (position, (name, declared_type)) in function.columns().into_iter().enumerate() {
            let name: Arc<str> = name.into();
            let id = self.new_column(ColumnInfo {
                name: Some(name.clone()),
                declared_type: Some(declared_type.into()),
                is_mixed: true,
                ..ColumnInfo::default()
            });
            columns.push((id, position));
            seen.push(SourceColumn { name, id, merged: false });
        }
        let rowid = self.new_column(ColumnInfo::default());
        columns.push((rowid, seen.len()));
        let source =
            Source { name: alias.to_string(), columns: seen, rowid: Some(rowid), table: None, schema: None };
        let plan = FunctionPlan { function, name: alias, arguments, columns };
        Ok(Part { plan: Plan::Function(Box::new(plan)), sources: vec![source], merged: Vec::new() })
    }

    /// The table-valued function of a name.
    pub(super) fn table_function(&self, name: &str) -> Option<Arc<dyn TableFunction>> {
        func::table_function(name).or_else(|| self.environment.table_function(name))
    }

    /// Arguments that may mention what stands before the call.
    fn arguments_after(
        &mut self,
        arguments: &[ast::Expression],
        left: Option<&mut Part>,
    ) -> Result<Vec<Expr>> {
        let level = self.scopes.len() - 1;
        let Some(left) = left else {
            return arguments.iter().map(|argument| self.bind_expr(argument)).collect();
        };
        self.scopes[level].sources = std::mem::take(&mut left.sources);
        self.scopes[level].merged = std::mem::take(&mut left.merged);
        let bound = arguments.iter().map(|argument| self.bind_expr(argument)).collect();
        left.sources = std::mem::take(&mut self.scopes[level].sources);
        left.merged = std::mem::take(&mut self.scopes[level].merged);
        bound
    }

    /// How a join with a plan on its right side finds pairs: a call whose arguments mention columns is made for each row
    /// of the left side.
    pub(super) fn method_for(&mut self, right: &mut Plan) -> JoinMethod {
        let Plan::Function(call) = right else { return JoinMethod::Nested };
        let mut outer = Vec::new();
        for argument in &mut call.arguments {
            let mut mentions_columns = false;
            argument.for_each_column(&mut |_| mentions_columns = true);
            if mentions_columns {
                self.slots.push(super::Typed::plain(Expr::NULL));
                let slot = self.slots.len() - 1;
                outer.push((slot, std::mem::replace(argument, Expr::Outer(slot))));
            }
        }
        if outer.is_empty() { JoinMethod::Nested } else { JoinMethod::Lookup { outer } }
    }
}
