create table t(a, "b c" text, d real, e blob);
insert into t values(1,'x',1.5,x'00ff41'),(null,'it''s "q"',-2.25,null),(123456789012,'line1
line2	tab',1e15,'text'),(-5,'ünïcödé 日本語',0.0,x''),(0,'',1e20,'<a&b>');
select * from t;
.headers on
select * from t;
.mode csv
select * from t;
.mode ascii
select * from t;
.mode html
select * from t;
.mode insert
select * from t;
.mode insert my"tab
select * from t;
.mode json
select * from t;
select * from t where 0;
.mode line
select * from t;
.mode quote
select * from t;
.mode tabs
select * from t;
.mode tcl
select * from t;
.mode column
select * from t;
.mode table
select * from t;
.mode box
select * from t;
.mode markdown
select * from t;
.mode qbox
select * from t;
.mode box --wrap 5
select * from t;
.mode column --wrap 6 --wordwrap on
select 'the quick brown fox jumps over the lazy dog' x, 2 y union all select 'a-b_c d',3;
.mode table --ww --wrap 10
select 'the quick brown fox jumps over the lazy dog' x, 'ünïcödé 日本語 ünïcödé日本語' y;
.width 5 -8 3
select * from t;
.mode column
select * from t;
.mode box --quote
select * from t;
.nullvalue NIL
.headers off
select * from t;
.mode column
select * from t;
.width
.mode line
select * from t;
.mode list
.separator ; \n\n
select * from t;
select 9e999,-9e999;
.mode json
select 9e999,-9e999,char(1,8,9,10,12,13,31)||'\"';
.mode quote
select 9e999,-9e999,char(10);
.mode insert
select 9e999,-9e999,char(13,10)||'\n\012';
select 'a' || char(0) || 'b';
.mode csv
select 'a' || char(0) || 'b', 'c', ' d', char(127), '''', 'é', '';
