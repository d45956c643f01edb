//! SELECT.

use super::{Expression, Name, ObjectName, Span, WindowDefinition};

/// A whole query: one or more terms, and what applies to all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// WITH.
    pub with: Vec<CommonTable>,
    /// The first term.
    pub first: SelectTerm,
    /// The terms after it, with the operator in front of each; they group from the left.
    pub rest: Vec<Compound>,
    /// ORDER BY.
    pub order_by: Vec<OrderingTerm>,
    /// LIMIT.
    pub limit: Option<Expression>,
    /// OFFSET.
    pub offset: Option<Expression>,
    /// FOR UPDATE and its like, in a statement of its own: what is asked for, there or in a query within.
    pub lock: Option<Lock>,
}

/// What PostgreSQL's dialect asks for rows that are read, so that nobody changes them meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The words for it.
    pub words: &'static str,
    /// NOWAIT: it is an error if others have to be waited for.
    pub is_impatient: bool,
}

impl Select {
    /// `SELECT columns` without anything else.
    pub fn of_columns(columns: Vec<ResultColumn>) -> Select {
        Select {
            with: Vec::new(),
            first: SelectTerm::Select(Box::new(SelectCore::of_columns(columns))),
            rest: Vec::new(),
            order_by: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        }
    }
}

impl SelectCore {
    /// Whether there is GROUP BY.
    pub fn is_grouped(&self) -> bool {
        !self.group_by.is_empty() || self.grouping_sets.is_some()
    }

    /// `SELECT columns` without anything else.
    pub fn of_columns(columns: Vec<ResultColumn>) -> SelectCore {
        SelectCore {
            distinct: false,
            distinct_on: Vec::new(),
            columns,
            from: None,
            filter: None,
            system_time: None,
            group_by: Vec::new(),
            grouping_sets: None,
            having: None,
            windows: Vec::new(),
        }
    }
}

/// `name (columns) AS (select)`.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonTable {
    /// Its name.
    pub name: String,
    /// Names of its columns; empty if the query gives them.
    pub columns: Vec<String>,
    /// MATERIALIZED (true) or NOT MATERIALIZED, where written.
    pub materialized: Option<bool>,
    /// The query.
    pub select: Select,
    /// Whether there is no query: its rows are those that an earlier part of the statement gave.
    pub is_given: bool,
}

impl CommonTable {
    /// A query under a name.
    pub fn of(name: &str, columns: Vec<String>, materialized: Option<bool>, select: Select) -> CommonTable {
        CommonTable { name: name.to_owned(), columns, materialized, select, is_given: false }
    }

    /// What an earlier part of the statement gave.
    pub fn given(name: &str, columns: &[String]) -> CommonTable {
        let select = Select::of_columns(Vec::new());
        CommonTable { is_given: true, ..CommonTable::of(name, columns.to_vec(), None, select) }
    }
}

/// A term after the first, with its operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Compound {
    /// How it is combined with what stands before it.
    pub operator: CompoundOperator,
    /// The term.
    pub term: SelectTerm,
}

/// How two terms are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompoundOperator {
    /// UNION
    Union,
    /// UNION ALL
    UnionAll,
    /// INTERSECT
    Intersect,
    /// EXCEPT
    Except,
}

/// One term of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectTerm {
    /// SELECT.
    Select(Box<SelectCore>),
    /// VALUES.
    Values(Vec<Vec<Expression>>),
}

/// `SELECT … FROM … WHERE … GROUP BY … HAVING`.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectCore {
    /// DISTINCT.
    pub distinct: bool,
    /// DISTINCT ON: of rows that are equal in these, the first is kept. DISTINCT is not set then.
    pub distinct_on: Vec<Expression>,
    /// The result columns.
    pub columns: Vec<ResultColumn>,
    /// FROM.
    pub from: Option<From>,
    /// WHERE.
    pub filter: Option<Expression>,
    /// AS OF after WHERE: for every table of this SELECT that has none of its own.
    pub system_time: Option<SystemTime>,
    /// GROUP BY.
    pub group_by: Vec<Expression>,
    /// GROUPING SETS and its like: the sets of those expressions, by their places, that rows are grouped by, one after the
    /// other. Without, they are grouped by all of them.
    pub grouping_sets: Option<Vec<Vec<usize>>>,
    /// HAVING.
    pub having: Option<Expression>,
    /// WINDOW: names and what they stand for.
    pub windows: Vec<(String, WindowDefinition)>,
}

