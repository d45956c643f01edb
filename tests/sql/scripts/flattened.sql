-- Queries in FROM and views that become a part of the join around them.
CREATE TABLE t (a INTEGER PRIMARY KEY, b, c);
CREATE TABLE u (x, y, z AS (x * 2));
CREATE INDEX ux ON u (x);
CREATE INDEX uz ON u (z);
CREATE VIEW v AS SELECT a, b + 1 AS bb, c FROM t WHERE b > 1;
CREATE VIEW w AS SELECT t.a, u.y, t.b * u.x AS p FROM t JOIN u ON t.a = u.x;
INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three'), (4, 4, NULL), (5, NULL, 'five');
INSERT INTO u VALUES (1, 'a'), (2, 'b'), (2, 'c'), (4, 'd'), (NULL, 'e'), ('3', 'f');
-- any order
SELECT * FROM v JOIN u ON v.a = u.x;
-- any order
SELECT * FROM u JOIN v ON v.a = u.x WHERE bb > 3;
-- any order
SELECT v.*, s.* FROM v, (SELECT x, x + y AS e FROM u) s WHERE v.bb = s.x + 1;
-- any order
SELECT * FROM w, t WHERE w.a = t.a;
-- any order
SELECT * FROM w JOIN w AS w2 ON w.p = w2.p JOIN t ON t.a = w2.a WHERE w.y < 'd';
-- any order
SELECT * FROM (SELECT * FROM (SELECT a + 1 AS k, c FROM t) WHERE k < 5) q JOIN u ON u.x = q.k;
-- any order
SELECT * FROM t JOIN u ON u.z = t.a;
-- any order
SELECT * FROM t LEFT JOIN v ON v.a = t.a;
-- any order
SELECT * FROM v LEFT JOIN u ON u.x = v.bb;
-- any order
SELECT count(*), sum(p), max(bb) FROM w JOIN v USING (a);
-- any order
SELECT v.a, (SELECT max(y) FROM u WHERE u.x = v.bb) FROM v JOIN u ON u.x = v.a;
-- any order
SELECT * FROM v JOIN t ON (SELECT count(*) FROM u WHERE u.x = v.bb) = t.a;
-- any order
SELECT * FROM (SELECT a, (SELECT y FROM u WHERE x = a) AS y FROM t) q JOIN u ON u.y = q.y;
-- any order
SELECT * FROM (SELECT a, b FROM t ORDER BY b LIMIT 2) q JOIN u ON u.x = q.a;
-- any order
SELECT * FROM (SELECT DISTINCT b FROM t) q JOIN v ON v.b = q.b;
-- any order
SELECT * FROM (SELECT b, count(*) AS n FROM t GROUP BY b) q JOIN v ON v.bb = q.b;
-- any order
SELECT q.*, u.rowid FROM (SELECT t.a, u2.y FROM t CROSS JOIN u AS u2) q JOIN u ON u.x = q.a AND u.y = q.y;
-- any order
SELECT * FROM v NATURAL JOIN t;
-- any order
SELECT a.k, b.k FROM (SELECT CAST(b AS TEXT) AS k FROM t) a JOIN (SELECT b AS k FROM t) b ON a.k = b.k;
-- any order
SELECT a.k, b.k FROM (SELECT +x AS k FROM u) a JOIN (SELECT a AS k FROM t) b ON a.k = b.k;
SELECT v.a, u.y FROM v JOIN u ON u.x = v.a ORDER BY v.bb DESC, u.y LIMIT 3;
-- any order
SELECT v.bb FROM v JOIN u ON u.x = v.a GROUP BY v.bb HAVING count(*) > 0;
-- any order
SELECT sum(v.bb) OVER (ORDER BY u.y) FROM v JOIN u ON u.x = v.a;
UPDATE t SET c = q.e FROM (SELECT x, y || '!' AS e FROM u WHERE y < 'c') q WHERE q.x = t.a;
SELECT * FROM t;
CREATE TABLE big (a INTEGER PRIMARY KEY, b INT, c);
CREATE TABLE other (x INT, y);
CREATE INDEX other_x ON other (x);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO big SELECT i, i % 50, i FROM n;
INSERT INTO other SELECT a, b FROM big;
CREATE VIEW vb AS SELECT a, b + 1 AS bb, c FROM big WHERE b > 1;
CREATE VIEW vj AS SELECT big.a AS a, other.y AS y FROM big JOIN other ON big.a = other.x;
-- any order
SELECT * FROM vb JOIN other ON vb.a = other.x WHERE vb.a < 3;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM (SELECT a, b + 1 AS k FROM big WHERE a = 2) q JOIN other ON other.x = q.k;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM other JOIN vb ON vb.a = other.y WHERE other.x = 7;
SELECT * FROM vj WHERE a = 7;
-- any order
SELECT * FROM other JOIN vb ON vb.a = other.y WHERE other.x BETWEEN 7 AND 20;
-- any order
SELECT count(*), sum(o.y) FROM vj JOIN other o ON o.x = vj.a + 1 WHERE vj.a > 990;
-- Steps of recursions that join.
CREATE TABLE edges (f, g);
INSERT INTO edges VALUES (1, 2), (2, 3), (3, 4), (4, 1), (2, 5), (5, 6), (7, 8), (NULL, 1), (6, NULL);
WITH RECURSIVE r (n, d) AS (SELECT 1, 0 UNION SELECT e.g, d + 1 FROM r JOIN edges e ON e.f = r.n WHERE d < 6) SELECT * FROM r;
WITH RECURSIVE r (n) AS (VALUES (1), (7) UNION SELECT e.g FROM r JOIN edges e ON e.f = r.n) SELECT * FROM r ORDER BY n;
WITH RECURSIVE r (n) AS (SELECT 1 UNION SELECT e.g FROM r JOIN (SELECT f + 0 AS f, g FROM edges) e ON e.f = r.n UNION SELECT e.f FROM r JOIN edges e ON e.g = r.n + 1) SELECT count(*), max(n) FROM r;
SELECT a, (WITH RECURSIVE r (n) AS (SELECT t.a UNION SELECT e.g FROM r JOIN edges e ON e.f = r.n AND e.g > t.a) SELECT group_concat(n, ' ') FROM r) FROM t;
WITH RECURSIVE r (n, d) AS (SELECT 1, 0 UNION ALL SELECT e.g, d + 1 FROM r LEFT JOIN edges e ON e.f = r.n WHERE d < 5) SELECT d, group_concat(n) FROM r GROUP BY d;
