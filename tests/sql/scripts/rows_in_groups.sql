-- Groups, distinct rows and sorts of rows that come in an order, or in a part of it.
CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c TEXT, d REAL);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO t SELECT i, nullif(i * 7 % 13, 4), i * i % 1009, char(97 + i % 5, 65 + i % 3), i / 8.0 FROM n;
CREATE INDEX ta ON t (a, b DESC);
CREATE INDEX tc ON t (c COLLATE NOCASE, id);
CREATE TABLE k (x TEXT, y INTEGER NOT NULL, z, PRIMARY KEY (x, y)) WITHOUT ROWID;
INSERT INTO k SELECT c || (id % 40), b, d FROM t WHERE true ON CONFLICT DO NOTHING;
CREATE TABLE u (p INTEGER NOT NULL UNIQUE, q INTEGER UNIQUE, r INTEGER);
INSERT INTO u SELECT id, nullif(id % 3000, id), a FROM t WHERE id < 50;

-- plan
EXPLAIN QUERY PLAN SELECT a, count(*), sum(d) FROM t WHERE a > 3 GROUP BY a;
SELECT a, count(*), sum(d) FROM t WHERE a > 3 GROUP BY a;
SELECT a, count(*), sum(d) FROM t WHERE a > 3 GROUP BY a LIMIT 2 OFFSET 1;
SELECT b, count(*), sum(id) FROM t WHERE a = 5 GROUP BY b ORDER BY b;
-- plan
EXPLAIN QUERY PLAN SELECT id, count(*) FROM t GROUP BY id;
SELECT sum(n), count(*) FROM (SELECT id, count(*) AS n FROM t GROUP BY id);
SELECT id, count(*), max(d) FROM t GROUP BY id LIMIT 5 OFFSET 2500;
-- plan
EXPLAIN QUERY PLAN SELECT id, a, count(*) FROM t GROUP BY id, a;
SELECT id, a, count(*) FROM t GROUP BY id, a HAVING id % 700 = 1;
SELECT x, count(*), min(y), z FROM k GROUP BY x LIMIT 20;
SELECT x, y, count(*) FROM k GROUP BY x, y LIMIT 7 OFFSET 200;
SELECT c, count(DISTINCT a), min(id) FROM t WHERE c > 'b' COLLATE NOCASE GROUP BY c COLLATE NOCASE;
SELECT t.id, count(u.p), group_concat(u.r) FROM t LEFT JOIN u ON u.r = t.a WHERE t.id < 40 GROUP BY t.id;
SELECT a, b, count(*) FROM t WHERE a IN (1, 7, 3) AND b < 9 GROUP BY a, b ORDER BY a DESC, b;
SELECT count(*) FROM (SELECT a, b FROM t WHERE a >= 0 GROUP BY a, b);

-- plan
EXPLAIN QUERY PLAN SELECT DISTINCT a FROM t WHERE a > 3;
-- any order
SELECT DISTINCT a FROM t WHERE a > 3;
SELECT DISTINCT b, a FROM t WHERE a > 3 AND b < 20 ORDER BY a, b;
SELECT count(*) FROM (SELECT DISTINCT b, a FROM t WHERE a > 3);
SELECT count(*) FROM (SELECT DISTINCT b FROM t WHERE a = 3);
-- plan
EXPLAIN QUERY PLAN SELECT DISTINCT b FROM t WHERE a = 3;
-- plan
EXPLAIN QUERY PLAN SELECT DISTINCT id, a, d FROM t;
SELECT count(*) FROM (SELECT DISTINCT id, c FROM t);
-- plan
EXPLAIN QUERY PLAN SELECT DISTINCT p, r FROM u;
SELECT DISTINCT p, r FROM u ORDER BY p LIMIT 3;
-- plan
EXPLAIN QUERY PLAN SELECT DISTINCT r FROM u;
SELECT count(*), count(q) FROM (SELECT DISTINCT q, 1 FROM u);
INSERT INTO u VALUES (100, NULL, 1), (101, NULL, 1), (102, NULL, 2);
SELECT DISTINCT q, r FROM u WHERE p >= 100 ORDER BY r;
-- any order
SELECT DISTINCT c COLLATE NOCASE FROM t WHERE c > 'd' COLLATE NOCASE;
SELECT count(*) FROM (SELECT DISTINCT c FROM t WHERE c > 'd' COLLATE NOCASE);
SELECT count(*) FROM (SELECT DISTINCT t.id FROM t JOIN u ON u.r = t.a);
SELECT count(*) FROM (SELECT DISTINCT t.id, u.p FROM t LEFT JOIN u ON u.r = t.a);

-- plan
EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 5 ORDER BY b DESC, c;
SELECT b, c, id FROM t WHERE a = 5 ORDER BY b DESC, c, id;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 5 ORDER BY b, c, d LIMIT 3;
SELECT b, c, d FROM t WHERE a = 5 ORDER BY b, c, d LIMIT 3;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM t WHERE a > 5 ORDER BY a, c, id DESC;
SELECT a, c, id FROM t WHERE a > 5 ORDER BY a, c, id DESC;
SELECT a, c, id FROM t WHERE a > 5 ORDER BY a DESC, c, id DESC;
SELECT x, y, z FROM k ORDER BY x, z, y LIMIT 50 OFFSET 100;
SELECT x, y, z FROM k ORDER BY x DESC, z, y;
SELECT t.id, u.p FROM t JOIN u ON u.r = t.a WHERE t.id < 60 ORDER BY t.id, u.p DESC;
SELECT count(*) FROM t WHERE a > 5 AND t.id < 60 AND id = (SELECT id FROM t AS s WHERE s.a = t.a ORDER BY s.a, s.c DESC, s.id LIMIT 1);
