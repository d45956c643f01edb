-- Outer joins under conditions that are not true of rows without a partner, and under some that may be.
CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER, s TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER, y INTEGER, s TEXT);
CREATE TABLE c (id INTEGER PRIMARY KEY, b_id INTEGER, z REAL);
CREATE INDEX b_y ON b (y);
CREATE INDEX b_a ON b (a_id);
CREATE INDEX c_b ON c (b_id);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO a SELECT i, nullif(i % 7, 3), char(96 + i % 5) FROM n;
INSERT INTO b SELECT id + 20, nullif(id * 3 % 50, 9), nullif(id % 11, 4), s FROM a;
INSERT INTO c SELECT id, nullif(id * 2 % 70, 30), y / 2.0 FROM b ORDER BY id;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.id = 25;
-- plan
EXPLAIN QUERY PLAN SELECT * FROM a LEFT JOIN b ON b.a_id = a.id WHERE a.id = 3 AND coalesce(b.y, 5) = 5;
-- any order
SELECT * FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y = 5;
-- any order
SELECT * FROM a LEFT JOIN b ON b.a_id = a.id WHERE coalesce(b.y, 5) = 5;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y IS NULL;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y IS NOT NULL;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y IS 5;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y IS NOT 5;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE NOT (b.y < 5 AND b.s > 'a');
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE NOT (b.y < 5 AND a.x > 2);
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y = 5 OR b.s = 'b';
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y = 5 OR a.x = 2;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE (b.y = 5) IS NOT TRUE;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE (b.y > 5) IS TRUE;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE (b.y > 5) IS FALSE;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y IN (1, 2, NULL);
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y NOT IN (1, 2);
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y NOT IN ();
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y NOT IN (SELECT 1 WHERE false);
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.y IN (SELECT x FROM a);
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.s LIKE '%b%';
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.s NOT GLOB 'b*';
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE CASE WHEN b.y > 3 THEN 1 ELSE 2 END = 2;
-- any order
SELECT a.id, b.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE a.id = b.id - 20 OR a.id + b.id < 50;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON b.a_id = a.id LEFT JOIN c ON c.b_id = b.id WHERE c.z > 2;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON b.a_id = a.id JOIN c ON c.b_id = b.id;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN (b LEFT JOIN c ON c.b_id = b.id) ON b.a_id = a.id AND c.z > 1;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN (b LEFT JOIN c ON c.b_id = b.id) ON b.a_id = a.id WHERE c.z > 1;
-- any order
SELECT a.id, b.id FROM a RIGHT JOIN b ON b.a_id = a.id WHERE a.x > 2;
-- any order
SELECT a.id, b.id FROM a RIGHT JOIN b ON b.a_id = a.id WHERE b.y > 2;
-- any order
SELECT a.id, b.id FROM a FULL JOIN b ON b.a_id = a.id WHERE b.y > 2;
-- any order
SELECT a.id, b.id FROM a FULL JOIN b ON b.a_id = a.id WHERE a.x > 2;
-- any order
SELECT a.id, b.id FROM a FULL JOIN b ON b.a_id = a.id WHERE a.x > b.y;
-- any order
SELECT a.id, b.id FROM a FULL JOIN b ON b.a_id = a.id WHERE a.x > 2 OR b.y > 2;
-- any order
SELECT * FROM a FULL JOIN b USING (id) WHERE id > 30 AND s IS NOT NULL;
-- any order
SELECT v.i, v.j FROM (SELECT a.id AS i, b.y AS j, b.y + 1 AS k FROM a LEFT JOIN b ON b.a_id = a.id) AS v WHERE v.k > 3;
-- any order
SELECT v.i, v.j FROM (SELECT a.id AS i, coalesce(b.y, 9) AS j FROM a LEFT JOIN b ON b.a_id = a.id) AS v WHERE v.j > 3;
-- any order
SELECT id, (SELECT count(*) FROM b LEFT JOIN c ON c.b_id = b.id WHERE c.z > a.x AND b.a_id = a.id) FROM a;
SELECT count(*) FROM a LEFT JOIN (SELECT DISTINCT a_id, 1 AS one FROM b) AS d ON d.a_id = a.id WHERE d.one = 1;
SELECT count(*) FROM a LEFT JOIN json_each('[1,2,3]') AS j ON j.value = a.id WHERE j.value > 1;
SELECT count(*) FROM a LEFT JOIN json_each('[' || a.id || ',2]') AS j ON j.value > a.x WHERE j.value > 1;

