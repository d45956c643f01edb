-- What programs say every day.

SELECT 1::int8 AS a, 'x'::text AS b, true AS c, NULL::text AS d;
--> SELECT 1: a 20, b 25, c 16, d 25
1|x|t|∅

SELECT 1.5::numeric, 1.5::float8, 2::int2, 3::int4;
--> SELECT 1: numeric 1700, float8 701, int2 21, int4 23
1.5|1.5|2|3

SELECT 7/2, 7.0::float8/2, -7/2, 7%3, -7%3, 2^3;
--> SELECT 1: ?column? 23, ?column? 701, ?column? 23, ?column? 23, ?column? 23, ?column? 701
3|3.5|-3|1|-1|8

SELECT 1/0;
--> 22012 division by zero

SELECT 1.0::float8/0;
--> 22012 division by zero

SELECT 'abc' || 'def', 'abc' || 1, NULL || 'x';
--> SELECT 1: ?column? 25, ?column? 25, ?column? 25
abcdef|abc1|∅

SELECT 'abc'::int;
--> 22P02 invalid input syntax for type integer: "abc"

SELECT ''::int;
--> 22P02 invalid input syntax for type integer: ""

SELECT '99999999999999999999'::int8;
--> 22003 value "99999999999999999999" is out of range for type bigint

SELECT 40000::int2;
--> 22003 smallint out of range

SELECT 3000000000::int4;
--> 22003 integer out of range

SELECT 'maybe'::bool;
--> 22P02 invalid input syntax for type boolean: "maybe"

SELECT 'yes'::bool, 'off'::bool, 't'::bool, '0'::bool;
--> SELECT 1: bool 16, bool 16, bool 16, bool 16
t|f|t|f

SELECT 1::bool, 0::int4::bool;
--> SELECT 1: bool 16, bool 16
t|f

SELECT true::int, true::text, false::text;
--> SELECT 1: int4 23, text 25, text 25
1|true|false

SELECT '{1,2,3}'::int8[], ARRAY[1,2,3]::int8[], ARRAY['a','b'];
--> SELECT 1: int8 1016, array 1016, array 1009
{1,2,3}|{1,2,3}|{a,b}

SELECT (ARRAY['a','b','c'])[2], (ARRAY[10,20])[3];
--> SELECT 1: array 25, array 23
b|∅

SELECT array_length(ARRAY[1,2,3], 1), cardinality(ARRAY[1,2]), array_to_string(ARRAY['a','b'], '-');
--> SELECT 1: array_length 23, cardinality 23, array_to_string 25
3|2|a-b

SELECT string_to_array('a,b,c', ',');
--> SELECT 1: string_to_array 1009
{a,b,c}

SELECT ARRAY[1,2] || ARRAY[3];
--> SELECT 1: ?column? 1007
{1,2,3}

SELECT ARRAY[1,2] || 3;
--> SELECT 1: ?column? 1007
{1,2,3}

SELECT array_append(ARRAY[1,2], 3), array_cat(ARRAY[1],ARRAY[2]), array_remove(ARRAY[1,2,1],1);
--> SELECT 1: array_append 1007, array_cat 1007, array_remove 1007
{1,2,3}|{1,2}|{2}

SELECT ARRAY[1,2] = ARRAY[1,2], ARRAY[1,2] @> ARRAY[1], ARRAY[1,2] && ARRAY[2,3];
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16
t|t|t

SELECT 1 = ANY(ARRAY[1,2]), 3 = ALL(ARRAY[3,3]), 5 > ANY('{1,9}'::int[]);
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16
t|t|t

SELECT unnest(ARRAY[1,2,3]);
--> SELECT 3: unnest 23
1
2
3

SELECT unnest(ARRAY['a','b']) AS u, generate_series(1,2) AS g;
--> SELECT 2: u 25, g 23
a|1
b|2

SELECT * FROM unnest(ARRAY[3,1,2]) AS u ORDER BY u;
--> SELECT 3: u 23
1
2
3

SELECT * FROM unnest(ARRAY['x','y']) WITH ORDINALITY AS t(v, n);
--> SELECT 2: v 25, n 20
x|1
y|2

SELECT generate_series(1,3)::int8 AS n;
--> SELECT 3: n 20
1
2
3

SELECT g::int8 FROM generate_series(1,10,3) AS g;
--> SELECT 4: g 20
1
4
7
10

SELECT g::int8 FROM generate_series(5,1,-2) g(g);
--> SELECT 3: g 20
5
3
1

SELECT * FROM (VALUES (1::int8,'a'),(2,'b')) AS t(id,name) ORDER BY id DESC;
--> SELECT 2: id 20, name 25
2|b
1|a

SELECT t.a FROM (SELECT 1::int8) AS t(a);
--> SELECT 1: a 20
1

WITH c(x) AS (SELECT 1::int8 UNION ALL SELECT 2) SELECT x FROM c ORDER BY x;
--> SELECT 2: x 20
1
2

