//! Damaged files: cut off anywhere, bits turned over anywhere.
//!
//! What redb promises: it checks the sums of a file when it was not closed properly, and of its header always. A bit that
//! is turned over in a page of a file that was closed is found where it breaks the structure of the page, a record or an
//! index. In the bytes of a value nothing finds it: that takes encryption, which authenticates. So the claim for bits is:
//! an error or an answer, never a panic that leaves the engine nor an endless loop. How many changes nobody noticed is
//! written into the output of the test.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::{repeats, with_seed};

use crate::child::config;
use crate::files::{shown, sound_file};

/// What damage may be answered with.
fn is_of_damage(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Corrupt | ErrorKind::NotADatabase | ErrorKind::Io)
}

#[test]
fn a_file_that_was_cut_off_is_an_error_or_whole() -> TestResult {
    let directory = tempfile::tempdir()?;
    let (sound, cut) = (directory.path().join("sound.db"), directory.path().join("cut.db"));
    sound_file(&sound)?;
    let whole = shown(&sound, &config("many")?)?;
    let bytes = fs::read(&sound)?;
    with_seed(|numbers| {
        let mut lengths = vec![1, 8, 9, 63, 64, 319, 320, 4095, 4096, 4097, 8192, bytes.len() - 1];
        lengths.extend((1..bytes.len() / 4096).map(|page| page * 4096).take(repeats(30, 10_000)));
        lengths.extend((0..repeats(40, 2000)).map(|_| 1 + numbers.below(bytes.len() - 1)));
        for length in lengths {
            for processes in ["many", "one"] {
                fs::write(&cut, &bytes[..length])?;
                match shown(&cut, &config(processes)?) {
                    Ok(found) => assert!(found == whole, "{length} bytes show something else"),
                    Err(error) => assert!(is_of_damage(error.kind()), "{length} bytes: {error:?}"),
                }
            }
        }
        Ok(())
    })?;
    goes_on(&sound, &whole)
}

/// Any bits of a file that was closed properly.
#[test]
fn turned_bits_never_end_the_program() -> TestResult {
    let directory = tempfile::tempdir()?;
    let (sound, damaged) = (directory.path().join("sound.db"), directory.path().join("damaged.db"));
    sound_file(&sound)?;
    let whole = shown(&sound, &config("many")?)?;
    let bytes = fs::read(&sound)?;
    // Most of a small file is unused; only the used part is worth damage.
    let used: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != 0).collect();
    with_seed(|numbers| {
        let (mut errors, mut same, mut different) = (0, 0, 0);
        let rounds = repeats(150, 20_000);
        for _ in 0..rounds {
            let mut bytes = bytes.clone();
            let mut places = Vec::new();
            for _ in 0..*numbers.pick(&[1, 1, 1, 3, 30]) {
                let place = if numbers.one_in(4) { numbers.below(bytes.len()) } else { *numbers.pick(&used) };
                bytes[place] ^= 1 << numbers.below(8);
                places.push(place);
            }
            fs::write(&damaged, &bytes)?;
            let config = config(["many", "one"][numbers.below(2)])?;
            match catch_unwind(AssertUnwindSafe(|| read_and_write(&damaged, &config))) {
                Ok(Ok(found)) if found == whole => same += 1,
                Ok(Ok(_)) => different += 1,
                // The schema is stored, too: it may have lost a table.
                Ok(Err(error)) if error.kind() == ErrorKind::Sql => different += 1,
                Ok(Err(error)) => {
                    assert!(is_of_damage(error.kind()), "bits at {places:?}: {error:?}");
                    errors += 1;
                }
                Err(_) => panic!("bits at {places:?} make the program panic"),
            }
        }
        println!("{errors} errors, {same} without effect, {different} silently changed");
        assert!(errors > 0 && same > 0, "{errors} errors, {same} without effect");
        Ok(())
    })?;
    goes_on(&sound, &whole)
}

/// What a file shows; then it is written to. A write may find that something does not hold, since it does not.
fn read_and_write(path: &Path, config: &helios::Config) -> helios::Result<Vec<String>> {
    let found = shown(path, config)?;
    let connection = helios::Database::open_with(path, config)?.connect()?;
    for sql in [
        "INSERT INTO t VALUES (1000, 'new', 1)",
        "UPDATE t SET b = b + 1",
        "DELETE FROM t WHERE k % 2",
        "CREATE INDEX j ON t (a, b)",
        "SELECT count(*) FROM t",
    ] {
        match connection.execute_batch(sql) {
            Err(error)
                if !is_of_damage(error.kind()) && !matches!(error.kind(), ErrorKind::Constraint(_)) =>
            {
                return Err(error.in_context(sql));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn goes_on(sound: &Path, whole: &[String]) -> TestResult {
    assert_eq!(shown(sound, &config("many")?)?, whole);
    let connection = Connection::open_in_memory()?;
    Ok(connection.execute_batch("CREATE TABLE t (a)")?)
}
