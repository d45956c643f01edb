//! CREATE and DROP of tables and indexes: rows of `sqlite_schema`, and spaces.

use std::sync::Arc;

use helios_core::encoding::{key, record};
use helios_core::storage::{Direction, KeyRange};
use helios_core::value::Affinity;
use helios_core::versioned::Space;
use helios_core::{Constraint, Error, ErrorKind, Result, Value, ValueRef};

use super::Session;
use super::sequence::SEQUENCE_SQL;
use super::statement::{SchemaStamp, Statement};
use super::transaction::Failure;
use crate::ast::{self, CreateIndex, CreateTable, Drop, ObjectName};
use crate::catalog::{Catalog, Index, ObjectKind, SchemaRow, Table, define_index, define_table};
use crate::chunk::Chunk;
use crate::parse::parse_statement;
use crate::table::write_entry;

impl Session {
    fn current_catalog(&mut self) -> Result<Arc<Catalog>> {
        let (reader, stamp) = self.current_reader()?;
        self.catalog_for(&reader, stamp)
    }

    pub(super) fn create_table(
        &mut self,
        statement: &Statement,
        create: &CreateTable,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        if catalog.table(name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            return Err(Error::sql(format!("table {name} already exists")).into());
        }
        if catalog.index(name).is_some() {
            return Err(Error::sql(format!("there is already an index named {name}")).into());
        }
        check_name(name)?;
        if let Some(select) = &create.select {
            return self.create_table_as(statement, name, select);
        }
        let sql: Arc<str> = format!("CREATE TABLE {}", create.tail.of(&statement.text)).into();
        self.define(create, sql, &catalog)?;
        Ok(())
    }

    /// Writes the rows of a new table and of the indexes of its constraints.
    fn define(&mut self, create: &CreateTable, sql: Arc<str>, catalog: &Catalog) -> Result<()> {
        let table = define_table(create, sql.clone(), Space(0))?;
        let name = table.name.clone();
        let row = self.schema_row(ObjectKind::Table, &name, &name, Some(sql))?;
        self.write_schema_row(&row)?;
        for index in &table.indexes {
            let row = self.schema_row(ObjectKind::Index, &index.name, &name, None)?;
            self.write_schema_row(&row)?;
        }
        let sequence = "sqlite_sequence";
        if table.autoincrement && catalog.table(sequence).is_none() {
            let row = self.schema_row(ObjectKind::Table, sequence, sequence, Some(SEQUENCE_SQL.into()))?;
            self.write_schema_row(&row)?;
        }
        self.schema_changed();
        self.check_expressions(&name)
    }

    /// Compiles an INSERT of defaults, which finds names in CHECK and DEFAULT that nothing has.
    fn check_expressions(&mut self, name: &str) -> Result<()> {
        let text = format!("INSERT INTO {} DEFAULT VALUES", quoted(name));
        self.prepare(&text).map(drop)
    }

    fn create_table_as(
        &mut self,
        statement: &Statement,
        name: &str,
        select: &ast::Select,
    ) -> Result<(), Failure> {
        let (reader, stamp) = self.current_reader()?;
        let columns = self.columns_of(statement, select, reader, stamp)?;
        let text = format!("CREATE TABLE {}({columns})", quoted_if_needed(name));
        let Some(ast::Statement::CreateTable(create)) =
            parse_statement(&text)?.map(|parsed| parsed.statement)
        else {
            return Err(Error::new(
                ErrorKind::Internal,
                "a definition that was written here is not understood",
            )
            .into());
        };
        let catalog = self.current_catalog()?;
        self.define(&create, text.into(), &catalog)?;
        let insert = ast::Insert {
            with: Vec::new(),
            on_conflict: None,
            table: ObjectName { schema: None, name: name.to_owned() },
            alias: None,
            columns: Vec::new(),
            source: Some(Box::new(select.clone())),
            upserts: Vec::new(),
            returning: Vec::new(),
        };
        let mut filling = Statement::internal(statement, ast::Statement::Insert(Box::new(insert)));
        let changes = (self.changes, self.total_changes, self.last_insert_rowid);
        self.start(&mut filling, &Chunk::new(Vec::new(), 1))?;
        (self.changes, self.total_changes, self.last_insert_rowid) = changes;
        Ok(())
    }

