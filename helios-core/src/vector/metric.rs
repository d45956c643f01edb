//! What a distance between two vectors is.

/// A measure of how far apart two vectors are; the smaller, the nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// One minus the cosine of the angle: from 0 to 2, and nothing for a vector of zeros.
    Cosine,
    /// The length of the difference.
    Euclidean,
    /// The sum of the absolute differences.
    Manhattan,
    /// The inner product with its sign turned.
    Dot,
}

impl Metric {
    /// All of them.
    pub const ALL: [Metric; 4] = [Metric::Cosine, Metric::Euclidean, Metric::Manhattan, Metric::Dot];

    /// The metric of this name, whatever its case.
    pub fn by_name(name: &str) -> Option<Metric> {
        Some(match name.to_ascii_lowercase().as_str() {
            "cosine" => Metric::Cosine,
            "euclidean" | "l2" => Metric::Euclidean,
            "manhattan" | "l1" => Metric::Manhattan,
            "dot" => Metric::Dot,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Cosine => "cosine",
            Metric::Euclidean => "euclidean",
            Metric::Manhattan => "manhattan",
            Metric::Dot => "dot",
        }
    }
}
