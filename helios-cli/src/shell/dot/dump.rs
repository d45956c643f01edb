//! `.dump`: a database as SQL.
//!
//! The text is that of `sqlite3`, but for virtual tables: their definition stands there and the rows of those that keep
//! rows of their own, with rowids; what a virtual table stores in other tables, it makes itself.

use std::io::Write;

use helios::{Value, ValueRef};

use super::Command;
use super::words::option;
use crate::failure::Outcome;
use crate::render::{quoted_name, write_value_literal};
use crate::shell::statement::text;
use crate::shell::{After, Shell};
use crate::virtual_tables::{Rows, language_column, rows_of};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "dump",
    least: 1,
    arguments: "?OBJECTS?",
    summary: "Write a database, or what has names like OBJECTS, as SQL",
    details: &[
        "--data-only            Write INSERT statements alone",
        "--newlines             Leave line breaks in texts as they are",
        "--nosys                Leave out tables with names that begin with \"sqlite_\"",
        "--preserve-rowids      Write rowids, too",
    ],
    action: dump,
}];

/// What is written.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    data_only: bool,
    keeps_newlines: bool,
    keeps_rowids: bool,
    leaves_system: bool,
}

fn dump(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let mut wanted = Wanted::default();
    let mut patterns = Vec::new();
    for word in &words[1..] {
        match option(word) {
            Some("data-only") => wanted.data_only = true,
            Some("newlines") => wanted.keeps_newlines = true,
            Some("preserve-rowids") => wanted.keeps_rowids = true,
            Some("nosys") => wanted.leaves_system = true,
            Some(_) => return shell.refuse(&format!("Unknown option \"{word}\" on \".dump\"")),
            None => patterns.push(Value::text(word)),
        }
    }
    // One moment for all tables.
    let begins = !shell.opened.session.in_transaction();
    if begins {
        shell.rows("BEGIN", &[])?;
    }
    let done = shell.dump(wanted, &patterns);
    if begins {
        shell.rows("ROLLBACK", &[])?;
    }
    done.map(|()| After::GoOn)
}

impl Shell {
    fn dump(&mut self, wanted: Wanted, patterns: &[Value]) -> Outcome {
        if !wanted.data_only {
            writeln!(self.output, "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;")?;
        }
        let likes: Vec<String> =
            (1..=patterns.len()).map(|number| format!("name LIKE ?{number} ESCAPE '\\'")).collect();
        let condition =
            if likes.is_empty() { "true".to_owned() } else { format!("({})", likes.join(" OR ")) };
        let shadows = self.texts("SELECT name FROM pragma_table_list WHERE type = 'shadow'", &[])?;
        let tables = self.rows(
            &format!(
                "SELECT name, sql FROM sqlite_schema WHERE {condition} AND type = 'table' AND sql IS NOT NULL \
                 ORDER BY tbl_name = 'sqlite_sequence', rowid"
            ),
            patterns,
        )?;
        let mut indexed = Vec::new();
        for row in tables {
            let [name, sql] = &row[..] else { continue };
            let (name, sql) = (text(name), text(sql));
            let is_left_out = wanted.leaves_system && name.starts_with("sqlite_");
            if !is_left_out && !shadows.contains(&name) {
                self.dump_table(wanted, &name, &sql, &mut indexed)?;
            }
        }
        if !wanted.data_only {
            self.dump_others(&condition, patterns)?;
        }
        // Their texts may be those of views.
        for name in indexed {
            writeln!(self.output, "INSERT INTO {0}({0}) VALUES('rebuild');", quoted_name(&name))?;
        }
        match wanted.data_only {
            true => Ok(()),
            false => Ok(writeln!(self.output, "COMMIT;")?),
        }
    }

    fn dump_others(&mut self, condition: &str, patterns: &[Value]) -> Outcome {
        let others = self.texts(
            &format!(
                "SELECT sql FROM sqlite_schema WHERE {condition} AND sql IS NOT NULL \
                 AND type IN ('index', 'trigger', 'view') ORDER BY rowid"
            ),
            patterns,
        )?;
        for sql in others {
            // As in `sqlite3`, whether the dashes begin a comment or not.
            let end = if sql.contains("--") { "\n;" } else { ";" };
            writeln!(self.output, "{sql}{end}")?;
        }
        Ok(())
    }