WITH RECURSIVE r(n) AS (SELECT 1::int8 UNION ALL SELECT n+1 FROM r WHERE n < 5) SELECT sum(n) FROM r;
--> SELECT 1: sum 1700
15

SELECT coalesce(NULL, 2::int8), nullif(1::int8,1), greatest(1::int8,3,2), least(3::int8,1,2), greatest(1::int8,NULL);
--> SELECT 1: coalesce 20, nullif 20, greatest 20, least 20, greatest 20
2|∅|3|1|1

SELECT CASE WHEN 1=1 THEN 'a' ELSE 'b' END, CASE 2 WHEN 1 THEN 'x' END;
--> SELECT 1: case 25, case 25
a|∅

SELECT length('häß'), char_length('abc'), octet_length('ä'), bit_length('a');
--> SELECT 1: length 23, char_length 23, octet_length 23, bit_length 23
3|3|2|8

SELECT upper('abc'), lower('ABC'), initcap('hello world'), reverse('abc');
--> SELECT 1: upper 25, lower 25, initcap 25, reverse 25
ABC|abc|Hello World|cba

SELECT left('abcdef',2), right('abcdef',2), left('abc',-1), right('abc',-1);
--> SELECT 1: left 25, right 25, left 25, right 25
ab|ef|ab|bc

SELECT lpad('a',3,'x'), rpad('a',3,'x'), lpad('abcd',2), repeat('ab',3);
--> SELECT 1: lpad 25, rpad 25, lpad 25, repeat 25
xxa|axx|ab|ababab

SELECT substr('abcdef',2,3), substring('abcdef' from 2 for 3), substring('abc123' from '[0-9]+');
--> SELECT 1: substr 25, substring 25, substring 25
bcd|bcd|123

SELECT trim('  a '), ltrim(' a'), rtrim('a '), btrim('xax','x'), trim(both 'x' from 'xax');
--> SELECT 1: btrim 25, ltrim 25, rtrim 25, btrim 25, btrim 25
a|a|a|a|a

SELECT replace('abc','b','x'), translate('abc','ab','xy'), split_part('a-b-c','-',2), strpos('abc','c'), position('b' in 'abc');
--> SELECT 1: replace 25, translate 25, split_part 25, strpos 23, position 23
axc|xyc|b|3|2

SELECT chr(65), ascii('A'), to_hex(255), quote_literal('a''b'), quote_ident('a b'), quote_nullable(NULL);
--> SELECT 1: chr 25, ascii 23, to_hex 25, quote_literal 25, quote_ident 25, quote_nullable 25
A|65|ff|'a''b'|"a b"|NULL

SELECT starts_with('abc','ab'), 'abc' ~ '^a', 'ABC' ~* 'b', 'abc' !~ 'x', regexp_replace('abcabc','b','x'), regexp_replace('abcabc','b','x','g');
--> SELECT 1: starts_with 16, ?column? 16, ?column? 16, ?column? 16, regexp_replace 25, regexp_replace 25
t|t|t|t|axcabc|axcaxc

SELECT regexp_matches('foobar','o+'), regexp_match('abc123','([a-z]+)([0-9]+)');
--> SELECT 1: regexp_matches 1009, regexp_match 1009
{oo}|{abc,123}

SELECT regexp_split_to_array('a1b2c','[0-9]'), regexp_split_to_table('a1b','[0-9]');
--> SELECT 2: regexp_split_to_array 1009, regexp_split_to_table 25
{a,b,c}|a
{a,b,c}|b

SELECT 'abc' LIKE 'a%', 'ABC' LIKE 'a%', 'ABC' ILIKE 'a%', 'a_c' LIKE 'a\_c', 'abc' NOT LIKE 'x%', 'abc' SIMILAR TO '(a|b)%';
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16
t|f|t|t|t|t

SELECT round(2.5::numeric), round(-2.5::numeric), round(0.5::numeric), round(1.5::numeric);
--> SELECT 1: round 1700, round 1700, round 1700, round 1700
3|-3|1|2

SELECT 100000000000::float8, 1e15::float8, 1e16::float8, 1.0::float8, 0.0001::float8, 0.00001::float8, 1.5::float4;
--> SELECT 1: float8 701, float8 701, float8 701, float8 701, float8 701, float8 701, float4 700
100000000000|1e+15|1e+16|1|0.0001|1e-05|1.5

SELECT 9223372036854775807 + 1;
--> 22003 bigint out of range

SELECT gcd(12::int8,18::int8), lcm(4::int8,6::int8), factorial(5);
--> SELECT 1: gcd 20, lcm 20, factorial 1700
6|12|120

SELECT 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 256 >> 2;
--> SELECT 1: ?column? 23, ?column? 23, ?column? 23, ?column? 23, ?column? 23, ?column? 23
1|7|6|-6|16|64

