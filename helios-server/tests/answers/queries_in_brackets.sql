-- Queries in brackets with an order and a limit of their own, TABLE, and comparisons with all values of a query.
CREATE TABLE t (id int PRIMARY KEY, name text, pay int)
--> CREATE TABLE

INSERT INTO t VALUES (1, 'ann', 30), (2, 'bob', 20), (3, 'cat', NULL), (4, 'dan', 10)
--> INSERT 0 4

TABLE t
--> SELECT 4: id 23, name 25, pay 23
1|ann|30
2|bob|20
3|cat|∅
4|dan|10

TABLE t ORDER BY pay LIMIT 2
--> SELECT 2: id 23, name 25, pay 23
4|dan|10
2|bob|20

(SELECT id FROM t ORDER BY pay LIMIT 1) UNION ALL (SELECT id FROM t ORDER BY pay DESC NULLS LAST LIMIT 1)
--> SELECT 2: id 23
4
1

(SELECT id FROM t) EXCEPT (SELECT id FROM t WHERE pay > 15) ORDER BY id
--> SELECT 2: id 23
3
4

(SELECT id, name FROM t ORDER BY id DESC LIMIT 2)
--> SELECT 2: id 23, name 25
4|dan
3|cat

((SELECT 1 AS a) UNION (SELECT 2)) ORDER BY a DESC
--> SELECT 2: a 23
2
1

SELECT ((SELECT 1) + 2) AS three
--> SELECT 1: three 23
3

SELECT * FROM ((SELECT id FROM t ORDER BY id LIMIT 2) UNION ALL (SELECT 9)) q ORDER BY 1
--> SELECT 3: id 23
1
2
9

SELECT * FROM ((SELECT id FROM t WHERE id = 1)) AS q
--> SELECT 1: id 23
1

SELECT name FROM t WHERE id IN ((SELECT id FROM t WHERE pay = 20) UNION (SELECT 4)) ORDER BY id
--> SELECT 2: name 25
bob
dan

SELECT name FROM t WHERE id IN ((SELECT 1), (SELECT 3)) ORDER BY id
--> SELECT 2: name 25
ann
cat

SELECT ARRAY((SELECT id FROM t WHERE id < 3 ORDER BY id) UNION ALL (SELECT 9))
--> SELECT 1: array 1007
{1,2,9}

SELECT 1 UNION (SELECT 2 UNION ALL SELECT 2) ORDER BY 1
--> SELECT 2: ?column? 23
1
2

(SELECT 1) UNION ALL (SELECT 2 INTERSECT SELECT 3)
--> SELECT 1: ?column? 23
1

WITH w AS ((SELECT id FROM t ORDER BY id DESC LIMIT 1)) SELECT * FROM w
--> SELECT 1: id 23
4

WITH w AS (SELECT 5 AS a) (SELECT a FROM w) UNION ALL (SELECT a + 1 FROM w) ORDER BY 1
--> SELECT 2: a 23
5
6

INSERT INTO t (SELECT 5, 'eve', 50) RETURNING id
--> INSERT 0 1: id 23
5

INSERT INTO t (id, name) (SELECT 6, 'fay') ON CONFLICT (id) DO NOTHING
--> INSERT 0 1

CREATE VIEW v AS (SELECT id, name FROM t WHERE pay IS NOT NULL)
--> CREATE VIEW

SELECT * FROM v ORDER BY id
--> SELECT 4: id 23, name 25
1|ann
2|bob
4|dan
5|eve

CREATE TABLE u AS (SELECT id FROM t ORDER BY id LIMIT 2)
--> SELECT 2

TABLE u
--> SELECT 2: id 23
1
2

CREATE TABLE none AS SELECT * FROM t WITH NO DATA
--> CREATE TABLE AS

SELECT count(*) FROM none
--> SELECT 1: count 20
0

SELECT name FROM t WHERE pay >= ALL (SELECT pay FROM t WHERE pay IS NOT NULL)
--> SELECT 1: name 25
eve

SELECT name FROM t WHERE pay > ANY (SELECT pay FROM t) ORDER BY id
--> SELECT 3: name 25
ann
bob
eve

SELECT name FROM t WHERE pay < SOME (SELECT pay FROM t WHERE id < 3) ORDER BY id
--> SELECT 2: name 25
bob
dan

SELECT 1 > ALL (SELECT pay FROM t WHERE id = 3), 1 > ALL (SELECT pay FROM t WHERE id > 100), 1 > ANY (SELECT pay FROM t WHERE id > 100), 100 > ANY (SELECT pay FROM t), 100 > ALL (SELECT pay FROM t)
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16
∅|t|f|t|∅

SELECT name FROM t o WHERE pay <> ANY (SELECT pay FROM t i WHERE i.id < o.id) ORDER BY id
--> SELECT 3: name 25
bob
dan
eve

SELECT id FROM t WHERE id = ANY (SELECT 2 UNION SELECT 3) ORDER BY id
--> SELECT 2: id 23
2
3

CREATE TABLE words (add int, drop int, index text, commit boolean)
--> CREATE TABLE

INSERT INTO words (add, drop, index) VALUES (1, 2, 'a')
--> INSERT 0 1

SELECT add, drop, w.index FROM words w
--> SELECT 1: add 23, drop 23, index 25
1|2|a

UPDATE words SET add = add + 1, drop = 3 WHERE add = 1 RETURNING add, drop
--> UPDATE 1: add 23, drop 23
2|3

ALTER TABLE words ADD COLUMN more int, DROP COLUMN index
--> ALTER TABLE

