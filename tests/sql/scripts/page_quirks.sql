-- What https://sqlite.org/quirks.html tells of.
-- 3 Flexible typing.
CREATE TABLE t1 (a INTEGER, b TEXT, c, d NO SUCH TYPE);
INSERT INTO t1 VALUES ('text', 5, x'00', 1.5), (1.0, NULL, 'y', '7'), ('12', 1.5, 2, 'z');
SELECT a, typeof(a), b, typeof(b), c, typeof(c), d, typeof(d) FROM t1;
-- 3.1 No BOOLEAN, 3.2 no DATETIME.
CREATE TABLE t2 (flag BOOLEAN, at DATETIME);
INSERT INTO t2 VALUES (TRUE, '2024-05-15'), (FALSE, 1700000000), ('true', 2460000.5);
SELECT flag, typeof(flag), at, typeof(at), flag IS TRUE FROM t2;
-- 3.3 The type is optional.
CREATE TABLE t3 (a, b, c);
SELECT type FROM pragma_table_info('t3');
-- 4 Foreign keys are off unless asked for.
CREATE TABLE child (a REFERENCES t4 (x));
INSERT INTO child VALUES (99);
SELECT * FROM child;
-- 5 PRIMARY KEYs may hold NULLs.
CREATE TABLE pk (a TEXT PRIMARY KEY, b);
INSERT INTO pk VALUES (NULL, 1), (NULL, 2);
SELECT count(*) FROM pk WHERE a IS NULL;
CREATE TABLE pk2 (a TEXT PRIMARY KEY, b) WITHOUT ROWID;
INSERT INTO pk2 VALUES (NULL, 1);
CREATE TABLE pk3 (a INTEGER PRIMARY KEY, b);
INSERT INTO pk3 VALUES (NULL, 'x'), (NULL, 'y');
SELECT * FROM pk3;
-- 6 Bare columns in aggregates.
CREATE TABLE e (name, dept, salary);
INSERT INTO e VALUES ('a', 1, 10), ('b', 1, 30), ('c', 2, 20);
SELECT max(salary), name FROM e;
SELECT dept, min(salary), name FROM e GROUP BY dept;
SELECT dept, name FROM e GROUP BY dept HAVING max(salary) > 0 ORDER BY dept;
-- 7 No full case folding.
SELECT lower('ÀÉ'), 'É' LIKE 'é', upper('ß'), 'É' = 'é' COLLATE nocase;
-- 8 Double-quoted strings.
SELECT "not a column" AS s, typeof("x y") FROM e LIMIT 1;
-- 9 Keywords as names.
CREATE TABLE "table" ("select" INTEGER, key TEXT, rename INT, "order");
INSERT INTO "table" VALUES (1, 'k', 2, 3);
SELECT "select", key, rename, "order", [order], `order` FROM "table";
CREATE TABLE begin (replace INT, abort INT, key INT, view INT);
INSERT INTO begin VALUES (1, 2, 3, 4);
SELECT replace, abort, key, view FROM begin;
CREATE TABLE select (a);
-- 10 Dubious SQL that runs.
SELECT 1 WHERE 1, 2;
SELECT count(*) FROM e HAVING count(*) > 1;
SELECT 5 HAVING 1;
-- 11 AUTOINCREMENT is not what MySQL has.
CREATE TABLE ai (x INTEGER PRIMARY KEY AUTOINCREMENT, y);
INSERT INTO ai (y) VALUES ('a'), ('b');
DELETE FROM ai WHERE x = 2;
INSERT INTO ai (y) VALUES ('c');
SELECT * FROM ai;
CREATE TABLE ai2 (x INT PRIMARY KEY AUTOINCREMENT);
-- 12 NUL characters in texts.
SELECT length('a' || char(0) || 'b'), hex('a' || char(0) || 'b'), quote('a' || char(0) || 'b'), 'a' || char(0) || 'b' = 'a', instr('a' || char(0) || 'b', 'b'), upper('a' || char(0) || 'b'), octet_length('a' || char(0) || 'b');
-- 13 Integers and texts are not the same.
SELECT 1 = '1', 1 IN ('1'), '1' = 1.0, CASE 1 WHEN '1' THEN 'same' ELSE 'other' END;
-- 14 Names that begin with a digit.
SELECT 1x FROM e;
SELECT 1 AS "1x", 2 '2y';
SELECT 123abc;
