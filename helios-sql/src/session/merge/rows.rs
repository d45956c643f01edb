//! Rows of three states become those of one.

use std::collections::HashSet;
use std::sync::Arc;

use helios_core::versioned::Space;
use helios_core::{Error, ErrorKind, Result, Value};

use super::schema::SchemaPlan;
use super::{Conflict, Merge, MergeReport, OnConflict, Side, Violation};
use crate::bind::Binder;
use crate::catalog::{Catalog, Layouts, ObjectKind, SchemaRow, Table};
use crate::session::Session;
use crate::session::hooks::HookCompiler;
use crate::table::RowId;
use crate::write::{MergedRow, Outcome, RowProgram, Site, Writer, find_sequence, write_merged};

/// Rows of a state as rows of the table that is to be.
struct Reading<'m> {
    side: &'m Side,
    table: &'m Table,
    result: &'m Table,
    /// For each column of the result, where it is in the state's table.
    places: Vec<Option<usize>>,
}

impl<'m> Reading<'m> {
    fn new(side: &'m Side, table: &'m Table, result: &'m Table) -> Reading<'m> {
        // A column is the same under another name. Columns that were made by themselves are one if they have one name.
        let has_one_space = table.space == result.space;
        let ids = table.layouts.column_ids(table.columns.len());
        let wanted = result.layouts.column_ids(result.columns.len());
        let place = |(position, id): (usize, &u32)| {
            let same = ids.iter().position(|known| has_one_space && known == id);
            let columns = result.columns.len();
            let is_other = |place: &usize| has_one_space && result.layouts.knows(ids[*place], columns);
            same.or_else(|| table.column(&result.columns[position].name).filter(|place| !is_other(place)))
        };
        Reading { side, table, result, places: wanted.iter().enumerate().map(place).collect() }
    }

    /// The row with a key; its last value is the rowid.
    fn row(&self, key: &[u8]) -> Result<Option<Vec<Value>>> {
        let Some(payload) = self.side.get(self.table.space, key)? else { return Ok(None) };
        let values = decode(self.table, key, &payload)?;
        let mut row = Vec::with_capacity(self.places.len() + 1);
        for (column, place) in self.result.columns.iter().zip(&self.places) {
            row.push(place.map_or_else(|| column.missing.clone(), |place| values[place].clone()));
        }
        row.extend(values.last().cloned());
        Ok(Some(row))
    }

    /// A row of this state with the values of `other` in the columns that the state's table does not have: a side that does
    /// not know a column has not changed it.
    fn completed(&self, row: &[Value], other: Option<&Vec<Value>>) -> Vec<Value> {
        let mut completed = row.to_vec();
        let Some(other) = other else { return completed };
        for (column, _) in self.places.iter().enumerate().filter(|(_, place)| place.is_none()) {
            completed[column].clone_from(&other[column]);
        }
        completed
    }
}

/// A stored row as values, with its rowid at the end.
pub(in crate::session) fn decode(table: &Table, key: &[u8], payload: &[u8]) -> Result<Vec<Value>> {
    let mut values = vec![Value::Null; table.columns.len() + 1];
    crate::table::RowDecoder::all(table)
        .decode(key, payload, |place, value| values[place] = value.to_value())?;
    if let RowId::Rowid(rowid) = RowId::of_key(table, key)? {
        if let Some(position) = table.rowid_column {
            values[position] = Value::Integer(rowid);
        }
        values[table.columns.len()] = Value::Integer(rowid);
    }
    Ok(values)
}

/// What people call a row by: its rowid, or its primary key.
pub(in crate::session) fn key_of(table: &Table, row: &[Value]) -> Vec<Value> {
    match table.row_columns() {
        [] => row.last().cloned().into_iter().collect(),
        columns => columns.iter().filter_map(|column| row.get(column.column?).cloned()).collect(),
    }
}

pub(super) fn with_space(catalog: &Catalog, space: Space) -> Option<&Arc<Table>> {
    catalog.tables().find(|table| table.space == space)
}

fn is_system(table: &Table) -> bool {
    ["sqlite_sequence", "sqlite_stat1"].iter().any(|name| table.name.eq_ignore_ascii_case(name))
}

impl MergeReport {
    pub(super) fn count(&mut self, was: bool, is: bool) {
        match (was, is) {
            (false, true) => self.rows_added += 1,
            (true, false) => self.rows_removed += 1,
            (true, true) => self.rows_changed += 1,
            (false, false) => {}
        }
    }
}

impl Merge {
    /// Merges schemas, settings and rows.
    pub(super) fn merge_states(&mut self, session: &mut Session) -> Result<()> {
        let mut plan = self.plan_schema()?;
        if !self.refused.is_empty() {
            return Ok(());
        }
        self.write_schema(&mut plan, session)?;
        self.merge_settings(session)?;
        let result = session.current_catalog()?;
        let renewed = self.renewed(&result, &plan, session)?;
        let theirs: Vec<Arc<Table>> = self.theirs.catalog.tables().cloned().collect();
        for table in theirs.iter().filter(|table| !table.is_internal()) {
            let restored = plan.restored.contains(&table.space);
            let space = plan.joined.get(&table.space).copied().unwrap_or(table.space);
            let Some(target) = with_space(&result, space).cloned() else { continue };
            let is_known = self.ours.catalog.tables().any(|known| known.space == target.space);
            if !is_known && !restored {
                self.copy_table(table, &target, session)?;
            } else if !is_system(table) && !renewed.has(target.space) {
                let keys = self.keys_of(table, &target, &plan)?;
                if !keys.is_empty() {
                    let rewrites = plan.rewritten.contains(&target.space);
                    self.merge_table(table, &target, (&keys, rewrites), session)?;
                }
            }
        }
        self.keep_dropped(&plan, &result, session)?;
        self.renew(renewed, session)?;
        self.merge_sequences(&result, session)?;
        for row in plan.added.iter().filter(|row| row.kind == ObjectKind::Index) {
            let Some((table, index)) = result.index(&row.name) else { continue };
            let is_known = self.ours.catalog.tables().any(|known| known.space == table.space);
            if is_known && let Err(error) = session.fill_index(&table.clone(), &index.clone()) {
                self.violation(table, Vec::new(), &error)?;
            }
        }
        self.merge_versioning(session, theirs.iter().map(|table| table.space));
        Ok(())
    }

