//! R*Trees beside SQLite's: the same rows for the same ranges, the same coordinates, the same errors.
//!
//! `HELIOS_SEED=n` begins with another seed; `HELIOS_EXTENDED=1` tries more boxes and ranges.

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::engine::{self, run};
use helios_tests::lockstep::Lockstep;
use helios_tests::modules::{agree, agree_on_all};
use helios_tests::stores;

#[test]
fn definitions_rows_and_errors_are_those_of_sqlite() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING rtree(id, x1, x2, y1 FLOAT, y2, +name TEXT, +more)
         INSERT INTO t VALUES (1, 0, 1, 0, 1, 'a', x'00')
         INSERT INTO t(rowid, x1, x2, y1, y2) VALUES (7, 0, 1, 0, 1)
         INSERT INTO t(x1, x2) VALUES (7, 9)
         SELECT last_insert_rowid()
         INSERT INTO t(id) VALUES (1)
         INSERT OR IGNORE INTO t(id) VALUES (1)
         INSERT OR REPLACE INTO t(id, name) VALUES (1, 'other')
         INSERT OR FAIL INTO t(id) VALUES (50), (1), (51)
         INSERT INTO t(id) VALUES (60), (1), (61)
         INSERT INTO t VALUES (1, 5, 4, 0, 0, 0, 0)
         INSERT INTO t VALUES (10, 0, 0, 5, 4, 0, 0)
         INSERT INTO t VALUES ('x', '5', 6, NULL, 'abc', 0, 0)
         INSERT INTO t VALUES (11, 1e40, 1, NULL, 'abc', 0, 0)
         INSERT INTO t VALUES (12, -1e40, 1e40, 0.1, 0.1, x'00', 1)
         INSERT INTO t VALUES (2.5, -1e40, 1e40, 0.1, 0.1, x'00', 1)
         INSERT INTO t VALUES (20, -0.1, -0.1, 16777217, 16777217, 1, 1)
         UPDATE t SET rowid = 70 WHERE id = 1
         UPDATE t SET id = 71 WHERE id = 1
         UPDATE t SET id = 2 WHERE id = 71
         UPDATE OR REPLACE t SET id = 2 WHERE id = 71
         UPDATE t SET id = NULL WHERE id = 12
         UPDATE t SET x1 = 100 WHERE id = 2
         UPDATE t SET x2 = 1000, x1 = 100, more = more || 'x' WHERE id = 2
         SELECT rowid, * FROM t ORDER BY id
         SELECT id FROM t WHERE x1 > '0' ORDER BY id
         SELECT id FROM t WHERE x1 < '0' ORDER BY id
         SELECT id FROM t WHERE x1 <= 'a' ORDER BY id
         SELECT id FROM t WHERE x1 >= 'a' ORDER BY id
         SELECT id FROM t WHERE x1 = NULL
         SELECT id FROM t WHERE x1 = 100 AND name IS NULL
         SELECT id FROM t WHERE id BETWEEN 2 AND 20 ORDER BY id DESC
         SELECT id, x1 FROM t WHERE id IN (1, 2, 3) AND x2 > 5 ORDER BY id
         SELECT count(*), min(x1), max(y2) FROM t
         SELECT rtreecheck('t'), rtreecheck('main', 't')
         SELECT rtreecheck('nosuch')
         CREATE VIRTUAL TABLE e USING rtree(id)
         CREATE VIRTUAL TABLE e USING rtree(id, a)
         CREATE VIRTUAL TABLE e USING rtree()
         CREATE VIRTUAL TABLE one USING rtree(id, a, b)
         INSERT INTO one VALUES (1, 2, 3), (2, 3, 4), (3, -3, 4)
         SELECT * FROM one WHERE a <= 3 AND b >= 3.5 ORDER BY id
         CREATE VIRTUAL TABLE e USING rtree(id, a, b, c)
         CREATE VIRTUAL TABLE e USING rtree(id, a, b, +x, c)
         CREATE VIRTUAL TABLE e USING rtree(id, a, b, c, d, e, f, g, h, i, j, k, l)
         CREATE VIRTUAL TABLE e USING rtree(id, a, a)
         CREATE VIRTUAL TABLE i USING rtree_i32('id' INT, \"a b\" INTEGER, b FLOAT, +c INT DEFAULT 3)
         INSERT INTO i VALUES (1, 2.7, 1e10, '5')
         INSERT INTO i VALUES (1, 2.7, 1e9, '5')
         INSERT INTO i VALUES (4, -2147483648, 2147483647, NULL)
         SELECT *, typeof(b) FROM i ORDER BY id
         SELECT id FROM i WHERE b >= 1410065408 AND \"a b\" < 3.5
         PRAGMA table_xinfo(i)
         ALTER TABLE t RENAME TO u
         SELECT id, name FROM u WHERE y2 >= 1 ORDER BY id
         DELETE FROM u WHERE id > 3
         SELECT id FROM u ORDER BY id
         SELECT count(*) FROM u_rowid
         DROP TABLE u
         SELECT name FROM sqlite_schema WHERE name LIKE 'u%' OR name LIKE 't%'
         SELECT * FROM u",
    )
}

