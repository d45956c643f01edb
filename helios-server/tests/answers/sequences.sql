-- Sequences by themselves.

CREATE SEQUENCE s
--> CREATE SEQUENCE

SELECT nextval('s'), nextval('s'::regclass), nextval('public.s')
--> SELECT 1: nextval 20, nextval 20, nextval 20
1|2|3

SELECT currval('s'), lastval()
--> SELECT 1: currval 20, lastval 20
3|3

SELECT last_value, is_called FROM s
--> SELECT 1: last_value 20, is_called 16
3|t

SELECT setval('s', 41)
--> SELECT 1: setval 20
41

SELECT nextval('s')
--> SELECT 1: nextval 20
42

SELECT setval('s', 10, false)
--> SELECT 1: setval 20
10

SELECT nextval('s'), currval('s')
--> SELECT 1: nextval 20, currval 20
10|10

SELECT setval('s', 0)
--> 22003 setval: value 0 is out of bounds for sequence "s" (1..9223372036854775807)

SELECT nextval(NULL)
--> SELECT 1: nextval 20
∅

SELECT nextval('nothing')
--> 42P01 relation "nothing" does not exist

CREATE SEQUENCE s
--> 42P07 relation "s" already exists

CREATE SEQUENCE IF NOT EXISTS s
--> CREATE SEQUENCE

CREATE SEQUENCE down INCREMENT BY -2 MAXVALUE 5 MINVALUE 0
--> CREATE SEQUENCE

SELECT nextval('down'), nextval('down'), nextval('down')
--> SELECT 1: nextval 20, nextval 20, nextval 20
5|3|1

SELECT nextval('down')
--> 2200H nextval: reached minimum value of sequence "down" (0)

CREATE SEQUENCE around AS smallint MINVALUE 3 MAXVALUE 5 START WITH 4 CYCLE CACHE 1
--> CREATE SEQUENCE

SELECT nextval('around'), nextval('around'), nextval('around'), nextval('around')
--> SELECT 1: nextval 20, nextval 20, nextval 20, nextval 20
4|5|3|4

CREATE SEQUENCE few MAXVALUE 2
--> CREATE SEQUENCE

SELECT nextval('few') FROM generate_series(1, 2)
--> SELECT 2: nextval 20
1
2

SELECT nextval('few')
--> 2200H nextval: reached maximum value of sequence "few" (2)

ALTER SEQUENCE few RESTART
--> ALTER SEQUENCE

SELECT nextval('few')
--> SELECT 1: nextval 20
1

ALTER SEQUENCE few RESTART WITH 2
--> ALTER SEQUENCE

SELECT nextval('few')
--> SELECT 1: nextval 20
2

ALTER SEQUENCE few MAXVALUE 100 INCREMENT 10
--> ALTER SEQUENCE

SELECT nextval('few'), nextval('few')
--> SELECT 1: nextval 20, nextval 20
12|22

ALTER SEQUENCE few RESTART WITH 500
--> 22023 RESTART value (500) cannot be greater than MAXVALUE (100)

ALTER SEQUENCE missing RESTART
--> 42P01 relation "missing" does not exist

ALTER SEQUENCE IF EXISTS missing RESTART
--> ALTER SEQUENCE

CREATE SEQUENCE bad INCREMENT 0
--> 22023 INCREMENT must not be zero

CREATE SEQUENCE bad MINVALUE 9 MAXVALUE 9
--> 22023 MINVALUE (9) must be less than MAXVALUE (9)

CREATE SEQUENCE bad START 0
--> 22023 START value (0) cannot be less than MINVALUE (1)

CREATE SEQUENCE bad MAXVALUE 5 START 6
--> 22023 START value (6) cannot be greater than MAXVALUE (5)

CREATE SEQUENCE bad AS smallint MAXVALUE 40000
--> 22023 MAXVALUE (40000) is out of range for sequence data type smallint

CREATE SEQUENCE bad AS text
--> 22023 sequence type must be smallint, integer, or bigint

CREATE SEQUENCE bad CACHE 0
--> 22023 CACHE (0) must be greater than zero

SELECT schemaname, sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle, cache_size, last_value FROM pg_sequences ORDER BY sequencename
--> SELECT 4: schemaname 19, sequencename 19, data_type 25, start_value 20, min_value 20, max_value 20, increment_by 20, cycle 16, cache_size 20, last_value 20
public|around|smallint|4|3|5|1|t|1|4
public|down|bigint|5|0|5|-2|f|1|1
public|few|bigint|1|1|100|10|f|1|22
public|s|bigint|1|1|9223372036854775807|1|f|1|10

