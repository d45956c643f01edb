//! Inputs that are almost right: what reads bytes of users and of files answers each with a value or an error, and never
//! with a panic, an endless loop or the end of the process.
//!
//! In: the statements of `tests/sql/scripts`, and records, keys, settings and copies of databases that are made here. Each is
//! changed at random places. `HELIOS_SEED=n` begins with another seed; `HELIOS_EXTENDED=1` tries fifty times as many.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use helios_testkit::TestResult;
use helios_testkit::mutation::mutate;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::inputs;

/// Gives so many changed inputs of a corpus to `read`, and tells which one makes it panic.
fn try_all(count: usize, corpus: &[Vec<u8>], mut read: impl FnMut(&[u8])) -> TestResult {
    with_seed(|numbers: &mut Numbers| {
        for _ in 0..repeats(count, count * 50) {
            let (input, other) = (numbers.pick(corpus).clone(), numbers.pick(corpus).clone());
            let changed = mutate(&input, &other, numbers);
            if catch_unwind(AssertUnwindSafe(|| read(&changed))).is_err() {
                return Err(format!("a panic at {:?}", String::from_utf8_lossy(&changed)).into());
            }
        }
        Ok(())
    })
}

fn statements() -> std::io::Result<inputs::Corpus> {
    inputs::statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/scripts"))
}

#[test]
fn changed_statements_are_parsed_or_refused_in_both_dialects() -> TestResult {
    try_all(12_000, &statements()?, inputs::parse)
}

#[test]
fn changed_statements_are_prepared_or_refused() -> TestResult {
    let preparing = inputs::Preparing::new()?;
    try_all(4000, &statements()?, |input| preparing.read(input))?;
    assert_eq!(preparing.rows()?, 2);
    Ok(())
}

#[test]
fn changed_queries_of_words_json_and_vectors_are_answered_or_refused() -> TestResult {
    let mut answering = inputs::Answering::new()?;
    try_all(6000, &inputs::texts(), |input| answering.read_by_next(input))
}

#[test]
fn changed_records_and_keys_are_read_or_corrupt() -> TestResult {
    try_all(20_000, &inputs::records_and_keys(), inputs::read_record_or_key)
}

#[test]
fn changed_settings_are_read_or_refused() -> TestResult {
    let setting = inputs::Setting::new()?;
    try_all(1500, &inputs::settings(), |input| setting.read(input))
}

#[test]
fn changed_copies_of_a_database_are_read_or_refused() -> TestResult {
    try_all(300, &inputs::databases()?, inputs::read_database)
}
