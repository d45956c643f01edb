//! The kinds of tokens.
//!
//! SQLite's 147 keywords come in two sorts. Most are names wherever the grammar does not expect the keyword; the
//! others never are. The kinds are in an order that makes this a comparison: an identifier, the keywords that can be
//! names, the others, the symbols.

/// A token of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after its last.
    pub(super) end: usize,
}

macro_rules! kinds {
    (names: $($name:ident $name_text:literal)*; reserved: $($word:ident $word_text:literal)*; symbols: $($symbol:ident)*) => {
        /// The kind of a token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(super) enum Kind {
            Identifier,
            $($name,)*
            $($word,)*
            $($symbol,)*
        }

        /// Every keyword, in capitals.
        pub(super) const KEYWORDS: &[(&str, Kind)] =
            &[$(($name_text, Kind::$name),)* $(($word_text, Kind::$word),)* ("TEMPORARY", Kind::Temp)];
    };
}

kinds! {
    names:
        Abort "ABORT" Action "ACTION" After "AFTER" Always "ALWAYS" Analyze "ANALYZE" Asc "ASC" Attach "ATTACH"
        Before "BEFORE" Begin "BEGIN" By "BY" Cascade "CASCADE" Cast "CAST" ColumnWord "COLUMN" Conflict "CONFLICT"
        Current "CURRENT" CurrentDate "CURRENT_DATE" CurrentTime "CURRENT_TIME" CurrentTimestamp "CURRENT_TIMESTAMP"
        Database "DATABASE" Deferred "DEFERRED" Desc "DESC" Detach "DETACH" Do "DO" Each "EACH" EndWord "END"
        Exclude "EXCLUDE" Exclusive "EXCLUSIVE" Explain "EXPLAIN" Fail "FAIL" First "FIRST" Following "FOLLOWING"
        For "FOR" Generated "GENERATED" Glob "GLOB" Groups "GROUPS" If "IF" Ignore "IGNORE" Immediate "IMMEDIATE"
        Initially "INITIALLY" Instead "INSTEAD" Key "KEY" Last "LAST" Like "LIKE" Match "MATCH"
        Materialized "MATERIALIZED" No "NO" Nulls "NULLS" Of "OF" Offset "OFFSET" Others "OTHERS"
        Partition "PARTITION" Plan "PLAN" Pragma "PRAGMA" Preceding "PRECEDING" Query "QUERY" Raise "RAISE"
        Range "RANGE" Recursive "RECURSIVE" Regexp "REGEXP" Reindex "REINDEX" Release "RELEASE" Rename "RENAME"
        Replace "REPLACE" Restrict "RESTRICT" Rollback "ROLLBACK" Row "ROW" Rows "ROWS" Savepoint "SAVEPOINT"
        Temp "TEMP" Ties "TIES" Trigger "TRIGGER" Unbounded "UNBOUNDED" Vacuum "VACUUM" View "VIEW"
        Virtual "VIRTUAL" With "WITH" Without "WITHOUT";
    reserved:
        Add "ADD" All "ALL" Alter "ALTER" And "AND" As "AS" AutoIncrement "AUTOINCREMENT" Between "BETWEEN"
        Case "CASE" Check "CHECK" Collate "COLLATE" Commit "COMMIT" Constraint "CONSTRAINT" Create "CREATE"
        Cross "CROSS" Default "DEFAULT" Deferrable "DEFERRABLE" Delete "DELETE" Distinct "DISTINCT" Drop "DROP"
        Else "ELSE" Escape "ESCAPE" Except "EXCEPT" Exists "EXISTS" Filter "FILTER" Foreign "FOREIGN" From "FROM"
        Full "FULL" Group "GROUP" Having "HAVING" In "IN" Index "INDEX" Indexed "INDEXED" Inner "INNER"
        Insert "INSERT" Intersect "INTERSECT" Into "INTO" Is "IS" IsNull "ISNULL" Join "JOIN" Left "LEFT"
        Limit "LIMIT" Natural "NATURAL" Not "NOT" Nothing "NOTHING" NotNull "NOTNULL" Null "NULL" On "ON" Or "OR"
        Order "ORDER" Outer "OUTER" Over "OVER" Primary "PRIMARY" References "REFERENCES" Returning "RETURNING"
        Right "RIGHT" Select "SELECT" Set "SET" Table "TABLE" Then "THEN" To "TO" Transaction "TRANSACTION"
        Union "UNION" Unique "UNIQUE" Update "UPDATE" Using "USING" Values "VALUES" When "WHEN" Where "WHERE"
        Window "WINDOW";
    symbols:
        String Blob Integer Float Variable
        LeftParen RightParen Comma Dot Semicolon
        Plus Minus Star Slash Percent Concat Arrow ArrowText BitAnd BitOr ShiftLeft ShiftRight Tilde Contains ContainedBy Overlaps HasKey HasAnyKey HasAllKeys PathText PathJson PathDelete PathExists PathMatches Sharp Caret
        Equal NotEqual Less LessOrEqual Greater GreaterOrEqual
        Euclidean Cosine NegativeDot Manhattan
        DoubleColon Colon LeftBracket RightBracket MatchesAnyCase MatchesNot MatchesNotAnyCase
        End Illegal
}

impl Kind {
    /// Whether this is an identifier where the grammar expects no keyword of this kind.
    pub(super) fn is_identifier(self) -> bool {
        self < Kind::Add
    }

    /// The words in front of JOIN.
    pub(super) fn is_join_word(self) -> bool {
        use Kind::{Cross, Full, Inner, Left, Natural, Outer, Right};
        matches!(self, Cross | Full | Inner | Left | Natural | Outer | Right)
    }

    /// Whether this can be the name of something: an identifier, a text, or a few words more.
    pub(super) fn is_name(self) -> bool {
        self.is_identifier() || matches!(self, Kind::String | Kind::Indexed) || self.is_join_word()
    }
}
