//! The driver on a simulated disk: power cuts, failing operations, no room.

mod failing;
mod power_cut;

use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::disk::Disk;

/// Opens the store on a disk.
fn open(disk: &Disk, options: Options) -> helios_core::Result<RedbStorage> {
    let disk = disk.clone();
    RedbStorage::open_backend(move || Ok(Box::new(disk.clone())), options)
}
