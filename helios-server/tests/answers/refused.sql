-- What is refused, and in which words; conversions of literals, identities, defaults.

CREATE TABLE t (id int8 PRIMARY KEY, a int4, b text, c numeric(8,2), d date, e boolean, f float8, u uuid, ts timestamptz, j jsonb, n int8 GENERATED ALWAYS AS (a * 2) STORED);
--> CREATE TABLE

INSERT INTO t (id,a,b,c,d,e,f) VALUES (1,10,'x',1.5,'2024-01-01',true,2.5),(2,20,'y',NULL,NULL,false,NULL),(3,NULL,'z',3,'2024-03-01',NULL,1e10);
--> INSERT 0 3

SELECT 1+'a';
--> 22P02 invalid input syntax for type integer: "a"

SELECT '1'+1;
--> SELECT 1: ?column? 23
2

SELECT a + 'x' FROM t;
--> 22P02 invalid input syntax for type integer: "x"

SELECT a + b FROM t;
--> 42883 operator does not exist: integer + text

SELECT a = b FROM t;
--> 42883 operator does not exist: integer = text

SELECT * FROM t WHERE a = 'abc';
--> 22P02 invalid input syntax for type integer: "abc"

SELECT id FROM t WHERE a = '10';
--> SELECT 1: id 20
1

SELECT id FROM t WHERE b = 1;
--> 42883 operator does not exist: text = integer

SELECT id FROM t WHERE a IN ('10','20') ORDER BY id;
--> SELECT 2: id 20
1
2

SELECT id FROM t WHERE a IN ('x');
--> 22P02 invalid input syntax for type integer: "x"

SELECT id FROM t WHERE e = 1;
--> 42883 operator does not exist: boolean = integer

SELECT id FROM t WHERE e = 'true';
--> SELECT 1: id 20
1

SELECT id FROM t WHERE d = '2024-1-1';
--> SELECT 1: id 20
1

SELECT id FROM t WHERE d = 'nope';
--> 22007 invalid input syntax for type date: "nope"

SELECT id FROM t WHERE d > 5;
--> 42883 operator does not exist: date > integer

SELECT sum(b) FROM t;
--> 42883 function sum(text) does not exist

SELECT avg(b) FROM t;
--> 42883 function avg(text) does not exist

SELECT sum(e) FROM t;
--> 42883 function sum(boolean) does not exist

SELECT max(b), min(b), max(d), min(e::int) FROM t;
--> SELECT 1: max 25, min 25, max 1082, min 23
z|x|2024-03-01|0

SELECT b || a, a || b, 'x' || 1.5, a || '' FROM t ORDER BY id;
--> SELECT 3: ?column? 25, ?column? 25, ?column? 25, ?column? 25
x10|10x|x1.5|10
y20|20y|x1.5|20
∅|∅|x1.5|∅

SELECT lower(NULL);
--> SELECT 1: lower 25
∅

SELECT nosuch(1);
--> 42883 function nosuch(integer) does not exist

SELECT upper();
--> 42883 function upper() does not exist

SELECT upper('a','b');
--> 42883 function upper(unknown, unknown) does not exist

SELECT nosuchcol FROM t;
--> 42703 column "nosuchcol" does not exist

SELECT t.nosuch FROM t;
--> 42703 column t.nosuch does not exist

SELECT x.a FROM t;
--> 42P01 missing FROM-clause entry for table "x"

SELECT * FROM nosuch;
--> 42P01 relation "nosuch" does not exist

SELECT * FROM nosuch.t;
--> 42P01 relation "nosuch.t" does not exist

SELECT a FROM t, t AS t2;
--> 42702 column reference "a" is ambiguous

SELECT count(*) FROM t WHERE count(*) > 1;
--> 42803 aggregate functions are not allowed in WHERE

SELECT sum(sum(a)) FROM t;
--> 42803 aggregate function calls cannot be nested

SELECT (SELECT a, b FROM t);
--> 42601 subquery must return only one column