SELECT 7 <> 8, 7 != 8, NOT true, true AND NULL, true OR NULL, NULL IS NULL, 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL;
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16
t|t|f|∅|t|t|t|t

SELECT true IS TRUE, NULL IS UNKNOWN, false IS NOT TRUE;
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16
t|t|t

SELECT 2 BETWEEN 1 AND 3, 2 NOT IN (1,3), (1,2) = (1,2), (1,2) < (1,3), 2 BETWEEN SYMMETRIC 3 AND 1;
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16
t|t|t|t|t

SELECT date '2024-02-29', timestamp '2024-02-29 12:34:56.789', time '12:34:56', timestamptz '2024-02-29 12:34:56+02', interval '1 day';
--> SELECT 1: date 1082, timestamp 1114, time 1083, timestamptz 1184, interval 1186
2024-02-29|2024-02-29 12:34:56.789|12:34:56|2024-02-29 10:34:56+00|1 day

SELECT date '2024-03-01' - date '2024-02-28', date '2024-02-28' + 2, date '2024-03-01' - 1;
--> SELECT 1: ?column? 23, ?column? 1082, ?column? 1082
2|2024-03-01|2024-02-29

SELECT timestamp '2024-01-31 10:00' + interval '1 month', timestamp '2024-01-01' - interval '1 hour 30 minutes';
--> SELECT 1: ?column? 1114, ?column? 1114
2024-02-29 10:00:00|2023-12-31 22:30:00

SELECT interval '1 day' * 2, interval '90 minutes', interval '1 year 2 months', interval '1 day' + interval '2 hours', interval '25 hours';
--> SELECT 1: ?column? 1186, interval 1186, interval 1186, ?column? 1186, interval 1186
2 days|01:30:00|1 year 2 mons|1 day 02:00:00|25:00:00

SELECT date_trunc('month', timestamp '2024-05-06 07:08:09'), date_trunc('hour', timestamp '2024-05-06 07:08:09'), date_trunc('week', timestamp '2024-05-09 07:08:09');
--> SELECT 1: date_trunc 1114, date_trunc 1114, date_trunc 1114
2024-05-01 00:00:00|2024-05-06 07:00:00|2024-05-06 00:00:00

SELECT timestamp '2024-05-06 07:08:09'::date, '2024-05-06'::timestamp, timestamp '2024-05-06 07:08:09'::time, '2024-05-06 07:08:09.100'::timestamp;
--> SELECT 1: date 1082, timestamp 1114, time 1083, timestamp 1114
2024-05-06|2024-05-06 00:00:00|07:08:09|2024-05-06 07:08:09.1

SELECT timestamptz '2024-01-01 00:00+00' AT TIME ZONE 'UTC', timestamp '2024-01-01' AT TIME ZONE 'UTC';
--> SELECT 1: timezone 1114, timezone 1184
2024-01-01 00:00:00|2024-01-01 00:00:00+00

SELECT '{"a": {"b": [1,2]}}'::jsonb -> 'a' -> 'b' -> 0, '{"a":"x"}'::jsonb ->> 'a', '{"a":{"b":1}}'::jsonb #> '{a,b}', '{"a":{"b":1}}'::jsonb #>> '{a,b}', '[1,2]'::json -> 1;
--> SELECT 1: ?column? 3802, ?column? 25, ?column? 3802, ?column? 25, ?column? 114
1|x|1|1|2

SELECT '{"b":1, "a":2}'::jsonb, '{"b":1, "a":2}'::json, '{"a":1,"b":2}'::jsonb ? 'a', '{"a":1,"b":2}'::jsonb @> '{"a":1}', '{"a":1}'::jsonb || '{"b":2}'::jsonb, '{"a":1,"b":2}'::jsonb - 'a';
--> SELECT 1: jsonb 3802, json 114, ?column? 16, ?column? 16, ?column? 3802, ?column? 3802
{"a": 2, "b": 1}|{"b":1, "a":2}|t|t|{"a": 1, "b": 2}|{"b": 2}

SELECT * FROM json_array_elements('[1,"a",null]');
--> SELECT 3: value 114
1
"a"
null

SELECT * FROM jsonb_array_elements_text('["a","b"]') AS e;
--> SELECT 2: value 25
a
b

SELECT * FROM jsonb_each('{"a":1,"b":"x"}') ORDER BY key;
--> SELECT 2: key 25, value 3802
a|1
b|"x"

SELECT * FROM json_each_text('{"a":1,"b":"x"}') ORDER BY key;
--> SELECT 2: key 25, value 25
a|1
b|x

SELECT jsonb_object_keys('{"a":1,"b":2}');
--> SELECT 2: jsonb_object_keys 25
a
b

