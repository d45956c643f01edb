-- Constraints that do not hold: what an error tells of them.

CREATE TABLE t (a bigint PRIMARY KEY, b int, c text UNIQUE, d date);
--> CREATE TABLE

CREATE UNIQUE INDEX t_two ON t (b, d);
--> CREATE INDEX

CREATE TABLE u (id serial PRIMARY KEY, a int REFERENCES t (a), b int CHECK (b > 0), c text NOT NULL DEFAULT 'x', CONSTRAINT foo CHECK (a > b), CONSTRAINT other FOREIGN KEY (c) REFERENCES t (c) ON DELETE RESTRICT);
--> CREATE TABLE

CREATE TABLE w (x int, y int, PRIMARY KEY (x, y), UNIQUE (y), CONSTRAINT named UNIQUE (x));
--> CREATE TABLE

CREATE TABLE late (id bigint PRIMARY KEY, a bigint REFERENCES t DEFERRABLE INITIALLY DEFERRED);
--> CREATE TABLE

INSERT INTO t VALUES (1, 1, 'x', '2024-01-02'), (2, 2, 'y', null), (7, 3, 'z', null);
--> INSERT 0 3

INSERT INTO u (a, b) VALUES (5, 1);
--> 23503 insert or update on table "u" violates foreign key constraint "u_a_fkey" (u; u_a_fkey; Key (a)=(5) is not present in table "t".)

INSERT INTO u (a, b, c) VALUES (2, 1, 'nope');
--> 23503 insert or update on table "u" violates foreign key constraint "other" (u; other; Key (c)=(nope) is not present in table "t".)

INSERT INTO u (a, b) VALUES (1, -1);
--> 23514 new row for relation "u" violates check constraint "u_b_check" (u; u_b_check)

INSERT INTO u (a, b) VALUES (1, 7);
--> 23514 new row for relation "u" violates check constraint "foo" (u; foo)

INSERT INTO u (a, b, c) VALUES (2, 1, null);
--> 23502 null value in column "c" of relation "u" violates not-null constraint (u; c)

INSERT INTO u (a, c) VALUES (2, 'x');
--> INSERT 0 1

UPDATE u SET a = 9;
--> 23503 insert or update on table "u" violates foreign key constraint "u_a_fkey" (u; u_a_fkey; Key (a)=(9) is not present in table "t".)

UPDATE u SET b = -1;
--> 23514 new row for relation "u" violates check constraint "u_b_check" (u; u_b_check)

UPDATE u SET c = NULL;
--> 23502 null value in column "c" of relation "u" violates not-null constraint (u; c)

DELETE FROM t WHERE a = 2;
--> 23503 update or delete on table "t" violates foreign key constraint "u_a_fkey" on table "u" (u; u_a_fkey; Key (a)=(2) is still referenced from table "u".)

UPDATE t SET a = 9 WHERE a = 2;
--> 23503 update or delete on table "t" violates foreign key constraint "u_a_fkey" on table "u" (u; u_a_fkey; Key (a)=(2) is still referenced from table "u".)

DELETE FROM t WHERE a = 1;
--> 23503 update or delete on table "t" violates foreign key constraint "other" on table "u" (u; other; Key (c)=(x) is still referenced from table "u".)

INSERT INTO t VALUES (1, 9, 'q');
--> 23505 duplicate key value violates unique constraint "t_pkey" (t; t_pkey; Key (a)=(1) already exists.)

INSERT INTO t VALUES (10, 9, 'x');
--> 23505 duplicate key value violates unique constraint "t_c_key" (t; t_c_key; Key (c)=(x) already exists.)

INSERT INTO t VALUES (10, 1, 'q', '2024-01-02');
--> 23505 duplicate key value violates unique constraint "t_two" (t; t_two; Key (b, d)=(1, 2024-01-02) already exists.)

UPDATE t SET c = 'x' WHERE a = 2;
--> 23505 duplicate key value violates unique constraint "t_c_key" (t; t_c_key; Key (c)=(x) already exists.)

UPDATE t SET a = 1 WHERE a = 7;
--> 23505 duplicate key value violates unique constraint "t_pkey" (t; t_pkey; Key (a)=(1) already exists.)

INSERT INTO w VALUES (1, 2);
--> INSERT 0 1

INSERT INTO w VALUES (9, null);
--> 23502 null value in column "y" of relation "w" violates not-null constraint (w; y)

INSERT INTO w VALUES (2, 2);
--> 23505 duplicate key value violates unique constraint "w_y_key" (w; w_y_key; Key (y)=(2) already exists.)

INSERT INTO w VALUES (1, 3);
--> 23505 duplicate key value violates unique constraint "named" (w; named; Key (x)=(1) already exists.)

BEGIN;
--> BEGIN

INSERT INTO late VALUES (1, 77);
--> INSERT 0 1

COMMIT;
--> 23503 insert or update on table "late" violates foreign key constraint "late_a_fkey" (late; late_a_fkey; Key (a)=(77) is not present in table "t".)

SELECT count(*) FROM late;
--> SELECT 1: count 20
0

INSERT INTO late VALUES (1, 78);
--> 23503 insert or update on table "late" violates foreign key constraint "late_a_fkey" (late; late_a_fkey; Key (a)=(78) is not present in table "t".)

INSERT INTO w VALUES (5, 5), (5, 5) ON CONFLICT (x) DO NOTHING;
--> INSERT 0 1

INSERT INTO w VALUES (6, 5) ON CONFLICT (x) DO UPDATE SET y = 1;
--> 23505 duplicate key value violates unique constraint "w_y_key" (w; w_y_key; Key (y)=(5) already exists.)

CREATE TABLE k (a text PRIMARY KEY);
--> CREATE TABLE

INSERT INTO k VALUES (null);
--> 23502 null value in column "a" of relation "k" violates not-null constraint (k; a)
