//! Which indexes would help the statements that a session has run.
//!
//! In: statements as they run, once a program has asked for that. Out: suggestions, each with a CREATE INDEX that can be
//! run as it is. An index is suggested only where the planner takes it, if it is there ([`imagine`]), and the statement
//! gets cheaper by that, with rows counted in the tables themselves ([`measure`]).
//!
//! - Of all indexes that the statements could use, the one is chosen that saves most of the time of all; then the next
//!   for those that it does not help; and so on. So statements share indexes, and none is the beginning of another.
//! - Statements that are quick anyway get none.

mod imagine;
mod measure;
mod seen;

use std::sync::Arc;
use std::time::Duration;

use helios_core::Result;

use super::Session;
use super::environment::View;
use super::explain;
use crate::ast;
use crate::bind::{Binder, Bound};
use crate::optimize::{Wish, price, wishes};
use crate::parse::parse_statement;
use crate::plan::{Access, Plan, Query};
use imagine::Imagined;
use measure::Counts;
use seen::Seen;
pub(super) use seen::SeenStatements;

/// A statement gets an index only if that makes it so many times as fast.
const LEAST_GAIN: f64 = 1.5;
/// One that takes fewer microseconds gets none.
const QUICK: f64 = 15.0;
/// A statement is content with an index that saves this share of the time that the best one would.
const GOOD_ENOUGH: f64 = 0.7;
/// What a column of an index takes off what it is worth: it is written with every row.
const COLUMN_LOSS: f64 = 0.03;
/// And what one does besides that is there only to be read.
const ADDED_LOSS: f64 = 0.12;

/// An index that would help a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The text of the statement.
    pub query: Arc<str>,
    /// Its plan, as EXPLAIN QUERY PLAN tells it: a line for each node, those below others farther in.
    pub current_plan: String,
    /// The statement that makes the index.
    pub index: String,
    /// How many times as fast the statement would be, about.
    pub speedup: f64,
    /// How often the statement was run.
    pub times_seen: u64,
    /// What an execution of it took on the average, as the engine worked; `None` if none has ended.
    pub mean_time: Option<Duration>,
}

/// A statement with what it costs.
struct Studied {
    seen: Seen,
    price: f64,
    plan: String,
    /// What it would cost with each of the indexes that are imagined, if it used that.
    with: Vec<Option<f64>>,
}

impl Session {
    /// Begins to remember the statements that are run, or forgets them.
    pub fn analyze_statements(&mut self, on: bool) {
        if on != self.seen_statements.is_some() {
            self.seen_statements = on.then(SeenStatements::default);
            self.note_times(on);
        }
    }

    /// Indexes that would help what was run since [`Session::analyze_statements`], the greatest help first; `None`
    /// without that.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn suggestions(&mut self) -> Result<Option<Vec<Suggestion>>> {
        let Some(seen) = self.seen_statements.as_ref().map(SeenStatements::all) else { return Ok(None) };
        self.suggestions_of(seen).map(Some)
    }

    /// Indexes that would help a statement, which is not run. One that cannot be compiled needs none.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn suggestions_for(&mut self, sql: &str) -> Result<Vec<Suggestion>> {
        self.suggestions_of(vec![Seen::once(sql)])
    }

    fn suggestions_of(&mut self, seen: Vec<Seen>) -> Result<Vec<Suggestion>> {
        let mut view = self.current_view()?;
        view.authorizer = None;
        let mut studied = Vec::new();
        let mut wanted: Vec<Wish> = Vec::new();
        for seen in seen {
            // What cannot be compiled any more, needs nothing.
            let Ok(Some((statement, wishes))) = study(&mut view, seen) else { continue };
            for wish in wishes {
                if !wanted.iter().any(|known| is_same(known, &wish)) {
                    wanted.push(wish);
                }
            }
            studied.push(statement);
        }
        let imagined = imagine::all(&mut view, &wanted)?;
        for statement in &mut studied {
            statement.with =
                imagined.iter().map(|index| price_with(&mut view, &statement.seen, index)).collect();
        }
        Ok(choose(&studied, &imagined))
    }
}

fn is_same(one: &Wish, other: &Wish) -> bool {
    one.table.space == other.table.space
        && one.columns.len() == other.columns.len()
        && one.begins_with(&other.columns)
}

/// What a statement costs, and which indexes it could use. `None` if it needs none.
fn study(view: &mut View, seen: Seen) -> Result<Option<(Studied, Vec<Wish>)>> {
    view.parameters = Some(seen.parameters.clone());
    view.imagined = None;
    let Some(bound) = bind(view, &seen.text)? else { return Ok(None) };
    let as_bound: Vec<Query> = bound.subqueries.iter().chain([&bound.query]).cloned().collect();
    let names = bound.names.iter().cloned().collect();
    let planned = super::compile::plan(bound, view)?;
    let wishes = wishes(as_bound.iter(), planned.subqueries.iter().chain([&planned.query]));
    if wishes.is_empty() {
        return Ok(None);
    }
    let price = price(&planned.query, &planned.subqueries, view, &Counts::new(view));
    let plan = explain::text(&planned.query, &planned.subqueries, &names);
    Ok((price >= QUICK).then(|| (Studied { seen, price, plan, with: Vec::new() }, wishes)))
}

