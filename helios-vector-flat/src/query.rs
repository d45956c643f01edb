//! One side of many distances, prepared.
//!
//! In: a vector and a metric; then rows. Out: the distance of each. Sums are 32-bit floats in lanes; where such a sum
//! leaves the range in which it is good, it is done again in 64 bits, so that neither huge nor tiny vectors give nonsense.

use helios_core::vector::Metric;

use crate::kernel::{Kernel, Sum};

/// Sums of squares and of differences below this may have lost what was too small for a 32-bit float.
const LEAST_SUM: f64 = 1e-25;

/// A vector whose distances to others are wanted.
#[derive(Clone, Debug)]
pub struct Query {
    metric: Metric,
    vector: Vec<f32>,
    kernel: Kernel,
    /// Sums products alone, where the row's squares are known.
    products: Kernel,
    /// The sum of the vector's squares, computed as those of rows are.
    square: f64,
}

impl Query {
    /// Prepares a vector.
    pub fn new(metric: Metric, vector: Vec<f32>) -> Query {
        let sum = match metric {
            Metric::Cosine => Sum::ProductsAndSquares,
            Metric::Euclidean => Sum::SquaredDifferences,
            Metric::Manhattan => Sum::Differences,
            Metric::Dot => Sum::Products,
        };
        let row: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
        let (kernel, products) = (Kernel::of(sum), Kernel::of(Sum::Products));
        let mut query = Query { metric, vector, kernel, products, square: 0.0 };
        if metric == Metric::Cosine {
            query.square = query.products_and_square(&row).1;
        }
        query
    }

    /// The number of elements.
    pub fn dimensions(&self) -> usize {
        self.vector.len()
    }

    /// The vector.
    pub fn vector(&self) -> &[f32] {
        &self.vector
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// The distance of a row of as many elements; nothing where a vector of zeros has no angle.
    pub fn distance(&self, row: &[u8]) -> Option<f64> {
        match self.metric {
            Metric::Cosine => {
                let (products, square) = self.products_and_square(row);
                self.cosine(products, square)
            }
            Metric::Euclidean => Some(self.sum(row, |a, b| (a - b) * (a - b)).sqrt()),
            Metric::Manhattan => Some(self.sum(row, |a, b| (a - b).abs())),
            Metric::Dot => Some(0.0 - self.products(row)),
        }
    }

    /// Whether distances are of angles, and so depend on the sums of the rows' squares.
    pub fn needs_squares(&self) -> bool {
        self.metric == Metric::Cosine
    }

    /// The distance of a row and the sum of its squares, which serves [`Query::distance_with_square`] for any other query
    /// of angles; not a number where it is not good in 32 bits.
    pub fn distance_and_square(&self, row: &[u8]) -> (Option<f64>, f64) {
        debug_assert!(self.needs_squares(), "only angles are told by squares");
        match self.quick_products_and_square(row) {
            Some((products, square)) => (self.cosine(products, square), square),
            None => (self.distance(row), f64::NAN),
        }
    }

    /// As [`Query::distance`], to the bit, for angles, where the sum of the row's squares is known.
    pub fn distance_with_square(&self, row: &[u8], square: f64) -> Option<f64> {
        debug_assert!(self.needs_squares(), "only angles are told by squares");
        let (products, _) = self.products.run(row, &self.vector);
        if products.is_finite() && square.is_finite() {
            return self.cosine(products, square);
        }
        self.distance(row)
    }

    fn cosine(&self, products: f64, square: f64) -> Option<f64> {
        let lengths = (square * self.square).sqrt();
        (lengths > 0.0).then(|| (1.0 - products / lengths).clamp(0.0, 2.0))
    }

    fn products_and_square(&self, row: &[u8]) -> (f64, f64) {
        self.quick_products_and_square(row)
            .unwrap_or_else(|| (self.wide_sum(row, |a, b| a * b), self.wide_sum(row, |a, _| a * a)))
    }

    /// Both sums in 32 bits, where they are good.
    fn quick_products_and_square(&self, row: &[u8]) -> Option<(f64, f64)> {
        let (products, square) = self.kernel.run(row, &self.vector);
        (products.is_finite() && square.is_finite() && square > LEAST_SUM).then_some((products, square))
    }

    fn products(&self, row: &[u8]) -> f64 {
        let (products, _) = self.kernel.run(row, &self.vector);
        if products.is_finite() { products } else { self.wide_sum(row, |a, b| a * b) }
    }

    /// A sum whose terms are not negative.
    fn sum(&self, row: &[u8], term: impl Fn(f64, f64) -> f64) -> f64 {
        let (sum, _) = self.kernel.run(row, &self.vector);
        if sum.is_finite() && sum > LEAST_SUM { sum } else { self.wide_sum(row, term) }
    }

    #[cold]
    fn wide_sum(&self, row: &[u8], term: impl Fn(f64, f64) -> f64) -> f64 {
        let row = row.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        row.zip(&self.vector).map(|(a, b)| term(f64::from(a), f64::from(*b))).sum()
    }
}

#[cfg(test)]
mod tests {
    use rand_pcg::Pcg64;
    use rand_pcg::rand_core::Rng;

