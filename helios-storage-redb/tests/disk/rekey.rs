//! Another lock on a sealed store, interrupted anywhere: the old key opens it or the new one, and one of them does.

use helios_core::cipher::{UserKey, Vault};
use helios_core::storage::Storage;
use helios_core::{ErrorKind, Result};
use helios_storage_redb::{Encryption, Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::disk::{Disk, Trouble};
use helios_testkit::seed::{repeats, with_seed};
use helios_testkit::storage::{all, write};

use crate::keys::{keyring, raw_key};

fn open(disk: &Disk, key: &UserKey) -> Result<RedbStorage> {
    let disk = disk.clone();
    let keyring = keyring(helios_cipher_aes::AES_256_GCM_CIPHER);
    let options = Options { cache_bytes: 1 << 20, ..Options::default() };
    let encryption = Encryption { keyring, key: Some(key.clone()) };
    RedbStorage::open_backend_with(move || Ok(Box::new(disk.clone())), options, Some(encryption))
}

#[test]
fn an_interrupted_rekey_leaves_the_old_key_or_the_new_one() -> TestResult {
    with_seed(|numbers| {
        let mut disk = Disk::default();
        let mut number = 0;
        let store = open(&disk, &raw_key(number))?;
        write(&store, &[(b"key", Some(b"value"))])?;
        store.close()?;
        let (mut old, mut new) = (0, 0);
        for _ in 0..repeats(300, 10_000) {
            let (before, after) = (raw_key(number), raw_key(number.wrapping_add(1)));
            let store = open(&disk, &before)?;
            disk.trouble_after(numbers.below(6) as u64, Trouble::PowerCut);
            let result = store.rekey(Some(&after), false);
            assert_eq!(result.is_ok(), !disk.end_of_trouble(), "it fails with the power only");
            drop(store);
            disk = disk.after_power_cut(numbers);
            let opens = [&before, &after].map(|key| open(&disk, key));
            let entry = vec![(b"key".to_vec(), b"value".to_vec())];
            match &opens {
                [Ok(store), Err(error)] if result.is_err() => {
                    assert_eq!((all(store)?, error.kind()), (entry, ErrorKind::NotADatabase));
                    old += 1;
                }
                [Err(error), Ok(store)] => {
                    assert_eq!((all(store)?, error.kind()), (entry, ErrorKind::NotADatabase));
                    number = number.wrapping_add(1);
                    new += 1;
                }
                opens => return Err(format!("{opens:?} after {result:?}").into()),
            }
            for store in opens.into_iter().flatten() {
                store.close()?;
            }
        }
        assert!(old > 0 && new > 0, "{old} times the old key, {new} times the new one");
        Ok(())
    })
}
