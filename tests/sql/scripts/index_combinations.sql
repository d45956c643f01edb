-- Many values for several columns of an index: those that are there together are found.
CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b REAL, c TEXT COLLATE NOCASE, d);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
INSERT INTO t SELECT i, nullif(i * 7 % 101, 40), i * 3 % 89 + i % 4 * 0.25, char(97 + i % 26, 65 + i % 7), i % 17 FROM n;
CREATE INDEX abc ON t (a, b DESC, c);
CREATE INDEX dc ON t (d DESC, c DESC);
CREATE TABLE k (x INTEGER, y TEXT, z, PRIMARY KEY (x, y)) WITHOUT ROWID;
INSERT OR IGNORE INTO k SELECT a, c, d FROM t WHERE a IS NOT NULL;
SELECT id, a, b FROM t INDEXED BY abc WHERE a IN (SELECT a FROM t WHERE id % 3 = 0) AND b IN (SELECT b FROM t WHERE b < 40) ORDER BY a, b DESC, id;
SELECT count(*), sum(id) FROM t INDEXED BY abc WHERE a IN (SELECT b FROM t) AND b IN (SELECT a FROM t);
SELECT count(*), sum(id) FROM t INDEXED BY abc WHERE a IN (SELECT b FROM t) AND b IN (SELECT a FROM t) AND c IN ('aa', 'CB', 'dD', 'x', NULL, 'bC');
SELECT count(*), sum(id) FROM t INDEXED BY abc WHERE a IN (SELECT a FROM t) AND b = 7 AND c IN (SELECT c FROM t);
SELECT count(*), sum(id) FROM t INDEXED BY abc WHERE a IN (SELECT a FROM t) AND b IN (SELECT b FROM t) AND c > 'm';
SELECT count(*), sum(id) FROM t INDEXED BY abc WHERE a IN (SELECT a FROM t) AND b IN (SELECT b FROM t) AND c BETWEEN 'c' AND 'M';
SELECT d, c, id FROM t INDEXED BY dc WHERE d IN (SELECT id FROM t) AND c IN (SELECT upper(c) FROM t WHERE id < 99) ORDER BY d DESC, c DESC, id;
SELECT x, y FROM k WHERE x IN (SELECT a FROM t) AND y IN (SELECT c FROM t WHERE id % 5 = 1) ORDER BY x, y;
SELECT x, y FROM k WHERE x IN (SELECT a FROM t) AND y IN (SELECT c FROM t WHERE id % 5 = 1) ORDER BY x DESC, y DESC LIMIT 9;
SELECT count(*) FROM t INDEXED BY abc WHERE a IN (SELECT a FROM t WHERE false) AND b IN (SELECT b FROM t);
SELECT count(*) FROM t INDEXED BY abc WHERE a IN (SELECT a FROM t) AND b IN (SELECT b FROM t WHERE false);
DELETE FROM t WHERE a IN (SELECT b FROM t) AND b IN (SELECT a FROM t);
UPDATE t SET d = -1 WHERE d IN (SELECT id FROM t) AND c IN (SELECT c FROM t WHERE id < 200);
SELECT count(*), sum(d) FROM t;
PRAGMA integrity_check;
