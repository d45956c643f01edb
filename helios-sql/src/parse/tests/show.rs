//! Expressions as text with every pair of parentheses, so that a test can say how one was read.

use crate::ast::{
    Arguments, BinaryOperator, ColumnName, CurrentMoment, Expression, FunctionCall, PatternOperator, UnaryOperator,
};

/// The expression with parentheses around everything that has parts. Queries are shown as `SELECT …`.
pub(crate) fn show(expression: &Expression) -> String {
    match expression {
        Expression::Literal(value) => format!("{value:?}"),
        Expression::Current(CurrentMoment::Date) => "CURRENT_DATE".into(),
        Expression::Current(CurrentMoment::Time) => "CURRENT_TIME".into(),
        Expression::Current(CurrentMoment::Timestamp) => "CURRENT_TIMESTAMP".into(),
        Expression::Parameter(number) => format!("?{number}"),
        Expression::Column(name) => column(name),
        Expression::Unary(operator, operand) => format!("({} {})", unary(*operator), show(operand)),
        Expression::Binary(operator, left, right) => {
            format!("({} {} {})", show(left), binary(*operator), show(right))
        }
        Expression::Collate(operand, name) => format!("({} COLLATE {name})", show(operand)),
        Expression::Cast(operand, name) => format!("CAST({} AS {name})", show(operand)),
        Expression::Pattern { operator, negated, operand, pattern, escape } => {
            let escape = escape.as_ref().map_or(String::new(), |escape| format!(" ESCAPE {}", show(escape)));
            let operator = match operator {
                PatternOperator::Like => "LIKE",
                PatternOperator::Glob => "GLOB",
                PatternOperator::Regexp => "REGEXP",
                PatternOperator::Match => "MATCH",
            };
            format!("({}{} {operator} {}{escape})", show(operand), not(*negated), show(pattern))
        }
        Expression::Between { negated, operand, low, high } => {
            format!("({}{} BETWEEN {} AND {})", show(operand), not(*negated), show(low), show(high))
        }
        Expression::InList { negated, operand, list: values } => {
            format!("({}{} IN ({}))", show(operand), not(*negated), list(values))
        }
        Expression::InSelect { negated, operand, .. } => {
            format!("({}{} IN (SELECT …))", show(operand), not(*negated))
        }
        Expression::IsNull { negated, operand } => {
            format!("({} IS{} NULL)", show(operand), not(*negated))
        }
        Expression::Exists(_) => "EXISTS (SELECT …)".into(),
        Expression::Subquery(_) => "(SELECT …)".into(),
        Expression::Row(values) => format!("({})", list(values)),
        Expression::Case { operand, branches, otherwise } => {
            let mut text = "(CASE".to_owned();
            text.extend(operand.iter().map(|operand| format!(" {}", show(operand))));
            text.extend(branches.iter().map(|(when, then)| format!(" WHEN {} THEN {}", show(when), show(then))));
            text.extend(otherwise.iter().map(|otherwise| format!(" ELSE {}", show(otherwise))));
            text + " END)"
        }
        Expression::Function(call) => function(call),
    }
}

fn column(name: &ColumnName) -> String {
    let parts = [name.schema.as_ref(), name.table.as_ref(), Some(&name.column)];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(".")
}

fn function(call: &FunctionCall) -> String {
    let arguments = match &call.arguments {
        Arguments::Star => "*".into(),
        Arguments::List { distinct, values, order_by } => {
            let distinct = if *distinct { "DISTINCT " } else { "" };
            let order: Vec<String> = order_by.iter().map(|term| show(&term.expression)).collect();
            let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
            format!("{distinct}{}{order}", list(values))
        }
    };
    let filter = call.filter.as_ref().map_or(String::new(), |filter| format!(" FILTER (WHERE {})", show(filter)));
    format!("{}({arguments}){filter}", call.name)
}

fn list(values: &[Expression]) -> String {
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn not(negated: bool) -> &'static str {
    if negated { " NOT" } else { "" }
}

fn unary(operator: UnaryOperator) -> &'static str {
    match operator {
        UnaryOperator::Negate => "-",
        UnaryOperator::Plus => "+",
        UnaryOperator::BitNot => "~",
        UnaryOperator::Not => "NOT",
    }
}

fn binary(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Concat => "||",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Remainder => "%",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::BitAnd => "&",
        BinaryOperator::BitOr => "|",
        BinaryOperator::ShiftLeft => "<<",
        BinaryOperator::ShiftRight => ">>",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::Equal => "=",
        BinaryOperator::NotEqual => "<>",
        BinaryOperator::Is => "IS",
        BinaryOperator::IsNot => "IS NOT",
        BinaryOperator::And => "AND",
        BinaryOperator::Or => "OR",
        BinaryOperator::Extract => "->",
        BinaryOperator::ExtractText => "->>",
        BinaryOperator::Distance(Metric::Euclidean) => "<->",
        BinaryOperator::Distance(Metric::Cosine) => "<=>",
        BinaryOperator::Distance(Metric::Dot) => "<#>",
        BinaryOperator::Distance(Metric::Manhattan) => "<+>",
    }
}
