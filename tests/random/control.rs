//! Transactions, and what changes how a connection works.

use helios_testkit::seed::Numbers;

/// Control of a transaction. `is_open` says whether there is one.
pub(crate) fn control(numbers: &mut Numbers, is_open: bool) -> String {
    let name = *numbers.pick(&["s1", "s2", "S1"]);
    let texts: &[&str] = if is_open {
        &[
            "COMMIT",
            "COMMIT",
            "END TRANSACTION",
            "ROLLBACK",
            "BEGIN",
            "SAVEPOINT",
            "SAVEPOINT",
            "RELEASE",
            "ROLLBACK TO",
            "ROLLBACK TO",
        ]
    } else {
        &[
            "BEGIN",
            "BEGIN",
            "BEGIN IMMEDIATE",
            "SAVEPOINT",
            "COMMIT",
            "ROLLBACK TO",
            "BEGIN",
            "BEGIN EXCLUSIVE",
        ]
    };
    let text = *numbers.pick(texts);
    if text.starts_with("SAVE") || text.starts_with("RELEASE") || text.ends_with("TO") {
        return format!("{text} {name}");
    }
    text.to_owned()
}

/// A setting, or work on the whole database.
pub(crate) fn setting(numbers: &mut Numbers) -> &'static str {
    numbers.pick::<&'static str>(&[
        "PRAGMA foreign_keys = ON",
        "PRAGMA foreign_keys = ON",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA defer_foreign_keys = ON",
        "PRAGMA recursive_triggers = ON",
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA user_version = 7",
        "REINDEX",
    ])
}
