//! FROM: tables, queries in parentheses, common tables, and joins of them.

use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::value::Affinity;
use helios_core::{Error, Result};

use super::call_order::FunctionArguments;
use super::limit::check_tables;
use super::postgres::bare_name;
use super::scope::{Scope, Source, SourceColumn};
use super::{Binder, JsonMarks, NamedMoment, Past, Typed, distinct_names};
use crate::ast::{self, IndexHint, JoinConstraint, ObjectName, Select, SystemTime, TableSource};
use crate::catalog::{Table, TableColumn, generated_order};
use crate::parse::Dialect;
use crate::plan::{
    Access, ColumnId, ColumnInfo, Comparison, Expr, Join, JoinKind, JoinMethod, Origin, PastReader, Period,
    Plan, Scan,
};

/// A part of FROM that has been bound.
pub(super) struct Part {
    pub(super) plan: Plan,
    pub(super) sources: Vec<Source>,
    pub(super) merged: Vec<(Arc<str>, Typed)>,
    /// Arguments of functions, to be bound when all of FROM is known.
    pub(super) arguments: Vec<FunctionArguments>,
}

impl Part {
    /// A part that is one source.
    pub(super) fn single(plan: Plan, source: Source) -> Part {
        Part { plan, sources: vec![source], merged: Vec::new(), arguments: Vec::new() }
    }
}