SELECT sequence_schema, sequence_name, data_type::text, numeric_precision, start_value::text, minimum_value::text, maximum_value::text, increment::text, cycle_option::text FROM information_schema.sequences ORDER BY sequence_name
--> SELECT 4: sequence_schema 19, sequence_name 19, data_type 25, numeric_precision 23, start_value 25, minimum_value 25, maximum_value 25, increment 25, cycle_option 25
public|around|smallint|16|4|3|5|1|YES
public|down|bigint|64|5|0|5|-2|NO
public|few|bigint|64|1|1|100|10|NO
public|s|bigint|64|1|1|9223372036854775807|1|NO

SELECT relname FROM pg_class WHERE relkind = 'S' ORDER BY relname
--> SELECT 4: relname 19
around
down
few
s

ALTER SEQUENCE few RENAME TO fewer
--> ALTER SEQUENCE

SELECT nextval('fewer')
--> SELECT 1: nextval 20
32

ALTER SEQUENCE s RENAME TO fewer
--> 42P07 relation "fewer" already exists

DROP SEQUENCE around, down
--> DROP SEQUENCE

DROP SEQUENCE around
--> 42P01 sequence "around" does not exist

DROP SEQUENCE IF EXISTS around
--> DROP SEQUENCE

DROP TABLE fewer
--> 42809 "fewer" is not a table

-- They are no part of a transaction.

BEGIN
--> BEGIN

SELECT nextval('s')
--> SELECT 1: nextval 20
11

ROLLBACK
--> ROLLBACK

SELECT nextval('s'), currval('s')
--> SELECT 1: nextval 20, currval 20
12|12

-- In defaults.

CREATE SEQUENCE tens INCREMENT 10
--> CREATE SEQUENCE

CREATE TABLE d (a bigint PRIMARY KEY DEFAULT nextval('s'), b int DEFAULT nextval('tens'::regclass) + 1, c text)
--> CREATE TABLE

INSERT INTO d (c) VALUES ('x'), ('y') RETURNING *
--> INSERT 0 2: a 20, b 23, c 25
13|2|x
14|12|y

CREATE TABLE bad (a int DEFAULT nextval('unknown'))
--> 42P01 relation "unknown" does not exist

DROP SEQUENCE d
--> 42809 "d" is not a sequence

DROP SEQUENCE s
--> 2BP01 cannot drop sequence s because other objects depend on it

INSERT INTO d VALUES (1, DEFAULT, 'z') RETURNING a, c
--> INSERT 0 1: a 20, c 25
1|z

CREATE SEQUENCE other
--> CREATE SEQUENCE

ALTER TABLE d ALTER COLUMN b SET DEFAULT nextval('other')
--> ALTER TABLE

INSERT INTO d (a) VALUES (2) RETURNING b
--> INSERT 0 1: b 23
1

SELECT column_name, column_default::text FROM information_schema.columns WHERE table_name = 'd' ORDER BY ordinal_position
--> SELECT 3: column_name 19, column_default 25
a|nextval('s'::regclass)
b|nextval('other'::regclass)
c|∅

DROP SEQUENCE other CASCADE
--> DROP SEQUENCE

SELECT column_name, column_default::text FROM information_schema.columns WHERE table_name = 'd' ORDER BY ordinal_position
--> SELECT 3: column_name 19, column_default 25
a|nextval('s'::regclass)
b|∅
c|∅

INSERT INTO d (a) VALUES (3) RETURNING b
--> INSERT 0 1: b 23
∅

-- Keys that count.

CREATE TABLE t (id bigserial PRIMARY KEY, name text UNIQUE)
--> CREATE TABLE

INSERT INTO t (name) VALUES ('a'), ('b') RETURNING id
--> INSERT 0 2: id 20
1
2

SELECT currval('t_id_seq'), currval(pg_get_serial_sequence('t', 'id')), lastval()
--> SELECT 1: currval 20, currval 20, lastval 20
2|2|2