SELECT jsonb_set('{"a":1}','{a}','2'), jsonb_pretty('{"a":1}'), jsonb_strip_nulls('{"a":null,"b":1}'), '{"a":1}'::jsonb = '{"a": 1}'::jsonb;
--> SELECT 1: jsonb_set 3802, jsonb_pretty 25, jsonb_strip_nulls 3802, ?column? 16
{"a": 2}|{\n    "a": 1\n}|{"b": 1}|t

SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'A0EEBC999C0B4EF8BB6D6BB9BD380A11'::uuid, length(gen_random_uuid()::text);
--> SELECT 1: uuid 2950, uuid 2950, length 23
a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|36

SELECT 'nope'::uuid;
--> 22P02 invalid input syntax for type uuid: "nope"

SELECT '\x0102'::bytea, 'abc'::bytea, length('\x0102'::bytea), E'\\x01'::bytea || '\x02'::bytea, get_byte('\x0102'::bytea, 1), substring('\x010203'::bytea from 2 for 1);
--> SELECT 1: bytea 17, bytea 17, length 23, ?column? 17, get_byte 23, substring 17
\\x0102|\\x616263|2|\\x0102|2|\\x02

SELECT 123456.789::numeric(5,2);
--> 22003 numeric field overflow

SELECT sum(x) FILTER (WHERE x > 1) FROM generate_series(1,3) AS x;
--> SELECT 1: sum 20
5

SELECT x % 2 AS k, count(*) FROM generate_series(1,5) AS x GROUP BY k HAVING count(*) > 1 ORDER BY k;
--> SELECT 2: k 23, count 20
0|2
1|3

SELECT x % 2 AS k, count(*) FROM generate_series(1,5) AS x GROUP BY 1 ORDER BY 2 DESC, 1;
--> SELECT 2: k 23, count 20
1|3
0|2

SELECT x, row_number() OVER (ORDER BY x), rank() OVER w, lag(x) OVER w, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM generate_series(1::int8,3) AS x WINDOW w AS (ORDER BY x);
--> SELECT 3: x 20, row_number 20, rank 20, lag 20, sum 1700
1|1|1|∅|1
2|2|2|1|3
3|3|3|2|5

SELECT 1::int8 UNION SELECT 2 UNION ALL SELECT 2 INTERSECT SELECT 2 ORDER BY 1;
--> SELECT 3: int8 20
1
2
2

SELECT 1::int8 EXCEPT SELECT 1;
--> SELECT 0: int8 20

SELECT x FROM generate_series(1::int8,10) x ORDER BY x DESC LIMIT 3 OFFSET 2;
--> SELECT 3: x 20
8
7
6

SELECT x FROM generate_series(1::int8,10) x ORDER BY x FETCH FIRST 2 ROWS ONLY;
--> SELECT 2: x 20
1
2

SELECT x FROM (VALUES (1::int8),(NULL),(2)) v(x) ORDER BY x;
--> SELECT 3: x 20
1
2
∅

SELECT x FROM (VALUES (1::int8),(NULL),(2)) v(x) ORDER BY x DESC;
--> SELECT 3: x 20
∅
2
1

SELECT x FROM (VALUES (1::int8),(NULL),(2)) v(x) ORDER BY x DESC NULLS LAST;
--> SELECT 3: x 20
2
1
∅

CREATE TABLE t (id bigserial PRIMARY KEY, n int8, s varchar(5), d numeric(6,2), b boolean DEFAULT false, at timestamp, u text UNIQUE, CHECK (n > 0));
--> CREATE TABLE

INSERT INTO t (n, s) VALUES (5, 'toolong');
--> 22001 value too long for type character varying(5)

INSERT INTO t (n, u) VALUES (4, 'u1');
--> INSERT 0 1

INSERT INTO t (n, u) VALUES (4, 'u1') ON CONFLICT (u) DO UPDATE SET n = EXCLUDED.n + t.n RETURNING n;
--> INSERT 0 1: n 20
8

INSERT INTO t (n, u) VALUES (4, 'u1') ON CONFLICT DO NOTHING;
--> INSERT 0 0

INSERT INTO t DEFAULT VALUES RETURNING n;
--> INSERT 0 1: n 20
∅

INSERT INTO t (n, d) VALUES (1, 12345.678);
--> 22003 numeric field overflow

INSERT INTO t (nope) VALUES (1);
--> 42703 column "nope" of relation "t" does not exist

INSERT INTO t (n) VALUES (1, 2);
--> 42601 INSERT has more expressions than target columns

INSERT INTO t (n) VALUES ('abc');
--> 22P02 invalid input syntax for type bigint: "abc"

INSERT INTO t VALUES (100, 1);
--> INSERT 0 1

INSERT INTO t (n, s) SELECT x, 's' FROM generate_series(11,13) x;
--> INSERT 0 3

UPDATE t SET n = n + 1 WHERE n > 10 RETURNING n;
--> UPDATE 3: n 20
12
13
14

UPDATE t SET (n, s) = (99, 'z') WHERE n = 12;
--> UPDATE 1