    fn violation(&mut self, table: &Table, key: Vec<Value>, error: &Error) -> Result<()> {
        if !matches!(error.kind(), ErrorKind::Constraint(_)) {
            return Err(error.duplicate());
        }
        let message = error.message().to_owned();
        self.refused.violations.push(Violation { table: table.name.clone(), key, message });
        Ok(())
    }

    fn write_schema(&mut self, plan: &mut SchemaPlan, session: &mut Session) -> Result<()> {
        let changes = plan.replaced.len() + plan.added.len() + plan.removed.len();
        self.report.schema_changes = changes as u64;
        if let Some(transaction) = &session.transaction {
            let mut writes = transaction.writes();
            for (key, row) in &plan.kept {
                writes.put(Space::SCHEMA, key, |payload| row.write(payload));
            }
            for key in &plan.removed {
                writes.delete(Space::SCHEMA, key);
            }
            plan.dropped.iter().for_each(|space| writes.drop_space(*space));
            for (key, row) in &plan.replaced {
                writes.put(Space::SCHEMA, key, |payload| row.write(payload));
            }
            let taken = plan.replaced.iter().map(|(_, row)| row).chain(&plan.added);
            for table in taken.filter(|row| row.kind == ObjectKind::Table) {
                let source = plan.joined.iter().find(|(_, target)| **target == table.space);
                let source = source.map_or(table.space, |(source, _)| *source);
                let Some(theirs) = with_space(&self.theirs.catalog, source) else { continue };
                if !plan.restored.contains(&source) {
                    if let Some(ours) = with_space(&self.ours.catalog, table.space) {
                        ours.layouts.remove(table.space, &mut writes);
                    }
                    if source == table.space {
                        theirs.layouts.write(table.space, &mut writes);
                    } else {
                        let number = session.database.engine().reserve_space()?;
                        Layouts::anew(theirs.columns.len(), number).write(table.space, &mut writes);
                    }
                }
            }
        }
        for row in &plan.added {
            let mut row: SchemaRow = row.clone();
            if plan.restored.contains(&row.space) {
                let space = session.database.engine().reserve_space()?;
                plan.joined.insert(row.space, space);
                row.space = space;
            }
            session.write_schema_row(&row)?;
        }
        if changes > 0 {
            session.schema_changed();
        }
        Ok(())
    }