    use super::*;

    fn bytes(vector: &[f32]) -> Vec<u8> {
        vector.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// What a distance is, by its definition and in 64 bits.
    fn model(metric: Metric, a: &[f32], b: &[f32]) -> Option<f64> {
        let pairs = || a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
        let products: f64 = pairs().map(|(a, b)| a * b).sum();
        let squares = |vector: &[f32]| vector.iter().map(|a| f64::from(*a) * f64::from(*a)).sum::<f64>();
        match metric {
            Metric::Cosine => {
                let lengths = squares(a).sqrt() * squares(b).sqrt();
                (lengths > 0.0).then(|| 1.0 - products / lengths)
            }
            Metric::Euclidean => Some(pairs().map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()),
            Metric::Manhattan => Some(pairs().map(|(a, b)| (a - b).abs()).sum()),
            Metric::Dot => Some(-products),
        }
    }

    #[test]
    fn distances_are_those_of_the_model() {
        let seed = 7;
        let mut random = Pcg64::new(seed, 1);
        for length in [1, 2, 3, 31, 32, 33, 100, 384, 1536] {
            for scale in [1.0, 1e-3, 1e-22, 3e-39, 1e15, 1e19, 3e37] {
                let mut vector = || -> Vec<f32> {
                    let mut element = || (random.next_u32() as f32 / u32::MAX as f32 - 0.4) * scale;
                    (0..length).map(|_| element()).collect()
                };
                let (a, b) = (vector(), vector());
                for metric in Metric::ALL {
                    let found = Query::new(metric, a.clone()).distance(&bytes(&b));
                    let expected = model(metric, &a, &b);
                    let size = match metric {
                        Metric::Cosine => 1.0,
                        Metric::Dot => f64::from(scale) * f64::from(scale) * length as f64,
                        _ => expected.unwrap_or_default(),
                    };
                    let difference = (found.unwrap_or(-1.0) - expected.unwrap_or(-1.0)).abs();
                    assert!(
                        difference <= size * 2e-6 + 1e-37,
                        "{metric:?} of {length} at {scale:e}: {found:?}, not {expected:?} (seed {seed})"
                    );
                }
            }
        }
    }

    /// Where a sum of squares is known, also of a row whose squares leave the range of 32 bits.
    #[test]
    fn angles_are_the_same_by_known_squares() {
        let wave = |step: f32, scale: f32| -> Vec<f32> {
            (0..100).map(|at| (at as f32 * step).sin() * scale).collect()
        };
        for scale in [1.0, 1e-3, 1e-22, 3e-39, 0.0, 1e15, 1e19, 3e37, f32::INFINITY] {
            let row = bytes(&wave(0.37, scale));
            let (learnt, square) = Query::new(Metric::Cosine, wave(0.7, 3.0)).distance_and_square(&row);
            for other in [1.0, 1e-20, 1e20] {
                let query = Query::new(Metric::Cosine, wave(0.11, other));
                let (found, expected) = (query.distance_with_square(&row, square), query.distance(&row));
                assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{scale:e} beside {other:e}");
                assert_eq!(
                    query.distance_with_square(&row, f64::NAN).map(f64::to_bits),
                    expected.map(f64::to_bits)
                );
            }
            let expected = Query::new(Metric::Cosine, wave(0.7, 3.0)).distance(&row);
            assert_eq!(learnt.map(f64::to_bits), expected.map(f64::to_bits));
        }
    }

    #[test]
    fn a_vector_has_no_distance_from_itself() {
        let vector: Vec<f32> = (0..100).map(|at| (at as f32).sin()).collect();
        for metric in [Metric::Cosine, Metric::Euclidean, Metric::Manhattan] {
            assert_eq!(Query::new(metric, vector.clone()).distance(&bytes(&vector)), Some(0.0), "{metric:?}");
        }
    }

    #[test]
    fn zeros_have_no_angle_but_other_distances() {
        let (zeros, ones) = (vec![0.0; 3], vec![1.0; 3]);
        assert_eq!(Query::new(Metric::Cosine, zeros.clone()).distance(&bytes(&ones)), None);
        assert_eq!(Query::new(Metric::Cosine, ones.clone()).distance(&bytes(&zeros)), None);
        assert_eq!(Query::new(Metric::Manhattan, ones.clone()).distance(&bytes(&zeros)), Some(3.0));
        assert_eq!(Query::new(Metric::Euclidean, zeros.clone()).distance(&bytes(&ones)), Some(3f64.sqrt()));
        assert_eq!(Query::new(Metric::Dot, ones).distance(&bytes(&zeros)), Some(0.0));
    }
}