    /// The columns of a query as column definitions.
    fn columns_of(
        &mut self,
        statement: &Statement,
        select: &ast::Select,
        reader: helios_core::transaction::Reader,
        stamp: SchemaStamp,
    ) -> Result<String> {
        let outputs = self.bind_outputs(&statement.text, select, reader, stamp)?;
        let mut names: Vec<String> = Vec::with_capacity(outputs.len());
        let mut columns = Vec::with_capacity(outputs.len());
        for (name, affinity) in outputs {
            let mut unique = name.to_string();
            let mut number = 0;
            while names.iter().any(|known| known.eq_ignore_ascii_case(&unique)) {
                number += 1;
                unique = format!("{name}:{number}");
            }
            let declared = match affinity {
                None | Some(Affinity::Blob) => "",
                Some(Affinity::Text) => " TEXT",
                Some(Affinity::Numeric) => " NUM",
                Some(Affinity::Integer) => " INT",
                Some(Affinity::Real) => " REAL",
            };
            columns.push(format!("{}{declared}", quoted_if_needed(&unique)));
            names.push(unique);
        }
        Ok(columns.join(","))
    }

    pub(super) fn create_index(
        &mut self,
        statement: &Statement,
        create: &CreateIndex,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        if catalog.index(name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            return Err(Error::sql(format!("index {name} already exists")).into());
        }
        if catalog.table(name).is_some() {
            return Err(Error::sql(format!("there is already a table named {name}")).into());
        }
        check_name(name)?;
        let Some(table) = catalog.table(&create.table).cloned() else {
            return Err(Error::sql(format!("no such table: main.{}", create.table)).into());
        };
        if table.is_internal() {
            return Err(Error::sql(format!("table {} may not be indexed", create.table)).into());
        }
        let index = define_index(create, &table, Space(0))?;
        let unique = if create.unique { "UNIQUE " } else { "" };
        let sql = format!("CREATE {unique}INDEX {}", create.tail.of(&statement.text));
        let row = self.schema_row(ObjectKind::Index, name, &table.name, Some(sql.into()))?;
        self.write_schema_row(&row)?;
        self.schema_changed();
        self.fill_index(&table, &Index { space: row.space, ..index })?;
        Ok(())
    }

