  ;
-- comment
/* multi
line */ select 2; -- trailing
select ';' as "a;b", 'x
y' as c;
create table t(a);
create trigger tr after insert on t when new.a < 7 begin
  select 1; -- ;
  insert into t values(new.a+1);
end;
select 3
go
select 4
/
.headers on
select count(*) n from t; select 5 m; select 6
;
/* a */ select /* b ; */ 1 /* c */ ; /* d */
select [a;b] from (select 1 as [a;b]);
explain query plan select 1;
.echo on
select 7; -- hm
select
 8;
.print x
# comment
-- comment

;
.echo off
.changes on
insert into t values(5);
select 1;
delete from t;
.changes off
.headers off
select "unterminated
;
.print after
";
select 'last without a semicolon'
