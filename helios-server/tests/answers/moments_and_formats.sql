-- DISTINCT ON, LATERAL, pictures of numbers and moments, lengths of time, digests.

CREATE TABLE orders (id int8 PRIMARY KEY, customer text, amount numeric(10,2), placed timestamp, day date);
--> CREATE TABLE

INSERT INTO orders VALUES (1,'ann',10.50,'2024-01-05 10:00:00','2024-01-05'),(2,'bob',20.75,'2024-02-10 11:30:00','2024-02-10'),(3,'ann',5.25,'2024-03-15 12:45:30.5','2024-03-15'),(4,'cat',99.99,'2024-03-16 00:00:00','2024-03-16'),(5,'bob',NULL,NULL,NULL);
--> INSERT 0 5

CREATE TABLE customers (name text PRIMARY KEY, city text, joined timestamptz);
--> CREATE TABLE

INSERT INTO customers VALUES ('ann','Bern','2023-05-06 07:08:09+02'),('bob','Oslo','2023-12-31 23:59:59+00'),('dan','Rome',NULL);
--> INSERT 0 3

SELECT DISTINCT ON (customer) customer, id FROM orders ORDER BY customer, id DESC;
--> SELECT 3: customer 25, id 20
ann|3
bob|5
cat|4

SELECT DISTINCT ON (customer) * FROM orders ORDER BY customer, amount;
--> SELECT 3: id 20, customer 25, amount 1700, placed 1114, day 1082
3|ann|5.25|2024-03-15 12:45:30.5|2024-03-15
2|bob|20.75|2024-02-10 11:30:00|2024-02-10
4|cat|99.99|2024-03-16 00:00:00|2024-03-16

SELECT DISTINCT ON (customer, day) customer, day FROM orders ORDER BY customer, day DESC;
--> SELECT 5: customer 25, day 1082
ann|2024-03-15
ann|2024-01-05
bob|∅
bob|2024-02-10
cat|2024-03-16

SELECT DISTINCT ON (1) customer, id FROM orders ORDER BY 1, 2;
--> SELECT 3: customer 25, id 20
ann|1
bob|2
cat|4

SELECT DISTINCT ON (lower(customer)) customer, id FROM orders ORDER BY lower(customer), id LIMIT 2;
--> SELECT 2: customer 25, id 20
ann|1
bob|2

SELECT DISTINCT ON (customer) customer, sum(amount) OVER (PARTITION BY customer) FROM orders ORDER BY customer, id;
--> SELECT 3: customer 25, sum 1700
ann|15.75
bob|20.75
cat|99.99

SELECT DISTINCT ON (c) customer AS c, id FROM orders ORDER BY c, id;
--> SELECT 3: c 25, id 20
ann|1
bob|2
cat|4

SELECT DISTINCT ON (customer) customer, count(*) FROM orders GROUP BY customer, day ORDER BY customer, day;
--> SELECT 3: customer 25, count 20
ann|1
bob|1
cat|1

SELECT DISTINCT ON (customer) id FROM orders ORDER BY id;
--> 42P10 SELECT DISTINCT ON expressions must match initial ORDER BY expressions

SELECT * FROM (SELECT DISTINCT ON (customer) customer, id FROM orders ORDER BY customer, id DESC) s ORDER BY id;
--> SELECT 3: customer 25, id 20
ann|3
cat|4
bob|5

SELECT c.name, o.id FROM customers c, LATERAL (SELECT id FROM orders WHERE customer = c.name ORDER BY id DESC LIMIT 1) o ORDER BY c.name;
--> SELECT 2: name 25, id 20
ann|3
bob|5

SELECT c.name, o.id FROM customers c CROSS JOIN LATERAL (SELECT id FROM orders WHERE customer = c.name ORDER BY id LIMIT 2) o ORDER BY 1, 2;
--> SELECT 4: name 25, id 20
ann|1
ann|3
bob|2
bob|5

SELECT c.name, o.id FROM customers c LEFT JOIN LATERAL (SELECT id FROM orders WHERE customer = c.name ORDER BY id LIMIT 1) o ON true ORDER BY 1, 2;
--> SELECT 3: name 25, id 20
ann|1
bob|2
dan|∅

