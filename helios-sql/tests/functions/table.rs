//! Calls that are compared with SQLite.

use super::call::Call;
use helios_core::Value;

/// Functions of one argument that are called with all of [`values`].
const UNARY: &[&str] = &[
    "abs", "char", "date", "hex", "length", "likely", "lower", "ltrim", "quote", "round", "rtrim", "sign",
    "soundex", "trim", "typeof", "unicode", "unlikely", "upper",
];

/// Functions of two arguments that are called with all pairs of [`values`].
const BINARY: &[&str] = &["glob", "ifnull", "instr", "like", "max", "min", "nullif", "trim"];

/// Values of every class, with the edges of each.
fn values() -> Vec<Value> {
    let mut values =
        vec![Value::Null, Value::blob(b"\0a\xFF"), Value::blob(b"abc"), Value::blob("é".as_bytes())];
    values.extend([0, 1, -1, 65, 0x20AC, 1 << 40, i64::MAX, i64::MIN + 1].map(Value::Integer));
    values.extend([0.0, 0.5, -1.5, 2.5, 1e14, -1e100, 123.456, 1e-7].map(Value::Real));
    let texts = ["", "abc", "ABC ", "  a%c", "%é%", "東京", "12", " 1.5e2 ", "-7x", "it's", "a\0b", "[a-c]*"];
    values.extend(texts.map(Value::text));
    values
}

/// Every function with every value.
pub(crate) fn crossed() -> Vec<Call> {
    let values = values();
    let mut calls = Vec::new();
    for name in UNARY {
        calls.extend(values.iter().map(|value| Call::new(name, vec![value.clone()])));
    }
    for name in BINARY {
        for first in &values {
            calls.extend(values.iter().map(|second| Call::new(name, vec![first.clone(), second.clone()])));
        }
    }
    calls
}

