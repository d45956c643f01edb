-- Paths of JSON, in both modes, with their errors.
SELECT jsonb_path_query_array('{"a":[1,2,3]}', '$.a[*]'), jsonb_path_query_first('{"a":[1,2,3]}', '$.a[0]'), jsonb_path_exists('{"a":1}', '$.a')
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_query_first 3802, jsonb_path_exists 16
[1, 2, 3]|1|t

SELECT '{"a":1}'::jsonb @? '$.b', '{"a":5}'::jsonb @@ '$.a > 3', jsonb_path_match('{"a":5}', '$.a == 5')
--> SELECT 1: ?column? 16, ?column? 16, jsonb_path_match 16
f|t|t

SELECT jsonb_path_query('{"a":[1,2,3]}', '$.a[*] ? (@ > 1)')
--> SELECT 2: jsonb_path_query 3802
2
3

SELECT jsonb_path_query_array('{"a":{"b":[{"c":1},{"c":2}]}}', '$.**.c'), jsonb_path_query_array('[[1,2],[3]]', '$.**{2}'), jsonb_path_query_array('{"x":[1,2,3,4]}', '$.x[last], $.x[0]')
--> 42601 syntax error at or near "," of jsonpath input

SELECT jsonb_path_query_array('{"x":[1,2,3,4]}', '$.x[last]'), jsonb_path_query_array('{"x":[1,2,3,4]}', '$.x[1 to last]'), jsonb_path_query_array('{"x":[1,2,3,4]}', '$.x[0, 2]'), jsonb_path_query_array('{"x":[1,2,3,4]}', '$.x[last - 1]')
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_query_array 3802, jsonb_path_query_array 3802, jsonb_path_query_array 3802
[4]|[2, 3, 4]|[1, 3]|[3]

SELECT jsonb_path_query_array('{"p":[{"n":"Ann","age":30},{"n":"Bob","age":17}]}', '$.p[*] ? (@.age >= 18 && @.n starts with "A").n'), jsonb_path_query_array('{"p":[{"n":"Ann"},{"n":"bob"}]}', '$.p[*].n ? (@ like_regex "^b" flag "i")')
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_query_array 3802
["Ann"]|["bob"]

SELECT jsonb_path_query_array('[1,"a",null,true,{},[]]', '$[*].type()'), jsonb_path_query('[1,2]', '$.size()'), jsonb_path_query('"1.5"', '$.double()'), jsonb_path_query('-1.5', '$.abs()'), jsonb_path_query('1.2', '$.ceiling()'), jsonb_path_query('1.8', '$.floor()')
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_query 3802, jsonb_path_query 3802, jsonb_path_query 3802, jsonb_path_query 3802, jsonb_path_query 3802
["number", "string", "null", "boolean", "object", "array"]|2|1.5|1.5|2|1

SELECT jsonb_path_query('{"a":3,"b":4}', '$.a + $.b * 2'), jsonb_path_query('7', '-$'), jsonb_path_query('7', '$ % 4'), jsonb_path_query('{"a":[1,2]}', '-$.a')
--> SELECT 2: jsonb_path_query 3802, jsonb_path_query 3802, jsonb_path_query 3802, jsonb_path_query 3802
11|-7|3|-1
∅|∅|∅|-2

SELECT jsonb_path_query_array('{"a":[5,6,7]}', '$.a[*] ? (@ > $min)', '{"min":5}'), jsonb_path_exists('{"a":1}', 'strict $.b', '{}', true)
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_exists 16
[6, 7]|∅

SELECT jsonb_path_query('{"a":1}', 'strict $.b')
--> 2203A JSON object does not contain key "b"

SELECT jsonb_path_query('{"a":1}', 'strict $.a[*]')
--> 22039 jsonpath wildcard array accessor can only be applied to an array

SELECT jsonb_path_query('{"a":1}', '$.a +')
--> 42601 syntax error at end of jsonpath input

SELECT jsonb_path_query('{"a":1}', '')
--> 22P02 invalid input syntax for type jsonpath: ""

SELECT jsonb_path_match('{"a":1}', '$.a')
--> 22038 single boolean result is expected

SELECT jsonb_path_query('{"a":1}', '$x')
--> 42704 could not find jsonpath variable "x"

SELECT jsonb_path_query('[1]', '$[5]'), jsonb_path_query('[1]', 'lax $[0]')
--> SELECT 1: jsonb_path_query 3802, jsonb_path_query 3802
∅|1

SELECT jsonb_path_query('[1]', 'strict $[5]')
--> 22033 jsonpath array subscript is out of bounds

SELECT jsonb_path_query('{"a":1}', '$.a / 0')
--> 22012 division by zero

SELECT jsonb_path_query_array('{"k":1,"longer":2}', '$.keyvalue().key'), jsonb_path_query_array('{"a":{"x":1},"b":2}', '$.*')
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_query_array 3802
["k", "longer"]|[{"x": 1}, 2]

SELECT jsonb_path_query_array('[{"a":1},{"b":2}]', '$[*] ? (exists(@.a))'), jsonb_path_query_array('[1,"x",null]', '$[*] ? ((@ > 0) is unknown)'), jsonb_path_query_array('[1,2,3]', '$[*] ? (!(@ == 2))')
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_query_array 3802, jsonb_path_query_array 3802
[{"a": 1}]|["x"]|[1, 3]

SELECT jsonb_path_query_array('{"a b":1}', '$."a b"'), jsonb_path_query('null', '$ == null'), jsonb_path_query('1', '$ == "1"'), jsonb_path_query('true', '$ == true || $ == false')
--> SELECT 1: jsonb_path_query_array 3802, jsonb_path_query 3802, jsonb_path_query 3802, jsonb_path_query 3802
[1]|true|null|true

SELECT NULL::jsonb @? '$', jsonb_path_exists(NULL, '$'), jsonb_path_query_first('[]', '$[*]') IS NULL
--> SELECT 1: ?column? 16, jsonb_path_exists 16, ?column? 16
∅|∅|t

SELECT data FROM (VALUES ('{"t":["x","y"]}'::jsonb), ('{"t":["z"]}')) AS v(data) WHERE data @? '$.t[*] ? (@ == "z")'
--> SELECT 1: data 3802
{"t": ["z"]}

SELECT data, jsonb_path_query(data, '$.t[*]') FROM (VALUES (1, '{"t":["x","y"]}'::jsonb), (2, '{"t":["z"]}')) AS v(n, data) ORDER BY n
--> SELECT 3: data 3802, jsonb_path_query 3802
{"t": ["x", "y"]}|"x"
{"t": ["x", "y"]}|"y"
{"t": ["z"]}|"z"

SELECT jsonb_path_query('1', 'strict $.b')
--> 2203A jsonpath member accessor can only be applied to an object

SELECT jsonb_path_query('1', 'strict $.*')
--> 2203C jsonpath wildcard member accessor can only be applied to an object

SELECT jsonb_path_query('"x"', '$.abs()')
--> 22036 jsonpath item method .abs() can only be applied to a numeric value

SELECT jsonb_path_query('1', 'strict $.size()')
--> 22039 jsonpath item method .size() can only be applied to an array

SELECT jsonb_path_query('"x"', '$ + 1')
--> 22038 left operand of jsonpath operator + is not a single numeric value

SELECT jsonb_path_query('[1]', '$["a"]')
--> 22033 jsonpath array subscript is not a single numeric value

SELECT jsonb_path_query('1', 'strict $.keyvalue()')
--> 2203C jsonpath item method .keyvalue() can only be applied to an object