SELECT c.name, o.n, o.total FROM customers c LEFT JOIN LATERAL (SELECT count(*) AS n, sum(amount) AS total FROM orders WHERE customer = c.name) o ON true ORDER BY 1;
--> SELECT 3: name 25, n 20, total 1700
ann|2|15.75
bob|2|20.75
dan|0|∅

SELECT c.name, o.id FROM customers c INNER JOIN LATERAL (SELECT id FROM orders WHERE customer = c.name) o ON o.id > 1 ORDER BY 1, 2;
--> SELECT 3: name 25, id 20
ann|3
bob|2
bob|5

SELECT c.name, g FROM customers c, LATERAL generate_series(1, length(c.city)) AS g WHERE c.name = 'ann' ORDER BY g;
--> SELECT 4: name 25, g 23
ann|1
ann|2
ann|3
ann|4

SELECT c.name, u FROM customers c CROSS JOIN LATERAL unnest(string_to_array(c.city, 'e')) AS u ORDER BY 1, 2;
--> SELECT 5: name 25, u 25
ann|B
ann|rn
bob|Oslo
dan|
dan|Rom

SELECT a.x, b.y FROM (VALUES (1),(2)) a(x), LATERAL (SELECT a.x * 10 AS y UNION ALL SELECT a.x * 100) b ORDER BY 1,2;
--> SELECT 4: x 23, y 23
1|10
1|100
2|20
2|200

SELECT a.x, b.y, c.z FROM (VALUES (1),(2)) a(x), LATERAL (SELECT a.x + 1 AS y) b, LATERAL (SELECT a.x + b.y AS z) c ORDER BY 1;
--> SELECT 2: x 23, y 23, z 23
1|2|3
2|3|5

SELECT a.x, b.* FROM (VALUES (1),(2)) a(x), LATERAL (VALUES (a.x, a.x*2),(a.x+10, 0)) AS b(p, q) ORDER BY 1,2;
--> SELECT 4: x 23, p 23, q 23
1|1|2
1|11|0
2|2|4
2|12|0

SELECT o.id, x.r FROM orders o, LATERAL (SELECT count(*) AS r FROM orders p WHERE p.customer = o.customer AND p.id <= o.id) x ORDER BY 1;
--> SELECT 5: id 20, r 20
1|1
2|1
3|2
4|1
5|2

SELECT to_char(timestamp '2024-05-06 07:08:09.123456', 'YYYY-MM-DD HH24:MI:SS.US');
--> SELECT 1: to_char 25
2024-05-06 07:08:09.123456

SELECT to_char(timestamp '2024-05-06 17:08:09', 'HH12:MI AM'), to_char(timestamp '2024-05-06 07:08:09', 'hh:mi am'), to_char(timestamp '2024-05-06 00:08:09','HH A.M.');
--> SELECT 1: to_char 25, to_char 25, to_char 25
05:08 PM|07:08 am|12 A.M.

SELECT to_char(timestamp '2024-05-06 07:08:09', 'Day, DD Month YYYY'), to_char(timestamp '2024-05-06', 'FMDay, FMDD FMMonth YYYY');
--> SELECT 1: to_char 25, to_char 25
Monday   , 06 May       2024|Monday, 6 May 2024

SELECT to_char(timestamp '2024-05-06 07:08:09', 'DY Dy dy MON Mon mon'), to_char(timestamp '2024-05-06','MONTH month DAY day');
--> SELECT 1: to_char 25, to_char 25
MON Mon mon MAY May may|MAY       may       MONDAY    monday  \s

SELECT to_char(timestamp '2024-05-06 07:08:09', 'D ID DDD IDDD J Q W WW IW CC Y YY YYY YYYY Y,YYY IYYY IYY IY I');
--> SELECT 1: to_char 25
2 1 127 127 2460437 2 1 19 19 21 4 24 024 2024 2,024 2024 024 24 4

SELECT to_char(timestamp '2024-05-06 07:08:09.123', 'MS US SSSS SSSSS FF1 FF2 FF3 FF4 FF5 FF6');
--> SELECT 1: to_char 25
123 123000 25689 25689 1 12 123 1230 12300 123000

SELECT to_char(timestamp '2024-05-06 07:08:09', 'DDth FMDDth MMTH "day of" YYYY RM rm');
--> SELECT 1: to_char 25
06th 6th 05TH day of 2024 V    v  \s

