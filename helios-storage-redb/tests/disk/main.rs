//! The driver on a simulated disk: power cuts, failing operations, no room.

mod failing;
#[path = "../keys/mod.rs"]
mod keys;
mod power_cut;
mod rekey;
#[path = "../keys/seal.rs"]
mod seal;

use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::disk::Disk;

use seal::Seal;

/// How a store is opened.
#[derive(Clone, Copy)]
struct How {
    options: Options,
    seal: Seal,
}

/// Opens the store on a disk.
fn open(disk: &Disk, how: How) -> helios_core::Result<RedbStorage> {
    let disk = disk.clone();
    RedbStorage::open_backend_with(move || Ok(Box::new(disk.clone())), how.options, how.seal.encryption())
}
