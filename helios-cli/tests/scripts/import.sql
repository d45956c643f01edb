.import --csv odd.csv t
.schema
select * from t;
create table u(x,y,z);
.mode csv
.import --skip 1 odd.csv u
select * from u;
.import odd.csv t2
.import nofile t3
.mode list
.separator ab
.import odd.csv t4
.separator ,
.import odd.csv t5
select * from t5;
.import -v --csv odd.csv u
.import "|printf '1|2|3\n4|5|6\n'" u
.separator |
.import "|printf '1|2|3\n4|5|6\n'" u
.import --ascii "|printf '1\0372\0373\0364\0375\0376\036'" u
.import --csv "|printf 'a,A,,x\r\n1,2,3,4\r\n\"q\"\"q\",\"\",\"a\r\nb\",'" names
.mode quote
.headers on
select * from names;
select * from u;
create table one(a unique);
.import --csv "|printf '1\n1\n2\n'" one
select * from one;
begin;
.import --csv "|printf '3\n'" one
rollback;
select * from one;