SELECT to_char(timestamp '2024-05-01', 'DDth'), to_char(timestamp '2024-05-02', 'DDth'), to_char(timestamp '2024-05-03', 'DDTH'), to_char(timestamp '2024-05-11', 'DDth'), to_char(timestamp '2024-05-21','DDth');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25, to_char 25
01st|02nd|03RD|11th|21st

SELECT to_char(timestamptz '2024-05-06 07:08:09+00', 'YYYY-MM-DD HH24:MI:SS TZ OF TZH:TZM tz');
--> SELECT 1: to_char 25
2024-05-06 07:08:09 UTC +00 +00:00 utc

SELECT to_char(date '2024-05-06', 'DD.MM.YYYY'), to_char(time '07:08:09', 'HH24:MI');
--> SELECT 1: to_char 25, to_char 25
06.05.2024|07:08

SELECT to_char(interval '3 days 04:05:06', 'DD HH24:MI:SS'), to_char(interval '15h 2m 12s', 'HH24:MI:SS'), to_char(interval '1 year 2 months', 'YYYY MM');
--> SELECT 1: to_char 25, to_char 25, to_char 25
03 04:05:06|15:02:12|0001 02

SELECT to_char(12345.678, '99999.99'), to_char(12345.678, 'FM99999.99'), to_char(1234567.891, '9,999,999.99'), to_char(-12.3, '999.99');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25
 12345.68|12345.68| 1,234,567.89| -12.30

SELECT to_char(0.5, '0.99'), to_char(0.5, '9.99'), to_char(5, '000'), to_char(5, 'FM000'), to_char(125, '999'), to_char(1255, '999');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25, to_char 25, to_char 25
 0.50|  .50| 005|005| 125| ###

SELECT to_char(12, 'S99'), to_char(-12, 'S99'), to_char(12, '99S'), to_char(-12, '99MI'), to_char(12, '99PL'), to_char(-12, '99PR'), to_char(12, 'SG99');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25, to_char 25, to_char 25, to_char 25
+12|-12|12+|12-| 12+|<12>|+12

SELECT to_char(485, 'RN'), to_char(485, 'FMRN'), to_char(4, 'FMrn'), to_char(482, '999th'), to_char(1, 'FM9th');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25, to_char 25
        CDLXXXV|CDLXXXV|iv| 482nd|1st

SELECT to_char(0.1, 'FM9.9'), to_char(148.5, 'FM999.990'), to_char(148.5::float8, '999.999'), to_char(12::int8, '9999');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25
.1|148.500| 148.500|   12

SELECT to_char(12, '99V999'), to_char(12.4, '99V999'), to_char(1234, 'L9,999'), to_char(0.00012::float8, '9.99EEEE'), to_char(12345, '9.9EEEE');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25, to_char 25
 12000| 12400|  1,234| 1.20e-04| 1.2e+04

SELECT to_char(1234.5, '9G999D99'), to_char(0, '999'), to_char(0.0, 'FM999.00'), to_char(-0.3, '0.0'), to_char(NULL::numeric, '9');
--> SELECT 1: to_char 25, to_char 25, to_char 25, to_char 25, to_char 25
 1,234.50|   0|.00|-0.3|∅

SELECT to_date('05 Dec 2000', 'DD Mon YYYY'), to_date('2024-05-06', 'YYYY-MM-DD'), to_date('20240506', 'YYYYMMDD'), to_date('6.5.24','DD.MM.YY');
--> SELECT 1: to_date 1082, to_date 1082, to_date 1082, to_date 1082
2000-12-05|2024-05-06|2024-05-06|2024-05-06

SELECT to_date('December 5, 2000', 'FMMonth DD, YYYY'), to_date('2024 127','YYYY DDD'), to_date('2024-W19-1','IYYY-"W"IW-ID'), to_date('Monday, 05 MAY 2024', 'DAY, DD MONTH YYYY');
--> SELECT 1: to_date 1082, to_date 1082, to_date 1082, to_date 1082
2000-12-05|2024-05-06|2024-05-06|2024-05-05

SELECT to_timestamp('05 Dec 2000', 'DD Mon YYYY'), to_timestamp('2024-05-06 07:08:09', 'YYYY-MM-DD HH24:MI:SS'), to_timestamp('2024-05-06 07:08:09.123','YYYY-MM-DD HH24:MI:SS.MS');
--> SELECT 1: to_timestamp 1184, to_timestamp 1184, to_timestamp 1184
2000-12-05 00:00:00+00|2024-05-06 07:08:09+00|2024-05-06 07:08:09.123+00

