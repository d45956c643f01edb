//! What PostgreSQL does to a value on its way into a column: it becomes one of the column's type, or that is an error.
//!
//! And what only its dialect writes where rows are made: DEFAULT in the place of a value, and fewer values than columns.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::function::call_of;
use super::{Binder, Typed};
use crate::ast::{Arguments, Expression, Insert, Name, Select, SelectTerm};
use crate::catalog::{Table, TableColumn};
use crate::func;
use crate::parse::{Identity, IdentityKind};
use crate::plan::{ColumnId, Expr, Function, Plan};
use crate::types::{BaseType, SqlType};

impl Binder<'_> {
    /// A value as the column of a table takes it.
    pub(super) fn assignable(&self, table: &Table, position: usize, value: Expr) -> Result<Expr> {
        if !self.is_postgres() {
            return Ok(value);
        }
        let Some(column) = table.columns.get(position) else { return Ok(value) };
        if table.rowid_column == Some(position) && !is_next_key(&value) {
            return self.key_that_is_given(table, position, value);
        }
        self.become_of_column(column, value)
    }

    /// A value for a key that is the rowid: NULL is none, unless it stands for DEFAULT.
    fn key_that_is_given(&self, table: &Table, position: usize, value: Expr) -> Result<Expr> {
        let Some(column) = table.columns.get(position) else { return Ok(value) };
        let value = self.become_of_column(column, value)?;
        let may_be_null = !matches!(value, Expr::Constant(Value::Integer(_)));
        let Some(function) = func::postgres_scalar("given_key", 3)?.filter(|_| may_be_null) else {
            return Ok(value);
        };
        let name = |name: &str| Typed::plain(Expr::Constant(Value::text(name)));
        let arguments = [Typed::plain(value), name(&table.name), name(&column.name)];
        Ok(call_of(Function::BuiltIn(function), &arguments).expr)
    }

    fn become_of_column(&self, column: &TableColumn, value: Expr) -> Result<Expr> {
        let Some(wanted) = SqlType::named(column.told_type()) else { return Ok(value) };
        let of_value = self.sql_type(&value);
        let limits = limits_of(&column.declared_type);
        let name = match wanted.base {
            _ if wanted.is_array || value == Expr::NULL => return Ok(value),
            BaseType::Enum(_) => return self.enum_value(Typed::plain(value), wanted).map(|value| value.expr),
            BaseType::Varchar if !limits.is_empty() => "varchar_fits".to_owned(),
            BaseType::Character if !limits.is_empty() => "bpchar_fits".to_owned(),
            BaseType::Numeric if !limits.is_empty() => "numeric_fits".to_owned(),
            base if !needs_cast(base, of_value, &value) => return Ok(value),
            BaseType::Vector | BaseType::Unknown | BaseType::Int2Vector | BaseType::OidVector => {
                return Ok(value);
            }
            _ => format!("::{}", wanted.catalog_name()),
        };
        let taken = if name.starts_with("::") { &[][..] } else { &limits[..] };
        let Some(function) = func::postgres_scalar(&name, 1 + taken.len())? else { return Ok(value) };
        let is_whole = matches!(wanted.base, BaseType::SmallInt | BaseType::Integer | BaseType::BigInt);
        let value = if is_whole { self.rounded(Typed::plain(value))? } else { Typed::plain(value) };
        let mut arguments = vec![value];
        arguments.extend(taken.iter().map(|limit| Typed::plain(Expr::Constant(Value::Integer(*limit)))));
        Ok(call_of(Function::BuiltIn(function), &arguments).expr)
    }

    /// What only PostgreSQL refuses of an assignment in UPDATE.
    pub(super) fn check_assignment(&self, table: &Table, position: usize, is_again: bool) -> Result<()> {
        if !self.is_postgres() {
            return Ok(());
        }
        let name = &table.columns[position].name;
        if is_again {
            return Err(Error::sql(format!("multiple assignments to same column \"{name}\"")));
        }
        match table.rowid_column == Some(position) && is_always_identity(table) {
            true => Err(Error::sql(format!("column \"{name}\" can only be updated to DEFAULT"))),
            false => Ok(()),
        }
    }

    /// The rows of an INSERT with their values as the columns take them. `places` are the columns of the rows with the
    /// positions that they go to.
    pub(super) fn assignable_rows(
        &mut self,
        table: &Table,
        plan: Plan,
        columns: &mut [ColumnId],
        places: &[(usize, usize)],
    ) -> Result<Plan> {
        if !self.is_postgres() {
            return Ok(plan);
        }
        if let Plan::Values { columns: ids, mut rows } = plan {
            for row in &mut rows {
                for &(place, position) in places {
                    if let Some(value) = row.get_mut(place) {
                        *value = self.assignable(table, position, std::mem::replace(value, Expr::NULL))?;
                    }
                }
            }
            return Ok(Plan::Values { columns: ids, rows });
        }
        let mut computed = Vec::with_capacity(columns.len());
        let mut differs = false;
        for (place, id) in columns.iter().enumerate() {
            let position = places.iter().find(|(known, _)| *known == place).map(|(_, position)| *position);
            let value = match position {
                Some(position) => self.assignable(table, position, Expr::Column(*id))?,
                None => Expr::Column(*id),
            };
            differs |= value != Expr::Column(*id);
            computed.push(value);
        }
        if !differs {
            return Ok(plan);
        }
        let named: Vec<(ColumnId, Expr)> = computed
            .into_iter()
            .zip(columns.iter_mut())
            .map(|(value, id)| {
                let info = self.info(*id).clone();
                *id = self.new_column(info);
                (*id, value)
            })
            .collect();
        Ok(Plan::Project { input: plan.into(), columns: named })
    }

    /// An INSERT that names its columns, as many as there are values, and without those that get their defaults; `None`
    /// where it already is like that.
    pub(super) fn plain_insert(&self, insert: &Insert, table: &Arc<Table>) -> Result<Option<Insert>> {
        if !self.is_postgres() {
            return Ok(None);
        }
        for (place, column) in insert.columns.iter().enumerate() {
            if insert.columns[..place].iter().any(|other| other.text.eq_ignore_ascii_case(&column.text)) {
                return Err(Error::sql(format!("duplicate column name: {}", column.text)));
            }
        }
        let Some(width) = insert.source.as_deref().and_then(width_of) else { return Ok(None) };
        let filled = table.columns.iter().filter(|column| column.generated.is_none() && !column.is_hidden);
        let mut columns = insert.columns.clone();
        if columns.is_empty() {
            let named =
                filled.map(|column| Name { text: column.name.to_string(), place: Default::default() });
            columns = named.collect();
            if width > columns.len() {
                return Ok(None);
            }
            columns.truncate(width);
        }
        let mut plain = Insert { columns, ..insert.clone() };
        let Some(SelectTerm::Values(rows)) = plain.source.as_deref_mut().map(|select| &mut select.first)
        else {
            check_identity(&plain, table, |_| false)?;
            return Ok((plain.columns.len() < filled_count(table)).then_some(plain));
        };
        let identity = identity_of(&plain.columns, table);
        if let (Some(place), Some(false)) = (identity, plain.overriding) {
            let default = crate::parse::default_call();
            rows.iter_mut().filter_map(|row| row.get_mut(place)).for_each(|value| *value = default.clone());
        }
        let rows_seen = rows.clone();
        check_identity(insert, table, |place| {
            rows_seen.iter().all(|row| row.get(place).is_none_or(is_default))
        })?;
        for place in (0..width.min(plain.columns.len())).rev() {
            if rows.iter().all(|row| row.get(place).is_some_and(is_default)) {
                plain.columns.remove(place);
                rows.iter_mut().for_each(|row| {
                    row.remove(place);
                });
            }
        }
        for row in rows.iter_mut() {
            for (value, name) in row.iter_mut().zip(&plain.columns).filter(|(value, _)| is_default(value)) {
                *value = default_value(table, &name.text);
            }
        }
        if plain.columns.is_empty() {
            plain.source = None;
        }
        Ok(Some(plain))
    }
}