    /// Numbers such as `user_version`.
    fn merge_settings(&mut self, session: &Session) -> Result<()> {
        let Some(transaction) = &session.transaction else { return Ok(()) };
        for key in self.keys.get(&Space::SETTINGS).into_iter().flatten() {
            let [base, ours, theirs] =
                [&self.base, &self.ours, &self.theirs].map(|side| side.get(Space::SETTINGS, key));
            let (base, ours, theirs) = (base?, ours?, theirs?);
            let is_conflict = ours != theirs && ours != base && theirs != base;
            if is_conflict && self.on_conflict == OnConflict::Abort {
                self.refused.conflicts.push(Conflict {
                    table: "PRAGMA user_version".to_owned(),
                    key: Vec::new(),
                    columns: Vec::new(),
                    base: None,
                    ours: None,
                    theirs: None,
                });
            }
            if theirs != base && (ours == base || self.on_conflict == OnConflict::Theirs) {
                match theirs {
                    Some(payload) => {
                        transaction.writes().put(Space::SETTINGS, key, |out| out.extend_from_slice(&payload));
                    }
                    None => transaction.writes().delete(Space::SETTINGS, key),
                }
            }
        }
        Ok(())
    }

    /// Tables that stay although the source dropped them: rows that it had changed before were decided about, so they are
    /// written again, for those who have them as the source had.
    fn keep_dropped(&self, plan: &SchemaPlan, result: &Catalog, session: &Session) -> Result<()> {
        let Some(transaction) = &session.transaction else { return Ok(()) };
        let of_theirs: HashSet<Space> = self
            .theirs
            .catalog
            .tables()
            .map(|table| plan.joined.get(&table.space).copied().unwrap_or(table.space))
            .collect();
        let stays = |space: &Space| !of_theirs.contains(space) && with_space(result, *space).is_some();
        for space in self.ours.catalog.tables().map(|table| table.space).filter(stays) {
            for key in self.keys.get(&space).into_iter().flatten() {
                match self.ours.get(space, key)? {
                    Some(payload) => {
                        transaction.writes().put(space, key, |out| out.extend_from_slice(&payload));
                    }
                    None => transaction.writes().delete(space, key),
                }
            }
        }
        Ok(())
    }

    /// A table that the target never had: its rows and index entries are copied.
    fn copy_table(&mut self, table: &Table, result: &Arc<Table>, session: &mut Session) -> Result<()> {
        let Some(transaction) = &session.transaction else { return Ok(()) };
        let mut rows = Vec::new();
        let spaces = std::iter::once(table.space).chain(table.indexes.iter().map(|index| index.space));
        for space in spaces {
            for key in &all_keys(&self.theirs, space)? {
                let Some(payload) = self.theirs.get(space, key)? else { continue };
                transaction.writes().put(space, key, |out| out.extend_from_slice(&payload));
                if space == table.space {
                    self.report.rows_added += 1;
                    if !table.references.is_empty() {
                        let new = Some(decode(table, key, &payload)?);
                        rows.push(MergedRow { id: RowId::of_key(table, key)?, old: None, new });
                    }
                }
            }
        }
        // The log says of rows that went before that they are gone, for those who have them.
        for key in self.keys.get(&table.space).into_iter().flatten() {
            if self.theirs.get(table.space, key)?.is_none() {
                transaction.writes().delete(table.space, key);
            }
        }
        self.check_keys(result, &rows, session)
    }

