-- Enough rows for sorts, hash tables and collected rows to have several batches, whether they fit in memory or not.
CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER, r REAL, s TEXT, b);
INSERT INTO t WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 1300)
  SELECT x, (x * 7919) % 401, ((x * 104729) % 997) / 7.0,
    CASE x % 11 WHEN 0 THEN NULL WHEN 1 THEN printf('Key %d', x % 50) ELSE printf('key %d', x % 50) END,
    CASE x % 5 WHEN 0 THEN x % 70 WHEN 1 THEN (x % 70) * 1.0 WHEN 2 THEN 'text' || (x % 70) WHEN 3 THEN NULL
      ELSE CAST(x % 70 AS BLOB) END FROM c;
CREATE TABLE u (id INTEGER PRIMARY KEY, k, s TEXT COLLATE NOCASE, n);
INSERT INTO u SELECT id, CASE id % 13 WHEN 0 THEN NULL ELSE (id * 31) % 601 END, s, id % 17 FROM t WHERE id % 2;
-- ORDER BY: all classes, both directions, NULLs at either end, equal keys as they came.
SELECT id, b FROM t ORDER BY b, k DESC;
SELECT id FROM t ORDER BY s COLLATE NOCASE DESC NULLS FIRST, r NULLS LAST;
SELECT id, r FROM t ORDER BY r DESC, id DESC LIMIT 700 OFFSET 300;
SELECT id FROM t ORDER BY k LIMIT 400;
SELECT id FROM t ORDER BY s, b LIMIT 20;
-- DISTINCT, in the order in which rows came.
SELECT DISTINCT k FROM t;
SELECT DISTINCT s COLLATE NOCASE FROM t;
SELECT DISTINCT b, k % 3 FROM t LIMIT 100 OFFSET 20;
-- Compounds.
SELECT k, s FROM t UNION SELECT k, s FROM u;
SELECT k FROM t INTERSECT SELECT k FROM u;
SELECT k FROM t EXCEPT SELECT k FROM u;
SELECT lower(s) FROM u UNION SELECT upper(s) FROM t;
SELECT b FROM t UNION SELECT k FROM u ORDER BY 1 DESC;
SELECT b, 1 FROM t INTERSECT SELECT n, 1 FROM u;
-- Groups, in the order of their keys, with states that do and do not grow.
SELECT k, count(*), sum(r), avg(r), total(id), min(s), max(b), group_concat(id) FROM t GROUP BY k;
SELECT id % 700 AS g, sum(r), count(s) FROM t GROUP BY g;
SELECT s COLLATE NOCASE, k % 7, count(*), sum(r) FROM t GROUP BY 1, 2;
SELECT b, group_concat(s, '|'), json_group_array(id) FROM t GROUP BY b;
SELECT k % 40, count(DISTINCT s), sum(DISTINCT r), group_concat(DISTINCT b) FROM t GROUP BY 1;
SELECT count(DISTINCT r), count(DISTINCT b), group_concat(DISTINCT k) FROM t;
SELECT k, max(r), id, s FROM t GROUP BY k;
SELECT k % 300, min(s), id, b FROM t WHERE s IS NOT NULL GROUP BY 1 HAVING count(*) > 3;
SELECT k % 30, group_concat(id ORDER BY r DESC, id), sum(r) FILTER (WHERE id % 3) FROM t GROUP BY 1;
SELECT group_concat(DISTINCT s ORDER BY s) FROM t;
SELECT json_group_object(id, k) FROM t WHERE id < 900;
SELECT k, id, s FROM t GROUP BY k, s HAVING id % 2;
-- Joins by equality: order of the left side, rows without partners, keys of several classes and NULLs.
-- any order
SELECT t.id, u.id FROM t JOIN u ON t.k = u.k;
SELECT t.id, u.id FROM t LEFT JOIN u ON t.k = u.k AND t.id > u.id;
SELECT t.id, u.id FROM u LEFT JOIN t ON t.b = u.n;
-- any order
SELECT t.id, u.id FROM t RIGHT JOIN u ON t.k + 0 = u.k + 0 AND t.id % 2 = 0;
-- any order
SELECT t.id, u.id FROM t FULL JOIN u ON t.k + 0 = u.k + 0 AND u.n > 3;
SELECT count(*), sum(t.id * u.id % 1009) FROM t JOIN u ON t.s = u.s AND t.k % 5 = u.n % 5;
SELECT count(*), sum(a.id * b.id % 1009) FROM t a JOIN t b ON a.id % 3 = b.id % 3 WHERE a.id < 500 AND b.id < 500;
-- any order
SELECT t.id, u.n FROM t NATURAL LEFT JOIN u;
-- Joins by other conditions.
SELECT count(*), sum(a.id), sum(b.id) FROM t a LEFT JOIN u b ON a.id BETWEEN b.id - 3 AND b.id + 2 AND a.k < b.k WHERE a.id < 150;
-- any order
SELECT a.id, b.id FROM (SELECT * FROM t WHERE id < 60) a FULL JOIN (SELECT * FROM u WHERE id < 150) b ON a.k < b.k - 500;
-- Queries in expressions.
SELECT id FROM t WHERE k IN (SELECT k FROM u WHERE n < 9);
SELECT id FROM t WHERE k NOT IN (SELECT k FROM u WHERE k IS NOT NULL);
SELECT id, k NOT IN (SELECT k FROM u WHERE n < 4) FROM t WHERE id < 500;
SELECT count(*) FROM t WHERE (k, s) IN (SELECT k, s FROM u);
SELECT id, (k, s) IN (SELECT k, s FROM u WHERE n < 3) FROM t WHERE id < 300;
SELECT id, (SELECT count(*) FROM u WHERE u.k = t.k) FROM t WHERE id % 20 = 0;
SELECT id FROM t WHERE id < 90 AND EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.n = 5);
SELECT id, (SELECT max(u.id) FROM u WHERE u.n = t.k % 20) FROM t WHERE id % 50 = 0;
-- Common tables that are read several times.
WITH m AS MATERIALIZED (SELECT k, count(*) AS n FROM t GROUP BY k)
  SELECT a.k, a.n, b.n FROM m a JOIN m b ON a.k = b.k + 1 WHERE a.n + b.n > 14;
