//! The commands for branches, as processes.

use crate::process::{done, helios, refused};

/// A database with a branch on which a row was changed, one removed and one added.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    done(
        path,
        &["a.db", "create table t (a integer primary key, b); insert into t values (1, 'x'), (2, 'y')"],
    );
    done(path, &["branch", "create", "a.db", "side"]);
    done(path, &["a.db", "--branch", "side", "update t set b = 'z' where a = 1; delete from t where a = 2"]);
    done(path, &["a.db", "--branch", "side", "insert into t values (3, x'00ff'); create index i on t (b)"]);
    folder
}

/// The first fields of lines of CSV.
fn firsts(csv: &str) -> Vec<&str> {
    csv.lines().map(|line| line.split(',').next().unwrap_or_default()).collect()
}

#[test]
fn branches_are_made_listed_and_dropped() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(
        done(path, &["branch", "create", "a.db", "deep", "--from", "side"]),
        "the branch deep is made of side\n"
    );
    let list = done(path, &["branch", "list", "a.db", "--format", "csv"]);
    assert_eq!(firsts(&list), ["name", "main", "side", "deep"]);
    assert!(list.lines().nth(3).is_some_and(|line| line.starts_with("deep,side,")), "{list}");
    assert_eq!(refused(path, &["branch", "create", "a.db", "deep"]), "Error: branch deep already exists\n");
    assert_eq!(
        refused(path, &["branch", "create", "a.db", "x", "--from", "nosuch"]),
        "Error: no such branch: nosuch\n"
    );
    assert_eq!(done(path, &["branch", "drop", "a.db", "side"]), "the branch side is gone\n");
    assert_eq!(refused(path, &["branch", "drop", "a.db", "side"]), "Error: no such branch: side\n");
    assert_eq!(done(path, &["a.db", "--branch", "deep", "select count(*) from t"]), "2\n");
    assert!(refused(path, &["branch", "list", "nosuch.db"]).starts_with("Error: unable to open"));
    assert!(!path.join("nosuch.db").exists());
}

#[test]
fn a_branch_begins_in_the_past_where_there_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    std::fs::write(path.join("helios.toml"), "[time_travel]\nenabled = true\n").expect("a file of settings");
    done(path, &["a.db", "--config", "helios.toml", "create table t (a); insert into t values (1)"]);
    let moment = done(path, &["a.db", "select system_time from t"]);
    done(path, &["a.db", "update t set a = 2"]);
    done(path, &["branch", "create", "a.db", "then", "--as-of", moment.trim()]);
    assert_eq!(done(path, &["a.db", "--branch", "then", "select a from t"]), "1\n");
    let then = ["diff", "a.db", "main", "main", "--a-as-of", moment.trim(), "--format", "csv"];
    let out = done(path, &then);
    assert_eq!(out, "table,kind,key,row_a,row_b\nt,changed,1,\"{\"\"a\"\":1}\",\"{\"\"a\"\":2}\"\n");
    assert!(refused(path, &[&then[..], &["--stat"]].concat()).contains("as they were"));
}

#[test]
fn differences_are_told_by_rows_and_by_tables() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(
        done(path, &["diff", "a.db", "main", "side", "--format", "json"]),
        "[{\"table\":\"t\",\"kind\":\"changed\",\"key\":1,\"row_a\":\"{\\\"a\\\":1,\\\"b\\\":\\\"x\\\"}\",\
         \"row_b\":\"{\\\"a\\\":1,\\\"b\\\":\\\"z\\\"}\"},\n\
         {\"table\":\"t\",\"kind\":\"removed\",\"key\":2,\"row_a\":\"{\\\"a\\\":2,\\\"b\\\":\\\"y\\\"}\",\"row_b\":null},\n\
         {\"table\":\"t\",\"kind\":\"added\",\"key\":3,\"row_a\":null,\"row_b\":\"{\\\"a\\\":3,\\\"b\\\":\\\"x'00FF'\\\"}\"}]\n"
    );
    assert_eq!(
        done(path, &["diff", "a.db", "main", "side", "--stat", "--format", "csv"]),
        "table,added,removed,changed,definition\nt,1,1,1,changed\n"
    );
    let none = "table,added,removed,changed,definition\n";
    assert_eq!(done(path, &["diff", "a.db", "main", "main", "--stat", "--format", "csv"]), none);
    assert_eq!(
        done(path, &["diff", "a.db", "main", "side", "--stat", "--table", "u", "--format", "csv"]),
        none
    );
    assert_eq!(done(path, &["diff", "a.db", "main", "side", "--table", "u", "--format", "json"]), "[]\n");
    assert_eq!(refused(path, &["diff", "a.db", "main", "nosuch"]), "Error: no such branch: nosuch\n");
}

