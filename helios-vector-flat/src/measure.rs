//! Distances with nothing prepared: between any two of many vectors in memory.

use helios_core::vector::Metric;

use crate::kernel::{QuickKernel, Sum};

/// A metric, ready to run. [`Metric::Cosine`] is that of vectors of the length 1.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    metric: Metric,
    kernel: QuickKernel,
}

impl Measure {
    /// The measure of a metric.
    pub fn new(metric: Metric) -> Measure {
        let kernel = QuickKernel::of(match metric {
            Metric::Cosine | Metric::Dot => Sum::Products,
            Metric::Euclidean => Sum::SquaredDifferences,
            Metric::Manhattan => Sum::Differences,
        });
        Measure { metric, kernel }
    }

    /// The distance of two vectors of one dimension, to compare it with others. Sums that leave the range of 32-bit floats
    /// are infinite.
    #[inline]
    pub fn between(&self, one: &[f32], other: &[f32]) -> f32 {
        let sum = self.kernel.run(bytes_of(one), other);
        match self.metric {
            Metric::Cosine => 1.0 - sum,
            Metric::Dot => 0.0 - sum,
            Metric::Euclidean => sum.sqrt(),
            Metric::Manhattan => sum,
        }
    }
}

/// The bytes of floats in memory, as a kernel wants them.
#[expect(unsafe_code, reason = "a copy would cost as much as the distance")]
fn bytes_of(floats: &[f32]) -> &[u8] {
    const { assert!(cfg!(target_endian = "little"), "vectors are little-endian, in memory too") };
    // SAFETY: the bytes of a float are bytes, they are aligned as bytes, and the slice has four for each float.
    unsafe { std::slice::from_raw_parts(floats.as_ptr().cast(), size_of_val(floats)) }
}