SELECT to_timestamp('2024-05-06 12:00 am', 'YYYY-MM-DD HH12:MI am');
--> SELECT 1: to_timestamp 1184
2024-05-06 00:00:00+00

SELECT to_timestamp(1700000000), to_timestamp(1700000000.5), to_timestamp(0);
--> SELECT 1: to_timestamp 1184, to_timestamp 1184, to_timestamp 1184
2023-11-14 22:13:20+00|2023-11-14 22:13:20.5+00|1970-01-01 00:00:00+00

SELECT to_date('2024-13-01', 'YYYY-MM-DD');
--> 22008 date/time field value out of range: "2024-13-01"

SELECT to_date('2024-02-30', 'YYYY-MM-DD');
--> 22008 date/time field value out of range: "2024-02-30"

SELECT to_date('abc', 'YYYY-MM-DD');
--> 22007 invalid value "abc" for "YYYY"

SELECT to_timestamp('2024-05-06 25:00', 'YYYY-MM-DD HH24:MI');
--> 22008 date/time field value out of range: "2024-05-06 25:00"

SELECT to_number('12,454.8-', '99G999D9S'), to_number('1234', '9999'), to_number('-12.5', 'S99.9');
--> SELECT 1: to_number 1700, to_number 1700, to_number 1700
-12454.8|1234|-12.5

SELECT interval '1 day', interval '1' day, interval '2' hour, interval '1 2:03:04' day to second, interval '1-2' year to month, interval '90' minute, interval '3' month, interval '4' year;
--> SELECT 1: interval 1186, interval 1186, interval 1186, interval 1186, interval 1186, interval 1186, interval 1186, interval 1186
1 day|1 day|02:00:00|1 day 02:03:04|1 year 2 mons|01:30:00|3 mons|4 years

SELECT INTERVAL '1 year 2 months 3 days 4 hours 5 minutes 6 seconds', interval '-1 year 2 days', interval '1 week', interval 'P1Y2M3DT4H5M6S', interval '1.5 hours', interval '0.5 months';
--> SELECT 1: interval 1186, interval 1186, interval 1186, interval 1186, interval 1186, interval 1186
1 year 2 mons 3 days 04:05:06|-1 years +2 days|7 days|1 year 2 mons 3 days 04:05:06|01:30:00|15 days

SELECT interval '1 day' = interval '24 hours', interval '1 month' = interval '30 days', interval '2 days' > interval '47 hours', interval '1 hour' < interval '61 minutes';
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16, ?column? 16
t|t|t|t

SELECT -interval '1 day', - interval '1 month 2 hours', interval '1 day' - interval '1 hour', interval '3 hours' * 1.5, 2 * interval '1 day 12 hours', interval '1 hour' / 2, interval '1 day' / 2.5;
--> SELECT 1: ?column? 1186, ?column? 1186, ?column? 1186, ?column? 1186, ?column? 1186, ?column? 1186, ?column? 1186
-1 days|-1 mons -02:00:00|1 day -01:00:00|04:30:00|2 days 24:00:00|00:30:00|09:36:00

SELECT date '2024-01-31' + interval '1 month', date '2024-03-31' - interval '1 month', timestamp '2024-03-31 10:00' - interval '1 month 1 day';
--> SELECT 1: ?column? 1114, ?column? 1114, ?column? 1114
2024-02-29 00:00:00|2024-02-29 00:00:00|2024-02-28 10:00:00

SELECT interval '1 day' + date '2024-01-01', interval '1 hour' + timestamp '2024-01-01', time '10:00' + interval '2 hours', time '23:00' + interval '3 hours', time '10:00' - time '08:30';
--> SELECT 1: ?column? 1114, ?column? 1114, ?column? 1083, ?column? 1083, ?column? 1186
2024-01-02 00:00:00|2024-01-01 01:00:00|12:00:00|02:00:00|01:30:00

SELECT date '2024-01-01' + time '10:30', time '10:30' + date '2024-01-01', date '2024-05-06' - timestamp '2024-05-05 12:00';
--> SELECT 1: ?column? 1114, ?column? 1114, ?column? 1186
2024-01-01 10:30:00|2024-01-01 10:30:00|12:00:00