/// A coordinate: often one that other boxes have, sometimes one that 32 bits do not hold.
fn coordinate(numbers: &mut Numbers, is_integer: bool) -> String {
    match numbers.below(8) {
        0 if !is_integer => format!("{}.1", numbers.below(100)),
        1 if !is_integer => format!("{}", 16_777_210 + numbers.below(20)),
        2 => format!("-{}", numbers.below(50)),
        3 if !is_integer => format!("{}e-3", numbers.below(1000)),
        _ => numbers.below(100).to_string(),
    }
}

fn change(numbers: &mut Numbers, dimensions: usize, is_integer: bool, ids: usize) -> String {
    let id = numbers.below(ids);
    let mut bounds = Vec::new();
    for _ in 0..dimensions {
        let least = coordinate(numbers, is_integer);
        bounds.push(least.clone());
        bounds.push(match numbers.below(30) {
            0 => coordinate(numbers, is_integer),
            1 => least,
            _ => format!("{least} + {}", numbers.below(20)),
        });
    }
    let name = format!("'n{}'", numbers.below(5));
    let clause = *numbers.pick(&["", "", "OR IGNORE", "OR REPLACE", "OR REPLACE", "OR FAIL"]);
    match numbers.below(10) {
        0 => format!("DELETE FROM t WHERE id = {id}"),
        1 => {
            let (column, other) = (2 * numbers.below(dimensions), numbers.below(ids));
            format!("UPDATE {clause} t SET c{column} = c{column} - 3, id = {other} WHERE id = {id}")
        }
        2 => format!("UPDATE t SET name = {name}, c1 = c1 + 1 WHERE id BETWEEN {id} AND {}", id + 5),
        3 => format!("DELETE FROM t WHERE c0 BETWEEN {} AND {}", bounds[0], bounds[1]),
        _ => {
            let bounds = bounds.join(", ");
            format!("INSERT {clause} INTO t VALUES ({id}, {bounds}, {name})")
        }
    }
}

fn query(numbers: &mut Numbers, dimensions: usize, is_integer: bool) -> String {
    let mut conditions = vec!["true".to_owned()];
    for _ in 0..numbers.below(4) {
        let operator = numbers.pick(&["<", "<=", ">", ">=", "="]);
        let column = numbers.below(2 * dimensions);
        conditions.push(format!("c{column} {operator} {}", coordinate(numbers, is_integer)));
    }
    if numbers.one_in(6) {
        conditions.push(format!("name = 'n{}'", numbers.below(5)));
    }
    if numbers.one_in(6) {
        conditions.push(format!("id > {}", numbers.below(100)));
    }
    format!("SELECT * FROM t WHERE {} ORDER BY id", conditions.join(" AND "))
}

#[test]
fn ranges_find_the_boxes_that_sqlite_finds() -> TestResult {
    with_seed(|numbers| {
        for _ in 0..repeats(4, 40) {
            let dimensions = 1 + numbers.below(5);
            let is_integer = numbers.one_in(3);
            let module = if is_integer { "rtree_i32" } else { "rtree" };
            let columns: Vec<String> = (0..2 * dimensions).map(|column| format!("c{column}")).collect();
            let mut engines = Lockstep::open()?;
            agree(
                &mut engines,
                &format!("CREATE VIRTUAL TABLE t USING {module}(id, {}, +name)", columns.join(", ")),
            )?;
            agree(&mut engines, "BEGIN")?;
            let ids = *numbers.pick(&[40, 300, 600]);
            for step in 0..repeats(300, 1200) {
                agree(&mut engines, &change(numbers, dimensions, is_integer, ids))?;
                match numbers.below(20) {
                    0 => agree(&mut engines, "SAVEPOINT s")?,
                    1 => agree(&mut engines, "ROLLBACK TO s")?,
                    2 => agree_on_all(&mut engines, "COMMIT\n BEGIN")?,
                    3..7 => agree(&mut engines, &query(numbers, dimensions, is_integer))?,
                    _ => {}
                }
                if step % 50 == 0 {
                    agree(&mut engines, "SELECT rtreecheck('t')")?;
                }
            }
            agree_on_all(
                &mut engines,
                "COMMIT\n SELECT rtreecheck('t')\n SELECT * FROM t ORDER BY id DESC\n DELETE FROM t\n SELECT rtreecheck('t')",
            )?;
        }
        Ok(())
    })
}

/// Ranges go to the tree, whatever they are written as, and rowids to the rows.
#[test]
fn ranges_are_found_with_the_tree() -> TestResult {
    let mut session = engine::session(stores::storage()?)?;
    run(
        &mut session,
        "CREATE VIRTUAL TABLE t USING rtree(id, x1, x2, +name); CREATE VIRTUAL TABLE i USING rtree_i32(id, x1, x2)",
    )?;
    for (condition, access) in [
        ("x1 <= 3 AND x2 >= 2.5", 2),
        ("x1 > '5'", 2),
        ("7 >= x2", 2),
        ("x1 BETWEEN 1 AND ?", 2),
        ("x1 < (SELECT 5) AND id > 2", 2),
        ("id = 3", 0),
        ("id = 3 AND x1 > 2", 0),
        ("x1 <> 3", 0),
        ("x1 + 1 > 3", 0),
    ] {
        for table in ["t", "i"] {
            let plan =
                run(&mut session, &format!("EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {condition}"))?;
            let wanted = format!("SCAN {table} VIRTUAL TABLE INDEX {access}:");
            assert!(plan.iter().any(|line| line.contains(&wanted)), "{condition}: {plan:?}");
        }
    }
    Ok(())
}

