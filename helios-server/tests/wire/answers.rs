//! Statements with the answers that PostgreSQL 15 gives them, which a server of helios gives too.
//!
//! Each file of `tests/answers` is a script on a database of its own: statements, and behind each of them a line `-->` with
//! the tag and the columns with the numbers of their types, then the rows; or the SQLSTATE and the message of an error,
//! and of what it tells.
//! `scripts/record-answers` writes them anew from a PostgreSQL: it sets `HELIOS_RECORD_PORT`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::client::{Client, message, text};

/// What stands before an answer.
const MARK: &str = "--> ";

/// The first number of what a database has of its own.
const FIRST_OWN: u32 = 16_384;

/// A statement of a script with its answer, and the comments before it.
struct Entry {
    comments: String,
    statement: String,
    answer: String,
}

fn entries(script: &str) -> Vec<Entry> {
    let blocks = script.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.is_empty());
    let entry = |block: &str| {
        let mut entry = Entry { comments: String::new(), statement: String::new(), answer: String::new() };
        for line in block.lines() {
            let part = match line {
                line if !entry.answer.is_empty() || line.starts_with(MARK) => &mut entry.answer,
                line if line.starts_with("--") && entry.statement.is_empty() => &mut entry.comments,
                _ => &mut entry.statement,
            };
            part.push_str(line);
            part.push('\n');
        }
        entry
    };
    blocks.map(entry).collect()
}

/// What a server answers, in the form of the scripts.
fn asked(client: &mut Client, statement: &str, script: &Path) -> String {
    let modifiers = script.ends_with("numeric.sql");
    let details = script.ends_with("errors_in_detail.sql");
    client.send(&message(b'Q', &text(statement)));
    let (messages, _) = client.until_ready();
    let (mut columns, mut rows, mut answer) = (String::new(), String::new(), String::new());
    for (kind, body) in &messages {
        match kind {
            b'T' => columns = described(body, modifiers),
            b'D' => writeln!(rows, "{}", row(body)).expect("a text takes all"),
            b'C' => {
                let tag = String::from_utf8_lossy(&body[..body.len() - 1]);
                let colon = if columns.is_empty() { "" } else { ": " };
                answer = format!("{MARK}{tag}{colon}{columns}\n{rows}");
            }
            b'E' => {
                let about = if details { in_detail(body) } else { about(body) };
                return format!("{MARK}{} {}{about}\n", field(body, b'C'), field(body, b'M'));
            }
            _ => {}
        }
    }
    answer
}

fn field(body: &[u8], name: u8) -> String {
    let mut fields = body.split(|byte| *byte == 0);
    let found = fields.find_map(|field| field.strip_prefix(&[name]));
    String::from_utf8_lossy(found.unwrap_or_default()).into_owned()
}

/// The table of an error with its constraint or column, and the values that it tells of.
fn about(body: &[u8]) -> String {
    let parts = [b't', b'n', b'c', b'D'].map(|name| field(body, name));
    let told = parts.iter().filter(|part| {
        !part.is_empty() && !part.starts_with("Failing row") && !part.ends_with("is duplicated.")
    });
    let told: Vec<&str> = told.map(String::as_str).collect();
    if parts[0].is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
}

/// All that an error tells besides its message, part by part.
fn in_detail(body: &[u8]) -> String {
    let parts = [("position", b'P'), ("detail", b'D'), ("schema", b's'), ("table", b't'), ("column", b'c')];
    let parts = parts.into_iter().chain([("constraint", b'n'), ("context", b'W')]);
    let told = parts.map(|(name, letter)| (name, field(body, letter))).filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| format!("\n    {name} {value}")).collect()
}

/// `name type, …` of a RowDescription, with the modifier of the type behind it where there is one and it is wanted.
fn described(body: &[u8], modifiers: bool) -> String {
    let mut rest = &body[2..];
    let mut columns = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let name = String::from_utf8_lossy(&rest[..end]).into_owned();
        let facts = &rest[end + 1..];
        let oid = u32::from_be_bytes([facts[6], facts[7], facts[8], facts[9]]);
        let modifier = i32::from_be_bytes([facts[12], facts[13], facts[14], facts[15]]);
        let modifier = if modifier < 0 || !modifiers { String::new() } else { format!("({modifier})") };
        // Types of the database's own have other numbers in each.
        let number = if oid < FIRST_OWN { oid.to_string() } else { "own".to_owned() };
        columns.push(format!("{name} {number}{modifier}"));
        rest = &facts[18..];
    }
    columns.join(", ")
}

/// The values of a DataRow.
fn row(body: &[u8]) -> String {
    let (mut rest, mut values) = (&body[2..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk() {
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            values.push("∅".to_owned());
            rest = after;
            continue;
        };
        let value = String::from_utf8_lossy(&after[..length]);
        values.push(value.replace('\\', "\\\\").replace('\n', "\\n").replace('|', "\\p"));
        rest = &after[length..];
    }
    let row = values.join("|");
    // No line is empty or ends with a space.
    match row.strip_suffix(' ') {
        Some(start) => format!("{start}\\s"),
        None if row.is_empty() => "\\e".to_owned(),
        None => row,
    }
}

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths
}

/// Writes a script anew with the answers of a PostgreSQL whose database is empty.
fn record(path: &Path, port: u16) {
    let mut client = Client::ready(port);
    for statement in ["SET client_min_messages = error", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]
    {
        asked(&mut client, statement, path);
    }
    let script = std::fs::read_to_string(path).expect("a script");
    let written = entries(&script).into_iter().map(|entry| match entry.statement.is_empty() {
        true => entry.comments,
        false => {
            let answer = asked(&mut client, &entry.statement, path);
            format!("{}{}{answer}", entry.comments, entry.statement)
        }
    });
    std::fs::write(path, written.collect::<Vec<_>>().join("\n")).expect("it can be written");
}

#[test]
fn statements_are_answered_as_postgresql_answers_them() {
    let port = std::env::var("HELIOS_RECORD_PORT").ok().map(|port| port.parse().expect("a port"));
    let mut differences = String::new();
    let mut count = 0;
    for path in scripts() {
        if let Some(port) = port {
            record(&path, port);
        }
        let server = super::server();
        let mut client = Client::ready(server.port());
        let script = std::fs::read_to_string(&path).expect("a script");
        for Entry { statement, answer, .. } in entries(&script) {
            if statement.is_empty() {
                continue;
            }
            count += 1;
            let found = asked(&mut client, &statement, &path);
            if found != answer {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                write!(differences, "\n{name}: {statement}PostgreSQL {answer}helios     {found}")
                    .expect("a text takes all");
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(count > 300, "only {count} statements");
}
