-- Tables like others, and temporary tables that end with a transaction.
CREATE TABLE t (id serial PRIMARY KEY, name varchar(20) DEFAULT 'x' NOT NULL, n int CHECK (n > 0), CONSTRAINT u UNIQUE (name, n))
--> CREATE TABLE

CREATE INDEX by_n ON t (n)
--> CREATE INDEX

CREATE TABLE plain (LIKE t)
--> CREATE TABLE

SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef FROM pg_attribute WHERE attrelid = 'plain'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 3: attname 19, format_type 25, attnotnull 16, atthasdef 16
id|integer|t|f
name|character varying(20)|t|f
n|integer|f|f

INSERT INTO plain (id, name, n) VALUES (1, 'a', -1), (1, 'a', -1)
--> INSERT 0 2

SELECT * FROM plain
--> SELECT 2: id 23, name 1043, n 23
1|a|-1
1|a|-1

CREATE TABLE whole (LIKE t INCLUDING ALL)
--> CREATE TABLE

SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef FROM pg_attribute WHERE attrelid = 'whole'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 3: attname 19, format_type 25, attnotnull 16, atthasdef 16
id|integer|t|t
name|character varying(20)|t|t
n|integer|f|f

SELECT conname, contype, conkey FROM pg_constraint WHERE conrelid = 'whole'::regclass ORDER BY 1
--> SELECT 3: conname 19, contype 18, conkey 1005
t_n_check|c|{3}
whole_name_n_key|u|{2,3}
whole_pkey|p|{1}

SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'whole' ORDER BY 1
--> SELECT 3: indexname 19, indexdef 25
whole_n_idx|CREATE INDEX whole_n_idx ON public.whole USING btree (n)
whole_name_n_key|CREATE UNIQUE INDEX whole_name_n_key ON public.whole USING btree (name, n)
whole_pkey|CREATE UNIQUE INDEX whole_pkey ON public.whole USING btree (id)

INSERT INTO whole (id, n) VALUES (1, -1)
--> 23514 new row for relation "whole" violates check constraint "t_n_check" (whole; t_n_check)

INSERT INTO whole (id, n) VALUES (1, 1)
--> INSERT 0 1

INSERT INTO whole (id, n) VALUES (1, 2)
--> 23505 duplicate key value violates unique constraint "whole_pkey" (whole; whole_pkey; Key (id)=(1) already exists.)

CREATE TABLE more (a int, LIKE t INCLUDING DEFAULTS, b text NOT NULL, UNIQUE (a, b))
--> CREATE TABLE

INSERT INTO more (a, id, b) VALUES (1, 2, 'x') RETURNING *
--> INSERT 0 1: a 23, id 23, name 1043, n 23, b 25
1|2|x|∅|x

INSERT INTO more (a, id, b) VALUES (1, 3, 'x')
--> 23505 duplicate key value violates unique constraint "more_a_b_key" (more; more_a_b_key; Key (a, b)=(1, x) already exists.)

CREATE TABLE partly (LIKE t INCLUDING ALL EXCLUDING CONSTRAINTS EXCLUDING INDEXES)
--> CREATE TABLE

INSERT INTO partly (id, n) VALUES (1, -5) RETURNING n, name
--> INSERT 0 1: n 23, name 1043
-5|x

CREATE TABLE bad (LIKE missing)
--> 42P01 relation "missing" does not exist

CREATE TABLE plain (LIKE t)
--> 42P07 relation "plain" already exists

CREATE TABLE IF NOT EXISTS plain (LIKE t)
--> CREATE TABLE

CREATE TEMP TABLE copied (LIKE t INCLUDING DEFAULTS)
--> CREATE TABLE

INSERT INTO copied (id, n) VALUES (1, 1) RETURNING *
--> INSERT 0 1: id 23, name 1043, n 23
1|x|1

BEGIN
--> BEGIN

CREATE TEMP TABLE gone (a int) ON COMMIT DROP
--> CREATE TABLE

INSERT INTO gone VALUES (1)
--> INSERT 0 1

SELECT * FROM gone
--> SELECT 1: a 23
1

COMMIT
--> COMMIT

SELECT * FROM gone
--> 42P01 relation "gone" does not exist

CREATE TEMP TABLE emptied (a int) ON COMMIT DELETE ROWS
--> CREATE TABLE

INSERT INTO emptied VALUES (1)
--> INSERT 0 1

SELECT count(*) FROM emptied
--> SELECT 1: count 20
0

BEGIN
--> BEGIN

INSERT INTO emptied VALUES (1), (2)
--> INSERT 0 2

SELECT count(*) FROM emptied
--> SELECT 1: count 20
2

COMMIT
--> COMMIT

SELECT count(*) FROM emptied
--> SELECT 1: count 20
0

BEGIN
--> BEGIN

CREATE TEMP TABLE filled ON COMMIT DROP AS SELECT 1 AS a
--> SELECT 1

SELECT * FROM filled
--> SELECT 1: a 23
1

COMMIT
--> COMMIT

SELECT * FROM filled
--> 42P01 relation "filled" does not exist

CREATE TEMP TABLE kept (a int) ON COMMIT PRESERVE ROWS
--> CREATE TABLE

INSERT INTO kept VALUES (1)
--> INSERT 0 1

SELECT * FROM kept
--> SELECT 1: a 23
1

CREATE TABLE wrong (a int) ON COMMIT DROP
--> 42P16 ON COMMIT can only be used on temporary tables

BEGIN ISOLATION LEVEL SERIALIZABLE
--> BEGIN

INSERT INTO kept VALUES (2)
--> INSERT 0 1

COMMIT AND CHAIN
--> COMMIT

SHOW transaction_isolation
--> SHOW: transaction_isolation 25
serializable

INSERT INTO kept VALUES (3)
--> INSERT 0 1

ROLLBACK AND CHAIN
--> ROLLBACK

SELECT count(*) FROM kept
--> SELECT 1: count 20
2

COMMIT AND NO CHAIN
--> COMMIT

COMMIT AND CHAIN
--> 25P01 COMMIT AND CHAIN can only be used in transaction blocks

SELECT pg_try_advisory_lock(1), pg_advisory_unlock(1), pg_advisory_unlock(1), pg_try_advisory_lock_shared(1, 2), pg_advisory_unlock_shared(1, 2)
--> SELECT 1: pg_try_advisory_lock 16, pg_advisory_unlock 16, pg_advisory_unlock 16, pg_try_advisory_lock_shared 16, pg_advisory_unlock_shared 16
t|t|f|t|t

SELECT pg_try_advisory_xact_lock(5)
--> SELECT 1: pg_try_advisory_xact_lock 16
t

SELECT pg_advisory_unlock(NULL)
--> SELECT 1: pg_advisory_unlock 16
∅
