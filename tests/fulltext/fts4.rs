//! FTS3 and FTS4 beside SQLite's: random documents and queries, definitions, commands, errors.

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::lockstep::Lockstep;
use helios_tests::subject::Driver;

use crate::documents::{text, word};
use crate::{agree, agree_on_all, quoted};

/// A phrase or a word, perhaps in a column.
fn phrase(numbers: &mut Numbers) -> String {
    let own = word(numbers);
    match numbers.below(10) {
        0 => format!("\"{own} {}\"", word(numbers)),
        1 => format!("\"{own} {} {}\"", word(numbers), word(numbers)),
        2 => {
            let end = own.char_indices().nth(2).map_or(own.len(), |(end, _)| end);
            format!("{}*", &own[..end])
        }
        3 => format!("{}:{own}", numbers.pick(&["a", "B", "c", "x"])),
        4 => format!("^{own}"),
        5 => format!("\"^{own} {}*\"", word(numbers)),
        _ => own.to_owned(),
    }
}

/// An expression of at most this depth. What stands behind NOT is one phrase.
fn expression(numbers: &mut Numbers, depth: usize) -> String {
    if depth == 0 || numbers.one_in(4) {
        return match numbers.below(6) {
            0 => format!("{} NEAR/{} {}", phrase(numbers), numbers.below(6), phrase(numbers)),
            1 => format!("{} NEAR {} NEAR/2 {}", phrase(numbers), phrase(numbers), phrase(numbers)),
            2 => format!("{} {}", phrase(numbers), phrase(numbers)),
            _ => phrase(numbers),
        };
    }
    let left = expression(numbers, depth - 1);
    match numbers.below(6) {
        0 => format!("({left}) NOT {}", phrase(numbers)),
        1 => format!("{left} AND {}", expression(numbers, depth - 1)),
        2 => format!("({left}) {}", expression(numbers, depth - 1)),
        3 => format!("({left}) OR ({})", expression(numbers, depth - 1)),
        _ => format!("{left} OR {}", expression(numbers, depth - 1)),
    }
}

/// An expression without AND, NOT and NEAR below an OR, and without phrases near others: what functions show of those is
/// not the same in all versions of SQLite.
fn plain_expression(numbers: &mut Numbers) -> String {
    let mut parts: Vec<String> = Vec::new();
    for _ in 0..=numbers.below(3) {
        parts.push(match numbers.below(5) {
            0 => format!("{} NEAR/{} {}", word(numbers), numbers.below(6), word(numbers)),
            1 => format!("({} OR {} OR {})", word(numbers), word(numbers), word(numbers)),
            _ => phrase(numbers),
        });
    }
    let all = parts.join(*numbers.pick(&[" ", " AND "]));
    if numbers.one_in(5) { format!("({all}) NOT {}", word(numbers)) } else { all }
}

fn ask(numbers: &mut Numbers, engines: &mut Lockstep, letters: &str) -> TestResult {
    let depth = numbers.below(3);
    let query = quoted(&expression(numbers, depth));
    let order = *numbers.pick(&["", "", " ORDER BY docid DESC", " ORDER BY rowid"]);
    agree(engines, &format!("SELECT docid, a FROM t WHERE t MATCH {query}{order}"))?;
    let query = quoted(&plain_expression(numbers));
    agree(engines, &format!("SELECT rowid, offsets(t) FROM t WHERE t MATCH {query}{order}"))?;
    let column = numbers.below(4) as i64 - 1;
    let size = numbers.below(24) as i64 - 10;
    let size = if size == 0 { 64 } else { size };
    agree(
        engines,
        &format!(
            "SELECT snippet(t), snippet(t, '<', '>', '…', {column}, {size}) FROM t WHERE t MATCH {query}{order}"
        ),
    )?;
    agree(
        engines,
        &format!("SELECT docid, hex(matchinfo(t, '{letters}')) FROM t WHERE t MATCH {query} ORDER BY docid"),
    )?;
    let bounds = format!("docid > {} AND docid < {}", numbers.below(50), numbers.below(100));
    agree(engines, &format!("SELECT docid, hex(matchinfo(t)) FROM t WHERE b MATCH {query} AND {bounds}"))
}

