//! `PRAGMA integrity_check` of indexes of vectors: every row has an entry that is true of it, or is in the graph.

use std::sync::Arc;

use helios_core::Result;

use super::integrity::Problem;
use crate::catalog::{Index, Table, VectorDefinition};
use crate::exec::{Context, build, drain};
use crate::session::Session;
use crate::session::define::column_scan;
use crate::vector::{Entries, Marker};

impl Session {
    /// What is wrong with an index of vectors.
    pub(super) fn check_vector_index(
        &self,
        table: &Arc<Table>,
        (index, vector): (&Arc<Index>, &VectorDefinition),
        context: &mut Context,
    ) -> Result<Vec<Problem>> {
        let entries = Entries::read(&context.reader, index.space)?;
        let vectors = self.database.vectors();
        let graph = match entries.head {
            Some(head) => vectors.graph(self.database.store(), index, head)?.map(|graph| (graph, head)),
            None => None,
        };
        // A graph that is lost is no error: rows are searched without it.
        let known = graph.and_then(|(graph, head)| graph.rows_of(head.generation));
        let mut problems = Vec::new();
        let mut missing = |rowid: i64| {
            problems.push(Problem::of(table, format!("row {rowid} missing from index {}", index.name)));
        };
        let (mut noted, mut rest) = (0, 0);
        let Some(scan) = column_scan(table, index) else { return Ok(problems) };
        drain(&mut *build(&scan, &[])?.root, context, |chunk| {
            for row in 0..chunk.rows() {
                let rowid = chunk.value(row, 1).to_integer();
                let list = match Marker::of(vector.metric, chunk.value(row, 0)) {
                    Marker::Null => &entries.null,
                    Marker::Zero => &entries.zero,
                    _ => &entries.changed,
                };
                if list.binary_search(&rowid).is_ok() {
                    noted += 1;
                    continue;
                }
                rest += 1;
                let is_known = |rows: &Vec<i64>| rows.binary_search(&rowid).is_ok();
                if entries.mentions(rowid) || known.as_ref().is_some_and(|rows| !is_known(rows)) {
                    missing(rowid);
                }
            }
            Ok(())
        })?;
        let in_graph = known.map(|rows| rows.iter().filter(|rowid| !entries.mentions(**rowid)).count());
        let wanted = entries.changed.len() + entries.null.len() + entries.zero.len();
        if noted != wanted || in_graph.is_some_and(|in_graph| in_graph != rest) {
            problems.push(Problem::of(table, format!("wrong # of entries in index {}", index.name)));
        }
        Ok(problems)
    }
}