-- What stands to the right of a LEFT JOIN may be joined last.
-- plan
EXPLAIN QUERY PLAN SELECT * FROM a LEFT JOIN b ON b.id = a.x JOIN c WHERE c.id = 30 AND a.id = c.b_id;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON b.a_id = a.id JOIN c WHERE c.id < 45 AND a.id = c.b_id - 20;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON b.a_id = a.id JOIN c ON c.b_id = a.id + 20 WHERE b.y IS NULL;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON b.a_id = a.id JOIN c ON c.b_id = coalesce(b.id, 22) WHERE a.id < 9;
-- any order
SELECT a.id, b.id, c.id, d.id FROM a JOIN b AS d ON d.y = a.x LEFT JOIN b ON b.a_id = a.id LEFT JOIN c ON c.b_id = b.id, c AS e WHERE e.id = d.id AND a.id < 9;
-- any order
SELECT a.id, b.id, c.id, d.id FROM (a LEFT JOIN b ON b.a_id = a.id AND b.y > 3) JOIN (b AS d LEFT JOIN c ON c.b_id = d.id AND c.z < 2) ON d.y = a.x WHERE a.id < 9 AND (b.id IS NULL OR c.id IS NULL);
-- any order
SELECT a.id, v.i, c.id FROM a LEFT JOIN (SELECT a_id AS i, count(*) AS n FROM b GROUP BY a_id) AS v ON v.i = a.id JOIN c ON c.id = a.id + 20;
-- any order
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON b.a_id = a.id AND a.x > 2 JOIN c ON c.id = a.id + 20 WHERE (SELECT count(*) FROM b AS o WHERE o.y = b.y) = 0;
-- any order
SELECT a.id, b.id, c.id FROM a CROSS JOIN c LEFT JOIN b ON b.a_id = a.id WHERE c.b_id = a.id + 20 AND a.id < 9;
-- any order
SELECT a.id, b.id, c.id FROM a, b CROSS JOIN c, a AS d WHERE a.id = c.b_id - 20 AND b.a_id = d.id AND d.x = c.id - 20;
SELECT count(*) FROM a NATURAL LEFT JOIN b JOIN c USING (id);

-- Conditions of LEFT JOINs over what queries in FROM compute.
CREATE VIEW va AS SELECT a.id + 1 AS i, a.x FROM a;
CREATE TABLE g (id INTEGER, i2 INTEGER, g1 AS (i2 + 1));
INSERT INTO g SELECT id, x FROM a WHERE id < 6;
-- any order
SELECT va.i, b.id, c.id FROM va LEFT JOIN b ON b.a_id = va.i, c WHERE c.id < 24 AND va.i < 12;
-- any order
SELECT q.i, b.id, c.id FROM (SELECT a.id * 2 AS i FROM a) AS q LEFT JOIN b ON q.i < b.y JOIN c ON c.id = q.i;
-- any order
SELECT j1.id, b.id, j3.id FROM g AS j1 JOIN g AS j2 LEFT JOIN b ON j1.g1 = b.y JOIN g AS j3 ON j3.id = j2.g1;
-- any order
SELECT q.one, v.id, a.id FROM (SELECT 1 AS one FROM c WHERE id < 24) AS q FULL JOIN (SELECT id FROM b) AS v ON q.one = v.id JOIN a ON q.one = a.id;
