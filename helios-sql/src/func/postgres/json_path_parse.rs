//! Paths of SQL/JSON (<https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-PATH>) as trees.
//!
//! In: a text. Out: a [`Path`], or an error that quotes where the text stops being one. How deep it may be is limited.

use helios_core::{Error, Result};

/// How many brackets, filters and signs may stand within each other.
const MOST_DEPTH: usize = 64;

/// A path.
#[derive(Debug)]
pub(super) struct Path {
    /// Whether what does not fit the structure is an error.
    pub(super) is_strict: bool,
    pub(super) root: Node,
}

/// A part of a path.
#[derive(Debug)]
pub(super) enum Node {
    /// `$`.
    Root,
    /// `@`.
    Current,
    /// `last`.
    Last,
    Variable(String),
    Text(String),
    /// As it was written.
    Number(String),
    Truth(bool),
    Null,
    /// What follows a value: `.key`, `[…]`, `? (…)` and so on.
    Steps(Box<Node>, Vec<Step>),
    Negated(Box<Node>),
    /// `+5`, which only numbers have.
    Positive(Box<Node>),
    Arithmetic(char, Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    IsUnknown(Box<Node>),
    Exists(Box<Node>),
    StartsWith(Box<Node>, Box<Node>),
    /// The value, the pattern and its flags.
    Matches(Box<Node>, String, String),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A step from values to others.
#[derive(Debug)]
pub(super) enum Step {
    Key(String),
    AllKeys,
    /// `.**`, from a depth to another.
    Descendants(usize, Option<usize>),
    AllElements,
    /// Elements from one to the other, or one.
    Elements(Vec<(Node, Option<Node>)>),
    Filter(Node),
    Method(String),
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Variable(String),
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 25] = [
    "**", "==", "!=", "<>", "<=", ">=", "&&", "||", "$", "@", ".", "[", "]", "(", ")", "{", "}", ",", "?",
    "*", "+", "-", "/", "%", "!",
];

struct Parser<'a> {
    text: &'a str,
    /// Where the token begins, and where the one after it does.
    start: usize,
    end: usize,
    token: Token,
    depth: usize,
}

/// Reads a path.
pub(super) fn parse(text: &str) -> Result<Path> {
    let mut parser = Parser { text, start: 0, end: 0, token: Token::End, depth: 0 };
    parser.advance()?;
    if parser.token == Token::End {
        return Err(Error::sql(format!("invalid input syntax for type jsonpath: \"{text}\"")));
    }
    let is_strict = parser.accept_word("strict")?;
    if !is_strict {
        parser.accept_word("lax")?;
    }
    let root = parser.either()?;
    match parser.token {
        Token::End => Ok(Path { is_strict, root }),
        _ => parser.unexpected(),
    }
}

impl Parser<'_> {
    fn unexpected<T>(&self) -> Result<T> {
        let near = match self.text.get(self.start..self.end).filter(|near| !near.is_empty()) {
            Some(near) => format!("syntax error at or near \"{near}\" of jsonpath input"),
            None => "syntax error at end of jsonpath input".to_owned(),
        };
        Err(Error::sql(near))
    }

    fn advance(&mut self) -> Result<()> {
        let rest = self.text.get(self.end..).unwrap_or_default();
        let trimmed = rest.trim_start();
        self.start = self.end + rest.len() - trimmed.len();
        let Some(first) = trimmed.chars().next() else {
            self.end = self.start;
            self.token = Token::End;
            return Ok(());
        };
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words = |text: &str| text.find(|letter| !is_word(letter)).unwrap_or(text.len());
        let (token, length) = match first {
            '"' => {
                let (text, length) = quoted_text(trimmed)?;
                (Token::Text(text), length)
            }
            '$' if trimmed[1..].starts_with('"') => {
                let (name, length) = quoted_text(&trimmed[1..])?;
                (Token::Variable(name), length + 1)
            }
            '$' if trimmed[1..].starts_with(is_word) => {
                let length = 1 + words(&trimmed[1..]);
                (Token::Variable(trimmed[1..length].to_owned()), length)
            }
            digit
                if digit.is_ascii_digit()
                    || digit == '.' && trimmed[1..].starts_with(|next: char| next.is_ascii_digit()) =>
            {
                let length = number_length(trimmed);
                (Token::Number(trimmed[..length].to_owned()), length)
            }
            letter if is_word(letter) => {
                let length = words(trimmed);
                (Token::Word(trimmed[..length].to_owned()), length)
            }
            _ => {
                let signs = SIGNS.iter().chain(&["<", ">", "="]);
                let Some(sign) = signs.into_iter().find(|sign| trimmed.starts_with(**sign)) else {
                    self.end = self.start + first.len_utf8();
                    return self.unexpected();
                };
                (Token::Sign(sign), sign.len())
            }
        };
        self.token = token;
        self.end = self.start + length;
        Ok(())
    }