#[test]
fn a_merge_brings_all_or_nothing() {
    let folder = folder();
    let path = folder.path();
    done(path, &["a.db", "update t set b = 'w' where a = 1"]);
    let merge = ["merge", "a.db", "side", "--format", "csv"];
    let said = helios(path, &merge);
    assert_eq!(said.out, "table,key,columns,base,ours,theirs,violation\nt,1,b,\"1, x\",\"1, w\",\"1, z\",\n");
    assert_eq!((said.errors.as_str(), said.code), ("Error: merge of side refused: t\n", Some(1)));
    assert_eq!(done(path, &["a.db", "select a, b from t"]), "1|w\n2|y\n");
    assert_eq!(
        done(path, &[&merge[..], &["--on-conflict", "theirs"]].concat()),
        "what,count\n\"rows added\",1\n\"rows removed\",1\n\"rows changed\",1\n\"definitions changed\",1\n"
    );
    assert_eq!(done(path, &["--quote", "a.db", "select a, b from t"]), "1,'z'\n3,X'00ff'\n");
    assert_eq!(refused(path, &["merge", "a.db", "main"]), "Error: cannot merge a branch into itself\n");
    assert_eq!(
        refused(path, &["merge", "a.db", "side", "--into", "nosuch"]),
        "Error: no such branch: nosuch\n"
    );
    // Constraints are looked at, too.
    done(path, &["branch", "create", "a.db", "other"]);
    done(path, &["a.db", "create table u (x unique); insert into u values (1)"]);
    done(
        path,
        &["a.db", "--branch", "other", "create table u (x unique); insert into u (rowid, x) values (5, 1)"],
    );
    let said = helios(path, &["merge", "a.db", "other", "--format", "csv"]);
    assert_eq!(said.code, Some(1), "{} {}", said.out, said.errors);
    assert!(said.out.ends_with("UNIQUE constraint failed: u.x\"\n"), "{}", said.out);
}

#[test]
fn the_log_has_the_newest_commits_first() {
    let folder = folder();
    let path = folder.path();
    let log = done(path, &["log", "a.db", "--branch", "side", "--format", "csv"]);
    let ids: Vec<u64> = firsts(&log)[1..].iter().map(|id| id.parse().expect("a number")).collect();
    assert!(ids.len() >= 3 && ids.is_sorted_by(|a, b| a > b), "{log}");
    let short = done(path, &["log", "a.db", "--branch", "side", "--limit", "1", "--format", "csv"]);
    assert_eq!(short.lines().nth(1), log.lines().nth(1));
    assert_eq!(refused(path, &["log", "a.db", "--branch", "nosuch"]), "Error: no such branch: nosuch\n");
}

#[test]
fn a_bench_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    for driver in ["redb", "sled"] {
        let out = done(path, &["bench", "--rows", "50", "--format", "csv", "--backend", driver]);
        assert!(
            out.starts_with("work,times,milliseconds,per_second\n\"insert rows in one transaction\",50,"),
            "{out}"
        );
        assert_eq!(out.lines().count(), 10, "{out}");
        assert_eq!(std::fs::read_dir(path).expect("the folder").count(), 0);
    }
    std::fs::write(path.join("a.db"), "of the user").expect("a file");
    assert_eq!(refused(path, &["bench", "a.db"]), "Error: a.db is in the way\n");
    let said = helios(path, &["bench", "--rows", "0"]);
    assert_eq!(said.code, Some(2));
}
