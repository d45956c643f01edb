//! Values of fields: as they are, or as texts of JSON where fields repeat or have fields of their own.

use helios::Value;

use super::leaf::{Leaf, Values};
use super::shape::{Content, Field, Times};
use crate::failure::Outcome;
use crate::json::push_text;

impl Field {
    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn is_plain(&self) -> bool {
        matches!(self.content, Content::Leaf) && self.times != Times::Any
    }

    /// The type that a column of a table gets for it.
    pub(super) fn declared(&self, leaves: &[Leaf]) -> &'static str {
        match self.is_plain() {
            true => leaves[self.leaves.start].declared(),
            false => "TEXT",
        }
    }

    /// Its value in the next row.
    pub(super) fn value(&self, leaves: &[Leaf], values: &mut [Values]) -> Outcome<Value> {
        if self.is_plain() {
            return values[self.leaves.start].take().map(Option::unwrap_or_default);
        }
        if self.is_missing(values) {
            return self.pass(values).map(|()| Value::Null);
        }
        let mut json = Json { leaves, values, out: Vec::new() };
        json.field(self)?;
        Ok(Value::Text(json.out.into()))
    }

    fn is_missing(&self, values: &[Values]) -> bool {
        self.times == Times::AtMostOnce && values[self.leaves.start].definition() < self.definition
    }

    /// Goes on behind what is not there, which each of its columns tells.
    fn pass(&self, values: &mut [Values]) -> Outcome {
        values[self.leaves.clone()].iter_mut().try_for_each(|values| values.take().map(|_| ()))
    }
}

/// A text of JSON on its way.
struct Json<'v> {
    leaves: &'v [Leaf],
    values: &'v mut [Values],
    out: Vec<u8>,
}

impl Json<'_> {
    fn field(&mut self, field: &Field) -> Outcome {
        if field.times == Times::Any {
            return self.list(field);
        }
        if field.is_missing(self.values) {
            self.out.extend_from_slice(b"null");
            return field.pass(self.values);
        }
        self.content(field)
    }

    /// What is in a field that is there.
    fn content(&mut self, field: &Field) -> Outcome {
        match &field.content {
            Content::Leaf => {
                let at = field.leaves.start;
                let value = self.values[at].take()?.unwrap_or_default();
                self.leaves[at].write_json(&value, &mut self.out)
            }
            Content::Only(inner) => self.field(inner),
            Content::List(items) => self.list(items),
            Content::Map(pairs) => self.map(pairs),
            Content::Fields(fields) => {
                self.out.push(b'{');
                for (at, field) in fields.iter().enumerate() {
                    if at > 0 {
                        self.out.push(b',');
                    }
                    push_text(field.name.as_bytes(), &mut self.out);
                    self.out.push(b':');
                    self.field(field)?;
                }
                self.out.push(b'}');
                Ok(())
            }
        }
    }

    fn list(&mut self, items: &Field) -> Outcome {
        self.out.push(b'[');
        self.each(items, |json| json.content(items))?;
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, pairs: &Field) -> Outcome {
        let Content::Fields(fields) = &pairs.content else { return self.list(pairs) };
        let [key, value] = &fields[..] else { return self.list(pairs) };
        self.out.push(b'{');
        self.each(pairs, |json| {
            let begin = json.out.len();
            json.field(key)?;
            if json.out.get(begin) != Some(&b'"') {
                // Names of members are texts.
                let written = json.out.split_off(begin);
                push_text(&written, &mut json.out);
            }
            json.out.push(b':');
            json.field(value)
        })?;
        self.out.push(b'}');
        Ok(())
    }

    /// Writes each item of a list, of which there may be none.
    fn each(&mut self, items: &Field, mut write: impl FnMut(&mut Self) -> Outcome) -> Outcome {
        let first = items.leaves.start;
        if self.values[first].definition() < items.definition {
            return items.pass(self.values);
        }
        loop {
            // This goes on in the column by one value at least, or fails.
            write(self)?;
            if self.values[first].repetition() != items.repetition {
                return Ok(());
            }
            self.out.push(b',');
        }
    }
}
