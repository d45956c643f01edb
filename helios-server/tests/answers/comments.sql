-- What is said of tables, columns, constraints, indexes and views.
CREATE TABLE t (id serial PRIMARY KEY, name text CONSTRAINT named CHECK (name <> ''), price numeric(10,2) NOT NULL, CONSTRAINT pair UNIQUE (name, price))
--> CREATE TABLE

CREATE INDEX t_name ON t (name)
--> CREATE INDEX

CREATE VIEW v AS SELECT id FROM t
--> CREATE VIEW

COMMENT ON TABLE t IS 'the table''s'
--> COMMENT

COMMENT ON COLUMN t.id IS 'the key'
--> COMMENT

COMMENT ON COLUMN public.t.price IS 'what it costs /* in euro */'
--> COMMENT

COMMENT ON CONSTRAINT named ON t IS 'not empty'
--> COMMENT

COMMENT ON CONSTRAINT pair ON t IS E'two\nlines'
--> COMMENT

COMMENT ON INDEX t_name IS 'by name'
--> COMMENT

COMMENT ON VIEW v IS 'a view'
--> COMMENT

SELECT objsubid, description FROM pg_description WHERE objoid = 't'::regclass ORDER BY 1
--> SELECT 3: objsubid 23, description 25
0|the table's
1|the key
3|what it costs /* in euro */

SELECT obj_description('t'::regclass), obj_description('t'::regclass, 'pg_class'), col_description('t'::regclass, 1), col_description('t'::regclass, 2), col_description('t'::regclass, 3)
--> SELECT 1: obj_description 25, obj_description 25, col_description 25, col_description 25, col_description 25
the table's|the table's|the key|∅|what it costs /* in euro */

SELECT obj_description('t_name'::regclass, 'pg_class'), obj_description('v'::regclass, 'pg_class')
--> SELECT 1: obj_description 25, obj_description 25
by name|a view

SELECT c.conname, d.description FROM pg_constraint c JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass WHERE c.conrelid = 't'::regclass ORDER BY 1
--> SELECT 2: conname 19, description 25
named|not empty
pair|two\nlines

SELECT a.attname, pgd.description FROM pg_attribute a LEFT JOIN pg_description pgd ON pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum AND pgd.classoid = 'pg_catalog.pg_class'::regclass WHERE a.attrelid = 't'::regclass AND a.attnum > 0 ORDER BY a.attnum
--> SELECT 3: attname 19, description 25
id|the key
name|∅
price|what it costs /* in euro */

ALTER TABLE t RENAME COLUMN price TO cost
--> ALTER TABLE

ALTER TABLE t ADD COLUMN more int
--> ALTER TABLE

COMMENT ON COLUMN t.more IS 'more'
--> COMMENT

ALTER TABLE t ALTER COLUMN cost TYPE numeric(12,3)
--> ALTER TABLE

ALTER TABLE t RENAME CONSTRAINT named TO called
--> ALTER TABLE

ALTER TABLE t RENAME TO items
--> ALTER TABLE

SELECT objsubid, description FROM pg_description WHERE objoid = 'items'::regclass ORDER BY 1
--> SELECT 4: objsubid 23, description 25
0|the table's
1|the key
3|what it costs /* in euro */
4|more

SELECT c.conname, obj_description(c.oid, 'pg_constraint') FROM pg_constraint c WHERE c.conrelid = 'items'::regclass AND contype <> 'p' ORDER BY 1
--> SELECT 2: conname 19, obj_description 25
called|not empty
pair|two\nlines

COMMENT ON COLUMN items.id IS NULL
--> COMMENT

COMMENT ON TABLE items IS ''
--> COMMENT

COMMENT ON COLUMN items.cost IS 'another'
--> COMMENT

SELECT objsubid, description FROM pg_description WHERE objoid = 'items'::regclass ORDER BY 1
--> SELECT 2: objsubid 23, description 25
3|another
4|more

INSERT INTO items (name, cost) VALUES ('a', 1.5) RETURNING id, name, cost
--> INSERT 0 1: id 23, name 25, cost 1700
1|a|1.500

ALTER TABLE items DROP CONSTRAINT called
--> ALTER TABLE

CREATE OR REPLACE VIEW v AS SELECT id, name FROM items
--> CREATE VIEW

SELECT obj_description('v'::regclass, 'pg_class')
--> SELECT 1: obj_description 25
a view

SELECT * FROM v
--> SELECT 1: id 23, name 25
1|a

BEGIN
--> BEGIN

COMMENT ON TABLE items IS 'for a while'
--> COMMENT

SELECT obj_description('items'::regclass)
--> SELECT 1: obj_description 25
for a while

ROLLBACK
--> ROLLBACK

SELECT obj_description('items'::regclass)
--> SELECT 1: obj_description 25
∅

COMMENT ON TABLE missing IS 'x'
--> 42P01 relation "missing" does not exist

COMMENT ON COLUMN items.missing IS 'x'
--> 42703 column "missing" of relation "items" does not exist

COMMENT ON COLUMN missing IS 'x'
--> 42601 column name must be qualified

COMMENT ON CONSTRAINT missing ON items IS 'x'
--> 42704 constraint "missing" for table "items" does not exist

COMMENT ON VIEW items IS 'x'
--> 42809 "items" is not a view

COMMENT ON TABLE v IS 'x'
--> 42809 "v" is not a table

COMMENT ON INDEX missing IS 'x'
--> 42P01 relation "missing" does not exist

CREATE TABLE commented (LIKE items INCLUDING COMMENTS)
--> CREATE TABLE

SELECT objsubid, description FROM pg_description WHERE objoid = 'commented'::regclass ORDER BY 1
--> SELECT 2: objsubid 23, description 25
3|another
4|more

DROP VIEW v
--> DROP VIEW

DROP TABLE items
--> DROP TABLE

SELECT count(*) FROM pg_description WHERE description IN ('another', 'more')
--> SELECT 1: count 20
2
