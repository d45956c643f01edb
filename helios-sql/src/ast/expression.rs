//! Expressions.

use helios_core::Value;
use helios_vector_flat::Metric;

use super::{OrderingTerm, Over, Place, Select};

/// An expression. At most [`crate::parse::MAX_DEPTH`] levels deep, so that recursion over it is safe.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A literal. TRUE and FALSE are 1 and 0 where no column has that name; see [`Expression::Column`].
    Literal(Value),
    /// CURRENT_TIME and its like.
    Current(CurrentMoment),
    /// A parameter, by its number from 1 on.
    Parameter(u32),
    /// A name. Also `TRUE`, `FALSE` and, double-quoted, what may turn out to be a text.
    Column(ColumnName),
    /// An operator before its operand.
    Unary(UnaryOperator, Box<Expression>),
    /// An operator between its operands.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `operand COLLATE name`.
    Collate(Box<Expression>, String),
    /// `CAST(operand AS type)`.
    Cast(Box<Expression>, String),
    /// `operand [NOT] LIKE pattern [ESCAPE escape]`, and GLOB, REGEXP, MATCH.
    Pattern {
        /// Which.
        operator: PatternOperator,
        /// NOT.
        negated: bool,
        /// What is matched.
        operand: Box<Expression>,
        /// The pattern.
        pattern: Box<Expression>,
        /// ESCAPE.
        escape: Option<Box<Expression>>,
    },
    /// `operand [NOT] BETWEEN low AND high`.
    Between {
        /// NOT.
        negated: bool,
        /// What is compared.
        operand: Box<Expression>,
        /// The lower bound.
        low: Box<Expression>,
        /// The upper bound.
        high: Box<Expression>,
    },
    /// `operand [NOT] IN (expression, …)`.
    InList {
        /// NOT.
        negated: bool,
        /// What is looked for.
        operand: Box<Expression>,
        /// The list; may be empty.
        list: Vec<Expression>,
    },
    /// `operand [NOT] IN (SELECT …)`. `IN table` is `IN (SELECT * FROM table)`.
    InSelect {
        /// NOT.
        negated: bool,
        /// What is looked for.
        operand: Box<Expression>,
        /// Where.
        select: Box<Select>,
    },
    /// `operand ISNULL`, `operand IS NULL`; negated `NOTNULL`, `NOT NULL`, `IS NOT NULL`.
    IsNull {
        /// NOT.
        negated: bool,
        /// What is looked at.
        operand: Box<Expression>,
    },
    /// `EXISTS (SELECT …)`.
    Exists(Box<Select>),
    /// `(SELECT …)` as a value.
    Subquery(Box<Select>),
    /// `(a, b, …)`: two or more.
    Row(Vec<Expression>),
    /// CASE.
    Case {
        /// What the WHENs are compared with, if anything.
        operand: Option<Box<Expression>>,
        /// WHEN and THEN.
        branches: Vec<(Expression, Expression)>,
        /// ELSE.
        otherwise: Option<Box<Expression>>,
    },
    /// A function call.
    Function(Box<FunctionCall>),
    /// RAISE, in a trigger; with its message, except for IGNORE.
    Raise(RaiseAction, Option<Box<Expression>>),
}

/// What RAISE does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RaiseAction {
    /// The row of the statement that fired the trigger is left out.
    Ignore,
    /// The transaction is rolled back.
    Rollback,
    /// The statement is undone.
    Abort,
    /// The statement stops, what it did so far stays.
    Fail,
}

/// `schema.table.column`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnName {
    /// The schema.
    pub schema: Option<String>,
    /// The table or its alias.
    pub table: Option<String>,
    /// The column.
    pub column: String,
    /// Whether the column was written in double quotes (then a name that nothing has is a text, as in SQLite).
    pub double_quoted: bool,
    /// Where the name of the column stands, and that of its table, if it is written.
    pub places: (Place, Place),
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCall {
    /// The name.
    pub name: String,
    /// The arguments.
    pub arguments: Arguments,
    /// FILTER (WHERE …).
    pub filter: Option<Expression>,
    /// OVER.
    pub over: Option<Box<Over>>,
}

/// The arguments of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// `*`.
    Star,
    /// A list, maybe empty.
    List {
        /// DISTINCT.
        distinct: bool,
        /// The values.
        values: Vec<Expression>,
        /// ORDER BY, for aggregates.
        order_by: Vec<OrderingTerm>,
    },
}

/// The words that stand for the time of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentMoment {
    /// CURRENT_TIME.
    Time,
    /// CURRENT_DATE.
    Date,
    /// CURRENT_TIMESTAMP.
    Timestamp,
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `+`
    Plus,
    /// `~`
    BitNot,
    /// NOT
    Not,
}

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `||`
    Concat,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=` and `==`
    Equal,
    /// `<>` and `!=`
    NotEqual,
    /// IS, and IS NOT DISTINCT FROM
    Is,
    /// IS NOT, and IS DISTINCT FROM
    IsNot,
    /// AND
    And,
    /// OR
    Or,
    /// `->`
    Extract,
    /// `->>`
    ExtractText,
    /// `<->`, `<=>`, `<#>`, `<+>`: the distance of two vectors.
    Distance(Metric),
}

/// The operators that match a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternOperator {
    /// LIKE
    Like,
    /// GLOB
    Glob,
    /// REGEXP
    Regexp,
    /// MATCH
    Match,
}

