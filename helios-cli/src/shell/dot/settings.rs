//! Commands that change how things are shown, and `.show`.

use std::io::Write;

use super::words::{option, switch};
use super::{Command, help};
use crate::failure::Outcome;
use crate::render::{Format, MODE_NAMES, Mode, quoted_name, write_c_string};
use crate::shell::{After, Explain, Shell, Stats};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "bail",
        least: 3,
        arguments: "on|off",
        summary: "Stop after an error; off at the beginning",
        details: &[],
        action: |shell, words| shell.switch(words, |shell, on| shell.switches.bail = on),
    },
    Command {
        name: "binary",
        least: 3,
        arguments: "on|off",
        summary: "Do nothing; it is there for scripts, as bytes are written as they are",
        details: &[],
        action: |shell, words| shell.switch(words, |_, _| ()),
    },
    Command {
        name: "changes",
        least: 3,
        arguments: "on|off",
        summary: "Show how many rows statements have changed",
        details: &[],
        action: |shell, words| shell.switch(words, |shell, on| shell.switches.changes = on),
    },
    Command {
        name: "echo",
        least: 1,
        arguments: "on|off",
        summary: "Show what is run",
        details: &[],
        action: |shell, words| shell.switch(words, |shell, on| shell.switches.echo = on),
    },
    Command {
        name: "eqp",
        least: 3,
        arguments: "on|off",
        summary: "Show the plan of a statement before its rows",
        details: &[],
        action: |shell, words| shell.switch(words, |shell, on| shell.switches.plans = on),
    },
    Command {
        name: "explain",
        least: 3,
        arguments: "?on|off|auto?",
        summary: "Show rows of EXPLAIN in a form of their own",
        details: &[],
        action: explain,
    },
    Command {
        name: "headers",
        least: 4,
        arguments: "on|off",
        summary: "Show the names of columns first",
        details: &[],
        action: |shell, words| {
            shell.switch(words, |shell, on| {
                (shell.format.headers, shell.format.headers_are_given) = (on, true);
            })
        },
    },
    Command {
        name: "mode",
        least: 1,
        arguments: "MODE ?OPTIONS?",
        summary: "Show rows in another form",
        details: &[
            "ascii       Columns and rows end with 0x1F and 0x1E",
            "box         Tables of box-drawing characters",
            "column      Columns, see .width",
            "csv         Comma-separated values",
            "html        Rows of a table of HTML",
            "insert      INSERT statements for TABLE",
            "json        An array of JSON",
            "line        A line for each value",
            "list        Values separated by \"|\"",
            "markdown    A table of Markdown",
            "qbox        box --wrap 60 --quote",
            "quote       Values as SQL writes them",
            "table       Tables of ASCII characters",
            "tabs        Values separated by tabs",
            "tcl         Elements of a list of Tcl",
            "--wrap N         Break what is longer than N characters",
            "--wordwrap on    Break between words",
            "--ww             The same",
            "--quote          Values as SQL writes them, in tables",
            "--noquote        Values as they are",
        ],
        action: mode,
    },
    Command {
        name: "nullvalue",
        least: 2,
        arguments: "STRING",
        summary: "Show STRING for NULL",
        details: &[],
        action: |shell, words| match words {
            [_, text] => {
                text.clone_into(&mut shell.format.null);
                Ok(After::GoOn)
            }
            _ => shell.usage(".nullvalue STRING"),
        },
    },
    Command {
        name: "prompt",
        least: 1,
        arguments: "MAIN ?CONTINUE?",
        summary: "Ask with other words",
        details: &[],
        action: |shell, words| {
            if let Some(first) = words.get(1) {
                first.clone_into(&mut shell.prompts.first);
            }
            if let Some(next) = words.get(2) {
                next.clone_into(&mut shell.prompts.next);
            }
            Ok(After::GoOn)
        },
    },
    Command {
        name: "separator",
        least: 2,
        arguments: "COL ?ROW?",
        summary: "Put other separators between columns and behind rows",
        details: &[],
        action: separator,
    },
    Command {
        name: "show",
        least: 2,
        arguments: "",
        summary: "Show the settings",
        details: &[],
        action: show,
    },
    Command {
        name: "timer",
        least: 4,
        arguments: "on|off",
        summary: "Show how long statements take",
        details: &[],
        action: |shell, words| shell.switch(words, |shell, on| shell.switches.timer = on),
    },
    Command {
        name: "width",
        least: 1,
        arguments: "NUM1 NUM2 ...",
        summary: "Give columns least widths; negative ones set texts to the right",
        details: &[],
        action: |shell, words| {
            // What is no number is none, as everywhere in SQL.
            shell.format.widths = words[1..].iter().map(|word| word.parse().unwrap_or(0)).collect();
            Ok(After::GoOn)
        },
    },
];

impl Shell {
    /// What a word says is on or off; what is neither counts as off, which is told.
    pub(super) fn switched(&mut self, word: &str) -> Outcome<bool> {
        if let Some(on) = switch(word) {
            return Ok(on);
        }
        self.complain(&format!("ERROR: Not a boolean value: \"{word}\". Assuming \"no\"."))?;
        Ok(false)
    }

