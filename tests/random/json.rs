//! JSON: documents of RFC 8259 and of JSON5, texts that are none, JSONB, paths, and all functions and operators on them.
//!
//! No query stands among the arguments: what it gives is JSON in helios and not in SQLite ("json-of-a-query").

use helios_testkit::seed::Numbers;
use helios_tests::answer::Order;

use crate::expression::{Generator, Name};
use crate::function::Call;
use crate::program::Statement;
use crate::window::columns_of;

/// Functions of JSON and what they take: see [`crate::function`].
const CALLS: &[Call] = &[
    ("json", "j"),
    ("jsonb", "j"),
    ("json_array", "a*"),
    ("jsonb_array", "ja*"),
    ("json_array_insert", "jpa"),
    ("json_array_length", "j?p"),
    ("json_error_position", "j"),
    ("json_extract", "jp*"),
    ("jsonb_extract", "jp*"),
    ("json_insert", "jpa?pj"),
    ("json_object", "taoj"),
    ("jsonb_object", "oa"),
    ("json_patch", "jj"),
    ("jsonb_patch", "jj"),
    ("json_pretty", "j?s"),
    ("json_quote", "a"),
    ("json_remove", "jp*"),
    ("jsonb_remove", "jp*"),
    ("json_replace", "jpa?pj"),
    ("json_set", "jpa?pj"),
    ("jsonb_set", "jpj"),
    ("json_type", "j?p"),
    ("json_valid", "j?v"),
    ("json_valid", "kv"),
];

const NAMES: &[&str] = &["a", "b", "c", "ab", "", "a.b", "x y", "\u{e4}", "1", "$a", "_x"];

const NUMBERS: &[&str] =
    &["0", "1", "-1", "12", "1.5", "-0.25", "1e3", "2.5E-1", "9223372036854775807", "-0"];

const LOOSE_NUMBERS: &[&str] = &[
    "+1",
    ".5",
    "5.",
    "0x1F",
    "-0x2",
    "Infinity",
    "-Infinity",
    "NaN",
    "9223372036854775808",
    "01",
    "1e",
    "-",
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "ab c",
    "\\n",
    "\\u00e4",
    "\\ud83d\\ude00",
    "\\\"",
    "\\\\",
    "\u{e4}\u{672c}",
    "1",
    "null",
    "\\/",
    "\\t x",
];

const LOOSE_TEXTS: &[&str] = &["\\x41", "\\v", "\\0", "\\q", "\\u12", "\\ud83d", "\t", "it\\'s", "\\\n"];

/// JSONB. What a function makes of bytes that are none is not settled, but for those that look whether they are.
const BYTES: &[&str] = &[
    "x'00'",
    "x'01'",
    "x'02'",
    "x'0b'",
    "x'0c'",
    "x'1331'",
    "x'1761'",
    "x'2b1331'",
    "x'4c17611331'",
    "x'33312e35'",
];

/// Bytes that are no JSONB, or not clean.
const BAD_BYTES: &[&str] = &[
    "x''",
    "x'ff'",
    "x'23312e'",
    "x'3b133113'",
    "x'c30231'",
    "x'b300'",
    "x'7b22'",
    "x'0000'",
    "x'5b5d'",
    "x'1341'",
];