impl Expression {
    /// Calls `visit` with each name of a column, without those in queries inside the expression.
    pub fn for_each_column<'a>(&'a self, mut visit: impl FnMut(&'a ColumnName)) {
        let mut names = Vec::new();
        self.column_names(&mut names);
        names.into_iter().for_each(&mut visit);
    }

    /// The names of columns in the expression, without those in queries inside it.
    pub fn column_names<'a>(&'a self, names: &mut Vec<&'a ColumnName>) {
        if let Expression::Column(name) = self {
            names.push(name);
        }
        self.for_each_operand(|operand| operand.column_names(names));
    }

    /// Whether the expression is TRUE or FALSE, as a word or as an empty list.
    pub fn written_truth(&self) -> Option<bool> {
        let Expression::Column(name) = self else { return self.truth_of_empty_list() };
        let is_word = |word: &str| {
            name.table.is_none() && !name.double_quoted && name.column.eq_ignore_ascii_case(word)
        };
        is_word("true").then_some(true).or_else(|| is_word("false").then_some(false))
    }

    /// What `x IN ()` and `x NOT IN ()` are, which SQLite reads as the words FALSE and TRUE unless `x` calls functions.
    pub fn truth_of_empty_list(&self) -> Option<bool> {
        match self {
            Expression::InList { negated, operand, list }
                if list.is_empty() && !operand.calls_functions() =>
            {
                Some(*negated)
            }
            _ => None,
        }
    }

    /// Whether the expression has a call in it, outside of queries. LIKE and its kind are calls.
    pub fn calls_functions(&self) -> bool {
        let mut found = matches!(self, Expression::Function(_) | Expression::Pattern { .. });
        self.for_each_operand(|operand| found = found || operand.calls_functions());
        found
    }

    /// Calls `visit` with each operand.
    pub fn for_each_operand<'a>(&'a self, mut visit: impl FnMut(&'a Expression)) {
        match self {
            Expression::Literal(_)
            | Expression::Current(_)
            | Expression::Parameter(_)
            | Expression::Column(_)
            | Expression::Exists(_)
            | Expression::Subquery(_) => {}
            Expression::Unary(_, operand)
            | Expression::Collate(operand, _)
            | Expression::Cast(operand, _)
            | Expression::InSelect { operand, .. }
            | Expression::IsNull { operand, .. } => visit(operand),
            Expression::Binary(_, left, right) => {
                visit(left);
                visit(right);
            }
            Expression::Pattern { operand, pattern, escape, .. } => {
                visit(operand);
                visit(pattern);
                escape.iter().for_each(|escape| visit(escape));
            }
            Expression::Between { operand, low, high, .. } => {
                visit(operand);
                visit(low);
                visit(high);
            }
            Expression::InList { operand, list, .. } => {
                visit(operand);
                list.iter().for_each(visit);
            }
            Expression::Row(values) => values.iter().for_each(visit),
            Expression::Case { operand, branches, otherwise } => {
                operand.iter().for_each(|operand| visit(operand));
                for (condition, value) in branches {
                    visit(condition);
                    visit(value);
                }
                otherwise.iter().for_each(|otherwise| visit(otherwise));
            }
            Expression::Function(call) => {
                if let Arguments::List { values, order_by, .. } = &call.arguments {
                    values.iter().for_each(&mut visit);
                    order_by.iter().for_each(|term| visit(&term.expression));
                }
                call.filter.iter().for_each(visit);
            }
            Expression::Raise(_, message) => message.iter().for_each(|message| visit(message)),
        }
    }

    /// Calls `visit` with each operand, which it may change.
    pub fn for_each_operand_mut(&mut self, mut visit: impl FnMut(&mut Expression)) {
        match self {
            Expression::Literal(_)
            | Expression::Current(_)
            | Expression::Parameter(_)
            | Expression::Column(_)
            | Expression::Exists(_)
            | Expression::Subquery(_) => {}
            Expression::Unary(_, operand)
            | Expression::Collate(operand, _)
            | Expression::Cast(operand, _)
            | Expression::InSelect { operand, .. }
            | Expression::IsNull { operand, .. } => visit(operand),
            Expression::Binary(_, left, right) => {
                visit(left);
                visit(right);
            }
            Expression::Pattern { operand, pattern, escape, .. } => {
                visit(operand);
                visit(pattern);
                escape.iter_mut().for_each(|escape| visit(escape));
            }
            Expression::Between { operand, low, high, .. } => {
                visit(operand);
                visit(low);
                visit(high);
            }
            Expression::InList { operand, list, .. } => {
                visit(operand);
                list.iter_mut().for_each(visit);
            }
            Expression::Row(values) => values.iter_mut().for_each(visit),
            Expression::Case { operand, branches, otherwise } => {
                operand.iter_mut().for_each(|operand| visit(operand));
                for (condition, value) in branches {
                    visit(condition);
                    visit(value);
                }
                otherwise.iter_mut().for_each(|otherwise| visit(otherwise));
            }
            Expression::Function(call) => {
                if let Arguments::List { values, order_by, .. } = &mut call.arguments {
                    values.iter_mut().for_each(&mut visit);
                    order_by.iter_mut().for_each(|term| visit(&mut term.expression));
                }
                call.filter.iter_mut().for_each(visit);
            }
            Expression::Raise(_, message) => message.iter_mut().for_each(|message| visit(message)),
        }
    }
}
