-- What errors tell besides their message: where they are, and which row and which constraint they are about.

CREATE TABLE parent (id int PRIMARY KEY)
--> CREATE TABLE

CREATE TABLE t (id int PRIMARY KEY, name varchar(20) NOT NULL, ok boolean, pay numeric CONSTRAINT pay_check CHECK (pay > 0), day date, parent int CONSTRAINT to_parent REFERENCES parent, UNIQUE (name, day))
--> CREATE TABLE

INSERT INTO t VALUES (1, 'ann', true, 5, '2024-01-02', NULL)
--> INSERT 0 1

INSERT INTO t VALUES (1, 'bob', true, 5, '2024-01-02', NULL)
--> 23505 duplicate key value violates unique constraint "t_pkey"
    detail Key (id)=(1) already exists.
    schema public
    table t
    constraint t_pkey

INSERT INTO t VALUES (2, 'ann', true, 5, '2024-01-02', NULL)
--> 23505 duplicate key value violates unique constraint "t_name_day_key"
    detail Key (name, day)=(ann, 2024-01-02) already exists.
    schema public
    table t
    constraint t_name_day_key

INSERT INTO t VALUES (2, 'bob', false, -5, NULL, NULL)
--> 23514 new row for relation "t" violates check constraint "pay_check"
    detail Failing row contains (2, bob, f, -5, null, null).
    schema public
    table t
    constraint pay_check

INSERT INTO t VALUES (3, NULL, true, 5, '2024-01-02', NULL)
--> 23502 null value in column "name" of relation "t" violates not-null constraint
    detail Failing row contains (3, null, t, 5, 2024-01-02, null).
    schema public
    table t
    column name

INSERT INTO t VALUES (3, 'cid', true, 5, '2024-01-02', 7)
--> 23503 insert or update on table "t" violates foreign key constraint "to_parent"
    detail Key (parent)=(7) is not present in table "parent".
    schema public
    table t
    constraint to_parent

UPDATE t SET name = NULL WHERE id = 1
--> 23502 null value in column "name" of relation "t" violates not-null constraint
    detail Failing row contains (1, null, t, 5, 2024-01-02, null).
    schema public
    table t
    column name

UPDATE t SET pay = 0 WHERE id = 1
--> 23514 new row for relation "t" violates check constraint "pay_check"
    detail Failing row contains (1, ann, t, 0, 2024-01-02, null).
    schema public
    table t
    constraint pay_check

INSERT INTO t (id, name, pay) VALUES (4, 'a, b (c)', -1)
--> 23514 new row for relation "t" violates check constraint "pay_check"
    detail Failing row contains (4, a, b (c), null, -1, null, null).
    schema public
    table t
    constraint pay_check

SELECT missing FROM t
--> 42703 column "missing" does not exist
    position 8

SELECT t.missing FROM t
--> 42703 column t.missing does not exist
    position 8

SELECT id, x.name FROM t
--> 42P01 missing FROM-clause entry for table "x"
    position 12

SELECT id FROM t WHERE "Missing" = 1
--> 42703 column "Missing" does not exist
    position 24

SELECT 'äöü', missing FROM t
--> 42703 column "missing" does not exist
    position 15

SELECT id FROM nowhere
--> 42P01 relation "nowhere" does not exist
    position 16

INSERT INTO t (id, missing) VALUES (1, 2)
--> 42703 column "missing" of relation "t" does not exist
    position 20

SELECT id FROM t ORDER BY missing
--> 42703 column "missing" does not exist
    position 27

SELECT missing_function(1)
--> 42883 function missing_function(integer) does not exist
    position 8

SELECT id, missing_function(id, name) FROM t
--> 42883 function missing_function(integer, character varying) does not exist
    position 12

SELECT id FROM t WHERE , id
--> 42601 syntax error at or near ","
    position 24

SELECT id FRO t x y
--> 42601 syntax error at or near "t"
    position 15

SELECT (1 + 2
--> 42601 syntax error at end of input
    position 15

SELECT 1 +
--> 42601 syntax error at end of input
    position 12

INSERT INTO t VALUES (1,, 2)
--> 42601 syntax error at or near ","
    position 25

SELECT id FROM t a, t b
--> 42702 column reference "id" is ambiguous
    position 8

UPDATE t SET name = 'x' WHERE missing = 1
--> 42703 column "missing" does not exist
    position 31

DELETE FROM t WHERE t.missing = 1
--> 42703 column t.missing does not exist
    position 21

SELECT 1::missing
--> 42704 type "missing" does not exist
    position 11

SELEC 1
--> 42601 syntax error at or near "SELEC"
    position 1

CREATE TABLE placed (id int PRIMARY KEY, name varchar(20), made date)
--> CREATE TABLE

SELECT 1 + 'a'
--> 22P02 invalid input syntax for type integer: "a"
    position 12

SELECT name + 1 FROM placed
--> 42883 operator does not exist: character varying + integer
    position 13

SELECT * FROM placed WHERE name = 5
--> 42883 operator does not exist: character varying = integer
    position 33

SELECT id FROM placed WHERE made > '2020-02-30'
--> 22008 date/time field value out of range: "2020-02-30"
    position 36

SELECT id, count(*) FROM placed
--> 42803 column "placed.id" must appear in the GROUP BY clause or be used in an aggregate function
    position 8

SELECT p.name, count(*) FROM placed p GROUP BY p.made
--> 42803 column "p.name" must appear in the GROUP BY clause or be used in an aggregate function
    position 8

SELECT 1 UNION SELECT 'a'
--> 22P02 invalid input syntax for type integer: "a"
    position 23

SELECT 'hidden'::nothing_like_it
--> 42704 type "nothing_like_it" does not exist
    position 18
