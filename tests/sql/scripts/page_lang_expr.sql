-- What https://sqlite.org/lang_expr.html promises, in its order.
-- 2 Operators: precedence and meaning.
SELECT 1 + 2 * 3, (1 + 2) * 3, 2 * 3 % 4, 10 - 4 - 3, 1 || 2 * 3, -2 * 3, ~5 & 3, 1 | 2 & 3, 1 << 2 + 1, 1 < 2 = 1, 1 = 2 < 3, NOT 1 = 2, NOT 0 AND 0, 1 OR 0 AND 0, 1 AND NULL, 'a' || 'b' = 'ab', -1 || 2, 5 - -3, 1 <> 2 IS 1;
SELECT 7 / 2, -7 / 2, 7 / -2, 7.0 / 2, 7 % 3, -7 % 3, 7 % -3, 7.5 % 2, 7 / 0, 7 % 0, 7.0 / 0, 0.0 / 0, '7' / '2', '7.5' + 1, 'abc' + 1, x'37' + 1, 1 / 3.0 * 3;
SELECT 9223372036854775807 + 1, -9223372036854775807 - 2, 9223372036854775807 * 2, -(-9223372036854775807 - 1), typeof(9223372036854775807 + 1), 9223372036854775807 - -1, (-9223372036854775807 - 1) / -1, (-9223372036854775807 - 1) % -1;
SELECT 1 << 63, 1 << 64, 1 << -1, 8 >> 1, 8 >> -1, -8 >> 1, -8 >> 64, -1 >> 100, 1 << 100, ~0, ~NULL, 6 & 3, 6 | 3, 2.7 & 3, '6' | 1, NULL | 1;
SELECT 1 == 1, 1 = 1.0, 'a' = 'A', 1 != 2, 1 <> 2, 1 IS 1, NULL IS NULL, NULL IS NOT NULL, 1 IS NOT NULL, 1 IS DISTINCT FROM 2, NULL IS DISTINCT FROM NULL, 1 IS NOT DISTINCT FROM 1, 1 NOTNULL, NULL ISNULL, 1 NOT NULL;
SELECT +'abc', + 5, - '5', - 'abc', -x'31', - NULL, +'5' + 1, typeof(+'5'), typeof(-'5'), - -5, - - - 5, ~ ~5;
SELECT 'a' || 1, 1 || 1.5, NULL || 'a', x'41' || 'b', typeof(1 || 2), '{"a":[1,2]}' -> 'a', '{"a":[1,2]}' ->> '$.a[0]', '{"a":{"b":1}}' -> 'a' -> 'b';
-- 3 Literals.
SELECT 1, -1, 1.5, .5, 5., 1e3, 1E-3, 0x10, 0XfF, 0x7fffffffffffffff, 0xffffffffffffffff, -0x1, 1_000, 0x1_F, 'it''s', x'0Aff', X'', NULL, TRUE, FALSE, 9223372036854775807, 9223372036854775808, -9223372036854775808, 1e400, typeof(9223372036854775808), typeof(1e3);
SELECT 0x10000000000000000;
SELECT x'0';
SELECT x'zz';
SELECT 'unterminated;
SELECT CURRENT_DATE = date(), length(CURRENT_TIME), length(CURRENT_TIMESTAMP);
-- 4 Parameters that are not bound are NULL.
SELECT ?, ?2, :a, @b, $c;
-- 5 LIKE, GLOB, REGEXP, MATCH.
SELECT 'abc' LIKE 'A%', 'abc' LIKE 'a_c', 'abc' NOT LIKE 'x%', 'a%c' LIKE 'a\%c' ESCAPE '\', 'abc' LIKE NULL, NULL LIKE 'a', 'Ä' LIKE 'ä', 'a' LIKE 'a ', 12 LIKE '1%', x'61' LIKE 'a', 'abc' GLOB 'a*', 'abc' GLOB 'A*', 'abc' GLOB '?b?', 'abc' GLOB '[a-b]bc', 'abc' GLOB '[^a]bc', 'a*c' GLOB 'a[*]c', 'abc' NOT GLOB 'x*';
SELECT 'a' LIKE 'a' ESCAPE 'ab';
SELECT 'a' REGEXP 'a';
SELECT 'a' MATCH 'a';
-- 6 BETWEEN.
SELECT 2 BETWEEN 1 AND 3, 2 NOT BETWEEN 1 AND 3, 2 BETWEEN 3 AND 1, 'b' BETWEEN 'a' AND 'c', 2 BETWEEN NULL AND 3, 5 BETWEEN NULL AND 3, 1 BETWEEN 0 AND 2 = 1, 2 BETWEEN 1 AND 3 AND 0;
-- 7 CASE.
SELECT CASE 1 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END, CASE 3 WHEN 1 THEN 'a' END, CASE WHEN 0 THEN 'a' WHEN NULL THEN 'b' WHEN 1 THEN 'c' END, CASE NULL WHEN NULL THEN 1 ELSE 2 END, CASE 'a' COLLATE nocase WHEN 'A' THEN 1 ELSE 2 END, CASE '1' WHEN 1 THEN 'same' ELSE 'other' END, CASE WHEN 'abc' THEN 1 ELSE 0 END, CASE WHEN '1x' THEN 1 ELSE 0 END;
SELECT CASE (1, 2) WHEN (1, 3) THEN 'a' WHEN (SELECT 1, 2) THEN 'b' END, CASE (1, NULL) WHEN (1, NULL) THEN 1 ELSE 0 END;
SELECT CASE (1, 2) WHEN 1 THEN 'a' END;
-- 8 IN.
SELECT 1 IN (1, 2), 3 IN (1, 2), 3 NOT IN (1, 2), NULL IN (1), 1 IN (NULL), 1 IN (1, NULL), 1 NOT IN (2, NULL), 1 IN (), NULL IN (), 1 NOT IN (), '1' IN (1), 1 IN ('1'), 1 IN (SELECT 1), NULL IN (SELECT 1 WHERE 0), 'a' IN ('A' COLLATE nocase, 'b'), 'a' COLLATE nocase IN ('A'), 1 IN (1.0);
CREATE TABLE t (a INTEGER, b TEXT, c REAL, d BLOB, e TEXT COLLATE nocase);
INSERT INTO t VALUES (1, '1', 1.0, x'31', 'Abc'), (2, 'two', 2.5, NULL, 'x'), (NULL, NULL, NULL, NULL, NULL);
SELECT a IN t FROM t;
SELECT 1 IN (SELECT a FROM t), '1' IN (SELECT a FROM t), 1 IN (SELECT b FROM t), a IN ('1'), b IN (1), e IN ('abc'), 'abc' IN (e), 'abc' IN (SELECT e FROM t) FROM t;
CREATE TABLE one (x);
INSERT INTO one VALUES (1), (2);
SELECT 1 IN one, 3 IN one, 1 IN main.one, '1' IN one, 5 NOT IN one;
-- 9 Table columns and quoting.
SELECT t.a, main.t.a, "a", [a], `a`, "no such column" FROM t LIMIT 1;
SELECT no_such_column FROM t;
SELECT t.no_such_column FROM t;
SELECT rowid, _rowid_, oid, t.rowid FROM t LIMIT 1;
-- 10 EXISTS and subqueries.
SELECT EXISTS (SELECT 1), EXISTS (SELECT 1 WHERE 0), NOT EXISTS (SELECT NULL), EXISTS (SELECT NULL), (SELECT a FROM t ORDER BY a DESC), (SELECT a FROM t WHERE 0), (SELECT count(*) FROM t AS u WHERE u.a = t.a) FROM t;
-- 13 CAST.
SELECT CAST('12abc' AS INTEGER), CAST('  12' AS INTEGER), CAST('0x10' AS INTEGER), CAST('1e3' AS INTEGER), CAST(12.9 AS INTEGER), CAST(-12.9 AS INTEGER), CAST(1e30 AS INTEGER), CAST(-1e30 AS INTEGER), CAST('9223372036854775808' AS INTEGER), CAST(x'3132' AS INTEGER), CAST(NULL AS INTEGER), CAST('abc' AS INTEGER), CAST('' AS INTEGER), CAST('1.9e1x' AS INTEGER);
SELECT CAST('12.5abc' AS REAL), CAST('.5' AS REAL), CAST('5.' AS REAL), CAST('1e' AS REAL), CAST('abc' AS REAL), CAST(5 AS REAL), CAST(x'352e35' AS REAL), CAST('inf' AS REAL), CAST('1e400' AS REAL);
SELECT CAST('12' AS NUMERIC), CAST('12.0' AS NUMERIC), CAST('12.5' AS NUMERIC), CAST('1e3' AS NUMERIC), CAST('1e30' AS NUMERIC), CAST('abc' AS NUMERIC), CAST(12.0 AS NUMERIC), CAST('9007199254740993' AS NUMERIC), typeof(CAST('12.0' AS NUMERIC)), typeof(CAST('1e3' AS NUMERIC)), typeof(CAST(12.0 AS NUMERIC)), typeof(CAST('9223372036854775808' AS NUMERIC));
SELECT CAST(12 AS TEXT), CAST(12.5 AS TEXT), CAST(x'4142' AS TEXT), CAST(NULL AS TEXT), CAST(12 AS BLOB), CAST('ab' AS BLOB), typeof(CAST(12 AS BLOB)), CAST('ab' AS varchar(1)), CAST(5 AS whatever), CAST('5' AS floating), typeof(CAST('5' AS charint)), CAST(1.0 AS TEXT), CAST(-0.0 AS TEXT), CAST(TRUE AS TEXT);
-- 14 Boolean expressions.
SELECT 'abc' AND 1, '1abc' AND 1, '0.5' AND 1, 0.1 AND 1, x'31' AND 1, NOT 'abc', NOT '1', NOT 0.0, 1 IS TRUE, 2 IS TRUE, 0 IS FALSE, NULL IS TRUE, NULL IS NOT TRUE, 'abc' IS FALSE, TRUE + TRUE, TRUE = 1, typeof(TRUE);
SELECT a FROM t WHERE b;
SELECT a FROM t WHERE NOT b;
-- 15 Functions.
SELECT no_such_function();
SELECT upper();
SELECT upper('a') FILTER (WHERE 1);
SELECT sum(DISTINCT a), count(DISTINCT a) FILTER (WHERE a > 1) FROM t;
-- COLLATE.
SELECT 'a' = 'A' COLLATE nocase, 'a' COLLATE nocase = 'A', 'a ' = 'a' COLLATE rtrim, 'a' COLLATE binary = 'A' COLLATE nocase, ('a' || '') COLLATE nocase = 'A', 'a' COLLATE nocase || '' = 'A', max('a', 'B' COLLATE nocase);
SELECT e = 'abc', 'abc' = e, e = 'abc' COLLATE binary, e || '' = 'abc', +e = 'abc' FROM t;
-- Underscores between digits.
SELECT 1_000, 1_0.5_0, 1e1_0, 0x1_F, 1_0e-1_0;
SELECT 1__0;
SELECT 1_;
SELECT 0x1_;
-- Which of two unknown names is told.
SELECT one IS two;
SELECT one IS NOT two;
SELECT one = two;
SELECT one IS t.two;
SELECT one IS NULL, two;
