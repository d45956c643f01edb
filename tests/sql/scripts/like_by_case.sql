-- PRAGMA case_sensitive_like.
CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT, c TEXT CHECK (c LIKE 'x%'));
CREATE INDEX ta ON t (a);
CREATE INDEX tb ON t (b);
INSERT INTO t VALUES ('abc', 'abc', 'xa'), ('ABC', 'ABC', 'XB'), ('abd', 'abd', NULL), ('b', x'616263', 'x');
SELECT 'A' LIKE 'a', like('a', 'A'), like('a', 'A', 'x'), 'A' NOT LIKE 'a';
PRAGMA case_sensitive_like;
PRAGMA case_sensitive_like = on;
SELECT 'A' LIKE 'a', like('a', 'A'), like('a', 'A', 'x'), 'A' NOT LIKE 'a', 'a' LIKE 'a', 'ä' LIKE 'Ä', 'ab' LIKE 'A_', 'Ab' LIKE 'A_', 'xAby' LIKE '%A_y', 'xaby' LIKE '%A_y';
SELECT 'A%' LIKE 'Ax%' ESCAPE 'x', 'a%' LIKE 'Ax%' ESCAPE 'x', 'A' LIKE NULL, 12 LIKE '1%', 'AbC' LIKE '%bC', 'AbC' LIKE '%bc';
SELECT a FROM t WHERE a LIKE 'ab%';
SELECT a FROM t WHERE a LIKE 'AB%';
SELECT b FROM t WHERE b LIKE 'ab%';
SELECT b FROM t WHERE b LIKE 'ab_';
SELECT b FROM t WHERE b NOT LIKE 'ab%';
-- plan
EXPLAIN QUERY PLAN SELECT * FROM t WHERE a LIKE 'ab%';
-- plan
EXPLAIN QUERY PLAN SELECT * FROM t WHERE b LIKE 'ab%';
INSERT INTO t VALUES (1, 1, 'X');
UPDATE t SET a = a;
PRAGMA main.case_sensitive_like(0);
SELECT 'A' LIKE 'a', b FROM t WHERE b LIKE 'ab%' ORDER BY b;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM t WHERE a LIKE 'ab%';
-- plan
EXPLAIN QUERY PLAN SELECT * FROM t WHERE b LIKE 'ab%';
PRAGMA case_sensitive_like(true);
PRAGMA case_sensitive_like;
SELECT 'A' LIKE 'a';
SELECT * FROM pragma_case_sensitive_like;
PRAGMA case_sensitive_like = nonsense;
SELECT 'A' LIKE 'a';
