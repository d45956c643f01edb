//! Random scripts: values of all kinds in all modes; definitions, rows and dumps.

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};

use crate::shells::{compare, has_oracle};

const MODES: &[&str] = &[
    "ascii", "box", "column", "csv", "html", "insert", "json", "line", "list", "markdown", "qbox", "quote",
    "table", "tabs", "tcl",
];

/// What texts are made of.
const PIECES: &[&str] = &[
    "a",
    "b",
    "Z",
    "0",
    "9",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "'",
    "\"",
    ",",
    "|",
    ";",
    "é",
    "日本",
    "\\",
    "\\n",
    "&",
    "<",
    ">",
    "_",
    "-",
    "--",
    "/*",
    "*/",
    "x'",
    "\u{1}",
    "\u{7f}",
    "word",
    "longer words here",
    "\u{301}",
];

/// Floats of which both shells write the same digits.
const REALS: &[&str] = &["0.5", "1.25", "-3.0", "1e10", "0.125", "100.0", "-0.75"];

/// One of some texts.
fn one<'t>(numbers: &mut Numbers, texts: &[&'t str]) -> &'t str {
    texts[numbers.below(texts.len())]
}

fn text(numbers: &mut Numbers) -> String {
    (0..numbers.below(12)).map(|_| one(numbers, PIECES)).collect()
}

/// A name without line ends, which lists of names are written with.
fn name(numbers: &mut Numbers) -> String {
    let name: String = text(numbers).replace(['\n', '\r'], " ");
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(numbers: &mut Numbers) -> String {
    match numbers.below(10) {
        0 => "NULL".to_owned(),
        1 | 2 => (numbers.next_u64() as i64 >> numbers.below(64)).to_string(),
        3 => one(numbers, REALS).to_owned(),
        4 => {
            let length = numbers.below(6);
            let digits: String = numbers.bytes(length).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
        _ => format!("'{}'", text(numbers).replace('\'', "''")),
    }
}

/// What stands between words.
fn space(numbers: &mut Numbers) -> &'static str {
    one(numbers, &[" ", "\n", "  ", " /* c; */ ", " -- d;\n"])
}

fn switch(numbers: &mut Numbers) -> &'static str {
    one(numbers, &["on", "off"])
}

/// A command that changes how rows are shown.
fn setting(numbers: &mut Numbers) -> String {
    match numbers.below(8) {
        0..=3 => {
            let mut command = format!(".mode {}", one(numbers, MODES));
            if numbers.one_in(2) {
                command.push_str(&format!(" --wrap {}", numbers.below(21)));
            }
            if numbers.one_in(3) {
                command.push_str(&format!(" --wordwrap {}", switch(numbers)));
            }
            if numbers.one_in(3) {
                command.push_str(one(numbers, &[" --quote", " --noquote", " --ww"]));
            }
            command
        }
        4 => format!(".headers {}", switch(numbers)),
        5 => {
            let widths: Vec<String> =
                (0..numbers.below(4)).map(|_| (numbers.below(25) as i64 - 12).to_string()).collect();
            format!(".width {}", widths.join(" "))
        }
        6 => format!(".nullvalue {}", one(numbers, &["NULL", "-", "\"a b\"", "é"])),
        _ => format!(".separator {}", one(numbers, &[":", "\"--\"", "ab", "\",\" \"|\\n\"", "\\t"])),
    }
}

/// Rows of values in one mode after another.
fn rows(numbers: &mut Numbers) -> String {
    let mut script = String::new();
    for _ in 0..3 + numbers.below(7) {
        script.push_str(&setting(numbers));
        let width = 1 + numbers.below(4);
        let names: Vec<String> =
            (0..width).map(|at| if numbers.one_in(3) { name(numbers) } else { format!("c{at}") }).collect();
        let mut selects = Vec::new();
        for row in 0..numbers.below(6) {
            let cells = names.iter().map(|name| {
                let value = literal(numbers);
                if row == 0 { format!("{value} AS {name}") } else { value }
            });
            selects.push(format!("SELECT {}", cells.collect::<Vec<_>>().join(", ")));
        }
        match selects.is_empty() {
            true => script.push_str("\nSELECT 1 WHERE 0;\n"),
            false => script.push_str(&format!("\n{};\n", selects.join(" UNION ALL "))),
        }
    }
    script
}

/// Tables with rows, indexes, views and triggers, looked at and dumped.
fn definitions(numbers: &mut Numbers) -> String {
    let mut script = String::new();
    let mut tables: Vec<(String, usize)> = Vec::new();
    let types = ["", " text", " integer", " real", " blob", " default 5", " not null default 0"];
    for number in 0..4 + numbers.below(10) {
        let space = space(numbers);
        if tables.is_empty() || numbers.one_in(3) {
            let name = match numbers.below(4) {
                0 => format!("t{number}"),
                1 => format!("'q{number}'"),
                2 => format!("[b {number}]"),
                _ => name(numbers).replacen('"', &format!("\"n{number}"), 1),
            };
            let width = 1 + numbers.below(3);
            let columns: Vec<String> =
                (0..width).map(|at| format!("{space}\"c {at}\"{}", one(numbers, &types))).collect();
            script.push_str(&format!("create table{space}{name}({});\n", columns.join(",")));
            tables.push((name, width));
            continue;
        }
        let (table, width) = numbers.pick(&tables).clone();
        let line = match numbers.below(8) {
            0..=2 => {
                let rows = (0..1 + numbers.below(3)).map(|_| {
                    let values: Vec<String> = (0..width).map(|_| literal(numbers)).collect();
                    format!("({})", values.join(","))
                });
                format!("insert into {table}{space}values{};", rows.collect::<Vec<_>>().join(","))
            }
            3 => format!("create index i{number} on {table}(\"c 0\");"),
            4 => format!("create view v{number} as select *,{space}{} as x from {table};", literal(numbers)),
            5 => format!(
                "create trigger r{number} after insert on {table} begin{space}select 1; delete from {table} where 0; end;"
            ),
            6 => one(
                numbers,
                &[
                    ".tables",
                    ".indexes",
                    ".schema",
                    ".schema t%",
                    ".tables %1",
                    ".changes on",
                    ".echo on",
                    ".echo off",
                ],
            )
            .to_string(),
            _ => format!("select * from {table};{}", one(numbers, &["", " select 2;", " -- x", "/* y */"])),
        };
        script.push_str(&format!("{line}\n"));
    }
    script.push_str(one(numbers, &[".dump", ".dump --newlines", ".dump --preserve-rowids"]));
    script.push_str("\n.schema\n.tables\n");
    script
}

/// Runs scripts of a kind, each with numbers of its own.
fn compare_all(make: fn(&mut Numbers) -> String) -> TestResult {
    if !has_oracle() {
        return Ok(());
    }
    with_seed(|numbers| {
        for _ in 0..repeats(60, 2000) {
            compare(&[], &make(&mut numbers.fork()));
        }
        Ok(())
    })
}

#[test]
fn random_rows_are_shown_as_sqlite3_shows_them() -> TestResult {
    compare_all(rows)
}

#[test]
fn random_definitions_are_told_and_dumped_as_sqlite3_does_it() -> TestResult {
    compare_all(definitions)
}