SELECT timestamptz '2024-01-31 10:00+00' + interval '1 month', timestamptz '2024-01-02 00:00+00' - timestamptz '2024-01-01 12:00+00';
--> SELECT 1: ?column? 1184, ?column? 1186
2024-02-29 10:00:00+00|12:00:00

SELECT extract(year from date '2024-05-06'), extract(month from timestamp '2024-05-06 07:08:09'), extract(dow from date '2024-05-05'), extract(isodow from date '2024-05-05');
--> SELECT 1: extract 1700, extract 1700, extract 1700, extract 1700
2024|5|0|7

SELECT extract(week from date '2024-01-01'), extract(isoyear from date '2024-12-30'), extract(doy from date '2024-12-31'), extract(quarter from date '2024-05-06'), extract(century from date '2024-05-06'), extract(millennium from date '2024-05-06'), extract(decade from date '2024-05-06'), extract(julian from date '2024-05-06');
--> SELECT 1: extract 1700, extract 1700, extract 1700, extract 1700, extract 1700, extract 1700, extract 1700, extract 1700
1|2025|366|2|21|3|202|2460437

SELECT extract(hour from time '07:08:09'), extract(minute from time '07:08:09'), extract(microseconds from time '07:08:09.25');
--> SELECT 1: extract 1700, extract 1700, extract 1700
7|8|9250000

SELECT extract(day from interval '3 days 5 hours'), extract(hour from interval '3 days 5 hours'), extract(month from interval '14 months'), extract(year from interval '14 months');
--> SELECT 1: extract 1700, extract 1700, extract 1700, extract 1700
3|5|2|1

SELECT extract(timezone from timestamptz '2024-01-01 00:00+00'), extract(timezone_hour from timestamptz '2024-01-01 00:00+00');
--> SELECT 1: extract 1700, extract 1700
0|0

SELECT date_part('year', date '2024-05-06'), date_part('second', timestamp '2024-05-06 07:08:09.5'), date_part('epoch', interval '1 hour'), date_part('dow', timestamp '2024-05-06');
--> SELECT 1: date_part 701, date_part 701, date_part 701, date_part 701
2024|9.5|3600|1

SELECT date_part('hour', date '2024-05-06');
--> SELECT 1: date_part 701
0

SELECT date_trunc('day', timestamp '2024-05-06 07:08:09'), date_trunc('week', date '2024-05-09'), date_trunc('quarter', timestamp '2024-05-06'), date_trunc('decade', timestamp '2024-05-06'), date_trunc('century', timestamp '2024-05-06'), date_trunc('millennium', timestamp '2024-05-06');
--> SELECT 1: date_trunc 1114, date_trunc 1184, date_trunc 1114, date_trunc 1114, date_trunc 1114, date_trunc 1114
2024-05-06 00:00:00|2024-05-06 00:00:00+00|2024-04-01 00:00:00|2020-01-01 00:00:00|2001-01-01 00:00:00|2001-01-01 00:00:00

SELECT date_trunc('hour', interval '3 days 02:47:33'), date_trunc('month', interval '1 year 5 months 3 days'), date_trunc('minute', timestamptz '2024-05-06 07:08:09+00');
--> SELECT 1: date_trunc 1186, date_trunc 1186, date_trunc 1184
3 days 02:00:00|1 year 5 mons|2024-05-06 07:08:00+00

SELECT date_trunc('day', timestamptz '2024-05-06 07:08:09+00', 'UTC');
--> SELECT 1: date_trunc 1184
2024-05-06 00:00:00+00

SELECT date_bin('15 minutes', timestamp '2024-05-06 07:08:09', timestamp '2024-01-01'), date_bin(interval '1 day', timestamp '2024-05-06 07:08:09', timestamp '2024-01-01 03:00');
--> SELECT 1: date_bin 1114, date_bin 1114
2024-05-06 07:00:00|2024-05-06 03:00:00

SELECT age(timestamp '2024-05-06', timestamp '2020-02-29'), age(date '2024-01-01', date '2023-12-31'), age(timestamp '2024-03-01', timestamp '2024-01-31'), age(timestamp '2023-12-31', timestamp '2024-05-06');
--> SELECT 1: age 1186, age 1186, age 1186, age 1186
4 years 2 mons 6 days|1 day|1 mon 1 day|-4 mons -6 days

