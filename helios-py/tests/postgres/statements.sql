-- Statements that PostgreSQL and helios answer alike, in this order, but for the words of errors. What is answered in the
-- same words stands in helios-server/tests/answers. Between two of them stands a semicolon at the end of a line.
SELECT '{bad'::jsonb;
CREATE TABLE t (id bigserial PRIMARY KEY, n int8, s varchar(5), d numeric(6,2), b boolean DEFAULT false, at timestamp, u text UNIQUE, CHECK (n > 0));
INSERT INTO t (n, s) VALUES (0, 'x');
DROP TABLE nope;
CREATE TABLE u (id int8 REFERENCES t (id), x text NOT NULL);
INSERT INTO u VALUES (999, 'x');
ALTER TABLE u ADD COLUMN y int8 DEFAULT 7;
ALTER TABLE u ADD COLUMN y int8;
ALTER TABLE u DROP COLUMN nope;
BEGIN TRANSACTION READ ONLY;
INSERT INTO u VALUES (1, 'no');
ROLLBACK;
PREPARE p (int8) AS SELECT $1 + 1;
EXECUTE p(41);
CREATE TABLE typed (i2 int2, i4 int4, i8 int8, f float8, n numeric(6,2), v varchar(3), b boolean, d date, ts timestamp, tz timestamptz, j jsonb, u uuid, by bytea);
INSERT INTO typed (j) VALUES ('{broken');
CREATE TABLE keyed (a int8, b text);
INSERT INTO keyed VALUES (1, 'x'), (2, 'y');
ALTER TABLE keyed ADD PRIMARY KEY (a);
INSERT INTO keyed VALUES (1, 'z');
ALTER TABLE keyed ADD CONSTRAINT b_once UNIQUE (b);
INSERT INTO keyed VALUES (3, 'x');