impl Binder<'_> {
    pub(super) fn from(&mut self, from: &ast::From) -> Result<Part> {
        let single = self.single_value(&from.first)?;
        let mut part = self.source(single.as_ref().unwrap_or(&from.first))?;
        let pads_left =
            from.joins.iter().any(|join| matches!(join.kind, ast::JoinKind::Right | ast::JoinKind::Full));
        for join in &from.joins {
            let single = self.single_value(&join.source)?;
            let source = single.as_ref().unwrap_or(&join.source);
            if let TableSource::Subquery { select, alias, is_lateral: true } = source {
                part = self.lateral_join(part, select, alias.as_deref(), join)?;
                continue;
            }
            let right = self.source(&join.source)?;
            if matches!(join.source, TableSource::Join(_)) && right.sources.len() > 1 {
                self.number_names(&right);
            }
            part = self.join(part, right, join, pads_left)?;
        }
        check_tables(part.sources.len())?;
        Ok(part)
    }

    /// Shows the columns of a join in parentheses, which others see as one table, under names that are all different. They
    /// are looked up by those that they have.
    fn number_names(&mut self, part: &Part) {
        let columns = part.sources.iter().flat_map(|source| &source.columns);
        let shown: Vec<&SourceColumn> = columns.filter(|column| !column.hidden).collect();
        let names = shown.iter().map(|column| self.shown_name(column));
        let names = distinct_names(names.collect::<Vec<_>>().into_iter());
        for (column, name) in shown.into_iter().zip(names) {
            self.columns[column.id.0 as usize].name = Some(name);
        }
    }

    /// What a column of a result is called that is a column of a source.
    pub(super) fn shown_name(&self, column: &SourceColumn) -> Arc<str> {
        self.info(column.id).name.as_ref().unwrap_or(&column.name).clone()
    }

    fn source(&mut self, source: &TableSource) -> Result<Part> {
        match source {
            TableSource::Table { name, alias, system_time, index } => {
                self.named_source(name, alias.as_deref(), system_time.as_ref(), index)
            }
            TableSource::Subquery { select, alias, .. } => self.query_source(select, alias.as_deref()),
            TableSource::Function { name, arguments, alias, columns, is_numbered } => {
                if let Some(mut part) = self.several_arrays(name, arguments, alias.as_deref())? {
                    self.name_function_columns(&mut part, columns, *is_numbered)?;
                    return Ok(part);
                }
                let mut part = self.function_source(name, arguments, alias.as_deref())?;
                if self.is_postgres() {
                    self.name_function_columns(&mut part, columns, *is_numbered)?;
                }
                Ok(part)
            }
            TableSource::Join(from) => self.from(from),
        }
    }

    fn named_source(
        &mut self,
        name: &ObjectName,
        alias: Option<&str>,
        system_time: Option<&SystemTime>,
        hint: &IndexHint,
    ) -> Result<Part> {
        if name.schema.is_none()
            && let Some(position) = self.common_named(&name.name)
        {
            return self.common_source(position, alias);
        }
        self.note_table(name);
        let (past, range) = match system_time {
            Some(system_time) => self.time_of(system_time)?,
            None => (self.past.clone(), self.range),
        };
        if let Some(period) = range
            && let Some(table) = self.find_table(name, None)?.filter(|table| table.view.is_none())
        {
            if table.module.is_some() {
                let message = format!("virtual tables have moments and no ranges of time: {}", table.name);
                return Err(Error::sql(message));
            }
            return self.versions_part(&table, alias, period, true);
        }
        if self.is_postgres()
            && self.find_table(name, past.as_ref())?.is_none()
            && let Some(select) = self.postgres_view(&name.name)?
        {
            return self.query_source(&select, Some(alias.unwrap_or_else(|| bare_name(&name.name))));
        }
        // What is not in `main` has no past: there, what is unknown to the moment is not what was not there yet.
        let found = match self.find_table(name, past.as_ref())? {
            None => self.find_table(name, None)?.filter(|table| table.slot != 0),
            found => found,
        };
        let Some(table) = found else {
            // A table that was not there yet had no rows; nor has the schema of temporary objects before the first.
            let unopened = if is_temporary_schema(name) {
                self.environment.relation_at(0, "sqlite_schema")
            } else {
                None
            };
            let Some(table) = self.find_table(name, None)?.or(unopened) else {
                if self.eponymous(&name.name).is_some() {
                    return self.function_source(name, &[], alias);
                }
                return Err(self.missing_table(name));
            };
            return self.not_yet_there(&table, alias, hint);
        };
        let past = self.past_of(&table, past)?;
        if table.module.is_some() {
            let connected = self.environment.connect(&table, past.as_ref())?;
            let name = alias.unwrap_or(&table.name);
            let part = self.virtual_part(connected, table.slot, name, past);
            self.note_readable(&part.sources[0], &table.name, &self.schema_name(table.slot));
            return Ok(part);
        }
        if table.view.is_some() {
            let outside =
                (std::mem::replace(&mut self.past, past), std::mem::replace(&mut self.range, range));
            let part = self.view_part(&table, alias.unwrap_or(&table.name));
            (self.past, self.range) = outside;
            return part;
        }
        if let Some(past) = &past {
            self.environment.check_history(&table, past)?;
        }
        self.check_hint(&table, hint)?;
        if self.names_times() && self.environment.keeps_history(&table) {
            let period = past.as_ref().map_or(Period::Now, |past| Period::At(past.moment));
            return self.versions_part(&table, alias, period, false);
        }
        self.table_part(&table, alias, past, hint)
    }

    /// A table at a moment at which it was not there.
    fn not_yet_there(&mut self, table: &Arc<Table>, alias: Option<&str>, hint: &IndexHint) -> Result<Part> {
        if table.view.is_some() {
            return self.view_part(table, alias.unwrap_or(&table.name));
        }
        if table.module.is_some() {
            let absent = self.absent(table)?;
            return Ok(self.virtual_part(absent, table.slot, alias.unwrap_or(&table.name), None));
        }
        let mut part = self.table_part(table, alias, None, hint)?;
        let columns = part.plan.columns();
        part.plan = Plan::Values { columns, rows: Vec::new() };
        Ok(part)
    }

    /// The moment at which a table is read. Only tables of `main` have a past: others are read as they are by a session that
    /// is at a moment, and cannot be where the statement names one. Views of `temp` show what they name.
    pub(super) fn past_of(&self, table: &Table, past: Option<Past>) -> Result<Option<Past>> {
        if table.slot == 0 {
            return Ok(past);
        }
        let Some(past) = past else { return Ok(None) };
        if table.view.is_some() && self.schema_name(table.slot).eq_ignore_ascii_case("temp") {
            return Ok(Some(past));
        }
        let default = self.environment.default_past();
        if default.is_some_and(|default| default.reader == past.reader) {
            return Ok(None);
        }
        Err(Error::sql(format!("table {} keeps no history", table.name)))
    }

    /// An error if INDEXED BY names no index of the table.
    pub(super) fn check_hint(&self, table: &Table, hint: &IndexHint) -> Result<()> {
        match hint {
            IndexHint::By(index)
                if !table.indexes.iter().any(|known| known.name.eq_ignore_ascii_case(index)) =>
            {
                Err(Error::sql(format!("no such index: {index}")))
            }
            _ => Ok(()),
        }
    }

    /// What a time names: a moment of the past, or a range.
    pub(super) fn time_of(&mut self, time: &SystemTime) -> Result<(Option<Past>, Option<Period>)> {
        if let Some(period) = self.period_of(time)? {
            return Ok((None, Some(period)));
        }
        let named = match time {
            SystemTime::AsOfCommit(number) => NamedMoment::Commit(self.constant(number)?),
            SystemTime::AsOf(moment) => NamedMoment::Time(self.constant(moment)?),
            SystemTime::Range(..) | SystemTime::All => return Ok((None, None)),
        };
        Ok((Some(self.environment.past(named)?), None))
    }

    pub(super) fn moment_of(&mut self, expression: &ast::Expression) -> Result<Moment> {
        let moment = self.constant(expression)?;
        self.environment.moment(&moment)
    }

    /// An expression that sees no columns.
    fn constant(&mut self, expression: &ast::Expression) -> Result<Expr> {
        let scopes = std::mem::take(&mut self.scopes);
        let bound = self.bind_expr(expression);
        self.scopes = scopes;
        bound
    }

    /// A table by its name, now or in the past.
    pub(super) fn find_table(&self, name: &ObjectName, past: Option<&Past>) -> Result<Option<Arc<Table>>> {
        let schema = name.schema.as_deref();
        if let Some(past) = past
            && schema.is_none_or(|schema| schema.eq_ignore_ascii_case("main"))
        {
            return Ok(past.catalog.relation(&name.name).cloned());
        }
        if is_temporary_schema(name) {
            return Ok(self.environment.relation(Some("temp"), "sqlite_schema"));
        }
        Ok(match (schema, self.home) {
            (None, Some(slot)) => self.environment.relation_at(slot, &name.name),
            _ => self.environment.relation(schema, &name.name),
        })
    }

    /// What the schema of this number is called.
    pub(super) fn schema_name(&self, slot: usize) -> Arc<str> {
        self.environment.schema_name(slot).into()
    }

    fn table_part(
        &mut self,
        table: &Arc<Table>,
        alias: Option<&str>,
        past: Option<Past>,
        hint: &IndexHint,
    ) -> Result<Part> {
        let name = alias.unwrap_or(&table.name).to_owned();
        let (plan, mut source) = self.scan_plan(table, name, past.map(|past| past.reader), hint)?;
        source.is_alias = alias.is_some();
        Ok(Part::single(plan, source))
    }

    /// The rows of a table with all columns, those that are computed included, and what they are in a scope.
    pub(super) fn scan_plan(
        &mut self,
        table: &Arc<Table>,
        name: String,
        reader: Option<PastReader>,
        hint: &IndexHint,
    ) -> Result<(Plan, Source)> {
        let (mut scan, source) = self.scan_of(table, name);
        scan.reader = reader;
        scan.hint = hint.clone();
        if !table.columns.iter().any(TableColumn::is_virtual) && table.expressions.is_empty() {
            return Ok((Plan::Scan(Box::new(scan)), source));
        }
        let mut columns: Vec<(ColumnId, Expr)> =
            scan.columns.iter().map(|(_, id)| (*id, Expr::Column(*id))).collect();
        let computed = self.computed_columns(table, &source, &mut scan)?;
        if computed.is_empty() {
            return Ok((Plan::Scan(Box::new(scan)), source));
        }
        columns.extend(computed);
        Ok((Plan::Project { input: Plan::Scan(Box::new(scan)).into(), columns }, source))
    }

    /// What is computed when rows are read.
    pub(super) fn computed_columns(
        &mut self,
        table: &Table,
        source: &Source,
        scan: &mut Scan,
    ) -> Result<Vec<(ColumnId, Expr)>> {
        // What the schema says, it says of the table under its own name.
        let own = Source { name: table.name.clone(), ..source.clone() };
        let scopes =
            std::mem::replace(&mut self.scopes, vec![Scope { sources: vec![own], ..Scope::default() }]);
        let computed = self.computed(table, source, scan);
        self.scopes = scopes;
        computed
    }

    /// The computed columns of a table over its stored ones. The scan is told of those, and of the expressions that
    /// indexes mention.
    fn computed(&mut self, table: &Table, source: &Source, scan: &mut Scan) -> Result<Vec<(ColumnId, Expr)>> {
        let mut computed: Vec<(ColumnId, Expr)> = Vec::new();
        for position in generated_order(table)? {
            let column = &table.columns[position];
            let Some(generated) = column.generated.as_ref().filter(|_| column.is_virtual()) else { continue };
            let mut expr = self.bind_in("generated columns", &generated.expression)?;
            // What another computed column is, is written out.
            substitute(&mut expr, &computed);
            let expr = super::expression::converted(column.affinity, expr);
            scan.expressions.push((position, expr.clone()));
            computed.push((source.columns[position].id, expr));
        }
        for (number, expression) in table.expressions.iter().enumerate() {
            let mut expr = self.bind_in("index expressions", expression)?;
            substitute(&mut expr, &computed);
            scan.expressions.push((table.expression_position(number), expr));
        }
        Ok(computed)
    }

    /// A scan of all stored columns of a table, and what it is in a scope.
    pub(super) fn scan_of(&mut self, table: &Arc<Table>, name: String) -> (Scan, Source) {
        let mut columns = Vec::with_capacity(table.columns.len() + 1);
        let mut seen = Vec::with_capacity(table.columns.len());
        let origin = |position: usize| Some(Origin { table: table.clone(), position });
        let of_rowid = table.rowid_column.and_then(origin);
        let rowid = self.new_column(ColumnInfo { origin: of_rowid, ..self.rowid_info(table) });
        for (position, column) in table.columns.iter().enumerate() {
            // The rowid under a name of its own is one column, known as both.
            let id = if table.rowid_column == Some(position) {
                rowid
            } else {
                let id = self.new_column(ColumnInfo { origin: origin(position), ..self.column_info(column) });
                if !column.is_virtual() {
                    columns.push((Some(position), id));
                }
                id
            };
            seen.push(SourceColumn { name: column.name.clone(), id, merged: false, hidden: false });
        }
        let has_rowid = table.has_rowid();
        if has_rowid {
            columns.push((None, rowid));
        }
        let source = Source {
            name: name.clone(),
            is_alias: false,
            table: Some(table.name.as_str().into()),
            schema: Some(self.schema_name(table.slot)),
            columns: seen,
            rowid: has_rowid.then_some(rowid),
        };
        self.note_readable(&source, &table.name, &self.schema_name(table.slot));
        let scan = Scan {
            table: table.clone(),
            alias: name,
            reader: None,
            columns,
            access: Access::All,
            backward: false,
            hint: IndexHint::None,
            for_change: false,
            first_rows: None,
            expressions: Vec::new(),
        };
        (scan, source)
    }

    pub(super) fn query_source(&mut self, select: &Select, alias: Option<&str>) -> Result<Part> {
        let relation = self.marking_json(JsonMarks::Columns, |binder| binder.select(select))?;
        let names = self.source_names(&relation);
        let columns = relation.columns.iter().zip(names).map(|((id, _), name)| SourceColumn {
            name,
            id: *id,
            merged: false,
            hidden: false,
        });
        let columns: Vec<SourceColumn> = columns.collect();
        self.forget_readable(columns.iter().map(|column| column.id));
        for column in &columns {
            let info = &mut self.columns[column.id.0 as usize];
            info.name = Some(column.name.clone());
            // A column always has a collation, even where the expression that it shows has none.
            info.collation.get_or_insert_default();
        }
        let called: Arc<str> = alias.unwrap_or_default().into();
        self.names.extend(columns.iter().map(|column| (column.id, called.clone())));
        Ok(Part::single(relation.plan, Source::unstored(alias.unwrap_or_default(), columns)))
    }

    pub(super) fn join(
        &mut self,
        mut left: Part,
        mut right: Part,
        join: &ast::Join,
        pads_left: bool,
    ) -> Result<Part> {
        let kind = match join.kind {
            ast::JoinKind::Inner => JoinKind::Inner { fixed: false },
            ast::JoinKind::Cross => JoinKind::Inner { fixed: true },
            ast::JoinKind::Left => JoinKind::Left,
            ast::JoinKind::Right => JoinKind::Right,
            ast::JoinKind::Full => JoinKind::Full,
        };
        let mut conditions = Vec::new();
        let names = Self::shared_columns(&left, &right, join)?;
        for name in &names {
            conditions.push(self.merge_column(name, &mut left, &mut right, kind, pads_left)?);
        }
        let mut sources = left.sources;
        sources.extend(right.sources);
        let mut merged = left.merged;
        merged.extend(right.merged);
        if let JoinConstraint::On(condition) = &join.constraint {
            let level = self.scopes.len() - 1;
            self.scopes[level].sources = sources;
            self.scopes[level].merged = merged;
            let condition = self.bind_truth("JOIN/ON", condition);
            sources = std::mem::take(&mut self.scopes[level].sources);
            merged = std::mem::take(&mut self.scopes[level].merged);
            condition?.conjuncts(&mut conditions);
        }
        let mut arguments = left.arguments;
        arguments.extend(right.arguments);
        let (left, right) = (left.plan, right.plan);
        let join = Join { kind, left, right, conditions, method: JoinMethod::Nested };
        Ok(Part { plan: Plan::Join(Box::new(join)), sources, merged, arguments })
    }

    /// The columns of USING, or of both sides for NATURAL.
    fn shared_columns(left: &Part, right: &Part, join: &ast::Join) -> Result<Vec<Arc<str>>> {
        if join.natural {
            if !matches!(join.constraint, JoinConstraint::None) {
                return Err(Error::sql("a NATURAL join may not have an ON or USING clause"));
            }
            let columns = right.sources.iter().flat_map(|source| &source.columns);
            let seen = |column: &&SourceColumn| !column.hidden;
            let on_left = |source: &Source, name: &str| source.column(name).as_ref().is_some_and(seen);
            let shared = columns
                .filter(seen)
                .filter(|column| left.sources.iter().any(|source| on_left(source, &column.name)));
            return Ok(shared.map(|column| column.name.clone()).collect());
        }
        match &join.constraint {
            JoinConstraint::Using(names) => Ok(names.iter().map(|name| (&**name).into()).collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// Makes one column of the two that have a name, and gives the condition that they are equal.
    fn merge_column(
        &mut self,
        name: &Arc<str>,
        left: &mut Part,
        right: &mut Part,
        kind: JoinKind,
        pads_left: bool,
    ) -> Result<Expr> {
        let missing =
            || Error::sql(format!("cannot join using column {name} - column not present in both tables"));
        let mut holders = left
            .sources
            .iter()
            .filter_map(|source| source.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)));
        holders.next();
        // Where a row of any source may be missing, all that have the name have to be one column.
        if pads_left && holders.any(|column| !column.merged) {
            return Err(Error::sql(format!("ambiguous reference to {name} in USING()")));
        }
        let on_left = left
            .merged
            .iter()
            .find(|(merged, _)| merged.eq_ignore_ascii_case(name))
            .map(|(_, expr)| expr.clone())
            .or_else(|| {
                left.sources
                    .iter()
                    .find_map(|source| source.column(name))
                    .map(|c| self.column_expression(c.id))
            });
        let on_left = on_left.ok_or_else(missing)?;
        let columns = right.sources.iter_mut().flat_map(|source| &mut source.columns);
        let Some(column) = columns.into_iter().find(|column| column.name.eq_ignore_ascii_case(name)) else {
            return Err(missing());
        };
        column.merged = true;
        let on_right = self.column_expression(column.id);
        let merged = match kind {
            JoinKind::Right => Some(on_right.clone()),
            JoinKind::Full => {
                let both = Expr::FirstNotNull(vec![on_left.expr.clone(), on_right.expr.clone()]);
                Some(Typed { expr: both, converted: false, ..on_left.clone() })
            }
            JoinKind::Inner { .. } | JoinKind::Left => None,
        };
        if let Some(value) = merged {
            left.merged.retain(|(merged, _)| !merged.eq_ignore_ascii_case(name));
            left.merged.push((name.clone(), value));
        }
        Ok(self.compare(Comparison::Equal, on_left, on_right).expr)
    }
}

