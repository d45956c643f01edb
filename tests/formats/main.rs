//! Databases of every format version: opened, read, written on and upgraded by this one.
//!
//! In: `N.db.xz` for each version of the format, made by the software of that version of `make.sql`, and `N-sealed.db.xz`, of
//! `seal.sql` and under [`KEY`]; `N-sled.xz` is a folder of sled. Version 1 was given to nobody sealed or in a folder. Out:
//! they answer `questions.sql` with `answers.txt`, keep the number of their format until they get what it does not know, and
//! go on as a database that is made today. `HELIOS_WRITE_FIXTURES=FOLDER` writes those of this version, to be packed by
//! `xz -9e`; they are kept when a version of the format is given to somebody.

mod folder;
mod script;

use std::fs;
use std::path::{Path, PathBuf};

use helios::config::EncryptionKey;
use helios::{Config, Database, ErrorKind, User};
use helios_core::branch::FORMAT_VERSION;
use helios_core::storage::Storage;
use helios_core::versioned::Key;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_tests::engine::{one, run};

use crate::script::answers;

/// What the sealed databases are locked with.
const KEY: &str = "a long secret";

const MAKE: &str = include_str!("make.sql");
const SEAL: &str = include_str!("seal.sql");
const QUESTIONS: &str = include_str!("questions.sql");
const ANSWERS: &str = include_str!("answers.txt");

/// The database of a format version, unpacked into a folder.
fn unpacked(name: &str, folder: &Path) -> TestResult<PathBuf> {
    let path = folder.join(format!("{name}.db"));
    fs::write(&path, bytes_of(&format!("{name}.db"))?)?;
    Ok(path)
}

fn bytes_of(name: &str) -> TestResult<Vec<u8>> {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("formats").join(format!("{name}.xz"));
    let packed = fs::read(&packed).map_err(|error| format!("{}: {error}", packed.display()))?;
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut &*packed, &mut bytes)?;
    Ok(bytes)
}

/// The folder of sled of a format version.
fn unpacked_sled(version: u32, folder: &Path) -> TestResult<PathBuf> {
    let path = folder.join(format!("{version}-sled"));
    folder::unpack(&bytes_of(&format!("{version}-sled"))?, &path)?;
    Ok(path)
}

fn sled_config() -> TestResult<Config> {
    Ok(Config::loader().argument("storage.backend", "sled").load()?)
}

/// The number of the format that a plain file names.
fn format_of(path: &Path) -> TestResult<u32> {
    let storage = RedbStorage::open(path, Options::default())?;
    let mut format = Vec::new();
    storage.snapshot()?.get(&Key::Format.to_bytes(), &mut |value| format.extend_from_slice(value))?;
    storage.close()?;
    let number = format.get(8..12).ok_or("there is no format")?;
    Ok(u32::from_le_bytes(number.try_into()?))
}

fn sealed_config() -> TestResult<Config> {
    let mut config = Config::loader()
        .argument("encryption.kdf_memory_mb", 1)
        .argument("encryption.kdf_passes", 1)
        .load()?;
    config.set_encryption_key(Some(EncryptionKey::of_text(KEY)?));
    Ok(config)
}

/// A database as it is made today.
fn make(path: &Path, script: &str, config: &Config) -> TestResult {
    let database = Database::open_with(path, config)?;
    script::run_all(&database, script)?;
    let reader = User { verifier: "a verifier".to_owned(), may_write: false };
    database.set_user("reader", Some(&reader))?;
    Ok(database.close()?)
}

/// The answers to all questions are those that are kept.
#[track_caller]
fn assert_answers(path: &Path, config: &Config, of: &str) -> TestResult {
    let database = Database::open_with(path, config)?;
    let found = answers(&database, QUESTIONS)?;
    database.close()?;
    let differ = ANSWERS.lines().zip(found.lines()).find(|(kept, found)| kept != found);
    assert!(found == ANSWERS, "{of}: {differ:?}\n{found}");
    Ok(())
}

#[test]
fn every_format_has_its_databases() -> TestResult {
    let folder = tempfile::tempdir()?;
    for version in 1..=FORMAT_VERSION {
        let path = unpacked(&version.to_string(), folder.path())?;
        assert_eq!(format_of(&path)?, version, "{version}.db");
    }
    unpacked(&format!("{FORMAT_VERSION}-sealed"), folder.path())?;
    Ok(())
}

#[test]
fn what_is_made_today_answers_as_all_others() -> TestResult {
    let folder = tempfile::tempdir()?;
    let written = std::env::var_os("HELIOS_WRITE_FIXTURES").map(PathBuf::from);
    let kept = written.as_deref().unwrap_or_else(|| folder.path());
    let path = kept.join(format!("{FORMAT_VERSION}.db"));
    make(&path, MAKE, &Config::default())?;
    make(&kept.join(format!("{FORMAT_VERSION}-sealed.db")), SEAL, &sealed_config()?)?;
    assert_eq!(format_of(&path)?, FORMAT_VERSION);
    assert_answers(&path, &Config::default(), "a new database")?;
    let (sled, config) = (folder.path().join("sled"), sled_config()?);
    make(&sled, MAKE, &config)?;
    fs::write(kept.join(format!("{FORMAT_VERSION}-sled")), folder::packed(&sled)?)?;
    assert_answers(&sled, &config, "a new folder of sled")
}

