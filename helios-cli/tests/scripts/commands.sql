.databases
.foo
.mode foo
.mode
.mode li
.mode co
.mode ma
.mode
.show
.mode a b c
.mode list
.nullvalue X
select null;
.separator : \n
.separator : "--\n"
select 1,2;
.separator "|" "\n"
.width 3 -4
.mode column
select 1,2;
.show
.width
.print a  "b  c" 'd\n' "e\nf" \x
.explain off
.explain on
.timer foo
.headers maybe
.parameter init
.parameter set :a 5
.parameter set @b hello
.parameter set $c "'x'"
.parameter set ?5 1.5
.parameter list
.mode list
select :a,@b,$c,?5,?1;
.parameter unset :a
.parameter list
.parameter clear
.parameter list
.indexes a b
.nullvalue
.separator
.headers
.echo
.timer
.changes
.bail maybe
.bail off
.read
.read nofile
.output out.txt
select 'to file';
.output
.once out2.txt
select 'once';
select 'not';
.output inc.sql
.print "select 'included'; .quit"
.print "select 'included again';"
.print ".quit"
.print "select 'never';"
.output
.read inc.sql
.read "|printf 'select 1;\nselect 2;\nselect x;\n'"
.shell cat out.txt out2.txt
.once |cat
select 'piped';
.output |tr a-z A-Z
select 'piped up';
.output
.once --bom bom.txt
select 'marked';
.system od -c bom.txt
.cd /nonexist
.open
select count(*) from sqlite_schema;
.exit 3
