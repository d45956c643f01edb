//! Programs in SQL of every kind of statement, in transactions. Where nothing fails, each leads from one known state to
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

/// The same for what modules keep: indexes of words and trees of boxes. The tables of terms show what stands in the indexes.
pub(crate) const MODULES: &[Block] = &[
    &[
        "BEGIN",
        "CREATE VIRTUAL TABLE said USING fts5(a, b, prefix=2)",
        "CREATE VIRTUAL TABLE terms USING fts5vocab(said, instance)",
        "INSERT INTO said VALUES ('one cat', 'a red house'), ('two dogs', 'the cat there')",
        "INSERT INTO said (rowid, a) VALUES (70, 'red and red')",
        "COMMIT",
    ],
    &[
        "BEGIN",
        "UPDATE said SET b = 'other ' || b WHERE said MATCH 'cat'",
        "SAVEPOINT s",
        "DELETE FROM said WHERE said MATCH 'red'",
        "INSERT INTO said (a) VALUES ('undone')",
        "ROLLBACK TO s",
        "DELETE FROM said WHERE rowid = 70",
        "SELECT rowid, highlight(said, 1, '<', '>') FROM said('other') ORDER BY rank",
        "COMMIT",
    ],
    &["INSERT OR REPLACE INTO said (rowid, a) VALUES (1, 'another cat'), (9, 'nine lives')"],
    &["INSERT INTO said (said) VALUES ('optimize')"],
    &["INSERT INTO said (said) VALUES ('rebuild')"],
    &[
        "BEGIN",
        "CREATE VIRTUAL TABLE mail USING fts4(a, b, prefix='2')",
        "CREATE VIRTUAL TABLE old_terms USING fts4aux(mail)",
        "INSERT INTO mail SELECT a, b FROM said",
        "UPDATE mail SET a = 'cats' WHERE mail MATCH 'ca*'",
        "COMMIT",
    ],
    &["DELETE FROM mail WHERE a MATCH 'nine'"],
    &["INSERT INTO mail (mail) VALUES ('rebuild')"],
    &[
        "BEGIN IMMEDIATE",
        "CREATE VIRTUAL TABLE box USING rtree(id, x1, x2, +name)",
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60)
            INSERT INTO box SELECT n, n * 7 % 61, n * 7 % 61 + 2, 'b' || n FROM c",
        "SELECT count(*) FROM box WHERE x1 < 30",
        "COMMIT",
    ],
    &["UPDATE box SET x2 = x2 + 5 WHERE x1 BETWEEN 20 AND 25"],
    &["DELETE FROM box WHERE x1 > 8"],
    &["BEGIN", "DROP TABLE terms", "ALTER TABLE said RENAME TO told", "COMMIT"],
    &["BEGIN", "DROP TABLE told", "DROP TABLE box", "COMMIT"],
];
