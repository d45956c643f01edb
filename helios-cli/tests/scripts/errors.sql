select 1 from
x;
insert into t values(1);
create table t(a unique, check(a<10));insert into t values(1),(1);
insert into t values(20);
drop table u;
drop view t;
create table t(b);
alter table nosuch rename to t3;
select json(1,2);select json('x{');
select * from;
select 'open
;
';
select 5 from t, t where a = 1;
create index i on nosuch(a);
create view v as select 1; drop table v;
pragma foreign_keys = on;
create table child(a references t(a)); insert into child values (77);
begin; begin;
commit; commit;
select raise(abort, 'x');
create trigger tr before delete on t begin select raise(abort, 'not that'); end;
delete from t; insert into t values (1); delete from t;
select abs(-9223372036854775808);
select 1; selec 2; select 3;
select x'0';
select 1 +
