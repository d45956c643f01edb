-- Values of one column from several places, groups, and queries as values.

CREATE TABLE t (a bigint PRIMARY KEY, b int, c text);
--> CREATE TABLE

CREATE TABLE u (a int, d date, e timestamp);
--> CREATE TABLE

INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y');
--> INSERT 0 2

INSERT INTO u VALUES (1, '2024-01-01', '2024-01-02 03:04:05');
--> INSERT 0 1

select coalesce(1,'a');
--> 22P02 invalid input syntax for type integer: "a"

select coalesce(1,'2'), coalesce(null, '3', 4), coalesce('x', 'y'), coalesce(null, null);
--> SELECT 1: coalesce 23, coalesce 23, coalesce 25, coalesce 25
1|3|x|∅

select coalesce(1,'a'::text);
--> 42804 COALESCE types integer and text cannot be matched

select coalesce(1, 2.5), coalesce(1::int8, 2), coalesce(1, 2::float8);
--> SELECT 1: coalesce 1700, coalesce 20, coalesce 701
1|1|1

select case when true then 1 else 'a'::text end;
--> 42804 CASE types text and integer cannot be matched

select case when true then 1 else 'a' end;
--> 22P02 invalid input syntax for type integer: "a"

select case when true then 1 when false then true end;
--> 42804 CASE types integer and boolean cannot be matched

select case when true then 'a' else 1 end;
--> 22P02 invalid input syntax for type integer: "a"

select case 1 when true then 1 end;
--> 42883 operator does not exist: integer = boolean

select case when true then 1 end, case when false then 1 else 2.5 end;
--> SELECT 1: case 23, case 1700
1|2.5

select 1 union select 'a';
--> 22P02 invalid input syntax for type integer: "a"

select 1 union all select 'a'::text;
--> 42804 UNION types integer and text cannot be matched

select 1 intersect select 'a'::text;
--> 42804 INTERSECT types integer and text cannot be matched

select 1 except select true;
--> 42804 EXCEPT types integer and boolean cannot be matched

values (1),('a');
--> 22P02 invalid input syntax for type integer: "a"

values (1),('2'),(null);
--> SELECT 3: column1 23
1
2
∅

values (1, 'x'),('2', null);
--> SELECT 2: column1 23, column2 25
1|x
2|∅

values (1),('a'::text);
--> 42804 VALUES types integer and text cannot be matched

select * from (values (1, date '2024-01-01'), (2.5, timestamp '2024-01-01 01:00')) v(x, y) order by x;
--> SELECT 2: x 1700, y 1114
1|2024-01-01 00:00:00
2.5|2024-01-01 01:00:00

select greatest(1,'a'::text);
--> 42804 GREATEST types integer and text cannot be matched

select greatest(1, 2.5), least('b', 'a'), greatest(date '2024-01-01', timestamp '2023-01-01 01:00');
--> SELECT 1: greatest 1700, least 25, greatest 1114
2.5|a|2024-01-01 00:00:00

select array[1,'a'::text];
--> 42804 ARRAY types integer and text cannot be matched

select array[1, 2.5], array[1, null, '3'];
--> SELECT 1: array 1231, array 1007
{1,2.5}|{1,NULL,3}

select coalesce(date '2020-01-01', time '10:00');
--> 42846 COALESCE could not convert type time without time zone to date

