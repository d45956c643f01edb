//! Phrases that are near each other. Places are those of the last token of a phrase.

use crate::index::{Position, column_of};

/// Leaves the places at which each phrase is near the one before it; whether all are. `lengths` are the tokens of the
/// phrases, `distances` how many tokens may stand between each and the next.
pub(super) fn trim_group(
    lists: &mut [Vec<Position>],
    phrases: &[usize],
    lengths: &[usize],
    distances: &[i64],
) -> bool {
    let pairs = phrases.windows(2).zip(distances);
    let forward = pairs.clone().all(|(pair, distance)| trim(lists, pair[0], pair[1], lengths, *distance));
    forward && pairs.rev().all(|(pair, distance)| trim(lists, pair[1], pair[0], lengths, *distance))
}

/// Leaves the places of one phrase that are near a place of another; whether there are any.
fn trim(lists: &mut [Vec<Position>], of: usize, trimmed: usize, lengths: &[usize], distance: i64) -> bool {
    let places = std::mem::take(&mut lists[trimmed]);
    let (behind, before) = (distance + lengths[trimmed] as i64, distance + lengths[of] as i64);
    let is_near = |place: &Position| {
        lists[of].iter().any(|other| {
            let gap = place.wrapping_sub(*other) as i64;
            column_of(*other) == column_of(*place) && (1..=behind).contains(&gap)
                || column_of(*other) == column_of(*place) && (1..=before).contains(&-gap)
        })
    };
    let near: Vec<Position> = places.iter().copied().filter(is_near).collect();
    let found = !near.is_empty();
    lists[trimmed] = if of == trimmed || !found { places } else { near };
    found
}
