create table short(a, b);
create table   spaced  (  a   integer primary key , b text  default ( 1 + 2 ) , c check ( c in (1, 2) )  ) ;
create table long(id integer primary key, name text not null default 'a, (b', amount numeric(10, 2), check (amount > 0 and (name <> '')), unique (name, amount));
create table written(
  id integer primary key, -- the key, of course
  name text,   -- with (a, comment)
  "odd, (name" text default 'x''(, y',
  [in brackets, too] int check (id in (1,2,3)), /* some ( other */
  other blob
);
create table ascii_lines_that_are_just_at_the_limit_of_one_line_aaaaaaaaaaaaaaa(a, b, c);
create table ascii_lines_that_are_just_at_the_limit_of_one_line_aaaaaaaaaaaaaa(a, b, c);
create table 'quoted name that is long enough to be broken into several lines'(one, two, three, four);
create index an_index_with_a_name_that_is_long_enough on long(name collate nocase desc, amount, id) where amount > 5;
create view v as select id,   name   from long where   amount > 3 and name <> 'something long enough for a second line';
create trigger tr after insert on long begin select 1;   select 2; insert into short values (1, 'a long text of some kind'); end;
create table norowid(k text, n int, v, primary key (k, n), foreign key (v) references long(id) on delete cascade) without rowid;
create temp table tt(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z);
.schema --indent
.schema --indent long
.schema -indent sqlite_schema
.schema --indent --nosys written
.schema --nosuch
.schema a b
.fullschema
.fullschema --indent
.fullschema x
insert into norowid values ('k', 1, 1);
analyze;
.fullschema