/// Tables of one definition, filled, changed, and asked.
fn compare(numbers: &mut Numbers, module: &str, options: &str, letters: &str) -> TestResult {
    let mut engines = Lockstep::open_on(&[Driver::Memory, Driver::Redb])?;
    agree(&mut engines, &format!("CREATE VIRTUAL TABLE t USING {module}(a, b, c{options})"))?;
    for _ in 0..repeats(4, 20) {
        agree(&mut engines, "BEGIN")?;
        for _ in 0..repeats(20, 100) {
            let (a, b) = (quoted(&text(numbers, 30)), quoted(&text(numbers, 8)));
            let docid = 1 + numbers.below(100);
            let sql = match numbers.below(10) {
                0 => format!("DELETE FROM t WHERE docid = {docid}"),
                1 => format!("UPDATE t SET a = {a}, c = NULL WHERE rowid = {docid}"),
                2 => format!("REPLACE INTO t(docid, a, b) VALUES ({docid}, {a}, {b})"),
                3 => format!("UPDATE OR REPLACE t SET docid = {docid} WHERE docid = {}", numbers.below(100)),
                4 => format!("INSERT INTO t(docid, c) VALUES ({docid}, {a})"),
                _ => format!("INSERT INTO t VALUES ({a}, {b}, 7), ({b}, {a}, NULL)"),
            };
            agree(&mut engines, &sql)?;
        }
        let end = *numbers.pick(&["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"]);
        agree(&mut engines, end)?;
        for _ in 0..repeats(25, 200) {
            ask(numbers, &mut engines, letters)?;
        }
        let command =
            *numbers.pick(&["optimize", "rebuild", "integrity-check", "merge=100,8", "automerge=4"]);
        agree(&mut engines, &format!("INSERT INTO t(t) VALUES ('{command}')"))?;
        agree(&mut engines, "SELECT docid, * FROM t")?;
    }
    // SQLite counts rows that are gone where the order descends.
    if !options.contains("order=desc") {
        agree(&mut engines, "CREATE VIRTUAL TABLE terms USING fts4aux(t)")?;
        agree(&mut engines, "SELECT * FROM terms ORDER BY term, col")?;
        agree(&mut engines, "SELECT * FROM terms WHERE term >= 'r' AND term <= 's'")?;
    }
    agree(&mut engines, "INSERT INTO t(t) VALUES ('integrity-check')")
}

#[test]
fn random_queries_find_what_fts4_finds() -> TestResult {
    with_seed(|numbers| compare(numbers, "fts4", "", "pcnalsxyb"))
}

#[test]
fn random_queries_agree_with_old_stems_and_prefix_indexes() -> TestResult {
    with_seed(|numbers| compare(numbers, "fts4", ", tokenize=porter, prefix='2,3'", "xspy"))
}

#[test]
fn random_queries_agree_with_unicode_and_columns_that_are_not_indexed() -> TestResult {
    let options = ", tokenize=unicode61 \"remove_diacritics=2\" \"tokenchars=-'\", notindexed=b, order=desc";
    with_seed(|numbers| compare(numbers, "fts4", options, "pcnalxb"))
}

#[test]
fn random_queries_find_what_fts3_finds() -> TestResult {
    with_seed(|numbers| compare(numbers, "fts3", "", "pcsxyb"))
}

