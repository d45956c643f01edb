//! Which tables the queries in a statement name, however deep inside it they stand.

use super::{
    CommonTable, Delete, Expression, From, Insert, JoinConstraint, ObjectName, OrderingTerm, Over,
    ResultColumn, Select, SelectTerm, Statement, TableSource, Update, WindowDefinition,
};

/// Calls `visit` with the name of each table in a FROM of a statement that a trigger may have; not with that of the
/// table that the statement changes.
pub fn for_each_source<'a>(statement: &'a Statement, visit: &mut dyn FnMut(&'a ObjectName)) {
    let mut walk = Walk { visit };
    match statement {
        Statement::Select(select) => walk.select(select),
        Statement::Insert(insert) => walk.insert(insert),
        Statement::Update(update) => walk.update(update),
        Statement::Delete(delete) => walk.delete(delete),
        _ => {}
    }
}

/// Calls `visit` with the name of each table in a query.
pub fn for_each_source_of<'a>(select: &'a Select, visit: &mut dyn FnMut(&'a ObjectName)) {
    Walk { visit }.select(select);
}

/// Calls `visit` with the name of each table in the queries of an expression.
pub fn for_each_source_in<'a>(expression: &'a Expression, visit: &mut dyn FnMut(&'a ObjectName)) {
    Walk { visit }.expression(expression);
}

struct Walk<'v, 'a> {
    visit: &'v mut dyn FnMut(&'a ObjectName),
}

impl<'a> Walk<'_, 'a> {
    fn select(&mut self, select: &'a Select) {
        self.with(&select.with);
        let rest = select.rest.iter().map(|compound| &compound.term);
        for term in std::iter::once(&select.first).chain(rest) {
            match term {
                SelectTerm::Values(rows) => self.expressions(rows.iter().flatten()),
                SelectTerm::Select(core) => {
                    self.columns(&core.columns);
                    core.from.iter().for_each(|from| self.from(from));
                    self.expressions(core.distinct_on.iter().chain(&core.filter));
                    self.expressions(core.group_by.iter().chain(&core.having));
                    core.windows.iter().for_each(|(_, window)| self.window(window));
                }
            }
        }
        self.order(&select.order_by);
        self.expressions(select.limit.iter().chain(&select.offset));
    }

    fn with(&mut self, with: &'a [CommonTable]) {
        with.iter().for_each(|table| self.select(&table.select));
    }

    fn insert(&mut self, insert: &'a Insert) {
        self.with(&insert.with);
        insert.source.iter().for_each(|source| self.select(source));
        for upsert in &insert.upserts {
            self.expressions(&upsert.target_filter);
            if let Some(action) = &upsert.action {
                self.expressions(action.assignments.iter().map(|assignment| &assignment.value));
                self.expressions(&action.filter);
            }
        }
        self.columns(&insert.returning);
    }

    fn update(&mut self, update: &'a Update) {
        self.with(&update.with);
        self.expressions(update.assignments.iter().map(|assignment| &assignment.value));
        update.from.iter().for_each(|from| self.from(from));
        self.expressions(update.filter.iter().chain(&update.limit).chain(&update.offset));
        self.order(&update.order_by);
        self.columns(&update.returning);
    }

    fn delete(&mut self, delete: &'a Delete) {
        self.with(&delete.with);
        self.expressions(delete.filter.iter().chain(&delete.limit).chain(&delete.offset));
        self.order(&delete.order_by);
        self.columns(&delete.returning);
    }

    fn columns(&mut self, columns: &'a [ResultColumn]) {
        for column in columns {
            if let ResultColumn::Expression { expression, .. } = column {
                self.expression(expression);
            }
        }
    }

    fn order(&mut self, terms: &'a [OrderingTerm]) {
        self.expressions(terms.iter().map(|term| &term.expression));
    }

    fn window(&mut self, window: &'a WindowDefinition) {
        self.expressions(&window.partition);
        self.order(&window.order_by);
    }

    fn from(&mut self, from: &'a From) {
        self.source(&from.first);
        for join in &from.joins {
            self.source(&join.source);
            if let JoinConstraint::On(condition) = &join.constraint {
                self.expression(condition);
            }
        }
    }

    fn source(&mut self, source: &'a TableSource) {
        match source {
            TableSource::Table { name, .. } => (self.visit)(name),
            TableSource::Function { name, arguments, .. } => {
                (self.visit)(name);
                self.expressions(arguments);
            }
            TableSource::Subquery { select, .. } => self.select(select),
            TableSource::Join(from) => self.from(from),
        }
    }

    fn expressions(&mut self, expressions: impl IntoIterator<Item = &'a Expression>) {
        expressions.into_iter().for_each(|expression| self.expression(expression));
    }

    fn expression(&mut self, expression: &'a Expression) {
        match expression {
            Expression::Exists(select)
            | Expression::Subquery(select)
            | Expression::InSelect { select, .. } => self.select(select),
            Expression::Function(call) => {
                if let Some(Over::Window(window)) = call.over.as_deref() {
                    self.window(window);
                }
            }
            _ => {}
        }
        expression.for_each_operand(|operand| self.expression(operand));
    }
}
