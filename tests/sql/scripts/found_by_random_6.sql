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