#[test]
fn definitions_and_commands_of_fts4_agree() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING fts4(a, b)
         CREATE VIRTUAL TABLE t3 USING fts3(a, b)
         CREATE VIRTUAL TABLE e USING fts4(a, nosuch=1)
         CREATE VIRTUAL TABLE e USING fts4(a, order=x)
         CREATE VIRTUAL TABLE e USING fts4(a, matchinfo=x)
         CREATE VIRTUAL TABLE e USING fts4(a, tokenize=x)
         CREATE VIRTUAL TABLE e USING fts4(a, tokenize=unicode61 'x=1')
         CREATE VIRTUAL TABLE e USING fts4(a, prefix='x')
         CREATE VIRTUAL TABLE e USING fts4(a, prefix='1,-2')
         CREATE VIRTUAL TABLE e USING fts4(a, compress=x)
         CREATE VIRTUAL TABLE e USING fts4(a, notindexed=z)
         CREATE VIRTUAL TABLE e USING fts4(content=nosuch)
         CREATE VIRTUAL TABLE e USING fts4(a, a)
         CREATE VIRTUAL TABLE e USING fts4(a, docid)
         CREATE VIRTUAL TABLE e2 USING fts4()
         CREATE VIRTUAL TABLE e3 USING fts4
         CREATE VIRTUAL TABLE e4 USING fts4(title text not null, \"the body\" VARCHAR(30))
         CREATE VIRTUAL TABLE e5 USING fts3(a, content=x)
         CREATE VIRTUAL TABLE e6 USING fts4(a, tokenize=porter 'x=1')
         CREATE VIRTUAL TABLE e7 USING fts4(a, tokenize=simple ',.')
         CREATE VIRTUAL TABLE e8 USING fts4(a, matchinfo=fts3)
         PRAGMA table_xinfo(e2)
         PRAGMA table_xinfo(e3)
         PRAGMA table_xinfo(e4)
         PRAGMA table_xinfo(e5)
         SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name
         SELECT sql FROM sqlite_schema WHERE name LIKE '%content' OR name LIKE '%size' ORDER BY name
         INSERT INTO e7 VALUES ('One two,three.four-five')
         SELECT offsets(e7) FROM e7 WHERE e7 MATCH 'three'
         SELECT offsets(e7) FROM e7 WHERE e7 MATCH 'one'
         INSERT INTO e8 VALUES ('one')
         SELECT matchinfo(e8, 'l') FROM e8 WHERE e8 MATCH 'one'
         SELECT hex(matchinfo(e8, 'na')) FROM e8 WHERE e8 MATCH 'one'
         INSERT INTO t VALUES ('one', 'two')
         INSERT INTO t(docid, a) VALUES (1, 'x')
         INSERT INTO t(rowid, a) VALUES (1, 'x')
         INSERT INTO t(rowid, docid, a) VALUES (5, 6, 'x')
         INSERT INTO t(docid, a) VALUES ('abc', 'x')
         INSERT INTO t(docid, a) VALUES ('7', 'x')
         INSERT INTO t(docid, a) VALUES (7.5, 'x')
         INSERT OR IGNORE INTO t(rowid, a) VALUES (1, 'x')
         INSERT OR REPLACE INTO t(rowid, a) VALUES (1, 'xx')
         UPDATE t SET docid = 7 WHERE docid = 1
         UPDATE OR REPLACE t SET docid = 7 WHERE docid = 1
         UPDATE t SET rowid = 9
         SELECT rowid, docid, * FROM t
         UPDATE t SET docid = 10
         UPDATE t SET docid = NULL
         SELECT rowid, docid, t, __langid, * FROM t
         INSERT INTO t(t) VALUES ('nosuch')
         INSERT INTO t(t) VALUES ('merge=4,4')
         INSERT INTO t(t) VALUES ('merge=a')
         INSERT INTO t(t) VALUES ('automerge=4')
         INSERT INTO t(t) VALUES ('optimize')
         INSERT INTO t(t, a) VALUES ('optimize', 'zz')
         INSERT INTO t(t) VALUES (NULL)
         SELECT rowid, * FROM t
         SELECT optimize(t) FROM t LIMIT 1
         SELECT snippet(t), offsets(t), matchinfo(t) FROM t
         SELECT offsets(t, 1) FROM t WHERE t MATCH 'xx'
         SELECT matchinfo(t, 'z') FROM t WHERE t MATCH 'xx'
         INSERT INTO t3 VALUES ('x', 'y')
         SELECT matchinfo(t3, 'pn') FROM t3 WHERE t3 MATCH 'x'
         SELECT matchinfo(t3, 'l') FROM t3 WHERE t3 MATCH 'x'
         SELECT hex(matchinfo(t3)) FROM t3 WHERE t3 MATCH 'x'
         SELECT * FROM t WHERE t MATCH NULL
         SELECT * FROM t WHERE t = 'x'
         SELECT * FROM t('x')
         SELECT docid FROM t WHERE t MATCH 'xx' AND docid > 3
         SELECT docid FROM t ORDER BY docid DESC
         SELECT a FROM t WHERE docid = '10'
         DROP TABLE t
         ALTER TABLE t3 RENAME TO t4
         SELECT name FROM sqlite_schema WHERE name LIKE 't%' AND name NOT LIKE 'sqlite_%' ORDER BY name
         SELECT docid, * FROM t4 WHERE t4 MATCH 'x'
         CREATE VIRTUAL TABLE \"t4\" USING fts4(a)
         CREATE TABLE [t4](x)
         CREATE TABLE e9_content(x)
         CREATE VIRTUAL TABLE e9 USING fts5(x)",
    )
}

