//! The shell as a process: what it has that `sqlite3` does not have, and what files it makes.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{Said, answer, program as shell, run_with};

/// Runs the shell with arguments and an input.
fn run(folder: &Path, arguments: &[&str], input: &str) -> Said {
    run_with(shell(folder).args(arguments), input)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn it_works_on_branches() {
    let folder = folder();
    let script = "create table t(a); insert into t values (1); create branch side;
        .branch
        .branch side
        .branch
        delete from t; select count(*) from t;
        .branch main
        select count(*) from t;
        begin;
        .branch side
        .branch nosuch
    ";
    let script: String = script.lines().map(|line| format!("{}\n", line.trim_start())).collect();
    let said = run(folder.path(), &["a.db"], &script);
    assert_eq!(said.out, "main\nside\n0\n1\n");
    let refused = "Error: cannot change the branch within a transaction\n";
    assert_eq!(said.errors, refused.repeat(2));
    let path = folder.path();
    assert_eq!(answer(path, &["a.db", "--branch", "side", "select count(*) from t"], ""), "0\n");
    let listed = answer(path, &["--csv", "a.db", ".branches"], "");
    assert_eq!(
        listed.lines().map(|line| line.split(',').next().unwrap_or("")).collect::<Vec<_>>(),
        ["main", "side"]
    );
    let said = run(path, &["a.db", "--branch", "nosuch"], "select 1;");
    assert_eq!((said.errors.as_str(), said.code), ("Error: no such branch: nosuch\n", Some(1)));
}

#[test]
fn a_clone_is_the_present_of_a_branch() {
    let folder = folder();
    let path = folder.path();
    let script = "create table t(a); insert into t values (1), (2); create index i on t(a); create branch side;\n\
                  .branch side\ndelete from t where a = 1; begin; delete from t;\n.clone b.db\n.clone b.db\n.clone\n";
    let said = run(path, &["a.db"], script);
    assert_eq!(said.out, "b.db has 1 table with 1 row\n");
    assert_eq!(said.errors, "File \"b.db\" already exists.\nUsage: .clone FILENAME\n");
    let found = answer(path, &["b.db", ".indexes", "select * from t", ".branches"], "");
    assert!(found.starts_with("i\n2\nmain|"), "{found}");
}

#[test]
fn indexes_are_suggested_for_a_statement_that_is_not_run() {
    let folder = folder();
    let fill = "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 5000) \
                insert into t select x, x from c;\n";
    let script = format!(
        "{fill}.expert\ndelete from t where a = 7;\nselect count(*) from t;\n.expert\nselect nosuch;\n"
    );
    let said = run(folder.path(), &[], &script);
    assert!(said.out.starts_with("CREATE INDEX idx_t_a ON t (a); -- "), "{}", said.out);
    assert!(said.out.contains(" times as fast\n\nQUERY PLAN\n`--SCAN t\n\n5000\n"), "{}", said.out);
    assert_eq!(said.errors, "Parse error near line 6: no such column: nosuch\n");
    // What is quick as it is needs nothing.
    let said = answer(
        folder.path(),
        &[":memory:", "create table t(a)", ".expert", "select * from t where a = 1"],
        "",
    );
    assert!(said.starts_with("(no new indexes)\n"), "{said}");
}

#[test]
fn statements_are_traced_with_their_values_and_times() {
    let folder = folder();
    let script = "create table t(a);\n.parameter set :a 'x'\n.trace --expanded out.txt\nselect :a;\n.trace --plain out.txt\n\
                  select :a;\n.branch main\n.trace --expanded --profile two.txt\n.open\nselect :a, 2;\n.trace off\nselect 3;\n";
    assert_eq!(answer(folder.path(), &["a.db"], script), "x\nx\nx|2\n3\n");
    let told = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!(told("out.txt"), "select :a;\n");
    assert!(told("two.txt").starts_with("select 'x', 2; -- "), "{}", told("two.txt"));
    assert!(told("two.txt").ends_with(" ns\n"), "{}", told("two.txt"));
    let said = run(
        folder.path(),
        &[":memory:", ".trace --expanded stdout", ".parameter set ?1 5", "select ?1; select 6"],
        "",
    );
    assert_eq!(said.out, "select 5;\n5\nselect 6;\n6\n");
}

#[test]
fn the_process_tells_what_it_takes() {
    let folder = folder();
    let script = "create table t(a text);\n.stats stmt\nselect a, 1 from t;\n.stats on\n.show\n.stats off\n.stats vmstep\n";
    let said = run(folder.path(), &[], script);
    let names: Vec<&str> =
        said.out.lines().take(6).map(|line| line.split(':').next().unwrap_or("")).collect();
    let columns = ["Number of output columns", "Column 0 name", "Column 0 declared type", "Column 1 name"];
    assert_eq!(names[..4], columns, "{}", said.out);
    assert!(said.out.contains("Column 0 declared type:              TEXT\n"), "{}", said.out);
    assert!(said.out.contains("stats: on\n"), "{}", said.out);
    assert_eq!(said.errors, "Error: there is no virtual machine whose steps could be counted\n");
}

#[test]
fn commands_that_cannot_be_here_say_what_does_their_work() {
    let folder = folder();
    for name in ["archive", "auth", "dbinfo", "load", "recover", "selftest", "session", "vfsinfo"] {
        let said = run(folder.path(), &[], &format!(".{name}\n"));
        assert!(said.errors.starts_with(&format!("Error: there is no .{name} here: ")), "{}", said.errors);
        assert_eq!(said.code, Some(1));
    }
}

#[test]
fn backups_have_all_branches_and_are_restored() {
    let folder = folder();
    let path = folder.path();
    let script = "create table t(a); insert into t values (1); create branch side;\n.backup b.db\ndelete from t;\n\
                  .save main c.db\nselect count(*) from t;\n.restore b.db\nselect count(*) from t;\n\
                  .restore nosuch.db\n.restore temp b.db\n.backup a.db\n.backup other b.db\n.backup --foo b.db\n";
    let said = run(path, &["a.db"], script);
    assert_eq!(said.out, "0\n1\n");
    let errors: Vec<&str> = said.errors.lines().collect();
    assert_eq!(errors.len(), 5, "{errors:?}");
    assert!(errors[0].starts_with("Error: unable to open database \"nosuch.db\""), "{errors:?}");
    assert_eq!(
        errors[1..],
        [
            "Error: only main is restored, not temp",
            "Error: source and destination must be distinct",
            "Error: unknown database other",
            "unknown option: --foo"
        ]
    );
    assert!(!path.join("nosuch.db").exists());
    assert_eq!(answer(path, &["b.db", "--branch", "side", "select a from t"], ""), "1\n");
    assert_eq!(answer(path, &["c.db", "select count(*) from t"], ""), "0\n");
}

#[test]
fn databases_are_opened_by_the_options_given() {
    let folder = folder();
    let path = folder.path();
    answer(path, &["a.db", "--encryption-key", "secret", "create table t(a)"], "");
    let said = run(path, &["a.db", ".tables"], "");
    assert_eq!((said.out.as_str(), said.code), ("", Some(1)));
    assert!(said.errors.contains("file is encrypted or is not a database"), "{}", said.errors);
    let said =
        run_with(shell(path).env("THE_KEY", "secret").args(["a.db", "--key-env", "THE_KEY", ".tables"]), "");
    assert_eq!((said.out.as_str(), said.code), ("t\n", Some(0)));
    let said =
        run(path, &["a.db", "--encryption-key", "secret", "--readonly", "insert into t values (1)"], "");
    assert_eq!(said.errors, "Error: stepping, attempt to write a readonly database (8)\n");
    answer(path, &["folder", "--backend", "sled", "create table u(a)"], "");
    assert!(path.join("folder").is_dir());
    std::fs::write(path.join("helios.toml"), "[storage]\nbackend = \"sled\"\n").expect("a file of settings");
    assert_eq!(answer(path, &["folder", "--config", "helios.toml", ".tables"], ""), "u\n");
    let said = run(path, &["a.db", "--backend", "nosuch"], "");
    assert!(said.errors.starts_with("Error: a.db: ") && said.code == Some(1), "{}", said.errors);
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = folder();
    let path = folder.path();
    std::fs::write(path.join("a.txt"), "This is no database at all, and it is long enough to be looked at.")
        .expect("a file");
    let said = run(path, &["a.txt", "create table t(a)"], "");
    assert!(
        said.errors.starts_with("Error: a.txt: file is not a database") && said.code == Some(1),
        "{}",
        said.errors
    );
    let said = run(path, &[], ".open --new a.txt\n.open a.txt\n.open nosuch/b.db\nselect 'in memory';\n");
    assert_eq!(said.out, "in memory\n");
    assert_eq!(said.errors.lines().count(), 3, "{}", said.errors);
    assert!(std::fs::read_to_string(path.join("a.txt")).expect("the file").starts_with("This is"));
}

#[test]
fn opening_anew_empties_a_database() {
    let folder = folder();
    answer(folder.path(), &["a.db", "create table t(a)"], "");
    let script = ".open a.db\n.tables\n.open --new a.db\n.tables\ncreate table u(a);\n.open --readonly a.db\n.databases\n";
    let file = folder.path().canonicalize().expect("the folder").join("a.db");
    assert_eq!(answer(folder.path(), &[], script), format!("t\nmain: {} r/o\n", file.display()));
}

#[test]
fn wrong_arguments_are_told_and_end_with_2() {
    let folder = folder();
    for arguments in [&["--nosuch"][..], &["--csv", "--json"], &["--mode"]] {
        let said = run(folder.path(), arguments, "");
        assert_eq!((said.out.as_str(), said.code), ("", Some(2)), "{arguments:?}");
        assert!(said.errors.starts_with("error: "), "{}", said.errors);
    }
}

#[test]
fn prompts_ask_for_statements_and_for_the_rest_of_them() {
    let folder = folder();
    let said = run(folder.path(), &["--interactive"], "select 1;\nselect\nx;\n.prompt a b\nselect\n2;\n");
    let (_, said_first) = said.out.split_once("helios> ").expect("a prompt");
    assert_eq!(said_first, "1\nhelios>    ...> helios> ab2\na\n");
    // An error tells no line, and it is no reason to fail for who could see it.
    assert_eq!((said.errors.as_str(), said.code), ("Parse error: no such column: x\n", Some(0)));
}

#[test]
fn a_file_of_commands_is_run_first() {
    let folder = folder();
    let path = folder.path();
    std::fs::write(path.join("first.sql"), ".mode json\ncreate table t(a);\n").expect("a file");
    let out = answer(path, &["--init", "first.sql", ":memory:", "select count(*) as n from t"], "");
    assert_eq!(out, "[{\"n\":0}]\n");
    // Where nobody is asked, the user's own file has no say.
    std::fs::create_dir_all(path.join(".config/helios")).expect("a folder");
    std::fs::write(path.join(".config/helios/shell.sql"), ".mode json\n").expect("a file");
    assert_eq!(answer(path, &[":memory:", "select 1 as a"], ""), "1\n");
    assert!(run(path, &["--interactive"], "select 1 as a;\n").out.contains("[{\"a\":1}]"));
    let said = run(path, &["--init", "nosuch.sql"], "");
    assert_eq!((said.errors.as_str(), said.code), ("Error: cannot open \"nosuch.sql\"\n", Some(1)));
}

#[test]
fn files_that_read_themselves_come_to_an_end() {
    let folder = folder();
    std::fs::write(folder.path().join("a.sql"), ".read a.sql\n").expect("a file");
    let said = run(folder.path(), &[":memory:", ".read a.sql"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.errors.contains("check recursion"), "{}", said.errors);
}

#[test]
fn an_interrupt_stops_the_statement() {
    const ENDLESS: &str =
        "with recursive c(x) as (select 1 union all select x + 1 from c) select x from c;\n";
    for (arguments, code) in [(&[][..], 1), (&["--interactive"], 0)] {
        let folder = folder();
        let mut child = shell(folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the shell starts");
        let mut stdin = child.stdin.take().expect("an input");
        stdin.write_all(ENDLESS.as_bytes()).expect("it reads");
        stdin.write_all(b"select 'after it';\n").expect("it reads");
        drop(stdin);
        // Rows tell that the statement runs.
        let mut out = BufReader::new(child.stdout.take().expect("an output"));
        let mut line = String::new();
        while !line.trim_end().ends_with("1000") {
            line.clear();
            assert_ne!(out.read_line(&mut line).expect("it writes"), 0, "the statement has ended");
        }
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        let mut rest = String::new();
        out.read_to_string(&mut rest).expect("it writes");
        let mut errors = String::new();
        child.stderr.take().expect("errors").read_to_string(&mut errors).expect("it writes");
        assert_eq!(child.wait().expect("it ends").code(), Some(code), "{errors}");
        assert!(errors.ends_with(": interrupted (9)\n"), "{errors}");
        // Somebody who asks goes on; a script does not.
        assert_eq!(rest.contains("after it"), code == 0);
    }
}

#[test]
fn help_tells_of_every_command_and_of_one() {
    let folder = folder();
    let all = answer(folder.path(), &[":memory:", ".help"], "");
    for name in [".branch ", ".dump ", ".import ", ".mode ", ".quit"] {
        assert!(all.lines().any(|line| line.starts_with(name)), "{name}: {all}");
    }
    assert!(all.is_ascii() && all.lines().all(|line| line.len() <= 100), "{all}");
    let one = answer(folder.path(), &[":memory:", ".help mode"], "");
    assert!(one.starts_with(".mode ") && one.contains("--wordwrap"), "{one}");
    assert_eq!(answer(folder.path(), &[":memory:", ".help nosuch"], ""), "Nothing matches 'nosuch'\n");
}

#[test]
fn virtual_tables_are_dumped_with_their_rows() {
    let folder = folder();
    let script = "create virtual table words using fts5(text);\ninsert into words(rowid, text) values (7, 'one two');\n\
                  create virtual table boxes using rtree(id, x1, x2);\ninsert into boxes values (1, 2, 3);\n\
                  .output dump.sql\n.dump\n.output\n.open\n.read dump.sql\n\
                  select rowid, text from words('two'); select * from boxes;\n";
    assert_eq!(answer(folder.path(), &[], script), "7|one two\n1|2.0|3.0\n");
}

#[test]
fn the_time_of_statements_is_told() {
    let folder = folder();
    let out = answer(folder.path(), &[":memory:"], ".timer on\nselect 1;\n");
    assert!(
        out.starts_with("1\nRun Time: real 0.") && out.contains(" user ") && out.contains(" sys "),
        "{out}"
    );
}

#[test]
fn plans_are_shown_where_they_are_asked_for() {
    let folder = folder();
    let out = answer(
        folder.path(),
        &[":memory:"],
        "create table t(a);\n.eqp on\nselect * from t;\nexplain select 1;\n",
    );
    let (plan, steps) = out.split_once("addr").expect("the table of steps");
    assert_eq!(plan, "QUERY PLAN\n`--SCAN t\n");
    assert!(
        steps.lines().nth(1).is_some_and(|line| line.starts_with("----  -------------  ----")),
        "{steps}"
    );
}
