-- Tables that change: columns, constraints, what depends on them.

CREATE TABLE parent (id bigint PRIMARY KEY, code text UNIQUE);
--> CREATE TABLE

CREATE TABLE t (id bigint PRIMARY KEY, a int, b text, c varchar(5), d date, n numeric(8,2));
--> CREATE TABLE

INSERT INTO parent VALUES (1, 'one'), (2, 'two');
--> INSERT 0 2

INSERT INTO t VALUES (1, 10, '11', 'abc', '2024-01-02', 1.50), (2, 20, '22', 'def', NULL, 2.25);
--> INSERT 0 2

ALTER TABLE t ALTER COLUMN a SET DEFAULT 7;
--> ALTER TABLE

INSERT INTO t (id, b) VALUES (3, '33');
--> INSERT 0 1

SELECT id, a, b FROM t ORDER BY id;
--> SELECT 3: id 20, a 23, b 25
1|10|11
2|20|22
3|7|33

ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN b SET DEFAULT 'it''s';
--> ALTER TABLE

INSERT INTO t (id) VALUES (4);
--> INSERT 0 1

SELECT id, a, b FROM t WHERE id = 4;
--> SELECT 1: id 20, a 23, b 25
4|∅|it's

ALTER TABLE t ALTER a SET NOT NULL;
--> 23502 column "a" of relation "t" contains null values (t; a)

UPDATE t SET a = 40 WHERE id = 4;
--> UPDATE 1

ALTER TABLE t ALTER a SET NOT NULL;
--> ALTER TABLE

INSERT INTO t (id) VALUES (5);
--> 23502 null value in column "a" of relation "t" violates not-null constraint (t; a)

ALTER TABLE t ALTER a DROP NOT NULL;
--> ALTER TABLE

INSERT INTO t (id, b) VALUES (5, '55');
--> INSERT 0 1

ALTER TABLE t ALTER id DROP NOT NULL;
--> 42P16 column "id" is in a primary key

ALTER TABLE t ALTER nope SET NOT NULL;
--> 42703 column "nope" of relation "t" does not exist

DELETE FROM t WHERE id = 4;
--> DELETE 1

ALTER TABLE t ALTER COLUMN b TYPE int;
--> 42804 column "b" cannot be cast automatically to type integer

ALTER TABLE t ALTER COLUMN b DROP DEFAULT;
--> ALTER TABLE

ALTER TABLE t ALTER COLUMN b TYPE int USING b::integer;
--> ALTER TABLE

SELECT id, b, b + 1 FROM t ORDER BY id;
--> SELECT 4: id 20, b 23, ?column? 23
1|11|12
2|22|23
3|33|34
5|55|56

ALTER TABLE t ALTER COLUMN a TYPE text;
--> ALTER TABLE

SELECT id, a FROM t ORDER BY id;
--> SELECT 4: id 20, a 25
1|10
2|20
3|7
5|∅

ALTER TABLE t ALTER COLUMN a SET DATA TYPE bigint USING (a::bigint * 2);
--> ALTER TABLE

SELECT id, a FROM t ORDER BY id;
--> SELECT 4: id 20, a 20
1|20
2|40
3|14
5|∅

ALTER TABLE t ALTER COLUMN c TYPE varchar(2);
--> 22001 value too long for type character varying(2)

ALTER TABLE t ALTER COLUMN c TYPE text;
--> ALTER TABLE

ALTER TABLE t ALTER COLUMN d TYPE timestamp;
--> ALTER TABLE

SELECT d FROM t ORDER BY id;
--> SELECT 4: d 1114
2024-01-02 00:00:00
∅
∅
∅

ALTER TABLE t ALTER COLUMN n TYPE int;
--> ALTER TABLE

SELECT n FROM t ORDER BY id;
--> SELECT 4: n 23
2
2
∅
∅

ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 20);
--> 23514 check constraint "positive" of relation "t" is violated by some row (t; positive)

ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 2);
--> ALTER TABLE

INSERT INTO t (id, a) VALUES (6, 1);
--> 23514 new row for relation "t" violates check constraint "positive" (t; positive)

ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 3);
--> 42710 constraint "positive" for relation "t" already exists

ALTER TABLE t RENAME CONSTRAINT positive TO above_two;
--> ALTER TABLE

INSERT INTO t (id, a) VALUES (6, 1);
--> 23514 new row for relation "t" violates check constraint "above_two" (t; above_two)

ALTER TABLE t DROP CONSTRAINT positive;
--> 42704 constraint "positive" of relation "t" does not exist

ALTER TABLE t DROP CONSTRAINT IF EXISTS positive;
--> ALTER TABLE

ALTER TABLE t DROP CONSTRAINT above_two;
--> ALTER TABLE

INSERT INTO t (id, a) VALUES (6, 1);
--> INSERT 0 1

ALTER TABLE t ADD UNIQUE (a);
--> ALTER TABLE

INSERT INTO t (id, a) VALUES (7, 1);
--> 23505 duplicate key value violates unique constraint "t_a_key" (t; t_a_key; Key (a)=(1) already exists.)