#[test]
fn malformed_queries_of_fts4_agree() -> TestResult {
    let mut engines = Lockstep::open()?;
    let mut sql = "CREATE VIRTUAL TABLE t USING fts4(a, b)
        INSERT INTO t VALUES ('one two three', 'four one-two')
        INSERT INTO t VALUES ('and or not near', 'One')\n"
        .to_owned();
    for query in [
        "",
        "\"",
        "\"\"",
        "one \"\"",
        "(",
        ")",
        "()",
        "one ()",
        "one AND",
        "AND one",
        "one OR OR two",
        "one AND NOT two",
        "NOT one",
        "one NOT two",
        "one NOT four",
        "(one",
        "one)",
        "(one) NEAR two",
        "(one two) NEAR three",
        "one NEAR (two)",
        "one NEAR (two three)",
        "one NEAR/0 two NEAR/0 three",
        "one NEAR/x two",
        "near",
        "a:",
        "a: one",
        "a:\"one two\" four",
        "c:one",
        "A:one",
        "one-two",
        "-one",
        "one -two",
        "on*",
        "on* tw*",
        "\"on* tw*\"",
        "*",
        "^one",
        "^two",
        "\"^one two\"",
        "\"one ^two\"",
        "one,two;three",
        "and",
        "ORacle",
        "one OR(two)",
        "one AND\"two\"",
        "((((((((((((((one))))))))))))))",
        "one NOT two NOT two NOT two NOT two NOT two NOT two NOT two NOT two NOT two NOT two NOT two NOT two NOT two",
    ] {
        let query = quoted(query);
        sql.push_str(&format!(
            "SELECT docid, offsets(t), hex(matchinfo(t, 'px')) FROM t WHERE t MATCH {query}\n"
        ));
        sql.push_str(&format!("SELECT docid, snippet(t) FROM t WHERE a MATCH {query}\n"));
    }
    agree_on_all(&mut engines, &sql)
}

