-- What https://sqlite.org/json1.html promises, in its order.
-- 3 Interface overview: JSON5 in, RFC 8259 out; JSONB; paths; values.
SELECT json('{a:1, ''b'': .5, c: 0x10, d: [1,2,], e: Infinity, /* comment */ f: ''it\''s''}');
SELECT json_extract('{"a":{"b":[10,20,30]}}', '$'), json_extract('{"a":{"b":[10,20,30]}}', '$.a.b[1]'), json_extract('{"a":{"b":[10,20,30]}}', '$.a.b[#-1]'), json_extract('{"a":{"b":[10,20,30]}}', '$.a.b[#]');
SELECT json_array(json('[1,2]'), '[1,2]', jsonb('[1,2]'), json_array(1, 2));
SELECT json_object('ex', '[52,3.14159]'), json_object('ex', json('[52,3.14159]')), json_object('ex', json_array(52, 3.14159));
SELECT json('"a"') ->> '$', json_valid('"a' || char(9) || 'b"'), json_valid('"a' || char(9) || 'b"', 2);
-- 4.1 json().
SELECT json(' { "this" : "is", "a": [ "test" ] } ');
SELECT json('{"a":1,"a":2}');
SELECT json('{"a":1');
-- 4.2 jsonb().
SELECT hex(jsonb(' { "this" : "is", "a": [ "test" ] } ')), typeof(jsonb('1'));
-- 4.3 json_array().
SELECT json_array(1, 2, '3', 4), json_array('[1,2]'), json_array(json_array(1, 2)), json_array(1, null, '3', '[4,5]', '{"six":7.7}');
SELECT json_array(1, null, '3', json('[4,5]'), json('{"six":7.7}'));
SELECT json_array(x'ff');
-- 4.5 json_array_length().
SELECT json_array_length('[1,2,3,4]'), json_array_length('[1,2,3,4]', '$'), json_array_length('[1,2,3,4]', '$[2]'), json_array_length('{"one":[1,2,3]}'), json_array_length('{"one":[1,2,3]}', '$.one'), json_array_length('{"one":[1,2,3]}', '$.two');
-- 4.6 json_error_position().
SELECT json_error_position('{"a":1}'), json_error_position('{"a":1'), json_error_position('[1,2,x]'), json_error_position(NULL), json_error_position('["é",x]');
-- 4.7 json_extract().
SELECT json_extract('{"a":2,"c":[4,5,{"f":7}]}', '$'), json_extract('{"a":2,"c":[4,5,{"f":7}]}', '$.c'), json_extract('{"a":2,"c":[4,5,{"f":7}]}', '$.c[2]'), json_extract('{"a":2,"c":[4,5,{"f":7}]}', '$.c[2].f');
SELECT json_extract('{"a":2,"c":[4,5],"f":7}', '$.c', '$.a'), json_extract('{"a":2,"c":[4,5],"f":7}', '$.c[#-1]'), json_extract('{"a":2,"c":[4,5,{"f":7}]}', '$.x'), json_extract('{"a":2,"c":[4,5,{"f":7}]}', '$.x', '$.a'), json_extract('{"a":"xyz"}', '$.a'), json_extract('{"a":null}', '$.a');
SELECT hex(jsonb_extract('{"a":2,"c":[4,5]}', '$.c')), jsonb_extract('{"a":2,"c":[4,5]}', '$.a');
-- 4.9 -> and ->>.
SELECT '{"a":2,"c":[4,5,{"f":7}]}' -> '$', '{"a":2,"c":[4,5,{"f":7}]}' -> '$.c', '{"a":2,"c":[4,5,{"f":7}]}' -> 'c', '{"a":2,"c":[4,5,{"f":7}]}' -> '$.c[2]', '{"a":2,"c":[4,5,{"f":7}]}' -> '$.c[2].f', '{"a":2,"c":[4,5],"f":7}' -> 'c' -> -1;
SELECT '{"a":2,"c":[4,5,{"f":7}]}' ->> '$.c[2].f', '{"a":2,"c":[4,5,{"f":7}]}' -> '$.x', '[11,22,33,44]' -> 3, '[11,22,33,44]' ->> 3, '{"a":"xyz"}' -> '$.a', '{"a":"xyz"}' ->> '$.a', '{"a":null}' -> '$.a', '{"a":null}' ->> '$.a', '[1,2]' -> '0', '{"0":5}' -> '0';
-- 4.10 json_insert(), json_replace(), json_set().
SELECT json_insert('[1,2,3,4]', '$[#]', 99), json_insert('[1,[2,3],4]', '$[1][#]', 99), json_insert('{"a":2,"c":4}', '$.a', 99), json_insert('{"a":2,"c":4}', '$.e', 99), json_replace('{"a":2,"c":4}', '$.a', 99), json_replace('{"a":2,"c":4}', '$.e', 99), json_set('{"a":2,"c":4}', '$.a', 99), json_set('{"a":2,"c":4}', '$.e', 99);
SELECT json_set('{"a":2,"c":4}', '$.c', '[97,96]'), json_set('{"a":2,"c":4}', '$.c', json('[97,96]')), json_set('{"a":2,"c":4}', '$.c', json_array(97, 96));
SELECT json_set('{"a":1}', '$.a', 2, '$.b', 3, '$.a', 4), json_set('{}', '$.a.b.c[0]', 1), json_set('{}', '$.a[1]', 1);
SELECT json_set('{}', '$.a');
SELECT json_array_insert('[1,2,3]', '$[0]', 0), json_array_insert('[1,2,3]', '$[#]', 4), json_array_insert('[1,2,3]', '$[#-1]', json('[9]')), json_array_insert('{"a":[1]}', '$.a[0]', 0);
SELECT json_array_insert('{"a":1}', '$.a', 0);
-- 4.12 json_object().
SELECT json_object('a', 2, 'c', 4), json_object('a', 2, 'c', '{e:5}'), json_object('a', 2, 'c', json_object('e', 5)), json_object();
SELECT json_object(1, 2);
SELECT json_object('a');
-- 4.14 json_patch().
SELECT json_patch('{"a":1,"b":2}', '{"c":3,"d":4}'), json_patch('{"a":[1,2],"b":2}', '{"a":9}'), json_patch('{"a":[1,2],"b":2}', '{"a":null}'), json_patch('{"a":1,"b":2}', '{"a":9,"b":null,"c":8}'), json_patch('{"a":{"x":1,"y":2},"b":3}', '{"a":{"y":9},"c":8}');
-- 4.16 json_pretty().
SELECT json_pretty('{"a":[1,2,{}],"b":{"c":null}}'), json_pretty('[1]', '	'), json_pretty('[[],{}]', NULL);
-- 4.17 json_remove().
SELECT json_remove('[0,1,2,3,4]', '$[2]'), json_remove('[0,1,2,3,4]', '$[2]', '$[0]'), json_remove('[0,1,2,3,4]', '$[0]', '$[2]'), json_remove('[0,1,2,3,4]', '$[#-1]', '$[0]'), json_remove('{"x":25,"y":42}'), json_remove('{"x":25,"y":42}', '$.z'), json_remove('{"x":25,"y":42}', '$.y'), json_remove('{"x":25,"y":42}', '$');
-- 4.19 json_type().
SELECT json_type('{"a":[2,3.5,true,false,null,"x"]}'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a[0]'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a[1]'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a[2]'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a[3]'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a[4]'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a[5]'), json_type('{"a":[2,3.5,true,false,null,"x"]}', '$.a[6]');
-- 4.20 json_valid().
SELECT json_valid('{"x":35}'), json_valid('{x:35}'), json_valid('{x:35}', 6), json_valid('{"x":35'), json_valid(NULL), json_valid(jsonb('[1]'), 4), json_valid(jsonb('[1]'), 8), json_valid(jsonb('[1]')), json_valid(x'ff', 4), json_valid('1', 8), json_valid('{x:35}', 5);
SELECT json_valid('1', 16);
-- 4.21 json_quote().
SELECT json_quote(3.14159), json_quote('verdant'), json_quote('[1]'), json_quote(json('[1]')), json_quote('[1,'), json_quote(NULL), json_quote(jsonb('{"a":1}'));
-- 4.22 Aggregates.
CREATE TABLE user (name TEXT, phone TEXT);
INSERT INTO user VALUES ('anna', '["704-555-1234","919-555-0000"]'), ('ben', '704-555-4321'), ('cora', '["212-555-1"]'), (NULL, NULL);
SELECT json_group_array(name), json_group_object(name, phone), hex(jsonb_group_array(name)), hex(jsonb_group_object(name, 1)) FROM user;
SELECT json_group_array(json_object('name', name)) FROM user;
SELECT json_group_array(name), hex(jsonb_group_array(name)), json_group_object(name, 1) FROM user WHERE 0;
SELECT json_group_array(name) FILTER (WHERE name > 'b'), json_group_array(DISTINCT length(name)) FROM user;
SELECT json_group_array(name) OVER (ORDER BY name ROWS 1 PRECEDING) FROM user;
SELECT json_group_object(ifnull(name, 'none'), 1) OVER (ORDER BY name ROWS 1 PRECEDING) FROM user;
-- 4.23 json_each() and json_tree().
SELECT * FROM json_each('{"a":1,"b":[2,3],"c":{"d":null}}');
SELECT * FROM json_tree('{"a":1,"b":[2,3],"c":{"d":null}}');
SELECT * FROM json_each('{"a":1,"b":[2,3]}', '$.b');
SELECT * FROM json_tree('{"a":1,"b":[2,3]}', '$.b');
SELECT * FROM json_each('5');
SELECT * FROM json_each(NULL);
SELECT * FROM json_each('[1');
SELECT * FROM json_each('[1]', 'b');
SELECT key, hex(value), type, atom FROM jsonb_each('[[1],"x",{"y":2}]');
SELECT fullkey, hex(value) FROM jsonb_tree('[[1],"x",{"y z":2}]') WHERE type IN ('array', 'object');
SELECT json, root, key FROM json_each('[7]');
SELECT e.rowid, e.id, e.parent, e.path FROM json_tree('[[1],[2]]') AS e;
SELECT DISTINCT user.name FROM user, json_each(user.phone) WHERE json_valid(user.phone) AND json_each.value LIKE '704-%';
SELECT DISTINCT user.name FROM user, json_each(user.phone) WHERE user.phone LIKE '[%' AND json_each.value LIKE '704-%';
SELECT name FROM user WHERE phone LIKE '704-%' UNION SELECT user.name FROM user, json_each(user.phone) WHERE json_valid(user.phone) AND json_each.value LIKE '704-%';
CREATE TABLE big (json JSON);
INSERT INTO big VALUES ('{"id":123,"stuff":[1,2,3,4],"partlist":[{"uuid":"bb108722-572e-11e5-9320-7f3b63a4ca74"},{"uuid":"6fa5181e-5721-11e5-a04e-57f3d7b32808","subassembly":[{"uuid":"bb108732-572e-11e5-9320-7f3b63a4ca74"}]}]}');
SELECT big.rowid, fullkey, value FROM big, json_tree(big.json) WHERE json_tree.type NOT IN ('object', 'array');
SELECT big.rowid, fullkey, atom FROM big, json_tree(big.json) WHERE atom IS NOT NULL;
SELECT DISTINCT json_extract(big.json, '$.id') FROM big, json_tree(big.json, '$.partlist') WHERE json_tree.key = 'uuid' AND json_tree.value = '6fa5181e-5721-11e5-a04e-57f3d7b32808';
-- Arguments are conditions on hidden columns.
SELECT key, value FROM json_each WHERE json = '[1,[5]]' AND root = '$[1]';
SELECT value FROM user JOIN json_each ON json_each.json = user.phone WHERE json_valid(phone);
SELECT name, value FROM json_each(user.phone), user WHERE json_valid(phone);
SELECT count(*) FROM json_each;
SELECT name, (SELECT json_group_array(value) FROM json_each(user.phone)) FROM user WHERE json_valid(phone);
-- Subtypes: what is JSON and what is a text.
SELECT json_group_array(value), json_array((SELECT value FROM json_each('[[5]]'))) FROM json_each('[[1],{"a":2},"[3]",4]');
SELECT json_array(v) FROM (SELECT value AS v FROM json_each('[[1]]'));
SELECT json_array(v) FROM (SELECT value AS v FROM json_each('[[1]]') ORDER BY 1);
SELECT json_array(v) FROM (SELECT json('[1]') AS v);
SELECT value = '[1]', length(value), value || '' FROM json_each('[[1],2]');
SELECT json_array(iif(1, json('[1]'), 2), coalesce(NULL, json('[1]')), nullif(json('[1]'), 2), CAST(json('[1]') AS TEXT), json('[1]') || '', CASE WHEN 1 THEN json('[1]') END);
-- differs: json-of-a-query
SELECT json_object('k', (SELECT json_group_array(name) FROM user));
