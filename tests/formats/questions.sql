-- What every database that is made of make.sql answers; answers.txt has the answers. `{newest}` is the number of the commit
-- that `moment` names.
SELECT id, a, b, c FROM plain ORDER BY id;
SELECT id FROM plain INDEXED BY plain_b ORDER BY b DESC, a;
SELECT hex(k), n, v FROM pair;
SELECT * FROM family ORDER BY size;
SELECT * FROM sqlite_sequence;
SELECT * FROM shape;
SELECT rowid, highlight(words, 1, '[', ']') FROM words('grow') ORDER BY rowid;
SELECT title FROM words('t*') ORDER BY rank, rowid;
SELECT * FROM old_words WHERE body MATCH 'grow*';
SELECT id FROM boxes WHERE x0 <= 1 AND x1 >= 1 AND y0 <= 1 AND y1 >= 1 ORDER BY id;
SELECT id FROM point ORDER BY vector_distance(v, '[12,8,1]', 'euclidean') LIMIT 3;
SELECT id FROM point INDEXED BY point_near ORDER BY vector_distance(v, '[99,1,1]', 'euclidean') LIMIT 1;
SELECT count(*), sum(balance) FROM account;
SELECT count(*), sum(balance) FROM account AS OF COMMIT {newest};
SELECT balance FROM account FOR SYSTEM_TIME ALL WHERE id = 7 ORDER BY system_time;
SELECT balance FROM account FOR SYSTEM_TIME ALL WHERE id = 95 ORDER BY system_time;
PRAGMA user_version;
SELECT name, parent, commits FROM helios_branches WHERE name <> 'main' ORDER BY name;
PRAGMA integrity_check;
PRAGMA foreign_key_check;
SELECT name FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT IN ('price', 'ticket') ORDER BY name;
SELECT table_name, kind, count(*) FROM helios_diff('main', 'trial')
  WHERE table_name IN ('account', 'pair', 'plain') GROUP BY 1, 2 ORDER BY 1, 2;
.branch trial
SELECT id, b FROM plain WHERE id < 5 ORDER BY id;
SELECT count(*), sum(balance) FROM account;
SELECT title FROM words('grow') ORDER BY title;
SELECT count(*), sum(balance) FROM account AS OF COMMIT {newest};
PRAGMA user_version;
PRAGMA integrity_check;
PRAGMA table_info(note);
SELECT id FROM point INDEXED BY point_near ORDER BY vector_distance(v, '[99,1,1]', 'euclidean') LIMIT 1;
.branch twig
SELECT count(*) FROM account;
SELECT * FROM pair WHERE k = 'twig';