SELECT pg_get_serial_sequence('t', 'id'), pg_get_serial_sequence('public.t', 'id'), pg_get_serial_sequence('t', 'name')
--> SELECT 1: pg_get_serial_sequence 25, pg_get_serial_sequence 25, pg_get_serial_sequence 25
public.t_id_seq|public.t_id_seq|∅

DELETE FROM t WHERE id = 2
--> DELETE 1

INSERT INTO t (name) VALUES ('c') RETURNING id
--> INSERT 0 1: id 20
3

BEGIN
--> BEGIN

INSERT INTO t (name) VALUES ('d') RETURNING id
--> INSERT 0 1: id 20
4

ROLLBACK
--> ROLLBACK

INSERT INTO t (name) VALUES ('d') RETURNING id
--> INSERT 0 1: id 20
5

INSERT INTO t (name) VALUES ('d') RETURNING id
--> 23505 duplicate key value violates unique constraint "t_name_key" (t; t_name_key; Key (name)=(d) already exists.)

INSERT INTO t (name) VALUES ('e') RETURNING id
--> INSERT 0 1: id 20
7

SELECT nextval('t_id_seq')
--> SELECT 1: nextval 20
8

INSERT INTO t (name) VALUES ('f') RETURNING id
--> INSERT 0 1: id 20
9

SELECT setval(pg_get_serial_sequence('"t"', 'id'), coalesce(max("id"), 1), max("id") IS NOT null) FROM "t"
--> SELECT 1: setval 20
9

INSERT INTO t (name) VALUES ('g') RETURNING id
--> INSERT 0 1: id 20
10

ALTER SEQUENCE t_id_seq RESTART WITH 100
--> ALTER SEQUENCE

INSERT INTO t (name) VALUES ('h') RETURNING id
--> INSERT 0 1: id 20
100

SELECT column_default::text, is_identity::text FROM information_schema.columns WHERE table_name = 't' AND column_name = 'id'
--> SELECT 1: column_default 25, is_identity 25
nextval('t_id_seq'::regclass)|NO

DROP SEQUENCE IF EXISTS t_name_seq
--> DROP SEQUENCE

TRUNCATE t
--> TRUNCATE TABLE

INSERT INTO t (name) VALUES ('i') RETURNING id
--> INSERT 0 1: id 20
101

TRUNCATE t RESTART IDENTITY
--> TRUNCATE TABLE

INSERT INTO t (name) VALUES ('j') RETURNING id
--> INSERT 0 1: id 20
1

SELECT s.relname AS sequence_name, a.attname AS colname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass JOIN pg_attribute a ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum JOIN pg_class tbl ON tbl.oid = d.refobjid AND tbl.relname = 't' AND pg_catalog.pg_table_is_visible(tbl.oid) WHERE s.relkind = 'S'
--> SELECT 1: sequence_name 19, colname 19
t_id_seq|id

DROP TABLE t
--> DROP TABLE

SELECT count(*) FROM pg_class WHERE relname = 't_id_seq'
--> SELECT 1: count 20
0

-- Identities.

CREATE TABLE i (id bigint GENERATED BY DEFAULT AS IDENTITY (START WITH 42) PRIMARY KEY, a int)
--> CREATE TABLE

INSERT INTO i (a) VALUES (1), (2) RETURNING id
--> INSERT 0 2: id 20
42
43

SELECT pg_get_serial_sequence('i', 'id'), column_default::text, is_identity::text FROM information_schema.columns WHERE table_name = 'i' AND column_name = 'id'
--> SELECT 1: pg_get_serial_sequence 25, column_default 25, is_identity 25
public.i_id_seq|∅|YES

DROP SEQUENCE i_id_seq
--> 2BP01 cannot drop sequence i_id_seq because column id of table i requires it

CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int)
--> CREATE TABLE

INSERT INTO always (id, a) VALUES (7, 1)
--> 428C9 cannot insert a non-DEFAULT value into column "id"

INSERT INTO always (a) VALUES (1) RETURNING id
--> INSERT 0 1: id 20
1

INSERT INTO always (id, a) OVERRIDING SYSTEM VALUE VALUES (7, 1) RETURNING id
--> INSERT 0 1: id 20
7

ALTER TABLE always ADD COLUMN b text
--> ALTER TABLE

INSERT INTO always (b) VALUES ('x') RETURNING a
--> INSERT 0 1: a 23
∅

-- Columns that count and are not the key.

CREATE TABLE n (k text PRIMARY KEY, number bigserial, small smallserial NOT NULL)
--> CREATE TABLE

