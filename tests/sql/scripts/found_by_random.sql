-- What random programs found: one small case for each difference that there was.

-- Columns of NEW and OLD lend comparisons no affinity, but do lend their collation.
CREATE TABLE typed (m NUMERIC, t TEXT, i INTEGER, n TEXT COLLATE NOCASE);
CREATE TABLE seen (a, b, c, d, e, f, g);
CREATE TRIGGER typed_i AFTER INSERT ON typed BEGIN INSERT INTO seen VALUES (new.m > new.t, new.i = '5', new.t = 5, new.i = new.t, new.t IN (5), new.n = 'A', new.t BETWEEN 1 AND 9); END;
INSERT INTO typed VALUES (957, '0', 5, 'a'), (1, '5', 5, 'a');
SELECT * FROM seen;
SELECT m > t, i = '5', t = 5, i = t, t IN (5), n = 'A', t BETWEEN 1 AND 9 FROM typed;

-- A row of the wrong types that lacks a value: what is said first depends on who looks at the row.
CREATE TABLE strict_a (i INTEGER, t TEXT NOT NULL) STRICT;
INSERT INTO strict_a VALUES ('x', NULL);
CREATE TABLE strict_b (i INTEGER, t TEXT NOT NULL, g ANY AS (i)) STRICT;
INSERT INTO strict_b VALUES ('x', NULL);
CREATE TRIGGER strict_c BEFORE INSERT ON strict_a BEGIN SELECT 1; END;
INSERT INTO strict_a VALUES ('x', NULL);
INSERT OR IGNORE INTO strict_b VALUES (1, NULL), (2, 'a');
SELECT * FROM strict_b;

-- Another row with the same rowid is found before wrong types are, unless there is a CHECK.
CREATE TABLE strict_d (id INTEGER PRIMARY KEY, i INTEGER, u ANY UNIQUE) STRICT;
INSERT INTO strict_d VALUES (1, 1, 1);
INSERT INTO strict_d VALUES (1, 'x', 2);
INSERT OR IGNORE INTO strict_d VALUES (1, 'x', 2);
INSERT INTO strict_d VALUES (2, 'x', 1);
CREATE TABLE strict_e (id INTEGER PRIMARY KEY, i INTEGER CHECK (i > 0)) STRICT;
INSERT INTO strict_e VALUES (1, 1);
INSERT INTO strict_e VALUES (1, 'x');

-- Which of several ON CONFLICT clauses means nothing.
INSERT INTO strict_d VALUES (1, 2, 3) ON CONFLICT (i) DO NOTHING;
INSERT INTO strict_d VALUES (1, 2, 3) ON CONFLICT (i) DO NOTHING ON CONFLICT (u) DO NOTHING;
INSERT INTO strict_d VALUES (1, 2, 3) ON CONFLICT (u) DO NOTHING ON CONFLICT (i) DO NOTHING;

-- A CHECK whose text begins with a quote is called by what is quoted.
CREATE TABLE quoted_check (a CHECK ("a" < 5), b CHECK ([b] <> 'it''s'), c CHECK ('x' <> c));
INSERT INTO quoted_check VALUES (6, 1, 1);
INSERT INTO quoted_check VALUES (1, 'it''s', 1);
INSERT INTO quoted_check VALUES (1, 1, 'x');
ALTER TABLE quoted_check RENAME a TO "a 2";
INSERT INTO quoted_check VALUES (6, 1, 1);

-- ESCAPE is looked at before what it is for.
SELECT NULL LIKE 'a' ESCAPE '';
SELECT 'a' LIKE NULL ESCAPE 'ab';
SELECT NULL LIKE 'a' ESCAPE NULL;

-- A text ends with its first zero where hexadecimal digits are read.
SELECT hex(unhex(x'3100')), hex(unhex('61' || char(0) || 'zz')), unhex('6');

-- COLLATE behind TRUE changes nothing.
SELECT '-9223372036854775809' IS TRUE COLLATE binary, 2 IS NOT TRUE COLLATE nocase, 0 IS FALSE COLLATE rtrim;