SELECT 1 WHERE 5;
--> 42804 argument of WHERE must be type boolean, not type integer

SELECT 1 WHERE 'x';
--> 22P02 invalid input syntax for type boolean: "x"

SELECT 1 WHERE NULL;
--> SELECT 0: ?column? 23

SELECT a FROM t WHERE a;
--> 42804 argument of WHERE must be type boolean, not type integer

SELECT NOT 1;
--> 42804 argument of NOT must be type boolean, not type integer

SELECT 1 AND true;
--> 42804 argument of AND must be type boolean, not type integer

SELECT 1 UNION SELECT 2, 3;
--> 42601 each UNION query must have the same number of columns

SELECT 1 IN (1, 'x');
--> 22P02 invalid input syntax for type integer: "x"

SELECT (1,2) = (1,2,3);
--> 42601 unequal number of entries in row expressions

SELECT a FROM t LIMIT -1;
--> 2201W LIMIT must not be negative

SELECT a FROM t OFFSET -1;
--> 2201X OFFSET must not be negative

SELECT DISTINCT a FROM t ORDER BY b;
--> 42P10 for SELECT DISTINCT, ORDER BY expressions must appear in select list

SELECT * FROM t WHERE;
--> 42601 syntax error at or near ";"

SELEC 1;
--> 42601 syntax error at or near "SELEC"

SELECT 1 FROM;
--> 42601 syntax error at or near ";"

SELECT 'abc;
--> 42601 unterminated quoted string at or near "'abc;
"

SELECT "abc;
--> 42601 unterminated quoted identifier at or near ""abc;
"

SELECT 1 +;
--> 42601 syntax error at or near ";"

SELECT );
--> 42601 syntax error at or near ")"

SELECT a b c FROM t;
--> 42601 syntax error at or near "c"

INSERT INTO t (id, nosuch) VALUES (1, 2);
--> 42703 column "nosuch" of relation "t" does not exist

INSERT INTO nosuch VALUES (1);
--> 42P01 relation "nosuch" does not exist

INSERT INTO t (id, a) VALUES (1);
--> 42601 INSERT has more target columns than expressions

INSERT INTO t (id) VALUES (1, 2);
--> 42601 INSERT has more expressions than target columns

INSERT INTO t (id, id) VALUES (1, 2);
--> 42701 column "id" specified more than once

INSERT INTO t (id) VALUES (1);
--> 23505 duplicate key value violates unique constraint "t_pkey" (t; t_pkey; Key (id)=(1) already exists.)

INSERT INTO t (id, a) VALUES (10, 'x');
--> 22P02 invalid input syntax for type integer: "x"

INSERT INTO t (id, a) VALUES (10, 3000000000);
--> 22003 integer out of range

INSERT INTO t (id, b) VALUES (10, 5);
--> INSERT 0 1

INSERT INTO t (id, c) VALUES (10, 1234567.89);
--> 22003 numeric field overflow

INSERT INTO t (id, d) VALUES (10, '2024-02-30');
--> 22008 date/time field value out of range: "2024-02-30"

INSERT INTO t (id, e) VALUES (10, 'maybe');
--> 22P02 invalid input syntax for type boolean: "maybe"

INSERT INTO t (id, u) VALUES (10, 'x');
--> 22P02 invalid input syntax for type uuid: "x"

INSERT INTO t (id, n) VALUES (10, 5);
--> 428C9 cannot insert a non-DEFAULT value into column "n"

UPDATE t SET a = 'x';
--> 22P02 invalid input syntax for type integer: "x"

UPDATE t SET n = 5;
--> 428C9 column "n" can only be updated to DEFAULT

UPDATE t SET id = 1;
--> 23505 duplicate key value violates unique constraint "t_pkey" (t; t_pkey; Key (id)=(1) already exists.)

UPDATE nosuch SET a = 1;
--> 42P01 relation "nosuch" does not exist

UPDATE t SET a = 1, a = 2;
--> 42601 multiple assignments to same column "a"