INSERT INTO n (k) VALUES ('a'), ('b') RETURNING number, small
--> INSERT 0 2: number 20, small 21
1|1
2|2

SELECT currval('n_number_seq'), currval('n_small_seq')
--> SELECT 1: currval 20, currval 20
2|2

SELECT pg_get_serial_sequence('n', 'number')
--> SELECT 1: pg_get_serial_sequence 25
public.n_number_seq

SELECT column_name, column_default::text, is_nullable::text, data_type::text FROM information_schema.columns WHERE table_name = 'n' ORDER BY ordinal_position
--> SELECT 3: column_name 19, column_default 25, is_nullable 25, data_type 25
k|∅|NO|text
number|nextval('n_number_seq'::regclass)|NO|bigint
small|nextval('n_small_seq'::regclass)|NO|smallint

SELECT sequencename, data_type::text, max_value, last_value FROM pg_sequences WHERE sequencename LIKE 'n\_%' ORDER BY 1
--> SELECT 2: sequencename 19, data_type 25, max_value 20, last_value 20
n_number_seq|bigint|9223372036854775807|2
n_small_seq|smallint|32767|2

ALTER TABLE n ADD COLUMN later serial
--> ALTER TABLE

SELECT k, later FROM n ORDER BY k
--> SELECT 2: k 25, later 23
a|1
b|2

INSERT INTO n (k) VALUES ('c') RETURNING later
--> INSERT 0 1: later 23
3

ALTER TABLE n DROP COLUMN later
--> ALTER TABLE

SELECT relname FROM pg_class WHERE relkind = 'S' AND relname LIKE 'n\_%' ORDER BY relname
--> SELECT 2: relname 19
n_number_seq
n_small_seq

TRUNCATE n RESTART IDENTITY
--> TRUNCATE TABLE

INSERT INTO n (k) VALUES ('d') RETURNING number, small
--> INSERT 0 1: number 20, small 21
1|1

CREATE SEQUENCE own OWNED BY n.k
--> CREATE SEQUENCE

ALTER TABLE n RENAME TO m
--> ALTER TABLE

DROP TABLE m
--> DROP TABLE

SELECT relname FROM pg_class WHERE relkind = 'S' ORDER BY relname
--> SELECT 5: relname 19
always_id_seq
fewer
i_id_seq
s
tens

CREATE SEQUENCE own OWNED BY missing.a
--> 42P01 relation "missing" does not exist

CREATE SEQUENCE own OWNED BY i.b
--> 42703 column "b" of relation "i" does not exist

CREATE SEQUENCE own OWNED BY NONE
--> CREATE SEQUENCE

ALTER SEQUENCE own OWNED BY i.a
--> ALTER SEQUENCE

DROP TABLE i
--> DROP TABLE

SELECT nextval('own')
--> 42P01 relation "own" does not exist

-- TRUNCATE of tables that others refer to.

CREATE TABLE parent (id int PRIMARY KEY)
--> CREATE TABLE

CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent)
--> CREATE TABLE

CREATE TABLE grandchild (child int REFERENCES child)
--> CREATE TABLE

INSERT INTO parent VALUES (1)
--> INSERT 0 1

INSERT INTO child VALUES (1, 1)
--> INSERT 0 1

INSERT INTO grandchild VALUES (1)
--> INSERT 0 1

TRUNCATE parent
--> 0A000 cannot truncate a table referenced in a foreign key constraint

TRUNCATE parent, child
--> 0A000 cannot truncate a table referenced in a foreign key constraint

TRUNCATE parent, child, grandchild
--> TRUNCATE TABLE

INSERT INTO parent VALUES (1)
--> INSERT 0 1

INSERT INTO child VALUES (1, 1)
--> INSERT 0 1

TRUNCATE parent CASCADE
--> TRUNCATE TABLE

SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child)
--> SELECT 1: count 20, count 20
0|0

TRUNCATE missing
--> 42P01 relation "missing" does not exist

CREATE VIEW shown AS SELECT 1 AS a
--> CREATE VIEW

TRUNCATE shown
--> 42809 "shown" is not a table

BEGIN READ ONLY
--> BEGIN

SELECT nextval('always_id_seq')
--> 25006 cannot execute nextval() in a read-only transaction

ROLLBACK
--> ROLLBACK