-- The order in which indexes are listed.
CREATE TABLE listed (b, w UNIQUE, x UNIQUE ON CONFLICT REPLACE, PRIMARY KEY (b) ON CONFLICT FAIL) WITHOUT ROWID;
CREATE INDEX listed_x ON listed (x);
PRAGMA index_list(listed);

-- Names of columns in the definition that CREATE TABLE … AS writes.
CREATE TABLE words ("KEY", "TRUE", "ROLLBACK", "a""b", "1a", "plain", BLOB);
CREATE TABLE words_1 AS SELECT * FROM words;
CREATE TABLE w AS SELECT "KEY", BLOB, plain, "ROLLBACK" FROM words;
CREATE TABLE a_longer_name AS SELECT "KEY", BLOB, plain, "ROLLBACK" FROM words;
SELECT sql FROM sqlite_schema WHERE name IN ('words_1', 'w', 'a_longer_name');

-- ADD COLUMN says in which table the new definition has no meaning.
CREATE TABLE grown (a ANY) STRICT;
ALTER TABLE grown ADD b NUMERIC;
ALTER TABLE grown ADD b;
ALTER TABLE grown ADD b TEXT CHECK (c > 1);
ALTER TABLE grown ADD a TEXT;
ALTER TABLE grown ADD g ANY AS (nothing);

INSERT INTO grown VALUES (1);
ALTER TABLE grown ADD b NUMERIC DEFAULT (1 + 2);
ALTER TABLE grown ADD b AS (a) STORED;
ALTER TABLE grown ADD b NUMERIC NOT NULL;

ALTER TABLE grown ADD a TEXT NOT NULL;

-- A table that is made of a query is filled without a look at who refers to its name.
PRAGMA foreign_keys = ON;
CREATE TABLE refers (a REFERENCES made);
CREATE TABLE made AS SELECT 1 AS x UNION ALL SELECT 2;
PRAGMA foreign_keys = OFF;

-- A rowid that lends a comparison no affinity is less than every text.
CREATE TABLE numbered (id INTEGER PRIMARY KEY, t TEXT);
INSERT INTO numbered VALUES (11, '11'), ('12', 'x');
SELECT id FROM numbered WHERE +id < '1';
SELECT id FROM numbered WHERE +id = '11';
SELECT id FROM numbered WHERE +id IN ('11', 12);
SELECT id FROM numbered WHERE id IN ('11', 12) AND id > '5';
SELECT a.id FROM numbered AS a JOIN numbered AS b ON a.id = b.t;
SELECT a.id FROM numbered AS a JOIN numbered AS b ON +a.id = b.t || '';

-- An index that has a column twice.
CREATE TABLE twice (id INTEGER PRIMARY KEY, a, b);
INSERT INTO twice VALUES (1, 2, 'a'), (2, NULL, 'b');
CREATE INDEX twice_a ON twice ((a), a, b);
PRAGMA integrity_check;
UPDATE twice SET a = 3 WHERE a = 2;
SELECT * FROM twice WHERE a = 3;
PRAGMA integrity_check;

-- What is broken already is said before a column goes; columns that INSERT names are not looked for.
CREATE TABLE cut (a, b, c);
CREATE TABLE cut_log (x, y);
CREATE TRIGGER cut_i AFTER INSERT ON cut BEGIN INSERT INTO cut_log (x, y) VALUES (new.a, 1); END;
ALTER TABLE cut_log DROP COLUMN y;
INSERT INTO cut VALUES (1, 2, 3);
CREATE TRIGGER cut_d AFTER DELETE ON cut BEGIN DELETE FROM not_there; END;
ALTER TABLE cut DROP COLUMN c;
ALTER TABLE cut RENAME COLUMN c TO d;
DROP TRIGGER cut_d;
DROP TRIGGER cut_i;