DELETE FROM nosuch;
--> 42P01 relation "nosuch" does not exist

DELETE FROM t WHERE nosuch = 1;
--> 42703 column "nosuch" does not exist

CREATE TABLE t (x int);
--> 42P07 relation "t" already exists

CREATE TABLE "t" (x int);
--> 42P07 relation "t" already exists

CREATE TABLE bad (x nosuchtype);
--> 42704 type "nosuchtype" does not exist

CREATE TABLE bad (x int, x int);
--> 42701 column "x" specified more than once

CREATE TABLE bad (x int PRIMARY KEY, y int PRIMARY KEY);
--> 42P16 multiple primary keys for table "bad" are not allowed

DROP TABLE IF EXISTS nosuch;
--> DROP TABLE

DROP VIEW nosuch;
--> 42P01 view "nosuch" does not exist

DROP INDEX nosuch;
--> 42704 index "nosuch" does not exist

CREATE INDEX i1 ON nosuch (a);
--> 42P01 relation "nosuch" does not exist

CREATE INDEX i1 ON t (nosuch);
--> 42703 column "nosuch" does not exist

CREATE INDEX i1 ON t (a);
--> CREATE INDEX

CREATE INDEX i1 ON t (b);
--> 42P07 relation "i1" already exists

CREATE INDEX IF NOT EXISTS i1 ON t (b);
--> CREATE INDEX

CREATE VIEW v AS SELECT a, b FROM t;
--> CREATE VIEW

CREATE VIEW v AS SELECT 1;
--> 42P07 relation "v" already exists

DROP TABLE v;
--> 42809 "v" is not a table

DROP VIEW t;
--> 42809 "t" is not a view

SELECT 1::nosuch;
--> 42704 type "nosuch" does not exist

SELECT CAST('x' AS int);
--> 22P02 invalid input syntax for type integer: "x"

SELECT CAST(NULL AS nosuch);
--> 42704 type "nosuch" does not exist

SELECT 1/0;
--> 22012 division by zero

SELECT 1.0/0;
--> 22012 division by zero

SELECT 1%0;
--> 22012 division by zero

SELECT sqrt(-1);
--> 2201F cannot take square root of a negative number

SELECT ln(0);
--> 2201E cannot take logarithm of zero

SELECT 2147483647::int4 + 1::int4;
--> 22003 integer out of range

SELECT 9223372036854775807::int8 * 2;
--> 22003 bigint out of range

SELECT 'a' LIKE 'a\';
--> SELECT 1: ?column? 16
f

SELECT repeat('a', -1), left('abc', 10), lpad('abc', -1);
--> SELECT 1: repeat 25, left 25, lpad 25
|abc|

SELECT chr(0);
--> 54000 null character not permitted

SELECT '{1,2'::int[];
--> 22P02 malformed array literal: "{1,2"

SELECT '{1,x}'::int[];
--> 22P02 invalid input syntax for type integer: "x"

SELECT jsonb '{"a":1}' -> 1;
--> SELECT 1: ?column? 3802
∅

SAVEPOINT s;
--> 25P01 SAVEPOINT can only be used in transaction blocks

ROLLBACK TO nosuch;
--> 25P01 ROLLBACK TO SAVEPOINT can only be used in transaction blocks

CREATE TABLE ident (id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text DEFAULT 'dflt');
--> CREATE TABLE

INSERT INTO ident (x) VALUES ('a'), (DEFAULT), ('c');
--> INSERT 0 3

INSERT INTO ident (id, x) VALUES (10, 'z');
--> 428C9 cannot insert a non-DEFAULT value into column "id"

INSERT INTO ident (id, x) VALUES (DEFAULT, 'd');
--> INSERT 0 1

INSERT INTO ident (id, x) OVERRIDING SYSTEM VALUE VALUES (10, 'z');
--> INSERT 0 1

UPDATE ident SET id = 5;
--> 428C9 column "id" can only be updated to DEFAULT