/// One result column.
#[derive(Clone, Debug, PartialEq)]
pub enum ResultColumn {
    /// `*`
    Star,
    /// `table.*`
    TableStar(String),
    /// An expression.
    Expression {
        /// The expression.
        expression: Expression,
        /// AS.
        alias: Option<String>,
        /// Where the expression stands in the source; its text is the column's name where nothing else is.
        span: Span,
    },
}

/// FROM: joins group from the left; other groupings are [`TableSource::Join`].
#[derive(Clone, Debug, PartialEq)]
pub struct From {
    /// The first source.
    pub first: TableSource,
    /// What is joined to it, in turn.
    pub joins: Vec<Join>,
}

/// One join.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The kind; a comma is [`JoinKind::Inner`].
    pub kind: JoinKind,
    /// NATURAL.
    pub natural: bool,
    /// What is joined.
    pub source: TableSource,
    /// ON or USING.
    pub constraint: JoinConstraint,
}

/// The kind of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Comma, JOIN, INNER JOIN.
    Inner,
    /// CROSS JOIN: as inner, but the tables stay in the order in which they are written.
    Cross,
    /// LEFT JOIN.
    Left,
    /// RIGHT JOIN.
    Right,
    /// FULL JOIN.
    Full,
}

/// What rows of a join have to meet.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinConstraint {
    /// Nothing.
    None,
    /// ON.
    On(Expression),
    /// USING.
    Using(Vec<Name>),
}

/// One source of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum TableSource {
    /// A table.
    Table {
        /// Its name.
        name: ObjectName,
        /// Its alias.
        alias: Option<String>,
        /// AS OF.
        system_time: Option<SystemTime>,
        /// INDEXED BY a name, or NOT INDEXED.
        index: IndexHint,
    },
    /// A call of a table-valued function.
    Function {
        /// Its name.
        name: ObjectName,
        /// Its arguments.
        arguments: Vec<Expression>,
        /// Its alias.
        alias: Option<String>,
        /// Names for its columns; empty if it gives them itself.
        columns: Vec<String>,
        /// WITH ORDINALITY: a column behind the others numbers the rows.
        is_numbered: bool,
    },
    /// A query in parentheses.
    Subquery {
        /// The query.
        select: Box<Select>,
        /// Its alias.
        alias: Option<String>,
        /// LATERAL: it sees what is on its left.
        is_lateral: bool,
    },
    /// Joins in parentheses.
    Join(Box<From>),
}

/// INDEXED BY.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexHint {
    /// Nothing was said.
    None,
    /// INDEXED BY this index.
    By(String),
    /// NOT INDEXED.
    NotIndexed,
}

/// Which versions a range of time means. A version is true from its beginning to before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeRange {
    /// `FROM x TO y`: true at some time from x to before y.
    FromTo,
    /// `BETWEEN x AND y`: true at some time from x to y.
    Between,
    /// `CONTAINED IN (x, y)`: began at x or later and ended at y or before.
    ContainedIn,
}

/// The time that is asked about.
#[derive(Clone, Debug, PartialEq)]
pub enum SystemTime {
    /// `AS OF TIMESTAMP x` or `FOR SYSTEM_TIME AS OF [TIMESTAMP] x`.
    AsOf(Expression),
    /// `AS OF COMMIT n`: the moment of a commit, as `helios_commits` has it.
    AsOfCommit(Expression),
    /// Every version that was true at some time of a range.
    Range(TimeRange, Box<[Expression; 2]>),
    /// `ALL`: every version that there is.
    All,
}

/// One term of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderingTerm {
    /// What is sorted by.
    pub expression: Expression,
    /// DESC.
    pub descending: bool,
    /// NULLS FIRST or NULLS LAST, where written.
    pub nulls: Option<Nulls>,
}

/// Where NULLs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}