fn is_always_identity(table: &Table) -> bool {
    Identity::of(&table.sql).is_some_and(|identity| identity.kind == IdentityKind::Always)
}

/// Where the column stands that `GENERATED ALWAYS AS IDENTITY` is said of.
fn identity_of(columns: &[Name], table: &Table) -> Option<usize> {
    let key = table.columns.get(table.rowid_column?)?;
    let is_always = is_always_identity(table);
    columns.iter().position(|name| is_always && name.text.eq_ignore_ascii_case(&key.name))
}

/// An error if an identity column is given values that it does not take.
fn check_identity(insert: &Insert, table: &Table, is_default: impl Fn(usize) -> bool) -> Result<()> {
    let columns: Vec<Name> = match insert.columns.is_empty() {
        true => {
            let names = table.columns.iter().filter(|column| column.generated.is_none() && !column.is_hidden);
            names.map(|column| Name { text: column.name.to_string(), place: Default::default() }).collect()
        }
        false => insert.columns.clone(),
    };
    match identity_of(&columns, table) {
        Some(place) if insert.overriding.is_none() && !is_default(place) => Err(Error::sql(format!(
            "cannot insert a non-DEFAULT value into column \"{}\"",
            columns[place].text
        ))),
        _ => Ok(()),
    }
}