UPDATE ident SET x = DEFAULT WHERE x = 'a';
--> UPDATE 1

SELECT * FROM ident ORDER BY id;
--> SELECT 5: id 20, x 25
1|dflt
2|dflt
3|c
4|d
10|z

CREATE TABLE dv (a int8 DEFAULT 7, b text DEFAULT 'b', c int8);
--> CREATE TABLE

INSERT INTO dv VALUES (1,'x',1),(DEFAULT,'y',2),(3,DEFAULT,DEFAULT),(DEFAULT,DEFAULT,DEFAULT);
--> INSERT 0 4

INSERT INTO dv (c, a) VALUES (5, DEFAULT), (DEFAULT, 6);
--> INSERT 0 2

INSERT INTO dv DEFAULT VALUES;
--> INSERT 0 1

SELECT * FROM dv ORDER BY a, b, c;
--> SELECT 7: a 20, b 25, c 20
1|x|1
3|b|∅
6|b|∅
7|b|5
7|b|∅
7|b|∅
7|y|2

CREATE TABLE nn (a int8 NOT NULL, b text CHECK (b <> 'bad'), c int8 UNIQUE, CONSTRAINT pos CHECK (a > 0));
--> CREATE TABLE

INSERT INTO nn VALUES (NULL,'x',1);
--> 23502 null value in column "a" of relation "nn" violates not-null constraint (nn; a)

INSERT INTO nn VALUES (1,'x',1);
--> INSERT 0 1

INSERT INTO nn VALUES (2,'x',1);
--> 23505 duplicate key value violates unique constraint "nn_c_key" (nn; nn_c_key; Key (c)=(1) already exists.)

INSERT INTO nn VALUES (2,'x',1) ON CONFLICT (c) DO UPDATE SET b = EXCLUDED.b || '!' RETURNING *;
--> INSERT 0 1: a 20, b 25, c 20
1|x!|1

INSERT INTO nn VALUES (2,'x',1) ON CONFLICT DO NOTHING;
--> INSERT 0 0

INSERT INTO nn VALUES (2,'x',1) ON CONFLICT (a) DO NOTHING;
--> 42P10 there is no unique or exclusion constraint matching the ON CONFLICT specification

INSERT INTO nn VALUES (2,'x',1) ON CONFLICT ON CONSTRAINT nn_c_key DO UPDATE SET a = 9 RETURNING a;
--> INSERT 0 1: a 20
9

CREATE TABLE child (p int8 REFERENCES t(id));
--> CREATE TABLE

INSERT INTO child VALUES (1);
--> INSERT 0 1

TRUNCATE nosuch;
--> 42P01 relation "nosuch" does not exist

ALTER TABLE nosuch ADD COLUMN x int;
--> 42P01 relation "nosuch" does not exist

ALTER TABLE nn RENAME COLUMN nosuch TO y;
--> 42703 column "nosuch" does not exist

ALTER TABLE nn ADD COLUMN x int8 DEFAULT 5;
--> ALTER TABLE

SELECT x FROM nn;
--> SELECT 1: x 20
5

EXECUTE nosuch;
--> 26000 prepared statement "nosuch" does not exist

DEALLOCATE nosuch;
--> 26000 prepared statement "nosuch" does not exist

CLOSE nosuch;
--> 34000 cursor "nosuch" does not exist

FETCH nosuch;
--> 34000 cursor "nosuch" does not exist

SET nosuch = 1;
--> 42704 unrecognized configuration parameter "nosuch"

SHOW nosuch;
--> 42704 unrecognized configuration parameter "nosuch"

SELECT current_setting('nosuch');
--> 42704 unrecognized configuration parameter "nosuch"

COPY nosuch FROM STDIN;
--> 42P01 relation "nosuch" does not exist

CREATE TABLE always (id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text);
--> CREATE TABLE

INSERT INTO always VALUES (5, 'a');
--> 428C9 cannot insert a non-DEFAULT value into column "id"

