-- What https://sqlite.org/printf.html promises.
-- 2.1 Substitution types.
SELECT printf('%%|%d|%i|%u|%f|%e|%E|%g|%G|%x|%X|%o|%s|%z|%c|%p|%n|%q|%Q|%w', 1, 2, -3, 1.5, 1.5, 1.5, 1.5, 1.5, 255, 255, 8, 'str', 'ztr', 'char', 255, 'it''s', 'it''s', 'a"b');
SELECT printf('%d|%d|%d|%d', '12abc', 3.9, NULL, x'3132'), printf('%s|%s|%s', 1, 2.5, NULL), printf('%f|%f', 'abc', NULL), printf('%c|%c|%c', '', NULL, 65), printf('%Q|%q|%w', NULL, NULL, NULL);
SELECT printf('%s %s', 'only one'), printf('%d'), printf('%'), printf('abc%'), printf('%y'), printf('x%yz', 1), printf('');
-- 2.2 Flags.
SELECT printf('[%-6d][%+d][% d][%06d][%#x][%#o][%,d][%!d]', 5, 5, 5, 5, 255, 8, 1234567, 5), printf('[%-+6d][%-06d][%+,d][%06.2f][%-8.2f][%+.1f]', 5, 5, 1234567, 1.5, 1.5, 1.5), printf('[%#f][%#.0f][%#g][%!g][%!.1f]', 1.0, 1.0, 1.0, 1.0, 1.0), printf('[%,d][%,d][%,d]', -1234567, 999, 1000);
SELECT printf('[%!5s][%!-5s][%!.2s][%5s][%.2s]', 'ä', 'ä', 'äöü', 'ä', 'abc');
-- 2.3 and 2.4 Width and precision.
SELECT printf('[%10d][%-10d][%*d][%-*d][%*d]', 5, 5, 6, 5, 6, 5, -6, 5), printf('[%.3d][%8.3d][%.0f][%.3f][%.3e][%.3g][%.10s][%.*f]', 5, 5, 2.5, 2.5, 2.5, 2.5, 'abc', 2, 3.14159), printf('[%5%][%-5c][%3c][%.3c]', 'x', 'y', 'z');
-- 2.5 Length.
SELECT printf('%ld|%lld|%llx|%lu', 1, 9223372036854775807, 255, 1), printf('%hd', 1);
-- 3 Integers at the ends.
SELECT printf('%d|%u|%x|%o', -9223372036854775807 - 1, -1, -1, -1), printf('%r %r %r %r %r %r', 1, 2, 3, 4, 11, 112);
SELECT printf('%.2f|%.2f|%.2f|%g|%g|%g|%e', 9e999, -9e999, 0.0, 9e999, 1e-10, 123456789, 0), printf('%010.3f|%+010.3f|% .3f', 3.14159, 3.14159, 3.14159);
-- differs: digits
SELECT printf('%.1f %.1f %.1f %.1f %.0f %.0f %.0f', 0.05, 0.15, 0.25, 0.35, 0.5, 1.5, 2.5), printf('%.3f %.10g %.15g %.1e', 1234.5678, 1234.5678, 0.1, 99999);
SELECT printf('%q', 'a''b''c'), printf('%Q', 'a''b'), printf('%w', 'a"b"c'), printf('%#q', 'a''b'), printf('%#Q', 'a''b'), printf('%.3q', 'a''bcd'), printf('%5Q|', 'a');

-- What would be too long is an error, wherever it goes.
SELECT length(printf('%*s', 1000000001, 'x'));
SELECT typeof(printf('%1000000001q', 'x'));
