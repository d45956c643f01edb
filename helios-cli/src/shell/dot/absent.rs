//! Commands of `sqlite3` that cannot be here, and what does their work.

/// Their names, each with a sentence.
const ABSENT: [(&str, &str); 26] = [
    ("archive", "archives are not made; tar makes them"),
    ("auth", "there is nothing to watch; Python's set_authorizer does"),
    ("check", "what it checks is sqlite3's own tests"),
    ("connection", "there is one connection; .open and .branch go elsewhere"),
    ("dbconfig", "these switches are SQLite's; .limit and PRAGMA are there"),
    ("dbinfo", "it is about SQLite's files; `helios stats` tells of a database"),
    ("excel", "no other program is opened; .mode csv and .once write a file for it"),
    ("filectrl", "it is about SQLite's files"),
    ("imposter", "indexes cannot be read as tables"),
    ("iotrace", "it is about SQLite's files; .stats counts what is read and written"),
    ("load", "libraries of SQLite cannot be loaded"),
    ("log", "errors stand on standard error"),
    ("nonce", "there is no safe mode"),
    ("progress", "there is no virtual machine whose steps could be counted"),
    ("recover", "`helios check` tells what is wrong, and .dump writes what can be read"),
    ("scanstats", "EXPLAIN ANALYZE tells what each step of a statement has done"),
    ("selecttrace", "EXPLAIN QUERY PLAN tells the plan"),
    ("selftest", "`helios check` reads everything and tells what is wrong"),
    ("session", "`helios diff` and DIFF BRANCH tell what has changed"),
    ("testcase", "what it begins is sqlite3's own tests"),
    ("testctrl", "what it controls is sqlite3's own tests"),
    ("unmodule", "modules stay"),
    ("vfsinfo", "there are drivers in the place of file systems; `helios stats` names the driver"),
    ("vfslist", "there are drivers in the place of file systems; `helios --help` names them"),
    ("vfsname", "there are drivers in the place of file systems; `helios stats` names the driver"),
    ("wheretrace", "EXPLAIN QUERY PLAN tells the plan"),
];

/// Why a command is not there that `sqlite3` has.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    ABSENT.iter().find(|(absent, _)| *absent == name).map(|(_, reason)| *reason)
}