ALTER TABLE t DROP CONSTRAINT t_a_key;
--> ALTER TABLE

INSERT INTO t (id, a) VALUES (7, 1);
--> INSERT 0 1

ALTER TABLE t ADD CONSTRAINT one_a UNIQUE (a);
--> 23505 could not create unique index "one_a" (t; one_a)

DELETE FROM t WHERE id = 7;
--> DELETE 1

ALTER TABLE t ADD CONSTRAINT one_a UNIQUE (a), ADD CONSTRAINT two UNIQUE (b, c);
--> ALTER TABLE

INSERT INTO t (id, a) VALUES (7, 1);
--> 23505 duplicate key value violates unique constraint "one_a" (t; one_a; Key (a)=(1) already exists.)

INSERT INTO t (id, a, b, c) VALUES (7, 70, 11, 'abc');
--> 23505 duplicate key value violates unique constraint "two" (t; two; Key (b, c)=(11, abc) already exists.)

INSERT INTO t (id, a) VALUES (1, 70) ON CONFLICT (id) DO NOTHING;
--> INSERT 0 0

INSERT INTO t (id, a) VALUES (9, 1) ON CONFLICT ON CONSTRAINT one_a DO NOTHING;
--> INSERT 0 0

SELECT conname::text, contype::text FROM pg_constraint WHERE conrelid = 't'::regclass ORDER BY conname;
--> SELECT 3: conname 25, contype 25
one_a|u
t_pkey|p
two|u

ALTER TABLE t ADD COLUMN p bigint;
--> ALTER TABLE

ALTER TABLE t ADD CONSTRAINT t_p_fk FOREIGN KEY (p) REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED;
--> ALTER TABLE

UPDATE t SET p = 1 WHERE id < 3;
--> UPDATE 2

UPDATE t SET p = 77 WHERE id = 1;
--> 23503 insert or update on table "t" violates foreign key constraint "t_p_fk" (t; t_p_fk; Key (p)=(77) is not present in table "parent".)

ALTER TABLE t DROP CONSTRAINT t_p_fk;
--> ALTER TABLE

UPDATE t SET p = 77 WHERE id = 1;
--> UPDATE 1

UPDATE t SET p = 2 WHERE id = 1;
--> UPDATE 1

ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE;
--> ALTER TABLE

ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES nowhere (id);
--> 42P01 relation "nowhere" does not exist

DROP TABLE parent;
--> 2BP01 cannot drop table parent because other objects depend on it

ALTER TABLE parent DROP COLUMN id;
--> 2BP01 cannot drop column id of table parent because other objects depend on it

DELETE FROM parent WHERE id = 2;
--> DELETE 1

SELECT id, p FROM t ORDER BY id;
--> SELECT 4: id 20, p 20
2|1
3|∅
5|∅
6|∅

DROP TABLE parent CASCADE;
--> DROP TABLE

INSERT INTO t (id, a, p) VALUES (20, 200, 99);
--> INSERT 0 1

ALTER TABLE t ADD COLUMN made timestamptz NOT NULL DEFAULT now(), ADD COLUMN u text UNIQUE;
--> ALTER TABLE

SELECT count(*) FROM t WHERE made IS NOT NULL;
--> SELECT 1: count 20
5

UPDATE t SET u = 'x';
--> 23505 duplicate key value violates unique constraint "t_u_key" (t; t_u_key; Key (u)=(x) already exists.)

ALTER TABLE t ADD COLUMN must text NOT NULL;
--> 23502 column "must" of relation "t" contains null values (t; must)

ALTER TABLE t ADD COLUMN IF NOT EXISTS u text;
--> ALTER TABLE

ALTER TABLE t ADD COLUMN u text;
--> 42701 column "u" of relation "t" already exists

ALTER TABLE t ADD COLUMN kind varchar(3) DEFAULT 'new' NOT NULL CHECK (kind <> 'bad');
--> ALTER TABLE

INSERT INTO t (id, a, kind) VALUES (30, 300, 'bad');
--> 23514 new row for relation "t" violates check constraint "t_kind_check" (t; t_kind_check)

SELECT DISTINCT kind FROM t;
--> SELECT 1: kind 1043
new

CREATE INDEX t_kind ON t (kind);
--> CREATE INDEX

ALTER TABLE t DROP COLUMN kind, DROP COLUMN u CASCADE;
--> ALTER TABLE

ALTER TABLE t DROP COLUMN nope;
--> 42703 column "nope" of relation "t" does not exist

ALTER TABLE t DROP COLUMN IF EXISTS nope;
--> ALTER TABLE

SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1;
--> SELECT 3: indexname 19
one_a
t_pkey
two

ALTER TABLE IF EXISTS nope ADD COLUMN x int;
--> ALTER TABLE

ALTER TABLE nope ADD COLUMN x int;
--> 42P01 relation "nope" does not exist

ALTER TABLE ONLY t OWNER TO ada;
--> ALTER TABLE