/// Puts what columns are in place of them.
fn substitute(expr: &mut Expr, computed: &[(ColumnId, Expr)]) {
    if let Expr::Column(id) = expr
        && let Some((_, value)) = computed.iter().find(|(known, _)| known == id)
    {
        *expr = value.clone();
        return;
    }
    expr.for_each_operand_mut(|operand| substitute(operand, computed));
}

/// Whether a name is that of the schema of temporary objects.
fn is_temporary_schema(name: &ObjectName) -> bool {
    let is = |names: &[&str]| names.iter().any(|known| name.name.eq_ignore_ascii_case(known));
    let own = is(&["sqlite_temp_schema", "sqlite_temp_master"]);
    match &name.schema {
        Some(schema) => {
            schema.eq_ignore_ascii_case("temp") && (own || is(&["sqlite_schema", "sqlite_master"]))
        }
        None => own,
    }
}

/// The error for a table that does not exist.
pub(super) fn no_such_table(name: &ObjectName) -> Error {
    let schema = name.schema.as_ref().map_or(String::new(), |schema| format!("{schema}."));
    Error::sql(format!("no such table: {schema}{}", name.name))
}

/// What is known of a column of a table.
fn column_info(column: &TableColumn) -> ColumnInfo {
    ColumnInfo {
        affinity: Some(column.affinity),
        collation: Some(column.collation.clone()),
        is_collated: false,
        declared_type: Some(column.declared_type.clone()),
        name: Some(column.name.clone()),
        is_mixed: false,
        is_json: false,
        is_vector: column.dimensions.is_some(),
        is_encrypted: column.is_encrypted,
        rowid_name: None,
        origin: None,
    }
}

impl Binder<'_> {
    /// What is known of a column of a table, with its type as the dialect tells it.
    pub(super) fn column_info(&self, column: &TableColumn) -> ColumnInfo {
        // Also in views, whose texts are in SQLite's spelling.
        match (self.environment.dialect() == Dialect::Postgres, &column.told_type) {
            (true, Some(told)) => ColumnInfo { declared_type: Some(told.clone()), ..column_info(column) },
            _ => column_info(column),
        }
    }

    /// What is known of the rowid: it is the column that stands for it, if there is one.
    pub(super) fn rowid_info(&self, table: &Table) -> ColumnInfo {
        match table.rowid_column {
            Some(position) => self.column_info(&table.columns[position]),
            None => ColumnInfo {
                affinity: Some(Affinity::Integer),
                declared_type: Some("INTEGER".into()),
                name: Some("rowid".into()),
                ..ColumnInfo::default()
            },
        }
    }
}
