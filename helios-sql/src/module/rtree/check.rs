//! Whether the tree says what the rows say, and the tree anew from the rows.

use std::collections::HashSet;

use helios_core::Result;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;

use super::super::{Shelf, VirtualTable};
use super::node::{Entry, ROOT, damaged};
use super::table::RtreeTable;

/// So many faults are told at most, as SQLite's `rtreecheck` does.
const MOST_FAULTS: usize = 100;

/// So many rows are read at a time when the tree is made anew.
const ROWS_AT_ONCE: usize = 1000;

/// What is wrong with a table; nothing, as a rule. `None` if it is no R*Tree.
pub fn faults(table: &dyn VirtualTable, reader: &Reader) -> Option<Result<Vec<String>>> {
    let table: &RtreeTable = table.as_any().downcast_ref()?;
    Some(table.faults(reader))
}

struct Checking<'a> {
    reader: &'a Reader,
    faults: Vec<String>,
    nodes: u64,
    seen: HashSet<i64>,
}

impl RtreeTable {
    fn faults(&self, reader: &Reader) -> Result<Vec<String>> {
        let mut checking = Checking { reader, faults: Vec::new(), nodes: 0, seen: HashSet::new() };
        let height = match self.tree()?.read(reader, ROOT) {
            Ok(root) => root.height,
            Err(_) => {
                return Ok(vec![format!("Node {ROOT} missing from database")]);
            }
        };
        self.check_node(&mut checking, height, None, ROOT)?;
        let entries = checking.seen.len() as u64;
        for (rows, name, expected) in
            [(&self.rows()?.stored, "rowid", entries), (&self.tree()?.nodes, "node", checking.nodes)]
        {
            let mut actual = 0;
            rows.scan(reader, KeyRange::ALL, Direction::Forward, &mut |_, _| {
                actual += 1;
                Ok(true)
            })?;
            if actual != expected {
                let counts = format!("expected {expected}, actual {actual}");
                checking.faults.push(format!("Wrong number of entries in %_{name} table - {counts}"));
            }
        }
        checking.faults.truncate(MOST_FAULTS);
        Ok(checking.faults)
    }

    fn check_node(
        &self,
        checking: &mut Checking<'_>,
        level: usize,
        above: Option<&Entry>,
        number: i64,
    ) -> Result<()> {
        if checking.faults.len() >= MOST_FAULTS {
            return Ok(());
        }
        let Ok(node) = self.tree()?.read(checking.reader, number) else {
            checking.faults.push(format!("Node {number} missing from database"));
            return Ok(());
        };
        checking.nodes += 1;
        if above.is_some_and(|above| node.region() != Some(above.region)) {
            checking.faults.push(format!("Node {number} is corrupt relative to parent"));
        }
        for (place, entry) in node.entries.iter().enumerate() {
            let pairs = entry.region.bounds.as_chunks::<2>().0;
            if pairs.iter().any(|[least, greatest]| least > greatest) {
                checking.faults.push(format!("Dimension of cell {place} on node {number} is corrupt"));
            }
            if level > 0 {
                self.check_node(checking, level - 1, Some(entry), entry.id)?;
                continue;
            }
            let row = self.rows()?.read(checking.reader, entry.id)?;
            if !checking.seen.insert(entry.id) || row.is_none_or(|(region, _)| region != entry.region) {
                checking
                    .faults
                    .push(format!("Mapping ({} -> {number}) missing from %_rowid table", entry.id));
            }
        }
        Ok(())
    }

    /// Makes the tree anew from the rows.
    pub(super) fn renew_tree(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        let (rows, tree) = (self.rows()?, self.tree()?);
        let mut numbers = Vec::new();
        tree.nodes.scan(shelf.reader(), KeyRange::ALL, Direction::Forward, &mut |key, _| {
            numbers.push(tree.nodes.rowid(key)?);
            Ok(true)
        })?;
        numbers.into_iter().for_each(|number| shelf.delete_row(&*tree.nodes, number));
        tree.initialize(shelf)?;
        let mut next = Some(i64::MIN);
        while let Some(first) = next.take() {
            let first = rows.stored.rowid_key(first);
            let mut entries = Vec::new();
            let range = KeyRange::new(&first, None);
            rows.stored.scan(shelf.reader(), range, Direction::Forward, &mut |key, values| {
                let (id, (region, _)) = (rows.stored.rowid(key)?, rows.parts(values)?);
                entries.push(Entry { id, region });
                Ok(entries.len() < ROWS_AT_ONCE)
            })?;
            if entries.len() == ROWS_AT_ONCE {
                next = entries.last().ok_or_else(damaged)?.id.checked_add(1);
            }
            entries.into_iter().try_for_each(|entry| tree.insert(entry, shelf))?;
        }
        Ok(())
    }
}
