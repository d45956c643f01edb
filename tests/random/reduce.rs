//! A failing program without what its failure does not need: first without statements, then with shorter ones.

use helios_testkit::TestResult;
use helios_tests::answer::Refusal;
use helios_tests::lockstep::Answers;
use helios_tests::subject::Driver;

use crate::program::Statement;
use crate::watch::Watch;

/// Longer statements are left as they are.
const MOST_PIECES: usize = 400;

/// The shortest program found whose last statement still differs, and no other before it; and what is said to it,
/// unless it does not fail again.
pub(crate) fn reduced(log: &[Statement], failure: &Answers) -> TestResult<(Vec<Statement>, Option<String>)> {
    let search = [
        Search { drivers: &Driver::all()[..1], words: words_of(failure) },
        Search { drivers: Driver::all(), words: words_of(failure) },
    ];
    // What fails in memory is found faster there.
    let search = if search[0].failure_at_the_end(log)?.is_some() { &search[0] } else { &search[1] };
    let mut short = log.to_vec();
    search.drop_statements(&mut short)?;
    for at in (0..short.len()).rev() {
        search.shorten(&mut short, at)?;
    }
    search.drop_statements(&mut short)?;
    let report = search.failure_at_the_end(&short)?;
    Ok((short, report))
}

/// Words, literals, names and signs, with the spaces after them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut end = match first {
            '\'' => quoted_end(rest),
            _ if is_word(first) => rest.find(|next| !is_word(next)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        end += rest[end..].len() - rest[end..].trim_start().len();
        pieces.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    pieces
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '.'
}

fn quoted_end(text: &str) -> usize {
    let mut end = 1;
    while let Some(next) = text[end..].find('\'') {
        end += next + 1;
        if !text[end..].starts_with('\'') {
            return end;
        }
        end += 1;
    }
    text.len()
}

fn is_balanced(pieces: &[String]) -> bool {
    let mut depth = 0;
    for piece in pieces {
        match piece.trim_end() {
            "(" => depth += 1,
            ")" if depth == 0 => return false,
            ")" => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// What SQLite and the first helios say: the errors, or nothing. A shorter program that fails in another way is another
/// failure.
fn words_of(answers: &Answers) -> Vec<Option<Refusal>> {
    let all = std::iter::once(&answers.oracle).chain(answers.subjects.first());
    all.map(|answer| answer.result.as_ref().err().cloned()).collect()
}

/// How to look for the same failure.
struct Search {
    drivers: &'static [Driver],
    words: Vec<Option<Refusal>>,
}

impl Search {
    fn drop_statements(&self, short: &mut Vec<Statement>) -> TestResult {
        let mut width = short.len().div_ceil(2);
        while width > 0 {
            let mut at = 0;
            while at + 1 < short.len() {
                let end = (at + width).min(short.len() - 1);
                let mut candidate = short.clone();
                candidate.drain(at..end);
                if self.failure_at_the_end(&candidate)?.is_some() {
                    *short = candidate;
                } else {
                    at += width;
                }
            }
            width /= 2;
        }
        Ok(())
    }

    /// Takes pieces of one statement away while the program still fails: what cannot be left out is no statement then.
    fn shorten(&self, program: &mut [Statement], at: usize) -> TestResult {
        let mut pieces = pieces(&program[at].text);
        if pieces.len() > MOST_PIECES {
            return Ok(());
        }
        let mut width = pieces.len().div_ceil(2);
        while width > 0 {
            let mut from = 0;
            while from < pieces.len() {
                let mut candidate = pieces.clone();
                candidate.drain(from..(from + width).min(pieces.len()));
                let mut changed = program.to_vec();
                changed[at].text = candidate.concat();
                if is_balanced(&candidate) && self.failure_at_the_end(&changed)?.is_some() {
                    pieces = candidate;
                    program[at].text = pieces.concat();
                } else {
                    from += 1;
                }
            }
            width /= 2;
        }
        Ok(())
    }

    /// What is said where a program fails with its last statement, and in this way.
    fn failure_at_the_end(&self, program: &[Statement]) -> TestResult<Option<String>> {
        let mut watch = Watch::open(self.drivers)?;
        for (number, statement) in program.iter().enumerate() {
            let Some((answers, report)) = watch.run(&statement.text, statement.order)? else { continue };
            if let Some(report) = report {
                let is_same = number + 1 == program.len() && words_of(&answers) == self.words;
                return Ok(is_same.then_some(report));
            }
        }
        Ok(None)
    }
}
