//! One SELECT or VALUES: from FROM up to its result columns.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::function::written_integer;
use super::limit::{check_columns, check_terms};
use super::query::Relation;
use super::scope::{AggregatePlace, SourceColumn};
use super::set_returning::hide_rows_of_columns;
use super::source_names::rowid_name;
use super::virtual_table::index_virtual_tables;
use super::{Action, Binder, JsonMarks, ReturningColumn, Typed, json};
use crate::ast::{Expression, OrderingTerm, ResultColumn, SelectCore};
use crate::plan::{ColumnId, ColumnInfo, Expr, Plan, SortKey};

/// A result column on its way.
struct Output {
    name: Arc<str>,
    /// What it was written as, where ORDER BY and GROUP BY may repeat it.
    written: Option<Expression>,
    alias: Option<String>,
    value: Typed,
    /// Whether the value has JSON marked.
    is_json: bool,
}

impl Output {
    fn new(name: Arc<str>, value: Typed) -> Output {
        Output { name, written: None, alias: None, value, is_json: false }
    }

    /// What ORDER BY may call it: its alias, or of a column that a star stands for the name.
    fn term_name(&self) -> Option<&str> {
        match (&self.alias, &self.written) {
            (Some(alias), _) => Some(alias),
            (None, None) => Some(&self.name),
            (None, Some(_)) => None,
        }
    }

    /// The value as others see it.
    fn unmarked(&self) -> Typed {
        let value = self.value.clone();
        if self.is_json { Typed { expr: json::unmarked(value.expr), ..value } } else { value }
    }
}

