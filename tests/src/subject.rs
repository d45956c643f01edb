//! helios, on a driver, with the optimiser on or off.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use helios_cipher_aes::AES_256_GCM_CIPHER;
use helios_cipher_keys::{Cost, Keyring};
use helios_core::Value;
use helios_core::cipher::UserKey;
use helios_core::storage::Storage;
use helios_core::value::ProgramCollation;
use helios_sql::chunk::{Chunk, Column};
use helios_sql::database::{AttachedKey, Database, Encryption, OpenedDatabase, Places, Settings};
use helios_sql::session::Session;
use helios_storage_memory::MemoryStorage;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::clock::{SeededEntropy, WallClock};

use tempfile::TempDir;

use crate::answer::{Answer, Refusal, Rows};
use crate::collation::{LENGTHWISE, lengthwise};
use crate::engine::vector_limits;
pub use crate::stores::Driver;

/// The code of an answer that is none: the engine panicked.
pub const PANICKED: i32 = -2;

/// Other databases than the first are in memory.
#[derive(Debug)]
struct InMemory;

impl Places for InMemory {
    fn temporary(&self) -> helios_core::Result<OpenedDatabase> {
        let storage = Arc::new(MemoryStorage::new());
        let database = Database::open(
            storage,
            Arc::new(WallClock),
            Arc::new(SeededEntropy::new(2)),
            &Settings::default(),
        )?;
        let branch = "main".to_owned();
        Ok(OpenedDatabase { database, branch, file: String::new(), may_write: true, keeper: Box::new(()) })
    }

    fn open(&self, _: &str, _: &AttachedKey) -> helios_core::Result<OpenedDatabase> {
        self.temporary()
    }

    fn create(&self, _: &str) -> helios_core::Result<OpenedDatabase> {
        self.temporary()
    }
}

/// One session on an empty database.
#[derive(Debug)]
pub struct Subject {
    name: String,
    session: Session,
    database: Arc<Database>,
    driver: Driver,
    /// The folder of the file.
    directory: Option<TempDir>,
    /// How often it was opened again.
    opened: u64,
}

/// A database in a folder, or in memory; `time` counts how often it was opened, for no random number may come twice.
fn database(
    folder: Option<(&Path, Driver)>,
    memory_bytes: Option<usize>,
    time: u64,
) -> TestResult<Arc<Database>> {
    let entropy = Arc::new(SeededEntropy::new(1 + time));
    let mut encryption = None;
    let storage: Arc<dyn Storage> = match folder {
        None => Arc::new(MemoryStorage::new()),
        Some((folder, driver)) if !matches!(driver, Driver::Redb | Driver::Sealed) => driver.open(folder)?,
        Some((folder, driver)) => {
            // What is tested here is not what a power cut leaves.
            let options = Options { durability: helios_storage_redb::Durability::Off, ..Options::default() };
            let options = Options { processes: helios_storage_redb::Processes::One, ..options };
            let cost = Cost { memory_kb: 8, passes: 1 };
            let (ciphers, cipher) = (&[AES_256_GCM_CIPHER], AES_256_GCM_CIPHER);
            let given = helios_storage_redb::Encryption {
                keyring: Keyring { ciphers, cipher, cost, entropy: entropy.clone() },
                key: (driver == Driver::Sealed).then(|| UserKey::of_bytes(&[7; 32])).transpose()?,
            };
            let storage = Arc::new(RedbStorage::open_with(&folder.join("test.db"), options, Some(given))?);
            if driver == Driver::Sealed {
                encryption = Some(Encryption { vault: storage.clone(), ciphers, cipher });
            }
            storage
        }
    };
    let defaults = Settings::default();
    let settings = Settings {
        memory_bytes: memory_bytes.unwrap_or(defaults.memory_bytes),
        vectors: vector_limits()?,
        encryption,
        ..defaults
    };
    Ok(Database::open(storage, Arc::new(WallClock), entropy, &settings)?)
}

impl Subject {
    /// Makes an empty database.
    pub fn open(driver: Driver, optimises: bool) -> TestResult<Subject> {
        Subject::open_with(driver, optimises, None)
    }

