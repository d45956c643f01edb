//! How a table is read, in SQLite's words.

use crate::exec::is_covered;
use crate::plan::{Access, Bounds, IndexAccess, Probe, Scan};

/// The line of a scan by one access, with what it calls the table.
pub(super) fn line(scan: &Scan, access: &Access) -> String {
    let name = &scan.alias;
    match access {
        Access::All | Access::AnyOf(_) => format!("SCAN {name}"),
        Access::Rowids(_) => format!("SEARCH {name} USING INTEGER PRIMARY KEY (rowid=?)"),
        Access::RowidRange(bounds) => {
            format!("SEARCH {name} USING INTEGER PRIMARY KEY ({})", range("rowid", bounds).join(" AND "))
        }
        Access::Index(access) => by_index(scan, access),
    }
}

fn by_index(scan: &Scan, access: &IndexAccess) -> String {
    let (name, index) = (&scan.alias, &access.index);
    let column = |number: usize| scan.table.name_at(index.columns[number].column).unwrap_or("<expr>");
    let mut terms: Vec<String> = access
        .probes
        .iter()
        .enumerate()
        .map(|(number, probe)| match probe {
            Probe::Any => format!("ANY({})", column(number)),
            _ => format!("{}=?", column(number)),
        })
        .collect();
    if access.probes.len() < index.columns.len() {
        terms.extend(range(column(access.probes.len()), &access.bounds));
    }
    let is_key = index.space == scan.table.space;
    let using = match (is_key, is_covered(scan)) {
        (true, _) if terms.is_empty() => return format!("SCAN {name}"),
        (true, _) => "PRIMARY KEY".to_owned(),
        (false, true) => format!("COVERING INDEX {}", index.name),
        (false, false) => format!("INDEX {}", index.name),
    };
    match terms.is_empty() {
        true => format!("SCAN {name} USING {using}"),
        false => format!("SEARCH {name} USING {using} ({})", terms.join(" AND ")),
    }
}

fn range(column: &str, bounds: &Bounds) -> Vec<String> {
    let low = bounds.low.iter().map(|_| format!("{column}>?"));
    low.chain(bounds.high.iter().map(|_| format!("{column}<?"))).collect()
}
