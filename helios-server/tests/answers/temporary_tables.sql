-- What the catalog tells of temporary tables.
CREATE TABLE t (id serial PRIMARY KEY, name text)
--> CREATE TABLE

CREATE TEMP TABLE u (id int PRIMARY KEY, name varchar(10) NOT NULL UNIQUE, n numeric(5,2) DEFAULT 1.5 CHECK (n > 0))
--> CREATE TABLE

CREATE INDEX u_n ON u (n)
--> CREATE INDEX

COMMENT ON COLUMN u.name IS 'for a while'
--> COMMENT

SELECT relname, relpersistence, relkind FROM pg_class WHERE relname IN ('t', 'u', 'u_n', 'u_pkey', 'u_name_key') ORDER BY relname
--> SELECT 5: relname 19, relpersistence 18, relkind 18
t|p|r
u|t|r
u_n|t|i
u_name_key|t|i
u_pkey|t|i

SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'pg_temp%' AND relkind = 'r' ORDER BY 1
--> SELECT 1: relname 19
u

SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = 'u' AND attnum > 0 ORDER BY attnum
--> SELECT 3: attname 19, format_type 25, attnotnull 16
id|integer|t
name|character varying(10)|t
n|numeric(5,2)|f

SELECT conname, contype, conkey FROM pg_constraint WHERE conrelid = 'u'::regclass ORDER BY conname
--> SELECT 3: conname 19, contype 18, conkey 1005
u_n_check|c|{3}
u_name_key|u|{2}
u_pkey|p|{1}

SELECT col_description('u'::regclass, 2)
--> SELECT 1: col_description 25
for a while

SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1
--> SELECT 1: tablename 19
t

SELECT table_name::text, table_type::text FROM information_schema.tables WHERE table_name IN ('t', 'u') ORDER BY 1
--> SELECT 2: table_name 25, table_type 25
t|BASE TABLE
u|LOCAL TEMPORARY

INSERT INTO u (id) VALUES (1)
--> 23502 null value in column "name" of relation "u" violates not-null constraint (u; name)

INSERT INTO u (id, name) VALUES (1, 'a')
--> INSERT 0 1

INSERT INTO u (id, name) VALUES (1, 'b')
--> 23505 duplicate key value violates unique constraint "u_pkey" (u; u_pkey; Key (id)=(1) already exists.)

INSERT INTO u (id, name) VALUES (2, 'a')
--> 23505 duplicate key value violates unique constraint "u_name_key" (u; u_name_key; Key (name)=(a) already exists.)

INSERT INTO u (id, name, n) VALUES (3, 'c', -1)
--> 23514 new row for relation "u" violates check constraint "u_n_check" (u; u_n_check)

CREATE TEMP TABLE t (x int)
--> CREATE TABLE

SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 1: attname 19
x

DROP TABLE t
--> DROP TABLE

SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 2: attname 19
id
name

SELECT 1 FOR UPDATE
--> SELECT 1: ?column? 23
1