INSERT INTO always VALUES (DEFAULT, 'a');
--> INSERT 0 1

INSERT INTO always (x) SELECT 'b';
--> INSERT 0 1

INSERT INTO always (id, x) SELECT 9, 'b';
--> 428C9 cannot insert a non-DEFAULT value into column "id"

INSERT INTO always (id, x) OVERRIDING USER VALUE SELECT 9, 'b';
--> INSERT 0 1

INSERT INTO always (id, x) OVERRIDING USER VALUE VALUES (77, 'c');
--> INSERT 0 1

UPDATE always SET x = 'z' WHERE id = 1;
--> UPDATE 1

SELECT id, x FROM always WHERE id < 3 ORDER BY id;
--> SELECT 2: id 20, x 25
1|z
2|b

SELECT 2147483647 + 1;
--> 22003 integer out of range

SELECT 2147483647::int8 + 1;
--> SELECT 1: ?column? 20
2147483648

SELECT 32767::int2 + 1::int2;
--> 22003 smallint out of range

SELECT -2147483648::int8 - 1, 100000 * 100000::int8;
--> SELECT 1: ?column? 20, ?column? 20
-2147483649|10000000000

SELECT 100000 * 100000;
--> 22003 integer out of range

SELECT sqrt(4), ln(1), log(100), sqrt(2::numeric) > 1.4;
--> SELECT 1: sqrt 701, ln 701, log 701, ?column? 16
2|0|2|t

SELECT '{1, 2,NULL}'::int[], '{t,f}'::bool[], '{"a b",c}'::text[];
--> SELECT 1: int4 1007, bool 1000, text 1009
{1,2,NULL}|{t,f}|{"a b",c}

SELECT interval '1 day' > 5;
--> 42883 operator does not exist: interval > integer

SELECT now() > 'nope';
--> 22007 invalid input syntax for type timestamp with time zone: "nope"

SELECT true AND 'x';
--> 22P02 invalid input syntax for type boolean: "x"

SELECT * FROM (VALUES (1)) v(x) WHERE x AND true;
--> 42804 argument of AND must be type boolean, not type integer

SELECT 1 FROM (VALUES (1)) v(x) JOIN (VALUES (2)) w(y) ON x;
--> 42804 argument of JOIN/ON must be type boolean, not type integer

SELECT 'a' = 1;
--> 22P02 invalid input syntax for type integer: "a"

SELECT 'a'::text = 1;
--> 42883 operator does not exist: text = integer

SELECT lower('A', 'b');
--> 42883 function lower(unknown, unknown) does not exist

SELECT count(*) FROM (VALUES (1),(2)) v(x) HAVING count(*) > 'x';
--> 22P02 invalid input syntax for type bigint: "x"

SELECT x FROM (VALUES ('a'),('b')) v(x) WHERE x IN ('a', 'c');
--> SELECT 1: x 25
a

SELECT x FROM (VALUES (1),(2)) v(x) WHERE x BETWEEN '1' AND '1';
--> SELECT 1: x 23
1

SELECT x FROM (VALUES (1),(2)) v(x) WHERE x NOT IN ('1');
--> SELECT 1: x 23
2

SELECT date '2024-01-01' IN ('2024-01-01', '2024-1-2');
--> SELECT 1: ?column? 16
t

SELECT uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11';
--> SELECT 1: ?column? 16
t

SELECT uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' = 'x';
--> 22P02 invalid input syntax for type uuid: "x"

SELECT 1 = 1.0, 1 < 1.5, 2::int2 = 2::int8, 1::float8 = 1;
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16
t|t|t|t

SELECT DISTINCT x FROM (VALUES (1),(2)) v(x) ORDER BY x + 1;
--> 42P10 for SELECT DISTINCT, ORDER BY expressions must appear in select list

SELECT DISTINCT x, x + 1 FROM (VALUES (1),(2)) v(x) ORDER BY x + 1 DESC;
--> SELECT 2: x 23, ?column? 23
2|3
1|2
