-- What keys are told as, whole numbers as which decimal ones are kept, parts of JSON and of arrays.

CREATE TABLE emp (id int PRIMARY KEY, name varchar(20) NOT NULL, dept text, pay numeric(10,2), tags text[], doc jsonb, CONSTRAINT emp_name_key UNIQUE (name))
--> CREATE TABLE

CREATE TABLE small (id smallint PRIMARY KEY, a serial)
--> CREATE TABLE

CREATE TABLE large (id bigserial PRIMARY KEY, small_id smallint REFERENCES small)
--> CREATE TABLE

CREATE TABLE counted (id serial, a text, PRIMARY KEY (id))
--> CREATE TABLE

INSERT INTO emp VALUES (1, 'ann', 'a', 100.50, '{x,007}', '{"a":1,"b":[1,2,{"c":3}]}'), (2, 'bob', 'a', 200, '{y}', '{"a":2}'), (3, 'cid', 'b', 150, '{}', '{"b":null}')
--> INSERT 0 3

INSERT INTO small (id) VALUES (7) RETURNING id, a
--> INSERT 0 1: id 21, a 23
7|1

INSERT INTO large (small_id) VALUES (7) RETURNING *
--> INSERT 0 1: id 20, small_id 21
1|7

INSERT INTO counted (a) VALUES ('x') RETURNING id
--> INSERT 0 1: id 23
1

SELECT id, max(id) OVER (), id + 1, -id, coalesce(id, 0) FROM emp ORDER BY id
--> SELECT 3: id 23, max 23, ?column? 23, ?column? 23, coalesce 23
1|3|2|-1|1
2|3|3|-2|2
3|3|4|-3|3

SELECT max(id), min(id), sum(id), count(id), array_agg(id ORDER BY id) FROM emp
--> SELECT 1: max 23, min 23, sum 20, count 20, array_agg 1007
3|1|6|3|{1,2,3}

SELECT ARRAY(SELECT id FROM emp ORDER BY id)
--> SELECT 1: array 1007
{1,2,3}

INSERT INTO emp (id, name) VALUES (3000000000, 'far')
--> 22003 integer out of range

INSERT INTO emp (id, name) VALUES ('abc', 'wrong')
--> 22P02 invalid input syntax for type integer: "abc"

SELECT id FROM emp WHERE id
--> 42804 argument of WHERE must be type boolean, not type integer

SELECT id FROM emp UNION SELECT 'a'
--> 22P02 invalid input syntax for type integer: "a"

ALTER TABLE counted ALTER id TYPE bigint
--> ALTER TABLE

SELECT id FROM counted
--> SELECT 1: id 20
1

SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE attrelid = 'small'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 2: attname 19, format_type 25
id|smallint
a|integer

INSERT INTO emp (id, name) VALUES (9, 'ann') ON CONFLICT ON CONSTRAINT emp_name_key DO NOTHING
--> INSERT 0 0

INSERT INTO emp (id, name) VALUES (1, 'zed') ON CONFLICT ON CONSTRAINT emp_name_key DO NOTHING
--> 23505 duplicate key value violates unique constraint "emp_pkey" (emp; emp_pkey; Key (id)=(1) already exists.)

INSERT INTO emp (id, name) VALUES (9, 'ann') ON CONFLICT ON CONSTRAINT emp_name_key DO UPDATE SET dept = EXCLUDED.name || '!' RETURNING id, dept
--> INSERT 0 1: id 23, dept 25
1|ann!

INSERT INTO emp (id, name) VALUES (1, 'zed') ON CONFLICT ON CONSTRAINT emp_pkey DO UPDATE SET dept = 'c' RETURNING id, name, dept
--> INSERT 0 1: id 23, name 1043, dept 25
1|ann|c

INSERT INTO emp (id, name) VALUES (1, 'zed') ON CONFLICT ON CONSTRAINT nothing_of_it DO NOTHING
--> 42704 constraint "nothing_of_it" for table "emp" does not exist

CREATE TABLE made AS SELECT id, name, pay, tags, doc, 1 AS one, 'x' AS letter, now() AS at FROM emp
--> SELECT 3

SELECT id, name, pay, tags, doc, one, letter FROM made ORDER BY id
--> SELECT 3: id 23, name 1043, pay 1700, tags 1009, doc 3802, one 23, letter 25
1|ann|100.50|{x,007}|{"a": 1, "b": [1, 2, {"c": 3}]}|1|x
2|bob|200.00|{y}|{"a": 2}|1|x
3|cid|150.00|{}|{"b": null}|1|x

CREATE TABLE empty AS SELECT id, pay * 2 AS twice FROM emp WHERE id > 5
--> SELECT 0