/// Calls that each show one rule.
pub(crate) const CALLS: &[&str] = &[
    "abs(-9223372036854775808)",
    "char()",
    "char(65,66,8364,128512,-1,1114112,55296)",
    "coalesce(NULL,NULL,3,4)",
    "coalesce(NULL,NULL)",
    "iif(1,2,3)",
    "iif('0.5',2,3)",
    "iif(NULL,2,3)",
    "instr('aébc','b')",
    "instr(x'61c3a962','b')",
    "instr(x'61c3a962',x'62')",
    "instr('abc','')",
    "replace('aaa','a','bb')",
    "replace('aaa','aa','b')",
    "replace('abc','','x')",
    "replace(121,2,'x')",
    "replace('abc',NULL,'x')",
    "replace('abc','x',NULL)",
    "substr('héllo',2)",
    "substr('héllo',2,3)",
    "substr('héllo',-3,2)",
    "substr('héllo',0,3)",
    "substr('héllo',3,-2)",
    "substr('héllo',-9,5)",
    "substr('héllo',9)",
    "substr(x'0102030405',2,2)",
    "substr(x'0102030405',-2,5)",
    "substr(x'0102030405',4,-2)",
    "substr(12345,2,3)",
    "substring('abc',NULL,1)",
    "trim('xxabcxx','x')",
    "ltrim('éèabc','èé')",
    "rtrim('abc','')",
    "trim('abc',NULL)",
    "like('a!%','a%','!')",
    "like('a!%','ab','!')",
    "like('a','a','')",
    "like('a','a','ab')",
    "like('a','a',NULL)",
    "like('a_','ab','_')",
    "like('%%%','')",
    "like('A','a')",
    "like('É','é')",
    "like('%_x','abx')",
    "glob('*[^a-c]','abd')",
    "glob('[]]','] ')",
    "glob('[','[')",
    "glob('?é*','xéyz')",
    "round(2.5)",
    "round(-2.5)",
    "round(123.456,1)",
    "round(123.456,-1)",
    "round(4503599627370497.5)",
    "round(1e300,3)",
    "round('1.55',1)",
    "round(1,NULL)",
    "min(3,1,2)",
    "max('a',1,x'00')",
    "min(1,NULL)",
    "max(1,1.0)",
    "min(1,1.0)",
    "nullif(1,1.0)",
    "nullif('a','A')",
    "zeroblob(3)",
    "zeroblob(-3)",
    "zeroblob(0)",
    "zeroblob('2x')",
    "unicode('')",
    "hex(12345)",
    "hex('é')",
    "quote('it''s')",
    "quote(x'00ff')",
    "quote(NULL)",
    "quote(1.5)",
    "printf('%d|%5d|%-5d|%05d|%+d|% d',1,2,3,4,5,6)",
    "printf('%,d|%,15d',1234567,-1234567)",
    "printf('%x|%X|%#x|%o|%#o|%#X',255,255,255,8,8,0)",
    "printf('%u',-1)",
    "printf('%s|%10s|%-10s|%.2s','abc','abc','abc','abc')",
    "printf('%!5s|%!.2s|%5s','éé','éééé','éé')",
    "printf('%c|%5c|%-5c|%.3c','abc','é','x','z')",
    "printf('%q|%Q|%w','it''s','it''s','a\"b')",
    "printf('%q|%Q|%w',NULL,NULL,NULL)",
    "printf('%f|%.0f|%.3f|%10.2f|%-10.2f|%010.2f',1.5,2.5,3.14159,1,2,-3)",
    "printf('%e|%.2e|%E|%g|%G|%g',12345.678,0.00012,1e100,1e-5,1e20,100000)",
    "printf('%+f|% f|%#.0f|%!g',1,2,3,4)",
    "printf('%*d|%-*d|%.*f',5,1,5,2,2,3.14159)",
    "printf('%%|%5%|%')",
    "printf('%lld|%ld|%llx',1,2,255)",
    "printf('%d')",
    "printf('%s|%d|%f','x')",
    "printf('a%yb',1)",
    "printf('%r %r %r %r %r',1,2,3,11,112)",
    "printf('%p',255)",
    "printf('%n%d',7)",
    "printf('%z','zz')",
    "printf('%s',x'616263')",
    "printf('%s',1.5)",
    "printf('%d','12abc')",
    "printf('%f','inf')",
    "printf('%.3d|%.3x|%5.3d',5,5,5)",
    "printf(NULL,1)",
    "printf('')",
    "format('%s-%s',1,2)",
    "date('2024-02-29','+1 year')",
    "date('2024-01-31','+1 month')",
    "date('2024-03-31','-1 month')",
    "date('2024-05-15','start of month','+1 month','-1 day')",
    "date('2024-05-15','start of year')",
    "date('2024-05-15','weekday 0')",
    "date('2024-05-15','weekday 3')",
    "date('2024-13-01')",
    "date('2024-1-1')",
    "date(2460000.5)",
    "date(0)",
    "date(-1)",
    "date(5373484)",
    "date(5373485)",
    "date('-4713-11-24')",
    "date('-0001-01-01')",
    "date(1700000000,'unixepoch')",
    "date(1700000000,'auto')",
    "date(2460000.5,'auto')",
    "date(1700000000,'julianday')",
    "date('2024-05-15','julianday')",
    "date('2024-05-15','nonsense')",
    "date('2024-05-15',NULL)",
    "date(NULL)",
    "datetime('2024-05-15 12:34:56.789')",
    "datetime('2024-05-15T12:34')",
    "datetime('2024-05-15 12:34:56Z')",
    "datetime('2024-05-15 12:34:56+05:30')",
    "datetime('2024-05-15 12:34:56-14:00')",
    "datetime('2024-05-15 12:34:56+15:00')",
    "datetime('2024-05-15 25:00')",
    "datetime('2024-05-15 12:60')",
    "datetime('12:34')",
    "datetime('2024-05-15','+12:34:56.7')",
    "datetime('2024-05-15','-00:00:01')",
    "datetime('2024-05-15','+1.5 days','-0.5 hours','10 seconds')",
    "datetime('2024-05-15','+1.5 months')",
    "datetime('2024-05-15','+1000000 years')",
    "datetime('2024-05-15','+1 fortnight')",
    "datetime(1e9,'unixepoch')",
    "datetime('1000000000','unixepoch')",
    "datetime(1000000000.5,'unixepoch')",
    "datetime('2024-05-15','utc','localtime')",
    "time('12:34:56.999')",
    "time(0.25)",
    "julianday('2000-01-01 12:00')",
    "julianday('1858-11-17')",
    "unixepoch('2024-05-15 12:34:56.789')",
    "unixepoch('1969-12-31 23:59:59')",
    "strftime('%d %f %H %j %m %M %s %S %w %W %Y %%','2024-02-29 12:34:56.789')",
    "strftime('%J','2024-02-29 12:00')",
    "strftime('%W','2024-01-07')",
    "strftime('%W','2024-01-08')",
    "strftime('%Y','-0044-03-15')",
    "strftime('plain','2024-01-01')",
    "strftime('a%','2024-01-01')",
    "strftime('%Q','2024-01-01')",
    "strftime(NULL,'2024-01-01')",
];
