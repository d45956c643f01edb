-- WITH whose tables are INSERT, UPDATE and DELETE.
CREATE TABLE t (id serial PRIMARY KEY, name text UNIQUE, n int DEFAULT 0)
--> CREATE TABLE

CREATE TABLE old (id int, name text, gone boolean DEFAULT true)
--> CREATE TABLE

INSERT INTO t (name, n) VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4)
--> INSERT 0 4

WITH moved AS (DELETE FROM t WHERE n < 3 RETURNING id, name) INSERT INTO old (id, name) SELECT id, name FROM moved
--> INSERT 0 2

SELECT * FROM old ORDER BY id
--> SELECT 2: id 23, name 25, gone 16
1|a|t
2|b|t

SELECT * FROM t ORDER BY id
--> SELECT 2: id 23, name 25, n 23
3|c|3
4|d|4

WITH up AS (UPDATE t SET n = n * 10 RETURNING id, n) SELECT up.id, up.n AS new, t.n AS old FROM up JOIN t ON t.id = up.id ORDER BY up.id
--> SELECT 2: id 23, new 23, old 23
3|30|3
4|40|4

WITH up AS (UPDATE t SET n = n + 1 WHERE name = 'c' RETURNING *) SELECT count(*), sum(n) FROM up
--> SELECT 1: count 20, sum 20
1|31

WITH ins AS (INSERT INTO t (name) VALUES ('c'), ('e') ON CONFLICT (name) DO NOTHING RETURNING id, name, true AS is_new) SELECT name, is_new FROM ins UNION ALL SELECT name, false FROM t WHERE name IN ('c', 'e') ORDER BY 1, 2
--> SELECT 2: name 25, is_new 16
c|f
e|t

SELECT name, n FROM t ORDER BY name
--> SELECT 3: name 25, n 23
c|31
d|40
e|0

WITH ins AS (INSERT INTO t (name, n) VALUES ('f', 6) RETURNING id) SELECT count(*) FROM t
--> SELECT 1: count 20
3

WITH ins AS (INSERT INTO t (name, n) VALUES ('g', 7)) SELECT count(*) FROM t
--> SELECT 1: count 20
4

WITH src AS (SELECT 'h' AS name, 8 AS n), ins AS (INSERT INTO t (name, n) SELECT name, n FROM src RETURNING name), more AS (INSERT INTO t (name, n) SELECT name || '2', 9 FROM ins RETURNING name) SELECT * FROM ins UNION ALL SELECT * FROM more ORDER BY 1
--> SELECT 2: name 25
h
h2

SELECT name, n FROM t ORDER BY name
--> SELECT 7: name 25, n 23
c|31
d|40
e|0
f|6
g|7
h|8
h2|9

WITH a(x, y) AS (UPDATE t SET n = 0 WHERE name = 'd' RETURNING name, n) SELECT y, x FROM a
--> SELECT 1: y 23, x 25
0|d

WITH d AS (DELETE FROM t WHERE name LIKE 'h%' RETURNING name) UPDATE old SET name = d.name FROM d WHERE d.name = 'h' AND old.id = 1
--> UPDATE 1

SELECT id, name FROM old ORDER BY id
--> SELECT 2: id 23, name 25
1|h
2|b

WITH d AS (DELETE FROM old RETURNING id) DELETE FROM t USING d WHERE t.id = d.id
--> DELETE 0

WITH ins AS (INSERT INTO t (name) VALUES ('x') RETURNING id), again AS (INSERT INTO t (name) VALUES ('x') RETURNING id) SELECT 1
--> 23505 duplicate key value violates unique constraint "t_name_key" (t; t_name_key; Key (name)=(x) already exists.)

SELECT count(*) FROM t WHERE name = 'x'
--> SELECT 1: count 20
0

WITH ins AS (INSERT INTO old (id) VALUES (1)) SELECT * FROM ins
--> 0A000 WITH query "ins" does not have a RETURNING clause

SELECT * FROM (WITH i AS (INSERT INTO old (id) VALUES (1) RETURNING id) SELECT * FROM i) q
--> 0A000 WITH clause containing a data-modifying statement must be at the top level

WITH i AS (INSERT INTO old (id, name) VALUES (7, 'seven') RETURNING id, gone, name || '!' AS loud) SELECT * FROM i
--> SELECT 1: id 23, gone 16, loud 25
7|t|seven!

WITH i AS (INSERT INTO old (id) SELECT g FROM generate_series(1, 3) g RETURNING id) SELECT sum(id), count(*) FROM i
--> SELECT 1: sum 20, count 20
6|3

BEGIN
--> BEGIN

WITH d AS (DELETE FROM old RETURNING id) SELECT count(*) FROM d
--> SELECT 1: count 20
4

ROLLBACK
--> ROLLBACK

SELECT count(*) FROM old
--> SELECT 1: count 20
4