-- What UPDATE sets is not looked for either; the rules of a table come before its indexes.
CREATE TABLE cut_2 (a, b, c CHECK (b > 1));
CREATE INDEX cut_2_b ON cut_2 (b);
CREATE TRIGGER cut_2_i AFTER INSERT ON cut BEGIN UPDATE cut_2 SET a = new.a; END;
ALTER TABLE cut_2 DROP COLUMN a;
ALTER TABLE cut_2 DROP COLUMN b;
DROP TRIGGER cut_2_i;

-- Joins by names of what more than one table has.
CREATE TABLE j (a, b);
SELECT * FROM j AS x JOIN j AS y USING (a) NATURAL FULL JOIN j AS z;
SELECT * FROM j AS x FULL JOIN j AS y USING (a) NATURAL JOIN j AS z;
SELECT * FROM j AS x JOIN j AS y USING (a, b) NATURAL FULL JOIN j AS z;
SELECT * FROM j AS x JOIN j AS y USING (a) NATURAL JOIN j AS z;

-- References that fit no key are an error only for what may break them.
PRAGMA foreign_keys = ON;
CREATE TABLE parent (p, q);
CREATE TABLE child (c REFERENCES parent (p), d);
INSERT INTO parent VALUES (1, 2);
INSERT INTO parent VALUES (1, 2), (3, 4);
REPLACE INTO parent VALUES (5, 6);
UPDATE parent SET q = 7;
UPDATE parent SET p = 7;
UPDATE OR REPLACE child SET d = 1;
INSERT INTO child VALUES (NULL, 1);
DELETE FROM parent;
CREATE TRIGGER parent_u AFTER UPDATE ON parent BEGIN SELECT 1; END;
REPLACE INTO parent VALUES (5, 6);
CREATE TABLE keyless (k);
CREATE TABLE waiting (c REFERENCES keyless);
UPDATE keyless SET k = 1;
INSERT INTO keyless VALUES (1);
PRAGMA foreign_keys = OFF;

-- What FAIL leaves written has to keep its references.
PRAGMA foreign_keys = ON;
CREATE TABLE numbers (n INTEGER PRIMARY KEY);
CREATE TABLE users (id INTEGER PRIMARY KEY, n REFERENCES numbers);
INSERT OR FAIL INTO users VALUES (1, NULL), (2, NULL), (1, NULL);
SELECT * FROM users;
PRAGMA foreign_keys = OFF;

-- Columns of the primary key of a strict table are not NULL, but for a rowid.
CREATE TABLE strict_key (a TEXT, b INTEGER, PRIMARY KEY (a, b)) STRICT;
CREATE TABLE strict_rowid (a INTEGER PRIMARY KEY, b TEXT) STRICT;
INSERT INTO strict_key VALUES (NULL, 1);
INSERT OR IGNORE INTO strict_key VALUES ('x', 1), (NULL, 2);
INSERT INTO strict_rowid VALUES (NULL, 'x');
SELECT name, "notnull" FROM pragma_table_info('strict_key');
SELECT * FROM strict_key;

-- A table goes whatever refers to it without a key, and the rows that go with it are counted.
PRAGMA foreign_keys = ON;
CREATE TABLE going (a);
INSERT INTO going VALUES (1), (2), (3);
CREATE TABLE staying (b REFERENCES going (a));
DROP TABLE going;
CREATE TABLE going (a PRIMARY KEY);
CREATE TABLE left_over (b REFERENCES going);
INSERT INTO going VALUES (1), (2);
INSERT INTO left_over VALUES (2);
DELETE FROM left_over WHERE b = 1;
DELETE FROM left_over;
DROP TABLE going;
PRAGMA foreign_keys = OFF;

-- A partial index that loses its condition is what is broken.
CREATE TABLE partly (a, b);
CREATE INDEX partly_a ON partly (a) WHERE b = a;
ALTER TABLE partly DROP COLUMN b;

