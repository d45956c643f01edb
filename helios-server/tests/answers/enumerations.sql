-- Types whose values are listed.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')
--> CREATE TYPE

CREATE TYPE mood AS ENUM ('sad')
--> 42710 type "mood" already exists

CREATE TYPE pg_catalog.int4 AS ENUM ('sad')
--> 42710 type "int4" already exists

CREATE TABLE person (id serial PRIMARY KEY, name text, m mood NOT NULL DEFAULT 'ok', past mood[])
--> CREATE TABLE

INSERT INTO person (name, m) VALUES ('a', 'happy'), ('b', 'sad'), ('c', DEFAULT)
--> INSERT 0 3

INSERT INTO person (name, m) VALUES ('a', 'great')
--> 22P02 invalid input value for enum mood: "great"

INSERT INTO person (name, m) SELECT 'd', 'ok'
--> INSERT 0 1

SELECT name, m FROM person ORDER BY m, name
--> SELECT 4: name 25, m own
b|sad
c|ok
d|ok
a|happy

SELECT name, m FROM person ORDER BY m DESC, name
--> SELECT 4: name 25, m own
a|happy
c|ok
d|ok
b|sad

SELECT name FROM person WHERE m > 'sad' ORDER BY id
--> SELECT 3: name 25
a
c
d

SELECT name FROM person WHERE m = 'sad'
--> SELECT 1: name 25
b

SELECT name FROM person WHERE m = 'saddd'
--> 22P02 invalid input value for enum mood: "saddd"

SELECT name FROM person WHERE m = name
--> 42883 operator does not exist: mood = text

SELECT name FROM person WHERE m::text = name
--> SELECT 0: name 25

SELECT name FROM person WHERE m IN ('sad', 'ok') ORDER BY id
--> SELECT 3: name 25
b
c
d

SELECT min(m), max(m), count(DISTINCT m) FROM person
--> SELECT 1: min own, max own, count 20
sad|happy|3

SELECT m, count(*) FROM person GROUP BY m ORDER BY m
--> SELECT 3: m own, count 20
sad|1
ok|2
happy|1

SELECT 'sad'::mood, CAST('ok' AS mood), 'happy'::text::mood
--> SELECT 1: mood own, mood own, mood own
sad|ok|happy

SELECT 'x'::mood
--> 22P02 invalid input value for enum mood: "x"

SELECT enum_range(NULL::mood), enum_first(NULL::mood), enum_last(NULL::mood)
--> SELECT 1: enum_range own, enum_first own, enum_last own
{sad,ok,happy}|sad|happy

SELECT array_agg(m ORDER BY m) FROM person
--> SELECT 1: array_agg own
{sad,ok,ok,happy}

UPDATE person SET past = ARRAY['sad','ok']::mood[], m = 'sad' WHERE id = 1
--> UPDATE 1

SELECT past, past[1], m FROM person WHERE id = 1
--> SELECT 1: past own, past own, m own
{sad,ok}|sad|sad

SELECT name FROM person WHERE 'sad' = ANY(past)
--> SELECT 1: name 25
a

ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok'
--> ALTER TYPE

ALTER TYPE mood ADD VALUE 'meh'
--> 42710 enum label "meh" already exists

ALTER TYPE mood ADD VALUE IF NOT EXISTS 'meh'
--> ALTER TYPE

ALTER TYPE mood ADD VALUE 'great' AFTER 'happy'
--> ALTER TYPE

INSERT INTO person (name, m) VALUES ('e', 'meh') RETURNING m
--> INSERT 0 1: m own
meh

SELECT name, m FROM person ORDER BY m, name
--> SELECT 5: name 25, m own
a|sad
b|sad
e|meh
c|ok
d|ok

ALTER TYPE mood RENAME VALUE 'meh' TO 'so-so'
--> ALTER TYPE

SELECT name, m FROM person ORDER BY m, name
--> SELECT 5: name 25, m own
a|sad
b|sad
e|so-so
c|ok
d|ok

SELECT typname, typtype, typcategory, typlen FROM pg_type WHERE typname IN ('mood', '_mood') ORDER BY 1
--> SELECT 2: typname 19, typtype 18, typcategory 18, typlen 21
_mood|b|A|-1
mood|e|E|4

SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'person'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 4: attname 19, format_type 25
id|integer
name|text
m|mood
past|mood[]

DROP TYPE IF EXISTS nothing
--> DROP TYPE

DROP TYPE nothing
--> 42704 type "nothing" does not exist

CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN')
--> CREATE TYPE

CREATE TABLE "User" (id int PRIMARY KEY, role "Role" NOT NULL DEFAULT 'USER')
--> CREATE TABLE

INSERT INTO "User" VALUES (1, DEFAULT), (2, 'ADMIN')
--> INSERT 0 2

SELECT * FROM "User" ORDER BY role DESC
--> SELECT 2: id 23, role own
2|ADMIN
1|USER

ALTER TABLE "User" ALTER COLUMN role DROP DEFAULT
--> ALTER TABLE

ALTER TABLE "User" ALTER COLUMN role TYPE text
--> ALTER TABLE

