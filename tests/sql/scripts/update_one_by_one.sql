-- New values are computed row by row: each row meets what was done to the rows before it.
CREATE TABLE running(id INTEGER PRIMARY KEY, a);
INSERT INTO running VALUES (1,1),(2,10),(3,100);
UPDATE running SET a = a + coalesce((SELECT x.a FROM running x WHERE x.id = running.id-1), 0);
SELECT * FROM running;
UPDATE running SET a = (SELECT sum(a) FROM running);
SELECT * FROM running;
UPDATE running SET a = a + (SELECT sum(x.a) FROM running x WHERE x.id <= running.id);
SELECT * FROM running;
UPDATE running SET a = a + s FROM (SELECT id AS i, sum(a) OVER (ORDER BY id) AS s FROM running) WHERE i = running.id;
SELECT * FROM running;

-- A row that takes the place of one that is still to come is changed again there.
UPDATE OR REPLACE running SET id = id + 1;
SELECT * FROM running;
CREATE TABLE moving(k TEXT PRIMARY KEY ON CONFLICT REPLACE, a UNIQUE) WITHOUT ROWID;
INSERT INTO moving VALUES ('a',1),('b',10),('c',100);
UPDATE moving SET k = char(unicode(k)+1);
SELECT * FROM moving;
CREATE TABLE moved(id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT REPLACE, b);
INSERT INTO moved VALUES (1,1,1),(2,10,2),(3,100,3);
UPDATE moved SET a = 5, id = 11-id;
SELECT * FROM moved;

-- A key that is filled in by REPLACE is the row's key.
CREATE TABLE filled(k TEXT NOT NULL DEFAULT 'x', a, PRIMARY KEY (k) ON CONFLICT REPLACE) WITHOUT ROWID;
INSERT INTO filled VALUES ('x', 1), ('y', 2);
REPLACE INTO filled VALUES (NULL, 3);
SELECT * FROM filled;
UPDATE OR REPLACE filled SET k = NULL WHERE k = 'y';
SELECT * FROM filled;
