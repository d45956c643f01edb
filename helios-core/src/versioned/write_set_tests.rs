//! A write set against a map that is copied at every mark.

use std::collections::BTreeMap;

use super::{BranchId, Space, WriteSet, Written};
use crate::storage::{Direction, KeyRange};

type Model = BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>;

/// A small generator of numbers, so that the test needs no dependency and a failure names its seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn check(set: &mut WriteSet, model: &Model, numbers: &mut Numbers) {
    let space = Space(16 + numbers.below(3) as u32);
    let key = numbers.below(60).to_string().into_bytes();
    set.index(space);
    let expected = model.get(&(space, key.clone())).map(|write| match write {
        Some(payload) => Written::Put(payload),
        None => Written::Deleted,
    });
    assert_eq!(set.get(space, &key), expected);

    set.order(space);
    let start = numbers.below(60).to_string().into_bytes();
    let end = numbers.below(60).to_string().into_bytes();
    let range = KeyRange::new(&start, Some(&end));
    for direction in [Direction::Forward, Direction::Backward] {
        let mut expected: Vec<_> = model
            .iter()
            .filter(|((of, key), _)| *of == space && range.contains(key))
            .map(|((_, key), write)| (key.clone(), write.clone()))
            .collect();
        if direction == Direction::Backward {
            expected.reverse();
        }
        let mut cursor = set.cursor(space, range, direction);
        let mut found = Vec::new();
        while cursor.advance() {
            let payload = match cursor.written() {
                Written::Put(payload) => Some(payload.to_vec()),
                Written::Deleted => None,
            };
            found.push((cursor.key().to_vec(), payload));
        }
        assert_eq!(found, expected, "{direction:?}");
        let target = numbers.below(60).to_string().into_bytes();
        cursor.seek(&target);
        let first = expected.iter().map(|(key, _)| key).find(|key| match direction {
            Direction::Forward => **key >= target,
            Direction::Backward => **key <= target,
        });
        assert_eq!(cursor.advance().then(|| cursor.key().to_vec()).as_ref(), first, "{direction:?}");
    }
}

#[test]
fn a_write_set_is_a_map_with_marks() {
    for seed in 0..60 {
        let mut numbers = Numbers(seed);
        let mut set = WriteSet::new(BranchId::MAIN);
        let mut model = Model::new();
        let mut marks = Vec::new();
        for step in 0..400 {
            let space = Space(16 + numbers.below(3) as u32);
            // Half of the programs begin in ascending order, as bulk loads do.
            let number = if seed % 2 == 0 && step < 200 { 10 + step / 5 } else { numbers.below(60) };
            let key = number.to_string().into_bytes();
            match numbers.below(20) {
                0 => marks.push((set.mark(), model.clone())),
                1 => {
                    if let Some((mark, then)) = marks.pop() {
                        set.roll_back_to(mark);
                        model = then;
                    }
                }
                2..5 => {
                    set.delete(space, &key);
                    model.insert((space, key), None);
                }
                5..7 => check(&mut set, &model, &mut numbers),
                _ => {
                    let payload = vec![7; numbers.below(5) as usize];
                    set.put(space, &key, |out| out.extend_from_slice(&payload));
                    model.insert((space, key), Some(payload));
                }
            }
        }
        for _ in 0..20 {
            check(&mut set, &model, &mut numbers);
        }
    }
}

#[test]
fn rolling_back_to_the_beginning_gives_all_memory_back() {
    let mut set = WriteSet::new(BranchId::MAIN);
    let mark = set.mark();
    for number in [5u8, 3, 9, 3] {
        set.put(Space::FIRST_USER, &[number], |out| out.push(1));
    }
    set.index(Space::FIRST_USER);
    set.order(Space::FIRST_USER);
    assert!(set.bytes() > 0 && !set.is_empty());
    set.roll_back_to(mark);
    assert!(set.is_empty());
    assert_eq!(set.bytes(), 0);
    assert_eq!(set.get(Space::FIRST_USER, &[3]), None);
}
