//! The numbers of parameters.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// The highest number: that of the libraries which Linux distributions give to Python. SQLite's own default is 32766.
const MAX_NUMBER: usize = 250_000;

/// The names of parameters by number, from 1 on.
pub(super) type Names = Vec<Option<Box<str>>>;

/// The parameters of one statement, in the order in which they are met.
#[derive(Default)]
pub(super) struct Parameters<'a> {
    /// By number, from 1 on.
    names: Names,
    /// The numbers of `:a`, `@a` and `$a`.
    numbers: HashMap<&'a str, u32, RandomState>,
}

impl<'a> Parameters<'a> {
    /// The number of the parameter that `token` writes: `?` takes the next one, a name keeps the one that it got first.
    ///
    /// # Errors
    /// What SQLite says about a number that is out of range.
    pub(super) fn number(&mut self, token: &'a str) -> Result<u32, String> {
        match token.strip_prefix('?') {
            Some("") => self.add(None),
            Some(digits) => self.add_numbered(token, digits),
            None => {
                if let Some(&number) = self.numbers.get(token) {
                    return Ok(number);
                }
                let number = self.add(Some(token.into()))?;
                self.numbers.insert(token, number);
                Ok(number)
            }
        }
    }

    /// The number of the parameter `$5`, as PostgreSQL writes it.
    ///
    /// # Errors
    /// The number is out of range.
    pub(super) fn number_after_dollar(&mut self, token: &'a str) -> Result<u32, String> {
        self.add_numbered(token, token.strip_prefix('$').unwrap_or_default())
    }

    fn add(&mut self, name: Option<Box<str>>) -> Result<u32, String> {
        if self.names.len() == MAX_NUMBER {
            return Err("too many SQL variables".into());
        }
        self.names.push(name);
        Ok(self.names.len() as u32)
    }

    fn add_numbered(&mut self, token: &str, digits: &str) -> Result<u32, String> {
        let number = match digits.parse::<usize>() {
            Ok(number) if (1..=MAX_NUMBER).contains(&number) => number,
            _ => return Err(format!("variable number must be between ?1 and ?{MAX_NUMBER}")),
        };
        if number > self.names.len() {
            self.names.resize(number, None);
        }
        self.names[number - 1].get_or_insert_with(|| token.into());
        Ok(number as u32)
    }

    /// All of them, by number.
    pub(super) fn into_names(self) -> Names {
        self.names
    }
}
