//! Versions of rows as rows: ranges of time, and the columns that tell when a version was true.
//!
//! A table with a range, and a table of a statement that names `system_time` or `system_time_end`, is read through a
//! virtual table of the session ([`Environment::versions`](super::Environment::versions)): its columns are those of the
//! table and the two times.

use std::sync::Arc;

use helios_core::value::{Affinity, Collation};
use helios_core::{Error, Result};

use super::Binder;
use super::from::Part;
use super::scope::SourceColumn;
use crate::ast::{SystemTime, TimeRange};
use crate::catalog::{Table, TableColumn};
use crate::module::IndexChoice;
use crate::plan::{ColumnId, ColumnInfo, Expr, FunctionPlan, Period, Plan};

/// When a version began to be true.
const BEGIN: &str = "system_time";
/// When it ceased to be.
const END: &str = "system_time_end";

impl Binder<'_> {
    /// The period that a range names; `None` for a single moment.
    pub(super) fn period_of(&mut self, time: &SystemTime) -> Result<Option<Period>> {
        Ok(match time {
            SystemTime::AsOf(_) | SystemTime::AsOfCommit(_) => None,
            SystemTime::All => Some(Period::All),
            SystemTime::Range(range, bounds) => {
                let [from, to] = &**bounds;
                let (from, to) = (self.moment_of(from)?, self.moment_of(to)?);
                Some(match range {
                    TimeRange::FromTo => Period::FromTo(from, to),
                    TimeRange::Between => Period::Between(from, to),
                    TimeRange::ContainedIn => Period::ContainedIn(from, to),
                })
            }
        })
    }

    /// Whether the statement, or the view that is being bound, names a time of versions.
    pub(super) fn names_times(&self) -> bool {
        let text = self.source.as_bytes();
        let is_here = |at: usize| {
            text[at..].get(..BEGIN.len()).is_some_and(|part| part.eq_ignore_ascii_case(BEGIN.as_bytes()))
        };
        (0..text.len()).filter(|at| matches!(text[*at], b's' | b'S') && is_here(*at)).any(|at| {
            // FOR SYSTEM_TIME is no name.
            let before = text[..at].trim_ascii_end();
            !before.to_ascii_lowercase().ends_with(b"for")
        })
    }

    /// A table as the versions of a period. With a range, `*` shows first when each began.
    pub(super) fn versions_part(
        &mut self,
        table: &Arc<Table>,
        alias: Option<&str>,
        period: Period,
        is_range: bool,
    ) -> Result<Part> {
        let name = alias.unwrap_or(&table.name).to_owned();
        if table.slot != 0 || table.is_internal() {
            return Err(Error::sql(format!("table {} keeps no history", table.name)));
        }
        let versions = self.environment.versions(table, period)?;
        let (mut scan, mut source) = self.scan_of(table, name.clone());
        let computed = self.computed_columns(table, &source, &mut scan)?;
        let width = table.columns.len();
        let mut columns: Vec<(ColumnId, usize)> =
            scan.columns.iter().map(|(position, id)| (*id, position.unwrap_or(width + 2))).collect();
        let mut time = |name: &str| {
            let id = self.new_column(ColumnInfo {
                affinity: Some(Affinity::Text),
                collation: Some(Collation::Binary),
                is_collated: false,
                declared_type: Some("TEXT".into()),
                name: Some(name.into()),
                is_mixed: false,
                is_json: false,
                is_vector: false,
                is_encrypted: false,
                rowid_name: None,
                origin: None,
            });
            SourceColumn { name: name.into(), id, merged: false, hidden: true }
        };
        let (begin, end) = (time(BEGIN), time(END));
        columns.extend([(begin.id, width), (end.id, width + 1)]);
        if is_range {
            source.columns.insert(0, SourceColumn { hidden: false, ..begin });
        } else {
            source.columns.push(begin);
        }
        source.columns.push(end);
        let plan = FunctionPlan {
            table: versions,
            slot: table.slot,
            reader: None,
            name: name.into(),
            arguments: Vec::new(),
            constraints: Vec::new(),
            calls: Vec::new(),
            choice: Some(IndexChoice::default()),
            columns,
        };
        let mut shown: Vec<(ColumnId, Expr)> =
            plan.columns.iter().map(|(id, _)| (*id, Expr::Column(*id))).collect();
        shown.extend(computed);
        let rows = Plan::Function(Box::new(plan));
        let has_computed = table.columns.iter().any(TableColumn::is_virtual);
        let plan = if has_computed { Plan::Project { input: rows.into(), columns: shown } } else { rows };
        Ok(Part { plan, sources: vec![source], merged: Vec::new(), arguments: Vec::new() })
    }
}
