-- Further programs that answered otherwise once.

-- A reference is looked at where its column is assigned, even to what it was.
CREATE TABLE target (id INTEGER PRIMARY KEY);
CREATE TABLE source (a REFERENCES target, b);
INSERT INTO source VALUES (1, 1);
PRAGMA foreign_keys = ON;
UPDATE source SET b = 2;
UPDATE source SET a = a;
UPDATE source SET a = 1, b = 3;
INSERT INTO target VALUES (1);
UPDATE source SET a = a;

-- A table is dropped after what references do with its rows has been done.
BEGIN;
CREATE TABLE dropped (id INTEGER PRIMARY KEY);
INSERT INTO dropped VALUES (6), (7);
CREATE TABLE waiting (a REFERENCES dropped ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
INSERT INTO waiting VALUES (6);
DROP TABLE dropped;
SELECT * FROM waiting;
COMMIT;
CREATE TABLE dropped (id INTEGER PRIMARY KEY);
INSERT INTO dropped VALUES (6);
CREATE TABLE waiting_on (a REFERENCES dropped DEFERRABLE INITIALLY DEFERRED);
INSERT INTO waiting_on VALUES (6);
BEGIN;
DROP TABLE dropped;
COMMIT;
ROLLBACK;

-- What references do is refused by constraints, whatever those say of conflicts.
CREATE TABLE owner (t UNIQUE);
CREATE TABLE owned (i, t DEFAULT 116 REFERENCES owner (t) ON DELETE SET DEFAULT, UNIQUE (i, t) ON CONFLICT IGNORE);
INSERT INTO owner VALUES ('ab'), (116);
INSERT INTO owned VALUES (9, 'ab'), (9, 116);
DELETE FROM owner WHERE t = 'ab';
SELECT * FROM owned;

-- References wait by PRAGMA until the next statement that reads the database outside of a transaction.
CREATE TABLE needing (i INTEGER PRIMARY KEY REFERENCES owner (t), n);
PRAGMA defer_foreign_keys = ON;
SELECT 1;
PRAGMA defer_foreign_keys;
SELECT count(*) FROM owner;
PRAGMA defer_foreign_keys;
BEGIN;
INSERT INTO needing VALUES (NULL, 10);
PRAGMA defer_foreign_keys = ON;
SELECT count(*) FROM owner;
INSERT INTO needing VALUES (NULL, 10);
COMMIT;
ROLLBACK;
PRAGMA foreign_keys = OFF;

-- The actions of ON CONFLICT set triggers off as UPDATE OR ABORT does.
CREATE TABLE upserted (id PRIMARY KEY, a) WITHOUT ROWID;
CREATE TABLE noted (id PRIMARY KEY);
CREATE TRIGGER noting AFTER UPDATE ON upserted BEGIN INSERT OR IGNORE INTO noted VALUES (old.id); END;
INSERT INTO upserted VALUES (1, 1), (2, 2);
UPDATE upserted SET a = 3;
UPDATE upserted SET a = 4;
INSERT INTO upserted VALUES (1, 5), (NULL, 6) ON CONFLICT (id) DO UPDATE SET a = 7;
SELECT * FROM upserted;

-- A statement and its triggers count the keys of AUTOINCREMENT together.
CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, i UNIQUE, t);
CREATE TRIGGER counting AFTER INSERT ON counted WHEN new.i BETWEEN 1 AND 3 BEGIN INSERT INTO counted (i) VALUES (1); END;
REPLACE INTO counted (t, i, id) VALUES ('-1', 1, 16);
SELECT * FROM sqlite_sequence;
INSERT OR IGNORE INTO counted (id, i, t) VALUES (19, 2, 'a');
SELECT * FROM sqlite_sequence;
INSERT OR REPLACE INTO counted VALUES (NULL, 'b', NULL);
SELECT * FROM counted;

-- The key of a table without rowids is one of its unique indexes, the newest of which is looked at first.
CREATE TABLE keyed_first (id PRIMARY KEY, a UNIQUE, b) WITHOUT ROWID;
INSERT INTO keyed_first VALUES (7, 2, 8);
INSERT INTO keyed_first VALUES (7, 2, 8);
CREATE UNIQUE INDEX keyed_again ON keyed_first (id);
INSERT INTO keyed_first VALUES (7, 3, 8);
CREATE TABLE keyed_last (a UNIQUE, id PRIMARY KEY, b) WITHOUT ROWID;
INSERT INTO keyed_last VALUES (2, 7, 8);
INSERT INTO keyed_last VALUES (2, 7, 8);
CREATE TABLE keyed_twice (a UNIQUE, b UNIQUE, PRIMARY KEY (a)) WITHOUT ROWID;
INSERT INTO keyed_twice VALUES (1, 1);
INSERT INTO keyed_twice VALUES (1, 1);

-- Values that a default is to take the place of are looked for last.
CREATE TABLE defaulted (t DEFAULT 5, a NOT NULL DEFAULT (NULL), b NOT NULL);
REPLACE INTO defaulted DEFAULT VALUES;
REPLACE INTO defaulted (b) VALUES (1);

-- Savepoints that began a transaction end that of a database which came later.
SAVEPOINT outermost;
CREATE TABLE temp.later (t);
RELEASE outermost;
BEGIN;
SELECT * FROM temp.later;
COMMIT;

