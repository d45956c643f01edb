-- Decimal numbers have the digits of their scale.

CREATE TABLE p (id int, price numeric(10,2), rate numeric(6,4), whole numeric(5), free numeric, name varchar(20), code char(3), at timestamp(3))
--> CREATE TABLE

INSERT INTO p VALUES (1, 1.5, 0.25, 7, 1.5, 'a', 'abc', '2024-01-02 03:04:05.678'), (2, 20, 1, 1234, 3, 'b', 'xyz', '2024-01-02 03:04:05'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
--> INSERT 0 3

SELECT * FROM p ORDER BY id
--> SELECT 3: id 23, price 1700(655366), rate 1700(393224), whole 1700(327684), free 1700, name 1043(24), code 1042(7), at 1114(3)
1|1.50|0.2500|7|1.5|a|abc|2024-01-02 03:04:05.678
2|20.00|1.0000|1234|3|b|xyz|2024-01-02 03:04:05
3|∅|∅|∅|∅|∅|∅|∅

SELECT price, -price, price + 1, price * 2, price + rate, price * rate FROM p ORDER BY id
--> SELECT 3: price 1700(655366), ?column? 1700, ?column? 1700, ?column? 1700, ?column? 1700, ?column? 1700
1.50|-1.50|2.50|3.00|1.7500|0.375000
20.00|-20.00|21.00|40.00|21.0000|20.000000
∅|∅|∅|∅|∅|∅

SELECT sum(price), min(price), max(rate), sum(price * id), count(price) FROM p
--> SELECT 1: sum 1700, min 1700, max 1700, sum 1700, count 20
21.50|1.50|1.0000|41.50|2

SELECT 5::numeric(6,2) AS a, '2.5'::numeric(4,2) AS b, 3::numeric AS c, 1.5::numeric(3,1) + 1 AS d
--> SELECT 1: a 1700(393222), b 1700(262150), c 1700, d 1700
5.00|2.50|3|2.5

SELECT price::numeric(12,3) AS a, price::numeric(5,1) AS b, round(price, 1), round(price), abs(price) FROM p ORDER BY id
--> SELECT 3: a 1700(786439), b 1700(327685), round 1700, round 1700, abs 1700
1.500|1.5|1.5|2|1.50
20.000|20.0|20.0|20|20.00
∅|∅|∅|∅|∅

SELECT a, b FROM (SELECT price AS a, rate AS b FROM p) x WHERE a > 1 ORDER BY a
--> SELECT 2: a 1700(655366), b 1700(393224)
1.50|0.2500
20.00|1.0000

WITH c AS (SELECT price FROM p) SELECT price FROM c UNION ALL SELECT price FROM p ORDER BY price
--> SELECT 6: price 1700(655366)
1.50
1.50
20.00
20.00
∅
∅

SELECT name, max(price) FROM p GROUP BY name ORDER BY name
--> SELECT 3: name 1043(24), max 1700
a|1.50
b|20.00
∅|∅

SELECT (SELECT price FROM p WHERE id = 1), (SELECT max(price) FROM p)
--> SELECT 1: price 1700(655366), max 1700
1.50|20.00

INSERT INTO p (id, price, name) VALUES (4, 1.005, 'c') RETURNING price, name, price * 2 AS twice
--> INSERT 0 1: price 1700(655366), name 1043(24), twice 1700
1.01|c|2.02

INSERT INTO p (id, price) VALUES (5, 123456789.5)
--> 22003 numeric field overflow

UPDATE p SET price = price * 1.5 WHERE id = 1 RETURNING price
--> UPDATE 1: price 1700(655366)
2.25

INSERT INTO p (id, rate) VALUES (6, 100)
--> 22003 numeric field overflow

INSERT INTO p (id, whole) VALUES (7, 12345.6) RETURNING whole
--> INSERT 0 1: whole 1700(327684)
12346

INSERT INTO p (id, whole) VALUES (8, 123456)
--> 22003 numeric field overflow

SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'p'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 8: attname 19, format_type 25
id|integer
price|numeric(10,2)
rate|numeric(6,4)
whole|numeric(5,0)
free|numeric
name|character varying(20)
code|character(3)
at|timestamp(3) without time zone

SELECT column_name::text, character_maximum_length, numeric_precision, numeric_scale, datetime_precision FROM information_schema.columns WHERE table_name = 'p' ORDER BY ordinal_position
--> SELECT 8: column_name 25, character_maximum_length 23, numeric_precision 23, numeric_scale 23, datetime_precision 23
id|∅|32|0|∅
price|∅|10|2|∅
rate|∅|6|4|∅
whole|∅|5|0|∅
free|∅|∅|∅|∅
name|20|∅|∅|∅
code|3|∅|∅|∅
at|∅|∅|∅|3