SELECT make_interval(1,2,3,4,5,6,7.5), make_interval(days => 10), make_interval(hours := 2, mins := 30), make_interval(secs => 90.5), make_interval();
--> SELECT 1: make_interval 1186, make_interval 1186, make_interval 1186, make_interval 1186, make_interval 1186
1 year 2 mons 25 days 05:06:07.5|10 days|02:30:00|00:01:30.5|00:00:00

SELECT make_date(2024,5,6), make_time(7,8,9.5), make_timestamp(2024,5,6,7,8,9.5), make_timestamptz(2024,5,6,7,8,9.5);
--> SELECT 1: make_date 1082, make_time 1083, make_timestamp 1114, make_timestamptz 1184
2024-05-06|07:08:09.5|2024-05-06 07:08:09.5|2024-05-06 07:08:09.5+00

SELECT justify_days(interval '35 days'), justify_hours(interval '27 hours'), justify_interval(interval '1 mon -1 hour'), isfinite(date '2024-01-01');
--> SELECT 1: justify_days 1186, justify_hours 1186, justify_interval 1186, isfinite 16
1 mon 5 days|1 day 03:00:00|29 days 23:00:00|t

SELECT interval 'foo';
--> 22007 invalid input syntax for type interval: "foo"

SELECT now() - now(), now() > now() - interval '1 day', current_date - current_date, (now() - interval '1 day')::date = current_date - 1;
--> SELECT 1: ?column? 1186, ?column? 16, ?column? 23, ?column? 16
00:00:00|t|0|t

SELECT timestamp '2024-01-01' > date '2023-12-31', date '2024-01-01' = timestamp '2024-01-01 00:00', timestamp '2024-01-01' BETWEEN date '2023-01-01' AND date '2024-12-31';
--> SELECT 1: ?column? 16, ?column? 16, ?column? 16
t|t|t

SELECT (date '2024-01-01', date '2024-03-01') OVERLAPS (date '2024-02-01', date '2024-04-01'), (timestamp '2024-01-01', interval '1 day') OVERLAPS (timestamp '2024-01-02', interval '1 day');
--> SELECT 1: overlaps 16, overlaps 16
t|f

SELECT md5('abc'), md5(''), md5('abc'::bytea), md5(NULL);
--> SELECT 1: md5 25, md5 25, md5 25, md5 25
900150983cd24fb0d6963f7d28e17f72|d41d8cd98f00b204e9800998ecf8427e|900150983cd24fb0d6963f7d28e17f72|∅

SELECT sha224('abc'), sha256('abc'), encode(sha256('abc'), 'hex');
--> SELECT 1: sha224 17, sha256 17, encode 25
\\x23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7|\\xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad|ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad

SELECT sha384('abc'), sha512('abc');
--> SELECT 1: sha384 17, sha512 17
\\xcb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7|\\xddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f

SELECT encode('abc'::bytea, 'hex'), encode('abc'::bytea, 'base64'), encode('\x000102ff'::bytea, 'escape'), encode(E'\\x00ff'::bytea, 'hex');
--> SELECT 1: encode 25, encode 25, encode 25, encode 25
616263|YWJj|\\000\\377|00ff

SELECT decode('616263', 'hex'), decode('YWJj', 'base64'), decode('a\\142c', 'escape'), convert_from(decode('YWJj','base64'), 'UTF8'), convert_to('abc', 'UTF8');
--> SELECT 1: decode 17, decode 17, decode 17, convert_from 25, convert_to 17
\\x616263|\\x616263|\\x615c31343263|abc|\\x616263

SELECT encode('abc'::bytea, 'foo');
--> 22023 unrecognized encoding: "foo"

SELECT decode('zz', 'hex');
--> 22023 invalid hexadecimal digit: "z"

SELECT decode('6', 'hex');
--> 22023 invalid hexadecimal data: odd number of digits

SELECT encode(sha512(repeat('x',100)::bytea), 'base64');
--> SELECT 1: encode 25
h51FbrZKle15OfRZEdYgwzu6OnYbAdku3gYlDGOwMzTvuR+VvIYSMFO5kliwjZUY00MDCjjtD4YS\nT+q8MbboIQ==

