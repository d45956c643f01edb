-- What https://sqlite.org/lang_datefunc.html promises, in its order.
-- 1 Overview.
SELECT date('2024-05-15 12:34:56'), time('2024-05-15 12:34:56'), datetime('2024-05-15 12:34:56'), julianday('2024-05-15 12:34:56'), unixepoch('2024-05-15 12:34:56'), strftime('%Y', '2024-05-15 12:34:56'), timediff('2024-05-15', '2023-03-01');
SELECT date('2024-05-15') = strftime('%F', '2024-05-15'), time('12:34:56') = strftime('%T', '12:34:56'), datetime('2024-05-15 12:34:56') = strftime('%F %T', '2024-05-15 12:34:56'), julianday('2024-05-15') = CAST(strftime('%J', '2024-05-15') AS REAL), unixepoch('2024-05-15') = CAST(strftime('%s', '2024-05-15') AS INT);
SELECT typeof(date()), typeof(julianday()), typeof(unixepoch()), typeof(timediff('now', 'now'));
-- 1.1 Timediff.
SELECT timediff('2023-02-15', '2023-03-15'), timediff('2023-03-15', '2023-02-15'), timediff('2023-02-15', '2023-02-15'), datetime('2023-03-15', timediff('2023-02-15', '2023-03-15')), timediff('2023-04-28 12:00:00.5', '1999-12-31 23:59:59.25');
-- 2 Time values.
SELECT datetime('2024-05-15'), datetime('2024-05-15 12:34'), datetime('2024-05-15 12:34:56'), datetime('2024-05-15 12:34:56.789'), datetime('2024-05-15T12:34'), datetime('2024-05-15T12:34:56'), datetime('2024-05-15T12:34:56.789'), datetime('12:34'), datetime('12:34:56'), datetime('12:34:56.789'), datetime(2460446.02426), datetime('2460446.02426');
SELECT datetime('2013-10-07 08:23:19.120'), datetime('2013-10-07T08:23:19.120Z'), datetime('2013-10-07 08:23:19.120-04:00'), datetime(2456572.84952685);
SELECT date('2023-02-31'), date('2023-02-31', '+0 days'), date('2024-13-01'), date('2024-00-01'), date('24-01-01'), time('25:00'), time('24:00'), datetime('2024-12-31 24:00'), datetime('2024-05-15 12:34:60');
-- 3 Modifiers.
SELECT datetime('2024-05-15 12:00', '+5 days', '-5 hours', '5 minutes', '+5.5 seconds', '+5 months', '-5 years', '1.5 day');
SELECT datetime('2024-05-15 12:00', '+05:00'), datetime('2024-05-15 12:00', '-05:00:30'), datetime('2024-05-15 12:00', '+05:00:30.5', 'subsec'), date('2024-05-15', '+0001-02-03'), datetime('2024-05-15', '-0001-02-03 04:05'), datetime('2024-05-15', '+0001-02-03 04:05:06.789'), date('2024-05-15', '+0001-12-03'), date('2024-05-15', '0001-02-03');
SELECT date('2024-01-31', '+1 month'), date('2024-01-31', '+1 month', 'ceiling'), date('2024-01-31', '+1 month', 'floor'), date('2024-02-29', '+1 year'), date('2024-02-29', '+1 year', 'floor'), date('2024-01-31', '+0000-01-00', 'floor');
SELECT datetime('2024-05-15 12:34:56', 'start of month'), datetime('2024-05-15 12:34:56', 'start of year'), datetime('2024-05-15 12:34:56', 'start of day'), datetime('2024-05-15 12:34:56', 'start of week');
SELECT date('2024-05-15', 'weekday 0'), date('2024-05-15', 'weekday 3'), date('2024-05-15', 'weekday 6'), date('2024-05-15', 'weekday 7'), date('2024-05-15', 'weekday 1.5');
SELECT datetime(1700000000, 'unixepoch'), datetime(1700000000.9, 'unixepoch'), datetime(2460000.5, 'julianday'), datetime(1700000000, 'auto'), datetime(2460000.5, 'auto'), datetime('2024-05-15', 'auto'), datetime('2024-05-15', 'unixepoch'), datetime('2024-05-15', '+1 day', 'unixepoch'), datetime(1700000000, '+1 day', 'unixepoch'), datetime('2024-05-15', 'julianday');
SELECT datetime('2024-05-15 12:34:56.789', 'subsec'), time('12:34:56.789', 'subsecond'), unixepoch('2024-05-15 12:34:56.789', 'subsec'), strftime('%s', '2024-05-15 12:34:56.789', 'subsec'), typeof(unixepoch('now', 'subsec')), length(datetime('subsec'));
SELECT datetime('2024-05-15 12:00', 'utc', 'localtime'), datetime('2024-05-15 12:00Z', 'utc'), datetime('2024-05-15 12:00', 'no such modifier'), datetime('2024-05-15 12:00', NULL), datetime(NULL);
-- 3 strftime.
SELECT strftime('%d %e %f %F %G %g %H %I %j %J %k %l %m %M %p %P %R %s %S %T %u %U %V %w %W %Y %%', '2024-03-05 07:08:09.123');
SELECT strftime('%G-W%V-%u', '2024-12-30'), strftime('%G-W%V-%u', '2021-01-03'), strftime('%U %W', '2023-01-01'), strftime('%U %W', '2024-01-01'), strftime('%I %l %p', '2024-01-01 00:30'), strftime('%I %l %P', '2024-01-01 12:30'), strftime('%Q', '2024-01-01'), strftime('%', '2024-01-01'), strftime('%f', '2024-01-01 00:00:59.9999');
-- 4 Examples.
SELECT date('2024-05-15', 'start of month', '+1 month', '-1 day'), datetime(1092941466, 'unixepoch'), julianday('2024-05-15') - julianday('1776-07-04'), unixepoch('2024-05-15') - unixepoch('2004-01-01 02:34:56'), date('2024-05-15', 'start of year', '+9 months', 'weekday 2');
-- 5 Caveats: years 0000 to 9999.
SELECT date('0000-01-01'), date('9999-12-31'), date('9999-12-31', '+1 day'), date('0000-01-01', '-1 day'), date('-4713-11-24'), date(-1), date(5373485), julianday('0000-01-01'), julianday('9999-12-31 23:59:59.999');
SELECT datetime('2024-05-15 12:00:00', '+1000000 years'), datetime('2024-05-15', '+14712 years'), date('2024-05-15', '-2500 years');