CREATE TYPE "Role2" AS ENUM ('USER', 'ADMIN', 'GUEST')
--> CREATE TYPE

ALTER TABLE "User" ALTER COLUMN role TYPE "Role2"
--> 42804 column "role" cannot be cast automatically to type "Role2"

ALTER TABLE "User" ALTER COLUMN role TYPE "Role2" USING role::"Role2"
--> ALTER TABLE

ALTER TABLE "User" ALTER COLUMN role SET DEFAULT 'GUEST'
--> ALTER TABLE

INSERT INTO "User" VALUES (3) RETURNING role
--> INSERT 0 1: role own
GUEST

INSERT INTO "User" VALUES (4, 'x')
--> 22P02 invalid input value for enum "Role2": "x"

ALTER TYPE "Role2" RENAME TO "Role3"
--> ALTER TYPE

INSERT INTO "User" VALUES (4, 'x')
--> 22P02 invalid input value for enum "Role3": "x"

DROP TYPE "Role"
--> DROP TYPE

ALTER TYPE "Role3" RENAME TO "Role"
--> ALTER TYPE

CREATE TABLE copied AS SELECT role FROM "User"
--> SELECT 3

INSERT INTO copied VALUES ('zz')
--> 22P02 invalid input value for enum "Role": "zz"

SELECT CASE WHEN id = 1 THEN role ELSE 'ADMIN' END, coalesce(role, 'USER') FROM "User" ORDER BY id
--> SELECT 3: case own, coalesce own
USER|USER
ADMIN|ADMIN
ADMIN|GUEST

CREATE VIEW v AS SELECT id, role FROM "User" WHERE role = 'USER'
--> CREATE VIEW

SELECT * FROM v
--> SELECT 1: id 23, role own
1|USER

DROP TYPE mood CASCADE
--> DROP TYPE

SELECT * FROM person ORDER BY id LIMIT 1
--> SELECT 1: id 23, name 25
1|a

CREATE TABLE bad (x nothere)
--> 42704 type "nothere" does not exist

ALTER TABLE person ADD COLUMN q nothere
--> 42704 type "nothere" does not exist

ALTER TABLE person ADD COLUMN r "Role" DEFAULT 'USER' NOT NULL
--> ALTER TABLE

SELECT id, r FROM person ORDER BY id LIMIT 2
--> SELECT 2: id 23, r own
1|USER
2|USER

CREATE TABLE withkey (r "Role" PRIMARY KEY, n int, CHECK (r <> 'GUEST'))
--> CREATE TABLE

INSERT INTO withkey VALUES ('USER', 1), ('ADMIN', 2)
--> INSERT 0 2

INSERT INTO withkey VALUES ('USER', 1)
--> 23505 duplicate key value violates unique constraint "withkey_pkey" (withkey; withkey_pkey; Key (r)=(USER) already exists.)

INSERT INTO withkey VALUES ('USER', 5) ON CONFLICT (r) DO UPDATE SET n = excluded.n RETURNING r, n
--> INSERT 0 1: r own, n 23
USER|5

INSERT INTO withkey VALUES ('GUEST', 5)
--> 23514 new row for relation "withkey" violates check constraint "withkey_r_check" (withkey; withkey_r_check)

SELECT r, n, lag(r) OVER (ORDER BY r) FROM withkey ORDER BY 1
--> SELECT 2: r own, n 23, lag own
USER|5|∅
ADMIN|2|USER

SELECT DISTINCT r FROM withkey ORDER BY r
--> SELECT 2: r own
USER
ADMIN

SELECT r FROM withkey UNION SELECT role FROM "User" ORDER BY 1
--> SELECT 3: r own
USER
ADMIN
GUEST

SELECT m FROM (VALUES ('USER'::"Role"), ('ADMIN')) v(m) ORDER BY m
--> SELECT 2: m own
USER
ADMIN

SELECT r || 'x' FROM withkey ORDER BY 1
--> SELECT 2: ?column? 25
ADMINx
USERx

SELECT length(r::text) FROM withkey ORDER BY 1
--> SELECT 2: length 23
4
5

SELECT row_number() OVER (ORDER BY r DESC), r FROM withkey ORDER BY r
--> SELECT 2: row_number 20, r own
2|USER
1|ADMIN

SELECT greatest('USER'::"Role", 'ADMIN'), least('USER'::"Role", 'ADMIN'::"Role")
--> SELECT 1: greatest own, least own
ADMIN|USER

SELECT r BETWEEN 'USER' AND 'ADMIN' FROM withkey ORDER BY r
--> SELECT 2: ?column? 16
t
t

SELECT column_name, data_type::text, udt_schema, udt_name, column_default::text FROM information_schema.columns WHERE table_name = 'withkey' ORDER BY ordinal_position
--> SELECT 2: column_name 19, data_type 25, udt_schema 19, udt_name 19, column_default 25
r|USER-DEFINED|public|Role|∅
n|integer|pg_catalog|int4|∅

SELECT t.typname, e.enumlabel FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid ORDER BY t.typname, e.enumsortorder
--> SELECT 3: typname 19, enumlabel 19
Role|USER
Role|ADMIN
Role|GUEST
