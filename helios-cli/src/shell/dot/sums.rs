//! `.sha3sum`: a sum of what the tables hold, which is the same here and in `sqlite3` where they hold the same.

use helios::sql::{Chunk, Session};
use helios::{Value, ValueRef};
use orion::hazardous::hash::sha3::sha3_224::Sha3_224;
use orion::hazardous::hash::sha3::sha3_256::Sha3_256;
use orion::hazardous::hash::sha3::sha3_384::Sha3_384;
use orion::hazardous::hash::sha3::sha3_512::Sha3_512;

use super::Command;
use super::settings::explain_usage;
use super::words::option;
use crate::failure::{Failure, Outcome};
use crate::render::{Kind, Renderer};
use crate::shell::{After, Shell};
use crate::transfer::quoted;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "sha3sum",
    least: 4,
    arguments: "...",
    summary: "Show a sum of the content of all tables, or of some",
    details: &[
        "PATTERN       Tables whose names are LIKE it, each with a sum of its own",
        "--schema      Count the definitions in, too",
        "--sha3-224    With 224 bits, as without an option",
        "--sha3-256    With 256 bits",
        "--sha3-384    With 384 bits",
        "--sha3-512    With 512 bits",
    ],
    action: sha3sum,
}];

fn sha3sum(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let (mut has_schema, mut bits, mut pattern) = (false, 224, None);
    for word in &words[1..] {
        match option(word) {
            Some("schema") => has_schema = true,
            Some("sha3-224") => bits = 224,
            Some("sha3-256") => bits = 256,
            Some("sha3-384") => bits = 384,
            Some("sha3-512") => bits = 512,
            Some(_) => {
                shell.complain(&format!("Unknown option \"{word}\" on \"{}\"", words[0]))?;
                return explain_usage(shell, "sha3sum");
            }
            None if pattern.is_none() => pattern = Some(word),
            None => return shell.usage(".sha3sum ?OPTIONS? ?LIKE-PATTERN?"),
        }
    }
    let tables = "SELECT name FROM (SELECT lower(name) AS name FROM sqlite_schema \
                      WHERE type = 'table' AND coalesce(rootpage, 0) > 1 AND (?1 OR name NOT LIKE 'sqlite_%') \
                      UNION ALL SELECT 'sqlite_schema' WHERE ?1) \
                  WHERE ?2 IS NULL OR name LIKE ?2 ORDER BY 1 COLLATE nocase";
    let wanted = pattern.map_or(Value::Null, |pattern| Value::text(pattern));
    let tables = shell.texts(tables, &[Value::boolean(has_schema), wanted])?;
    let queries: Vec<(String, String)> =
        tables.into_iter().filter_map(|table| Some((query_of(&table)?, table))).collect();
    let mut rows = Vec::new();
    if pattern.is_some() {
        for (query, table) in &queries {
            let mut sum = Sum::new(bits);
            sum.add(query, &mut shell.opened.session)?;
            rows.push(vec![sum.digits()?, table.clone()]);
        }
    } else if !queries.is_empty() {
        let mut sum = Sum::new(bits);
        for (query, _) in &queries {
            sum.add(query, &mut shell.opened.session)?;
        }
        rows.push(vec![sum.digits()?]);
    }
    let names = if pattern.is_some() { vec!["hash", "label"] } else { vec!["hash"] };
    let names = names.into_iter().map(|name| name.as_bytes().to_vec()).collect();
    let mut renderer = Renderer::new(&shell.format, Kind::Rows, names);
    for row in rows {
        let values: Vec<ValueRef<'_>> = row.iter().map(|text| ValueRef::Text(text.as_bytes())).collect();
        renderer.row(&values, &mut shell.output)?;
    }
    renderer.end(&mut shell.output)?;
    Ok(After::GoOn)
}

/// What of a table is counted, in the words of `sqlite3`, which count too.
fn query_of(table: &str) -> Option<String> {
    Some(match table {
        "sqlite_schema" => "SELECT type,name,tbl_name,sql FROM sqlite_schema ORDER BY name;".to_owned(),
        "sqlite_sequence" => "SELECT name,seq FROM sqlite_sequence ORDER BY name;".to_owned(),
        "sqlite_stat1" => "SELECT tbl,idx,stat FROM sqlite_stat1 ORDER BY tbl,idx;".to_owned(),
        _ if table.starts_with("sqlite_") => return None,
        _ => format!("SELECT * FROM {} NOT INDEXED;", quoted(table)),
    })
}

/// A sum on its way.
enum Sum {
    Of224(Sha3_224),
    Of256(Sha3_256),
    Of384(Sha3_384),
    Of512(Sha3_512),
}

impl Sum {
    fn new(bits: u32) -> Sum {
        match bits {
            256 => Sum::Of256(Sha3_256::new()),
            384 => Sum::Of384(Sha3_384::new()),
            512 => Sum::Of512(Sha3_512::new()),
            _ => Sum::Of224(Sha3_224::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) -> Outcome {
        let done = match self {
            Sum::Of224(sum) => sum.update(bytes),
            Sum::Of256(sum) => sum.update(bytes),
            Sum::Of384(sum) => sum.update(bytes),
            Sum::Of512(sum) => sum.update(bytes),
        };
        done.map_err(|error| Failure::new(error.to_string()))
    }

    fn digits(&mut self) -> Outcome<String> {
        let bytes = match self {
            Sum::Of224(sum) => sum.finalize().map(|digest| digest.as_ref().to_vec()),
            Sum::Of256(sum) => sum.finalize().map(|digest| digest.as_ref().to_vec()),
            Sum::Of384(sum) => sum.finalize().map(|digest| digest.as_ref().to_vec()),
            Sum::Of512(sum) => sum.finalize().map(|digest| digest.as_ref().to_vec()),
        };
        let bytes = bytes.map_err(|error| Failure::new(error.to_string()))?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Counts a query and its rows in.
    fn add(&mut self, query: &str, session: &mut Session) -> Outcome {
        self.update(format!("S{}:", query.len()).as_bytes())?;
        self.update(query.as_bytes())?;
        let Some(mut statement) = session.prepare(query)? else { return Ok(()) };
        session.start(&mut statement, &Chunk::default())?;
        let mut chunk = Chunk::default();
        while session.fetch(&mut statement, &mut chunk)? {
            for row in 0..chunk.rows() {
                self.update(b"R")?;
                for column in 0..chunk.width() {
                    self.add_value(chunk.value(row, column))?;
                }
            }
        }
        Ok(())
    }

    fn add_value(&mut self, value: ValueRef<'_>) -> Outcome {
        let (kind, bytes) = match value {
            ValueRef::Null => return self.update(b"N"),
            ValueRef::Integer(number) => {
                self.update(b"I")?;
                return self.update(&number.to_be_bytes());
            }
            ValueRef::Real(number) => {
                self.update(b"F")?;
                return self.update(&number.to_be_bytes());
            }
            ValueRef::Text(text) => ('T', text),
            ValueRef::Blob(bytes) => ('B', bytes),
        };
        self.update(format!("{kind}{}:", bytes.len()).as_bytes())?;
        self.update(bytes)
    }
}
