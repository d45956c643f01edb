//! Sums over two vectors, in the widest registers that the processor has.
//!
//! In: a row of little-endian floats and a vector of the same length. Out: sums over their elements. Each sum is written
//! once, as a loop over [`LANES`] sums side by side, and compiled for several kinds of processors; which of them runs is
//! found out once. All give the same bits: the lanes are as many and are added up in the same order everywhere, and a
//! product is rounded before it is added.

use std::sync::LazyLock;

/// How many sums run side by side: two of the widest registers, so that one sum need not wait for the one before.
const LANES: usize = 32;

/// Of quick sums so many run side by side: those of vectors in the caches wait for each other, not for the memory.
const QUICK_LANES: usize = 64;

/// Rows lie one behind the other: while one is looked at, what lies so many bytes ahead is fetched. Processors fetch
/// ahead by themselves, but not beyond the page that they are in.
const AHEAD: usize = 4096;

/// The sums of one metric: one or two of them.
///
/// # Safety
/// The processor must have what the function was compiled for; those in [`Kernels`] have been chosen so.
type Sums = unsafe fn(&[u8], &[f32]) -> (f64, f64);

/// A quick sum of one metric.
///
/// # Safety
/// As for [`Sums`].
type QuickSum = unsafe fn(&[u8], &[f32]) -> f32;

/// The sums of one kind of processor.
#[derive(Clone, Copy, Debug)]
struct Kernels {
    name: &'static str,
    products_and_squares: Sums,
    products: Sums,
    squared_differences: Sums,
    differences: Sums,
    quick_products: QuickSum,
    quick_squared_differences: QuickSum,
    quick_differences: QuickSum,
}

/// What a sum is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sum {
    /// The products, and second the squares of the row.
    ProductsAndSquares,
    /// The products.
    Products,
    /// The squares of the differences.
    SquaredDifferences,
    /// The differences without their signs.
    Differences,
}

/// One sum, as this processor does it best.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel(Sums);

impl Kernel {
    /// The kernel for a sum.
    pub(crate) fn of(sum: Sum) -> Kernel {
        Kernel::at(&CHOSEN, sum)
    }

    fn at(kernels: &Kernels, sum: Sum) -> Kernel {
        Kernel(match sum {
            Sum::ProductsAndSquares => kernels.products_and_squares,
            Sum::Products => kernels.products,
            Sum::SquaredDifferences => kernels.squared_differences,
            Sum::Differences => kernels.differences,
        })
    }

    /// The sums over a row and a vector; elements that only one of them has do not count.
    #[inline]
    #[expect(unsafe_code, reason = "the wide registers of a processor are worth a factor of two to six")]
    pub(crate) fn run(self, row: &[u8], vector: &[f32]) -> (f64, f64) {
        // SAFETY: `available` lists only what the processor can run.
        unsafe { (self.0)(row, vector) }
    }
}

/// One sum to compare distances by, not to tell them: in more lanes, and of 32 bits to the end. Its bits are the same
/// everywhere, too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuickKernel(QuickSum);

impl QuickKernel {
    /// The kernel for a sum; products stand for products and squares.
    pub(crate) fn of(sum: Sum) -> QuickKernel {
        QuickKernel::at(&CHOSEN, sum)
    }

    fn at(kernels: &Kernels, sum: Sum) -> QuickKernel {
        QuickKernel(match sum {
            Sum::ProductsAndSquares | Sum::Products => kernels.quick_products,
            Sum::SquaredDifferences => kernels.quick_squared_differences,
            Sum::Differences => kernels.quick_differences,
        })
    }

    /// The sum over a row and a vector; elements that only one of them has do not count.
    #[inline]
    #[expect(unsafe_code, reason = "the wide registers of a processor are worth a factor of two to six")]
    pub(crate) fn run(self, row: &[u8], vector: &[f32]) -> f32 {
        // SAFETY: `available` lists only what the processor can run.
        unsafe { (self.0)(row, vector) }
    }
}

/// The name of the registers that distances are computed in.
pub fn level_name() -> &'static str {
    CHOSEN.name
}

static CHOSEN: LazyLock<Kernels> = LazyLock::new(|| available()[0]);

/// What this processor can run, the fastest first.
fn available() -> Vec<Kernels> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") {
            found.push(avx512::KERNELS);
        }
        if is_x86_feature_detected!("avx2") {
            found.push(avx2::KERNELS);
        }
    }
    found.push(plain::KERNELS);
    found
}