SELECT 1.5::int, 2.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int, '2.5'::numeric::int, 2.5::smallint, 2.5::bigint
--> SELECT 1: int4 23, int4 23, ?column? 23, int4 23, int4 23, int4 23, int2 21, int8 20
2|3|-3|2|4|3|3|3

CREATE TABLE numbers (a int, b real, c float8)
--> CREATE TABLE

INSERT INTO numbers VALUES (2.5, 1.1, 1e20), (-3.5, 1e-7, 0.1), (2.5::float8, 123456789, 1.5) RETURNING *
--> INSERT 0 3: a 23, b 700, c 701
3|1.1|1e+20
-4|1e-07|0.1
2|1.2345679e+08|1.5

SELECT b::text, c::text, 1e10::float8::text, 0.1::float4 FROM numbers
--> SELECT 3: b 25, c 25, text 25, float4 700
1.1|1e+20|10000000000|0.1
1e-07|0.1|10000000000|0.1
1.2345679e+08|1.5|10000000000|0.1

SELECT doc -> 'b', doc -> 'b' -> 2, doc -> 'b' -> 2 ->> 'c', doc ->> 'a', doc['a'], doc['b'][0] FROM emp ORDER BY id
--> SELECT 3: ?column? 3802, ?column? 3802, ?column? 25, ?column? 25, doc 3802, doc 3802
[1, 2, {"c": 3}]|{"c": 3}|3|1|1|1
∅|∅|∅|2|2|∅
null|∅|∅|∅|∅|∅

SELECT id FROM emp WHERE doc -> 'b' = '[1, 2, {"c": 3}]'
--> SELECT 1: id 23
1

SELECT tags[1], tags[2], tags[3] FROM emp ORDER BY id
--> SELECT 3: tags 25, tags 25, tags 25
x|007|∅
y|∅|∅
∅|∅|∅

SELECT '{"a":1,"b":2}'::jsonb ?| ARRAY['x', 'a'], '{"a":1}'::jsonb ?| '{x,y}', '{"a":1,"b":2}'::jsonb ?& ARRAY['a', 'b'], '{"a":1}'::jsonb ?& ARRAY['a', 'x'], '["a", 1]'::jsonb ?| ARRAY['a'], '"a"'::jsonb ?& ARRAY['a']
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16
t|f|t|f|t|t

SELECT '{"a":{"b":1,"c":2}}'::jsonb #- '{a,b}', '[1,[2,3]]'::jsonb #- '{1,0}', '[1,2,3]'::jsonb #- '{-1}', '{"a":1}'::jsonb #- '{x,y}', '{"a":1}'::jsonb #- '{}'
--> SELECT 1: ?column? 3802, ?column? 3802, ?column? 3802, ?column? 3802, ?column? 3802
{"a": {"c": 2}}|[1, [3]]|[1, 2]|{"a": 1}|{"a": 1}

SELECT '{"a":1,"b":2,"c":3}'::jsonb - ARRAY['a', 'c'], '["a","b","a"]'::jsonb - '{a}'::text[], '{"a":1}'::jsonb - 'a', '[1,2,3]'::jsonb - 1
--> SELECT 1: ?column? 3802, ?column? 3802, ?column? 3802, ?column? 3802
{"b": 2}|["b"]|{}|[1, 3]

SELECT jsonb_insert('{"a":[0,1,2]}', '{a, 1}', '"new"'), jsonb_insert('{"a":[0,1,2]}', '{a,1}', '"new"', true), jsonb_insert('{"a":1}', '{b}', '2'), jsonb_insert('[1,2]', '{-1}', '9'), jsonb_insert('[1,2]', '{7}', '9')
--> SELECT 1: jsonb_insert 3802, jsonb_insert 3802, jsonb_insert 3802, jsonb_insert 3802, jsonb_insert 3802
{"a": [0, "new", 1, 2]}|{"a": [0, 1, "new", 2]}|{"a": 1, "b": 2}|[1, 9, 2]|[1, 2, 9]

SELECT jsonb_insert('{"a":1}', '{a}', '2')
--> 22023 cannot replace existing key

SELECT json_agg(id ORDER BY id), jsonb_agg(name ORDER BY id) FROM emp
--> SELECT 1: json_agg 114, jsonb_agg 3802
[1, 2, 3]|["ann", "bob", "cid"]

SELECT percent_rank() OVER w, cume_dist() OVER w FROM generate_series(1, 4) n WINDOW w AS (ORDER BY n)
--> SELECT 4: percent_rank 701, cume_dist 701
0|0.25
0.3333333333333333|0.5
0.6666666666666666|0.75
1|1