impl Generator<'_> {
    /// SELECT of some JSON, mostly for nothing but itself.
    pub(crate) fn with_json(&mut self) -> Statement {
        self.queries = 0;
        match self.numbers.below(10) {
            0 | 1 => self.json_rows(),
            2 => self.json_of_table(),
            3 => self.json_of_groups(),
            _ => {
                let count = self.numbers.below(3) + 1;
                let texts: Vec<String> =
                    (0..count).map(|number| format!("{} AS o{number}", self.json_value(2))).collect();
                Statement::new(format!("SELECT {}", texts.join(", ")), Order::Exact)
            }
        }
    }

    fn json_value(&mut self, depth: usize) -> String {
        match self.numbers.below(8) {
            0 => format!("typeof({})", self.json_call(depth)),
            1 | 2 => self.json_arrow(depth),
            3 => format!("{} {} {}", self.json_call(depth), self.pick(&["=", "||", "<", "IS"]), self.leaf()),
            _ => self.json_call(depth),
        }
    }

    fn json_call(&mut self, depth: usize) -> String {
        self.call_of(CALLS, depth)
    }

    /// What should be JSON, as an expression.
    pub(crate) fn json(&mut self, depth: usize) -> String {
        if depth > 0 && self.one_in(3) {
            return match self.numbers.below(4) {
                0 => self.json_arrow(depth - 1),
                _ => self.json_call(depth - 1),
            };
        }
        match self.numbers.below(30) {
            0 => self.pick(BYTES).to_owned(),
            1 => self.leaf(),
            2..=4 => format!("jsonb({})", self.document()),
            _ => self.document(),
        }
    }

    /// Bytes, which are no JSONB.
    pub(crate) fn bad_bytes(&mut self) -> String {
        self.pick(BAD_BYTES).to_owned()
    }

    /// A document as a literal. What is none makes the whole statement an error.
    fn document(&mut self) -> String {
        let is_loose = self.one_in(4);
        let mut text = document(self.numbers, 3, is_loose);
        if self.one_in(25) {
            let place = self.numbers.below(text.chars().count() + 1);
            let bad = self.pick(&["", ",", "\"", "]", "}", ":", "x", "//", "/*"]);
            text = text.chars().take(place).collect::<String>()
                + bad
                + &text.chars().skip(place + 1).collect::<String>();
        }
        format!("'{}'", text.replace('\'', "''"))
    }

    /// A path, good mostly.
    pub(crate) fn json_path(&mut self, depth: usize) -> String {
        match self.numbers.below(25) {
            0 => {
                return self.quoted(&[
                    "", "a", "$.", "$[", "$[a]", "$x", "$[-1]", "$[#-", "$[#+1]", "$.\"a", "$..a",
                ]);
            }
            1 if depth > 0 => return self.value(depth - 1),
            _ => {}
        }
        let mut path = "$".to_owned();
        for _ in 0..self.numbers.below(4) {
            let part = match self.numbers.below(6) {
                0 => format!("[{}]", self.numbers.below(4)),
                1 => format!("[#-{}]", self.numbers.below(3) + 1),
                2 => "[#]".to_owned(),
                3 => format!(".\"{}\"", self.pick(NAMES)),
                _ => format!(".{}", self.pick(&NAMES[..4])),
            };
            path.push_str(&part);
        }
        format!("'{path}'")
    }

    /// The name of a member, as an expression.
    pub(crate) fn json_name(&mut self) -> String {
        self.quoted(NAMES)
    }

    /// `->` and `->>`, whose right side is a path, a name or a number.
    fn json_arrow(&mut self, depth: usize) -> String {
        let operator = self.pick(&["->", "->>"]);
        let right = match self.numbers.below(5) {
            0 | 1 => self.json_name(),
            2 => (self.numbers.below(5) as i64 - 2).to_string(),
            3 => self.quoted(&["[0]", "[#-1]", "0", "-1", "a[0]", "#", "[a]", "$"]),
            _ => self.json_path(depth),
        };
        format!("({} {operator} {right})", self.json(depth))
    }

    /// Rows of `json_each` and its like.
    fn json_rows(&mut self) -> Statement {
        let function = self.pick(&["json_each", "json_tree", "jsonb_each", "jsonb_tree"]);
        let document = self.json(1);
        let path = if self.one_in(2) { format!(", {}", self.json_path(0)) } else { String::new() };
        let filter = self.pick(&[
            "",
            "",
            "",
            " WHERE atom IS NOT NULL",
            " WHERE type <> 'null'",
            " WHERE key > 0",
            " WHERE parent IS NULL",
            " ORDER BY fullkey DESC",
            " LIMIT 2 OFFSET 1",
        ]);
        let columns =
            self.pick(&["*", "*", "*", "id, parent, fullkey", "count(*), sum(value), max(id)", "json, root"]);
        Statement::new(format!("SELECT {columns} FROM {function}({document}{path}){filter}"), Order::Exact)
    }

    /// Documents made of the columns of a table, and taken apart again.
    fn json_of_table(&mut self) -> Statement {
        let table = self.table();
        self.names = columns_of(&table).into_iter().filter(|name| name.kind.is_plain()).collect();
        let (name, key) = (&table.name, &table.key);
        let (one, other) = (self.leaf(), self.leaf());
        let made = match self.numbers.below(3) {
            0 => format!("json_array({one}, {other}, json_array({one}))"),
            1 => format!("json_object('a', {one}, 'b', json_quote({other}))"),
            _ => format!("json_set('{{\"a\":[1,2]}}', '$.a[#]', {one}, '$.b', {other})"),
        };
        if self.one_in(2) {
            let function = self.pick(&["json_each", "json_tree"]);
            let join = self.pick(&[", ", " JOIN ", " LEFT JOIN "]);
            // A BLOB in a document is an error, which ends either side at its first one.
            let text = format!(
                "SELECT {key}, e.key, e.value, e.type, e.fullkey FROM (SELECT * FROM {name} ORDER BY {key}) AS s{join}{function}({made}) AS e"
            );
            return Statement::new(text, Order::Any);
        }
        let arrow = self.pick(&["-> '$.a'", "->> '$.b'", "->> 1", "->> 'a'"]);
        let text =
            format!("SELECT {key}, {made}, {made} {arrow} AS o FROM {name} NOT INDEXED ORDER BY {key}");
        Statement::new(text, Order::Exact)
    }

    /// `json_group_array` and `json_group_object`.
    fn json_of_groups(&mut self) -> Statement {
        let table = self.table();
        self.names = columns_of(&table).into_iter().filter(|name| name.kind.is_plain()).collect();
        let (name, key) = (&table.name, &table.key);
        let binary = self.pick(&["json", "json", "jsonb"]);
        let value = self.leaf();
        let filter = match self.one_in(4) {
            true => format!(" FILTER (WHERE {})", self.condition(1)),
            false => String::new(),
        };
        let aggregate = match self.numbers.below(3) {
            0 => {
                let label =
                    self.names.first().map_or_else(|| "'x'".to_owned(), |name: &Name| name.text.clone());
                format!("{binary}_group_object({label} || '', {value} ORDER BY {key}){filter}")
            }
            1 => format!("{binary}_group_array(json_array({value}) ORDER BY {key}){filter}"),
            _ => format!("{binary}_group_array({value} ORDER BY {key} DESC){filter}"),
        };
        let group = match (self.one_in(2), self.names.first()) {
            (true, Some(name)) => format!(" GROUP BY {}", name.text),
            _ => String::new(),
        };
        let outside = self.pick(&["", "json", "json_array_length", "typeof"]);
        Statement::new(
            format!("SELECT {outside}({aggregate}) AS o FROM {name} NOT INDEXED{group}"),
            Order::Any,
        )
    }
}

