create table p(id integer primary key, n text);
create table c(id integer primary key, p references p(id), q integer references p);
create table d(a references c, b, foreign key(b) references p on delete cascade);
create table e(x, y, z, foreign key(x, y) references f(u, v), foreign key(z) references f(u));
create index ei on e(y, x, z);
create table f(u, v, primary key(u, v));
create index di on d(a);
create index part on d(b) where b > 1;
insert into p values(1,'a'),(2,null),(3,'é');
insert into c values(1,1,2);
insert into d values(1.5,x'00ff'),(-7,''),(9223372036854775807,1e300);
.limit
.limit column 100
.limit COLUMN
.limit foo
.limit l
.limit like
.limit sql_length 5 6
.limit variable_number 2
select :a, :b, :c;
.limit attached
.lint
.lint fkey-indexes
.lint fkey-indexes -verbose
.lint FKEY -groupbyparent
.lint fkey-indexes -v -g
.lint foo
.lint fkey-indexes -x
.sha3sum
.sha3sum p
.sha3sum --sha3-224
.sha3sum --sha3-256
.sha3sum --sha3-384
.sha3sum --sha3-512 %
.mode box
.sha3sum D
.mode list
.sha3sum nosuch
.sha3sum a b
.trace stdout
select 1; select 2  ;
-- nothing
select '3;';
.trace off
select 4;
.trace --foo stdout
.trace err.txt
select 5;
.trace off
select 6;
.shell cat err.txt
.stats foo
.binary on
.binary maybe
.expert foo
.clone
