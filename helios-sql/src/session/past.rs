//! The moments that a statement reads.
//!
//! In: what names moments, bound. Out: readers in the places that the plan has for them. A plan is right for each moment at
//! which the schema was the one that it was made for, so it is made once, and what names moments is looked up for each
//! execution.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use helios_core::clock::Moment;
use helios_core::transaction::Present;
use helios_core::{Error, ErrorKind, Result, Value};

use super::Session;
use super::branches::check_reach;
use super::moment::{Zone, moment_in};
use super::sources::Sources;
use super::statement::Statement;
use crate::bind::NamedMoment;
use crate::catalog::{Catalog, Table};
use crate::chunk::Chunk;
use crate::exec::{Context, eval};
use crate::plan::{Expr, PastReader};

/// A moment that a statement reads.
#[derive(Clone, Debug)]
pub(super) struct UsedPast {
    /// What names it.
    pub(super) named: NamedMoment,
    /// The schema that there was, as the database keeps it.
    pub(super) catalog: Arc<Catalog>,
    /// Where the plan reads it.
    pub(super) reader: PastReader,
    /// The tables whose history has to reach back to it.
    pub(super) tables: Vec<Arc<Table>>,
    /// The moment, if what names it names the same the next time.
    pub(super) fixed: Cell<Option<Moment>>,
    /// A moment that was named, and the state in which that was looked up: in the same one it is what it was.
    pub(super) seen: RefCell<Option<(Moment, Weak<Present>)>>,
}

impl UsedPast {
    /// A moment that was named, and the one that was found then.
    pub(super) fn new(
        named: NamedMoment,
        catalog: Arc<Catalog>,
        reader: PastReader,
        (moment, found): (Moment, Moment),
    ) -> UsedPast {
        let fixed = Cell::new(fixed_moment(&named, moment, found));
        UsedPast { named, catalog, reader, tables: Vec::new(), fixed, seen: RefCell::default() }
    }
}

/// A moment that was named and found, if it is the same whenever it is named.
fn fixed_moment(named: &NamedMoment, moment: Moment, found: Moment) -> Option<Moment> {
    let changes = match named {
        NamedMoment::Known(_) => false,
        NamedMoment::Time(expr) | NamedMoment::Commit(expr) => expr.changes_by_itself(),
    };
    // One that is still to come is found to be now.
    (moment == found && !changes).then_some(found)
}

/// The value of an expression that names a time.
pub(super) fn constant_of(expr: &Expr, context: &mut Context) -> Result<Value> {
    if expr.has_subquery() || expr.any(&mut |part| matches!(part, Expr::Column(_) | Expr::Outer(_))) {
        return Err(Error::sql("AS OF needs a constant expression"));
    }
    eval::constant(expr, context)
}

/// The moment that is named, if `value` knows what its expression is.
pub(super) fn moment_named(
    named: &NamedMoment,
    zone: &Zone,
    mut value: impl FnMut(&Expr) -> Result<Option<Value>>,
) -> Result<Option<Moment>> {
    let of_commit = |number: Value| match number {
        Value::Integer(number) if number > 0 => Ok(Moment(number as u64)),
        _ => Err(Error::sql("AS OF COMMIT needs the number of a commit (see helios_commits)")),
    };
    match named {
        NamedMoment::Known(moment) => Ok(Some(*moment)),
        NamedMoment::Time(time) => value(time)?.map(|value| moment_in(zone, value.as_ref())).transpose(),
        NamedMoment::Commit(number) => value(number)?.map(of_commit).transpose(),
    }
}

impl Session {
    /// Looks up what a statement reads of the past, for its next execution. `false` if it has to be compiled anew, because
    /// the schema was another one then.
    pub(super) fn renew_pasts(
        &mut self,
        statement: &Statement,
        sources: &Sources,
        parameters: &Chunk,
    ) -> Result<bool> {
        if statement.pasts.is_empty() {
            return Ok(true);
        }
        for used in &statement.pasts {
            let moment = self.moment_now(&used.named, sources, parameters)?;
            if !self.renew_past(used, moment)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The moment that is named, for an execution.
    fn moment_now(&self, named: &NamedMoment, sources: &Sources, parameters: &Chunk) -> Result<Moment> {
        let value = |expr: &Expr| match expr {
            Expr::Constant(value) => Ok(Some(value.clone())),
            _ => {
                let reader = sources.reader.clone();
                let mut context = Context::new(reader, None, self.facts(), Default::default());
                context.parameters = parameters.clone();
                constant_of(expr, &mut context).map(Some)
            }
        };
        let named = moment_named(named, &self.zone, value)?;
        named.ok_or_else(|| Error::new(ErrorKind::Internal, "a moment has no value"))
    }

    /// Looks up what is read of the past. `false` if the schema was another one then.
    fn renew_past(&self, used: &UsedPast, moment: Moment) -> Result<bool> {
        let mut seen = used.seen.borrow_mut();
        if let Some((at, present)) = &*seen
            && *at == moment
            && let Some(reader) = self.database.same_past(self.branch, moment, present)?
        {
            used.reader.set(Some(reader));
            return Ok(true);
        }
        *seen = None;
        let found = self.database.past(self.branch, moment)?;
        if !Arc::ptr_eq(&found.catalog, &used.catalog) {
            return Ok(false);
        }
        for table in &used.tables {
            check_reach(&**found.present.state(), self.branch, table, found.moment)?;
        }
        used.fixed.set(fixed_moment(&used.named, moment, found.moment));
        used.reader.set(Some(found.reader));
        if found.moment == moment {
            *seen = Some((moment, Arc::downgrade(&found.present)));
        }
        Ok(true)
    }
}
