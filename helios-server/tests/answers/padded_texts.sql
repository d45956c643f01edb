-- Texts of a fixed length.
CREATE TABLE t (id int, c char(5), d char, v varchar(5))
--> CREATE TABLE

INSERT INTO t VALUES (1, 'ab', 'x', 'ab'), (2, 'ab   ', 'y', 'ab   '), (3, 'abcde', NULL, 'abcde')
--> INSERT 0 3

SELECT * FROM t ORDER BY id
--> SELECT 3: id 23, c 1042, d 1042, v 1043
1|ab   |x|ab
2|ab   |y|ab  \s
3|abcde|∅|abcde

SELECT id FROM t WHERE c = 'ab' ORDER BY id
--> SELECT 2: id 23
1
2

SELECT id FROM t WHERE c = 'ab     ' ORDER BY id
--> SELECT 2: id 23
1
2

SELECT id FROM t WHERE v = 'ab' ORDER BY id
--> SELECT 1: id 23
1

SELECT length(c), c || '!', c::text || '!', v || '!' FROM t ORDER BY id
--> SELECT 3: length 23, ?column? 25, ?column? 25, ?column? 25
2|ab!|ab!|ab!
2|ab!|ab!|ab   !
5|abcde!|abcde!|abcde!

SELECT 'ab'::char(4), 'abcdef'::char(3), 'abc'::character
--> SELECT 1: bpchar 1042, bpchar 1042, bpchar 1042
ab  |abc|a

INSERT INTO t (c) VALUES ('abcdef')
--> 22001 value too long for type character(5)

INSERT INTO t (c) VALUES ('abcde      ')
--> INSERT 0 1

INSERT INTO t (d) VALUES ('xy')
--> 22001 value too long for type character(1)

SELECT count(DISTINCT c), max(c) FROM t
--> SELECT 1: count 20, max 1042
2|abcde

UPDATE t SET c = 'z' WHERE c IN ('ab ', 'q') RETURNING id, c
--> UPDATE 2: id 23, c 1042
1|z   \s
2|z   \s

SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum
--> SELECT 4: attname 19, format_type 25
id|integer
c|character(5)
d|character(1)
v|character varying(5)

SELECT c FROM t GROUP BY c ORDER BY c
--> SELECT 2: c 1042
abcde
z   \s
