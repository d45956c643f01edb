//! The order in which relations are joined.
//!
//! The best sequences are kept for each number of relations joined, as SQLite's planner keeps its nearest neighbours
//! (<https://sqlite.org/queryplanner-ng.html>): each is tried with every further relation, and of those that join the
//! same relations the cheapest stays. Sets of relations are bits, so that joins of 64 tables are planned quickly.

use std::collections::HashMap;

use super::estimate::{BUILD_ROW, LOOK_UP, PROBE_ROW};

/// So many sequences are kept.
const KEPT: usize = 12;

/// Some relations, by their numbers.
pub(super) type Set = u64;

/// What is known of a relation.
#[derive(Debug)]
pub(super) struct Node {
    /// About how many rows it has after its own conditions, and what they cost.
    pub(super) rows: f64,
    pub(super) cost: f64,
    /// Ways to look its rows up.
    pub(super) ways: Vec<Way>,
    /// The relations that have to come before it, as CROSS JOIN says.
    pub(super) after: Set,
}

/// A way to look rows up by values of other relations: a rowid or the columns of an index.
#[derive(Debug)]
pub(super) struct Way {
    /// For each column: the relations that the values come from which it can be equal to.
    pub(super) columns: Vec<Vec<Set>>,
    /// About how many rows there are for each number of columns.
    pub(super) rows: Vec<f64>,
    /// What one of them costs.
    pub(super) row_cost: f64,
}

/// A condition between relations.
#[derive(Debug)]
pub(super) struct Link {
    /// The relations that it mentions.
    pub(super) mentions: Set,
    /// The share of pairs that meet it.
    pub(super) share: f64,
    /// The two sides of an equality.
    pub(super) sides: Option<(Set, Set)>,
}

/// What joining a relation costs, and about how many rows come out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) rows: f64,
    pub(super) looks_up: bool,
    cost: f64,
}

#[derive(Clone, Debug)]
struct Path {
    joined: Set,
    sequence: Vec<u8>,
    rows: f64,
    cost: f64,
}

/// The cheapest way to look up rows for a row of `left`.
fn cheapest_way(node: &Node, left: Set) -> Option<(f64, f64)> {
    let mut best: Option<(f64, f64)> = None;
    for way in &node.ways {
        let mut uses_left = false;
        let usable = way.columns.iter().take_while(|sources| {
            let found = sources.iter().find(|source| **source & !left == 0);
            uses_left |= found.is_some_and(|source| *source != 0);
            found.is_some()
        });
        let columns = usable.count();
        if columns > 0 && uses_left {
            let rows = way.rows[columns];
            let cost = LOOK_UP + rows * way.row_cost;
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((rows, cost));
            }
        }
    }
    best
}

/// What it costs to join a relation to `left`, which has `left_rows` rows.
pub(super) fn step(nodes: &[Node], links: &[Link], left: Set, left_rows: f64, next: usize) -> Step {
    let (node, own) = (&nodes[next], 1 << next);
    let (mut share, mut has_key, mut is_linked) = (1.0, false, false);
    for link in links {
        if link.mentions & own == 0 || link.mentions & !(left | own) != 0 {
            continue;
        }
        is_linked = true;
        share *= link.share;
        has_key |= link.sides.is_some_and(|(one, other)| {
            (one == own && other & own == 0 && other != 0) || (other == own && one & own == 0 && one != 0)
        });
    }
    let pairs = left_rows * node.rows;
    let rows = if is_linked { (pairs * share).max(1.0) } else { pairs };
    let whole = match has_key {
        true => node.cost + node.rows * BUILD_ROW + left_rows * PROBE_ROW,
        false => node.cost + pairs * PROBE_ROW,
    };
    match cheapest_way(node, left) {
        Some((_, each)) if left_rows * each < whole => Step { rows, looks_up: true, cost: left_rows * each },
        _ => Step { rows, looks_up: false, cost: whole },
    }
}

/// The order in which relations are best joined. Of equals the order in which they were written.
pub(super) fn best(nodes: &[Node], links: &[Link]) -> Vec<usize> {
    let mut paths: Vec<Path> = nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.after == 0)
        .map(|(number, node)| Path {
            joined: 1 << number,
            sequence: vec![number as u8],
            rows: node.rows,
            cost: node.cost,
        })
        .collect();
    for _ in 1..nodes.len() {
        let mut longer: Vec<Path> = Vec::new();
        let mut known: HashMap<Set, usize> = HashMap::new();
        for path in &paths {
            let may_follow =
                |next: &usize| path.joined & (1 << next) == 0 && nodes[*next].after & !path.joined == 0;
            for next in (0..nodes.len()).filter(may_follow) {
                let step = step(nodes, links, path.joined, path.rows, next);
                let cost = path.cost + step.cost + step.rows * PROBE_ROW;
                let joined = path.joined | (1 << next);
                let place = known.get(&joined).copied();
                // Hardly any difference is none.
                if place.is_some_and(|place| longer[place].cost <= cost * 1.01) {
                    continue;
                }
                let sequence = [&path.sequence[..], &[next as u8]].concat();
                let found = Path { joined, sequence, rows: step.rows, cost };
                match place {
                    Some(place) => longer[place] = found,
                    None => {
                        known.insert(joined, longer.len());
                        longer.push(found);
                    }
                }
            }
        }
        longer.sort_by(|one, other| one.cost.total_cmp(&other.cost));
        longer.truncate(KEPT);
        paths = longer;
    }
    let first = paths.into_iter().next();
    first.map(|path| path.sequence.into_iter().map(usize::from).collect()).unwrap_or_default()
}