    fn at(&self, sign: &str) -> bool {
        matches!(&self.token, Token::Sign(found) if *found == sign)
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(found) if found == word)
    }

    fn accept(&mut self, sign: &str) -> Result<bool> {
        let is_there = self.at(sign);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn accept_word(&mut self, word: &str) -> Result<bool> {
        let is_there = self.at_word(word);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.accept(sign)? { Ok(()) } else { self.unexpected() }
    }

    fn deeper<T>(&mut self, within: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == MOST_DEPTH {
            return Err(Error::sql("jsonpath is too deep"));
        }
        self.depth += 1;
        let found = within(self);
        self.depth -= 1;
        found
    }

    /// `a || b`.
    fn either(&mut self) -> Result<Node> {
        let mut left = self.both()?;
        while self.accept("||")? {
            left = Node::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    /// `a && b`.
    fn both(&mut self) -> Result<Node> {
        let mut left = self.condition()?;
        while self.accept("&&")? {
            left = Node::And(Box::new(left), Box::new(self.condition()?));
        }
        Ok(left)
    }

    /// A comparison and its like, or a value.
    fn condition(&mut self) -> Result<Node> {
        if self.accept("!")? {
            let inner = self.deeper(|parser| match parser.at("(") || parser.at_word("exists") {
                true => parser.condition(),
                false => parser.unexpected(),
            })?;
            return Ok(Node::Not(Box::new(inner)));
        }
        let left = self.sum()?;
        let comparison = match &self.token {
            Token::Sign("==" | "=") => Comparison::Equal,
            Token::Sign("!=" | "<>") => Comparison::NotEqual,
            Token::Sign("<") => Comparison::Less,
            Token::Sign("<=") => Comparison::LessOrEqual,
            Token::Sign(">") => Comparison::Greater,
            Token::Sign(">=") => Comparison::GreaterOrEqual,
            Token::Word(word) if word == "starts" => {
                self.advance()?;
                if !self.accept_word("with")? {
                    return self.unexpected();
                }
                let prefix = match &self.token {
                    Token::Text(_) | Token::Variable(_) => self.operand()?,
                    _ => return self.unexpected(),
                };
                return Ok(Node::StartsWith(Box::new(left), Box::new(prefix)));
            }
            Token::Word(word) if word == "like_regex" => {
                self.advance()?;
                let pattern = self.text()?;
                let flags = if self.accept_word("flag")? { self.text()? } else { String::new() };
                return Ok(Node::Matches(Box::new(left), pattern, flags));
            }
            Token::Word(word) if word == "is" && is_condition(&left) => {
                self.advance()?;
                if !self.accept_word("unknown")? {
                    return self.unexpected();
                }
                return Ok(Node::IsUnknown(Box::new(left)));
            }
            _ => return Ok(left),
        };
        self.advance()?;
        Ok(Node::Compare(comparison, Box::new(left), Box::new(self.sum()?)))
    }

    fn text(&mut self) -> Result<String> {
        let Token::Text(text) = self.token.clone() else { return self.unexpected() };
        self.advance()?;
        Ok(text)
    }

    fn sum(&mut self) -> Result<Node> {
        let mut left = self.product()?;
        while let Token::Sign(sign @ ("+" | "-")) = self.token {
            self.advance()?;
            let operator = if sign == "+" { '+' } else { '-' };
            left = Node::Arithmetic(operator, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Node> {
        let mut left = self.signed()?;
        while let Token::Sign(sign @ ("*" | "/" | "%")) = self.token {
            self.advance()?;
            let operator = sign.chars().next().unwrap_or('*');
            left = Node::Arithmetic(operator, Box::new(left), Box::new(self.signed()?));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node> {
        if self.accept("-")? {
            return self.deeper(|parser| Ok(Node::Negated(Box::new(parser.signed()?))));
        }
        if self.accept("+")? {
            return self.deeper(|parser| Ok(Node::Positive(Box::new(parser.signed()?))));
        }
        self.operand()
    }

    /// A value with the steps behind it.
    fn operand(&mut self) -> Result<Node> {
        let token = self.token.clone();
        self.advance()?;
        let node = match token {
            Token::Sign("$") => Node::Root,
            Token::Sign("@") => Node::Current,
            Token::Sign("(") => {
                let inner = self.deeper(Parser::either)?;
                self.expect(")")?;
                inner
            }
            Token::Variable(name) => Node::Variable(name),
            Token::Text(text) => Node::Text(text),
            Token::Number(number) => Node::Number(number),
            Token::Word(word) => match word.as_str() {
                "true" => Node::Truth(true),
                "false" => Node::Truth(false),
                "null" => Node::Null,
                "last" => Node::Last,
                "exists" => {
                    self.expect("(")?;
                    let inner = self.deeper(Parser::either)?;
                    self.expect(")")?;
                    return Ok(Node::Exists(Box::new(inner)));
                }
                _ => return self.unexpected(),
            },
            _ => return self.unexpected(),
        };
        let mut steps = Vec::new();
        while let Some(step) = self.step()? {
            steps.push(step);
        }
        Ok(if steps.is_empty() { node } else { Node::Steps(Box::new(node), steps) })
    }

    fn step(&mut self) -> Result<Option<Step>> {
        if self.accept("[")? {
            if self.accept("*")? {
                self.expect("]")?;
                return Ok(Some(Step::AllElements));
            }
            let mut parts = Vec::new();
            loop {
                let from = self.deeper(Parser::sum)?;
                let to = if self.accept_word("to")? { Some(self.deeper(Parser::sum)?) } else { None };
                parts.push((from, to));
                if !self.accept(",")? {
                    break;
                }
            }
            self.expect("]")?;
            return Ok(Some(Step::Elements(parts)));
        }
        if self.accept("?")? {
            self.expect("(")?;
            let condition = self.deeper(Parser::either)?;
            self.expect(")")?;
            return Ok(Some(Step::Filter(condition)));
        }
        if !self.accept(".")? {
            return Ok(None);
        }
        if self.accept("**")? {
            return self.depths().map(Some);
        }
        if self.accept("*")? {
            return Ok(Some(Step::AllKeys));
        }
        let name = match self.token.clone() {
            Token::Text(name) => {
                self.advance()?;
                return Ok(Some(Step::Key(name)));
            }
            Token::Word(name) => name,
            _ => return self.unexpected(),
        };
        self.advance()?;
        if !self.at("(") {
            return Ok(Some(Step::Key(name)));
        }
        let methods = ["type", "size", "double", "ceiling", "floor", "abs", "keyvalue"];
        if !methods.contains(&name.as_str()) {
            return self.unexpected();
        }
        self.advance()?;
        self.expect(")")?;
        Ok(Some(Step::Method(name)))
    }

    /// `{2}`, `{1 to last}` behind `.**`.
    fn depths(&mut self) -> Result<Step> {
        if !self.accept("{")? {
            return Ok(Step::Descendants(0, None));
        }
        let from = self.depth_level()?;
        let to = if self.accept_word("to")? { self.depth_level()? } else { from };
        self.expect("}")?;
        // From `last` on: what has nothing in it.
        Ok(Step::Descendants(from.unwrap_or(usize::MAX), to))
    }

    fn depth_level(&mut self) -> Result<Option<usize>> {
        if self.accept_word("last")? {
            return Ok(None);
        }
        let Token::Number(number) = &self.token else { return self.unexpected() };
        let Ok(level) = number.parse() else { return self.unexpected() };
        self.advance()?;
        Ok(Some(level))
    }
}

/// Whether a node has a truth value rather than values.
fn is_condition(node: &Node) -> bool {
    matches!(
        node,
        Node::Compare(..)
            | Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::IsUnknown(_)
            | Node::Exists(_)
            | Node::StartsWith(..)
            | Node::Matches(..)
    )
}

fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(text);
    if text[length..].starts_with('.') && text[length + 1..].starts_with(|next: char| next.is_ascii_digit()) {
        length += 1 + digits(&text[length + 1..]);
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(&text[length + 1 + sign..]);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// A text in quotes with JSON's escapes; answers also with its length.
fn quoted_text(text: &str) -> Result<(String, usize)> {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, letter)| {
        let is_end = *letter == '"' && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        is_end
    });
    let read = end.and_then(|(at, _)| {
        let written = text.get(..=at)?;
        super::json::text_of(written).map(|text| (text, written.len()))
    });
    read.ok_or_else(|| Error::sql("unterminated quoted string of jsonpath input"))
}
