//! Looking up keys: how many questions that takes, and how many rows they bring.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;

use super::*;

/// A store that counts questions and the rows of their answers.
#[derive(Default)]
struct Counting {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    ahead: Mutex<Ahead<Pair>>,
    questions: Cell<usize>,
    answered: Cell<usize>,
}

struct Pair(Vec<u8>, Vec<u8>);

impl Row for Pair {
    fn key(&self) -> &[u8] {
        &self.0
    }

    fn value(&self) -> &[u8] {
        &self.1
    }
}

impl Counting {
    fn count(&self, rows: usize) {
        self.questions.set(self.questions.get() + 1);
        self.answered.set(self.answered.get() + rows);
    }
}

impl Questions for Counting {
    type Row = Pair;

    fn ahead(&self) -> &Mutex<Ahead<Pair>> {
        &self.ahead
    }

    fn scan(&self, from: &[u8], to: Option<&[u8]>, _: Direction, most: usize) -> Result<(Vec<Pair>, bool)> {
        let end = to.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.rows.range::<[u8], _>((Bound::Included(from), end));
        let mut rows: Vec<Pair> =
            range.take(most + 1).map(|(key, value)| Pair(key.clone(), value.clone())).collect();
        let is_all = rows.len() <= most;
        rows.truncate(most);
        self.count(rows.len());
        Ok((rows, is_all))
    }

    fn value(&self, key: &[u8], read: &mut dyn FnMut(Option<&[u8]>)) -> Result<()> {
        self.count(1);
        read(self.rows.get(key).map(Vec::as_slice));
        Ok(())
    }

    fn values(&self, keys: &[&[u8]]) -> Result<Vec<Pair>> {
        let found = keys.iter().filter_map(|key| Some(Pair(key.to_vec(), self.rows.get(*key)?.clone())));
        let found: Vec<Pair> = found.collect();
        self.count(found.len());
        Ok(found)
    }
}

fn row(number: u32) -> Vec<u8> {
    [&[1, 2, 3][..], &number.to_be_bytes()].concat()
}

/// Looks up every so many-th of 100,000 rows; how many questions that takes, and how many rows they bring.
fn look_up_every(step: usize) -> Result<(usize, usize)> {
    let rows = (0..100_000).map(|number| (row(number), number.to_be_bytes().to_vec())).collect();
    let store = Counting { rows, ..Counting::default() };
    for number in (0..100_000).step_by(step) {
        let mut found = Vec::new();
        assert!(get(&store, &row(number), &mut |value| found.extend_from_slice(value))?);
        assert_eq!(found, number.to_be_bytes());
    }
    Ok((store.questions.get(), store.answered.get()))
}

#[test]
fn keys_that_are_looked_up_in_their_order_are_read_many_at_a_time() -> Result<()> {
    let (questions, rows) = look_up_every(1)?;
    assert!(questions < 50 && rows < 110_000, "{questions} questions for {rows} rows");
    Ok(())
}

#[test]
fn keys_that_are_far_apart_are_read_by_themselves() -> Result<()> {
    let (questions, rows) = look_up_every(1000)?;
    assert!(questions == 100 && rows < 500, "{questions} questions for {rows} rows");
    Ok(())
}
