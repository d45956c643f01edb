-- Groups of texts that are kept in memory with their codes, asked for again and again while the rows change.
CREATE TABLE t (id INTEGER PRIMARY KEY, few TEXT, some TEXT COLLATE NOCASE, many TEXT, mixed, n INT);
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 9000)
INSERT INTO t SELECT i, CASE i % 11 WHEN 3 THEN NULL WHEN 4 THEN '' ELSE 'few ' || (i % 7) END,
  CASE i % 3 WHEN 0 THEN 'Word' WHEN 1 THEN 'word' ELSE 'other ' || (i % 5) END, 'many ' || (i % 700),
  CASE i % 4 WHEN 0 THEN i % 5 WHEN 1 THEN '' || (i % 5) WHEN 2 THEN x'31' ELSE 1.0 * (i % 5) END, i FROM c;
SELECT few, count(*), sum(n), min(id) FROM t GROUP BY few;
SELECT few, count(*), sum(n), min(id) FROM t GROUP BY few;
SELECT few, count(*), max(n) FROM t GROUP BY few COLLATE NOCASE;
SELECT some, count(*), sum(n), min(id) FROM t GROUP BY some;
SELECT some, count(*), sum(n), min(id) FROM t GROUP BY some;
SELECT some, count(*), sum(n) FROM t GROUP BY some COLLATE BINARY;
SELECT some, count(*), sum(n) FROM t GROUP BY some COLLATE BINARY;
SELECT some, count(*), sum(n) FROM t GROUP BY some;
SELECT some, count(*), sum(n) FROM t GROUP BY some COLLATE RTRIM;
SELECT count(*), sum(a), max(many) FROM (SELECT many, count(*) AS a FROM t GROUP BY many);
SELECT count(*), sum(a), max(many) FROM (SELECT many, count(*) AS a FROM t GROUP BY many);
SELECT mixed, typeof(mixed), count(*) FROM t GROUP BY mixed;
SELECT mixed, typeof(mixed), count(*) FROM t GROUP BY mixed;
SELECT few, count(*) FROM t WHERE n > 4000 GROUP BY few;
SELECT few, count(*) FROM t WHERE n > 4000 GROUP BY few HAVING count(*) > 300;
SELECT few, some, count(*) FROM t GROUP BY few, some;
SELECT few FROM t GROUP BY few ORDER BY count(*) DESC, few LIMIT 3;
UPDATE t SET few = 'new' WHERE id % 1000 = 5;
SELECT few, count(*), sum(n) FROM t GROUP BY few;
SELECT few, count(*), sum(n) FROM t GROUP BY few;
DELETE FROM t WHERE few = 'few 2' AND n < 3000;
SELECT few, count(*), sum(n) FROM t GROUP BY few;
SELECT few, count(*), sum(n) FROM t GROUP BY few;
BEGIN;
UPDATE t SET few = upper(few) WHERE n BETWEEN 100 AND 2500;
SELECT few, count(*), sum(n) FROM t GROUP BY few;
SELECT few, count(*), sum(n) FROM t GROUP BY few COLLATE NOCASE;
ROLLBACK;
SELECT few, count(*), sum(n) FROM t GROUP BY few;
INSERT INTO t (few, n) VALUES ('last', 1), (NULL, 2), (x'00', 3), ('', 4);
SELECT few, typeof(few), count(*), sum(n) FROM t GROUP BY few;
SELECT few, typeof(few), count(*), sum(n) FROM t GROUP BY few;
SELECT a.few, count(*) FROM t AS a JOIN t AS b ON b.id = a.id + 1 GROUP BY a.few;
SELECT DISTINCT few FROM t ORDER BY 1;