-- Names in USING are not renamed. Broken definitions are found in their order.
CREATE TABLE used_1 (id, c);
CREATE TABLE used_2 (id, d);
CREATE VIEW using_1 AS SELECT c, d FROM used_1 JOIN used_2 USING (id);
CREATE VIEW using_2 AS SELECT id FROM used_1 JOIN used_2 USING (id);
CREATE VIEW using_3 AS SELECT c FROM used_1 NATURAL JOIN used_2;
ALTER TABLE used_1 RENAME id TO i4;
DROP VIEW using_1;
ALTER TABLE used_1 RENAME id TO i4;
DROP VIEW using_2;
ALTER TABLE used_1 RENAME id TO i4;
CREATE VIEW broken_view AS SELECT a1.n3 FROM missing;
CREATE TRIGGER broken_trigger UPDATE ON used_1 FOR EACH ROW BEGIN REPLACE INTO missing VALUES (new.c); END;
ALTER TABLE used_1 RENAME c TO c2;
DROP VIEW broken_view;
ALTER TABLE used_1 RENAME c TO c2;

-- The arguments of an aggregate are calculated for the rows that its FILTER takes.
CREATE TABLE filtered (a, b);
INSERT INTO filtered VALUES (1, x'61'), (2, 'x');
SELECT json_group_array(json_array(b)) FILTER (WHERE a > 1) FROM filtered;
SELECT json_group_array(json_array(b) ORDER BY json_array(b)) FILTER (WHERE a > 1) FROM filtered;
SELECT json_group_array(json_array(b)) FILTER (WHERE a > 1) OVER (ORDER BY a) FROM filtered;
SELECT group_concat(DISTINCT json_array(b)) FILTER (WHERE a > 2) FROM filtered GROUP BY a;

-- JSON that was given shows as text; a number of JSONB has to be one.
SELECT json, typeof(json), root FROM json_each(467);
SELECT json, typeof(json) FROM jsonb_tree(json_array_length('[1]'));
SELECT typeof(json) FROM json_each(jsonb('[1]'));
SELECT typeof(json), json FROM json_each(CAST('[1]' AS BLOB));
SELECT x'23312e' ->> '$';
SELECT atom FROM json_tree(x'23312e');

-- A condition that has nothing to do with the rows is looked at before there are any.
SELECT a, (SELECT count(j) FROM (SELECT json(b) AS j, rank() OVER (ORDER BY a) FROM filtered) WHERE f.a > 5) FROM filtered AS f;
SELECT a, (SELECT count(j) FROM (SELECT json(b) AS j, rank() OVER (ORDER BY a) FROM filtered) WHERE f.a > 1) FROM filtered AS f;
CREATE TABLE no_rows (a);
SELECT * FROM no_rows WHERE json('x');

-- Columns of views have a collation, as columns of tables have, and lend it to comparisons.
CREATE TABLE no_case (n COLLATE NOCASE);
INSERT INTO no_case VALUES ('b');
CREATE VIEW upper_case AS SELECT 'B' AS u, coalesce(n, 'B') AS c FROM no_case;
SELECT u = n, n = u, u IS n, c = n, u COLLATE NOCASE = n FROM upper_case, no_case;
SELECT count(*) FROM upper_case JOIN no_case ON u = n;
WITH u (u) AS (SELECT 'B') SELECT u = n FROM u, no_case;

-- ORDER BY of a compound finds what a result column is but for its collation.
SELECT 1, 'x' UNION SELECT 1, n COLLATE rtrim FROM no_case ORDER BY n;
WITH RECURSIVE c (n, x) AS (SELECT 1, 'y' UNION SELECT 1, (n) COLLATE rtrim FROM c WHERE n < 8 ORDER BY n) SELECT n, x FROM c;

-- Nobody looks at what stands before an empty list.
SELECT missing IN (), missing NOT IN ();
SELECT json('x') IN (), json('x') NOT IN (), (1, 2) IN (), (missing, 2) NOT IN ();
SELECT count(*) FROM no_case WHERE n IN () GROUP BY n NOT IN ();

-- What is to make room and does not, because a trigger keeps it or puts it back, is an error.
PRAGMA recursive_triggers = ON;
CREATE TABLE kept (a, n, UNIQUE (a, n));
INSERT INTO kept VALUES (1, 'b'), (1, 'c');
CREATE TRIGGER keeping BEFORE DELETE ON kept BEGIN SELECT RAISE(IGNORE); END;
UPDATE OR REPLACE kept SET n = 'b';
INSERT OR REPLACE INTO kept VALUES (1, 'b');
REPLACE INTO kept VALUES (2, 'b'), (1, 'c');
SELECT * FROM kept;
DROP TRIGGER keeping;
CREATE TRIGGER returning AFTER DELETE ON kept BEGIN INSERT INTO kept VALUES (old.a, old.n); END;
REPLACE INTO kept VALUES (1, 'b');
SELECT * FROM kept;
CREATE TABLE kept_rowid (id INTEGER PRIMARY KEY, n);
INSERT INTO kept_rowid VALUES (1, 'b');
CREATE TRIGGER keeping_rowid BEFORE DELETE ON kept_rowid BEGIN SELECT RAISE(IGNORE); END;
REPLACE INTO kept_rowid VALUES (1, 'c');
SELECT * FROM kept_rowid;
PRAGMA recursive_triggers = OFF;