    /// Makes an empty database whose statements have little memory: what they collect is in temporary files.
    pub fn open_with(driver: Driver, optimises: bool, memory_bytes: Option<usize>) -> TestResult<Subject> {
        let directory = if driver == Driver::Memory { None } else { Some(tempfile::tempdir()?) };
        let folder = directory.as_ref().map(|directory| (directory.path(), driver));
        let database = database(folder, memory_bytes, 0)?;
        let mut session = database.connect("main")?;
        let compare = |a: &[u8], b: &[u8]| Ok(lengthwise(a, b));
        session.add_collation(ProgramCollation::new(LENGTHWISE, Box::new(compare)))?;
        session.set_optimizer(optimises);
        session.set_places(Arc::new(InMemory));
        let named = match driver {
            Driver::Memory => "memory",
            Driver::Redb => "redb",
            Driver::Sealed => "sealed redb",
            Driver::Sled => "sled",
            Driver::Postgres => "postgres",
            Driver::Etcd => "etcd",
            Driver::Far => "far",
            #[cfg(feature = "rocksdb")]
            Driver::Rocksdb => "rocksdb",
        };
        let optimiser = if optimises { "on" } else { "off" };
        let memory = memory_bytes.map_or_else(String::new, |bytes| format!(", {bytes} bytes of memory"));
        let name = format!("helios, {named}, optimiser {optimiser}{memory}");
        Ok(Subject { name, session, database, driver, directory, opened: 0 })
    }

    /// Closes a file and opens it again. There has to be no other connection to it.
    pub fn reopen(&mut self) -> TestResult {
        let Some(directory) = &self.directory else {
            return Err("a database in memory ends with closing".into());
        };
        let nothing = database(None, None, 0)?;
        self.session.move_to(&nothing, "main")?;
        self.database = nothing;
        self.opened += 1;
        self.database = database(Some((directory.path(), self.driver)), None, self.opened)?;
        Ok(self.session.move_to(&self.database, "main")?)
    }

    /// Another connection to the same database. Neither waits for the other.
    pub fn beside(&mut self) -> TestResult<Subject> {
        self.session.set_busy_timeout(Duration::ZERO);
        let mut session = self.database.connect("main")?;
        session.set_busy_timeout(Duration::ZERO);
        session.set_places(Arc::new(InMemory));
        Ok(Subject {
            name: self.name.clone(),
            session,
            database: self.database.clone(),
            driver: self.driver,
            directory: None,
            opened: 0,
        })
    }

    /// A connection to a branch of the same database.
    pub fn on_branch(&self, branch: &str) -> TestResult<Subject> {
        let session = self.database.connect(branch)?;
        let name = format!("{}, on {branch}", self.name);
        let (database, driver) = (self.database.clone(), self.driver);
        Ok(Subject { name, session, database, driver, directory: None, opened: 0 })
    }

    /// The branch that it is on.
    pub fn branch(&self) -> &str {
        self.session.branch()
    }

    /// What to call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs one statement. A panic is an answer too, which agrees with none.
    pub fn run(&mut self, sql: &str) -> Answer {
        self.answer(|session| rows(session, sql).map(|(rows, _)| rows))
    }

    /// Runs all statements of a text; the answer is that of the last, or the first error.
    pub fn run_all(&mut self, sql: &str) -> Answer {
        self.answer(|session| {
            let mut rest = sql;
            loop {
                let (answer, tail) = rows(session, rest)?;
                rest = &rest[tail..];
                if !helios_sql::parse::has_statement(rest) {
                    return Ok(answer);
                }
            }
        })
    }

    fn answer(&mut self, run: impl FnOnce(&mut Session) -> helios_core::Result<Rows>) -> Answer {
        let session = &mut self.session;
        let result = catch_unwind(AssertUnwindSafe(|| run(session)));
        let result = match result {
            Ok(result) => result.map_err(|error| Refusal {
                code: error.kind().sqlite_code(),
                message: error.message().to_owned(),
            }),
            Err(_) => Err(Refusal { code: PANICKED, message: "the engine panicked".to_owned() }),
        };
        Answer {
            result,
            changes: self.session.changes(),
            total_changes: self.session.total_changes(),
            last_insert_rowid: self.session.last_insert_rowid(),
            in_transaction: self.session.in_transaction(),
        }
    }
}

/// The rows of the first statement of a text, and where the next one begins.
fn rows(session: &mut Session, sql: &str) -> helios_core::Result<(Rows, usize)> {
    let Some(mut statement) = session.prepare(sql)? else {
        return Ok((Rows::default(), sql.len()));
    };
    let null = || Arc::new(Column::constant(Value::Null, 1));
    let parameters = Chunk::new(statement.parameters().iter().map(|_| null()).collect(), 1);
    session.start(&mut statement, &parameters)?;
    let mut all = Vec::new();
    let mut chunk = Chunk::default();
    while session.fetch(&mut statement, &mut chunk)? {
        for row in 0..chunk.rows() {
            all.push((0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect());
        }
    }
    let names = statement.columns().iter().map(|column| column.name.to_string()).collect();
    session.reset(&mut statement);
    Ok((Rows { names, rows: all }, statement.tail()))
}
