//! A program in SQL of every kind of statement, in transactions. Where nothing fails, each leads from one known state to
//! the next.

/// What is done together: a transaction, or a lone statement.
pub(crate) type Block = &'static [&'static str];

/// The program.
pub(crate) const BLOCKS: &[Block] = &[
    &["CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT UNIQUE, b, CHECK (b IS NOT 13))"],
    &["INSERT INTO t VALUES (1, 'one', 1.5), (2, 'two', NULL), (3, 'three', x'0102')"],
    &[
        "BEGIN",
        "CREATE TABLE u (t INTEGER, c TEXT COLLATE NOCASE)",
        "CREATE INDEX by_t ON u (t, c DESC)",
        "INSERT INTO u SELECT k, a || '!' FROM t WHERE k > 1",
        "COMMIT",
    ],
    &["CREATE INDEX by_b ON t (b)"],
    &[
        "BEGIN IMMEDIATE",
        "UPDATE t SET b = k * 10 WHERE k IN (SELECT t FROM u)",
        "SAVEPOINT s",
        "DELETE FROM t WHERE b = 20",
        "INSERT INTO t (a, b) VALUES ('four', 4)",
        "ROLLBACK TO s",
        "INSERT INTO t (a, b) VALUES ('five', 5)",
        "RELEASE s",
        "SELECT count(*) FROM t JOIN u ON u.t = t.k WHERE b > 0",
        "COMMIT",
    ],
    &["INSERT OR REPLACE INTO t VALUES (9, 'one', 99)"],
    &["UPDATE t SET k = k + 100 WHERE a > 'p'"],
    &["DELETE FROM u WHERE c = 'TWO!'"],
    &[
        "BEGIN CONCURRENT",
        "INSERT INTO u (rowid, t, c) VALUES (3, 7, 'seven')",
        "UPDATE t SET a = a || '?' WHERE b >= 5",
        "COMMIT",
    ],
    &["CREATE TABLE v AS SELECT a, b FROM t ORDER BY b"],
    &[
        "BEGIN",
        "DROP INDEX by_b",
        "DROP TABLE u",
        "CREATE TABLE u (x INTEGER PRIMARY KEY AUTOINCREMENT, y)",
        "INSERT INTO u (y) VALUES (1), (2)",
        "COMMIT",
    ],
    &["SAVEPOINT outer", "INSERT INTO u (y) SELECT x FROM u", "DELETE FROM u WHERE x = 1", "RELEASE outer"],
    &["BEGIN", "DELETE FROM v", "ROLLBACK"],
    &["PRAGMA user_version = 5"],
    &["DROP TABLE v"],
];
