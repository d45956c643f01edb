//! Every character is what FTS5's tokenisers take it for.

use helios_testkit::TestResult;
use helios_testkit::seed::{is_extended, with_seed};
use helios_tests::lockstep::Lockstep;

use crate::{agree, quoted};

/// So many characters are in one document.
const OF_DOCUMENT: u32 = 512;

/// Of documents beyond this character one in so many is looked at, unless all are.
const ALL_BEFORE: char = '\u{3000}';
const ONE_IN: usize = 12;

/// Compares the tokens of characters, alone and between letters.
fn compare(tokenizer: &str) -> TestResult {
    let mut engines = Lockstep::open_alone()?;
    let create = format!("CREATE VIRTUAL TABLE t USING fts5(x, tokenize={})", quoted(tokenizer));
    agree(&mut engines, &create)?;
    agree(&mut engines, "CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")?;
    agree(&mut engines, "BEGIN")?;
    let planes = [1..0x3_0000, 0xe_0000..0xe_0200, 0xf_ff00..0x10_0100, 0x10_ff00..0x11_0000];
    let characters: Vec<char> = planes.into_iter().flatten().filter_map(char::from_u32).collect();
    with_seed(|numbers| {
        for piece in characters.chunks(OF_DOCUMENT as usize) {
            if piece[0] < ALL_BEFORE || is_extended() || numbers.one_in(ONE_IN) {
                let text: String =
                    piece.iter().map(|character| format!("{character} a{character}b ")).collect();
                agree(&mut engines, &format!("INSERT INTO t VALUES ({})", quoted(&text)))?;
            }
        }
        agree(&mut engines, "COMMIT")?;
        agree(&mut engines, "SELECT term, doc, offset FROM v")
    })
}

#[test]
fn characters_are_tokens_and_fold_as_in_fts5() -> TestResult {
    for diacritics in 0..=2 {
        compare(&format!("unicode61 remove_diacritics {diacritics}"))?;
    }
    Ok(())
}

#[test]
fn categories_and_exceptions_choose_characters() -> TestResult {
    compare("unicode61 categories 'Sm So P* Zs Mn'")?;
    compare("unicode61 tokenchars '-_é€' separators 'xyzß'")
}

#[test]
fn other_tokenizers_cut_characters_alike() -> TestResult {
    compare("ascii tokenchars '.'")?;
    compare("trigram remove_diacritics 1")?;
    compare("trigram case_sensitive 1")
}