    fn switch(&mut self, words: &[String], set: fn(&mut Shell, bool)) -> Outcome<After> {
        let [_, word] = words else {
            let name = super::command_of(&words[0]).map_or("", |command| command.name);
            return self.usage(&format!(".{name} on|off"));
        };
        let on = self.switched(word)?;
        set(self, on);
        Ok(After::GoOn)
    }
}

fn explain(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let form = match words.get(1).map(String::as_str) {
        None | Some("auto") => Explain::Automatic,
        Some(word) if shell.switched(word)? => Explain::Automatic,
        Some(_) => Explain::Off,
    };
    shell.switches.explain = form;
    Ok(After::GoOn)
}

fn separator(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let (column, row) = match words {
        [_, column] => (column, None),
        [_, column, row] => (column, Some(row)),
        _ => return shell.usage(".separator COL ?ROW?"),
    };
    column.clone_into(&mut shell.format.column_separator);
    if let Some(row) = row {
        row.clone_into(&mut shell.format.row_separator);
    }
    Ok(After::GoOn)
}

/// The mode with its options, as `.show` and `.mode` tell it.
fn told_mode(format: &Format) -> String {
    let name = format.mode.name();
    match format.mode.is_columnar() {
        true => format!(
            "{name} --wrap {} --wordwrap {} --{}quote",
            format.wrap,
            if format.wraps_words { "on" } else { "off" },
            if format.quotes { "" } else { "no" }
        ),
        false => name.to_owned(),
    }
}

fn mode(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let mut name = None;
    let mut table = None;
    let (mut wrap, mut wraps_words, mut quotes) = (60, false, false);
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match option(word) {
            Some("wrap") => match rest.next().and_then(|word| word.parse().ok()) {
                Some(width) => wrap = width,
                None => return shell.refuse("Error: --wrap needs a number"),
            },
            Some("ww") => wraps_words = true,
            Some("wordwrap") => match rest.next() {
                Some(word) => wraps_words = shell.switched(word)?,
                None => return shell.refuse("Error: --wordwrap needs on or off"),
            },
            Some("quote") => quotes = true,
            Some("noquote") => quotes = false,
            Some(_) => {
                return shell.refuse(&format!(
                    "unknown option: {word}\noptions:\n  --noquote\n  --quote\n  --wordwrap on/off\n  --wrap N\n  --ww"
                ));
            }
            None if name.is_none() && word == "qbox" => {
                name = Some("box");
                (wrap, quotes) = (60, true);
            }
            None if name.is_none() => name = Some(word.as_str()),
            None if table.is_none() => table = Some(word.as_str()),
            None => return shell.refuse(&format!("extra argument: \"{word}\"")),
        }
    }
    let Some(name) = name else {
        if words.len() == 1 {
            writeln!(shell.output, "current output mode: {}", told_mode(&shell.format))?;
            return Ok(After::GoOn);
        }
        (shell.format.wrap, shell.format.wraps_words, shell.format.quotes) = (wrap, wraps_words, quotes);
        return Ok(After::GoOn);
    };
    if !shell.format.set_mode(name) {
        return shell.refuse(&format!("Error: mode should be one of: {}", MODE_NAMES.join(" ")));
    }
    if shell.format.mode.is_columnar() {
        (shell.format.wrap, shell.format.wraps_words, shell.format.quotes) = (wrap, wraps_words, quotes);
    }
    if shell.format.mode == Mode::Insert {
        shell.format.table = quoted_name(table.unwrap_or("table"));
    }
    Ok(After::GoOn)
}

fn show(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    if words.len() != 1 {
        return shell.usage(".show");
    }
    let word = |on| if on { "on" } else { "off" };
    let quoted = |text: &str| {
        let mut written = Vec::new();
        write_c_string(text.as_bytes(), &mut written).map(|()| String::from_utf8_lossy(&written).into_owned())
    };
    let (format, switches) = (&shell.format, &shell.switches);
    let explain = match switches.explain {
        Explain::Automatic => "auto",
        Explain::Off => "off",
    };
    let stats = match switches.stats {
        Stats::Off => "off",
        Stats::On => "on",
        Stats::Statement => "stmt",
    };
    let widths: String = format.widths.iter().map(|width| format!("{width} ")).collect();
    let name = shell.opened.name.display().to_string();
    let rows = [
        ("echo", word(switches.echo).to_owned()),
        ("eqp", word(switches.plans).to_owned()),
        ("explain", explain.to_owned()),
        ("headers", word(format.headers).to_owned()),
        ("mode", told_mode(format)),
        ("nullvalue", quoted(&format.null)?),
        ("output", shell.output.name.clone()),
        ("colseparator", quoted(&format.column_separator)?),
        ("rowseparator", quoted(&format.row_separator)?),
        ("stats", stats.to_owned()),
        ("width", widths),
        ("filename", name),
    ];
    for (name, value) in rows {
        writeln!(shell.output, "{name:>12}: {value}")?;
    }
    Ok(After::GoOn)
}

/// Says how a command is used, with its options.
pub(super) fn explain_usage(shell: &mut Shell, name: &str) -> Outcome<After> {
    help::tell(shell, name)?;
    Ok(After::Failed)
}
