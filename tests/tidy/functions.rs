//! Functions of SQL: `docs/sql-functions.md` has every one, and no other.

use helios_sql::func;
use helios_sql::module::Modules;

use crate::report;
use crate::source;

/// The names in the first cells of the document's rows: `| `abs(x)`, `sign(x)` | … |`.
fn documented() -> Vec<String> {
    let document = source::read("docs/sql-functions.md");
    let rows = document.text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let calls = rows.flat_map(|cell| source::quoted(cell, '`'));
    calls.filter_map(|call| Some(call.split_once('(')?.0.to_owned())).collect()
}

fn is_function(name: &str) -> bool {
    // A name that exists has some count of arguments that fits, or one that is refused as wrong.
    !matches!(func::scalar(name, 1), Ok(None))
        || !matches!(func::aggregate(name, Some(1)), Ok(None))
        || !matches!(func::window(name, Some(1)), Ok(None))
        || func::table_function(name).is_some()
        || Modules::default().find(name).is_some_and(|module| module.eponymous().is_some())
}

#[test]
fn every_function_is_documented() {
    let documented = documented();
    // Operators that are functions inside have no name.
    let named = func::scalars().filter(|function| function.name.starts_with(char::is_alphabetic));
    let missing = named.filter(|function| !documented.iter().any(|name| name == function.name));
    let missing = missing.map(|function| format!("{}: not documented", function.name));
    let invented =
        documented.iter().filter(|name| !is_function(name)).map(|name| format!("{name}: no such function"));
    report(
        "docs/sql-functions.md has the functions of the code",
        &missing.chain(invented).collect::<Vec<_>>(),
    );
}