/// Compiles the sums for processors with some features.
macro_rules! compiled {
    ($module:ident, $name:literal $(, $feature:literal)?) => {
        mod $module {
            use super::{Kernels, pair, quick, single};

            pub(super) const KERNELS: Kernels = Kernels {
                name: $name,
                products_and_squares,
                products,
                squared_differences,
                differences,
                quick_products,
                quick_squared_differences,
                quick_differences,
            };

            $(#[target_feature(enable = $feature)])?
            fn products_and_squares(row: &[u8], vector: &[f32]) -> (f64, f64) {
                pair(row, vector)
            }

            $(#[target_feature(enable = $feature)])?
            fn products(row: &[u8], vector: &[f32]) -> (f64, f64) {
                (single(row, vector, |sum, a, b| sum + a * b), 0.0)
            }

            $(#[target_feature(enable = $feature)])?
            fn squared_differences(row: &[u8], vector: &[f32]) -> (f64, f64) {
                (single(row, vector, |sum, a, b| sum + (a - b) * (a - b)), 0.0)
            }

            $(#[target_feature(enable = $feature)])?
            fn differences(row: &[u8], vector: &[f32]) -> (f64, f64) {
                (single(row, vector, |sum, a, b| sum + (a - b).abs()), 0.0)
            }

            $(#[target_feature(enable = $feature)])?
            fn quick_products(row: &[u8], vector: &[f32]) -> f32 {
                quick(row, vector, |sum, a, b| sum + a * b)
            }

            $(#[target_feature(enable = $feature)])?
            fn quick_squared_differences(row: &[u8], vector: &[f32]) -> f32 {
                quick(row, vector, |sum, a, b| sum + (a - b) * (a - b))
            }

            $(#[target_feature(enable = $feature)])?
            fn quick_differences(row: &[u8], vector: &[f32]) -> f32 {
                quick(row, vector, |sum, a, b| sum + (a - b).abs())
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
compiled!(avx512, "AVX-512", "avx512f,avx512vl,avx512dq,avx2");
#[cfg(target_arch = "x86_64")]
compiled!(avx2, "AVX2", "avx2");
// On ARM this is NEON, which every such processor has, and on x86 SSE2.
compiled!(plain, "baseline");

/// One sum over both.
#[inline(always)]
fn single(row: &[u8], vector: &[f32], add: impl Fn(f32, f32, f32) -> f32) -> f64 {
    let mut sums = [0.0; LANES];
    for_each_block::<LANES>(row, vector, |row, vector| {
        fetch_ahead(row);
        for ((sum, a), b) in sums.iter_mut().zip(row).zip(vector) {
            *sum = add(*sum, f32::from_le_bytes(*a), *b);
        }
    });
    total(&sums)
}

/// One quick sum over both.
#[inline(always)]
fn quick(row: &[u8], vector: &[f32], add: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let mut sums = [0.0; QUICK_LANES];
    for_each_block::<QUICK_LANES>(row, vector, |row, vector| {
        for ((sum, a), b) in sums.iter_mut().zip(row).zip(vector) {
            *sum = add(*sum, f32::from_le_bytes(*a), *b);
        }
    });
    let mut width = QUICK_LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// The sum of the products, and that of the row's squares.
#[inline(always)]
fn pair(row: &[u8], vector: &[f32]) -> (f64, f64) {
    let (mut products, mut squares) = ([0.0; LANES], [0.0; LANES]);
    for_each_block::<LANES>(row, vector, |row, vector| {
        fetch_ahead(row);
        for (((product, square), a), b) in products.iter_mut().zip(&mut squares).zip(row).zip(vector) {
            let a = f32::from_le_bytes(*a);
            *product += a * *b;
            *square += a * a;
        }
    });
    (total(&products), total(&squares))
}

/// Has the processor fetch what lies [`AHEAD`] of a block, which it does in the background.
#[inline(always)]
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "a third of the time went into waiting for memory")
)]
fn fetch_ahead(block: &[[u8; 4]; LANES]) {
    #[cfg(target_arch = "x86_64")]
    for line in block.as_chunks::<16>().0 {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, and it takes any address, also of what is no memory.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().wrapping_byte_add(AHEAD).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = block;
}

/// Hands on both in blocks; the last one is filled up with zeros, which change no sum.
#[inline(always)]
fn for_each_block<const WIDTH: usize>(
    row: &[u8],
    vector: &[f32],
    mut take: impl FnMut(&[[u8; 4]; WIDTH], &[f32; WIDTH]),
) {
    let (row, _) = row.as_chunks::<4>();
    let ((rows, row_rest), (vectors, vector_rest)) = (row.as_chunks(), vector.as_chunks());
    for (row, vector) in rows.iter().zip(vectors) {
        take(row, vector);
    }
    if !row_rest.is_empty() {
        let (mut row, mut vector) = ([[0; 4]; WIDTH], [0.0; WIDTH]);
        for (((to_row, to_vector), a), b) in row.iter_mut().zip(&mut vector).zip(row_rest).zip(vector_rest) {
            (*to_row, *to_vector) = (*a, *b);
        }
        take(&row, &vector);
    }
}

/// The lanes added up, halves first.
#[inline(always)]
fn total(sums: &[f32; LANES]) -> f64 {
    let mut wide = [0.0; LANES];
    // Not by `map`, which is compiled on its own and so for any processor.
    for (wide, sum) in wide.iter_mut().zip(sums) {
        *wide = f64::from(*sum);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            wide[lane] += wide[lane + width];
        }
        width /= 2;
    }
    wide[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the processor, the sums have the same bits, and no lane gets lost at the end of a row.
    #[test]
    fn all_kernels_give_the_same_bits() {
        for length in (0..200).chain([384, 1000]) {
            let vector: Vec<f32> = (0..length).map(|at| (at as f32 * 0.37).sin()).collect();
            let row: Vec<u8> =
                (0..length).flat_map(|at| ((at as f32 * 0.11).cos() + 0.3).to_le_bytes()).collect();
            for sum in [Sum::ProductsAndSquares, Sum::Products, Sum::SquaredDifferences, Sum::Differences] {
                let plain = Kernel::at(&plain::KERNELS, sum).run(&row, &vector);
                for kernels in available() {
                    let here = Kernel::at(&kernels, sum).run(&row, &vector);
                    let bits = |(a, b): (f64, f64)| (a.to_bits(), b.to_bits());
                    assert_eq!(bits(here), bits(plain), "{sum:?} of {length} in {}", kernels.name);
                    let quick = |kernels| QuickKernel::at(kernels, sum).run(&row, &vector);
                    let difference = (f64::from(quick(&kernels)) - plain.0).abs();
                    assert_eq!(quick(&kernels).to_bits(), quick(&plain::KERNELS).to_bits(), "quick {sum:?}");
                    assert!(difference <= 1e-3, "quick {sum:?} of {length}: {difference}");
                }
            }
        }
    }
}