SELECT * FROM words
--> SELECT 1: add 23, drop 23, commit 16, more 23
2|3|∅|∅

SELECT ARRAY(SELECT DISTINCT id % 3 FROM t ORDER BY 1 DESC), ARRAY(SELECT id FROM t ORDER BY id DESC LIMIT 2), ARRAY(VALUES (1), (2))
--> SELECT 1: array 1007, array 1007, array 1007
{2,1,0}|{6,5}|{1,2}

SELECT * FROM (SELECT 1 AS x, 2 AS y) AS q(a)
--> SELECT 1: a 23, y 23
1|2

WITH q(a) AS (SELECT 1 AS x, 2 AS y) SELECT a, y FROM q
--> SELECT 1: a 23, y 23
1|2

SELECT (ARRAY[1,2,3,4])[2:3], (ARRAY[1,2,3])[:2], (ARRAY['a','b'])[2:], (ARRAY[1,2])[3:4], (ARRAY[1,2])[0:1]
--> SELECT 1: array 1007, array 1007, array 1009, array 1007, array 1007
{2,3}|{1,2}|{b}|{}|{1}

CREATE TABLE arrays (a int[], t text[])
--> CREATE TABLE

INSERT INTO arrays VALUES ('{1,2,3}', '{x,y}')
--> INSERT 0 1

SELECT a[2:], t[:1], a[1:2] FROM arrays
--> SELECT 1: a 1007, t 1009, a 1007
{2,3}|{x}|{1,2}

SELECT array_fill(7, ARRAY[3]), array_fill('x'::text, ARRAY[2])
--> SELECT 1: array_fill 1007, array_fill 1009
{7,7,7}|{x,x}

SELECT width_bucket(5.35, 0.024, 10.06, 5), width_bucket(-1, 0, 10, 5), width_bucket(10, 0, 10, 5), width_bucket(5, ARRAY[1,3,7]), width_bucket(2, 10, 0, 5)
--> SELECT 1: width_bucket 23, width_bucket 23, width_bucket 23, width_bucket 23, width_bucket 23
3|0|6|2|5

SELECT * FROM jsonb_to_recordset('[{"a":1,"b":"x"},{"a":2,"c":true}]') AS r(a int, b text, c boolean)
--> SELECT 2: a 23, b 25, c 16
1|x|∅
2|∅|t

SELECT r.a, r.d FROM json_to_recordset('[{"a":1.5,"d":{"k":[1]}}]') AS r(a numeric, d jsonb)
--> SELECT 1: a 1700, d 3802
1.5|{"k": [1]}

SELECT * FROM jsonb_to_record('{"a":1,"b":[1,2],"c":"2024-01-02"}') AS x(a int, b jsonb, c date)
--> SELECT 1: a 23, b 3802, c 1082
1|[1, 2]|2024-01-02

CREATE TABLE docs (id int, body jsonb)
--> CREATE TABLE

INSERT INTO docs VALUES (1, '[{"n":1},{"n":2}]'), (2, '[]'), (3, '[{"n":3}]')
--> INSERT 0 3

SELECT id, r.n FROM docs, jsonb_to_recordset(body) AS r(n int) ORDER BY id, n
--> SELECT 3: id 23, n 23
1|1
1|2
3|3

SELECT value, value->>'a' FROM jsonb_array_elements('[{"a":1,"b":[2]},[3]]')
--> SELECT 2: value 3802, ?column? 25
{"a": 1, "b": [2]}|1
[3]|∅

SELECT * FROM jsonb_each('{"k":{"x":1},"l":[1,2]}')
--> SELECT 2: key 25, value 3802
k|{"x": 1}
l|[1, 2]

SELECT 'infinity'::timestamp, '-infinity'::date, 'infinity'::timestamptz, 'infinity'::date > '2024-01-01'::date, '-infinity'::timestamp < now()::timestamp
--> SELECT 1: timestamp 1114, date 1082, timestamptz 1184, ?column? 16, ?column? 16
infinity|-infinity|infinity|t|t

SELECT isfinite('infinity'::date), isfinite('2024-01-01'::date), 'infinity'::timestamp + interval '1 day', 'infinity'::date + 1
--> SELECT 1: isfinite 16, isfinite 16, ?column? 1114, ?column? 1082
f|t|infinity|infinity

CREATE TABLE spans (id int, until timestamptz, day date DEFAULT 'infinity')
--> CREATE TABLE

INSERT INTO spans (id, until) VALUES (1, 'infinity'), (2, '2024-01-01 00:00:00+00'), (3, '-infinity')
--> INSERT 0 3

SELECT id, until, day FROM spans ORDER BY until DESC
--> SELECT 3: id 23, until 1184, day 1082
1|infinity|infinity
2|2024-01-01 00:00:00+00|infinity
3|-infinity|infinity

SELECT id FROM spans WHERE until = 'infinity' OR until < '2000-01-01' ORDER BY id
--> SELECT 2: id 23
1
3

SELECT 'infinity'::timestamp - 'infinity'::timestamp
--> 22008 cannot subtract infinite timestamps

SELECT 'inf'::float8, '-infinity'::float8, 'Infinity'::float4
--> SELECT 1: float8 701, float8 701, float4 700
Infinity|-Infinity|Infinity

SELECT 1 FOR UPDATE
--> SELECT 1: ?column? 23
1

(SELECT 1
--> 42601 syntax error at end of input

TABLE missing
--> 42P01 relation "missing" does not exist

SELECT name FROM t WHERE pay > ALL (SELECT id, pay FROM t)
--> 42601 subquery has too many columns
