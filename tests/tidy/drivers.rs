//! Drivers: what `docs/drivers.md` says they can do is what they say themselves.

use helios_core::storage::{Capabilities, Storage};
use helios_storage_etcd as etcd;
use helios_storage_memory::MemoryStorage;
use helios_storage_postgres as postgres;
use helios_storage_redb as redb;
use helios_storage_redb::Processes;
use helios_storage_rocksdb as rocksdb;
use helios_storage_sled as sled;

use crate::document::table_is;

/// The capabilities of a driver under a name, with each level of durability from the strongest to the weakest.
type Column = (&'static str, [Capabilities; 3]);

fn columns() -> Vec<Column> {
    let redb = |processes| {
        [redb::Durability::Full, redb::Durability::Normal, redb::Durability::Off].map(|durability| {
            redb::Options { durability, processes, ..redb::Options::default() }.capabilities()
        })
    };
    let sled = [sled::Durability::Full, sled::Durability::Normal, sled::Durability::Off]
        .map(|durability| sled::Options { durability, ..sled::Options::default() }.capabilities());
    let rocksdb = [rocksdb::Durability::Full, rocksdb::Durability::Normal, rocksdb::Durability::Off]
        .map(|durability| rocksdb::Options { durability, ..rocksdb::Options::default() }.capabilities());
    vec![
        ("`redb`", redb(Processes::Many)),
        ("`redb`, `processes = \"one\"`", redb(Processes::One)),
        ("`postgres`", [postgres::Options::default().capabilities(); 3]),
        ("`etcd`", [etcd::Options::default().capabilities(); 3]),
        ("`sled`", sled),
        ("`rocksdb`", rocksdb),
        ("`memory`", [MemoryStorage::new().capabilities(); 3]),
    ]
}

/// A row of the table: what is told, and the word for each driver.
type Row = (&'static str, fn(&[Capabilities; 3]) -> String);

const ROWS: &[Row] = &[
    ("`persistent`: it is there after closing", |all| yes(all, |one| one.persistent)),
    ("`durable`: a commit survives a power cut", |all| yes(all, |one| one.durable)),
    ("`many_processes`: several may have it open, and write", |all| yes(all, |one| one.many_processes)),
    ("`online_compaction`: while others read and write", |all| yes(all, |one| one.online_compaction)),
    ("`page_encryption`: [a key](encryption.md) is taken", |all| match all[0] {
        // A key is taken note of, for columns.
        Capabilities { persistent: false, .. } => "nothing is at rest".to_owned(),
        Capabilities { page_encryption: false, .. } => "no: it is refused".to_owned(),
        _ => "yes".to_owned(),
    }),
    ("largest key", |all| size(all[0].limits.key_bytes)),
    ("largest value", |all| size(all[0].limits.value_bytes)),
    ("most bytes of a commit", |all| size(all[0].limits.batch_bytes)),
];

/// Whether all levels of durability can do something, or which.
fn yes(all: &[Capabilities; 3], can: fn(&Capabilities) -> bool) -> String {
    match all.each_ref().map(can) {
        [true, true, true] => "yes",
        [true, true, false] => "unless `durability = \"off\"`",
        [true, false, false] => "with `durability = \"full\"`",
        _ => "no",
    }
    .to_owned()
}

fn size(bytes: usize) -> String {
    match bytes {
        usize::MAX => "no limit but memory".to_owned(),
        bytes if bytes >= 1 << 30 => format!("{} GiB", bytes >> 30),
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes => format!("{} KiB", bytes >> 10),
    }
}

#[test]
fn the_table_of_drivers_is_what_they_can_do() {
    let columns = columns();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut table = format!("| | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(columns.len()));
    for (what, cell) in ROWS {
        let cells: Vec<String> = columns.iter().map(|(_, all)| cell(all)).collect();
        table.push_str(&format!("| {what} | {} |\n", cells.join(" | ")));
    }
    table_is("docs/drivers.md", "| | `redb` |", &table);
}