UPDATE t SET n = v.n FROM (VALUES (99::int8, 100::int8)) v(o, n) WHERE t.n = v.o;
--> UPDATE 1

UPDATE t SET n = NULL WHERE n = 100;
--> UPDATE 1

UPDATE t SET s = DEFAULT WHERE n = 13;
--> UPDATE 1

DELETE FROM t USING (VALUES (13::int8)) v(n) WHERE t.n = v.n;
--> DELETE 1

DELETE FROM t WHERE n = 14 RETURNING n;
--> DELETE 1: n 20
14

SELECT * FROM nope;
--> 42P01 relation "nope" does not exist

SELECT nope FROM t;
--> 42703 column "nope" does not exist

SELECT nope(1);
--> 42883 function nope(integer) does not exist

SELECT t.nope FROM t;
--> 42703 column t.nope does not exist

SELECT n, n AS n FROM t, t AS t2;
--> 42702 column reference "n" is ambiguous

SELEC 1;
--> 42601 syntax error at or near "SELEC"

SELECT 1 FROM;
--> 42601 syntax error at or near ";"

SELECT 'a;
--> 42601 unterminated quoted string at or near "'a;
"

CREATE TABLE t (x int);
--> 42P07 relation "t" already exists

CREATE TABLE IF NOT EXISTS t (x int);
--> CREATE TABLE

DROP TABLE IF EXISTS nope;
--> DROP TABLE

CREATE TABLE u (id int8 REFERENCES t (id), x text NOT NULL);
--> CREATE TABLE

INSERT INTO u VALUES (1, NULL);
--> 23502 null value in column "x" of relation "u" violates not-null constraint (u; x)

CREATE INDEX t_n ON t (n);
--> CREATE INDEX

CREATE INDEX t_n ON t (n);
--> 42P07 relation "t_n" already exists

DROP INDEX nope;
--> 42704 index "nope" does not exist

ALTER TABLE u ADD COLUMN y int8 DEFAULT 7;
--> ALTER TABLE

ALTER TABLE u RENAME COLUMN y TO z;
--> ALTER TABLE

ALTER TABLE nope ADD COLUMN x int;
--> 42P01 relation "nope" does not exist

CREATE VIEW v AS SELECT id, x FROM u WHERE z > 1;
--> CREATE VIEW

CREATE OR REPLACE VIEW v AS SELECT id, x, z FROM u;
--> CREATE VIEW

DROP VIEW v;
--> DROP VIEW

BEGIN;
--> BEGIN

SELECT 1/0;
--> 22012 division by zero

SELECT 1;
--> 25P02 current transaction is aborted, commands ignored until end of transaction block

ROLLBACK;
--> ROLLBACK

BEGIN;
--> BEGIN

SAVEPOINT a;
--> SAVEPOINT

SELECT nope;
--> 42703 column "nope" does not exist

ROLLBACK TO a;
--> ROLLBACK

SELECT 1::int8;
--> SELECT 1: int8 20
1

RELEASE a;
--> RELEASE

RELEASE nope;
--> 3B001 savepoint "nope" does not exist

COMMIT;
--> ROLLBACK

COMMIT;
--> COMMIT

ROLLBACK;
--> ROLLBACK

BEGIN;
--> BEGIN

BEGIN;
--> BEGIN

COMMIT;
--> COMMIT

SAVEPOINT x;
--> 25P01 SAVEPOINT can only be used in transaction blocks

BEGIN TRANSACTION READ ONLY;
--> BEGIN

ROLLBACK;
--> ROLLBACK

SET nope = 1;
--> 42704 unrecognized configuration parameter "nope"

SHOW nope;
--> 42704 unrecognized configuration parameter "nope"

SHOW server_encoding;
--> SHOW: server_encoding 25
UTF8

SHOW transaction_isolation;
--> SHOW: transaction_isolation 25
read committed

SET application_name = 'x';
--> SET

SHOW application_name;
--> SHOW: application_name 25
x

SET TIME ZONE 'UTC';
--> SET

SELECT current_setting('application_name'), current_setting('nope.x', true), set_config('my.x','1',false), current_setting('my.x');
--> SELECT 1: current_setting 25, current_setting 25, set_config 25, current_setting 25
x|∅|1|1

PREPARE p (int8) AS SELECT $1 + 1;
--> PREPARE

DEALLOCATE p;
--> DEALLOCATE

EXECUTE p(1);
--> 26000 prepared statement "p" does not exist

DECLARE c CURSOR FOR SELECT 1;
--> 25P01 DECLARE CURSOR can only be used in transaction blocks

BEGIN;
--> BEGIN

DECLARE c CURSOR FOR SELECT x FROM generate_series(1::int8,5) x;
--> DECLARE CURSOR

FETCH 2 FROM c;
--> FETCH 2: x 20
1
2

