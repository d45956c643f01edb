//! Statements that the server does itself: settings, transactions in PostgreSQL's words, cursors, prepared statements,
//! COPY, users.
//!
//! In: the text of one statement. Out: a [`Command`], or `None` for what the engine does.

mod copy;
mod words;

use helios::sql::{Dialect, statement_end};

use crate::failure::Failure;
use crate::security::UserChange;
use crate::sqlstate;
use words::Words;

pub(crate) use copy::{Copy, CopyFormat, CopySource};

/// A statement of the server's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// A text without a statement.
    Empty,
    /// BEGIN or START TRANSACTION (the tag), with the isolation level and READ ONLY where they are said.
    Begin(Modes, &'static str),
    /// COMMIT; whether the next transaction begins with the same modes.
    Commit {
        chains: bool,
    },
    /// ROLLBACK, as COMMIT.
    Rollback {
        chains: bool,
    },
    /// ROLLBACK TO, which also a transaction that has failed takes.
    RollbackTo(String),
    /// SET TRANSACTION and SET SESSION CHARACTERISTICS (the flag).
    SetTransaction(Modes, bool),
    /// SET name TO value; `None` is DEFAULT.
    Set {
        name: String,
        value: Option<String>,
        local: bool,
    },
    Show(String),
    /// RESET; `None` is ALL.
    Reset(Option<String>),
    Discard(String),
    /// PREPARE name AS text.
    Prepare {
        name: String,
        text: String,
    },
    /// EXECUTE name, with the texts of its arguments.
    Execute {
        name: String,
        arguments: Vec<String>,
    },
    /// DEALLOCATE; `None` is ALL.
    Deallocate(Option<String>),
    /// DECLARE name CURSOR FOR text; whether it outlives its transaction.
    Declare {
        name: String,
        text: String,
        hold: bool,
    },
    /// FETCH or MOVE (the flag): how many rows forward, `None` for all, and the cursor.
    Fetch {
        count: Option<i64>,
        name: String,
        moves: bool,
    },
    /// CLOSE; `None` is ALL.
    Close(Option<String>),
    Copy(Box<Copy>),
    /// LISTEN, UNLISTEN, LOCK TABLE, CHECKPOINT and others that leave nothing to be done: the tag.
    Nothing(&'static str),
    /// TRUNCATE: the tables, RESTART IDENTITY and CASCADE.
    Truncate {
        tables: Vec<String>,
        restarts: bool,
        cascades: bool,
    },
    /// SET CONSTRAINTS: whether they wait for the end of the transaction.
    SetConstraints {
        deferred: bool,
    },
    /// DROP of several objects of a kind: a statement for each, and the tag.
    DropAll {
        statements: Vec<String>,
        tag: String,
    },
    /// CREATE USER (the flag) or ALTER USER.
    SetUser {
        name: String,
        change: UserChange,
        creates: bool,
    },
    /// DROP USER; IF EXISTS.
    DropUser {
        name: String,
        if_exists: bool,
    },
    /// A statement in another spelling, with its tag.
    Rewritten {
        text: String,
        tag: &'static str,
    },
}

/// What BEGIN says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Modes {
    /// Whether it may end with 40001: REPEATABLE READ and SERIALIZABLE.
    pub(crate) isolation: Option<Isolation>,
    pub(crate) read_only: Option<bool>,
}

/// An isolation level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    ReadUncommitted,
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Isolation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Isolation::ReadUncommitted => "read uncommitted",
            Isolation::ReadCommitted => "read committed",
            Isolation::RepeatableRead => "repeatable read",
            Isolation::Serializable => "serializable",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Isolation> {
        [
            Isolation::ReadUncommitted,
            Isolation::ReadCommitted,
            Isolation::RepeatableRead,
            Isolation::Serializable,
        ]
        .into_iter()
        .find(|level| level.name().eq_ignore_ascii_case(name))
    }

    /// Whether transactions of the level run side by side and may have to be begun again.
    pub(crate) fn is_optimistic(self) -> bool {
        matches!(self, Isolation::RepeatableRead | Isolation::Serializable)
    }
}

/// The end of the first statement of a text, and what it is if the server does it.
pub(crate) fn first(text: &str) -> Result<(Option<Command>, usize), Failure> {
    let mut words = Words::new(text);
    let command = parse(&mut words)?;
    let end = if command.is_some() { statement_end(text, Dialect::Postgres) } else { 0 };
    Ok((command, end))
}

fn syntax(words: &Words<'_>) -> Failure {
    match words.peek() {
        "" => Failure::new(sqlstate::SYNTAX_ERROR, "syntax error at end of input"),
        word => Failure::new(sqlstate::SYNTAX_ERROR, format!("syntax error at or near \"{word}\"")),
    }
}

