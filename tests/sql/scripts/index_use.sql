-- What indexes may be used for, and where they must not: the answers are the same with and without them.
CREATE TABLE m(id INTEGER PRIMARY KEY, i INT, r REAL, t TEXT, n TEXT COLLATE nocase, w, v AS (i * 2) VIRTUAL);
INSERT INTO m(i, r, t, n, w) VALUES (1, 1.0, '1', 'a', 1), (2, 2.5, '2.0', 'A', '1'), (NULL, NULL, NULL, NULL, NULL), (3, -0.0, 'x', 'b ', x'31'), (2, 1e18, '2', 'B', 1.0), (-5, 2, 'a%', 'ab', 'a'), (9007199254740993, 9007199254740992.0, '', '', 9007199254740993), (4, 3, x'6162', x'6162', 2.5);
CREATE INDEX mi ON m(i);
CREATE INDEX mr ON m(r DESC);
CREATE INDEX mt ON m(t);
CREATE INDEX mn ON m(n);
CREATE INDEX mw ON m(w);
CREATE INDEX mv ON m(v);
CREATE INDEX mir ON m(i, r DESC, t);
CREATE UNIQUE INDEX mun ON m(i, id);
CREATE INDEX mx ON m(upper(t), i) WHERE i IS NOT NULL;
-- any order
SELECT id FROM m WHERE i IN (2, '3', 1.0, NULL, 'x', 2.0);
-- any order
SELECT id FROM m WHERE r IN (1, '2.5', 2, 0);
-- any order
SELECT id FROM m WHERE t IN (1, 2, '2.0', x'6162');
-- any order
SELECT id FROM m WHERE n IN ('A', 'AB', 'b');
-- any order
SELECT id FROM m WHERE n COLLATE binary IN ('A', 'AB');
-- any order
SELECT id FROM m WHERE w IN (1, '1', x'31');
-- any order
SELECT id FROM m WHERE w IN (SELECT t FROM m);
-- any order
SELECT id FROM m WHERE t IN (SELECT w FROM m);
-- any order
SELECT id FROM m WHERE i IN (SELECT t FROM m);
-- any order
SELECT id FROM m WHERE n IN (SELECT t FROM m);
-- any order
SELECT id FROM m WHERE i IN (SELECT r FROM m) AND r IN (SELECT i FROM m);
-- any order
SELECT id FROM m WHERE i NOT IN (1, 2);
-- any order
SELECT id FROM m WHERE i IS NULL OR r > 2;
-- any order
SELECT id FROM m WHERE i IS NULL AND r IS NULL;
-- any order
SELECT id FROM m WHERE i IS 2 AND r > 1;
-- any order
SELECT id FROM m WHERE i = 2 AND r IS NOT NULL;
-- any order
SELECT id FROM m WHERE i IS NOT NULL AND i < 3;
-- any order
SELECT id FROM m WHERE r < 2.5 AND r > -1;
-- any order
SELECT id FROM m WHERE r <= 2.5;
-- any order
SELECT id FROM m WHERE i < NULL OR i = NULL;
-- any order
SELECT id FROM m WHERE i BETWEEN 2 AND 3 AND r BETWEEN 2 AND 1e19;
-- any order
SELECT id FROM m WHERE i = '2' OR t = 2 OR id = 1;
-- any order
SELECT id FROM m WHERE i = 1 OR i = 3 OR i = 9007199254740992;
-- any order
SELECT id FROM m WHERE (i = 2 AND r > 3) OR (n = 'AB' AND w = 'a') OR id IN (1, 3);
-- any order
SELECT id FROM m WHERE i = 2 OR i IS NULL OR w > 'a';
-- any order
SELECT id FROM m WHERE v = 4;
-- any order
SELECT id FROM m WHERE v IN (2, 6) OR v < -1;
-- any order
SELECT id FROM m WHERE upper(t) = 'X' AND i > 0;
-- any order
SELECT id FROM m WHERE upper(t) = 'X';
-- any order
SELECT id FROM m WHERE upper(t) IN ('X', 'A%') AND i = 3;
-- any order
SELECT id FROM m WHERE n LIKE 'A%';
-- any order
SELECT id FROM m WHERE n LIKE 'a_';
-- any order
SELECT id FROM m WHERE t LIKE 'A%';
-- any order
SELECT id FROM m WHERE t GLOB 'a*';
-- any order
SELECT id FROM m WHERE t GLOB 'a[%]*';
-- any order
SELECT id FROM m WHERE n LIKE 'ab';
-- any order
SELECT id FROM m WHERE n NOT LIKE 'A%';
-- any order
SELECT id FROM m WHERE n LIKE 'A\%' ESCAPE '\';
SELECT id FROM m WHERE i > 0 ORDER BY i, r DESC, t;
SELECT id FROM m WHERE i = 2 ORDER BY r DESC;
SELECT id FROM m WHERE i IN (3, 1, 2) ORDER BY i, id;
SELECT id FROM m WHERE i IN (3, 1, 2) ORDER BY i DESC, id;
SELECT id FROM m WHERE i IN (1, 2) ORDER BY r, id;
SELECT i, id FROM m ORDER BY i LIMIT 3;
SELECT r, id FROM m ORDER BY r DESC LIMIT 3;
SELECT n FROM m WHERE n IS NOT NULL ORDER BY n COLLATE binary LIMIT 3;
SELECT min(i), max(i) FROM m;
SELECT min(i) FROM m;
SELECT max(i) FROM m WHERE i < 3;
SELECT min(r) FROM m;
SELECT max(r) FROM m;
SELECT min(i) FROM m WHERE i IS NULL;
SELECT max(id) FROM m WHERE t = 'nothing';
SELECT i, count(*) FROM m GROUP BY i ORDER BY i;
SELECT DISTINCT i FROM m ORDER BY i DESC;
-- any order
SELECT x.id, y.id FROM m AS x JOIN m AS y ON x.i = y.r;
-- any order
SELECT x.id, y.id FROM m AS x JOIN m AS y ON x.t = y.w;
-- any order
SELECT x.id, y.id FROM m AS x JOIN m AS y ON x.n = y.t;
-- any order
SELECT x.id, y.id FROM m AS x JOIN m AS y ON y.t = x.n;
-- any order
SELECT x.id, y.id FROM m AS x LEFT JOIN m AS y ON y.i = x.i AND y.r > 3;
-- any order
SELECT x.id, y.id FROM m AS x LEFT JOIN m AS y ON y.i = x.i AND y.id <> x.id WHERE y.id IS NULL;
-- any order
SELECT x.id, y.id, z.id FROM m AS x, m AS y, m AS z WHERE x.i = y.i AND y.i = z.i AND z.i = 2;
-- any order
SELECT x.id, y.id FROM m AS x, m AS y WHERE x.n = y.n AND y.n = 'a';
-- any order
SELECT x.id, y.id FROM m AS x, m AS y WHERE x.t = y.n AND y.n = 'AB';
CREATE TABLE k(a TEXT, b INT, c INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE INDEX kc ON k(c);
INSERT INTO k VALUES ('x', 1, 10), ('x', 2, 20), ('y', 1, 10), ('z', 3, NULL);
-- any order
SELECT * FROM k WHERE a = 'x' OR c = 10 OR c IS NULL;
SELECT * FROM k WHERE a IN ('z', 'x') AND b IN (3, 2) ORDER BY a, b;
SELECT * FROM k WHERE a = 'x' AND b > 1;
SELECT max(b) FROM k WHERE a = 'x';
SELECT a, b FROM k ORDER BY a DESC, b DESC;
CREATE TABLE s(g INT, h INT);
INSERT INTO s WITH RECURSIVE c(x) AS (VALUES(0) UNION ALL SELECT x+1 FROM c WHERE x<499) SELECT x % 3, x FROM c;
INSERT INTO s VALUES (NULL, 7), (NULL, NULL), (1, NULL);
CREATE INDEX sgh ON s(g, h);
ANALYZE;
-- any order
SELECT g, h FROM s WHERE h = 7;
-- any order
SELECT g, h FROM s WHERE h IN (7, 8, 499) OR h IS NULL;
-- any order
SELECT g, h FROM s WHERE h IS NULL;
-- any order
SELECT g, h FROM s WHERE h BETWEEN 10 AND 12;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM s WHERE h = 7;
UPDATE s SET h = h + 1 WHERE g = 1 AND h > 400;
SELECT count(*), sum(h) FROM s WHERE g = 1;
DELETE FROM s WHERE h = 7 OR g IS NULL OR h > 300;
SELECT count(*), sum(h) FROM s;
UPDATE m SET i = i + 10 WHERE i IN (1, 2, 12);
SELECT id, i FROM m ORDER BY id;
DELETE FROM m WHERE i = 12 OR n LIKE 'a%';
SELECT id, i FROM m ORDER BY id;
