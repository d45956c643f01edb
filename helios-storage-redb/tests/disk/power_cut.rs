//! Power cuts at every kind of moment: what was acknowledged is there, and nothing is there in part.

use std::collections::BTreeMap;

use helios_core::storage::{Batch, BatchEntry, KeyRange, Storage};
use helios_storage_redb::{Durability, Options};
use helios_testkit::TestResult;
use helios_testkit::disk::{Disk, Trouble};
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_testkit::storage::all;

use crate::seal::Seal;
use crate::{How, open};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// What may stand on the disk: the last acknowledged state, or the one that was on its way.
struct Promise {
    acknowledged: Map,
    on_its_way: Option<Map>,
}

#[test]
fn acknowledged_commits_survive_power_cuts() -> TestResult {
    cut_again_and_again(How { options: Options::default(), seal: Seal::Plain })
}

#[test]
fn acknowledged_commits_of_a_sealed_store_survive_power_cuts() -> TestResult {
    cut_again_and_again(How { options: Options::default(), seal: Seal::Aes })
}

#[test]
fn acknowledged_commits_of_a_sealed_store_survive_power_cuts_with_quick_repair() -> TestResult {
    let options = Options { quick_repair: true, ..Options::default() };
    cut_again_and_again(How { options, seal: Seal::XChaCha })
}

#[test]
fn acknowledged_commits_survive_power_cuts_with_quick_repair() -> TestResult {
    let options = Options { quick_repair: true, ..Options::default() };
    cut_again_and_again(How { options, seal: Seal::Plain })
}

#[test]
fn without_durability_a_power_cut_leaves_some_whole_earlier_state() -> TestResult {
    with_seed(|numbers| {
        for _ in 0..repeats(40, 1000) {
            let seal = *numbers.pick(&[Seal::Plain, Seal::Aes]);
            let options = Options { durability: Durability::Off, cache_bytes: 1 << 20, ..Options::default() };
            let how = How { options, seal };
            let disk = Disk::default();
            make(&disk, how)?;
            let store = open(&disk, how)?;
            let mut states = vec![Map::new()];
            disk.trouble_after(numbers.below(60) as u64, Trouble::PowerCut);
            for _ in 0..40 {
                let mut next = states[states.len() - 1].clone();
                // The state is among those that may be there, whether this is acknowledged or not.
                let result = commit_random(&store, &mut next, numbers);
                states.push(next);
                if result.is_err() {
                    break;
                }
            }
            drop(store);
            let found: Map = all(&open(&disk.after_power_cut(numbers), how)?)?.into_iter().collect();
            assert!(states.contains(&found), "a state that never was");
        }
        Ok(())
    })
}

/// One disk after another, each what a power cut has left of the one before; some cuts come while the store recovers.
fn cut_again_and_again(how: How) -> TestResult {
    let how = How { options: Options { cache_bytes: 1 << 20, ..how.options }, ..how };
    with_seed(|numbers| {
        let mut disk = Disk::default();
        let mut promise = Promise { acknowledged: Map::new(), on_its_way: None };
        for cut in 0..repeats(300, 6000) {
            if cut % 50 == 0 {
                disk = Disk::default();
                make(&disk, how)?;
                promise = Promise { acknowledged: Map::new(), on_its_way: None };
            }
            let operations = *numbers.pick(&[4, 30, 200]);
            disk.trouble_after(numbers.below(operations) as u64, Trouble::PowerCut);
            work_until_the_cut(&disk, how, &mut promise, numbers)?;
            disk = disk.after_power_cut(numbers);
        }
        let store = open(&disk, how)?;
        promise.check(&store)
    })
}

/// Makes an empty store. redb cannot open what a power cut in the middle of this leaves; nothing is lost by it then.
fn make(disk: &Disk, how: How) -> TestResult {
    Ok(open(disk, how)?.close()?)
}

/// Opens the store, checks it, and commits until the power goes.
fn work_until_the_cut(disk: &Disk, how: How, promise: &mut Promise, numbers: &mut Numbers) -> TestResult {
    let store = match open(disk, how) {
        Ok(store) => store,
        Err(error) => {
            let entries = promise.acknowledged.len();
            assert!(disk.end_of_trouble(), "with the power on: {error:?}, {entries} entries acknowledged");
            return Ok(());
        }
    };
    if let Err(error) = promise.check(&store) {
        return if disk.end_of_trouble() { Ok(()) } else { Err(error) };
    }
    loop {
        let mut next = promise.acknowledged.clone();
        let result = commit_random(&store, &mut next, numbers);
        if result.is_err() {
            assert!(disk.end_of_trouble(), "a commit fails though the power is on: {result:?}");
            promise.on_its_way = Some(next);
            return Ok(());
        }
        promise.acknowledged = next;
    }
}

impl Promise {
    /// Checks that a store shows one of the states that it may; from then on that one is certain.
    fn check(&mut self, store: &dyn Storage) -> TestResult {
        let found: Map = all(store)?.into_iter().collect();
        let is_next = self.on_its_way.as_ref() == Some(&found);
        assert!(
            is_next || found == self.acknowledged,
            "{} entries found, {} acknowledged, {:?} on their way",
            found.len(),
            self.acknowledged.len(),
            self.on_its_way.as_ref().map(BTreeMap::len),
        );
        *self = Promise { acknowledged: found, on_its_way: None };
        Ok(())
    }
}

/// Commits a random batch; `map` becomes the state after it.
pub(crate) fn commit_random(
    store: &dyn Storage,
    map: &mut Map,
    numbers: &mut Numbers,
) -> helios_core::Result<()> {
    let mut entries: Map = Map::new();
    let largest = *numbers.pick(&[1, 5, 60]);
    for _ in 0..=numbers.below(largest) {
        let length = *numbers.pick(&[0, 10, 300, 5000]);
        entries.insert(vec![b'k', numbers.below(200) as u8], numbers.bytes(length));
    }
    let deleted = [b'k', numbers.below(200) as u8];
    entries.remove(&deleted[..]);
    let cleared = if numbers.one_in(10) { vec![KeyRange::new(b"k\x20", Some(b"k\x60"))] } else { Vec::new() };
    let mut batch = Batch { cleared, ..Batch::default() };
    map.retain(|key, _| !batch.cleared.iter().any(|range| range.contains(key)));
    map.remove(&deleted[..]);
    batch.entries.extend(entries.iter().map(|(key, value)| BatchEntry::put(key, value)));
    batch.entries.push(BatchEntry::delete(&deleted));
    batch.entries.sort();
    let result = store.commit(&batch);
    map.extend(entries);
    result
}