-- Functions of pragmas look in all schemas, or in the one that is named.
ATTACH ':memory:' AS other;
CREATE TABLE other.far (id INTEGER PRIMARY KEY, t TEXT UNIQUE REFERENCES far (id));
CREATE TABLE far_2 (x);
SELECT * FROM pragma_table_info('far');
SELECT * FROM pragma_index_list('far');
SELECT * FROM pragma_index_info('sqlite_autoindex_far_1');
SELECT * FROM pragma_foreign_key_list('far', 'other');
SELECT * FROM pragma_table_info('far', 'main');
SELECT * FROM pragma_table_info('far_2', 'other');

-- Columns that are not shown take no number.
CREATE TABLE shown (a, g AS (a), b);
PRAGMA table_info(shown);
PRAGMA table_xinfo(shown);

-- Nobody looks at the names in an action of ON CONFLICT that no constraint can set off.
CREATE TABLE no_key (a, g AS (a));
INSERT INTO no_key VALUES (1) ON CONFLICT DO UPDATE SET g = 1;
INSERT INTO no_key VALUES (1) ON CONFLICT DO UPDATE SET missing = 1 WHERE missing;
INSERT INTO no_key (rowid, a) VALUES (7, 1) ON CONFLICT DO UPDATE SET g = 1;
CREATE TABLE one_key (a PRIMARY KEY, g AS (a));
INSERT INTO one_key VALUES (1) ON CONFLICT (a) DO NOTHING ON CONFLICT (a) DO UPDATE SET g = 1;
INSERT INTO one_key VALUES (1) ON CONFLICT (a) DO UPDATE SET g = 1;
INSERT INTO one_key VALUES (1) ON CONFLICT (a) DO NOTHING ON CONFLICT DO UPDATE SET g = 1;
INSERT INTO one_key VALUES (1) ON CONFLICT (missing) DO NOTHING;
CREATE TABLE int_key (id INTEGER PRIMARY KEY, a);
INSERT INTO int_key (a) VALUES (1) ON CONFLICT (id) DO UPDATE SET missing = 1;
INSERT INTO int_key VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET missing = 1;
INSERT INTO int_key VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = excluded.a;
SELECT * FROM int_key;

-- What is no rowid is told before what the other columns of a STRICT table cannot store.
CREATE TABLE strictly (id INTEGER PRIMARY KEY, i INTEGER, g ANY AS (i)) STRICT;
INSERT INTO strictly SELECT 0.125, 'x';
INSERT INTO strictly SELECT 1, 'x';

-- The rows of a table that is dropped are deleted while the transaction waits for references.
PRAGMA foreign_keys = ON;
CREATE TABLE above (id PRIMARY KEY);
CREATE TABLE below (a REFERENCES above (id) DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO below VALUES (NULL), (1);
DROP TABLE below;
SELECT changes(), total_changes();
COMMIT;
CREATE TABLE below (a REFERENCES above (id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO below VALUES (NULL);
DROP TABLE below;
SELECT changes(), total_changes();
PRAGMA foreign_keys = OFF;

-- Broken triggers are told before the name that a column cannot get.
CREATE TABLE renamed_twice (a, b);
CREATE TRIGGER renamed_twice_t AFTER DELETE ON renamed_twice BEGIN INSERT INTO nowhere VALUES (1); END;
ALTER TABLE renamed_twice RENAME a TO b;
DROP TRIGGER renamed_twice_t;
ALTER TABLE renamed_twice RENAME a TO b;

-- Triggers that set generated columns are refused when they run only; names in actions that never act are renamed.
CREATE TABLE generating (a, g AS (a));
CREATE TRIGGER generating_t AFTER DELETE ON generating BEGIN UPDATE generating SET g = 1; END;
CREATE TRIGGER never_acting AFTER DELETE ON one_key BEGIN INSERT INTO generating VALUES (1) ON CONFLICT DO UPDATE SET a = a; END;
ALTER TABLE generating RENAME TO generated_one;
ALTER TABLE generated_one RENAME a TO renamed;
SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name IN ('generating_t', 'never_acting');
