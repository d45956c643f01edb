//! Sealed files that somebody has changed: what is damaged, moved, cut off or foreign is an error or made good, never
//! other data.

mod keys;

use helios_core::cipher::UserKey;
use helios_core::storage::Storage;
use helios_core::{ErrorKind, Result};
use helios_storage_redb::{Encryption, Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::disk::Disk;
use helios_testkit::seed::{is_extended, repeats, with_seed};
use helios_testkit::storage::{Pair, all, write};

use keys::{keyring, raw_key};

/// Where blocks begin, and how long they are with AES-256-GCM.
const BLOCKS: usize = 16384;
const STRIDE: usize = 4096 + 28;

fn open_with(disk: &Disk, key: UserKey) -> Result<RedbStorage> {
    let disk = disk.clone();
    let options = Options { cache_bytes: 1 << 20, ..Options::default() };
    let keyring = keyring(helios_cipher_aes::AES_256_GCM_CIPHER);
    let encryption = Some(Encryption { keyring, key: Some(key) });
    RedbStorage::open_backend_with(move || Ok(Box::new(disk.clone())), options, encryption)
}

/// What a file of these bytes shows.
fn read(bytes: &[u8]) -> Result<Vec<Pair>> {
    let disk = Disk::default();
    disk.write_at(0, bytes)
        .and_then(|()| disk.sync())
        .map_err(|error| helios_core::Error::new(ErrorKind::Io, "the disk of the test").caused_by(error))?;
    let store = open_with(&disk, raw_key(7))?;
    let found = all(&store);
    drop(store);
    found
}

/// The bytes of a small file that was closed, and what is in it.
fn sound_file(numbers: u8) -> TestResult<(Vec<u8>, Vec<Pair>)> {
    let disk = Disk::default();
    let store = open_with(&disk, raw_key(7))?;
    for number in 0..numbers {
        write(&store, &[(&[number], Some(&[number; 300])), (&[number, 1], Some(b"beside"))])?;
    }
    write(&store, &[(&[0], None)])?;
    let pairs = all(&store)?;
    store.close()?;
    let mut bytes = vec![0; disk.size() as usize];
    disk.read_at(0, &mut bytes)?;
    Ok((bytes, pairs))
}

/// Changed bytes are refused as damage, or show the same; never anything else.
fn is_seen(bytes: &[u8], pairs: &[Pair], what: &str) -> TestResult<bool> {
    match read(bytes) {
        Ok(found) if found == pairs => Ok(false),
        Ok(found) => Err(format!("{what}: {} entries in place of {}", found.len(), pairs.len()).into()),
        Err(error) => {
            let kinds = [ErrorKind::Corrupt, ErrorKind::NotADatabase, ErrorKind::Io];
            assert!(kinds.contains(&error.kind()), "{what}: {error:?}");
            Ok(true)
        }
    }
}

/// Every bit in the extended run, else one bit of every few bytes: seen, or made good by a second copy, or in a block
/// that nothing depends on, as wiping all of it shows.
#[test]
fn a_flipped_bit_is_seen_or_made_good_or_in_a_block_without_use() -> TestResult {
    with_seed(|numbers| {
        let (mut bytes, pairs) = sound_file(10)?;
        let step = if is_extended() { 1 } else { 8 * 149 };
        let (mut seen, mut bit, mut useless) = (0, numbers.below(step), None);
        while bit < 8 * bytes.len() {
            let at = bit / 8;
            bytes[at] ^= 1 << (bit % 8);
            let is_seen = is_seen(&bytes, &pairs, &format!("bit {bit}"))?;
            bytes[at] ^= 1 << (bit % 8);
            seen += u32::from(is_seen);
            if at >= BLOCKS && !is_seen {
                let block = (at - BLOCKS) / STRIDE;
                if useless != Some(block) {
                    let mut wiped = bytes.clone();
                    let end = bytes.len().min(BLOCKS + (block + 1) * STRIDE);
                    wiped[BLOCKS + block * STRIDE..end].fill(0);
                    assert!(read(&wiped)? == pairs, "block {block} is in use, and bit {bit} was not seen");
                    useless = Some(block);
                }
            }
            bit += step;
        }
        assert!(seen > 0, "something is seen");
        Ok(())
    })
}

/// Both copies of what stands twice: then it is seen.
#[test]
fn damage_in_both_copies_is_seen() -> TestResult {
    let (bytes, pairs) = sound_file(3)?;
    for (one, other) in [(40, 4096 + 40), (8192 + 100, 12288 + 100)] {
        for (damaged, is_error) in [(vec![one], false), (vec![other], false), (vec![one, other], true)] {
            let mut changed = bytes.clone();
            damaged.iter().for_each(|at| changed[*at] ^= 1);
            assert_eq!(is_seen(&changed, &pairs, "a copy")?, is_error, "{damaged:?}");
        }
    }
    Ok(())
}

#[test]
fn blocks_that_are_swapped_or_foreign_are_seen() -> TestResult {
    with_seed(|numbers| {
        let (bytes, pairs) = sound_file(12)?;
        let (foreign, _) = sound_file(12)?;
        let count = (bytes.len() - BLOCKS) / STRIDE;
        let place = |block: usize| BLOCKS + block * STRIDE..BLOCKS + (block + 1) * STRIDE;
        let is_used = |block: usize| -> TestResult<bool> {
            let mut wiped = bytes.clone();
            wiped[place(block)].fill(0);
            is_seen(&wiped, &pairs, "a wiped block")
        };
        let used: Vec<usize> = (0..count)
            .filter_map(|block| is_used(block).map(|used| used.then_some(block)).transpose())
            .collect::<TestResult<_>>()?;
        assert!(used.len() > 2, "{used:?}");
        for _ in 0..repeats(20, 500) {
            let (one, other) = (*numbers.pick(&used), *numbers.pick(&used));
            if one != other {
                let mut swapped = bytes.clone();
                let (a, b) = (bytes[place(one)].to_vec(), bytes[place(other)].to_vec());
                swapped[place(one)].copy_from_slice(&b);
                swapped[place(other)].copy_from_slice(&a);
                assert!(is_seen(&swapped, &pairs, "swapped blocks")?, "blocks {one} and {other}");
            }
            let mut mixed = bytes.clone();
            mixed[place(one)].copy_from_slice(&foreign[place(one)]);
            assert!(is_seen(&mixed, &pairs, "a foreign block")?, "block {one}");
        }
        // The head of another file under the same key, and the headers of each other's slots.
        let mut headed = bytes.clone();
        headed[..8192].copy_from_slice(&foreign[..8192]);
        assert!(is_seen(&headed, &pairs, "a foreign head")?);
        let mut crossed = bytes.clone();
        crossed[8192..12288].copy_from_slice(&bytes[12288..16384]);
        crossed[12288..16384].copy_from_slice(&bytes[8192..12288]);
        assert!(is_seen(&crossed, &pairs, "crossed headers")?);
        Ok(())
    })
}

#[test]
fn a_file_that_was_cut_off_is_refused() -> TestResult {
    let (bytes, pairs) = sound_file(12)?;
    let mut lengths = vec![1, 16, 511, 512, 4096, 8192, 8200, 12288, 16383, 16384, BLOCKS + 1];
    lengths.extend((1..(bytes.len() - BLOCKS) / STRIDE).map(|block| BLOCKS + block * STRIDE));
    for length in lengths {
        is_seen(&bytes[..length], &pairs, &format!("{length} bytes"))?;
    }
    Ok(())
}

#[test]
fn another_key_opens_nothing() -> TestResult {
    let disk = Disk::default();
    let store = open_with(&disk, raw_key(7))?;
    write(&store, &[(b"key", Some(b"value"))])?;
    store.close()?;
    let size = disk.size() as usize;
    let bytes = || {
        let mut bytes = vec![0; size];
        disk.read_at(0, &mut bytes).map(|()| bytes)
    };
    let before = bytes()?;
    for key in [raw_key(8), UserKey::of_text("words")?] {
        assert_eq!(
            open_with(&disk, key).map(|_| ()).map_err(|error| error.kind()),
            Err(ErrorKind::NotADatabase)
        );
    }
    assert!(before == bytes()?, "the file was touched");
    assert!(!before.windows(5).any(|part| part == b"value"));
    Ok(())
}