FETCH ALL FROM c;
--> FETCH 3: x 20
3
4
5

CLOSE c;
--> CLOSE CURSOR

FETCH 1 FROM c;
--> 34000 cursor "c" does not exist

ROLLBACK;
--> ROLLBACK

TRUNCATE u;
--> TRUNCATE TABLE

SELECT count(*) FROM u;
--> SELECT 1: count 20
0

CREATE TEMP TABLE tt (a int8);
--> CREATE TABLE

INSERT INTO tt VALUES (1),(2);
--> INSERT 0 2

SELECT sum(a) FROM tt;
--> SELECT 1: sum 1700
3

CREATE TABLE g (a int8, b int8 GENERATED ALWAYS AS (a * 2) STORED);
--> CREATE TABLE

INSERT INTO g (a) VALUES (4) RETURNING *;
--> INSERT 0 1: a 20, b 20
4|8

INSERT INTO g (a, b) VALUES (4, 5);
--> 428C9 cannot insert a non-DEFAULT value into column "b"

CREATE TABLE ident (id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text);
--> CREATE TABLE

INSERT INTO ident (x) VALUES ('a') RETURNING id;
--> INSERT 0 1: id 20
1

COMMENT ON TABLE t IS 'hello';
--> COMMENT

ANALYZE t;
--> ANALYZE

LISTEN ch;
--> LISTEN

SELECT 'nope'::regclass;
--> 42P01 relation "nope" does not exist

SELECT format_type(20, -1), format_type(1043, 54), pg_get_userbyid(10) IS NOT NULL;
--> SELECT 1: format_type 25, format_type 25, ?column? 16
bigint|character varying(50)|t

SELECT has_table_privilege('t','select'), pg_table_is_visible('t'::regclass);
--> SELECT 1: has_table_privilege 16, pg_table_is_visible 16
t|t

SELECT SUM(n) OVER (PARTITION BY s) FROM t ORDER BY id LIMIT 1;
--> SELECT 1: sum 1700
9

SELECT "n" AS "N" FROM t ORDER BY "N" LIMIT 1;
--> SELECT 1: N 20
1

SELECT * FROM t NATURAL JOIN u LIMIT 0;
--> SELECT 0: id 20, n 20, s 1043, d 1700, b 16, at 1114, u 25, x 25, z 20

SELECT t1.n FROM t t1 JOIN t t2 USING (id) ORDER BY 1 LIMIT 1;
--> SELECT 1: n 20
1

SELECT t1.n FROM t t1 LEFT JOIN u ON u.id = t1.id WHERE u.id IS NULL ORDER BY 1 LIMIT 1;
--> SELECT 1: n 20
1

SELECT count(*) FROM t WHERE n = '1';
--> SELECT 1: count 20
1

SELECT n + '1' FROM t WHERE n = 1;
--> SELECT 1: ?column? 20
2

SELECT 'a' < 'B', 'a' = 'A', 'abc' > 'ab';
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16
f|f|t

SELECT sum(n)::text || 'x' FROM t WHERE n < 3;
--> SELECT 1: ?column? 25
1x

DROP TABLE u;
--> DROP TABLE

SELECT ''::text = '', 'a'::text < 'b', length(''::text);
--> SELECT 1: ?column? 16, ?column? 16, length 23
t|t|0

SELECT 7 / 2, -7 / 2, 7.0::float8 / 2, 7 % 3, -7 % 3;
--> SELECT 1: ?column? 23, ?column? 23, ?column? 701, ?column? 23, ?column? 23
3|-3|3.5|1|-1

SELECT 2 ^ 3;
--> SELECT 1: ?column? 701
8

SELECT 10::numeric / 4 = 2.5, 1 / 2.0 = 0.5;
--> SELECT 1: ?column? 16, ?column? 16
t|t

SELECT 5 / (1 - 1);
--> 22012 division by zero

SELECT 5 % 0;
--> 22012 division by zero

SELECT CASE WHEN false THEN 1 / (1 - 1) ELSE 3 END;
--> SELECT 1: case 23
3

SELECT (ARRAY['a','b','c'])[2];
--> SELECT 1: array 25
b

SELECT array_cat(ARRAY[1],ARRAY[2]), array_remove(ARRAY[1,2,1],1), array_prepend(1, ARRAY[2]);
--> SELECT 1: array_cat 1007, array_remove 1007, array_prepend 1007
{1,2}|{2}|{1,2}

SELECT date '2024-03-01' - date '2024-02-28', date '2024-02-28' + 2, date '2024-03-01' - 1, 3 + date '2024-01-01';
--> SELECT 1: ?column? 23, ?column? 1082, ?column? 1082, ?column? 1082
2|2024-03-01|2024-02-29|2024-01-04

SELECT date '2024-01-31' + interval '1 month', timestamptz '2024-01-01 00:00:00+00' - interval '1 day';
--> SELECT 1: ?column? 1114, ?column? 1184
2024-02-29 00:00:00|2023-12-31 00:00:00+00