impl Binder<'_> {
    /// SELECT with the ORDER BY that applies to it.
    pub(super) fn core(&mut self, core: &SelectCore, order_by: &[OrderingTerm]) -> Result<Relation> {
        let outside = (self.past.clone(), self.range);
        if let Some(system_time) = &core.system_time {
            (self.past, self.range) = self.time_of(system_time)?;
        }
        let relation = match self.with_rows_of_columns(core) {
            Some(core) => self.core_at_its_time(&core, order_by),
            None => self.core_at_its_time(core, order_by),
        };
        (self.past, self.range) = outside;
        relation
    }

    fn core_at_its_time(&mut self, core: &SelectCore, order_by: &[OrderingTerm]) -> Result<Relation> {
        let is_allowed = self.may_query(Action::Select)?;
        let mut plan = Plan::OneRow;
        let level = self.scopes.len() - 1;
        let marks_json = std::mem::take(&mut self.marks_json);
        let is_sorted =
            core.distinct || !core.distinct_on.is_empty() || !order_by.is_empty() || core.is_grouped();
        // Arguments of calls in FROM and conditions of joins see them, too.
        self.scopes[level].aliases = aliases(&core.columns);
        if let Some(from) = &core.from {
            let mut part = self.from(from)?;
            hide_rows_of_columns(&mut part);
            plan = part.plan;
            self.scopes[level].sources = part.sources;
            self.scopes[level].merged = part.merged;
            self.function_arguments(&mut plan, part.arguments)?;
        }
        self.scopes[level].is_grouped = core.is_grouped();
        self.scopes[level].place = AggregatePlace::Allowed;
        self.scopes[level].named_windows = self.named_windows(&core.windows)?;
        self.scopes[level].allows_windows = true;
        let mut outputs = self.outputs(&core.columns)?;
        match marks_json {
            JsonMarks::All if !core.distinct => {
                outputs.iter_mut().for_each(|output| self.mark_output(output));
            }
            JsonMarks::Columns if !is_sorted => {
                let is_column = |output: &&mut Output| json::is_unmarked_column(&output.value.expr);
                outputs.iter_mut().filter(is_column).for_each(|output| self.mark_output(output));
            }
            _ => {}
        }
        self.scopes[level].allows_windows = false;
        let is_grouped = core.is_grouped() || !self.scopes[level].aggregates.is_empty();
        if core.having.is_some() && !is_grouped {
            return Err(Error::sql("HAVING clause on a non-aggregate query"));
        }
        let having = core.having.as_ref().map(|having| self.bind(having)).transpose()?;
        let having = having.map(|having| self.condition("HAVING", having)).transpose()?;
        self.scopes[level].place =
            if is_grouped { AggregatePlace::WrongClause } else { AggregatePlace::Forbidden };
        let condition = core.filter.as_ref().map(|filter| self.bind_truth("WHERE", filter)).transpose()?;
        plan = self.filtered(plan, condition)?;
        self.scopes[level].place = if is_grouped { AggregatePlace::Allowed } else { AggregatePlace::Order };
        self.scopes[level].allows_windows = true;
        let mut order = self.order_keys(order_by, &outputs)?;
        let mut firsts = self.distinct_on(core, &outputs, &order)?;
        if self.is_postgres()
            && core.distinct
            && order.iter().any(|key| outputs.iter().all(|output| output.value.expr != key.expr))
        {
            return Err(Error::sql("for SELECT DISTINCT, ORDER BY expressions must appear in select list"));
        }
        let mut no_order = Vec::new();
        self.scopes[level].allows_windows = false;
        self.scopes[level].place = AggregatePlace::GroupBy;
        let group_by = self.group_by(core)?;
        self.scopes[level].place = AggregatePlace::Forbidden;
        let is_plain = !is_grouped && self.scopes[level].windows.is_empty();
        plan = index_virtual_tables(plan, if is_plain { &mut order } else { &mut no_order })?;
        self.attach_virtual_calls(&mut plan);
        if is_grouped {
            let groups = self.groups(group_by, core.grouping_sets.is_some());
            let mut having = having.map(|having| having.expr);
            outputs.iter_mut().for_each(|output| self.over_groups(&groups, &mut output.value.expr));
            having.iter_mut().for_each(|having| self.over_groups(&groups, having));
            order.iter_mut().chain(&mut firsts).for_each(|key| self.over_groups(&groups, &mut key.expr));
            self.windows_over_groups(&groups);
            self.check_orders()?;
            plan = self.aggregation(plan, groups, core.grouping_sets.as_deref())?;
            if let Some(condition) = having {
                plan = Plan::Filter { input: plan.into(), condition };
            }
        }
        self.ask_for_unread(&self.scopes[level].sources)?;
        let plan = self.over_windows(level, plan);
        let mut relation = self.project(plan, outputs, order, core.distinct, firsts)?;
        if !is_allowed {
            relation.plan = Plan::Values { columns: relation.plan.columns(), rows: Vec::new() };
        }
        Ok(relation)
    }

    fn group_by(&mut self, core: &SelectCore) -> Result<Vec<Typed>> {
        check_terms(core.group_by.len(), "GROUP BY")?;
        let mut keys = Vec::with_capacity(core.group_by.len());
        for expression in &core.group_by {
            let Some(number) = written_integer(expression) else {
                keys.push(self.bind(expression)?);
                continue;
            };
            let columns = self.expand(&core.columns)?;
            let position = position_of(number, columns.len(), "GROUP BY", keys.len())?;
            keys.push(match &columns[position] {
                Expanded::Column(id, _) => self.read_column(*id)?,
                Expanded::Merged(_, value) => value.clone(),
                Expanded::Expression(expression, ..) => self.bind(expression)?,
            });
        }
        Ok(keys)
    }

    fn outputs(&mut self, columns: &[ResultColumn]) -> Result<Vec<Output>> {
        let expanded = self.expand(columns)?;
        check_columns(expanded.len())?;
        let mut outputs = Vec::with_capacity(expanded.len());
        for column in expanded {
            outputs.push(match column {
                Expanded::Column(id, name) => Output::new(name, self.read_column(id)?),
                Expanded::Merged(name, value) => Output::new(name, value),
                Expanded::Expression(expression, alias, text) => {
                    let level = self.scopes.len() - 1;
                    // An expression of the result does not see the aliases beside it.
                    let aliases = std::mem::take(&mut self.scopes[level].aliases);
                    let value = match self.postgres_output(&expression) {
                        Ok(Some(value)) => Ok(value),
                        Ok(None) => self.bind(&expression),
                        Err(error) => Err(error),
                    };
                    self.scopes[level].aliases = aliases;
                    let value = value?;
                    let name = match (&alias, json::without_unmarking(&value.expr), &expression) {
                        (Some(alias), ..) => alias.as_str().into(),
                        (None, Expr::Column(id), Expression::Column(_)) => {
                            self.info(*id).name.clone().unwrap_or_else(|| text.into())
                        }
                        (None, _, Expression::Column(name)) if self.is_postgres() => {
                            name.column.as_str().into()
                        }
                        _ => text.into(),
                    };
                    Output { written: Some(expression), alias, ..Output::new(name, value) }
                }
            });
        }
        Ok(outputs)
    }

    /// Marks JSON in the value of a column.
    fn mark_output(&mut self, output: &mut Output) {
        let expr = std::mem::replace(&mut output.value.expr, Expr::NULL);
        (output.value.expr, output.is_json) = self.marked(expr);
    }

    fn order_keys(&mut self, order_by: &[OrderingTerm], outputs: &[Output]) -> Result<Vec<SortKey>> {
        check_terms(order_by.len(), "ORDER BY")?;
        let mut keys = Vec::with_capacity(order_by.len());
        for term in order_by {
            let (expression, collation) = match &term.expression {
                Expression::Collate(inner, name) => {
                    (&**inner, Some(self.environment.catalog().collation(name)))
                }
                other => (other, None),
            };
            let value = match self.result_column(expression, outputs, keys.len())? {
                Some(position) => outputs[position].unmarked(),
                None => self.bind(expression)?,
            };
            keys.push(self.sort_key(term, value.expr.clone(), collation.unwrap_or(value.collation()))?);
        }
        Ok(keys)
    }

    /// What rows are equal in of which DISTINCT ON keeps the first. ORDER BY has to say first by these which that is.
    fn distinct_on(
        &mut self,
        core: &SelectCore,
        outputs: &[Output],
        order: &[SortKey],
    ) -> Result<Vec<SortKey>> {
        let terms = core.distinct_on.iter().map(|expression| OrderingTerm {
            expression: expression.clone(),
            descending: false,
            nulls: None,
        });
        let firsts = self.order_keys(&terms.collect::<Vec<_>>(), outputs)?;
        let mut missing: Vec<&Expr> = firsts.iter().map(|key| &key.expr).collect();
        for key in order {
            if missing.is_empty() {
                break;
            }
            if !firsts.iter().any(|first| first.expr == key.expr) {
                return Err(Error::sql(
                    "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                ));
            }
            missing.retain(|expr| **expr != key.expr);
        }
        Ok(firsts)
    }

    /// The result column that a term of ORDER BY names by number or name.
    fn result_column(
        &self,
        expression: &Expression,
        outputs: &[Output],
        term: usize,
    ) -> Result<Option<usize>> {
        if let Some(number) = written_integer(expression) {
            return position_of(number, outputs.len(), "ORDER BY", term).map(Some);
        }
        if let Expression::Column(name) = expression
            && name.table.is_none()
        {
            // In PostgreSQL's dialect it may be what a column is called without an alias.
            let is_it = |output: &Output| {
                let shown = Some(&*output.name).filter(|_| self.is_postgres());
                output.term_name().or(shown).is_some_and(|known| known.eq_ignore_ascii_case(&name.column))
            };
            return Ok(outputs.iter().position(is_it));
        }
        Ok(outputs.iter().position(|output| output.written.as_ref() == Some(expression)))
    }

    /// RETURNING over the scope's one row.
    pub(super) fn returning(&mut self, columns: &[ResultColumn]) -> Result<Vec<ReturningColumn>> {
        if columns.iter().any(|column| matches!(column, ResultColumn::TableStar(_))) {
            return Err(Error::sql("RETURNING may not use \"TABLE.*\" wildcards"));
        }
        let outputs = self.outputs(columns)?;
        let column = |output: Output| {
            let info = match &output.value.expr {
                Expr::Column(id) => self.info(*id).clone(),
                expr => ColumnInfo {
                    is_vector: self.is_vector(expr),
                    declared_type: self.declared_type(expr),
                    ..ColumnInfo::default()
                },
            };
            ReturningColumn { name: output.name, expr: output.value.expr, info }
        };
        Ok(outputs.into_iter().map(column).collect())
    }

    /// The declared type of the column that an expression shows, be it of a query in it or of one around it.
    fn declared_type(&self, expr: &Expr) -> Option<Arc<str>> {
        match expr {
            Expr::Column(id) => self.info(*id).declared_type.clone(),
            Expr::Outer(slot) => self.declared_type(&self.slots[*slot].expr),
            Expr::Subquery { subquery, column } => {
                let id = self.subqueries[subquery.number].columns[*column];
                self.info(id).declared_type.clone()
            }
            _ => None,
        }
    }

    /// The result columns, in their order, without what served to sort them.
    fn project(
        &mut self,
        input: Plan,
        outputs: Vec<Output>,
        order: Vec<SortKey>,
        distinct: bool,
        firsts: Vec<SortKey>,
    ) -> Result<Relation> {
        let mut columns = Vec::with_capacity(outputs.len());
        let mut named = Vec::with_capacity(outputs.len());
        for output in outputs {
            let info = match &output.value.expr {
                Expr::Column(id) => self.info(*id).clone(),
                expr => ColumnInfo { declared_type: self.declared_type(expr), ..ColumnInfo::default() },
            };
            let is_vector = self.is_vector(&output.value.expr);
            let declared_type = info.declared_type.or_else(|| self.type_name(&output.value.expr));
            let written = output.written.as_ref().filter(|_| output.alias.is_none());
            let info = ColumnInfo {
                rowid_name: written.and_then(rowid_name),
                affinity: output.value.affinity,
                collation: output.value.collation,
                is_collated: output.value.explicit,
                name: Some(output.name.clone()),
                declared_type,
                is_mixed: !output.value.converted,
                is_json: output.is_json,
                is_vector,
                is_encrypted: info.is_encrypted,
                origin: info.origin,
            };
            let id = self.new_column(info);
            named.push((id, output.name));
            columns.push((id, output.value.expr));
        }
        let visible: Vec<ColumnId> = named.iter().map(|(id, _)| *id).collect();
        let (mut keys, mut firsts) = (order, firsts);
        let orders = keys.iter_mut().map(|key| (key, true));
        for (key, is_order) in orders.chain(firsts.iter_mut().map(|key| (key, false))) {
            let known = columns.iter().find(|(_, expr)| *expr == key.expr).map(|(id, _)| *id);
            let id = known.unwrap_or_else(|| {
                let id = self.new_column(ColumnInfo::default());
                columns.push((id, key.expr.clone()));
                id
            });
            let of = self.sql_type(&key.expr);
            key.expr = Expr::Column(id);
            if is_order {
                key.expr = self.sorted_by(Expr::Column(id), of)?;
            }
        }
        let hidden = columns.len() > visible.len();
        let mut plan = Plan::Project { input: input.into(), columns };
        if distinct {
            let compared = visible
                .iter()
                .map(|id| (*id, self.info(*id).collation.clone().unwrap_or_default()))
                .collect();
            plan = Plan::Distinct { input: plan.into(), columns: compared, in_order: false };
        }
        if !keys.is_empty() {
            plan = Plan::Sort { input: plan.into(), keys, ordered: 0, first: None };
        }
        if !firsts.is_empty() {
            let compared = firsts.into_iter().filter_map(|key| match key.expr {
                Expr::Column(id) => Some((id, key.collation)),
                _ => None,
            });
            plan = Plan::Distinct { input: plan.into(), columns: compared.collect(), in_order: false };
        }
        if hidden {
            let columns = visible.iter().map(|id| (*id, Expr::Column(*id))).collect();
            plan = Plan::Project { input: plan.into(), columns };
        }
        Ok(Relation { plan, columns: named })
    }

    /// Result columns with their stars written out.
    fn expand(&self, columns: &[ResultColumn]) -> Result<Vec<Expanded>> {
        let level = self.scopes.len() - 1;
        let scope = &self.scopes[level];
        let mut expanded = Vec::with_capacity(columns.len());
        for column in columns {
            match column {
                ResultColumn::Star => {
                    if scope.sources.is_empty() {
                        return Err(Error::sql("no tables specified"));
                    }
                    for (place, source) in scope.sources.iter().enumerate() {
                        let shown = |column: &&SourceColumn| !column.merged && !column.hidden;
                        for column in source.columns.iter().filter(shown) {
                            scope.is_shared(place, column)?;
                            let merged =
                                scope.merged.iter().find(|(name, _)| name.eq_ignore_ascii_case(&column.name));
                            expanded.push(match merged {
                                Some((name, value)) => Expanded::Merged(name.clone(), value.clone()),
                                None => Expanded::Column(column.id, self.shown_name(column)),
                            });
                        }
                    }
                }
                ResultColumn::TableStar(table) => {
                    let sources = scope.sources.iter().enumerate();
                    let mut named =
                        sources.filter(|(_, source)| source.name.eq_ignore_ascii_case(table)).peekable();
                    if named.peek().is_none() {
                        return Err(Error::sql(format!("no such table: {table}")));
                    }
                    for (place, source) in named {
                        for column in source.columns.iter().filter(|column| !column.hidden) {
                            let is_shared = scope.is_shared(place, column)?;
                            let value = scope.merged_value(&column.name).filter(|_| is_shared);
                            expanded.push(match value {
                                Some(value) => Expanded::Merged(self.shown_name(column), value.clone()),
                                None => Expanded::Column(column.id, self.shown_name(column)),
                            });
                        }
                    }
                }
                ResultColumn::Expression { expression, alias, span } => {
                    let text = span.of(&self.source).to_owned();
                    expanded.push(Expanded::Expression(expression.clone(), alias.clone(), text));
                }
            }
        }
        Ok(expanded)
    }
}

/// A result column, with stars written out.
enum Expanded {
    Column(ColumnId, Arc<str>),
    Merged(Arc<str>, Typed),
    Expression(Expression, Option<String>, String),
}

fn aliases(columns: &[ResultColumn]) -> Vec<(String, Expression)> {
    let aliased = columns.iter().filter_map(|column| match column {
        ResultColumn::Expression { expression, alias: Some(alias), .. } => {
            Some((alias.clone(), expression.clone()))
        }
        _ => None,
    });
    aliased.collect()
}

/// The position that a number in ORDER BY or GROUP BY stands for.
pub(super) fn position_of(number: i64, columns: usize, clause: &str, term: usize) -> Result<usize> {
    match usize::try_from(number) {
        Ok(position @ 1..) if position <= columns => Ok(position - 1),
        _ => Err(Error::sql(format!(
            "{} {clause} term out of range - should be between 1 and {columns}",
            ordinal(term + 1)
        ))),
    }
}

/// `1st`, `2nd`, and so on.
pub(super) fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
