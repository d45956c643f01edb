//! The operators between two operands and after one, and how tightly they bind.

use helios_vector_flat::Metric;

use super::token::Kind;
use crate::ast::BinaryOperator;

/// How tightly an operator binds: SQLite's table, loosest first.
pub(super) mod level {
    /// OR
    pub(in crate::parse) const OR: u8 = 1;
    /// AND
    pub(in crate::parse) const AND: u8 = 2;
    /// NOT before its operand
    pub(in crate::parse) const NOT: u8 = 3;
    /// `=` and its like, IS, IN, LIKE, BETWEEN, ISNULL, and all of them with NOT
    pub(in crate::parse) const EQUALITY: u8 = 4;
    /// `<` and its like
    pub(in crate::parse) const COMPARISON: u8 = 5;
    /// `&`, `|`, `<<`, `>>`; distances
    pub(in crate::parse) const BITS: u8 = 6;
    /// `+`, `-`
    pub(in crate::parse) const SUM: u8 = 7;
    /// `*`, `/`, `%`
    pub(in crate::parse) const PRODUCT: u8 = 8;
    /// `||`, `->`, `->>`
    pub(in crate::parse) const CONCAT: u8 = 9;
    /// COLLATE
    pub(in crate::parse) const COLLATE: u8 = 10;
    /// `~`, `-`, `+` before their operand
    pub(in crate::parse) const UNARY: u8 = 11;
}

/// What an operator is, when it follows an operand.
#[derive(Clone, Copy)]
pub(super) enum Infix {
    /// An operator with a second operand.
    Binary(BinaryOperator),
    /// COLLATE.
    Collate,
    /// A word that begins something longer: IS, IN, LIKE, BETWEEN, NOT, ….
    Word,
}

/// What a token is after an operand, and how tightly it binds; `None` if it ends the expression.
pub(super) fn infix(kind: Kind) -> Option<(u8, Infix)> {
    use BinaryOperator as Operator;
    let (level, operator) = match kind {
        Kind::Or => (level::OR, Operator::Or),
        Kind::And => (level::AND, Operator::And),
        Kind::Equal => (level::EQUALITY, Operator::Equal),
        Kind::NotEqual => (level::EQUALITY, Operator::NotEqual),
        Kind::Less => (level::COMPARISON, Operator::Less),
        Kind::LessOrEqual => (level::COMPARISON, Operator::LessOrEqual),
        Kind::Greater => (level::COMPARISON, Operator::Greater),
        Kind::GreaterOrEqual => (level::COMPARISON, Operator::GreaterOrEqual),
        Kind::BitAnd => (level::BITS, Operator::BitAnd),
        Kind::BitOr => (level::BITS, Operator::BitOr),
        Kind::ShiftLeft => (level::BITS, Operator::ShiftLeft),
        Kind::ShiftRight => (level::BITS, Operator::ShiftRight),
        Kind::Euclidean => (level::BITS, Operator::Distance(Metric::Euclidean)),
        Kind::Cosine => (level::BITS, Operator::Distance(Metric::Cosine)),
        Kind::NegativeDot => (level::BITS, Operator::Distance(Metric::Dot)),
        Kind::Manhattan => (level::BITS, Operator::Distance(Metric::Manhattan)),
        Kind::Plus => (level::SUM, Operator::Add),
        Kind::Minus => (level::SUM, Operator::Subtract),
        Kind::Star => (level::PRODUCT, Operator::Multiply),
        Kind::Slash => (level::PRODUCT, Operator::Divide),
        Kind::Percent => (level::PRODUCT, Operator::Remainder),
        Kind::Concat => (level::CONCAT, Operator::Concat),
        Kind::Arrow => (level::CONCAT, Operator::Extract),
        Kind::ArrowText => (level::CONCAT, Operator::ExtractText),
        Kind::Collate => return Some((level::COLLATE, Infix::Collate)),
        Kind::Is
        | Kind::IsNull
        | Kind::NotNull
        | Kind::In
        | Kind::Between
        | Kind::Like
        | Kind::Glob
        | Kind::Regexp
        | Kind::Match
        | Kind::Not => return Some((level::EQUALITY, Infix::Word)),
        _ => return None,
    };
    Some((level, Infix::Binary(operator)))
}