SELECT timestamp '2024-01-02' - timestamp '2024-01-01 12:00';
--> SELECT 1: ?column? 1186
12:00:00

SELECT extract(hour from interval '25 hours'), extract(day from timestamp '2024-05-06');
--> SELECT 1: extract 1700, extract 1700
25|6

SELECT time '10:00' + interval '90 minutes';
--> SELECT 1: ?column? 1083
11:30:00

SELECT x::text FROM generate_series(timestamp '2024-01-01', timestamp '2024-01-03', interval '1 day') AS x;
--> SELECT 3: x 25
2024-01-01 00:00:00
2024-01-02 00:00:00
2024-01-03 00:00:00

SELECT generate_series(1,3), generate_series(1,2);
--> SELECT 3: generate_series 23, generate_series 23
1|1
2|2
3|∅

SELECT id, unnest(tags) AS tag FROM (VALUES (1::int8, ARRAY['a','b']), (2, ARRAY[]::text[]), (3, ARRAY['c'])) v(id, tags) ORDER BY id, tag;
--> SELECT 3: id 20, tag 25
1|a
1|b
3|c

SELECT v.id, t.tag FROM (VALUES (1::int8, ARRAY['a','b']), (3, ARRAY['c'])) v(id, tags), unnest(v.tags) AS t(tag) ORDER BY 1, 2;
--> SELECT 3: id 20, tag 25
1|a
1|b
3|c

SELECT v.id, t.tag, t.n FROM (VALUES (1::int8, ARRAY['a','b'])) v(id, tags) CROSS JOIN LATERAL unnest(v.tags) WITH ORDINALITY AS t(tag, n);
--> SELECT 2: id 20, tag 25, n 20
1|a|1
1|b|2

SELECT jsonb_build_object('a',1,'b','x','c',true,'d',NULL), jsonb_array_length('[1,2,3]'), jsonb_typeof('{"a":1}');
--> SELECT 1: jsonb_build_object 3802, jsonb_array_length 23, jsonb_typeof 25
{"a": 1, "b": "x", "c": true, "d": null}|3|object

SELECT jsonb_agg(x), jsonb_object_agg(x, x+1) FROM generate_series(1,3) AS x;
--> SELECT 1: jsonb_agg 3802, jsonb_object_agg 3802
[1, 2, 3]|{"1": 2, "2": 3, "3": 4}

SELECT key, value FROM jsonb_each_text('{"a":1,"b":null}') ORDER BY key;
--> SELECT 2: key 25, value 25
a|1
b|∅

SELECT format('%s-%I-%L','a','b c','d''e'), format('%2$s %1$s %%', 1, 2), format('[%5s][%-5s]', 'a', 'b');
--> SELECT 1: format 25, format 25, format 25
a-"b c"-'d''e'|2 1 %|[    a][b    ]

SELECT encode('\xdeadbeef'::bytea,'hex'), encode('abc'::bytea,'base64'), decode('616263','hex'), decode('YWJj','base64');
--> SELECT 1: encode 25, encode 25, decode 17, decode 17
deadbeef|YWJj|\\x616263|\\x616263

SELECT E'\\x01'::bytea || '\x02'::bytea, substring('\x010203'::bytea from 2 for 1), get_byte('\x0102'::bytea, 1);
--> SELECT 1: ?column? 17, substring 17, get_byte 23
\\x0102|\\x02|2

SELECT substring('abc' from 0 for 2), substring('abc', 2), substring('abc' for 2);
--> SELECT 1: substring 25, substring 25, substring 25
a|bc|ab

SELECT x FROM generate_series(1::int8,10) x ORDER BY x OFFSET 2 ROWS FETCH NEXT 2 ROWS ONLY;
--> SELECT 2: x 20
3
4

SELECT 1::int8 AS x UNION SELECT 2 INTERSECT SELECT 3 ORDER BY 1;
--> SELECT 1: x 20
1

SELECT 'x'::varchar(3), 'abcdef'::varchar(3), 3.14159::numeric(5,2);
--> SELECT 1: varchar 1043, varchar 1043, numeric 1700
x|abc|3.14

SELECT 1234567.891::numeric(5,2);
--> 22003 numeric field overflow

SELECT count(*) FILTER (WHERE x > 1), bool_and(x > 0) FILTER (WHERE x > 1) FROM generate_series(1,3) AS x;
--> SELECT 1: count 20, bool_and 16
2|t

SELECT nullif(1::int8, 1), nullif('a', 'b'), coalesce(NULL, 'x');
--> SELECT 1: nullif 20, nullif 25, coalesce 25
∅|a|x

SELECT true::text, (1 = 1)::text || 'x', 'is ' || true;
--> SELECT 1: text 25, ?column? 25, ?column? 25
true|truex|is true

