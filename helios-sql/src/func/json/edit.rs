//! Changes of JSONB in place: what `json_set` and its like do at a path.

use super::binary::{Element, Kind, append, element, replace, resize};
use super::parse::MAX_DEPTH;
use super::path::{Failure, Found, Place, step};

/// What is to be done where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Take away what is there.
    Remove,
    /// Put the value in the place of what is there.
    Replace,
    /// Put the value where nothing is.
    Insert,
    /// Put the value there, whatever is.
    Set,
    /// Put the value before an element of an array.
    InsertElement,
}

impl Mode {
    fn makes_new(self) -> bool {
        matches!(self, Mode::Insert | Mode::Set | Mode::InsertElement)
    }
}

/// A change, and the value that it brings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edit<'a> {
    pub(super) mode: Mode,
    pub(super) value: &'a [u8],
}

impl Edit<'_> {
    /// Makes the change where the steps of a path lead. What leads nowhere changes nothing.
    pub(super) fn apply(self, whole: &mut Vec<u8>, steps: &[u8]) -> Result<(), Failure> {
        self.below(whole, Found::default(), steps, false, 0).map(|_| ())
    }

    /// Makes the change below an element; `false` if there is no place for it.
    fn below(
        self,
        whole: &mut Vec<u8>,
        found: Found,
        steps: &[u8],
        is_element: bool,
        depth: usize,
    ) -> Result<bool, Failure> {
        let Some(container) = element(whole, found.value) else { return Err(Failure::Malformed) };
        if steps.is_empty() {
            return self.here(whole, container, found.label, is_element).map(|()| true);
        }
        let length = whole.len();
        let (place, rest) = step(whole, found.value, steps)?;
        match place {
            Place::Here(next) => {
                if depth + 1 >= MAX_DEPTH {
                    return Err(Failure::TooDeep);
                }
                // A label may look like an element.
                let is_element = steps[..steps.len() - rest.len()].ends_with(b"]");
                if !self.below(whole, next, rest, is_element, depth + 1)? {
                    return Ok(false);
                }
            }
            Place::NewLabel { at, label } if self.mode.makes_new() => {
                if self.mode == Mode::InsertElement && !rest.ends_with(b"]") {
                    return Err(Failure::NotElement);
                }
                let Some(value) = self.structure(rest, depth)? else { return Ok(false) };
                let mut entry = Vec::with_capacity(label.text.len() + value.len() + 5);
                append(&mut entry, if label.is_raw { Kind::TextRaw } else { Kind::Text5 }, label.text);
                entry.extend_from_slice(&value);
                whole.splice(at..at, entry);
            }
            Place::NewElement(at) if self.mode.makes_new() => {
                let Some(value) = self.structure(rest, depth)? else { return Ok(false) };
                whole.splice(at..at, value);
            }
            _ => return Ok(false),
        }
        if whole.len() != length {
            resize(whole, found.value, container.size() + whole.len() - length);
        }
        Ok(true)
    }

    /// Makes the change at the element to which the path leads.
    fn here(
        self,
        whole: &mut Vec<u8>,
        target: Element,
        label: Option<usize>,
        is_element: bool,
    ) -> Result<(), Failure> {
        match self.mode {
            Mode::Remove => drop(whole.drain(label.unwrap_or(target.at)..target.end)),
            Mode::Replace | Mode::Set => replace(whole, target.at..target.end, self.value),
            Mode::Insert => {}
            Mode::InsertElement if is_element => {
                whole.splice(target.at..target.at, self.value.iter().copied());
            }
            Mode::InsertElement => return Err(Failure::NotElement),
        }
        Ok(())
    }

    /// What is to be put where nothing is: the value, within the arrays and objects that the other steps ask for. `None` if
    /// they ask for an element that could not be the first.
    fn structure(self, steps: &[u8], depth: usize) -> Result<Option<Vec<u8>>, Failure> {
        if steps.is_empty() {
            return Ok(Some(self.value.to_vec()));
        }
        if depth + 1 >= MAX_DEPTH {
            return Err(Failure::TooDeep);
        }
        let kind = if steps[0] == b'.' { Kind::Object } else { Kind::Array };
        let mut whole = vec![kind as u8];
        let has_place = self.below(&mut whole, Found::default(), steps, false, depth + 1)?;
        Ok(has_place.then_some(whole))
    }
}
