//! Words that SQLite reserves and PostgreSQL does not, such as INDEX and VALUES: whether one is a keyword or a name tells
//! what stands around it.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;

impl Parser<'_> {
    /// Takes a name behind AS, which may be any word.
    pub(super) fn alias_word(&mut self) -> Result<String> {
        let token = self.token();
        let is_word = self.text(token).starts_with(|first: char| first.is_alphabetic() || first == '_');
        if !is_word {
            return self.name();
        }
        self.take();
        Ok(self.name_of(token))
    }
}

/// Whether a word is one of these.
pub(super) fn is_free(word: Kind) -> bool {
    use Kind::{
        Add, AutoIncrement, Commit, Delete, Drop, Index, Insert, Nothing, Set, Transaction, Update, Values,
    };
    matches!(
        word,
        Add | AutoIncrement
            | Commit
            | Delete
            | Drop
            | Index
            | Insert
            | Nothing
            | Set
            | Transaction
            | Update
            | Values
    )
}

/// What such a word is, given the kinds of the tokens before and behind it, and whether the statement is ALTER.
pub(super) fn kind_between(before: Kind, word: Kind, behind: Kind, is_altering: bool) -> Kind {
    use Kind::{
        Add, And, As, By, Case, ColumnWord, Comma, Delete, Distinct, Dot, Drop, Else, End, Equal, From,
        Index, Insert, Into, Join, LeftParen, Not, Nothing, On, Or, References, Select, Set, Table, Then, To,
        Update, Values, When, Where,
    };
    let begins_statement = match word {
        Values => behind == LeftParen,
        Insert => behind == Into,
        Delete => behind == From,
        Update => behind.is_name(),
        // A further change in ALTER TABLE.
        Add | Drop => is_altering && !is_operator(behind) && !matches!(behind, Comma | Kind::RightParen),
        _ => false,
    };
    let is_name = match before {
        _ if word == Nothing => before != Kind::Do,
        Dot | Kind::Exists | From | Into | Join | References | Table | To | ColumnWord | Index => true,
        Update => word != Set,
        Select | Distinct | By | Where | And | Not | Case | When | Then | Else | Kind::Returning => {
            is_operator(behind)
                || matches!(behind, Comma | From | End | Kind::Semicolon | As | Kind::RightParen)
                || matches!(behind, Kind::Asc | Kind::Desc | Kind::Limit | Kind::Having | Kind::Order)
                || matches!(behind, Kind::Nulls | Then | When | Else | Kind::EndWord | And | Or | Kind::Group)
        }
        LeftParen | Comma | As => !begins_statement || (before == Comma && word == Update),
        Set => behind == Equal,
        On => is_operator(behind) || behind == LeftParen,
        Or => is_operator(behind),
        other => is_operator(other) && other != Dot,
    };
    if is_name { Kind::Identifier } else { word }
}

/// Whether a token joins two operands, or asks something of the one before it.
fn is_operator(kind: Kind) -> bool {
    use Kind::{
        Concat, Dot, DoubleColon, Equal, Greater, GreaterOrEqual, In, Is, LeftBracket, Less, LessOrEqual,
        Like, Minus, NotEqual, Percent, Plus, Slash, Star,
    };
    matches!(
        kind,
        Concat
            | Dot
            | DoubleColon
            | Equal
            | Greater
            | GreaterOrEqual
            | In
            | Is
            | LeftBracket
            | Less
            | LessOrEqual
            | Like
            | Minus
            | NotEqual
            | Percent
            | Plus
            | Slash
            | Star
            | Kind::Between
    )
}