SELECT pg_typeof(1::int8)::text, pg_typeof('a'::text)::text, pg_typeof(now())::text;
--> SELECT 1: pg_typeof 25, pg_typeof 25, pg_typeof 25
bigint|text|timestamp with time zone

CREATE TABLE typed (i2 int2, i4 int4, i8 int8, f float8, n numeric(6,2), v varchar(3), b boolean, d date, ts timestamp, tz timestamptz, j jsonb, u uuid, by bytea);
--> CREATE TABLE

INSERT INTO typed (i2) VALUES (40000);
--> 22003 smallint out of range

INSERT INTO typed (i4) VALUES (3000000000);
--> 22003 integer out of range

INSERT INTO typed (i8) VALUES ('abc');
--> 22P02 invalid input syntax for type bigint: "abc"

INSERT INTO typed (v) VALUES ('abcd');
--> 22001 value too long for type character varying(3)

INSERT INTO typed (v) VALUES ('ab   ');
--> INSERT 0 1

INSERT INTO typed (n) VALUES (12345.678);
--> 22003 numeric field overflow

INSERT INTO typed (b) VALUES ('perhaps');
--> 22P02 invalid input syntax for type boolean: "perhaps"

INSERT INTO typed (d) VALUES ('yesterday-ish');
--> 22007 invalid input syntax for type date: "yesterday-ish"

INSERT INTO typed (u) VALUES ('nope');
--> 22P02 invalid input syntax for type uuid: "nope"

INSERT INTO typed (f) VALUES ('x');
--> 22P02 invalid input syntax for type double precision: "x"

INSERT INTO typed VALUES ('1', '2', '3', '4.5', 5.25, 'abc', 'yes', '2024-5-6', '2024-05-06 07:08', '2024-05-06 07:08+02', '{"b":1,"a":2}', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', '\x01') RETURNING *;
--> INSERT 0 1: i2 21, i4 23, i8 20, f 701, n 1700, v 1043, b 16, d 1082, ts 1114, tz 1184, j 3802, u 2950, by 17
1|2|3|4.5|5.25|abc|t|2024-05-06|2024-05-06 07:08:00|2024-05-06 05:08:00+00|{"a": 2, "b": 1}|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|\\x01

UPDATE typed SET i2 = 40000;
--> 22003 smallint out of range

UPDATE typed SET v = 'abcd' WHERE i2 = 1;
--> 22001 value too long for type character varying(3)

UPDATE typed SET i8 = DEFAULT, b = 'off' WHERE i2 = 1 RETURNING i8, b;
--> UPDATE 1: i8 20, b 16
∅|f

INSERT INTO typed (i2, i4) SELECT x, 'y' FROM generate_series(1,2) x;
--> 22P02 invalid input syntax for type integer: "y"

INSERT INTO typed (i2, i4) SELECT x, x FROM generate_series(1,2) x;
--> INSERT 0 2

INSERT INTO typed (i4, v) VALUES (DEFAULT, 'd') RETURNING i4, v;
--> INSERT 0 1: i4 23, v 1043
∅|d

DELETE FROM typed USING (VALUES (2::int2)) AS gone(k) WHERE typed.i2 = gone.k;
--> DELETE 1

DELETE FROM typed t WHERE t.i2 = 1;
--> DELETE 2

CREATE TABLE keyed (a int8, b text);
--> CREATE TABLE

INSERT INTO keyed VALUES (1, 'x'), (2, 'y');
--> INSERT 0 2

ALTER TABLE keyed ADD PRIMARY KEY (a);
--> ALTER TABLE

ALTER TABLE keyed ADD CONSTRAINT b_once UNIQUE (b);
--> ALTER TABLE

CREATE VIEW of_keyed AS SELECT a FROM keyed;
--> CREATE VIEW

CREATE OR REPLACE VIEW of_keyed AS SELECT a, b FROM keyed;
--> CREATE VIEW

SELECT * FROM of_keyed ORDER BY a;
--> SELECT 2: a 20, b 25
1|x
2|y

DROP VIEW of_keyed;
--> DROP VIEW

SELECT a FROM keyed ORDER BY a LIMIT 1 FOR UPDATE;
--> SELECT 1: a 20
1

SELECT a FROM keyed WHERE a = 1 FOR SHARE;
--> SELECT 1: a 20
1

SELECT * FROM unnest(ARRAY[1, 2, 3], ARRAY['a', 'b']) AS u(n, t);
--> SELECT 3: n 23, t 25
1|a
2|b
3|∅

SELECT * FROM unnest('{1,2}'::int[], '{x,NULL}'::text[], '{2024-01-01}'::date[]);
--> SELECT 2: unnest 23, unnest 25, unnest 1082
1|x|2024-01-01
2|∅|∅

SELECT u.t, u.ordinality FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) WITH ORDINALITY AS u(n, t);
--> SELECT 2: t 25, ordinality 20
a|1
b|2
