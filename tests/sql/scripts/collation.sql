-- BINARY, NOCASE and RTRIM in comparisons, indexes, DISTINCT, GROUP BY, ORDER BY and compounds.
CREATE TABLE c (b TEXT COLLATE binary, n TEXT COLLATE nocase, r TEXT COLLATE rtrim, p TEXT);
INSERT INTO c VALUES ('a', 'a', 'a', 'a'), ('A', 'A', 'A', 'A'), ('a ', 'a ', 'a ', 'a '), ('b', 'B', 'b  ', 'b'), ('B', 'b', 'b', 'B'), (NULL, NULL, NULL, NULL), ('ä', 'ä', 'ä', 'ä'), ('Ä', 'Ä', 'Ä', 'Ä');
SELECT b, b = 'A', n = 'A', r = 'a  ', p = 'A' FROM c;
SELECT n = b, b = n, n = r, r = n, n = p, p = n FROM c;
SELECT 'A' = n, 'A' = b, b = 'A' COLLATE nocase, n = 'A' COLLATE binary, n COLLATE binary = 'A' FROM c;
SELECT n || '' = 'A', +n = 'A', (n) = 'A', CAST(n AS TEXT) = 'A', upper(n) = 'a', (SELECT n) = 'A' FROM c;
SELECT n IN ('A', 'B'), 'A' IN (n), b IN ('A'), n NOT IN ('a') FROM c;
SELECT n IN (SELECT 'A'), n IN (SELECT b FROM c), b IN (SELECT n FROM c), 'A' IN (SELECT n FROM c) FROM c;
SELECT n BETWEEN 'A' AND 'B', 'a' BETWEEN n AND 'z', CASE n WHEN 'A' THEN 1 ELSE 0 END, nullif(n, 'A'), max(n, 'B'), min('B', n) FROM c;
SELECT b FROM c ORDER BY b;
SELECT n FROM c ORDER BY n, rowid;
SELECT n FROM c ORDER BY n DESC, rowid DESC;
SELECT r FROM c ORDER BY r, rowid;
SELECT p FROM c ORDER BY p COLLATE nocase, rowid;
SELECT n FROM c ORDER BY n COLLATE binary;
SELECT n AS x FROM c ORDER BY x, rowid;
SELECT DISTINCT n FROM c;
SELECT DISTINCT r FROM c;
SELECT DISTINCT n COLLATE binary FROM c;
SELECT DISTINCT p COLLATE nocase FROM c;
SELECT count(DISTINCT n), count(DISTINCT b), count(DISTINCT r), count(DISTINCT p COLLATE nocase) FROM c;
SELECT n, count(*) FROM c GROUP BY n;
SELECT r, count(*) FROM c GROUP BY r;
SELECT p, count(*) FROM c GROUP BY p COLLATE nocase;
SELECT min(n), max(n), min(r), max(r), min(b), max(b) FROM c;
-- differs: equal-but-not-the-same
SELECT n FROM c UNION SELECT b FROM c;
SELECT b FROM c UNION SELECT n FROM c;
-- differs: equal-but-not-the-same
SELECT n FROM c INTERSECT SELECT b FROM c;
-- differs: equal-but-not-the-same
SELECT n FROM c EXCEPT SELECT 'A';
SELECT n FROM c UNION ALL SELECT 'C' ORDER BY 1;
SELECT b FROM c UNION ALL SELECT 'C' ORDER BY 1 COLLATE nocase;
CREATE INDEX cn ON c (n);
CREATE INDEX cb ON c (b COLLATE nocase);
CREATE INDEX cr ON c (r);
SELECT rowid, n FROM c WHERE n = 'A' ORDER BY rowid;
SELECT rowid, n FROM c WHERE n > 'A' ORDER BY rowid;
SELECT rowid, b FROM c WHERE b = 'a';
SELECT rowid, b FROM c WHERE b = 'a' COLLATE nocase ORDER BY rowid;
SELECT rowid, n FROM c WHERE n = 'a' COLLATE binary;
SELECT rowid, r FROM c WHERE r = 'b' ORDER BY rowid;
SELECT rowid, n FROM c WHERE n IN ('a', 'b') ORDER BY rowid;
SELECT n FROM c ORDER BY n, rowid LIMIT 3;
SELECT b FROM c ORDER BY b COLLATE nocase, rowid LIMIT 3;
SELECT min(n), max(n) FROM c;
SELECT x.n, y.b FROM c x JOIN c y ON x.n = y.b ORDER BY x.rowid, y.rowid;
SELECT x.b, y.n FROM c x JOIN c y ON x.b = y.n ORDER BY x.rowid, y.rowid;
SELECT x.r, y.n FROM c x JOIN c y ON x.r = y.n ORDER BY x.rowid, y.rowid;
SELECT x.n, y.n FROM c x JOIN c y USING (n) ORDER BY x.rowid, y.rowid;
CREATE TABLE u (n TEXT COLLATE nocase UNIQUE, r TEXT COLLATE rtrim PRIMARY KEY);
INSERT INTO u VALUES ('a', 'x');
INSERT INTO u VALUES ('A', 'y');
INSERT INTO u VALUES ('b', 'x  ');
INSERT INTO u VALUES ('b', 'X');
INSERT OR REPLACE INTO u VALUES ('B', 'z');
SELECT * FROM u ORDER BY rowid;
CREATE UNIQUE INDEX up ON c (p COLLATE nocase);
-- differs: missing-collation
CREATE TABLE bad (a TEXT COLLATE nosuch);
-- differs: missing-collation
CREATE INDEX bad ON c (p COLLATE nosuch);
PRAGMA collation_list;
