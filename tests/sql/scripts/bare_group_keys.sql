-- A column that rows are grouped by comes from the row with the min or max, where equal values are not the same.
CREATE TABLE n (n2 TEXT COLLATE NOCASE, a, b INT);
INSERT INTO n VALUES ('b', 1, 1), ('B', 1.0, 2), ('c', 2.0, 3), ('C', 2, 4), ('d', 3, 5);
SELECT max(rowid), n2 FROM n GROUP BY n2;
SELECT min(rowid), n2 FROM n GROUP BY n2;
SELECT n2, count(*) FROM n GROUP BY n2;
SELECT max(b), n2, a FROM n GROUP BY n2;
SELECT max(b), a FROM n GROUP BY a;
SELECT typeof(a), min(b), a FROM n GROUP BY a;
SELECT max(b), min(b), n2 FROM n GROUP BY n2;
SELECT n2, max(b) FROM n GROUP BY n2 ORDER BY n2 DESC;
SELECT n2 || '!', max(b) FROM n GROUP BY n2 HAVING n2 > 'b';
SELECT upper(n2), n2, max(b) FROM n GROUP BY n2 COLLATE BINARY;
SELECT n2, max(DISTINCT b) FROM n GROUP BY n2;
SELECT lower(n2), max(b) FROM n GROUP BY lower(n2);
SELECT n2, a, max(b) FROM n GROUP BY n2, a;
SELECT b COLLATE NOCASE, max(a) FROM n GROUP BY b COLLATE NOCASE;