SELECT encode(decode(repeat('ab', 80), 'hex'), 'base64');
--> SELECT 1: encode 25
q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6ur\nq6urq6urq6urq6urq6urq6urq6urq6s=

SELECT get_bit('\x05'::bytea, 0), set_byte('\x0102'::bytea, 0, 255), set_bit('\x00'::bytea, 0, 1);
--> SELECT 1: get_bit 23, set_byte 17, set_bit 17
1|\\xff02|\\x01

SELECT timestamp '2024-01-01 12:00' AT TIME ZONE 'America/New_York', timestamptz '2024-07-01 12:00+00' AT TIME ZONE 'Europe/Berlin', timestamptz '2024-07-01 12:00+00' AT TIME ZONE '+02', timestamptz '2024-07-01 12:00+00' AT TIME ZONE INTERVAL '2 hours';
--> SELECT 1: timezone 1184, timezone 1114, timezone 1114, timezone 1114
2024-01-01 17:00:00+00|2024-07-01 14:00:00|2024-07-01 10:00:00|2024-07-01 14:00:00

SELECT '2024-01-01'::date::text, '2024-01-01 10:00'::timestamp::text, '2024-01-01 10:00+02'::timestamptz::text, '1 day'::interval::text, '10:00'::time::text;
--> SELECT 1: text 25, text 25, text 25, text 25, text 25
2024-01-01|2024-01-01 10:00:00|2024-01-01 08:00:00+00|1 day|10:00:00

SELECT '2024-5-6'::date, 'May 6, 2024'::date, '6 May 2024'::date, '20240506'::date, '2024-127'::date, '5/6/2024'::date, '2024/05/06'::date;
--> SELECT 1: date 1082, date 1082, date 1082, date 1082, date 1082, date 1082, date 1082
2024-05-06|2024-05-06|2024-05-06|2024-05-06|2024-05-06|2024-05-06|2024-05-06

SELECT '2024-05-06T07:08:09Z'::timestamptz, '2024-05-06 07:08'::timestamp, '2024-05-06 07:08:09 UTC'::timestamptz, '2024-05-06 7:08 PM'::timestamp, '2024-05-06 07:08:09+05:30'::timestamptz, '20240506T070809'::timestamp;
--> SELECT 1: timestamptz 1184, timestamp 1114, timestamptz 1184, timestamp 1114, timestamptz 1184, timestamp 1114
2024-05-06 07:08:09+00|2024-05-06 07:08:00|2024-05-06 07:08:09+00|2024-05-06 19:08:00|2024-05-06 01:38:09+00|2024-05-06 07:08:09

SELECT 'allballs'::time, '07:08'::time, '7:08 pm'::time, '070809'::time, '24:00:00'::time;
--> SELECT 1: time 1083, time 1083, time 1083, time 1083, time 1083
00:00:00|07:08:00|19:08:00|07:08:09|24:00:00

SELECT 'today'::date = current_date, 'epoch'::timestamp, 'tomorrow'::date - 'yesterday'::date;
--> SELECT 1: ?column? 16, timestamp 1114, ?column? 23
t|1970-01-01 00:00:00|2

SELECT '2024-02-30'::date;
--> 22008 date/time field value out of range: "2024-02-30"

SELECT '25:00'::time;
--> 22008 date/time field value out of range: "25:00"

SELECT 'x'::timestamp;
--> 22007 invalid input syntax for type timestamp: "x"

SELECT timestamp(0) '2024-05-06 07:08:09.6', '2024-05-06 07:08:09.123456'::timestamp(3), now()::timestamp(0) IS NOT NULL, time(0) '10:00:00.7', current_timestamp(0) IS NOT NULL, localtime(0) IS NOT NULL, interval(0) '1.6 seconds';
--> SELECT 1: timestamp 1114, timestamp 1114, ?column? 16, time 1083, ?column? 16, ?column? 16, interval 1186
2024-05-06 07:08:10|2024-05-06 07:08:09.123|t|10:00:01|t|t|00:00:02

SELECT generate_series(timestamp '2024-01-01', timestamp '2024-01-03', interval '1 day');
--> SELECT 3: generate_series 1114
2024-01-01 00:00:00
2024-01-02 00:00:00
2024-01-03 00:00:00

