-- Words that only SQLite's grammar reserves are names.
CREATE TABLE nothing (index int, transaction int, values int, nothing int, "set" int, update timestamp)
--> CREATE TABLE

INSERT INTO nothing (index, transaction, values, nothing, set) VALUES (1, 2, 3, 4, 5)
--> INSERT 0 1

SELECT index, transaction, values, nothing, set FROM nothing WHERE index = 1 AND nothing > 2 ORDER BY index, values
--> SELECT 1: index 23, transaction 23, values 23, nothing 23, set 23
1|2|3|4|5

SELECT n.index, n.values FROM nothing n
--> SELECT 1: index 23, values 23
1|3

UPDATE nothing SET index = index + 1, values = 7 WHERE transaction = 2
--> UPDATE 1

INSERT INTO nothing (index) VALUES (9) ON CONFLICT DO NOTHING
--> INSERT 0 1

SELECT count(*) FROM nothing WHERE EXISTS (SELECT 1) AND NOT EXISTS (SELECT 1 WHERE false)
--> SELECT 1: count 20
2

CREATE TABLE transaction (id int PRIMARY KEY)
--> CREATE TABLE

INSERT INTO transaction VALUES (1), (2)
--> INSERT 0 2

SELECT transaction.id FROM transaction JOIN nothing ON nothing.transaction = transaction.id
--> SELECT 1: id 23
2

VALUES (1, 2), (3, 4)
--> SELECT 2: column1 23, column2 23
1|2
3|4

SELECT * FROM (VALUES (1, 2)) v(index, values)
--> SELECT 1: index 23, values 23
1|2

DELETE FROM transaction WHERE id = 1
--> DELETE 1

CREATE INDEX index ON nothing (index)
--> CREATE INDEX

ALTER TABLE nothing DROP COLUMN values
--> ALTER TABLE

ALTER TABLE nothing RENAME COLUMN nothing TO values
--> ALTER TABLE

SELECT CASE WHEN index = 1 THEN values ELSE index END FROM nothing ORDER BY 1
--> SELECT 2: index 23
2
9

CREATE VIEW vv AS SELECT index, values FROM nothing
--> CREATE VIEW

SELECT * FROM vv ORDER BY index
--> SELECT 2: index 23, values 23
2|4
9|∅

CREATE TABLE kid (index int REFERENCES transaction (id) ON DELETE CASCADE ON UPDATE SET NULL)
--> CREATE TABLE

SELECT max(index) AS values FROM nothing GROUP BY transaction ORDER BY values
--> SELECT 2: values 23
2
9
