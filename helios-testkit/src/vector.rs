//! What an index of vectors has to do, whichever it is: `vector_index_conformance!` makes a test of each claim.
//!
//! The data are clusters that overlap, in which an index can go astray; the answers are compared with those of looking at every
//! vector. An index may miss some of them, but how many is bounded: with and without filters, after removals, and after it has
//! been written down and taken up again.

use std::collections::HashSet;

use helios_core::vector::{Metric, Node, NodeFilter, VectorIndex};

use crate::TestResult;
use crate::seed::{Numbers, with_seed};

const DIMENSIONS: usize = 24;
const VECTORS: usize = 1000;
const QUERIES: usize = 15;
const MOST: usize = 10;
const EFFORT: usize = 80;

/// The least part of the nearest vectors that has to be found.
const LEAST_RECALL: f64 = 0.95;

/// What makes an empty index of a metric and a dimension.
pub type MakeIndex = dyn Fn(Metric, usize) -> Box<dyn VectorIndex>;

fn element(numbers: &mut Numbers) -> f32 {
    numbers.below(2001) as f32 / 1000.0 - 1.0
}

/// Vectors around centres, which change slowly with the part that a vector takes of each.
fn vectors(numbers: &mut Numbers, count: usize) -> Vec<Vec<f32>> {
    let mut centres = Numbers::new(99);
    let centres: Vec<Vec<f32>> =
        (0..40).map(|_| (0..DIMENSIONS).map(|_| element(&mut centres)).collect()).collect();
    let vector = |_| {
        let centre = numbers.pick(&centres).clone();
        centre.into_iter().map(|at| at + element(numbers) * 0.5).collect()
    };
    (0..count).map(vector).collect()
}

/// The distance, by its definition.
fn distance(metric: Metric, a: &[f32], b: &[f32]) -> f64 {
    let pairs = || a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    let product = |pairs: &mut dyn Iterator<Item = (f64, f64)>| pairs.map(|(a, b)| a * b).sum::<f64>();
    match metric {
        Metric::Cosine => {
            let square = |vector: &[f32]| vector.iter().map(|a| f64::from(*a).powi(2)).sum::<f64>();
            1.0 - product(&mut pairs()) / (square(a) * square(b)).sqrt()
        }
        Metric::Euclidean => pairs().map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt(),
        Metric::Manhattan => pairs().map(|(a, b)| (a - b).abs()).sum(),
        Metric::Dot => -product(&mut pairs()),
    }
}