/// A tree is searched for each box of another, whichever way their ranges are written, and joined by its ids where those are
/// asked for.
#[test]
fn trees_are_joined_by_their_ranges() -> TestResult {
    let mut session = engine::session(stores::storage()?)?;
    run(
        &mut session,
        "CREATE VIRTUAL TABLE a USING rtree(id, x1, x2); CREATE VIRTUAL TABLE b USING rtree(id, x1, x2)",
    )?;
    for (from, wanted) in [
        ("a, b WHERE a.x1 <= b.x2 AND a.x2 >= b.x1", "SCAN b VIRTUAL TABLE INDEX 2:"),
        ("a, b WHERE b.x2 >= a.x1 AND b.x1 <= a.x2", "SCAN b VIRTUAL TABLE INDEX 2:"),
        ("b LEFT JOIN a ON b.x2 >= a.x1", "SCAN a VIRTUAL TABLE INDEX 2:"),
        ("a, b WHERE a.x1 <= b.x2 AND a.id = b.id", "SCAN b VIRTUAL TABLE INDEX 0:"),
    ] {
        let plan = run(&mut session, &format!("EXPLAIN QUERY PLAN SELECT * FROM {from}"))?;
        assert!(plan.iter().any(|line| line.contains(wanted)), "{from}: {plan:?}");
    }
    Ok(())
}

#[test]
fn nodes_show_what_they_hold() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING rtree(id, x1, x2, y1, y2)
         INSERT INTO t VALUES (1, 2, 2.5, 3, 1e20), (-7, 0.1, 0.2, -5, 16777217)
         SELECT rtreenode(2, data), rtreedepth(data) FROM t_node
         SELECT rtreenode(0, data), rtreenode(6, data), rtreenode(2, NULL), rtreenode(2, x'0000') FROM t_node
         SELECT rtreedepth(1), rtreedepth(NULL)
         SELECT rtreedepth(x'01')
         SELECT rtreedepth(x'0102')
         SELECT rtreenode(1)",
    )
}

#[test]
fn joins_find_the_boxes_that_sqlite_finds() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING rtree(id, x1, x2)
         CREATE TABLE points (n INTEGER PRIMARY KEY, x REAL)
         WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) INSERT INTO t SELECT n, n % 97, n % 97 + 2 FROM c
         INSERT INTO points VALUES (1, 5), (2, 50.5), (3, 1000)
         SELECT n, count(*), sum(id) FROM points JOIN t ON x1 <= x AND x2 >= x GROUP BY n
         SELECT n, id FROM points LEFT JOIN t ON x1 > x AND x2 < x + 3 AND id < 300 ORDER BY n, id
         SELECT n, id FROM points, t WHERE x1 > x AND x2 < x + 1.5 AND id % 2 = 0 ORDER BY n, id
         SELECT n, id FROM t CROSS JOIN points ON x1 < x AND x2 > x AND id < 100 ORDER BY n, id
         SELECT n, id FROM points JOIN t ON x2 < points.x || '' AND n = 1 ORDER BY n, id LIMIT 5
         SELECT count(*) FROM t AS a JOIN t AS b ON a.x1 < b.x2 AND a.x2 > b.x1 AND a.id < 20 AND b.id < 30
         SELECT a.id, b.id, c.id FROM t AS a, t AS b, t AS c WHERE a.x1 > b.x2 AND b.x1 > c.x2 AND c.x2 > a.x1 - 6 AND a.id < 60 AND c.id < 60 AND b.id < 60 ORDER BY 1, 2, 3
         SELECT a.id, b.id FROM t AS a LEFT JOIN t AS b ON b.x1 > a.x2 AND b.x2 < a.x2 + 3 AND b.id < 90 WHERE a.id < 99 ORDER BY 1, 2
         SELECT a.id, n FROM t AS a JOIN points ON n = a.id JOIN t AS b ON b.x1 < x AND b.id = n AND a.x1 <= b.x1
         SELECT a.id, value FROM t AS a, json_each('[1, 5, 95]') AS j JOIN t AS b ON b.x1 <= j.value AND b.x2 >= a.x2 AND a.x1 = j.value WHERE b.id < 200 ORDER BY 1, 2, b.id
         SELECT count(*) FROM json_each('[' || b.id || ']') AS j, t AS b, t AS a WHERE a.x1 <= j.value AND a.x2 >= j.value AND b.id < 9
         SELECT n FROM points WHERE EXISTS (SELECT 1 FROM t WHERE x1 = x)
         SELECT rtreecheck('t')",
    )
}
