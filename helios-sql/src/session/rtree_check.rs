//! `rtreecheck('t')`: whether an R*Tree says what its rows say (<https://sqlite.org/rtree.html#integrity_checks_using_the_rtreecheck_sql_function>).
//!
//! In: the name of a table, and of its schema before it if that is not `main`. Out: `ok`, or what is wrong, a line each.
//! The call is a query of this table, which has one row.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value, ValueRef};

use super::environment::View;
use crate::bind::Environment;
use crate::catalog::Catalog;
use crate::module::{
    IndexChoice, IndexRequest, Modules, Operator, RowSink, Usage, VirtualColumn, VirtualCursor, VirtualScan,
    VirtualTable, no_index, rtree_faults,
};

/// The columns of the arguments.
const ARGUMENTS: [usize; 2] = [1, 2];

/// The table.
#[derive(Debug)]
pub(super) struct RtreeCheck {
    columns: Vec<VirtualColumn>,
    modules: Arc<Modules>,
    /// The schemas by their numbers: what they are called, and what there is.
    schemas: Vec<(String, Arc<Catalog>)>,
}

impl RtreeCheck {
    /// What it tells of the schemas of a view.
    pub(super) fn of(view: &View) -> RtreeCheck {
        let schema = |slot: usize| (view.schema_name(slot).to_owned(), view.catalog_at(slot).clone());
        let columns = vec![
            VirtualColumn::new("report"),
            VirtualColumn::hidden("first"),
            VirtualColumn::hidden("second"),
        ];
        let schemas = (0..=view.others.len()).map(schema).collect();
        RtreeCheck { columns, modules: view.modules.clone(), schemas }
    }

    fn report(&self, names: &[String], scan: &VirtualScan<'_>) -> Result<String> {
        let nothing = || Error::sql("SQL logic error");
        let (schema, name) = match names {
            [name] => ("main", name),
            [schema, name] => (schema.as_str(), name),
            _ => return Err(nothing()),
        };
        let slot = self.schemas.iter().position(|(known, _)| known.eq_ignore_ascii_case(schema));
        let slot = slot.ok_or_else(nothing)?;
        let catalog = &self.schemas[slot].1;
        let definition = catalog.relation(name).and_then(|table| table.module.clone()).ok_or_else(nothing)?;
        let table = self.modules.connect(&definition, &**catalog)?;
        let reader = slot.checked_sub(1).and_then(|number| scan.others.get(number)).unwrap_or(scan.main);
        let faults = rtree_faults(&*table, reader).ok_or_else(nothing)??;
        Ok(if faults.is_empty() { "ok".to_owned() } else { faults.join("\n") })
    }
}

impl VirtualTable for RtreeCheck {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut choice = no_index(request);
        for column in ARGUMENTS {
            let given = request.constraints.iter().position(|constraint| {
                constraint.column == Some(column) && constraint.operator == Operator::Equal
            });
            if let Some(given) = given {
                choice.usages[given] = Usage::Exact;
            }
        }
        Ok(choice)
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let mut names = Vec::new();
        for column in ARGUMENTS {
            let given = scan.constraints.iter().position(|constraint| constraint.column == Some(column));
            let name = given.and_then(|given| scan.values[given].as_ref().text_bytes());
            names.extend(name.map(|name| String::from_utf8_lossy(&name).into_owned()));
        }
        let report = Some(self.report(&names, scan)?);
        Ok(Box::new(Report { report, names, wanted: scan.wanted.to_vec() }))
    }
}

#[derive(Debug)]
struct Report {
    report: Option<String>,
    names: Vec<String>,
    wanted: Vec<usize>,
}

impl VirtualCursor for Report {
    fn fill(&mut self, _: &Reader, out: &mut dyn RowSink) -> Result<()> {
        let Some(report) = self.report.take() else { return Ok(()) };
        for (place, column) in self.wanted.iter().enumerate() {
            let name =
                |number: usize| self.names.get(number).map_or(Value::Null, |name| name.as_str().into());
            match column {
                0 => out.value(place, ValueRef::Text(report.as_bytes())),
                1 | 2 => out.value(place, name(column - 1).as_ref()),
                _ => out.value(place, ValueRef::Integer(1)),
            }
        }
        out.end_row();
        Ok(())
    }
}