#[test]
fn databases_of_every_format_answer_and_stay_as_they_are() -> TestResult {
    let folder = tempfile::tempdir()?;
    for version in 1..=FORMAT_VERSION {
        let path = unpacked(&version.to_string(), folder.path())?;
        assert_answers(&path, &Config::default(), &format!("format {version}"))?;
        Database::verify(&path, &Config::default())?;
        assert_eq!(format_of(&path)?, version);
    }
    Ok(())
}

#[test]
fn databases_of_every_format_are_written_on_and_keep_their_past() -> TestResult {
    let folder = tempfile::tempdir()?;
    for version in 1..=FORMAT_VERSION {
        let path = unpacked(&version.to_string(), folder.path())?;
        let database = Database::open(&path)?;
        let mut main = database.session("main")?;
        // Little enough that history gets single versions and no segment.
        run(
            &mut main,
            "INSERT INTO plain (a, b) VALUES (1, 'new');
             DELETE FROM parent WHERE name = 'first';
             UPDATE account SET balance = balance + 1 WHERE id BETWEEN 60 AND 70;
             INSERT INTO words VALUES ('New', 'growing');
             INSERT INTO boxes VALUES (9, 0, 1, 0, 1);
             INSERT INTO point VALUES (200, '[200,0,0]');",
        )?;
        drop(main);
        database.close()?;
        assert_eq!(format_of(&path)?, version, "what the format knows leaves its number as it is");

        let database = Database::open(&path)?;
        let mut main = database.session("main")?;
        let newest = one(&mut main, "SELECT newest FROM moment")?;
        run(&mut main, "MERGE BRANCH twig; UPDATE account SET balance = -id")?;
        for (sql, answer) in [
            ("SELECT count(*) FROM plain INDEXED BY plain_b WHERE b = 'NEW'", "1"),
            ("SELECT what FROM note", "'gone: first'"),
            ("SELECT count(*) FROM words('grow')", "4"),
            ("SELECT id FROM point ORDER BY vector_distance(v, '[201,0,0]', 'euclidean') LIMIT 1", "200"),
            ("SELECT count(*) FROM boxes WHERE x0 = 0", "2"),
            ("SELECT count(*) FROM account WHERE balance = -id", "41"),
            ("PRAGMA integrity_check", "'ok'"),
        ] {
            assert_eq!(one(&mut main, sql)?, answer, "format {version}: {sql}");
        }
        let was = format!("SELECT count(*), sum(balance) FROM account AS OF COMMIT {newest}");
        assert_eq!(one(&mut main, &was)?, "90 | 12988", "format {version}");
        let life = "SELECT balance FROM account FOR SYSTEM_TIME ALL WHERE id = 80 ORDER BY system_time";
        let life = run(&mut main, life)?;
        assert_eq!(life, ["100", "180", "360", "-80"]);
        drop(main);
        database.close()?;
        assert_eq!(format_of(&path)?, FORMAT_VERSION, "a segment makes it a database of format 2");
        Database::verify(&path, &Config::default())?;
    }
    Ok(())
}

#[test]
fn a_sealed_database_of_this_format_is_opened_with_its_key() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = unpacked(&format!("{FORMAT_VERSION}-sealed"), folder.path())?;
    let refused = Database::open(&path).err().ok_or("it was opened without a key")?;
    assert_eq!(refused.kind(), ErrorKind::NotADatabase, "{refused:?}");
    let database = Database::open_with(&path, &sealed_config()?)?;
    let mut main = database.session("main")?;
    let row = "1 | 'sealed twice' | 'sealed once'";
    assert_eq!(one(&mut main, "SELECT * FROM secret WHERE twice = 'sealed twice'")?, row);
    run(&mut main, "INSERT INTO secret VALUES (2, 'new', 'too')")?;
    assert_eq!(one(&mut main, "PRAGMA integrity_check")?, "'ok'");
    assert_eq!(database.user("reader")?.map(|user| user.may_write), Some(false));
    Ok(())
}

#[test]
fn a_folder_of_sled_of_this_format_answers_and_goes_on() -> TestResult {
    let folder = tempfile::tempdir()?;
    let (path, config) = (unpacked_sled(FORMAT_VERSION, folder.path())?, sled_config()?);
    assert_answers(&path, &config, "sled")?;
    let database = Database::open_with(&path, &config)?;
    let mut main = database.session("main")?;
    run(&mut main, "INSERT INTO plain (a, b) VALUES (1, 'new'); MERGE BRANCH twig")?;
    drop(main);
    database.close()?;
    let database = Database::open_with(&path, &config)?;
    let mut main = database.session("main")?;
    assert_eq!(one(&mut main, "SELECT count(*) FROM plain INDEXED BY plain_b WHERE b = 'NEW'")?, "1");
    assert_eq!(one(&mut main, "PRAGMA integrity_check")?, "'ok'");
    assert_eq!(database.user("reader")?.map(|user| user.may_write), Some(false));
    Ok(())
}

#[test]
fn users_and_sequences_of_format_2_go_on() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = unpacked("2", folder.path())?;
    let database = Database::open(&path)?;
    assert_eq!(database.user("reader")?, Some(User { verifier: "a verifier".to_owned(), may_write: false }));
    let mut main = database.session("main")?;
    main.set_dialect(helios_sql::parse::Dialect::Postgres);
    let given = one(&mut main, "SELECT nextval('ticket')")?;
    let number: i64 = given.parse()?;
    assert!(number > 100 && number % 5 == 0, "{number} was given before, or is none of the sequence's");
    let price = "SELECT amount FROM price";
    assert_eq!(one(&mut main, price)?, "12.5");
    Ok(())
}