/// The part of the nearest vectors that an index finds, over some queries. Whatever it finds has to pass, at the right
/// distance and in order.
fn recall(
    index: &dyn VectorIndex,
    metric: Metric,
    stored: &[Vec<f32>],
    passes: &NodeFilter<'_>,
    numbers: &mut Numbers,
) -> TestResult<f64> {
    let (mut wanted, mut hit) = (0, 0);
    for query in vectors(numbers, QUERIES) {
        let of = |node: Node| distance(metric, &stored[node as usize], &query);
        let mut all: Vec<(f64, Node)> =
            (0..stored.len() as Node).filter(|node| passes(*node)).map(|node| (of(node), node)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.truncate(MOST);
        let found = index.search(&query, MOST, EFFORT, passes);
        if found.gave_up {
            return Err("the index gave up on a small set of vectors".into());
        }
        for (place, (distance, node)) in found.nearest.iter().enumerate() {
            let is_near = (distance - of(*node)).abs() < 1e-4;
            let is_in_order = place == 0 || found.nearest[place - 1].0 <= *distance;
            if !passes(*node) || !is_near || !is_in_order {
                return Err(format!("{node} at {distance} has no place in {:?}", found.nearest).into());
            }
        }
        let found: HashSet<Node> = found.nearest.iter().map(|(_, node)| *node).collect();
        wanted += all.len();
        hit += all.iter().filter(|(_, node)| found.contains(node)).count();
    }
    Ok(if wanted == 0 { 1.0 } else { f64::from(hit as u32) / f64::from(wanted as u32) })
}

fn check(found: f64, what: &str) -> TestResult {
    if found >= LEAST_RECALL { Ok(()) } else { Err(format!("{what}: a recall of {found:.3}").into()) }
}

/// An index of some vectors, with those.
fn filled(make: &MakeIndex, metric: Metric, numbers: &mut Numbers) -> (Box<dyn VectorIndex>, Vec<Vec<f32>>) {
    let mut index = make(metric, DIMENSIONS);
    let stored = vectors(numbers, VECTORS);
    let (first, rest) = stored.split_at(VECTORS / 2);
    for (number, vector) in first.iter().enumerate() {
        let node = index.insert(vector);
        debug_assert_eq!(node as usize, number, "nodes are numbered in order");
    }
    index.insert_all(&rest.iter().map(|vector| &vector[..]).collect::<Vec<_>>());
    (index, stored)
}

/// Under every metric the nearest are found.
pub fn the_nearest_are_found(make: &MakeIndex) -> TestResult {
    with_seed(|numbers| {
        for metric in Metric::ALL {
            let (index, stored) = filled(make, metric, numbers);
            check(recall(&*index, metric, &stored, &|_| true, numbers)?, metric.name())?;
        }
        Ok(())
    })
}

/// As many as pass are found, however few.
pub fn filters_lose_nothing(make: &MakeIndex) -> TestResult {
    with_seed(|numbers| {
        let (index, stored) = filled(make, Metric::Cosine, numbers);
        for of in [10, 100, 1000] {
            let passes = |node: Node| node.is_multiple_of(of);
            check(
                recall(&*index, Metric::Cosine, &stored, &passes, numbers)?,
                &format!("one of {of} passes"),
            )?;
            let wanted = stored.len().div_ceil(of as usize).min(MOST);
            let found = index.search(&stored[7], MOST, EFFORT, &passes).nearest.len();
            if found != wanted {
                return Err(format!("one of {of} passes: {found} found, not {wanted}").into());
            }
        }
        // All of one place, far from most queries.
        let near = |node: Node| distance(Metric::Cosine, &stored[node as usize], &stored[0]) < 0.3;
        check(recall(&*index, Metric::Cosine, &stored, &near, numbers)?, "one place passes")
    })
}

/// What was removed is not found, and the rest is; half of the vectors go and a quarter changes.
pub fn removed_vectors_are_gone(make: &MakeIndex) -> TestResult {
    with_seed(|numbers| {
        let (mut index, mut stored) = filled(make, Metric::Euclidean, numbers);
        let mut lives = vec![true; stored.len()];
        for node in 0..VECTORS {
            match node % 4 {
                0 | 1 => {
                    index.remove(node as Node);
                    lives[node] = false;
                }
                2 => {
                    index.remove(node as Node);
                    lives[node] = false;
                    let vector = vectors(numbers, 1).swap_remove(0);
                    index.insert(&vector);
                    stored.push(vector);
                    lives.push(true);
                }
                _ => {}
            }
        }
        if (index.len(), index.removed()) != (stored.len(), lives.iter().filter(|lives| !**lives).count()) {
            return Err(format!("{} vectors, {} removed", index.len(), index.removed()).into());
        }
        let passes = |node: Node| lives[node as usize];
        // The filter says nothing that the index does not know by itself.
        let found = index.search(&stored[0], MOST, EFFORT, &|_| true).nearest;
        if found.iter().any(|(_, node)| !lives[*node as usize]) {
            return Err("a removed vector is found".into());
        }
        check(recall(&*index, Metric::Euclidean, &stored, &passes, numbers)?, "after removals")
    })
}

/// What was written down and taken up again answers the same, and goes on growing; other bytes and vectors are refused.
pub fn a_saved_index_is_the_same(make: &MakeIndex) -> TestResult {
    with_seed(|numbers| {
        let (mut index, mut stored) = filled(make, Metric::Cosine, numbers);
        (0..VECTORS).step_by(3).for_each(|node| index.remove(node as Node));
        let mut saved = Vec::new();
        index.save(&mut saved);
        let mut again = make(Metric::Cosine, DIMENSIONS);
        again.load(&saved, &mut stored.iter().cloned())?;
        for query in vectors(numbers, QUERIES) {
            if index.search(&query, MOST, EFFORT, &|_| true) != again.search(&query, MOST, EFFORT, &|_| true)
            {
                return Err("another answer after loading".into());
            }
        }
        let more = vectors(numbers, 100);
        for vector in &more {
            again.insert(vector);
        }
        stored.extend(more);
        let lives = |node: Node| node as usize >= VECTORS || !node.is_multiple_of(3);
        check(recall(&*again, Metric::Cosine, &stored, &lives, numbers)?, "after loading and growing")?;
        let place = numbers.below(saved.len());
        saved[place] ^= 1 << numbers.below(8);
        let mut third = make(Metric::Cosine, DIMENSIONS);
        if third.load(&saved, &mut stored.iter().cloned()).is_ok() {
            return Err(format!("a flipped bit in byte {place} was not seen").into());
        }
        saved[place] = 0;
        saved.truncate(place);
        if third.load(&saved, &mut stored.iter().cloned()).is_ok() {
            return Err(format!("that {place} bytes are too few was not seen").into());
        }
        Ok(())
    })
}

/// An empty index has no answers, and one of one vector has one.
pub fn small_indexes_answer(make: &MakeIndex) -> TestResult {
    let mut index = make(Metric::Manhattan, 2);
    let none = index.search(&[0.0, 0.0], MOST, EFFORT, &|_| true);
    index.insert(&[3.0, 4.0]);
    let one = index.search(&[0.0, 0.0], MOST, EFFORT, &|_| true);
    let filtered = index.search(&[0.0, 0.0], MOST, EFFORT, &|_| false);
    index.insert(&[1.0, 1.0]);
    let nothing = index.search(&[0.0, 0.0], 0, EFFORT, &|_| true);
    let two = index.search(&[0.0, 0.0], MOST, EFFORT, &|_| true);
    let expected = (vec![], vec![(7.0, 0)], vec![], vec![], vec![(2.0, 1), (7.0, 0)]);
    let found = (none.nearest, one.nearest, filtered.nearest, nothing.nearest, two.nearest);
    if found == expected { Ok(()) } else { Err(format!("{found:?}, not {expected:?}").into()) }
}

/// Searches run side by side, with the answers that they have alone.
pub fn searches_run_side_by_side(make: &MakeIndex) -> TestResult {
    with_seed(|numbers| {
        let (index, _) = filled(make, Metric::Dot, numbers);
        let queries = vectors(numbers, QUERIES);
        let answers =
            || queries.iter().map(|query| index.search(query, MOST, EFFORT, &|_| true)).collect::<Vec<_>>();
        let alone = answers();
        let are_same = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(answers)).collect();
            threads.into_iter().all(|thread| thread.join().is_ok_and(|found| found == alone))
        });
        if are_same { Ok(()) } else { Err("threads find something else".into()) }
    })
}

/// Makes a `#[test]` of each claim about the index that `$make` makes.
#[macro_export]
macro_rules! vector_index_conformance {
    ($make:expr) => {
        $crate::vector_index_conformance!($make;
            the_nearest_are_found filters_lose_nothing removed_vectors_are_gone a_saved_index_is_the_same
            small_indexes_answer searches_run_side_by_side);
    };
    ($make:expr; $($case:ident)*) => {
        $(
            #[test]
            fn $case() -> $crate::TestResult {
                $crate::vector::$case(&$make)
            }
        )*
    };
}
