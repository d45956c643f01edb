//! Settings: which place wins, and what is refused.

use helios::Config;
use helios::config::{Durability, Processes};

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn arguments_win_over_values_those_over_the_environment_and_that_over_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("helios.toml");
    let text =
        "[storage]\nbackend = 'a'\ncache_mb = 1\n[storage.redb]\nprocesses = 'one'\nquick_repair = true\n";
    std::fs::write(&path, text).unwrap();
    let config = Config::loader()
        .file(&path)
        .variables(variables(&[
            ("HELIOS_STORAGE__BACKEND", "b"),
            ("HELIOS_STORAGE__CACHE_MB", "2"),
            ("HELIOS_STORAGE__REDB__QUICK_REPAIR", "true"),
            ("HELIOS_HOME", "of somebody else"),
            ("HELIOS_CACHE__SIZE_MB", "3"),
        ]))
        .value("storage.backend", "d")
        .value("cache.size_mb", 4_i64)
        .argument("storage.backend", "c")
        .argument("sql.memory_mb", 7_i64)
        .argument("time_travel.enabled", true)
        .load()
        .unwrap();
    assert_eq!(config.storage.backend, "c");
    assert_eq!(config.storage.cache_mb, 2);
    assert_eq!(config.cache.size_mb, 4);
    assert_eq!(config.storage.redb.processes, Processes::One);
    assert_eq!(config.storage.durability, Durability::Full);
    assert!(config.storage.redb.quick_repair);
    assert!(config.time_travel.enabled);
    assert_eq!(config.sql.memory_mb, 7);
}

#[test]
fn unknown_keys_and_bad_values_are_named() {
    let refused =
        |key: &str, value: &str| Config::loader().value(key, value).load().unwrap_err().message().to_owned();
    for (key, value, expected) in [
        ("storge.backend", "redb", "did you mean `storage.backend`?"),
        ("storage.cach_mb", "1", "did you mean `storage.cache_mb`?"),
        ("storage.redb.cache_mb", "1", "unknown setting `storage.redb.cache_mb`"),
        ("storage.cache_mb", "many", "storage.cache_mb"),
        ("storage.durability", "some", "some"),
        ("time_travel.enabled", "perhaps", "time_travel.enabled"),
        ("sql.memory_mb", "-1", "sql.memory_mb"),
        ("sql.memory", "1", "did you mean `sql.memory_mb`?"),
    ] {
        let message = refused(key, value);
        println!("{message}");
        assert!(message.contains(expected), "{key}: {message}");
        assert!(message.contains("the given config"), "{key}: {message}");
    }
    let from_environment =
        Config::loader().variables(variables(&[("HELIOS_STORAGE__REDB__SPEED", "high")])).load();
    assert!(from_environment.unwrap_err().message().contains("`storage.redb.speed`"));
    let no_file = Config::loader().file("/nowhere/helios.toml").load();
    assert!(no_file.unwrap_err().message().contains("/nowhere/helios.toml"));
}

#[test]
fn an_unknown_backend_is_refused_with_the_list_of_those_there_are() {
    let config = Config::loader().argument("storage.backend", "stone").load().unwrap();
    let error = helios::Database::open_with("never-made.db", &config).unwrap_err();
    assert!(error.message().contains("no such storage backend: stone"), "{error}");
    assert!(error.message().contains("memory"), "{error}");
}

#[test]
fn the_lines_of_all_problems_of_a_file_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("helios.toml");
    let problems = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let problems = helios::config::check_file(&path).unwrap();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(problems("[storage]\nbackend = 'memory'\n\n[storage.redb]\nprocesses = 'one'\n"), [""; 0]);
    let found = problems(
        "[storage]\ncach_mb = 5\ndurability = 'some'\n\n[storage.redb]\nquick_repair = 'perhaps'\n\n[sqll]\nmemory_mb = 5\n",
    );
    let begin = [
        "line 2: unknown setting `storage.cach_mb`",
        "line 3: ",
        "line 6: ",
        "line 9: unknown setting `sqll.memory_mb`",
    ];
    assert_eq!(found.len(), begin.len(), "{found:?}");
    assert!(found.iter().zip(begin).all(|(found, begin)| found.starts_with(begin)), "{found:?}");
    assert!(problems("[storage]\nbackend = \n")[0].starts_with("line 2: "));
    assert!(problems("storage.redb.processes = 'one'\nstorage.cache_mb = -1\n")[0].starts_with("line 2: "));
    assert!(problems("[vector]\n# nothing\nindex = 'tree'\n")[0].starts_with("line 3: "));
    assert!(problems("\n[encryption]\nkdf_passes = 0\n")[0].starts_with("line 3: "));
    assert!(problems("[encryption]\nkey_env = 'HELIOS_NOBODY_SETS_THIS'\n")[0].starts_with("line 2: "));
    let backend = problems("[storage]\nbackend = 'stone'\n");
    assert_eq!(backend.len(), 1);
    assert!(backend[0].starts_with("line 2: no such storage backend: stone"), "{backend:?}");

    std::fs::write(&path, "[storage]\n\ncach_mb = 5\n").unwrap();
    let refused = Config::loader().file(&path).load().unwrap_err();
    assert!(refused.message().contains("helios.toml, line 3: unknown setting"), "{refused}");
}
