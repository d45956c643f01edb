-- Corners of what the pages say, where features meet.
-- RAISE(IGNORE) in place of a change of a view: RETURNING has no row for it.
CREATE TABLE a (id INTEGER PRIMARY KEY, x, y);
INSERT INTO a VALUES (1, 2, 3), (4, 5, 6);
CREATE VIEW v AS SELECT * FROM a;
CREATE TRIGGER changed INSTEAD OF UPDATE ON v BEGIN
    UPDATE a SET x = new.x WHERE id = new.id;
    SELECT RAISE(IGNORE) WHERE old.id = 4;
    UPDATE a SET y = 'reached' WHERE id = new.id;
END;
UPDATE v SET x = 9 RETURNING id, x, y;
CREATE TRIGGER gone INSTEAD OF DELETE ON v BEGIN SELECT RAISE(IGNORE) WHERE old.id = 4; END;
DELETE FROM v RETURNING id, x, y;
CREATE TRIGGER made INSTEAD OF INSERT ON v BEGIN SELECT RAISE(IGNORE) WHERE new.id = 4; END;
INSERT INTO v VALUES (4, 1, 1), (5, 1, 1) RETURNING id, x, y;
SELECT * FROM a;
-- Of two windows of one name the last counts.
SELECT id, max(id) OVER w FROM a WINDOW w AS (ORDER BY id), w AS (ORDER BY id DESC);
-- An alias that is spelled as its table stays when the table is renamed.
CREATE TABLE s (a, b);
CREATE VIEW aliased AS SELECT s.a, (SELECT max(s.b) FROM s) AS most FROM s AS s ORDER BY s.a;
CREATE VIEW plain AS SELECT s.a FROM s;
CREATE TRIGGER fired AFTER INSERT ON s BEGIN UPDATE s SET b = (SELECT count(s.a) FROM s s WHERE s.a < new.a); END;
ALTER TABLE s RENAME TO s2;
SELECT sql FROM sqlite_schema WHERE name IN ('s2', 'aliased', 'plain', 'fired') ORDER BY name;
INSERT INTO s2 VALUES (1, 2), (3, 4);
SELECT * FROM aliased;
-- The tables of one schema.
ATTACH ':memory:' AS other;
CREATE TABLE other.t (p, q);
CREATE TEMP TABLE passing (r);
PRAGMA other.table_list;
PRAGMA other.table_list(t);
PRAGMA temp.table_list;
SELECT schema, name FROM pragma_table_list WHERE schema <> 'main';
SELECT name, narg, flags FROM pragma_function_list
WHERE name IN ('abs', 'date', 'random', 'sum', 'row_number') ORDER BY name, narg;
