-- Whole rows, percentiles, texts that are collected once, and patterns of which any or all hold.
CREATE TABLE dept (id serial PRIMARY KEY, name varchar(30) NOT NULL UNIQUE, made timestamp DEFAULT '2024-01-02 03:04:05')
--> CREATE TABLE

CREATE TABLE emp (id serial PRIMARY KEY, name text NOT NULL, dept_id int REFERENCES dept (id), pay int, tags text[], active boolean DEFAULT true)
--> CREATE TABLE

INSERT INTO dept (name) VALUES ('eng'), ('o, "p" s'), ('')
--> INSERT 0 3

INSERT INTO emp (name, dept_id, pay, tags) VALUES ('ann', 1, 100, '{x,y}'), ('bob', 1, 200, NULL), ('cat', 2, 150, '{}'), ('dan', NULL, NULL, NULL)
--> INSERT 0 4

SELECT row_to_json(d) FROM dept d ORDER BY id
--> SELECT 3: row_to_json 114
{"id":1,"name":"eng","made":"2024-01-02T03:04:05"}
{"id":2,"name":"o, \\"p\\" s","made":"2024-01-02T03:04:05"}
{"id":3,"name":"","made":"2024-01-02T03:04:05"}

SELECT to_jsonb(e) FROM emp e ORDER BY id
--> SELECT 4: to_jsonb 3802
{"id": 1, "pay": 100, "name": "ann", "tags": ["x", "y"], "active": true, "dept_id": 1}
{"id": 2, "pay": 200, "name": "bob", "tags": null, "active": true, "dept_id": 1}
{"id": 3, "pay": 150, "name": "cat", "tags": [], "active": true, "dept_id": 2}
{"id": 4, "pay": null, "name": "dan", "tags": null, "active": true, "dept_id": null}

SELECT row_to_json(r) FROM (SELECT id, name FROM dept) r ORDER BY id
--> SELECT 3: row_to_json 114
{"id":1,"name":"eng"}
{"id":2,"name":"o, \\"p\\" s"}
{"id":3,"name":""}

SELECT coalesce(json_agg(t), '[]') FROM (SELECT name FROM emp WHERE id > 100) t
--> SELECT 1: coalesce 114
[]

SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id) FROM (SELECT id, name FROM emp) t
--> SELECT 1: jsonb_agg 3802
[{"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}, {"id": 3, "name": "cat"}, {"id": 4, "name": "dan"}]

SELECT e.name, to_jsonb(d) FROM emp e LEFT JOIN dept d ON d.id = e.dept_id ORDER BY e.id
--> SELECT 4: name 25, to_jsonb 3802
ann|{"id": 1, "made": "2024-01-02T03:04:05", "name": "eng"}
bob|{"id": 1, "made": "2024-01-02T03:04:05", "name": "eng"}
cat|{"id": 2, "made": "2024-01-02T03:04:05", "name": "o, \\"p\\" s"}
dan|∅

SELECT d::text FROM dept d ORDER BY id
--> SELECT 3: d 25
(1,eng,"2024-01-02 03:04:05")
(2,"o, ""p"" s","2024-01-02 03:04:05")
(3,"","2024-01-02 03:04:05")

SELECT (d).name FROM dept d ORDER BY id
--> SELECT 3: name 1043
eng
o, "p" s
\e

SELECT jsonb_build_object('tags', tags, 'pays', ARRAY[pay, 1]) FROM emp ORDER BY id
--> SELECT 4: jsonb_build_object 3802
{"pays": [100, 1], "tags": ["x", "y"]}
{"pays": [200, 1], "tags": null}
{"pays": [150, 1], "tags": []}
{"pays": [null, 1], "tags": null}

SELECT row_to_json(nothing) FROM dept
--> 42703 column "nothing" does not exist

SELECT string_agg(DISTINCT name, ',' ORDER BY name) FROM emp
--> SELECT 1: string_agg 25
ann,bob,cat,dan

SELECT string_agg(DISTINCT dept_id::text, '; ' ORDER BY dept_id::text DESC) FROM emp
--> SELECT 1: string_agg 25
2; 1

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY pay) FROM emp
--> SELECT 1: percentile_cont 701
150

SELECT dept_id, percentile_cont(0.9) WITHIN GROUP (ORDER BY pay DESC), percentile_disc(0.5) WITHIN GROUP (ORDER BY pay) FROM emp GROUP BY dept_id ORDER BY 1
--> SELECT 3: dept_id 23, percentile_cont 701, percentile_disc 23
1|110|100
2|150|150
∅|∅|∅

SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY name) FILTER (WHERE id > 1) FROM emp
--> SELECT 1: percentile_disc 25
cat

SELECT mode() WITHIN GROUP (ORDER BY dept_id) FROM emp
--> SELECT 1: mode 23
1

SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY pay) FROM emp
--> 22003 percentile value 1.5 is not between 0 and 1

SELECT percentile_disc(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY pay) FROM emp
--> SELECT 1: percentile_disc 1007
{100,200}

SELECT name FROM emp WHERE name LIKE ANY (ARRAY['a%', '%b']) ORDER BY 1
--> SELECT 2: name 25
ann
bob

SELECT name FROM emp WHERE name ILIKE ANY ('{A%,B%}') ORDER BY 1
--> SELECT 2: name 25
ann
bob

SELECT name FROM emp WHERE name NOT LIKE ALL (ARRAY['a%', 'b%']) ORDER BY 1
--> SELECT 2: name 25
cat
dan

SELECT name FROM emp WHERE NOT name LIKE ALL (ARRAY['%a%', '%n%']) ORDER BY 1
--> SELECT 2: name 25
bob
cat

SELECT array_positions(ARRAY[1, 2, 1], 1), array_positions(ARRAY['a'], 'b')
--> SELECT 1: array_positions 1007, array_positions 1007
{1,3}|{}

INSERT INTO emp (id, name) VALUES (7, 'x'), (DEFAULT, 'y')
--> INSERT 0 2

UPDATE emp e SET pay = e.pay + 1 FROM dept d WHERE e.dept_id = d.id AND d.name = 'eng' RETURNING e.name, e.pay
--> UPDATE 2: name 25, pay 23
ann|101
bob|201

DELETE FROM emp AS e WHERE e.name = 'ann' RETURNING e.id
--> DELETE 1: id 23
1

INSERT INTO dept AS d (name) VALUES ('eng') ON CONFLICT (name) DO UPDATE SET name = d.name || '!' RETURNING d.name
--> INSERT 0 1: name 1043
eng!

CREATE UNLOGGED TABLE kept (a int)
--> CREATE TABLE

CREATE TEMP TABLE gone (a int) ON COMMIT PRESERVE ROWS
--> CREATE TABLE

CREATE INDEX ON emp USING gin (tags)
--> CREATE INDEX

CREATE INDEX ON emp (dept_id) INCLUDE (name)
--> CREATE INDEX
