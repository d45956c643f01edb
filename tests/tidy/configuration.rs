//! Settings: `docs/configuration.md` has every key of the code with its default, and no other.

use helios::Config;
use helios::config::Setting;

use crate::document::table_is;
use crate::report;
use crate::source;

/// The keys of a struct in `helios/src/config`: its own, and those of the structs in it.
fn keys(code: &str, name: &str, prefix: &str, found: &mut Vec<String>) {
    let start = code.find(&format!("pub struct {name} {{")).unwrap_or_else(|| panic!("there is no {name}"));
    let end = code[start..].find("\n}").expect("the struct ends");
    for line in code[start..start + end].lines() {
        let field = line.trim().strip_prefix("pub ").and_then(|line| line.split_once(": "));
        let Some((key, kind)) = field else { continue };
        let kind = kind.trim_end_matches(',');
        if kind.ends_with("Config") {
            keys(code, kind, &format!("{prefix}{key}."), found);
        } else {
            found.push(format!("{prefix}{key}"));
        }
    }
}

/// The rows `| `key` | `default` | … |` of the document.
fn documented() -> Vec<(String, String)> {
    let document = source::read("docs/configuration.md");
    let rows = document.text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let key = cells.next()?.strip_suffix('`')?;
        let default = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((key.to_owned(), default.to_owned()))
    });
    rows.collect()
}

#[test]
fn the_table_of_settings_is_that_of_the_code() {
    table_is("docs/configuration.md", "| key | default |", &helios::config::reference());
}

#[test]
fn every_setting_is_documented() {
    let mut in_code = Vec::new();
    let files = ["mod.rs", "server.rs", "storage.rs"]
        .map(|file| source::read(&format!("helios/src/config/{file}")).text);
    keys(&files.concat(), "Config", "", &mut in_code);
    assert!(in_code.iter().any(|key| key == "storage.backend"), "the keys of the code: {in_code:?}");
    let documented: Vec<String> = documented().into_iter().map(|(key, _)| key).collect();
    let missing =
        in_code.iter().filter(|key| !documented.contains(key)).map(|key| format!("{key}: not documented"));
    let invented =
        documented.iter().filter(|key| !in_code.contains(key)).map(|key| format!("{key}: no such setting"));
    report(
        "docs/configuration.md has the settings of the code",
        &missing.chain(invented).collect::<Vec<_>>(),
    );
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let mut findings = Vec::new();
    for (key, default) in documented() {
        let setting: Setting = match (default.parse::<bool>(), default.parse::<i64>()) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ if default == "[]" => Setting::List(Vec::new()),
            _ => default.trim_matches('"').into(),
        };
        match Config::loader().argument(&key, setting).load() {
            Ok(config) if config == Config::default() => {}
            Ok(_) => findings.push(format!("{key}: {default} is not the default")),
            Err(error) => findings.push(format!("{key}: {error}")),
        }
    }
    report("docs/configuration.md has the defaults of the code", &findings);
}
