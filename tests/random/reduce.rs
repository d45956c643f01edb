//! A failing program without what its failure does not need.

use helios_testkit::TestResult;
use helios_tests::lockstep::{Answers, Lockstep};

use crate::program::Statement;

/// The shortest program found whose last statement still differs, and no other before it.
pub(crate) fn reduced(log: &[Statement], failure: &Answers) -> TestResult<Vec<Statement>> {
    let codes = codes_of(failure);
    let mut short = log.to_vec();
    let mut width = short.len().div_ceil(2);
    while width > 0 {
        let mut at = 0;
        while at + 1 < short.len() {
            let end = (at + width).min(short.len() - 1);
            let mut candidate = short.clone();
            candidate.drain(at..end);
            if fails_at_the_end(&candidate, &codes)? {
                short = candidate;
            } else {
                at += width;
            }
        }
        width /= 2;
    }
    Ok(short)
}

/// The kinds of all answers. A shorter program that fails in another way is another failure.
fn codes_of(answers: &Answers) -> Vec<i32> {
    let all = std::iter::once(&answers.oracle).chain(&answers.subjects);
    all.map(|answer| answer.result.as_ref().err().map_or(0, |refusal| refusal.code)).collect()
}

fn fails_at_the_end(program: &[Statement], codes: &[i32]) -> TestResult<bool> {
    let mut lockstep = Lockstep::open()?;
    for (number, statement) in program.iter().enumerate() {
        let answers = lockstep.run(&statement.text);
        if lockstep.report(&answers, statement.order).is_some() {
            return Ok(number + 1 == program.len() && codes_of(&answers) == codes);
        }
    }
    Ok(false)
}
