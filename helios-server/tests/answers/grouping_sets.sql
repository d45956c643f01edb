-- Rows grouped by several sets of expressions.
CREATE TABLE sales (region text, product text, year int, amount int)
--> CREATE TABLE

INSERT INTO sales VALUES ('n', 'a', 2020, 10), ('n', 'b', 2020, 20), ('s', 'a', 2020, 30), ('s', 'a', 2021, 40), ('s', NULL, 2021, 5)
--> INSERT 0 5

SELECT region, product, sum(amount) FROM sales GROUP BY ROLLUP (region, product) ORDER BY region NULLS LAST, product NULLS LAST, 3
--> SELECT 7: region 25, product 25, sum 20
n|a|10
n|b|20
n|∅|30
s|a|70
s|∅|5
s|∅|75
∅|∅|105

SELECT region, year, sum(amount), grouping(region), grouping(year), grouping(region, year) FROM sales GROUP BY CUBE (region, year) ORDER BY 6, 1, 2
--> SELECT 8: region 25, year 23, sum 20, grouping 23, grouping 23, grouping 23
n|2020|30|0|0|0
s|2020|30|0|0|0
s|2021|45|0|0|0
n|∅|30|0|1|1
s|∅|75|0|1|1
∅|2020|60|1|0|2
∅|2021|45|1|0|2
∅|∅|105|1|1|3

SELECT region, product, count(*) FROM sales GROUP BY GROUPING SETS ((region), (product), ()) ORDER BY grouping(region, product), 1, 2
--> SELECT 6: region 25, product 25, count 20
n|∅|2
s|∅|3
∅|a|3
∅|b|1
∅|∅|1
∅|∅|5

SELECT year, region, max(amount) FROM sales GROUP BY year, ROLLUP (region) ORDER BY 1, 2 NULLS LAST
--> SELECT 5: year 23, region 25, max 23
2020|n|20
2020|s|30
2020|∅|30
2021|s|40
2021|∅|40

SELECT sum(amount), count(DISTINCT product) FROM sales GROUP BY ()
--> SELECT 1: sum 20, count 20
105|2

SELECT sum(amount) FROM sales WHERE amount > 1000 GROUP BY GROUPING SETS ((), (region))
--> SELECT 1: sum 20
∅

SELECT region, sum(amount) FROM sales GROUP BY GROUPING SETS (region, region) ORDER BY 1
--> SELECT 4: region 25, sum 20
n|30
n|30
s|75
s|75

SELECT region, sum(amount) FROM sales GROUP BY DISTINCT ROLLUP (region), ROLLUP (region) ORDER BY 1
--> SELECT 3: region 25, sum 20
n|30
s|75
∅|105

SELECT region || '!' AS loud, max(amount) FROM sales GROUP BY ROLLUP (region || '!') ORDER BY 1
--> SELECT 3: loud 25, max 23
n!|20
s!|40
∅|40

SELECT region, year, sum(amount) FROM sales GROUP BY ROLLUP ((region, year)) ORDER BY 1, 2
--> SELECT 4: region 25, year 23, sum 20
n|2020|30
s|2020|30
s|2021|45
∅|∅|105

SELECT region, sum(amount) FROM sales GROUP BY ROLLUP (region) HAVING sum(amount) > 30 ORDER BY 2
--> SELECT 2: region 25, sum 20
s|75
∅|105

SELECT region, sum(amount), rank() OVER (ORDER BY sum(amount) DESC) FROM sales GROUP BY ROLLUP (region) ORDER BY 3
--> SELECT 3: region 25, sum 20, rank 20
∅|105|1
s|75|2
n|30|3

SELECT coalesce(region, 'all') AS r, sum(amount) FILTER (WHERE year = 2020) AS y20, string_agg(product, ',' ORDER BY amount) FROM sales GROUP BY ROLLUP (region) ORDER BY grouping(region), 1
--> SELECT 3: r 25, y20 20, string_agg 25
n|30|a,b
s|30|a,a
all|60|a,b,a,a

SELECT region, grouping(region) FROM sales GROUP BY region ORDER BY 1
--> SELECT 2: region 25, grouping 23
n|0
s|0

SELECT * FROM (SELECT region, sum(amount) AS s FROM sales GROUP BY ROLLUP (region)) q WHERE region IS NULL
--> SELECT 1: region 25, s 20
∅|105

SELECT year, (SELECT count(*) FROM sales i WHERE i.year = o.year) FROM sales o GROUP BY ROLLUP (year) ORDER BY 1
--> SELECT 3: year 23, count 20
2020|3
2021|2
∅|0

SELECT region, grouping(year) FROM sales GROUP BY region
--> 42803 arguments to GROUPING must be grouping expressions of the associated query level

SELECT product, sum(amount) FROM sales GROUP BY ROLLUP (region)
--> 42803 column "sales.product" must appear in the GROUP BY clause or be used in an aggregate function

SELECT grouping(region) FROM sales
--> 42803 arguments to GROUPING must be grouping expressions of the associated query level
