//! Expressions whose names are resolved and whose conversions are written out.

use std::fmt;
use std::sync::Arc;

use helios_core::value::{Affinity, Collation};
use helios_core::{Result, Value, ValueRef};

use crate::ast::RaiseAction;
use crate::func::{CallContext, ProgramScalar, Scalar, Volatility};

/// A column of a statement, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub u32);

/// An expression. It never changes with where in a plan it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A value.
    Constant(Value),
    /// A parameter, from 0 on.
    Parameter(usize),
    /// A column.
    Column(ColumnId),
    /// A value of a surrounding query, by slot.
    Outer(usize),
    /// NOT.
    Not(Box<Expr>),
    /// `-`.
    Negate(Box<Expr>),
    /// `~`.
    BitNot(Box<Expr>),
    /// Numbers combined.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// `||`.
    Concat(Box<Expr>, Box<Expr>),
    /// A comparison. Conversions of the operands are written out as [`Expr::Convert`].
    Compare(Comparison, Collation, Box<Expr>, Box<Expr>),
    /// AND of two or more.
    And(Vec<Expr>),
    /// OR of two or more.
    Or(Vec<Expr>),
    /// IS NULL; IS NOT NULL if the flag is set.
    IsNull(Box<Expr>, bool),
    /// Truth as an integer: IS TRUE (the flag) and IS FALSE; never NULL.
    IsTruth(Box<Expr>, bool),
    /// A value as a column of this affinity would hold it.
    Convert(Affinity, Box<Expr>),
    /// CAST.
    Cast(Affinity, Box<Expr>),
    /// LIKE and GLOB: pattern, operand, escape.
    Pattern {
        /// Which.
        kind: PatternKind,
        /// NOT.
        negated: bool,
        /// What is matched.
        operand: Box<Expr>,
        /// The pattern.
        pattern: Box<Expr>,
        /// ESCAPE.
        escape: Option<Box<Expr>>,
    },
    /// IN a list; the operand and the list are converted already.
    InList {
        /// NOT.
        negated: bool,
        /// What is looked for.
        operand: Box<Expr>,
        /// Among these.
        list: Vec<Expr>,
        /// How texts compare.
        collation: Collation,
    },
    /// IN a query, by its number in the statement.
    InSubquery {
        /// NOT.
        negated: bool,
        /// What is looked for, one for each column of the query.
        operands: Vec<Expr>,
        /// The conversion of the query's values, and how texts compare, for each column.
        comparisons: Vec<(Option<Affinity>, Collation)>,
        /// The query.
        subquery: Box<SubqueryCall>,
    },
    /// The first row of a query, one of its columns; NULL without rows.
    Subquery {
        /// The query.
        subquery: Box<SubqueryCall>,
        /// The column.
        column: usize,
    },
    /// Whether a query has rows.
    Exists(Box<SubqueryCall>),
    /// RAISE, in a trigger.
    Raise(RaiseAction, Option<Box<Expr>>),
    /// The first of these that is not NULL; those after it are not looked at.
    FirstNotNull(Vec<Expr>),
    /// A value that is computed once for a row, and an expression that mentions it as [`Expr::Local`].
    Let(Box<Expr>, Box<Expr>),
    /// The value of a [`Expr::Let`] around the place: of the innermost for 0, of the next for 1.
    Local(usize),
    /// CASE.
    Case {
        /// WHEN and THEN.
        branches: Vec<(Expr, Expr)>,
        /// ELSE.
        otherwise: Option<Box<Expr>>,
    },
    /// A function call.
    Call {
        /// The function.
        function: Function,
        /// Its arguments.
        arguments: Vec<Expr>,
        /// How it compares texts.
        collation: Collation,
    },
}

/// A query inside an expression: its number in the statement, and what it takes from the row.
#[derive(Clone, Debug, PartialEq)]
pub struct SubqueryCall {
    /// The number.
    pub number: usize,
    /// Slots, and what goes into them. Empty if the query gives the same for every row.
    pub outer: Vec<(usize, Expr)>,
    /// Where the query is run once for all rows: what its first columns are equal to in the rows meant. These columns
    /// are not part of its answer.
    pub by: Vec<(Expr, Collation)>,
    /// With `by`: the answer where no row is meant, if that is a row all the same.
    pub empty: Option<Vec<Expr>>,
    /// Whether it is an error if a value is asked of a query with several rows.
    pub is_single: bool,
}

impl SubqueryCall {
    /// What the query takes from the row.
    pub fn operands(&self) -> impl Iterator<Item = &Expr> {
        self.outer.iter().map(|(_, expr)| expr).chain(self.by.iter().map(|(expr, _)| expr))
    }

    /// What the query takes from the row, to change it.
    pub fn operands_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.outer.iter_mut().map(|(_, expr)| expr).chain(self.by.iter_mut().map(|(expr, _)| expr))
    }
}

/// A scalar function, equal to itself only.
#[derive(Clone)]
pub enum Function {
    /// One that every session has.
    BuiltIn(&'static Scalar),
    /// One that the program added.
    Program(Arc<ProgramScalar>),
}

impl Function {
    /// When its value for the same arguments may change.
    pub fn volatility(&self) -> Volatility {
        match self {
            Function::BuiltIn(function) => function.volatility,
            Function::Program(function) if function.deterministic => Volatility::Immutable,
            Function::Program(_) => Volatility::Volatile,
        }
    }

    /// Whether the program added it.
    pub fn is_of_program(&self) -> bool {
        matches!(self, Function::Program(_))
    }

    /// Whether calls with the same arguments in one statement may give different values.
    pub fn is_volatile(&self) -> bool {
        self.volatility() == Volatility::Volatile
    }

    /// Its value for these arguments.
    #[inline]
    pub fn call(&self, context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
        match self {
            Function::BuiltIn(function) => (function.call)(context, arguments),
            Function::Program(function) => (function.body)(arguments),
        }
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        match (self, other) {
            (Function::BuiltIn(one), Function::BuiltIn(other)) => std::ptr::eq(*one, *other),
            (Function::Program(one), Function::Program(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Function::BuiltIn(function) => function.name,
            Function::Program(function) => &function.name,
        })
    }
}

/// Operators on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// IS
    Is,
    /// IS NOT
    IsNot,
}

impl Comparison {
    /// The same comparison with its sides exchanged.
    #[must_use]
    pub fn flipped(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
            other => other,
        }
    }

    /// Whether values in this order meet the comparison.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal | Comparison::Is => order.is_eq(),
            Comparison::NotEqual | Comparison::IsNot => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Operators on patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// LIKE
    Like,
    /// LIKE that tells the two cases of letters apart
    LikeByCase,
    /// GLOB
    Glob,
    /// MATCH, which only virtual tables give a meaning
    Match,
}

impl Expr {
    /// NULL.
    pub const NULL: Expr = Expr::Constant(Value::Null);

    /// All of the conditions; true if there are none.
    pub fn all(mut conditions: Vec<Expr>) -> Expr {
        match conditions.len() {
            0 => Expr::Constant(Value::Integer(1)),
            1 => conditions.swap_remove(0),
            _ => Expr::And(conditions),
        }
    }

    /// The conditions that this one is made of: the operands of AND, as deep as they go.
    pub fn conjuncts(self, out: &mut Vec<Expr>) {
        match self {
            Expr::And(operands) => operands.into_iter().for_each(|operand| operand.conjuncts(out)),
            other => out.push(other),
        }
    }
}
