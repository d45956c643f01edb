//! IN.

use std::collections::HashSet;
use std::sync::Arc;

use helios_core::value::{Affinity, Collation, compare};
use helios_core::{Result, ValueRef};

use super::{Context, evaluate};
use crate::chunk::{Chunk, Column};
use crate::exec::key::write_key;
use crate::exec::subquery::{self, Members};
use crate::plan::{Expr, SubqueryCall};

/// From so many values on, a set is made of the list.
const SET_FROM: usize = 12;

pub(super) fn in_list(
    negated: bool,
    operand: &Expr,
    list: &[Expr],
    collation: &Collation,
    context: &mut Context,
    input: &Chunk,
) -> Result<Column> {
    let operand = evaluate(operand, context, input)?;
    if list.len() >= SET_FROM
        && list.iter().all(|item| matches!(item, Expr::Constant(_) | Expr::Parameter(_)))
    {
        return in_constants(negated, &operand, list, collation, context);
    }
    let columns =
        list.iter().map(|item| evaluate(item, context, input)).collect::<Result<Vec<Arc<Column>>>>()?;
    let found = |row: usize| {
        let value = operand.get(row);
        let mut unknown = value.is_null() && !columns.is_empty();
        for column in &columns {
            let item = column.get(row);
            if item.is_null() || value.is_null() {
                unknown = true;
            } else if compare(value, item, collation).is_eq() {
                return Some(true);
            }
        }
        if unknown { None } else { Some(false) }
    };
    Ok((0..input.rows()).map(|row| answer(found(row), negated)).collect())
}

fn answer(found: Option<bool>, negated: bool) -> ValueRef<'static> {
    found.map_or(ValueRef::Null, |found| ValueRef::Integer(i64::from(found != negated)))
}

fn in_constants(
    negated: bool,
    operand: &Column,
    list: &[Expr],
    collation: &Collation,
    context: &mut Context,
) -> Result<Column> {
    let mut keys = HashSet::with_capacity(list.len());
    let mut has_null = false;
    for item in list {
        let value = super::constant(item, context)?;
        has_null |= value.is_null();
        let mut key = Vec::new();
        write_key([(value.as_ref(), collation)].into_iter(), &mut key);
        keys.insert(key);
    }
    let mut key = Vec::new();
    let mut out = Column::default();
    for row in 0..operand.len() {
        let value = operand.get(row);
        key.clear();
        write_key([(value, collation)].into_iter(), &mut key);
        let found = if value.is_null() {
            None
        } else if keys.contains(&key) {
            Some(true)
        } else if has_null {
            None
        } else {
            Some(false)
        };
        out.push(answer(found, negated));
    }
    Ok(out)
}

pub(super) fn in_subquery(
    negated: bool,
    operands: &[Expr],
    comparisons: &[(Option<Affinity>, Collation)],
    call: &SubqueryCall,
    context: &mut Context,
    input: &Chunk,
) -> Result<Column> {
    let operands =
        operands.iter().map(|operand| evaluate(operand, context, input)).collect::<Result<Vec<_>>>()?;
    let mut out = Column::default();
    let mut key = Vec::new();
    subquery::for_each_row(call, context, input, |row, context| {
        let members = subquery::members(call.number, comparisons, context)?;
        key.clear();
        let values =
            operands.iter().zip(comparisons).map(|(column, (_, collation))| (column.get(row), collation));
        write_key(values.clone(), &mut key);
        let has_null = values.clone().any(|(value, _)| value.is_null());
        let mut found = find(members, &key, has_null)?;
        if found.is_none() && operands.len() > 1 {
            found = find_row(members, &values)?;
        }
        out.push(answer(found, negated));
        Ok(())
    })?;
    Ok(out)
}

fn find(members: &mut Members, key: &[u8], has_null: bool) -> Result<Option<bool>> {
    Ok(if members.is_empty {
        Some(false)
    } else if has_null {
        None
    } else if members.keys.contains(key)? {
        Some(true)
    } else if members.has_null {
        None
    } else {
        Some(false)
    })
}

/// Where NULLs leave open what a key cannot tell: whether some row may be equal, column by column.
fn find_row<'a>(
    members: &mut Members,
    values: &(impl Iterator<Item = (ValueRef<'a>, &'a Collation)> + Clone),
) -> Result<Option<bool>> {
    let mut chunk = Chunk::default();
    for position in 0..members.rows.len() {
        members.rows.get(position, &mut chunk)?;
        let may_be_equal = |row: usize| {
            chunk.columns().iter().zip(values.clone()).all(|(column, (value, collation))| {
                let member = column.get(row);
                member.is_null() || value.is_null() || compare(member, value, collation).is_eq()
            })
        };
        if (0..chunk.rows()).any(may_be_equal) {
            return Ok(None);
        }
    }
    Ok(Some(false))
}
