//! The shell beside `sqlite3`: the same script in both, and what they write is the same.
//!
//! The oracle is the `sqlite3` shell of version 3.40 (Debian's package `sqlite3`). Where it is not there, nothing is
//! compared, and the tests say so. Standard output and the exit code are compared byte by byte; of standard error the
//! lines that quote the text of a statement are left out, which helios does not write.

mod random;
mod shells;

use std::fs;

use shells::{compare, has_oracle, scripts};

fn compare_script(name: &str) {
    if has_oracle() {
        let script = fs::read_to_string(scripts().join(name)).expect("the script is there");
        compare(&[], &script);
    }
}

#[test]
fn every_mode_shows_what_sqlite3_shows() {
    compare_script("modes.sql");
}

#[test]
fn files_of_separated_values_are_read_as_sqlite3_reads_them() {
    compare_script("import.sql");
}

#[test]
fn tables_schemas_and_dumps_are_those_of_sqlite3() {
    compare_script("objects.sql");
}

#[test]
fn definitions_are_indented_as_sqlite3_indents_them() {
    compare_script("indent.sql");
}

#[test]
fn errors_are_told_as_sqlite3_tells_them() {
    compare_script("errors.sql");
}

#[test]
fn statements_end_where_they_end_for_sqlite3() {
    compare_script("statements.sql");
}

#[test]
fn dot_commands_do_what_those_of_sqlite3_do() {
    compare_script("commands.sql");
}

#[test]
fn limits_sums_traces_and_missing_indexes_are_those_of_sqlite3() {
    compare_script("internals.sql");
}

#[test]
fn it_stops_at_an_error_where_it_is_asked_to() {
    compare_script("bail.sql");
    if has_oracle() {
        compare(&["-bail"], "select 1;\nselect nosuch;\nselect 2;\n");
    }
}

#[test]
fn options_do_what_those_of_sqlite3_do() {
    if !has_oracle() {
        return;
    }
    let rows = "select 1 as a, 'x y' as b, null as c, 2.5 as d union all select 2, 'it''s', x'41', -1;";
    for mode in [
        "ascii", "box", "column", "csv", "html", "json", "line", "list", "markdown", "quote", "table", "tabs",
    ] {
        let mode = format!("-{mode}");
        compare(&[&mode], rows);
        compare(&[&mode, "-header", "-nullvalue", "NIL"], rows);
        compare(&["-header", &mode, ":memory:", rows], "");
    }
    compare(&["-separator", ";", "-newline", "|\n"], rows);
    compare(&["-header", "-noheader"], rows);
    compare(
        &["-cmd", ".mode box", "-cmd", "create table t(a); insert into t values (1)"],
        "select * from t;",
    );
    compare(&["-echo"], rows);
    compare(&[":memory:", "select 1; select 2", "select 3", ".mode json", "select 4 as a"], "");
    compare(&[":memory:", "select 1", "select nosuch", "select 3"], "");
    compare(&[":memory:", "create table t(a unique); insert into t values (1), (1)", "select 3"], "");
    compare(&[":memory:", ".nosuch", "select 3"], "");
    compare(&[":memory:", ".exit 4", "select 3"], "");
    compare(&[":memory:", ".quit", "select 3"], "");
    compare(&["-bail", "-cmd", "select nosuch"], "select 1;");
    compare(&["-cmd", "select nosuch"], "select 1;");
    compare(&["a.db", "create table t(a); insert into t values (7)", ".open a.db", "select * from t"], "");
    compare(&[], "select 1;\r\nselect\r\n2;\r\n.print x\r\n");
    compare(&[], "");
}