    /// The rows of a table that a merge has to look at.
    pub(super) fn keys_of(&self, table: &Table, result: &Table, plan: &SchemaPlan) -> Result<Vec<Vec<u8>>> {
        if plan.restored.contains(&table.space) {
            return all_keys(&self.theirs, table.space);
        }
        let mut keys = self.keys.get(&table.space).cloned().unwrap_or_default();
        if table.space != result.space {
            keys.extend(self.keys.get(&result.space).into_iter().flatten().cloned());
        }
        // What the source dropped with the table that it made again is in no log.
        if table.space != result.space && with_space(&self.base.catalog, result.space).is_some() {
            keys.extend(all_keys(&self.base, result.space)?);
        }
        if plan.rewritten.contains(&result.space) {
            keys.extend(all_keys(&self.ours, result.space)?);
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    fn merge_table(
        &mut self,
        table: &Arc<Table>,
        result: &Arc<Table>,
        (keys, rewrites): (&[Vec<u8>], bool),
        session: &mut Session,
    ) -> Result<()> {
        let at_base = |space| with_space(&self.base.catalog, space);
        let base = at_base(table.space).or_else(|| at_base(result.space)).cloned();
        let ours = with_space(&self.ours.catalog, result.space).cloned();
        let mut rows = Vec::new();
        let mut conflicts = Vec::new();
        {
            // A table that the target dropped comes back as a whole.
            let known = base.as_deref().filter(|_| ours.is_some());
            let reading = |side, table| Reading::new(side, table, result);
            let theirs = reading(&self.theirs, &**table);
            let before = known.map(|table| reading(&self.base, table));
            let own_side = ours.as_deref().map(|table| reading(&self.ours, table));
            for key in keys {
                let row =
                    |reading: &Option<Reading<'_>>| reading.as_ref().map_or(Ok(None), |side| side.row(key));
                let (before, own, other) = (row(&before)?, row(&own_side)?, theirs.row(key)?);
                let (merged, conflict) =
                    self.merge_row(result, [own_side.as_ref(), Some(&theirs)], [&before, &own, &other]);
                conflicts.extend(conflict);
                if merged != own {
                    self.report.count(own.is_some(), merged.is_some());
                } else if own == other && own.is_some() && !rewrites {
                    continue;
                }
                rows.push(MergedRow { id: RowId::of_key(result, key)?, old: own, new: merged });
            }
        }
        self.refused.conflicts.extend(conflicts);
        // Rows that stay as they are were decided about, if both sides changed them: they are written again.
        let broken = match rewrites {
            false => session.write_rows(result, &rows)?,
            true => {
                self.clear_indexes(result, session)?;
                let anew = rows.iter().map(|row| MergedRow { old: None, ..row.clone() });
                session.write_rows(result, &anew.collect::<Vec<_>>())?
            }
        };
        for (position, error) in broken {
            let row = rows[position].new.as_ref().map(|row| key_of(result, row)).unwrap_or_default();
            self.violation(result, row, &error)?;
        }
        self.check_keys(result, &rows, session)
    }

    /// Takes away all entries of a table's indexes.
    fn clear_indexes(&self, table: &Table, session: &Session) -> Result<()> {
        let Some(transaction) = &session.transaction else { return Ok(()) };
        for index in &table.indexes {
            for key in all_keys(&self.ours, index.space)? {
                transaction.writes().delete(index.space, &key);
            }
        }
        Ok(())
    }

    /// One row, and what both sides changed in different ways.
    fn merge_row(
        &self,
        table: &Table,
        sides: [Option<&Reading<'_>>; 2],
        [base, ours, theirs]: [&Option<Vec<Value>>; 3],
    ) -> (Option<Vec<Value>>, Option<Conflict>) {
        let conflict = |columns: Vec<String>| Conflict {
            table: table.name.clone(),
            key: key_of(table, ours.as_ref().or(theirs.as_ref()).map_or(&[], |row| row)),
            columns,
            base: base.as_ref().map(|row| row[..row.len() - 1].to_vec()),
            ours: ours.as_ref().map(|row| row[..row.len() - 1].to_vec()),
            theirs: theirs.as_ref().map(|row| row[..row.len() - 1].to_vec()),
        };
        let known = |side: usize, row: &Option<Vec<Value>>, other: &Option<Vec<Value>>| {
            let other = other.as_ref().or(base.as_ref());
            row.as_ref().map(|row| sides[side].map_or_else(|| row.clone(), |side| side.completed(row, other)))
        };
        let (own, other) = (known(0, ours, theirs), known(1, theirs, ours));
        if own == other || *base == other {
            return (own, None);
        }
        if *base == own {
            return (other, None);
        }
        let takes_theirs = self.on_conflict == OnConflict::Theirs;
        let (Some(own), Some(new)) = (&own, &other) else {
            let merged = if takes_theirs { other } else { own };
            let found = (self.on_conflict == OnConflict::Abort).then(|| conflict(Vec::new()));
            return (merged, found);
        };
        let mut merged = own.clone();
        let mut columns = Vec::new();
        for (position, column) in table.columns.iter().enumerate() {
            if column.generated.is_some() || own[position] == new[position] {
                continue;
            }
            let before = base.as_ref().map(|row| &row[position]);
            if before == Some(&new[position]) {
                continue;
            }
            if before == Some(&own[position]) {
                merged[position] = new[position].clone();
                continue;
            }
            columns.push(column.name.to_string());
            if takes_theirs {
                merged[position] = new[position].clone();
            }
        }
        let is_conflict = !columns.is_empty() && self.on_conflict == OnConflict::Abort;
        (Some(merged), is_conflict.then(|| conflict(columns)))
    }

    /// Looks at the references from and to the rows of a merge.
    fn check_keys(&mut self, table: &Arc<Table>, rows: &[MergedRow], session: &mut Session) -> Result<()> {
        if rows.is_empty() || table.references.is_empty() && table.referenced_by.is_empty() {
            return Ok(());
        }
        let context = session.probing()?;
        let view = session.current_view()?;
        let mut compiler = HookCompiler::new(&view);
        let (mut outward, mut inward) = (Vec::new(), Vec::new());
        for (number, reference) in table.references.iter().enumerate() {
            if view.catalog.table(&reference.table).is_some() {
                outward.push(compiler.key_of(table, number)?);
            }
        }
        for (child, number) in &table.referenced_by {
            if let Some(child) = view.catalog.table(child) {
                inward.push(compiler.key_of(child, *number)?);
            }
        }
        let programs = compiler.finish()?;
        let mut broken = Vec::new();
        for row in rows {
            let sides = [(&row.new, &outward), (&row.old, &inward)];
            for (values, number) in sides.into_iter().flat_map(|(row, numbers)| {
                row.iter().flat_map(move |row| numbers.iter().map(move |number| (row, *number)))
            }) {
                let program = &programs.keys[number];
                let is_outward = outward.contains(&number);
                let positions = if is_outward { &program.columns } else { &program.targets };
                let picked: Vec<Value> = positions.iter().map(|position| values[*position].clone()).collect();
                if !picked.iter().any(Value::is_null) && program.is_broken(&picked, &context)? {
                    broken.push(key_of(table, values));
                }
            }
        }
        for key in broken {
            self.violation(table, key, &crate::write::broken_reference())?;
        }
        Ok(())
    }

    /// The highest rowids that tables ever had: the higher of both.
    fn merge_sequences(&mut self, result: &Catalog, session: &Session) -> Result<()> {
        let sequences = |catalog: &Catalog| catalog.table("sqlite_sequence").map(|table| table.space);
        let (Some(ours), Some(theirs)) = (sequences(&self.ours.catalog), sequences(&self.theirs.catalog))
        else {
            return Ok(());
        };
        let Some(transaction) = &session.transaction else { return Ok(()) };
        let reader = |side: &Side| helios_core::transaction::Reader::of_view(side.view.clone());
        let (our_reader, their_reader) = (reader(&self.ours), reader(&self.theirs));
        let mut added = 0;
        for table in result.tables().filter(|table| table.autoincrement) {
            let (Some(other), _) = find_sequence(theirs, &table.name, &their_reader)? else { continue };
            let (own, next) = find_sequence(ours, &table.name, &our_reader)?;
            if own.as_ref().is_some_and(|own| own.sequence >= other.sequence) {
                continue;
            }
            let rowid = own.map_or(next + added, |own| own.rowid);
            added += 1;
            let mut key = Vec::new();
            helios_core::encoding::key::write_rowid(rowid, &mut key);
            let values = [Value::text(&table.name), Value::Integer(other.sequence)];
            transaction.writes().put(ours, &key, |payload| {
                helios_core::encoding::record::write(0, values.iter().map(Value::as_ref), payload);
            });
        }
        Ok(())
    }
}

fn all_keys(side: &Side, space: Space) -> Result<Vec<Vec<u8>>> {
    use helios_core::storage::{Direction, KeyRange};
    let mut keys = Vec::new();
    let mut cursor = side.view.cursor(space, KeyRange::ALL, Direction::Forward)?;
    while cursor.advance()? {
        keys.push(cursor.key().to_vec());
    }
    Ok(keys)
}

impl Session {
    /// Writes the rows of a merge, and answers with what does not hold.
    fn write_rows(&mut self, table: &Arc<Table>, rows: &[MergedRow]) -> Result<Vec<(usize, Error)>> {
        let view = self.current_view()?;
        let checks = Binder::new(&view, table.sql.clone()).bind_row(table)?;
        let program = RowProgram::new(table, &checks)?;
        let mut context = self.probing()?;
        let Some(transaction) = &self.transaction else {
            return Err(Error::new(ErrorKind::Internal, "a merge without a transaction"));
        };
        let (rowids, waiting) = (&mut self.rowids, &mut self.waiting);
        let writes = transaction.shared_writes();
        let site = Site { slot: 0, writes, reader: view.reader.clone(), rowids, waiting };
        let mut writer = Writer {
            site,
            away: Vec::new(),
            sequences: Vec::new(),
            programs: Arc::default(),
            on_conflict: None,
            active: Vec::new(),
            outcome: Outcome::default(),
            looks_first: false,
            lent: None,
        };
        write_merged(table, &program, rows, &mut writer, &mut context)
    }
}