WITH m AS MATERIALIZED (SELECT id, s FROM t ORDER BY r) SELECT (SELECT count(*) FROM m), (SELECT group_concat(id) FROM m);
-- Recursion: a queue that grows, a set of rows seen, a queue with an order.
WITH RECURSIVE c (x, d) AS (SELECT id, 0 FROM t WHERE id < 200 UNION ALL SELECT x + 1, d + 1 FROM c WHERE d < 6)
  SELECT count(*), sum(x * d), min(x), max(x) FROM c;
WITH RECURSIVE c (x) AS (SELECT 1 UNION SELECT (x * 17 + y) % 1009 FROM c, (SELECT 3 AS y UNION SELECT 5))
  SELECT count(*), sum(x) FROM c;
WITH RECURSIVE c (x) AS (SELECT 1 UNION SELECT (x * 17 + 3) % 1009 FROM c) SELECT x FROM c;
WITH RECURSIVE c (x, d) AS (SELECT 1, 0 UNION ALL SELECT x * 2 + y, d + 1 FROM c, (SELECT 0 AS y UNION ALL SELECT 1) WHERE d < 9
  ORDER BY 2 DESC, 1) SELECT x, d FROM c;
WITH RECURSIVE c (x, d) AS (SELECT 1, 0 UNION ALL SELECT x * 2 + y, d + 1 FROM c, (SELECT 0 AS y UNION ALL SELECT 1) WHERE d < 10
  ORDER BY 2 LIMIT 900 OFFSET 100) SELECT x, d FROM c;
-- Windows.
SELECT id, row_number() OVER (ORDER BY r, id), sum(k) OVER (PARTITION BY k % 5 ORDER BY id ROWS 20 PRECEDING) FROM t;
SELECT id, rank() OVER w, dense_rank() OVER w, ntile(7) OVER w, percent_rank() OVER w, cume_dist() OVER w FROM t
  WINDOW w AS (ORDER BY k);
SELECT id, lag(id, 2, -1) OVER w, lead(s, 300) OVER w, first_value(id) OVER w, last_value(id) OVER w, nth_value(id, 5) OVER w
  FROM t WINDOW w AS (ORDER BY b, id);
SELECT id, sum(r) OVER (ORDER BY k RANGE BETWEEN 20 PRECEDING AND 3 FOLLOWING EXCLUDE TIES) FROM t WHERE id < 300;
SELECT id, max(s) OVER (ORDER BY id ROWS BETWEEN 100 PRECEDING AND 30 FOLLOWING),
  count(*) OVER (ORDER BY k GROUPS BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM t;
SELECT id, group_concat(k) FILTER (WHERE id % 2) OVER (PARTITION BY k % 50 ORDER BY id) FROM t;
-- Rows that a statement works on.
CREATE TABLE w (id INTEGER PRIMARY KEY, k UNIQUE, s);
INSERT OR IGNORE INTO w (k, s) SELECT k, s FROM t ORDER BY r DESC, id;
SELECT * FROM w ORDER BY id;
INSERT INTO w SELECT id + 10000, 'x' || id, s FROM t WHERE id % 3 = 0 ORDER BY r RETURNING id, k;
UPDATE w SET s = w.s || u.n FROM u WHERE w.k = u.k RETURNING w.id, w.s;
UPDATE t SET r = -r WHERE s IN (SELECT s FROM u WHERE n = 3) RETURNING id, r;
DELETE FROM w WHERE id IN (SELECT id + 10000 FROM t WHERE k % 3 = 1 ORDER BY r) RETURNING *;
SELECT count(*), sum(id), group_concat(DISTINCT s) FROM w;
UPDATE w SET k = 'y' || id WHERE typeof(k) = 'text';
SELECT * FROM w ORDER BY k;
CREATE UNIQUE INDEX wk ON w (k DESC, s);
CREATE UNIQUE INDEX ws ON w (s);
SELECT k FROM w ORDER BY k DESC LIMIT 50;
