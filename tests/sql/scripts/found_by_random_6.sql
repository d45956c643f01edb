-- What random programs have found, continued.
-- A UNIQUE constraint that becomes the key of a table without rowids keeps its order.
CREATE TABLE ordered (b UNIQUE, g, PRIMARY KEY (b DESC)) WITHOUT ROWID;
CREATE INDEX ordered_g ON ordered (g);
INSERT INTO ordered VALUES (2, 'x'), (1, 'x'), (3, 'y');
SELECT * FROM ordered;
PRAGMA index_xinfo(ordered_g);
PRAGMA index_list(ordered);
PRAGMA index_xinfo(sqlite_autoindex_ordered_1);
CREATE TABLE ordered_other (b UNIQUE, g, UNIQUE (g DESC, b), PRIMARY KEY (g, b DESC)) WITHOUT ROWID;
INSERT INTO ordered_other VALUES (2, 'x'), (1, 'x'), (3, 'y');
SELECT * FROM ordered_other NOT INDEXED;
PRAGMA index_list(ordered_other);
CREATE TABLE ordered_last (b, g, PRIMARY KEY (b DESC), UNIQUE (b)) WITHOUT ROWID;
INSERT INTO ordered_last VALUES (2, 'x'), (1, 'x'), (3, 'y');
SELECT * FROM ordered_last;
-- A table beside itself under one name: USING makes the columns one, also where they are called by their table.
CREATE TABLE twice (a, b);
CREATE TABLE other (a, c);
INSERT INTO twice VALUES (1, 2), (3, 4);
INSERT INTO other VALUES (3, 5), (6, 7);
SELECT * FROM twice NATURAL JOIN twice;
SELECT * FROM twice JOIN twice USING (a, b);
SELECT twice.* FROM twice NATURAL LEFT JOIN twice;
SELECT twice.*, twice.a, b FROM twice NATURAL FULL JOIN twice WHERE twice.a > 1;
SELECT twice.a, a FROM twice JOIN twice USING (a) WHERE twice.a = 3;
SELECT * FROM twice JOIN twice USING (a);
SELECT twice.* FROM twice JOIN twice USING (a);
SELECT twice.b FROM twice JOIN twice USING (a);
SELECT b FROM twice JOIN twice USING (a);
SELECT count(*) FROM twice JOIN twice USING (a);
SELECT other.*, twice.*, a, twice.a, other.a FROM twice RIGHT JOIN other USING (a) ORDER BY c;
SELECT other.*, twice.*, a, twice.a, other.a FROM twice FULL JOIN other USING (a) ORDER BY a;
SELECT x.* FROM twice AS x JOIN other AS x USING (a);
SELECT x.a, x.b, x.c FROM twice AS x JOIN other AS x USING (a);
SELECT * FROM twice AS x JOIN other AS x USING (a);
SELECT * FROM twice AS x RIGHT JOIN other AS x USING (a) ORDER BY x.a;
-- IN with a table-valued function.
SELECT a IN json_each('[1]') FROM twice;
SELECT 1 IN pragma_table_info('twice');
SELECT 1 IN main.pragma_table_info('twice');
SELECT a IN twice() FROM twice;
SELECT a FROM other WHERE a IN json_each();
SELECT a FROM other WHERE a IN twice(1);
SELECT a IN nosuch(1) FROM twice;
-- Of several errors in CREATE TRIGGER, one is told.
CREATE TABLE watched (a);
CREATE VIEW watched_view AS SELECT a FROM watched;
CREATE TRIGGER known AFTER INSERT ON watched BEGIN SELECT 1; END;
CREATE TEMP TRIGGER known_temp AFTER INSERT ON watched BEGIN SELECT 1; END;
CREATE TRIGGER known AFTER INSERT ON watched_view BEGIN SELECT 1; END;
CREATE TRIGGER known INSTEAD OF INSERT ON watched BEGIN SELECT 1; END;
CREATE TRIGGER known AFTER INSERT ON sqlite_schema BEGIN SELECT 1; END;
CREATE TRIGGER IF NOT EXISTS known AFTER INSERT ON watched_view BEGIN SELECT nosuch; END;
CREATE TRIGGER IF NOT EXISTS known AFTER INSERT ON nosuch BEGIN SELECT nosuch; END;
CREATE TRIGGER sqlite_known AFTER INSERT ON sqlite_schema BEGIN SELECT 1; END;
CREATE TRIGGER unknown AFTER INSERT ON temp.watched BEGIN SELECT 1; END;
CREATE TRIGGER unknown AFTER INSERT ON other.watched BEGIN SELECT 1; END;
CREATE TEMP TRIGGER unknown AFTER INSERT ON temp.watched BEGIN SELECT 1; END;
CREATE TRIGGER temp.known_temp AFTER INSERT ON watched_view BEGIN SELECT 1; END;
CREATE TEMP TRIGGER known_temp AFTER INSERT ON sqlite_schema BEGIN SELECT 1; END;
CREATE TEMP TRIGGER IF NOT EXISTS known_temp AFTER INSERT ON watched_view BEGIN SELECT 1; END;
CREATE TEMP TRIGGER IF NOT EXISTS known_temp AFTER INSERT ON nosuch BEGIN SELECT 1; END;
CREATE TEMP TRIGGER sqlite_known AFTER INSERT ON watched_view BEGIN SELECT 1; END;
-- How deep triggers fire each other.
PRAGMA recursive_triggers = ON;
CREATE TABLE deep (a);
CREATE TRIGGER deep_again AFTER INSERT ON deep WHEN new.a < 1000 BEGIN INSERT INTO deep VALUES (new.a + 1); END;
INSERT INTO deep VALUES (1);
SELECT count(*), max(a) FROM deep;
-- differs: trigger-depth
INSERT INTO deep VALUES (0);
-- differs: trigger-depth
INSERT INTO deep VALUES (-1);
SELECT count(*), max(a) FROM deep;
PRAGMA recursive_triggers = OFF;
-- An index that says no schema is one of a table of main, or of a temporary one.
ATTACH ':memory:' AS aside;
CREATE TABLE aside.only_there (a);
CREATE INDEX only_there_a ON only_there (a);
CREATE INDEX main.only_there_a ON only_there (a);
CREATE INDEX aside.only_there_a ON only_there (a);
CREATE TEMP TABLE deep (a, b);
CREATE INDEX deep_b ON deep (b);
CREATE INDEX main.deep_a ON deep (a);
SELECT name, tbl_name FROM temp.sqlite_schema UNION ALL SELECT name, tbl_name FROM aside.sqlite_schema;
SELECT name FROM sqlite_schema WHERE tbl_name = 'deep';
-- RETURNING of changes of a view, and with queries about the table that is changed.
CREATE TABLE under_view (a INTEGER PRIMARY KEY, b, c);
CREATE VIEW over_table AS SELECT a, b + 1 AS b1, c FROM under_view;
CREATE TRIGGER over_table_u INSTEAD OF UPDATE ON over_table BEGIN UPDATE under_view SET b = new.b1 - 1 WHERE a = old.a; END;
INSERT INTO under_view VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);
UPDATE over_table SET b1 = 100 WHERE a = 2 RETURNING *;
DELETE FROM under_view WHERE a IN (SELECT a FROM under_view LIMIT 2) RETURNING *, (SELECT count(*) FROM under_view);
INSERT INTO under_view VALUES (4, 4, 4), (5, 5, 5) RETURNING a, (SELECT count(*) FROM under_view);
UPDATE under_view SET b = 7 RETURNING a, (SELECT sum(b) FROM under_view);
-- Sums of frames that floats have left.
CREATE TABLE framed (x, y);
INSERT INTO framed VALUES (2.5, 1), (3, 2), (4, 3), ('a', 4), (5, 5), (NULL, 6), (6, 7);
SELECT y, sum(x) OVER (ORDER BY y ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) FROM framed;
SELECT y, sum(x) OVER (ORDER BY y ROWS 1 PRECEDING) FROM framed;
SELECT y, sum(x) OVER (ORDER BY y RANGE BETWEEN 0 PRECEDING AND 1 PRECEDING) FROM framed;
SELECT y, sum(x) OVER (ORDER BY y ROWS BETWEEN CURRENT ROW AND CURRENT ROW) FROM framed;
CREATE TABLE framed_texts (x, y);
INSERT INTO framed_texts VALUES (100.75, 100.75), ('AB', 'AB');
SELECT y, sum(x % 1000) OVER (ORDER BY y RANGE BETWEEN 0 PRECEDING AND 1 PRECEDING) FROM framed_texts;
SELECT y, sum(x % 1000) OVER (ORDER BY y RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING) FROM framed_texts;
SELECT y, sum(x % 1000) OVER (ORDER BY y RANGE BETWEEN 0 PRECEDING AND 1 PRECEDING EXCLUDE NO OTHERS) FROM framed_texts;
SELECT y, sum(x) OVER (ORDER BY y ROWS 1 PRECEDING EXCLUDE NO OTHERS) FROM framed;
SELECT y, sum(x) OVER (ORDER BY y ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING EXCLUDE NO OTHERS) FROM framed;
SELECT y, sum(x) OVER (ORDER BY y EXCLUDE NO OTHERS) FROM framed;
SELECT y, sum(x) OVER (ORDER BY y GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE NO OTHERS) FROM framed;
-- A deferred reference whose table has come again without its key.
PRAGMA foreign_keys = ON;
CREATE TABLE met (a INTEGER PRIMARY KEY, b);
CREATE TABLE meeting (a REFERENCES met DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO meeting VALUES (7);
DROP TABLE met;
CREATE TABLE met AS SELECT 7 AS a;
COMMIT;
SELECT * FROM meeting;
INSERT INTO meeting VALUES (8);
DELETE FROM met;
ROLLBACK;
SELECT * FROM met;
PRAGMA foreign_keys = OFF;
-- In an index a text is a name, but not one under two collations.
CREATE TABLE texts_as_names (a_c, b);
CREATE INDEX text_once ON texts_as_names ('a_c' COLLATE NOCASE);
CREATE INDEX text_twice ON texts_as_names (('a_c' COLLATE BINARY) COLLATE NOCASE, b);
CREATE INDEX text_of_nothing ON texts_as_names ('nothing' COLLATE NOCASE);
CREATE INDEX text_of_nothing_twice ON texts_as_names (('nothing' COLLATE BINARY) COLLATE NOCASE);
INSERT INTO texts_as_names VALUES ('x', 1), ('X', 2);
SELECT name, cid, coll FROM pragma_index_xinfo('text_once') WHERE key;
SELECT name, cid, coll FROM pragma_index_xinfo('text_twice') WHERE key;
SELECT b FROM texts_as_names WHERE 'a_c' COLLATE NOCASE = 'A_C' AND b > 1;
PRAGMA integrity_check;