    /// Writes the entries of a new index.
    fn fill_index(&mut self, table: &Table, index: &Index) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let Some(transaction) = &self.transaction else { return Ok(()) };
        let wanted: Vec<usize> = (0..table.columns.len()).collect();
        let mut start = Vec::new();
        let mut values = vec![Value::Null; table.columns.len()];
        let mut seen = foldhash::HashSet::default();
        loop {
            let guard = reader.scan(table.space);
            let mut cursor = guard.cursor(KeyRange::new(&start, None), Direction::Forward)?;
            let mut entries: Vec<(Vec<u8>, Option<i64>)> = Vec::new();
            let mut more = true;
            while entries.len() < crate::chunk::CHUNK_ROWS {
                more = cursor.advance()?;
                if !more {
                    break;
                }
                let rowid = key::read_rowid(&mut cursor.key())?;
                values.fill(Value::Null);
                record::Record::open(cursor.version().payload)?
                    .visit(&wanted, |place, value| values[place] = value.to_value())?;
                let mut entry = Vec::new();
                let value = |column: Option<usize>| match column {
                    Some(position) => values[position].as_ref(),
                    None => ValueRef::Integer(rowid),
                };
                let alone = write_entry(index, rowid, value, &mut entry);
                entries.push((entry, alone.then_some(rowid)));
                start = key::after_prefix(cursor.key()).unwrap_or_default();
            }
            drop(cursor);
            drop(guard);
            let mut writes = transaction.writes();
            for (entry, rowid) in entries {
                if rowid.is_some() && !seen.insert(entry.clone()) {
                    return Err(duplicate(table, index));
                }
                writes.put(index.space, &entry, |payload| {
                    if let Some(rowid) = rowid {
                        key::write_rowid(rowid, payload);
                    }
                });
            }
            if !more {
                return Ok(());
            }
        }
    }

    pub(super) fn drop_table(&mut self, drop: &Drop) -> Result<(), Failure> {
        check_schema(&drop.name)?;
        let catalog = self.current_catalog()?;
        let Some(table) = catalog.table(&drop.name.name) else {
            if drop.if_exists {
                return Ok(());
            }
            return Err(no_such("table", &drop.name).into());
        };
        if table.is_internal() || table.name.eq_ignore_ascii_case("sqlite_sequence") {
            let name = if table.is_internal() { "sqlite_master" } else { &drop.name.name };
            return Err(Error::sql(format!("table {name} may not be dropped")).into());
        }
        let name = table.name.clone();
        let spaces: Vec<Space> =
            std::iter::once(table.space).chain(table.indexes.iter().map(|index| index.space)).collect();
        if table.autoincrement {
            self.forget_sequence(&name)?;
        }
        self.remove_schema_rows(|row| row.table.eq_ignore_ascii_case(&name))?;
        self.drop_spaces(&spaces);
        Ok(())
    }

    pub(super) fn drop_index(&mut self, drop: &Drop) -> Result<(), Failure> {
        check_schema(&drop.name)?;
        let catalog = self.current_catalog()?;
        let Some((_, index)) = catalog.index(&drop.name.name) else {
            if drop.if_exists {
                return Ok(());
            }
            return Err(no_such("index", &drop.name).into());
        };
        if index.origin != crate::catalog::IndexOrigin::Statement {
            return Err(Error::sql(
                "index associated with UNIQUE or PRIMARY KEY constraint cannot be dropped",
            )
            .into());
        }
        let (name, space) = (index.name.clone(), index.space);
        self.remove_schema_rows(|row| row.kind == ObjectKind::Index && row.name.eq_ignore_ascii_case(&name))?;
        self.drop_spaces(&[space]);
        Ok(())
    }

    fn drop_spaces(&mut self, spaces: &[Space]) {
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            spaces.iter().for_each(|space| writes.drop_space(*space));
        }
        spaces.iter().for_each(|space| self.rowids.forget(*space));
        self.schema_changed();
    }

    fn schema_row(
        &self,
        kind: ObjectKind,
        name: &str,
        table: &str,
        sql: Option<Arc<str>>,
    ) -> Result<SchemaRow> {
        let space = self.database.engine().reserve_space()?;
        Ok(SchemaRow { kind, name: name.to_owned(), table: table.to_owned(), space, sql })
    }

    fn write_schema_row(&mut self, row: &SchemaRow) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let rowid = self.rowids.next(Space::SCHEMA, &reader, &**self.database.entropy())?;
        let mut row_key = Vec::new();
        key::write_rowid(rowid, &mut row_key);
        if let Some(transaction) = &self.transaction {
            transaction.writes().put(Space::SCHEMA, &row_key, |payload| row.write(payload));
        }
        self.rowids.inserted(Space::SCHEMA, rowid);
        Ok(())
    }

    fn remove_schema_rows(&mut self, goes: impl Fn(&SchemaRow) -> bool) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let mut keys = Vec::new();
        let guard = reader.scan(Space::SCHEMA);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            if goes(&SchemaRow::from_payload(cursor.version().payload)?) {
                keys.push(cursor.key().to_vec());
            }
        }
        drop(cursor);
        drop(guard);
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            keys.iter().for_each(|key| writes.delete(Space::SCHEMA, key));
        }
        self.rowids.forget(Space::SCHEMA);
        Ok(())
    }
}

fn duplicate(table: &Table, index: &Index) -> Error {
    let name = |column: &crate::catalog::IndexColumn| match column.column.or(table.rowid_column) {
        Some(position) => format!("{}.{}", table.name, table.columns[position].name),
        None => format!("{}.rowid", table.name),
    };
    let columns: Vec<String> = index.columns.iter().map(name).collect();
    let message = format!("UNIQUE constraint failed: {}", columns.join(", "));
    Error::new(ErrorKind::Constraint(Constraint::Unique), message)
}

fn no_such(kind: &str, name: &ObjectName) -> Error {
    let schema = name.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
    Error::sql(format!("no such {kind}: {schema}{}", name.name))
}

fn check_schema(name: &ObjectName) -> Result<()> {
    match name.schema.as_deref() {
        Some(schema) if !schema.eq_ignore_ascii_case("main") => {
            Err(Error::sql(format!("unknown database {schema}")))
        }
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.len() >= 7 && name.is_char_boundary(7) && name[..7].eq_ignore_ascii_case("sqlite_") {
        return Err(Error::sql(format!("object name reserved for internal use: {name}")));
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn quoted_if_needed(name: &str) -> String {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    // A word of the grammar needs quotes; whether it is one, the parser knows.
    if plain && parse_statement(&format!("SELECT 1 AS {name}")).is_ok_and(|parsed| parsed.is_some()) {
        name.to_owned()
    } else {
        quoted(name)
    }
}
