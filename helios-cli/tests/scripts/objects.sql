create table u(x,y,z);
insert into u values(1,'one',x'01'),(2.5,null,'zwei');
create view v as select x, y+1 as "y 1" from u;
create table "my tab"(a, "b c" default (1+2) -- comment
);
create index i1 on u(x);
create table w(a primary key, b, c as (a||b));
create trigger tr after insert on u begin select 1; select 2; end;
insert into "my tab" values(1.5,x'00ff'),(null,'it''s
x');
create table seq(id integer primary key autoincrement, v);
insert into seq(v) values('a');
insert into w(a,b) values(1,2);
create table 'quoted'(a);
create table [in brackets](a, unique(a));
create table norowid(a text primary key, b) without rowid;
insert into norowid values('k', 1);
create table keeps(rowid, oid, x);
insert into keeps values(1,2,3);
attach ':memory:' as other;
create table other.o1(a);
create view other.ov as select * from o1;
create index other.oi on o1(a);
create temp table tt(a);
.tables
.tables %t%
.tables nosuch
.indexes
.indexes u
.schema
.schema u
.schema "my%"
.schema main.u
.schema other.*
.schema t?
.schema sqlite_schema
.schema nosuch
.schema --nosys
.schema --foo
.dump
.dump u w
.dump --preserve-rowids
.dump --newlines "my tab"
.dump --data-only seq
.dump --nosys
.dump nosuch
.dump --foo
.output dump.sql
.dump
.output
.open
.read dump.sql
.dump
.tables