/// What a statement costs with an index that is imagined; `None` if it does not use that.
fn price_with(view: &mut View, seen: &Seen, index: &Imagined) -> Option<f64> {
    view.parameters = Some(seen.parameters.clone());
    view.imagined = Some(index.table.clone());
    let planned = bind(view, &seen.text).ok()?.and_then(|bound| super::compile::plan(bound, view).ok());
    let result = planned.filter(|planned| {
        let all = planned.subqueries.iter().chain([&planned.query]);
        all.into_iter().any(|query| uses(query, &index.name))
    });
    let result = result.map(|planned| price(&planned.query, &planned.subqueries, view, &Counts::new(view)));
    view.imagined = None;
    result
}

/// A statement that reads tables, as a query.
fn bind(view: &View, text: &Arc<str>) -> Result<Option<Bound>> {
    let Some(parsed) = parse_statement(text)? else { return Ok(None) };
    let binder = Binder::new(view, text.clone());
    Ok(match &parsed.statement {
        ast::Statement::Select(select) => Some(binder.bind_query(select)?),
        ast::Statement::Insert(insert) => Some(binder.bind_insert(insert)?.bound),
        ast::Statement::Update(update) => Some(binder.bind_update(update)?.bound),
        ast::Statement::Delete(delete) => Some(binder.bind_delete(delete)?.bound),
        _ => None,
    })
}

/// Whether a query uses an index.
fn uses(query: &Query, name: &str) -> bool {
    let mut found = false;
    query.plan.for_each_plan(&mut |plan| {
        if let Plan::Scan(scan) = plan {
            found |= is_by(&scan.access, name);
        }
    });
    found
}

fn is_by(access: &Access, name: &str) -> bool {
    match access {
        Access::Index(access) => access.index.name == name,
        Access::AnyOf(parts) => parts.iter().any(|part| is_by(part, name)),
        Access::All | Access::Rowids(_) | Access::RowidRange(_) => false,
    }
}

/// The best index for each statement that one helps, as few indexes as do for all.
fn choose(studied: &[Studied], imagined: &[Imagined]) -> Vec<Suggestion> {
    let gain =
        |statement: &Studied, index: usize| statement.with[index].map_or(1.0, |with| statement.price / with);
    let best =
        |statement: &Studied| (0..imagined.len()).map(|index| gain(statement, index)).fold(1.0, f64::max);
    let saved = |statement: &Studied, index: usize| {
        let with = statement.with[index].unwrap_or(statement.price);
        statement.seen.times as f64 * (statement.price - with)
    };
    let most =
        |statement: &Studied| (0..imagined.len()).map(|index| saved(statement, index)).fold(0.0, f64::max);
    let is_helped = |statement: &Studied, index| {
        gain(statement, index) >= LEAST_GAIN && saved(statement, index) >= most(statement) * GOOD_ENOUGH
    };
    let mut left: Vec<&Studied> = studied.iter().filter(|statement| best(statement) >= LEAST_GAIN).collect();
    let mut suggestions = Vec::new();
    while !left.is_empty() {
        let worth = |index: usize| {
            let helped = left.iter().filter(|statement| is_helped(statement, index));
            let all: f64 = helped.map(|statement| saved(statement, index)).sum();
            let loss =
                COLUMN_LOSS * imagined[index].columns as f64 + ADDED_LOSS * imagined[index].added as f64;
            all * (1.0 - loss)
        };
        let Some(index) = (0..imagined.len()).max_by(|one, two| worth(*one).total_cmp(&worth(*two))) else {
            break;
        };
        let (helped, rest): (Vec<&Studied>, Vec<&Studied>) =
            left.into_iter().partition(|statement| is_helped(statement, index));
        if helped.is_empty() {
            break;
        }
        suggestions.extend(helped.into_iter().map(|statement| {
            let suggestion = Suggestion {
                query: statement.seen.text.clone(),
                current_plan: statement.plan.clone(),
                index: imagined[index].sql.clone(),
                speedup: gain(statement, index),
                times_seen: statement.seen.times,
                mean_time: statement.seen.mean_time(),
            };
            (saved(statement, index), suggestion)
        }));
        left = rest;
    }
    suggestions.sort_by(|(one, _), (two, _)| two.total_cmp(one));
    suggestions.into_iter().map(|(_, suggestion)| suggestion).collect()
}
