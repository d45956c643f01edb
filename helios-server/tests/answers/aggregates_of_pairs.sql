-- Aggregates over pairs of numbers and over bits, rows as values, functions of chance.
CREATE TABLE p (id int PRIMARY KEY, y int, x int)
--> CREATE TABLE

INSERT INTO p VALUES (1, 2, 1), (2, 4, 2), (3, 6, 3), (4, NULL, 7), (5, 9, NULL)
--> INSERT 0 5

SELECT regr_count(y, x), regr_avgx(y, x), regr_avgy(y, x), regr_sxx(y, x), regr_syy(y, x), regr_sxy(y, x) FROM p
--> SELECT 1: regr_count 20, regr_avgx 701, regr_avgy 701, regr_sxx 701, regr_syy 701, regr_sxy 701
3|2|4|2|8|4

SELECT covar_pop(y, x), covar_samp(y, x), corr(y, x), regr_slope(y, x), regr_intercept(y, x), regr_r2(y, x) FROM p
--> SELECT 1: covar_pop 701, covar_samp 701, corr 701, regr_slope 701, regr_intercept 701, regr_r2 701
1.3333333333333333|2|1|2|0|1

SELECT corr(y, x), covar_samp(y, x), regr_count(y, x), regr_r2(y, x) FROM p WHERE id > 100
--> SELECT 1: corr 701, covar_samp 701, regr_count 20, regr_r2 701
∅|∅|0|∅

SELECT regr_slope(y, x) FILTER (WHERE id < 3), regr_count(y, x) FILTER (WHERE id < 3) FROM p
--> SELECT 1: regr_slope 701, regr_count 20
2|2

SELECT bit_and(y), bit_or(y), bit_or(y) FILTER (WHERE id = 1) FROM p
--> SELECT 1: bit_and 23, bit_or 23, bit_or 23
0|15|2

SELECT bit_and(y) FROM p WHERE id > 100
--> SELECT 1: bit_and 23
∅

SELECT id FROM p WHERE ROW(y, x) = ROW(4, 2)
--> SELECT 1: id 23
2

SELECT id FROM p WHERE (y, x) IN (ROW(2, 1), (6, 3)) ORDER BY id
--> SELECT 2: id 23
1
3

SELECT ROW(1, NULL) IS NULL, ROW(NULL, NULL) IS NULL, (1, 2) IS NOT NULL, ROW(1, NULL) IS NOT NULL, ROW(1, 2) < ROW(1, 3)
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16, ?column? 16
f|t|t|f|t

SELECT min(r) >= 0 AND max(r) < 1, count(DISTINCT r) > 50 FROM (SELECT random() AS r FROM generate_series(1, 100)) q
--> SELECT 1: ?column? 16, ?column? 16
t|t

SELECT power(2, 3), 2 ^ 3
--> SELECT 1: power 701, ?column? 701
8|8

SELECT json_strip_nulls('{"a":null,"b":1}')
--> SELECT 1: json_strip_nulls 114
{"b":1}

DELETE FROM p a USING p b WHERE a.ctid < b.ctid AND b.id = 3 RETURNING a.id
--> DELETE 2: id 23
1
2

DELETE FROM p WHERE ctid NOT IN (SELECT min(ctid) FROM p)
--> DELETE 2

SELECT id FROM p
--> SELECT 1: id 23
3

SELECT * FROM generate_series('2024-01-01'::date, '2024-01-03'::date, '1 day') AS g(d)
--> SELECT 3: d 1184
2024-01-01 00:00:00+00
2024-01-02 00:00:00+00
2024-01-03 00:00:00+00

SELECT d::date, count(p.id) FROM generate_series(date '2024-01-31', date '2024-03-31', interval '1 month') AS g(d) LEFT JOIN p ON d::date = '2024-02-29' GROUP BY d ORDER BY d
--> SELECT 3: d 1082, count 20
2024-01-31|0
2024-02-29|1
2024-03-29|0

SELECT generate_series('2024-01-01 10:00'::timestamp, '2024-01-01 12:00'::timestamp, '1 hour')
--> SELECT 3: generate_series 1114
2024-01-01 10:00:00
2024-01-01 11:00:00
2024-01-01 12:00:00