SELECT d::date FROM generate_series(date '2024-01-30', date '2024-03-30', '1 month') AS d;
--> SELECT 3: d 1082
2024-01-30
2024-02-29
2024-03-29

SELECT sum(interval '1 hour' * g::int4) FROM generate_series(1,3) g;
--> SELECT 1: sum 1186
06:00:00

SELECT avg(x) FROM (VALUES (interval '1 hour'), (interval '2 hours')) t(x);
--> SELECT 1: avg 1186
01:30:00

SELECT min(x), max(x) FROM (VALUES (interval '1 month'), (interval '20 days'), (interval '31 days')) t(x);
--> SELECT 1: min 1186, max 1186
20 days|31 days

SELECT x FROM (VALUES (interval '1 month'), (interval '20 days'), (interval '31 days'), (interval '-1 day')) t(x) ORDER BY x;
--> SELECT 4: x 1186
-1 days
20 days
1 mon
31 days

SELECT x, count(*) FROM (VALUES (interval '1 day'), (interval '24 hours')) t(x) GROUP BY x;
--> SELECT 1: x 1186, count 20
1 day|2

SELECT DISTINCT x FROM (VALUES (interval '1 day'), (interval '24 hours'), (interval '2 days')) t(x) ORDER BY x;
--> SELECT 2: x 1186
1 day
2 days

CREATE TABLE spans (id int8 PRIMARY KEY, i interval, t time, d date, ts timestamp, tz timestamptz);
--> CREATE TABLE

INSERT INTO spans VALUES (1, '1 month', '10:00', '2024-01-01', '2024-01-01 10:00', '2024-01-01 10:00+02'), (2, '20 days 5 hours', '09:30:15.5', '2023-12-31', '2023-12-31', '2023-12-31 23:00-01'), (3, '100 hours', NULL, NULL, NULL, NULL);
--> INSERT 0 3

SELECT * FROM spans ORDER BY i;
--> SELECT 3: id 20, i 1186, t 1083, d 1082, ts 1114, tz 1184
3|100:00:00|∅|∅|∅|∅
2|20 days 05:00:00|09:30:15.5|2023-12-31|2023-12-31 00:00:00|2024-01-01 00:00:00+00
1|1 mon|10:00:00|2024-01-01|2024-01-01 10:00:00|2024-01-01 08:00:00+00

SELECT id FROM spans WHERE i > interval '5 days' ORDER BY i DESC;
--> SELECT 2: id 20
1
2

SELECT id, d + i, ts + i, tz + i, d + t FROM spans ORDER BY id;
--> SELECT 3: id 20, ?column? 1114, ?column? 1114, ?column? 1184, ?column? 1114
1|2024-02-01 00:00:00|2024-02-01 10:00:00|2024-02-01 08:00:00+00|2024-01-01 10:00:00
2|2024-01-20 05:00:00|2024-01-20 05:00:00|2024-01-21 05:00:00+00|2023-12-31 09:30:15.5
3|∅|∅|∅|∅

SELECT id, date_trunc('month', ts), to_char(tz, 'YYYY-MM-DD"T"HH24:MI:SSOF') FROM spans ORDER BY id;
--> SELECT 3: id 20, date_trunc 1114, to_char 25
1|2024-01-01 00:00:00|2024-01-01T08:00:00+00
2|2023-12-01 00:00:00|2024-01-01T00:00:00+00
3|∅|∅

SELECT max(i), min(i), sum(i), avg(i), max(ts) - min(ts) FROM spans;
--> SELECT 1: max 1186, min 1186, sum 1186, avg 1186, ?column? 1186
1 mon|100:00:00|1 mon 20 days 105:00:00|16 days 51:00:00|1 day 10:00:00

UPDATE spans SET i = i + interval '1 day', d = d + 1, ts = ts + '1 hour' WHERE id = 1 RETURNING i, d, ts;
--> UPDATE 1: i 1186, d 1082, ts 1114
1 mon 1 day|2024-01-02|2024-01-01 11:00:00

SELECT id FROM spans WHERE tz < '2024-01-01 00:00:00+00' OR d = '2024-01-02' ORDER BY id;
--> SELECT 1: id 20
1

SELECT id FROM spans WHERE ts + interval '1 day' > timestamp '2024-01-02' ORDER BY 1;
--> SELECT 1: id 20
1
