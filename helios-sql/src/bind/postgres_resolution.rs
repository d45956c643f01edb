//! Values of one column from several places, in PostgreSQL's dialect: COALESCE, CASE, VALUES, UNION and their like give
//! values of one type, or are refused.
//!
//! In: bound values, or the queries of a compound. Out: the same with literals as values of the type that the others have,
//! and with days as moments beside moments.

use helios_core::{Error, Result, Value};

use super::query::Relation;
use super::{Binder, Typed};
use crate::ast::CompoundOperator;
use crate::func;
use crate::plan::{ColumnId, ColumnInfo, Expr, Function, Plan};
use crate::types::{BaseType, NoCommonType, SqlType, resolve_type};

impl Binder<'_> {
    /// Brings values to the type that they have in common. `what` is what the error calls them by.
    pub(super) fn unify<'t>(&self, what: &str, values: impl Iterator<Item = &'t mut Typed>) -> Result<()> {
        if !self.resolves_types() {
            return Ok(());
        }
        let values: Vec<&mut Typed> = values.collect();
        let types: Vec<SqlType> = values.iter().map(|value| self.sql_type(&value.expr)).collect();
        let common = resolve_type(&types).map_err(|none| self.refused_types(what, none))?;
        for (value, of) in values.into_iter().zip(types) {
            if let Some(converted) = self.become_of(value, of, common)? {
                *value = converted;
            }
        }
        Ok(())
    }

    /// The arguments of a function all of which are of one type.
    pub(super) fn unify_arguments(&self, name: &str, arguments: &mut [Typed]) -> Result<()> {
        let what = match name.to_ascii_lowercase().as_str() {
            "coalesce" => "COALESCE",
            "greatest" => "GREATEST",
            "least" => "LEAST",
            "array" => "ARRAY",
            _ => return Ok(()),
        };
        self.unify(what, arguments.iter_mut())
    }

    /// The rows of VALUES with columns of one type each.
    pub(super) fn unify_rows(&self, rows: &mut [Vec<Expr>]) -> Result<()> {
        if !self.resolves_types() || rows.len() < 2 {
            return Ok(());
        }
        let width = rows.first().map_or(0, Vec::len);
        for position in 0..width {
            let values = rows.iter().filter_map(|row| row.get(position));
            let types: Vec<SqlType> = values.map(|expr| self.sql_type(expr)).collect();
            let common = resolve_type(&types).map_err(|none| self.refused_types("VALUES", none))?;
            if types.iter().all(|of| *of == common) {
                continue;
            }
            for row in rows.iter_mut() {
                let Some(expr) = row.get_mut(position) else { continue };
                let of = self.sql_type(expr);
                let value = Typed::plain(std::mem::replace(expr, Expr::NULL));
                *expr = self.become_of(&value, of, common)?.unwrap_or(value).expr;
            }
        }
        Ok(())
    }

    /// Both queries of a compound with columns of the types that they have in common.
    pub(super) fn unify_compound(
        &mut self,
        operator: CompoundOperator,
        left: &mut Relation,
        right: &mut Relation,
    ) -> Result<()> {
        if !self.resolves_types() {
            return Ok(());
        }
        let what = match operator {
            CompoundOperator::Union | CompoundOperator::UnionAll => "UNION",
            CompoundOperator::Intersect => "INTERSECT",
            CompoundOperator::Except => "EXCEPT",
        };
        let mut wanted = Vec::with_capacity(left.columns.len());
        for ((left, _), (right, _)) in left.columns.iter().zip(&right.columns) {
            let types = [self.sql_type(&Expr::Column(*left)), self.sql_type(&Expr::Column(*right))];
            wanted.push(resolve_type(&types).map_err(|none| self.refused_types(what, none))?);
        }
        self.become_columns(left, &wanted)?;
        self.become_columns(right, &wanted)
    }

    /// The columns of a query as columns of these types.
    fn become_columns(&mut self, relation: &mut Relation, wanted: &[SqlType]) -> Result<()> {
        let mut computed: Vec<(ColumnId, Expr)> = Vec::with_capacity(relation.columns.len());
        let mut differs = false;
        for ((id, _), wanted) in relation.columns.iter().zip(wanted) {
            let of = self.sql_type(&Expr::Column(*id));
            // A literal is seen where it is written.
            let written = written_text(&relation.plan, *id);
            let value = Typed { expr: written.unwrap_or(Expr::Column(*id)), ..self.column_expression(*id) };
            match self.become_of(&value, of, *wanted)? {
                Some(converted) => {
                    let declared_type = self.type_name(&converted.expr);
                    let info = ColumnInfo { declared_type, ..self.info(*id).clone() };
                    computed.push((self.new_column(info), converted.expr));
                    differs = true;
                }
                None => computed.push((*id, Expr::Column(*id))),
            }
        }
        if differs {
            for ((id, _), (new, _)) in relation.columns.iter_mut().zip(&computed) {
                *id = *new;
            }
            let input = std::mem::replace(&mut relation.plan, Plan::Empty);
            relation.plan = Plan::Project { input: input.into(), columns: computed };
        }
        Ok(())
    }

    /// A value of one type as one of another; `None` where it stays as it is.
    fn become_of(&self, value: &Typed, of: SqlType, wanted: SqlType) -> Result<Option<Typed>> {
        if of == wanted || !wanted.is_known() {
            return Ok(None);
        }
        if of.is_known() {
            let is_moment = matches!(wanted.base, BaseType::Timestamp | BaseType::TimestampTz);
            return if is_moment && !wanted.is_array { self.cast_of(value, wanted) } else { Ok(None) };
        }
        if let Some(literal) = self.as_literal(value, wanted)? {
            return Ok(Some(literal));
        }
        let is_text = matches!(value.expr, Expr::Constant(Value::Text(_)));
        let is_read = matches!(wanted.base, BaseType::Bytea | BaseType::Json | BaseType::Jsonb);
        if is_text && (is_read || wanted.is_array) { self.cast_of(value, wanted) } else { Ok(None) }
    }

    fn cast_of(&self, value: &Typed, wanted: SqlType) -> Result<Option<Typed>> {
        let array = if wanted.is_array { "[]" } else { "" };
        let function = func::postgres_scalar(&format!("::{}{array}", wanted.catalog_name()), 1)?;
        let call =
            |function| super::function::call_of(Function::BuiltIn(function), std::slice::from_ref(value));
        Ok(function.map(call))
    }

    fn refused_types(&self, what: &str, none: NoCommonType) -> Error {
        let shown = |of| self.shown_type(of);
        Error::sql(match none {
            NoCommonType::Kinds(left, right) => {
                format!("{what} types {} and {} cannot be matched", shown(left), shown(right))
            }
            NoCommonType::Conversion(of, wanted) => {
                format!("{what} could not convert type {} to {}", shown(of), shown(wanted))
            }
        })
    }

    /// Whether a statement says what PostgreSQL's rules are for: not what its functions are made of.
    pub(super) fn resolves_types(&self) -> bool {
        self.is_postgres() && self.arguments.is_empty()
    }
}

/// The text that a column of a query is, where it is written out.
fn written_text(plan: &Plan, id: ColumnId) -> Option<Expr> {
    match plan {
        Plan::Sort { input, .. } | Plan::Limit { input, .. } | Plan::Distinct { input, .. } => {
            written_text(input, id)
        }
        Plan::Project { columns, .. } => columns
            .iter()
            .find(|(known, _)| *known == id)
            .and_then(|(_, expr)| matches!(expr, Expr::Constant(Value::Text(_))).then(|| expr.clone())),
        _ => None,
    }
}