select coalesce(uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a'::bytea);
--> 42846 COALESCE could not convert type bytea to uuid

select coalesce(date '2020-01-01', timestamp '2020-02-03 04:00');
--> SELECT 1: coalesce 1114
2020-01-01 00:00:00

select coalesce('\x61'::bytea, '\x62'), coalesce(null::bytea, '\x62'), coalesce(null::jsonb, '{"a": 1}'), coalesce(null::int[], '{1,2}');
--> SELECT 1: coalesce 17, coalesce 17, coalesce 3802, coalesce 1007
\\x61|\\x62|{"a": 1}|{1,2}

select date '2020-01-01' as d union select timestamp '2020-02-03 04:00' order by d;
--> SELECT 2: d 1114
2020-01-01 00:00:00
2020-02-03 04:00:00

select d from u union all select e from u order by 1;
--> SELECT 2: d 1114
2024-01-01 00:00:00
2024-01-02 03:04:05

select e from u union all select d from u order by 1;
--> SELECT 2: e 1114
2024-01-01 00:00:00
2024-01-02 03:04:05

select coalesce(d, e) from u;
--> SELECT 1: coalesce 1114
2024-01-01 00:00:00

select null union select 1 order by 1;
--> SELECT 2: ?column? 23
1
∅

select '1' union select 2 order by 1;
--> SELECT 2: ?column? 23
1
2

select 1 as x union select 2.5 union select null order by x;
--> SELECT 3: x 1700
1
2.5
∅

select 'a' union select 'b' order by 1;
--> SELECT 2: ?column? 25
a
b

select c from t union select 'z' order by 1;
--> SELECT 3: c 25
x
y
z

select a from t union select 'z';
--> 22P02 invalid input syntax for type bigint: "z"

select a from t union select '7' order by 1;
--> SELECT 3: a 20
1
2
7

select b, count(*) from t group by c;
--> 42803 column "t.b" must appear in the GROUP BY clause or be used in an aggregate function

select b, count(*) from t group by a order by a;
--> SELECT 2: b 23, count 20
1|1
2|1

select a, count(*) from t x;
--> 42803 column "x.a" must appear in the GROUP BY clause or be used in an aggregate function

select count(*) from t x order by a;
--> 42803 column "x.a" must appear in the GROUP BY clause or be used in an aggregate function

select count(*) from t x having b > 1;
--> 42803 column "x.b" must appear in the GROUP BY clause or be used in an aggregate function

select c, (select x.b) from t x group by c;
--> 42803 subquery uses ungrouped column "x.b" from outer query

select c, (select max(q.b) from t q where q.b = x.b) from t x group by c;
--> 42803 subquery uses ungrouped column "x.b" from outer query

select c, (select max(q.b) from t q where q.c = x.c) from t x group by c order by c;
--> SELECT 2: c 25, max 23
x|1
y|2

select c from t x group by c having exists (select 1 from t where t.b = x.b);
--> 42803 subquery uses ungrouped column "x.b" from outer query

select * from t group by b;
--> 42803 column "t.a" must appear in the GROUP BY clause or be used in an aggregate function

select * from t group by a order by 1;
--> SELECT 2: a 20, b 23, c 25
1|1|x
2|2|y

select sum(b) over (), b from t group by b order by b;
--> SELECT 2: sum 20, b 23
3|1
3|2

select sum(a) over (), b from t group by b;
--> 42803 column "t.a" must appear in the GROUP BY clause or be used in an aggregate function

select t.c, u.d from t join u using (a) group by t.a;
--> 42803 column "u.d" must appear in the GROUP BY clause or be used in an aggregate function

select t.c, u.d from t join u using (a) group by t.a, u.d;
--> SELECT 1: c 25, d 1082
x|2024-01-01

select b + 1, count(*) from t group by b + 1 order by 1;
--> SELECT 2: ?column? 23, count 20
2|1
3|1

select b + 2, count(*) from t group by b + 1;
--> 42803 column "t.b" must appear in the GROUP BY clause or be used in an aggregate function

select b + 1 as n, count(*) from t group by n order by n;
--> SELECT 2: n 23, count 20
2|1
3|1

select upper(c), count(*) from t group by 1 order by 1;
--> SELECT 2: upper 25, count 20
X|1
Y|1

select c, count(*) from t group by c having max(b) > 1;
--> SELECT 1: c 25, count 20
y|1

select c, count(*) from t group by c order by max(b) desc;
--> SELECT 2: c 25, count 20
y|1
x|1

select c from (select c, b from t) q group by b;
--> 42803 column "q.c" must appear in the GROUP BY clause or be used in an aggregate function

select max(b) + b from t;
--> 42803 column "t.b" must appear in the GROUP BY clause or be used in an aggregate function

select 1, count(*), 'x' from t;
--> SELECT 1: ?column? 23, count 20, ?column? 25
1|2|x

select (select 1 union select 2);
--> 21000 more than one row returned by a subquery used as an expression

select (select a from t);
--> 21000 more than one row returned by a subquery used as an expression

select (select a from t order by a desc limit 1);
--> SELECT 1: a 20
2

select (select a from t where a = 2), (select a from t where a = 3), (select max(a) from t);
--> SELECT 1: a 20, a 20, max 20
2|∅|2

select a, (select 1 from t q where q.a <> t.a or true) from t;
--> 21000 more than one row returned by a subquery used as an expression

select a, (select c from t q where q.a = t.a) from t order by a;
--> SELECT 2: a 20, c 25
1|x
2|y

select a from t where b = (select b from t);
--> 21000 more than one row returned by a subquery used as an expression

select a from t where (a, b) = (select a, b from t);
--> 21000 more than one row returned by a subquery used as an expression

update t set b = (select a from t);
--> 21000 more than one row returned by a subquery used as an expression

update t set (b, c) = (select a, c from t);
--> 21000 more than one row returned by a subquery used as an expression

update t set (b, c) = (select a + 10, c from t q where q.a = t.a) where a = 1;
--> UPDATE 1

select b from t order by a;
--> SELECT 2: b 23
11
2

select 1 in (select true);
--> 42883 operator does not exist: integer = boolean

select 1 in (select b from t), 2 in (select b from t);
--> SELECT 1: ?column? 16, ?column? 16
f|t

select a from t where a in (select c from t);
--> 42883 operator does not exist: bigint = text

select 1 = (select 'a'::text);
--> 42883 operator does not exist: integer = text

select nullif(1, 2), nullif('a', 'a');
--> SELECT 1: nullif 23, nullif 25
1|∅
