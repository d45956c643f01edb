//! A table of vectors in plain numbers, and what a search among them has to find.
//!
//! Elements are small whole numbers, so that every sum of the engine is exact and distances can be compared bit by bit.

use helios_core::Value;
use helios_testkit::seed::Numbers;

/// The dimension of the vectors: more than one block of a kernel.
pub(crate) const DIMENSIONS: usize = 37;

/// The metrics, each with the operator that means the same.
pub(crate) const METRICS: [(&str, &str); 4] =
    [("cosine", "<=>"), ("euclidean", "<->"), ("manhattan", "<+>"), ("dot", "<#>")];

pub(crate) type Vector = Vec<i32>;

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) category: i64,
    pub(crate) vector: Option<Vector>,
}

/// A vector, now and then of zeros.
pub(crate) fn vector(numbers: &mut Numbers) -> Vector {
    let range = if numbers.one_in(20) { 1 } else { 7 };
    (0..DIMENSIONS).map(|_| numbers.below(range) as i32 - range as i32 / 2).collect()
}

/// A vector as a literal of SQL: a text or a blob.
pub(crate) fn literal(vector: &[i32], numbers: &mut Numbers) -> String {
    if numbers.one_in(2) {
        return format!("'{vector:?}'");
    }
    let bytes = vector.iter().flat_map(|element| (*element as f32).to_le_bytes());
    format!("x'{}'", bytes.map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The distance; nothing where a vector is missing, or has no angle.
pub(crate) fn distance(metric: &str, a: Option<&Vector>, b: &[i32]) -> Option<f64> {
    let pairs = || a.into_iter().flatten().zip(b);
    let sum = |term: &dyn Fn(i32, i32) -> i32| f64::from(pairs().map(|(a, b)| term(*a, *b)).sum::<i32>());
    a?;
    Some(match metric {
        "cosine" => {
            let lengths = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
            if lengths == 0.0 {
                return None;
            }
            (1.0 - sum(&|a, b| a * b) / lengths).clamp(0.0, 2.0)
        }
        "euclidean" => sum(&|a, b| (a - b) * (a - b)).sqrt(),
        "manhattan" => sum(&|a, b| (a - b).abs()),
        _ => 0.0 - sum(&|a, b| a * b),
    })
}

/// The rows of `SELECT id, distance … ORDER BY distance`, NULL first, equal ones by id.
pub(crate) fn nearest(rows: &[Row], metric: &str, query: &[i32]) -> Vec<Vec<Value>> {
    let mut found: Vec<(Option<f64>, i64)> =
        rows.iter().map(|row| (distance(metric, row.vector.as_ref(), query), row.id)).collect();
    found.sort_by(|a, b| {
        let order = match (a.0, b.0) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        order.then(a.1.cmp(&b.1))
    });
    let value = |distance: Option<f64>| distance.map_or(Value::Null, Value::real);
    found.into_iter().map(|(distance, id)| vec![Value::Integer(id), value(distance)]).collect()
}
