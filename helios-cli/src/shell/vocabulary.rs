//! The words that a line can have: keywords, dot commands, and the names of the database.

use std::cell::RefCell;
use std::rc::Rc;

use helios::sql::{Chunk, keywords};
use helios::{Database, Result};

use super::dot::command_names;
use crate::connect::Opened;
use crate::render::MODE_NAMES;

/// Knows words to complete a line with. Names are asked for anew whenever somebody wants to complete one, by a session
/// of its own: it does not see what the shell's has not committed.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    place: Rc<RefCell<Option<(Database, String)>>>,
}

const NAMES: &str = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     UNION SELECT c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type IN ('table', 'view') \
     ORDER BY 1";

impl Vocabulary {
    /// The words of a branch of a database.
    pub(super) fn new(opened: &Opened) -> Vocabulary {
        let vocabulary = Vocabulary { place: Rc::default() };
        vocabulary.follow(opened);
        vocabulary
    }

    /// Goes on with the words of another branch or database.
    pub(super) fn follow(&self, opened: &Opened) {
        let place = (opened.database.clone(), opened.session.branch().to_owned());
        *self.place.borrow_mut() = Some(place);
    }

    /// Lets go of the database, which can be closed then.
    pub(super) fn forget(&self) {
        *self.place.borrow_mut() = None;
    }

    /// The words that begin like the last one of a line, and where that begins.
    pub(super) fn complete(&self, line: &str) -> (usize, Vec<String>) {
        if line.starts_with('.') && !line.contains(char::is_whitespace) {
            let fitting =
                command_names().map(|name| format!(".{name}")).filter(|name| name.starts_with(line));
            return (0, fitting.collect());
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = line
            .rfind(|c| !is_word(c))
            .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
        let word = &line[start..];
        if word.is_empty() {
            return (start, Vec::new());
        }
        let begins = |name: &str| name.to_lowercase().starts_with(&word.to_lowercase());
        if line.starts_with(".mode ") {
            let modes = MODE_NAMES.iter().filter(|name| begins(name));
            return (start, modes.map(|name| (*name).to_owned()).collect());
        }
        // Without a database to ask, keywords are what there is.
        let mut found: Vec<String> = self.names().unwrap_or_default();
        found.retain(|name| begins(name));
        let is_small = word.chars().all(|c| !c.is_uppercase());
        let has_keywords = !line.starts_with('.');
        for keyword in keywords().filter(|_| has_keywords).filter(|keyword| begins(keyword)) {
            found.push(if is_small { keyword.to_lowercase() } else { keyword.to_owned() });
        }
        found.dedup();
        (start, found)
    }

    fn names(&self) -> Result<Vec<String>> {
        let place = self.place.borrow();
        let Some((database, branch)) = &*place else { return Ok(Vec::new()) };
        let mut session = database.session(branch)?;
        let mut names = Vec::new();
        if let Some(mut statement) = session.prepare(NAMES)? {
            session.start(&mut statement, &Chunk::default())?;
            let mut chunk = Chunk::default();
            while session.fetch(&mut statement, &mut chunk)? {
                names.extend((0..chunk.rows()).map(|row| {
                    let text = chunk.value(row, 0).text_bytes().unwrap_or_default().into_owned();
                    String::from_utf8_lossy(&text).into_owned()
                }));
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Vocabulary;
    use crate::connect::Opened;

    #[test]
    fn names_keywords_and_commands_complete_a_line() {
        let mut opened =
            Opened::new(Path::new(":memory:"), false, helios::Config::default(), "main").unwrap();
        let sql = "CREATE TABLE selection (Seller, buyer)";
        let mut statement = opened.session.prepare(sql).unwrap().unwrap();
        opened.session.start(&mut statement, &helios::sql::Chunk::default()).unwrap();
        let vocabulary = Vocabulary::new(&opened);
        let complete = |line: &str| {
            let (start, words) = vocabulary.complete(line);
            (start, words.join(" "))
        };
        assert_eq!(complete("sel"), (0, "Seller selection select".to_owned()));
        assert_eq!(complete("select BUY"), (7, "buyer".to_owned()));
        assert_eq!(complete("SELE"), (0, "selection SELECT".to_owned()));
        assert_eq!(complete("from äb.sele"), (9, "selection select".to_owned()));
        assert_eq!(complete("select "), (7, String::new()));
        assert_eq!(complete(".br"), (0, ".branch .branches".to_owned()));
        assert_eq!(complete(".mode b"), (6, "box".to_owned()));
        assert_eq!(complete(".schema sel"), (8, "Seller selection".to_owned()));
        vocabulary.forget();
        assert_eq!(complete("seller"), (0, String::new()));
    }
}
