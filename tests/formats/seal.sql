-- What the sealed database of a format version holds: a key record, sealed blocks, a column that is sealed once more.
CREATE TABLE secret (id INTEGER PRIMARY KEY, twice TEXT ENCRYPTED, once TEXT);
INSERT INTO secret VALUES (1, 'sealed twice', 'sealed once');
