-- What https://sqlite.org/jsonb.html promises: the bytes.
-- 2 Encoding: types and sizes.
SELECT hex(jsonb('null')), hex(jsonb('true')), hex(jsonb('false')), hex(jsonb('12')), hex(jsonb('0x1f')), hex(jsonb('1.5')), hex(jsonb('.5')), hex(jsonb('"abc"')), hex(jsonb('"a\nc"')), hex(jsonb('''a"c''')), hex(jsonb_array('a"b')), hex(jsonb('[]')), hex(jsonb('{}'));
SELECT hex(jsonb('"01234567890"')), hex(jsonb('"012345678901"')), hex(substr(jsonb('"' || printf('%.*c', 255, 'x') || '"'), 1, 4)), hex(substr(jsonb('"' || printf('%.*c', 256, 'x') || '"'), 1, 4)), hex(substr(jsonb('"' || printf('%.*c', 65536, 'x') || '"'), 1, 6));
-- Sizes need not be the shortest.
SELECT json(x'C7026162'), json(x'D700026162'), json(x'E7000000026162'), json(x'F700000000000000026162'), json(x'CB00'), json(x'BC1761131317621331176313');
-- 3 Handling of malformed JSONB.
SELECT json_valid(x'2B1331', 4), json_valid(x'2B1331', 8), json_valid(x'2A2241', 8), json_valid(x'2B0D', 8), json_valid(x'2B0D', 4), json_valid(x'0D', 4), json_valid(x'1331', 8), json_valid(x'133A', 8), json_valid(x'', 4);
SELECT json_error_position(x'1331'), json_error_position(x'4C13311331'), json_error_position(x'4C1761133A');
SELECT json(x'2B0D');
SELECT json(x'0D');
SELECT json(x'5B315D'), json(CAST('{"a":1}' AS BLOB)), json_extract(CAST('[7]' AS BLOB), '$[0]');
-- Functions take JSONB wherever they take JSON.
CREATE TABLE t (j BLOB);
INSERT INTO t VALUES (jsonb('{"a":[1,2,{"b":"x"}],"c":null}')), (jsonb('[10,20]')), (jsonb('"s"'));
SELECT json(j), json_type(j), json_array_length(j), j -> '$', j ->> 'a', json_extract(j, '$[0]'), json_valid(j), json_valid(j, 4) FROM t;
SELECT json_set(j, '$.a', 1), json_insert(j, '$[#]', jsonb('[9]')), json_remove(j, '$[0]'), json_patch(j, jsonb('{"n":1}')), json_quote(j), json_array(j), json_pretty(j) FROM t;
SELECT typeof(jsonb_set(j, '$.a', 1)), hex(jsonb_set(j, '$.a[0]', 'y')), hex(jsonb_remove(j, '$.a')) FROM t;
SELECT t.rowid, e.* FROM t, json_each(t.j) AS e;
UPDATE t SET j = jsonb_set(j, '$[0]', 5) WHERE json_type(j) = 'array';
SELECT json(j), hex(j), length(j) FROM t;
SELECT json_group_array(j), json_group_object('k', j) FROM t;
-- A value that is a little shorter gets a longer header in place.
SELECT hex(jsonb_set('[123,4]', '$[0]', 5)), hex(jsonb_set('["1234567890123","x"]', '$[0]', 'y')), hex(jsonb_replace('[[1,2,3],4]', '$[0]', json('[1]'))), hex(jsonb_set('[123,4]', '$[0]', NULL));
