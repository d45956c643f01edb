//! Distances as the crate can work with them: positive numbers in the same order.

use helios_core::vector::Metric;
use helios_vector_flat::Measure;
use hnsw_rs::prelude::Distance;

/// The order of a metric. [`Metric::Cosine`] is that of vectors of the length 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    measure: Measure,
    is_signed: bool,
}

impl Order {
    pub(crate) fn new(metric: Metric) -> Order {
        Order { measure: Measure::new(metric), is_signed: metric == Metric::Dot }
    }
}

impl Distance<f32> for Order {
    fn eval(&self, one: &[f32], other: &[f32]) -> f32 {
        let distance = self.measure.between(one, other);
        match self.is_signed {
            // Sums of huge products of both signs.
            _ if distance.is_nan() => f32::MAX,
            true => positive(distance),
            // Vectors that are the same may be a rounding error below nothing apart.
            false => distance.max(0.0),
        }
    }
}

/// A positive number, the greater the greater `number` is, with as many digits as it has.
fn positive(number: f32) -> f32 {
    if number < 0.0 { 1.0 / (1.0 - number) } else { 1.0 + number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positive_numbers_keep_the_order() {
        let numbers = [f32::NEG_INFINITY, -1e30, -7.5, -1.0, -1e-3, 0.0, 1e-3, 1.0, 7.5, 1e30, f32::INFINITY];
        let images: Vec<f32> = numbers.into_iter().map(positive).collect();
        assert!(images.is_sorted_by(|one, other| one < other), "{images:?}");
        assert!(images[0] >= 0.0, "{images:?}");
    }

    #[test]
    fn no_distance_stops_the_crate() {
        let huge = [f32::MAX, -f32::MAX, f32::MAX];
        for metric in Metric::ALL {
            let distance = Order::new(metric).eval(&huge, &[f32::MAX, f32::MAX, -f32::MAX]);
            assert!(distance >= 0.0, "{metric:?}: {distance}");
        }
        assert!(Order::new(Metric::Cosine).eval(&[0.6, 0.8], &[0.6, 0.800_000_1]) >= 0.0);
    }
}