CREATE TABLE keyless (x int, y text);
--> CREATE TABLE

INSERT INTO keyless VALUES (1, 'a'), (2, 'b'), (NULL, 'c');
--> INSERT 0 3

ALTER TABLE keyless ADD PRIMARY KEY (x);
--> 23502 column "x" of relation "keyless" contains null values (keyless; x)

UPDATE keyless SET x = 2;
--> UPDATE 3

ALTER TABLE keyless ADD PRIMARY KEY (x);
--> 23505 could not create unique index "keyless_pkey" (keyless; keyless_pkey)

UPDATE keyless SET x = length(y) + ascii(y);
--> UPDATE 3

ALTER TABLE keyless ADD CONSTRAINT the_key PRIMARY KEY (x);
--> ALTER TABLE

INSERT INTO keyless VALUES (98, 'z');
--> 23505 duplicate key value violates unique constraint "the_key" (keyless; the_key; Key (x)=(98) already exists.)

INSERT INTO keyless (y) VALUES ('z');
--> 23502 null value in column "x" of relation "keyless" violates not-null constraint (keyless; x)

ALTER TABLE keyless ADD PRIMARY KEY (y);
--> 42P16 multiple primary keys for table "keyless" are not allowed

ALTER TABLE keyless DROP CONSTRAINT the_key;
--> ALTER TABLE

INSERT INTO keyless VALUES (98, 'z');
--> INSERT 0 1

SELECT * FROM keyless ORDER BY y;
--> SELECT 4: x 23, y 25
98|a
99|b
100|c
98|z

BEGIN;
--> BEGIN

ALTER TABLE keyless ALTER COLUMN x TYPE text;
--> ALTER TABLE

ROLLBACK;
--> ROLLBACK

SELECT x + 1 FROM keyless ORDER BY 1;
--> SELECT 4: ?column? 23
99
99
100
101

SELECT column_name::text, data_type::text, is_nullable::text FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position;
--> SELECT 8: column_name 25, data_type 25, is_nullable 25
id|bigint|NO
a|bigint|YES
b|integer|YES
c|text|YES
d|timestamp without time zone|YES
n|integer|YES
p|bigint|YES
made|timestamp with time zone|NO

CREATE TABLE grown (id bigint PRIMARY KEY);
--> CREATE TABLE

INSERT INTO grown VALUES (1), (2);
--> INSERT 0 2

ALTER TABLE grown ADD COLUMN n int NOT NULL DEFAULT 5;
--> ALTER TABLE

ALTER TABLE grown ALTER COLUMN n DROP DEFAULT;
--> ALTER TABLE

ALTER TABLE grown ADD CHECK (n > 0);
--> ALTER TABLE

ALTER TABLE grown ADD COLUMN m int DEFAULT 1, ALTER COLUMN m SET DEFAULT 2;
--> ALTER TABLE

INSERT INTO grown (id, n) VALUES (3, 6);
--> INSERT 0 1

SELECT * FROM grown ORDER BY id;
--> SELECT 3: id 20, n 23, m 23
1|5|1
2|5|1
3|6|2

CREATE INDEX by_n ON grown (n);
--> CREATE INDEX

ALTER INDEX by_n RENAME TO by_number;
--> ALTER INDEX

ALTER INDEX by_n RENAME TO other;
--> 42P01 relation "by_n" does not exist

DROP INDEX by_number;
--> DROP INDEX

ALTER INDEX grown_pkey RENAME TO grown_key;
--> ALTER INDEX

INSERT INTO grown VALUES (3, 6);
--> 23505 duplicate key value violates unique constraint "grown_key" (grown; grown_key; Key (id)=(3) already exists.)

CREATE TABLE leaf (id bigint PRIMARY KEY, g bigint CONSTRAINT leaf_g REFERENCES grown DEFERRABLE INITIALLY DEFERRED);
--> CREATE TABLE

BEGIN;
--> BEGIN

INSERT INTO leaf VALUES (1, 99);
--> INSERT 0 1

SET CONSTRAINTS leaf_g IMMEDIATE;
--> 23503 insert or update on table "leaf" violates foreign key constraint "leaf_g" (leaf; leaf_g; Key (g)=(99) is not present in table "grown".)

ROLLBACK;
--> ROLLBACK

BEGIN;
--> BEGIN

INSERT INTO leaf VALUES (1, 3);
--> INSERT 0 1

SET CONSTRAINTS ALL IMMEDIATE;
--> SET CONSTRAINTS

COMMIT;
--> COMMIT

SELECT array_agg(CASE (id & 1) WHEN 1 THEN 'odd' ELSE 'even' END ORDER BY id) FROM grown;
--> SELECT 1: array_agg 1009
{odd,even,odd}

TRUNCATE grown, leaf RESTART IDENTITY;
--> TRUNCATE TABLE

SELECT (SELECT count(*) FROM grown), (SELECT count(*) FROM leaf);
--> SELECT 1: count 20, count 20
0|0
