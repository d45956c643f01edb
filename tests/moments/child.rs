//! The other process: it opens the file that it is told, and does what it is asked.

use std::cell::RefCell;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use helios_core::storage::Storage;
use helios_storage_redb::{Durability, Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::clock::WallClock;
use helios_tests::child::{Child, say, told};

use crate::programs::Place;
use crate::site::{Answer, Site};

/// What stands between the parts of a request and the rows of an answer.
const BETWEEN: char = '\u{1f}';

/// A file that several processes use.
pub(crate) fn open_file(path: &Path) -> TestResult<Arc<dyn Storage>> {
    let options = Options { cache_bytes: 1 << 20, durability: Durability::Off, ..Options::default() };
    Ok(Arc::new(RedbStorage::open(path, options)?))
}

#[test]
fn work() -> TestResult {
    if told().is_none() {
        return Ok(());
    }
    let mut site: Option<Site> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match (line.split_once(BETWEEN), &mut site) {
            (Some(("open", path)), _) => {
                drop(site.take());
                site = Some(Site::open(open_file(Path::new(path))?, Arc::new(WallClock))?);
                Answer::Rows(Vec::new())
            }
            (Some((branch, request)), Some(site)) => site.ask(branch, request),
            _ => return Err("nothing is open".into()),
        };
        say(written(&answer))?;
    }
    Ok(())
}

fn written(answer: &Answer) -> String {
    let (kind, parts) = match answer {
        Answer::Rows(rows) => ("rows", rows.clone()),
        Answer::Refused(rows) => ("refused", rows.clone()),
        Answer::Failed => ("failed", Vec::new()),
        Answer::Error(message) => ("error", vec![message.clone()]),
    };
    parts.iter().fold(kind.to_owned(), |text, part| format!("{text}{BETWEEN}{part}"))
}

fn read(text: &str) -> TestResult<Answer> {
    let mut parts = text.split(BETWEEN).map(str::to_owned);
    let kind = parts.next().unwrap_or_default();
    match &*kind {
        "rows" => Ok(Answer::Rows(parts.collect())),
        "refused" => Ok(Answer::Refused(parts.collect())),
        "failed" => Ok(Answer::Failed),
        "error" => Ok(Answer::Error(parts.collect())),
        _ => Err(format!("the child said {text}").into()),
    }
}

/// The other process, from here.
pub(crate) struct Remote(Rc<RefCell<Child>>);

/// The other process with a file open.
struct RemoteFile {
    child: Rc<RefCell<Child>>,
    path: PathBuf,
}

impl Remote {
    pub(crate) fn start(directory: &Path) -> TestResult<Remote> {
        Ok(Remote(Rc::new(RefCell::new(Child::start("serve", directory)?))))
    }

    /// It opens a file.
    pub(crate) fn on(&self, path: PathBuf) -> TestResult<impl Place + use<>> {
        let mut file = RemoteFile { child: self.0.clone(), path };
        file.reopen()?;
        Ok(file)
    }

    /// It ends.
    pub(crate) fn end(self) -> TestResult {
        let child = Rc::into_inner(self.0).ok_or("somebody still asks the child")?;
        child.into_inner().finish().map(drop)
    }
}

impl RemoteFile {
    fn told(&self, words: String) -> TestResult<Answer> {
        let mut child = self.child.borrow_mut();
        child.tell(words)?;
        read(&child.next()?)
    }
}

impl Place for RemoteFile {
    fn ask(&mut self, branch: &str, request: &str) -> TestResult<Answer> {
        self.told(format!("{branch}{BETWEEN}{request}"))
    }

    fn reopen(&mut self) -> TestResult {
        let path = self.path.display();
        self.told(format!("open{BETWEEN}{path}")).map(drop)
    }
}