/// A document; a loose one has what only JSON5 allows, and now and then what nobody does.
fn document(numbers: &mut Numbers, depth: usize, is_loose: bool) -> String {
    let space = if numbers.one_in(12) { *numbers.pick(&[" ", "\n", "\t "]) } else { "" };
    let space =
        if is_loose && numbers.one_in(15) { *numbers.pick(&["/*x*/", "//x\n", "\u{a0}"]) } else { space };
    let loosely = is_loose && numbers.one_in(4);
    let inner = match numbers.below(if depth == 0 { 6 } else { 14 }) {
        0 => (*numbers.pick(&["null", "true", "false"])).to_owned(),
        1 | 2 if loosely => (*numbers.pick(LOOSE_NUMBERS)).to_owned(),
        1 | 2 => (*numbers.pick(NUMBERS)).to_owned(),
        3..=5 => text(numbers, TEXTS, loosely),
        6..=9 => {
            let items: Vec<String> =
                (0..numbers.below(4)).map(|_| document(numbers, depth - 1, is_loose)).collect();
            format!("[{}{}]", items.join(","), if loosely { "," } else { "" })
        }
        _ => {
            let members: Vec<String> = (0..numbers.below(4))
                .map(|_| {
                    let name = match loosely {
                        true => (*numbers.pick(NAMES)).to_owned(),
                        false => text(numbers, NAMES, false),
                    };
                    format!("{name}:{}", document(numbers, depth - 1, is_loose))
                })
                .collect();
            format!("{{{}{}}}", members.join(","), if loosely && numbers.one_in(2) { "," } else { "" })
        }
    };
    format!("{space}{inner}{space}")
}

fn text(numbers: &mut Numbers, texts: &[&str], is_loose: bool) -> String {
    let quote = if is_loose { '\'' } else { '"' };
    let content = if is_loose && numbers.one_in(3) { numbers.pick(LOOSE_TEXTS) } else { numbers.pick(texts) };
    format!("{quote}{content}{quote}")
}