#[test]
fn languages_and_texts_elsewhere_agree_in_fts4() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE l USING fts4(a, languageid=\"lid\", prefix='2')
         INSERT INTO l(a, lid) VALUES ('one', 0), ('two one', 5), ('one three', 5)
         INSERT INTO l(a, lid) VALUES ('one', -1)
         INSERT INTO l(a, lid) VALUES ('one', 'x')
         SELECT docid, lid, * FROM l WHERE l MATCH 'one'
         SELECT docid, lid, *, offsets(l), hex(matchinfo(l, 'pcxnal')) FROM l WHERE l MATCH 'on*' AND lid = 5
         SELECT docid, lid, * FROM l WHERE lid = 5
         UPDATE l SET lid = 6 WHERE docid = 2
         SELECT docid, lid, snippet(l) FROM l WHERE l MATCH 'one' AND lid = 5
         SELECT docid, lid, snippet(l) FROM l WHERE l MATCH 'one' AND lid = 6
         INSERT INTO l(l) VALUES ('rebuild')
         INSERT INTO l(l) VALUES ('integrity-check')
         SELECT docid, lid FROM l WHERE l MATCH 'one' AND lid = 6
         CREATE VIRTUAL TABLE ax USING fts4aux(l)
         SELECT *, languageid FROM ax
         CREATE TABLE x(id INTEGER PRIMARY KEY, a, b)
         CREATE VIRTUAL TABLE ec USING fts4(a, b, content=x)
         CREATE VIRTUAL TABLE ec2 USING fts4(content=\"x\")
         PRAGMA table_xinfo(ec2)
         INSERT INTO x VALUES (1, 'one', 'two'), (2, 'three', 'four')
         INSERT INTO ec(docid, a, b) SELECT * FROM x
         SELECT * FROM ec WHERE ec MATCH 'one'
         DELETE FROM x WHERE id = 1
         SELECT docid, * FROM ec WHERE ec MATCH 'one'
         SELECT snippet(ec), offsets(ec) FROM ec WHERE ec MATCH 'one'
         DELETE FROM ec WHERE docid = 1
         SELECT docid, * FROM ec WHERE ec MATCH 'one'
         INSERT INTO ec(a) VALUES ('q')
         INSERT INTO ec(ec) VALUES ('rebuild')
         INSERT INTO ec(ec) VALUES ('integrity-check')
         INSERT INTO ec2(ec2) VALUES ('rebuild')
         SELECT docid, * FROM ec
         SELECT docid, * FROM ec2 WHERE b MATCH 'four'
         CREATE TRIGGER x_bu BEFORE UPDATE ON x BEGIN DELETE FROM ec WHERE docid = old.rowid; END
         CREATE TRIGGER x_bd BEFORE DELETE ON x BEGIN DELETE FROM ec WHERE docid = old.rowid; END
         CREATE TRIGGER x_au AFTER UPDATE ON x BEGIN INSERT INTO ec(docid, a, b) VALUES (new.rowid, new.a, new.b); END
         CREATE TRIGGER x_ai AFTER INSERT ON x BEGIN INSERT INTO ec(docid, a, b) VALUES (new.rowid, new.a, new.b); END
         INSERT INTO x VALUES (7, 'seven', 'eight'), (8, 'nine', 'ten')
         UPDATE x SET a = 'eleven' WHERE id = 7
         DELETE FROM x WHERE id = 8
         SELECT docid, snippet(ec) FROM ec WHERE ec MATCH 'seven OR eleven OR nine'
         INSERT INTO ec(ec) VALUES ('integrity-check')
         CREATE VIRTUAL TABLE nc USING fts4(a, content=\"\")
         INSERT INTO nc(docid, a) VALUES (1, 'one two')
         INSERT INTO nc(a) VALUES ('one two')
         SELECT * FROM nc
         SELECT docid FROM nc
         SELECT docid, rowid FROM nc WHERE nc MATCH 'one'
         SELECT hex(matchinfo(nc, 'pcnalsxyb')) FROM nc WHERE nc MATCH 'one'
         SELECT snippet(nc) FROM nc WHERE nc MATCH 'one'
         DELETE FROM nc WHERE docid = 1
         INSERT INTO nc(nc) VALUES ('rebuild')
         INSERT INTO nc(nc) VALUES ('optimize')
         INSERT INTO nc(docid, a) VALUES (3, 'one')
         SELECT docid FROM nc WHERE nc MATCH 'one' ORDER BY docid DESC
         CREATE VIRTUAL TABLE ax2 USING fts4aux(nosuch)
         SELECT * FROM ax2
         CREATE VIRTUAL TABLE ax3 USING fts4aux()
         CREATE VIRTUAL TABLE ax3 USING fts4aux(main, t)
         PRAGMA table_xinfo(ax)
         CREATE VIRTUAL TABLE tk USING fts3tokenize('porter')
         SELECT * FROM tk WHERE input = 'The Running man_hunts pneumonoultramicroscopicsilicovolcanoconiosis x123456789'
         SELECT * FROM tk
         PRAGMA table_xinfo(tk)
         CREATE VIRTUAL TABLE tk2 USING fts3tokenize(nosuch)
         CREATE VIRTUAL TABLE tk2 USING fts3tokenize
         SELECT token, start, \"end\", position FROM tk2 WHERE input = 'The Running man'",
    )
}
