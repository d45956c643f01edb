//! Aggregates over pairs of numbers: covariance, correlation, the line through them. The first argument is the dependent
//! one, and pairs with a NULL do not count.

/// How many pairs there are.
macro_rules! pairs {
    () => {
        "count($1::float8 * $2)"
    };
}

/// The sum of the first or of the second numbers.
macro_rules! sum {
    (y) => {
        "sum(CASE WHEN $2 IS NOT NULL THEN $1::float8 END)"
    };
    (x) => {
        "sum(CASE WHEN $1 IS NOT NULL THEN $2::float8 END)"
    };
}

/// The sum of the products of what two numbers differ from their averages by.
macro_rules! products {
    (x x) => {
        concat!(
            "(sum(CASE WHEN $1 IS NOT NULL THEN $2::float8 * $2 END) - ",
            sum!(x),
            " * ",
            sum!(x),
            " / nullif(",
            pairs!(),
            ", 0))"
        )
    };
    (y y) => {
        concat!(
            "(sum(CASE WHEN $2 IS NOT NULL THEN $1::float8 * $1 END) - ",
            sum!(y),
            " * ",
            sum!(y),
            " / nullif(",
            pairs!(),
            ", 0))"
        )
    };
    (x y) => {
        concat!("(sum($1::float8 * $2) - ", sum!(x), " * ", sum!(y), " / nullif(", pairs!(), ", 0))")
    };
}

/// The aggregates, as [`super::postgres_catalog::WRITTEN_IN_SQL`] has others.
pub(super) const REGRESSIONS: &[(&str, usize, &str)] = &[
    ("regr_count", 2, pairs!()),
    ("regr_avgx", 2, concat!(sum!(x), " / nullif(", pairs!(), ", 0)")),
    ("regr_avgy", 2, concat!(sum!(y), " / nullif(", pairs!(), ", 0)")),
    ("regr_sxx", 2, products!(x x)),
    ("regr_syy", 2, products!(y y)),
    ("regr_sxy", 2, products!(x y)),
    ("covar_pop", 2, concat!(products!(x y), " / nullif(", pairs!(), ", 0)")),
    ("covar_samp", 2, concat!(products!(x y), " / nullif(", pairs!(), " - 1, 0)")),
    ("corr", 2, concat!(products!(x y), " / nullif(sqrt(", products!(x x), " * ", products!(y y), "), 0)")),
    ("regr_slope", 2, concat!(products!(x y), " / nullif(", products!(x x), ", 0)")),
    (
        "regr_intercept",
        2,
        concat!(
            "(",
            sum!(y),
            " - ",
            sum!(x),
            " * ",
            products!(x y),
            " / nullif(",
            products!(x x),
            ", 0)) / nullif(",
            pairs!(),
            ", 0)"
        ),
    ),
    (
        "regr_r2",
        2,
        concat!(
            "CASE WHEN ",
            products!(x x),
            " = 0 THEN NULL WHEN ",
            products!(y y),
            " = 0 THEN 1::float8 ELSE ",
            products!(x y),
            " * ",
            products!(x y),
            " / (",
            products!(x x),
            " * ",
            products!(y y),
            ") END"
        ),
    ),
];
