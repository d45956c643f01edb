//! Views: their query in place of their name.

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Error, Result};

use super::from::Part;
use super::scope::{Source, SourceColumn};
use super::{Binder, JsonMarks, distinct_names};
use crate::catalog::{Table, TableColumn};
use crate::plan::{Origin, Plan};

impl Binder<'_> {
    /// A view as a source of rows.
    pub(super) fn view_part(&mut self, view: &Arc<Table>, name: &str) -> Result<Part> {
        let (plan, source) = self.view_rows(view, name)?;
        Ok(Part::single(plan, source))
    }

    /// The rows of a view. Its query sees nothing of the statement around it.
    pub(super) fn view_rows(&mut self, view: &Arc<Table>, name: &str) -> Result<(Plan, Source)> {
        let Some(definition) = &view.view else {
            return Err(Error::sql(format!("{} is not a view", view.name)));
        };
        if self.views.iter().any(|outer| outer.eq_ignore_ascii_case(&view.name)) {
            return Err(Error::sql(format!("view {} is circularly defined", view.name)));
        }
        if !self.environment.reads_views(view.slot) {
            return Err(Error::sql(format!("access to view \"{}\" prohibited", view.name)));
        }
        self.views.push(view.name.clone());
        let scopes = std::mem::take(&mut self.scopes);
        let common = std::mem::take(&mut self.common);
        let source = std::mem::replace(&mut self.source, view.sql.clone());
        let rows = self.trigger_rows.take();
        // What a view of `temp` names may be anywhere.
        let is_temporary = self.environment.schema_name(view.slot) == "temp";
        let home = std::mem::replace(&mut self.home, (!is_temporary).then_some(view.slot));
        let within = self.within.replace(view.name.as_str().into());
        let relation = self.marking_json(JsonMarks::Columns, |binder| binder.select(&definition.select));
        self.within = within;
        self.trigger_rows = rows;
        self.home = home;
        self.source = source;
        self.common = common;
        self.scopes = scopes;
        self.views.pop();
        let relation = relation?;
        let names = &definition.columns;
        if !names.is_empty() && names.len() != relation.columns.len() {
            return Err(Error::sql(format!(
                "expected {} columns for '{}' but got {}",
                names.len(),
                view.name,
                relation.columns.len()
            )));
        }
        let mut columns: Vec<SourceColumn> = Vec::with_capacity(relation.columns.len());
        let wanted = relation.columns.iter().enumerate().map(|(position, (_, own_name))| {
            names.get(position).map_or_else(|| own_name.clone(), |name| name.as_str().into())
        });
        for (position, ((id, _), name)) in relation.columns.iter().zip(distinct_names(wanted)).enumerate() {
            let info = &mut self.columns[id.0 as usize];
            info.origin = Some(Origin { table: view.clone(), position });
            info.name = Some(name.clone());
            // A column always has a collation, even where the expression that it shows has none.
            info.collation.get_or_insert_default();
            columns.push(SourceColumn { name, id: *id, merged: false, hidden: false });
        }
        let called: Arc<str> = name.into();
        self.names.extend(columns.iter().map(|column| (column.id, called.clone())));
        let schema = self.schema_name(view.slot);
        let in_schema = Some(schema.clone());
        let source = Source { schema: in_schema, ..Source::unstored(name, columns) };
        self.note_readable(&source, &view.name, &schema);
        Ok((relation.plan, source))
    }

    /// A view whose columns are known.
    pub(super) fn view_with_columns(&mut self, view: &Arc<Table>) -> Result<Arc<Table>> {
        let (_, source) = self.view_rows(view, &view.name)?;
        let mut table = (**view).clone();
        for column in &source.columns {
            let info = self.info(column.id).clone();
            table.columns.push(TableColumn {
                declared_type: info.declared_type.unwrap_or_else(|| "".into()),
                affinity: info.affinity.unwrap_or(Affinity::Blob),
                is_encrypted: info.is_encrypted,
                collation: info.collation.unwrap_or_default(),
                ..TableColumn::untyped(&column.name)
            });
        }
        Ok(Arc::new(table))
    }

    /// Whether what is bound is a part of the schema rather than of the statement: a view or a trigger.
    pub(super) fn is_in_schema_object(&self) -> bool {
        self.in_schema || !self.views.is_empty() || self.trigger_rows.is_some()
    }
}
