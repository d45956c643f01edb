-- What https://sqlite.org/datatype3.html promises.
-- 3.1 Determination of column affinity.
CREATE TABLE a (i INT, bi BIGINT, t TEXT, vc VARCHAR(10), cl CLOB, b BLOB, n, r REAL, d DOUBLE, f FLOAT, nu NUMERIC, de DECIMAL(10, 5), bo BOOLEAN, da DATE, fp FLOATING POINT, ch CHARINT, st STRING);
INSERT INTO a VALUES ('500.0', '500.0', 500.0, 500.0, 500.0, 500.0, 500.0, '500', '500', '500', '500.0', '500.0', '500.0', '500.0', '500.0', '500.0', '500.0');
SELECT typeof(i), typeof(bi), typeof(t), typeof(vc), typeof(cl), typeof(b), typeof(n), typeof(r), typeof(d), typeof(f), typeof(nu), typeof(de), typeof(bo), typeof(da), typeof(fp), typeof(ch), typeof(st) FROM a;
-- 3.4 Column affinity behaviour example.
CREATE TABLE t1 (t TEXT, nu NUMERIC, i INTEGER, r REAL, no BLOB);
INSERT INTO t1 VALUES ('500.0', '500.0', '500.0', '500.0', '500.0');
SELECT typeof(t), typeof(nu), typeof(i), typeof(r), typeof(no) FROM t1;
DELETE FROM t1;
INSERT INTO t1 VALUES (500.0, 500.0, 500.0, 500.0, 500.0);
SELECT typeof(t), typeof(nu), typeof(i), typeof(r), typeof(no) FROM t1;
DELETE FROM t1;
INSERT INTO t1 VALUES (500, 500, 500, 500, 500);
SELECT typeof(t), typeof(nu), typeof(i), typeof(r), typeof(no) FROM t1;
DELETE FROM t1;
INSERT INTO t1 VALUES (x'0500', x'0500', x'0500', x'0500', x'0500');
SELECT typeof(t), typeof(nu), typeof(i), typeof(r), typeof(no) FROM t1;
DELETE FROM t1;
INSERT INTO t1 VALUES (NULL, NULL, NULL, NULL, NULL);
SELECT typeof(t), typeof(nu), typeof(i), typeof(r), typeof(no) FROM t1;
-- 3 What NUMERIC converts and what it leaves.
DELETE FROM t1;
INSERT INTO t1 (nu) VALUES ('123'), ('1.5'), ('3.0e+5'), ('abc'), ('12abc'), (' 5 '), ('9223372036854775808'), ('1e400'), (''), ('0x1A'), ('9007199254740993.0'), (1e15), ('.5'), ('5.'), ('+7');
SELECT nu, typeof(nu) FROM t1;
-- 4.3 Comparison example.
CREATE TABLE t2 (a TEXT, b NUMERIC, c BLOB, d);
INSERT INTO t2 VALUES ('500', '500', '500', 500);
SELECT typeof(a), typeof(b), typeof(c), typeof(d) FROM t2;
SELECT a < 40, a < 60, a < 600 FROM t2;
SELECT a < '40', a < '60', a < '600' FROM t2;
SELECT b < 40, b < 60, b < 600 FROM t2;
SELECT b < '40', b < '60', b < '600' FROM t2;
SELECT c < 40, c < 60, c < 600 FROM t2;
SELECT c < '40', c < '60', c < '600' FROM t2;
SELECT d < 40, d < 60, d < 600 FROM t2;
SELECT d < '40', d < '60', d < '600' FROM t2;
SELECT a < b, b < a, a = d, +a = d, a || '' = d, a = +d, (a) = (d), CAST(a AS NUMERIC) = d FROM t2;
-- 4.1 Sort order: NULL, numbers, texts, blobs.
SELECT x, typeof(x) FROM (SELECT 'b' AS x UNION ALL SELECT x'00' UNION ALL SELECT 1.5 UNION ALL SELECT NULL UNION ALL SELECT 1 UNION ALL SELECT 'a' UNION ALL SELECT 2 UNION ALL SELECT -9e99) ORDER BY x;
-- 5 Operators; 6 compounds use no affinity.
SELECT '5' + '5', '5' || 5, 'x' * 2, 5 / '2', typeof('5' + '5'), typeof('5.0' + 1);
SELECT '1' UNION SELECT 1 ORDER BY 1;
SELECT a FROM t2 INTERSECT SELECT d FROM t2;
-- 7 Collating sequences.
CREATE TABLE x (x INTEGER PRIMARY KEY, a, b COLLATE binary, c COLLATE rtrim, d COLLATE nocase);
INSERT INTO x VALUES (1, 'abc', 'abc', 'abc  ', 'abc'), (2, 'abc', 'abc', 'abc', 'ABC'), (3, 'abc', 'abc', 'abc ', 'Abc'), (4, 'abc', 'abc ', 'ABC', 'abc');
SELECT x FROM x WHERE a = b ORDER BY x;
SELECT x FROM x WHERE a = b COLLATE rtrim ORDER BY x;
SELECT x FROM x WHERE a = d ORDER BY x;
SELECT x FROM x WHERE d = a ORDER BY x;
SELECT x FROM x WHERE 'abc' = c ORDER BY x;
SELECT x FROM x WHERE c = 'abc' ORDER BY x;
SELECT count(*) FROM x GROUP BY d ORDER BY 1;
SELECT count(*) FROM x GROUP BY (d || '') ORDER BY 1;
SELECT x FROM x ORDER BY c, x;
SELECT x FROM x ORDER BY (c || ''), x;
SELECT x FROM x ORDER BY c COLLATE nocase, x;