/// What stands for DEFAULT in a row beside others that have a value there.
fn default_value(table: &Table, name: &str) -> Expression {
    let column = table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    let is_key = table
        .rowid_column
        .and_then(|at| table.columns.get(at))
        .is_some_and(|key| key.name.eq_ignore_ascii_case(name) && key.default.is_none());
    if is_key {
        return super::postgres::plain_call(NEXT_KEY, Vec::new());
    }
    match column.and_then(|column| column.default.as_ref()) {
        // A bare word as a default is a text.
        Some((Expression::Column(word), _)) if word.double_quoted => {
            Expression::Literal(Value::text(&word.column))
        }
        Some((default, _)) => default.clone(),
        None => Expression::Literal(Value::Null),
    }
}

fn filled_count(table: &Table) -> usize {
    table.columns.iter().filter(|column| column.generated.is_none() && !column.is_hidden).count()
}

/// How many values a source has in a row, where that can be seen.
fn width_of(select: &Select) -> Option<usize> {
    match &select.first {
        SelectTerm::Values(rows) => rows.first().map(Vec::len),
        SelectTerm::Select(core) => {
            let is_one = |column: &crate::ast::ResultColumn| {
                matches!(column, crate::ast::ResultColumn::Expression { .. })
            };
            core.columns.iter().all(is_one).then_some(core.columns.len())
        }
    }
}

/// Whether a value is the word DEFAULT.
pub(super) fn is_default(value: &Expression) -> bool {
    let Expression::Function(call) = value else { return false };
    let is_empty = matches!(&call.arguments, Arguments::List { values, .. } if values.is_empty());
    call.name == crate::parse::DEFAULT_CALL && is_empty
}

/// Whether a value may be something that a column of a type does not hold as it is.
fn needs_cast(wanted: BaseType, of_value: SqlType, value: &Expr) -> bool {
    use BaseType::{BigInt, Double, Integer, Json, Jsonb, Name, Real, SmallInt, Text, Unknown, Varchar};
    // Values of parameters are read as what the column is.
    if matches!(value, Expr::Parameter(_)) {
        return matches!(wanted, SmallInt | Integer | Json | Jsonb);
    }
    if of_value.is_array {
        return false;
    }
    let is_text = matches!(wanted, Text | Varchar | BaseType::Character);
    match of_value.base {
        Unknown if is_text => !matches!(value, Expr::Constant(Value::Text(_))),
        Text | Varchar | Name if is_text => false,
        Integer | SmallInt if matches!(wanted, BigInt | Integer) => false,
        BigInt | Integer | SmallInt | Double | Real if matches!(wanted, Double | Real) => false,
        known => wanted != known,
    }
}

/// The numbers in the parentheses of a declared type.
pub(super) fn limits_of(declared: &str) -> Vec<i64> {
    let inside =
        declared.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let mut limits: Vec<i64> =
        inside.unwrap_or_default().split(',').filter_map(|limit| limit.trim().parse().ok()).collect();
    let is_numeric = SqlType::named(declared).is_some_and(|declared| declared.base == BaseType::Numeric);
    if is_numeric && limits.len() == 1 {
        limits.push(0);
    }
    limits
}

/// The function that stands for the next number of a key that is the rowid: it gives NULL.
const NEXT_KEY: &str = "next_key";

/// Whether a value stands for the next number of a key.
fn is_next_key(value: &Expr) -> bool {
    matches!(value, Expr::Call { function, .. } if format!("{function:?}") == NEXT_KEY)
}
