-- What the database of a format version holds: one of everything that has bytes of its own in the file. Lines with a dot
-- change the branch. The database of format 1 was made of this file by the last shell that wrote that format.
CREATE TABLE plain (id INTEGER PRIMARY KEY, a, b TEXT COLLATE NOCASE, c REAL);
CREATE INDEX plain_b ON plain (b DESC, a);
INSERT INTO plain VALUES (-5, NULL, 'Fennel', 0.5), (1, 9223372036854775807, 'thyme', -1e300), (2, x'00ff00', '', NULL),
  (3, 'a text with é and 漢', 'Mint', 1e-300), (4, 0, 'mint', 3), (9000000000000000000, 1.5, 'sage', 9e18);
CREATE TABLE pair (k TEXT, n INTEGER, v, PRIMARY KEY (k DESC, n)) WITHOUT ROWID;
INSERT INTO pair VALUES ('a', 1, 'one'), ('a', 2, 'two'), ('b', -1, x'01'), (char(0) || 'x', 7, NULL);
CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL CHECK (length(name) > 1));
CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE, size INTEGER, twice AS (size * 2) STORED, thrice AS (size * 3));
CREATE UNIQUE INDEX child_once ON child (parent, size) WHERE size > 0;
INSERT INTO parent (name) VALUES ('first'), ('second'), ('third');
DELETE FROM parent WHERE name = 'third';
INSERT INTO child VALUES (1, 10), (1, 20), (2, 30);
CREATE VIEW family AS SELECT name, size, twice, thrice FROM parent JOIN child ON parent.id = child.parent;
CREATE TABLE note (what TEXT);
CREATE TRIGGER parent_gone AFTER DELETE ON parent BEGIN INSERT INTO note VALUES ('gone: ' || old.name); END;
CREATE TABLE shape (a, b, c);
INSERT INTO shape VALUES (1, 2, 3);
ALTER TABLE shape DROP COLUMN b;
ALTER TABLE shape ADD COLUMN d DEFAULT 'four';
INSERT INTO shape VALUES (5, 6, 7);
CREATE VIRTUAL TABLE words USING fts5 (title, body, tokenize = 'porter unicode61');
INSERT INTO words VALUES ('Herbs', 'thyme grows slowly'), ('Trees', 'oaks grow for centuries'), ('Stones', 'nothing here');
DELETE FROM words WHERE title = 'Stones';
CREATE VIRTUAL TABLE old_words USING fts4 (body);
INSERT INTO old_words VALUES ('thyme grows slowly'), ('oaks grow for centuries');
CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1, y0, y1);
INSERT INTO boxes VALUES (1, 0, 1, 0, 1), (2, 10, 12, 10, 12), (3, 0.5, 11, 0.5, 11);
CREATE TABLE point (id INTEGER PRIMARY KEY, v VECTOR(3));
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
  INSERT INTO point SELECT i, '[' || i || ',' || (i * i % 17) || ',1]' FROM n;
CREATE INDEX point_near ON point USING hnsw (v) WITH (metric = 'euclidean');
INSERT INTO point VALUES (100, '[100,0,0]');
CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER);
ALTER TABLE account ADD SYSTEM VERSIONING;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO account SELECT i, 100 FROM n;
UPDATE account SET balance = balance + id;
UPDATE account SET balance = 0 WHERE id = 7;
DELETE FROM account WHERE id > 90;
CREATE TABLE moment AS SELECT max(id) AS newest FROM helios_commits;
UPDATE account SET balance = balance * 2;
CREATE BRANCH trial;
CREATE BRANCH merged;
PRAGMA user_version = 12;
UPDATE plain SET a = 'changed after the fork' WHERE id = 4;
.branch trial
UPDATE plain SET b = 'on trial' WHERE id = 1;
DELETE FROM account WHERE id < 50;
ALTER TABLE note ADD COLUMN "when" INTEGER;
INSERT INTO words VALUES ('Trial', 'growing on a branch');
CREATE BRANCH twig;
.branch twig
INSERT INTO pair VALUES ('twig', 0, 0);
.branch merged
INSERT INTO pair VALUES ('merged', 0, 0);
UPDATE plain SET c = 4 WHERE id = 4;
.branch main
MERGE BRANCH merged;
ANALYZE;
.postgres
CREATE SEQUENCE ticket INCREMENT BY 5 START WITH 100;
SELECT nextval('ticket');
CREATE TABLE price (id INTEGER PRIMARY KEY, amount NUMERIC(12, 2), name TEXT);
INSERT INTO price VALUES (1, 12.5, 'tea');
