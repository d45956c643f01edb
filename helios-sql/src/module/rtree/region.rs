//! The coordinates of a box: for each dimension the least and the greatest.
//!
//! In: values of SQL, or bytes. Out: numbers that 32 bits hold, as `f64`, which holds all of them.

use helios_core::{Value, ValueRef};

/// SQLite's limit.
pub(super) const MOST_DIMENSIONS: usize = 5;

/// How many dimensions boxes have, and what their coordinates are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) dimensions: usize,
    /// Whether coordinates are integers and no floats.
    pub(super) is_integer: bool,
}

impl Shape {
    /// How many coordinates a box has.
    pub(super) fn bounds(self) -> usize {
        2 * self.dimensions
    }

    /// How many bytes a box has.
    pub(super) fn bytes(self) -> usize {
        4 * self.bounds()
    }
}

/// A box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Region {
    /// The least and the greatest coordinate of each dimension in turn; 0 in dimensions that are not there.
    pub(super) bounds: [f64; 2 * MOST_DIMENSIONS],
}

/// The greatest 32-bit float that is not above a value.
fn rounded_down(value: f64) -> f64 {
    let nearest = value as f32;
    f64::from(if f64::from(nearest) > value { nearest.next_down() } else { nearest })
}

/// The least 32-bit float that is not below a value.
fn rounded_up(value: f64) -> f64 {
    let nearest = value as f32;
    f64::from(if f64::from(nearest) < value { nearest.next_up() } else { nearest })
}

/// The integer of 32 bits that is nearest.
fn nearest_integer(value: ValueRef<'_>) -> f64 {
    value.to_integer().clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as f64
}

impl Region {
    /// A box of values, each rounded so that the box holds what was meant; or the dimension whose least coordinate is
    /// above its greatest.
    pub(super) fn of_values(shape: Shape, values: &[Value]) -> Result<Region, usize> {
        let mut bounds = [0.0; 2 * MOST_DIMENSIONS];
        for dimension in 0..shape.dimensions {
            let value = |bound| values.get(bound).map_or(ValueRef::Null, Value::as_ref);
            let (least, greatest) = (value(2 * dimension), value(2 * dimension + 1));
            let (least, greatest) = match shape.is_integer {
                true => (nearest_integer(least), nearest_integer(greatest)),
                false => (rounded_down(least.to_real()), rounded_up(greatest.to_real())),
            };
            if least > greatest {
                return Err(dimension);
            }
            (bounds[2 * dimension], bounds[2 * dimension + 1]) = (least, greatest);
        }
        Ok(Region { bounds })
    }

    /// Reads a box; `None` if there are not enough bytes.
    pub(super) fn read(shape: Shape, bytes: &[u8]) -> Option<Region> {
        let mut bounds = [0.0; 2 * MOST_DIMENSIONS];
        for (bound, bytes) in bounds.iter_mut().zip(bytes.get(..shape.bytes())?.as_chunks::<4>().0) {
            *bound = match shape.is_integer {
                true => f64::from(i32::from_be_bytes(*bytes)),
                false => f64::from(f32::from_be_bytes(*bytes)),
            };
        }
        Some(Region { bounds })
    }

    /// Appends the bytes of a box.
    pub(super) fn write(&self, shape: Shape, out: &mut Vec<u8>) {
        for bound in &self.bounds[..shape.bounds()] {
            out.extend(match shape.is_integer {
                true => (*bound as i32).to_be_bytes(),
                false => (*bound as f32).to_be_bytes(),
            });
        }
    }

    /// A coordinate as a value.
    pub(super) fn value(&self, shape: Shape, bound: usize) -> ValueRef<'static> {
        match shape.is_integer {
            true => ValueRef::Integer(self.bounds[bound] as i64),
            false => ValueRef::Real(self.bounds[bound]),
        }
    }

    /// The least box that holds both.
    pub(super) fn joined(&self, other: &Region) -> Region {
        let mut bounds = self.bounds;
        for (pair, other) in bounds.as_chunks_mut::<2>().0.iter_mut().zip(other.bounds.as_chunks::<2>().0) {
            *pair = [pair[0].min(other[0]), pair[1].max(other[1])];
        }
        Region { bounds }
    }

    /// Whether it holds another box.
    pub(super) fn covers(&self, other: &Region) -> bool {
        let pairs = self.bounds.as_chunks::<2>().0.iter().zip(other.bounds.as_chunks::<2>().0);
        pairs.into_iter().all(|(own, other)| own[0] <= other[0] && own[1] >= other[1])
    }

    /// Its extent in each dimension, multiplied.
    pub(super) fn area(&self, shape: Shape) -> f64 {
        self.pairs(shape).map(|[least, greatest]| greatest - least).product()
    }

    /// Its extent in each dimension, added up.
    pub(super) fn margin(&self, shape: Shape) -> f64 {
        self.pairs(shape).map(|[least, greatest]| greatest - least).sum()
    }

    /// The area that two boxes share.
    pub(super) fn overlap(&self, other: &Region, shape: Shape) -> f64 {
        let mut area = 1.0;
        for (own, other) in self.pairs(shape).zip(other.pairs(shape)) {
            let extent = own[1].min(other[1]) - own[0].max(other[0]);
            if extent < 0.0 {
                return 0.0;
            }
            area *= extent;
        }
        area
    }

    fn pairs(&self, shape: Shape) -> impl Iterator<Item = &[f64; 2]> {
        self.bounds.as_chunks::<2>().0.iter().take(shape.dimensions)
    }
}
