-- ORDER BY in aggregates, string_agg, JSON aggregates, and which values nest in JSON.
CREATE TABLE t(a INTEGER, b TEXT, c REAL);
INSERT INTO t VALUES(1,'x',1.5),(2,'y',2.5),(3,'x',3.5),(4,NULL,4.5),(5,'z',NULL);
SELECT group_concat(a ORDER BY a DESC), string_agg(b, '-'), string_agg(b, '-' ORDER BY b), string_agg(b, a ORDER BY c DESC NULLS LAST) FROM t;
SELECT group_concat(DISTINCT b), group_concat(DISTINCT b ORDER BY b DESC), count(DISTINCT b ORDER BY 1), sum(a ORDER BY c) FROM t;
SELECT b, group_concat(a ORDER BY c DESC, a) FILTER (WHERE a <> 2) FROM t GROUP BY b ORDER BY 2;
SELECT json_group_array(a), json_group_object(b, a), json_group_array(json(json_array(a,b))), json_group_array(json_array(a)) FROM t;
SELECT json_group_array(b ORDER BY a DESC), json_array(json_group_array(b)), json_object('k', json_group_array(b), 'o', json_group_object(b,c)) FROM t;
-- differs: json-of-a-query
SELECT json_object('v', (SELECT json_group_array(b) FROM t)), json_array((SELECT json_object('a', max(a)) FROM t)), json_array((SELECT b FROM t));
SELECT json_group_array(a), json_group_object(b,a) FROM t WHERE 0;
SELECT b, json_group_array(json_object('a', a, 'c', c)) FROM t GROUP BY b;
SELECT json_group_array(a) OVER (ORDER BY a ROWS 1 PRECEDING), json_group_object(b, a) OVER (ORDER BY a DESC) FROM t;
SELECT group_concat(a ORDER BY a) OVER () FROM t;
SELECT sum(a ORDER BY c) OVER (ORDER BY a) FROM t;
SELECT abs(a ORDER BY a) FROM t;
SELECT string_agg(b) FROM t;
SELECT group_concat(b, '-', 'x') FROM t;
SELECT group_concat(), group_concat(*) FROM t;
SELECT count(*) FILTER (WHERE a>2), group_concat(DISTINCT b, ',') FROM t;
SELECT a, (SELECT group_concat(t2.a ORDER BY t2.a DESC) FROM t t2 WHERE t2.b = t.b) FROM t;
SELECT a, (SELECT json_group_array(t2.a) FROM t t2 WHERE t2.b = t.b) FROM t;
SELECT max(a ORDER BY b), min(b ORDER BY a), total(a ORDER BY a), avg(a ORDER BY a) FROM t;
SELECT json_array(max(a), min(b)), json_group_array(1.0), json_group_array(1e20) FROM t;
-- differs: json-of-a-query
SELECT a, json_object('v', (SELECT json_group_array(t2.a) FROM t t2 WHERE t2.b = t.b)) FROM t;
-- differs: json-of-a-query
SELECT a, json_array((SELECT json_array(t2.a) FROM t t2 WHERE t2.b = t.b)) FROM t;
-- differs: json-of-a-query
SELECT json_array((SELECT json_array(1)));
-- differs: json-of-a-query
SELECT json_array((SELECT json_array(a) FROM t));
SELECT json_array(j) FROM (SELECT json_array(a) AS j FROM t);
SELECT json_group_array(j) FROM (SELECT json_array(a) AS j FROM t);
SELECT json_group_array(j) FROM (SELECT b, json_group_array(a) AS j FROM t GROUP BY b);
WITH c AS (SELECT json_array(a) AS j FROM t) SELECT json_group_array(j) FROM c;
SELECT json_array(json_group_array(a)) FROM t GROUP BY b;
SELECT json_array(CASE WHEN 1 THEN json_array(1) END, coalesce(json_array(2), 1), iif(1, json('[1]'), 2), ifnull(NULL, json('{}')), nullif(json('[1]'), 2));
