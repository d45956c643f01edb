-- Transactions that only read.

CREATE TABLE t (a int PRIMARY KEY, b text);
--> CREATE TABLE

INSERT INTO t VALUES (1, 'x');
--> INSERT 0 1

CREATE SEQUENCE s;
--> CREATE SEQUENCE

SELECT nextval('s');
--> SELECT 1: nextval 20
1

BEGIN READ ONLY;
--> BEGIN

SHOW transaction_read_only;
--> SHOW: transaction_read_only 25
on

SELECT b FROM t;
--> SELECT 1: b 25
x

INSERT INTO t VALUES (2, 'y');
--> 25006 cannot execute INSERT in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

UPDATE t SET b = 'z';
--> 25006 cannot execute UPDATE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN TRANSACTION READ ONLY;
--> BEGIN

DELETE FROM t;
--> 25006 cannot execute DELETE in a read-only transaction

ROLLBACK;
--> ROLLBACK

START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY;
--> START TRANSACTION

TRUNCATE t;
--> 25006 cannot execute TRUNCATE TABLE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

SELECT nextval('s');
--> 25006 cannot execute nextval() in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

SELECT setval('s', 7);
--> 25006 cannot execute setval() in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

CREATE TABLE n (a int);
--> 25006 cannot execute CREATE TABLE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

CREATE INDEX n ON t (b);
--> 25006 cannot execute CREATE INDEX in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

CREATE VIEW n AS SELECT 1 AS a;
--> 25006 cannot execute CREATE VIEW in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

CREATE SEQUENCE n;
--> 25006 cannot execute CREATE SEQUENCE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

ALTER TABLE t ADD COLUMN c int;
--> 25006 cannot execute ALTER TABLE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

DROP TABLE t;
--> 25006 cannot execute DROP TABLE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

DROP SEQUENCE s;
--> 25006 cannot execute DROP SEQUENCE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

CREATE USER nobody PASSWORD 'x';
--> 25006 cannot execute CREATE ROLE in a read-only transaction

ROLLBACK;
--> ROLLBACK

-- What was begun to write may read alone from then on, and not the other way round.

BEGIN;
--> BEGIN

SET TRANSACTION READ ONLY;
--> SET

SELECT count(*) FROM t;
--> SELECT 1: count 20
1

SET TRANSACTION READ WRITE;
--> 25001 transaction read-write mode must be set before any query

ROLLBACK;
--> ROLLBACK

BEGIN READ ONLY;
--> BEGIN

SET TRANSACTION READ WRITE;
--> SET

INSERT INTO t VALUES (2, 'y');
--> INSERT 0 1

COMMIT;
--> COMMIT

BEGIN READ ONLY;
--> BEGIN

SELECT 1 AS a;
--> SELECT 1: a 23
1

SET transaction_read_only = off;
--> 25001 transaction read-write mode must be set before any query

ROLLBACK;
--> ROLLBACK

BEGIN;
--> BEGIN

SET transaction_read_only = on;
--> SET

UPDATE t SET b = 'z';
--> 25006 cannot execute UPDATE in a read-only transaction

ROLLBACK;
--> ROLLBACK

SET default_transaction_read_only = on;
--> SET

INSERT INTO t VALUES (3, 'z');
--> 25006 cannot execute INSERT in a read-only transaction

SELECT nextval('s');
--> 25006 cannot execute nextval() in a read-only transaction

BEGIN;
--> BEGIN

SHOW transaction_read_only;
--> SHOW: transaction_read_only 25
on

DELETE FROM t;
--> 25006 cannot execute DELETE in a read-only transaction

ROLLBACK;
--> ROLLBACK

BEGIN READ WRITE;
--> BEGIN

INSERT INTO t VALUES (3, 'z');
--> INSERT 0 1

COMMIT;
--> COMMIT

SET default_transaction_read_only = off;
--> SET

SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;
--> SET

DELETE FROM t;
--> 25006 cannot execute DELETE in a read-only transaction

SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE;
--> SET

DELETE FROM t;
--> DELETE 3

SELECT last_value FROM s;
--> SELECT 1: last_value 20
1