    fn dump_table(&mut self, wanted: Wanted, name: &str, sql: &str, indexed: &mut Vec<String>) -> Outcome {
        let rows = rows_of(sql);
        if !wanted.data_only {
            match name {
                "sqlite_sequence" => writeln!(self.output, "DELETE FROM sqlite_sequence;")?,
                _ if name.starts_with("sqlite_stat") => writeln!(self.output, "ANALYZE sqlite_schema;")?,
                _ if name.starts_with("sqlite_") => return Ok(()),
                _ => self.write_definition(sql)?,
            }
        }
        match rows {
            Some(Rows::None | Rows::Nowhere) => Ok(()),
            Some(Rows::Elsewhere) => {
                indexed.push(name.to_owned());
                Ok(())
            }
            Some(Rows::Own) | None => self.dump_rows(wanted, name, rows.is_some()),
        }
    }

    /// Writes the rows of a table as INSERT statements.
    pub(super) fn write_rows(&mut self, table: &str) -> Outcome {
        self.dump_rows(Wanted::default(), table, false)
    }

    fn dump_rows(&mut self, wanted: Wanted, name: &str, is_virtual: bool) -> Outcome {
        let infos = self.rows("SELECT name, type, pk FROM pragma_table_info(?1)", &[Value::text(name)])?;
        let names: Vec<String> = infos.iter().filter_map(|row| row.first()).map(text).collect();
        let mut columns: Vec<String> = names.iter().map(|name| quoted_name(name)).collect();
        if is_virtual {
            let infos = self.rows("SELECT * FROM pragma_table_xinfo(?1)", &[Value::text(name)])?;
            columns.extend(language_column(&infos).map(|name| quoted_name(&name)));
        }
        let rowid = if is_virtual || wanted.keeps_rowids { self.rowid_of(name, &infos)? } else { None };
        let mut into = quoted_name(name);
        if let Some(rowid) = rowid {
            columns.insert(0, rowid.to_owned());
            into.push_str(&format!("({})", columns.join(",")));
        }
        if columns.is_empty() {
            return Ok(());
        }
        let sql = format!("SELECT {} FROM {}", columns.join(", "), quoted_name(name));
        let session = &mut self.opened.session;
        let _running = self.interrupts.stops(session.interrupt_handle());
        let Some(mut statement) = session.prepare(&sql)? else { return Ok(()) };
        session.start(&mut statement, &helios::sql::Chunk::default())?;
        let mut chunk = helios::sql::Chunk::default();
        while session.fetch(&mut statement, &mut chunk)? {
            for row in 0..chunk.rows() {
                write!(self.output, "INSERT INTO {into} VALUES(")?;
                for column in 0..chunk.width() {
                    if column > 0 {
                        self.output.write_all(b",")?;
                    }
                    let value: ValueRef<'_> = chunk.value(row, column);
                    write_value_literal(value, wanted.keeps_newlines, &mut self.output)?;
                }
                self.output.write_all(b");\n")?;
            }
        }
        Ok(())
    }

    /// What the rowid of a table is called, where it has one that is no column.
    fn rowid_of(&mut self, name: &str, infos: &[Vec<Value>]) -> Outcome<Option<&'static str>> {
        let keys: Vec<&Vec<Value>> = infos.iter().filter(|row| row[2].as_ref().to_integer() > 0).collect();
        if let [key] = keys[..]
            && text(&key[1]).eq_ignore_ascii_case("INTEGER")
        {
            return Ok(None);
        }
        let is_taken = |alias: &str| infos.iter().any(|row| text(&row[0]).eq_ignore_ascii_case(alias));
        let Some(alias) = ["rowid", "_rowid_", "oid"].into_iter().find(|alias| !is_taken(alias)) else {
            return Ok(None);
        };
        // A table WITHOUT ROWID has none.
        let has_rowid =
            self.opened.session.prepare(&format!("SELECT {alias} FROM {}", quoted_name(name))).is_ok();
        Ok(has_rowid.then_some(alias))
    }
}