fn parse(words: &mut Words<'_>) -> Result<Option<Command>, Failure> {
    let first = words.peek().to_ascii_lowercase();
    let second = words.peek_at(1).to_ascii_lowercase();
    let command = match (first.as_str(), second.as_str()) {
        ("begin", word) if !matches!(word, "deferred" | "immediate" | "exclusive" | "concurrent") => {
            words.skip(1);
            words.accept("transaction");
            words.accept("work");
            Command::Begin(modes(words)?, "BEGIN")
        }
        ("start", "transaction") => {
            words.skip(2);
            Command::Begin(modes(words)?, "START TRANSACTION")
        }
        ("commit" | "end", _) => {
            words.skip(1);
            Command::Commit { chains: ends_transaction(words)? }
        }
        ("rollback" | "abort", _) => {
            words.skip(1);
            if !words.accept("work") {
                words.accept("transaction");
            }
            if words.accept("to") {
                words.accept("savepoint");
                Command::RollbackTo(words.name()?)
            } else {
                Command::Rollback { chains: ends_transaction(words)? }
            }
        }
        ("set", "constraints") => {
            let deferred =
                words.rest().trim_end_matches([';', ' ', '\n']).to_ascii_lowercase().ends_with("deferred");
            words.skip_all();
            Command::SetConstraints { deferred }
        }
        ("set", _) => {
            words.skip(1);
            set(words)?
        }
        ("show", "branches") => return Ok(None),
        ("show", _) => {
            words.skip(1);
            let name = words.rest().split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
            words.skip_all();
            Command::Show(match name.as_str() {
                "transaction isolation level" => "transaction_isolation".to_owned(),
                "session authorization" => "session_authorization".to_owned(),
                "time zone" => "timezone".to_owned(),
                _ => name,
            })
        }
        ("reset", _) => {
            words.skip(1);
            let name = words.qualified()?;
            Command::Reset(Some(name).filter(|name| name != "all"))
        }
        ("discard", _) => {
            words.skip(1);
            Command::Discard(words.name()?)
        }
        ("prepare", name) if name != "transaction" => {
            words.skip(1);
            let name = words.name()?;
            if words.peek() == "(" {
                words.parenthesized()?;
            }
            words.expect("as")?;
            let text = words.rest().to_owned();
            words.skip_all();
            Command::Prepare { name, text }
        }
        ("execute", _) => {
            words.skip(1);
            let name = words.name()?;
            let arguments = if words.peek() == "(" { words.parenthesized()? } else { Vec::new() };
            Command::Execute { name, arguments }
        }
        ("deallocate", _) => {
            words.skip(1);
            words.accept("prepare");
            Command::Deallocate(Some(words.name()?).filter(|name| name != "all"))
        }
        ("declare", _) => declare(words)?,
        ("fetch" | "move", _) => fetch(words)?,
        ("close", _) => {
            words.skip(1);
            Command::Close(Some(words.name()?).filter(|name| name != "all"))
        }
        ("copy", _) => {
            words.skip(1);
            Command::Copy(Box::new(copy::parse(words)?))
        }
        ("listen", _) => nothing(words, "LISTEN"),
        ("unlisten", _) => nothing(words, "UNLISTEN"),
        ("checkpoint", _) => nothing(words, "CHECKPOINT"),
        ("lock", _) => nothing(words, "LOCK TABLE"),
        ("comment", "on") if !is_kept_comment(words.peek_at(2)) => nothing(words, "COMMENT"),
        ("grant" | "revoke", _) => {
            let what = first.to_ascii_uppercase();
            return Err(Failure::unsupported(format!(
                "{what} is not supported: users are READ WRITE or READ ONLY (ALTER USER name READ ONLY)"
            )));
        }
        ("create", "extension") => extension(words)?,
        ("create", "schema") => schema(words)?,
        ("truncate", _) => truncate(words)?,
        ("create" | "alter", "user" | "role") => {
            words.skip(2);
            user(words, first == "create")?
        }
        ("drop", "user" | "role") => {
            words.skip(2);
            let if_exists = words.accept("if") && words.accept("exists");
            Command::DropUser { name: words.name()?, if_exists }
        }
        ("drop", "table" | "view" | "index") => match drop_all(words)? {
            Some(command) => command,
            None => return Ok(None),
        },
        ("vacuum" | "analyze", _) => match maintenance(words, &first) {
            Some(command) => command,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    match words.peek() {
        "" => Ok(Some(command)),
        _ => Err(syntax(words)),
    }
}

/// Whether comments of a kind of objects are kept. There is nothing else that they could be about, but for what is there
/// once, such as the schema.
fn is_kept_comment(kind: &str) -> bool {
    ["table", "view", "index", "column", "constraint"].iter().any(|kept| kind.eq_ignore_ascii_case(kept))
}

fn nothing(words: &mut Words<'_>, tag: &'static str) -> Command {
    words.skip_all();
    Command::Nothing(tag)
}

/// What stands behind COMMIT and ROLLBACK; whether that is AND CHAIN.
fn ends_transaction(words: &mut Words<'_>) -> Result<bool, Failure> {
    if !words.accept("work") {
        words.accept("transaction");
    }
    if !words.accept("and") {
        return Ok(false);
    }
    let chains = !words.accept("no");
    words.expect("chain")?;
    Ok(chains)
}

fn modes(words: &mut Words<'_>) -> Result<Modes, Failure> {
    let mut modes = Modes::default();
    loop {
        words.accept(",");
        if words.accept("isolation") {
            words.expect("level")?;
            let name = match words.next().to_ascii_lowercase().as_str() {
                first @ ("read" | "repeatable") => format!("{first} {}", words.next()),
                other => other.to_owned(),
            };
            modes.isolation = Some(Isolation::named(&name).ok_or_else(|| syntax(words))?);
        } else if words.accept("read") {
            let word = words.next().to_ascii_lowercase();
            modes.read_only = Some(match word.as_str() {
                "only" => true,
                "write" => false,
                _ => return Err(syntax(words)),
            });
        } else if words.peek().eq_ignore_ascii_case("not") || words.peek().eq_ignore_ascii_case("deferrable")
        {
            words.accept("not");
            words.expect("deferrable")?;
        } else {
            return Ok(modes);
        }
    }
}

fn set(words: &mut Words<'_>) -> Result<Command, Failure> {
    if words.peek().eq_ignore_ascii_case("session")
        && words.peek_at(1).eq_ignore_ascii_case("characteristics")
    {
        words.skip(2);
        words.expect("as")?;
        words.expect("transaction")?;
        return Ok(Command::SetTransaction(modes(words)?, true));
    }
    if words.accept("transaction") {
        return Ok(Command::SetTransaction(modes(words)?, false));
    }
    let local = words.accept("local");
    if !local && words.peek_at(1) != "=" && !words.peek_at(1).eq_ignore_ascii_case("to") {
        words.accept("session");
    }
    let name = if words.accept("time") {
        words.expect("zone")?;
        "timezone".to_owned()
    } else if words.accept("names") {
        "client_encoding".to_owned()
    } else {
        let name = words.qualified()?;
        if name == "authorization" || name == "role" {
            "role".to_owned()
        } else {
            if !words.accept("=") {
                words.expect("to")?;
            }
            name
        }
    };
    let mut values = Vec::new();
    loop {
        values.push(words.value()?);
        if !words.accept(",") {
            break;
        }
    }
    let value = values.join(", ");
    Ok(Command::Set {
        name,
        value: Some(value).filter(|value| !value.eq_ignore_ascii_case("default")),
        local,
    })
}

fn declare(words: &mut Words<'_>) -> Result<Command, Failure> {
    words.skip(1);
    let name = words.name()?;
    let mut hold = false;
    while !words.accept("cursor") {
        let word = words.next().to_ascii_lowercase();
        match word.as_str() {
            "binary" => return Err(Failure::unsupported("binary cursors are not supported")),
            "scroll" => return Err(Failure::unsupported("scrollable cursors are not supported")),
            "no" => words.expect("scroll")?,
            "insensitive" | "asensitive" => {}
            _ => return Err(syntax(words)),
        }
    }
    let without = words.accept("without");
    if without || words.accept("with") {
        words.expect("hold")?;
        hold = !without;
    }
    words.expect("for")?;
    let text = words.rest().to_owned();
    words.skip_all();
    Ok(Command::Declare { name, text, hold })
}

fn fetch(words: &mut Words<'_>) -> Result<Command, Failure> {
    let moves = words.next().eq_ignore_ascii_case("move");
    let backwards = || Err(Failure::new("55000", "cursor can only scan forward"));
    let mut count = Some(1);
    if words.accept("next") {
    } else if words.accept("all") {
        count = None;
    } else if words.accept("forward") {
        if words.accept("all") {
            count = None;
        } else if let Some(number) = words.number() {
            count = Some(number);
        }
    } else if let Some(number) = words.number() {
        count = Some(number);
    } else if ["backward", "prior", "first", "last", "absolute", "relative"]
        .iter()
        .any(|word| words.peek().eq_ignore_ascii_case(word))
        && !words.peek_at(1).is_empty()
    {
        return backwards();
    }
    if count.is_some_and(|count| count < 0) {
        return backwards();
    }
    if !words.accept("from") {
        words.accept("in");
    }
    Ok(Command::Fetch { count, name: words.name()?, moves })
}

/// Types that pgvector brings are there already, and what makes numbers of uuid-ossp at random.
fn extension(words: &mut Words<'_>) -> Result<Command, Failure> {
    words.skip(2);
    if words.accept("if") {
        words.expect("not")?;
        words.expect("exists")?;
    }
    let name = words.name()?;
    words.skip_all();
    match name.as_str() {
        "vector" | "plpgsql" | "uuid-ossp" => Ok(Command::Nothing("CREATE EXTENSION")),
        _ => Err(Failure::unsupported(format!("extension \"{name}\" is not available"))),
    }
}

/// There is one schema.
fn schema(words: &mut Words<'_>) -> Result<Command, Failure> {
    words.skip(2);
    let if_not_exists = words.accept("if") && words.accept("not") && words.accept("exists");
    match words.name()?.as_str() {
        "public" if if_not_exists => Ok(Command::Nothing("CREATE SCHEMA")),
        "public" => Err(Failure::new("42P06", "schema \"public\" already exists")),
        _ => Err(Failure::unsupported("schemas besides public are not supported")),
    }
}

fn truncate(words: &mut Words<'_>) -> Result<Command, Failure> {
    words.skip(1);
    words.accept("table");
    let mut tables = Vec::new();
    loop {
        words.accept("only");
        tables.push(words.table()?);
        words.accept("*");
        if !words.accept(",") {
            break;
        }
    }
    let restarts = words.accept("restart");
    if restarts || words.accept("continue") {
        words.expect("identity")?;
    }
    let cascades = words.accept("cascade");
    if !cascades {
        words.accept("restrict");
    }
    Ok(Command::Truncate { tables, restarts, cascades })
}

/// DROP with a list of names; nothing where there is one.
fn drop_all(words: &mut Words<'_>) -> Result<Option<Command>, Failure> {
    let mut ahead = words.clone();
    ahead.skip(1);
    let kind = ahead.next().to_ascii_uppercase();
    let condition = if ahead.accept("if") && ahead.accept("exists") { "IF EXISTS " } else { "" };
    let mut statements = Vec::new();
    loop {
        let Ok(name) = ahead.object() else { return Ok(None) };
        // What is in the list with it may depend on it.
        statements.push(format!("DROP {kind} {condition}{name} CASCADE"));
        if !ahead.accept(",") {
            break;
        }
    }
    if statements.len() == 1 {
        return Ok(None);
    }
    if !ahead.accept("cascade") {
        ahead.accept("restrict");
    }
    *words = ahead;
    Ok(Some(Command::DropAll { statements, tag: format!("DROP {kind}") }))
}

fn user(words: &mut Words<'_>, creates: bool) -> Result<Command, Failure> {
    let name = words.name()?;
    words.accept("with");
    let mut change = UserChange::default();
    while words.peek() != "" {
        if words.accept("login") || words.accept("inherit") {
            continue;
        }
        if words.accept("read") {
            change.may_write = Some(words.accept("write"));
            if change.may_write == Some(false) {
                words.expect("only")?;
            }
            continue;
        }
        words.accept("encrypted");
        words.expect("password")?;
        change.password = Some(if words.accept("null") { None } else { Some(words.value()?) });
    }
    Ok(Command::SetUser { name, change, creates })
}

/// VACUUM and ANALYZE with PostgreSQL's options. What is replaced goes by itself.
fn maintenance(words: &mut Words<'_>, first: &str) -> Option<Command> {
    let mut ahead = words.clone();
    ahead.skip(1);
    let mut analyzes = first == "analyze";
    if ahead.peek() == "(" {
        let options = ahead.parenthesized().ok()?;
        analyzes |= options.iter().any(|option| option.to_ascii_lowercase().starts_with("analyze"));
    }
    while ["full", "freeze", "verbose", "analyze"].iter().any(|word| ahead.peek().eq_ignore_ascii_case(word))
    {
        analyzes |= ahead.next().eq_ignore_ascii_case("analyze");
    }
    let table = match ahead.peek() {
        "" => String::new(),
        _ => ahead.object().ok()?,
    };
    if ahead.peek() != "" {
        return None;
    }
    *words = ahead;
    Some(match (analyzes, first) {
        (true, "analyze") => Command::Rewritten { text: format!("ANALYZE {table}"), tag: "ANALYZE" },
        (true, _) => Command::Rewritten { text: format!("ANALYZE {table}"), tag: "VACUUM" },
        (false, _) if table.is_empty() => Command::Rewritten { text: "VACUUM".to_owned(), tag: "VACUUM" },
        (false, _) => Command::Nothing("VACUUM"),
    })
}
