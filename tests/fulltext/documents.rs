//! Random documents in several scripts.

use helios_testkit::seed::Numbers;

/// Words of which texts are made: some in many forms, some that begin alike.
const WORDS: [&str; 48] = [
    "data",
    "database",
    "databases",
    "run",
    "running",
    "runs",
    "the",
    "a",
    "of",
    "and",
    "search",
    "searching",
    "Relational",
    "relation",
    "nation",
    "happy",
    "happily",
    "ponies",
    "caress",
    "conflated",
    "größe",
    "Größen",
    "straße",
    "été",
    "Élève",
    "naïve",
    "façade",
    "поиск",
    "Поиска",
    "данные",
    "индекс",
    "αλφα",
    "βήτα",
    "Ωμέγα",
    "搜索",
    "数据库",
    "検索",
    "データ",
    "한국어",
    "שלום",
    "مرحبا",
    "हिन्दी",
    "x1",
    "2024",
    "3.14",
    "C++",
    "don't",
    "e-mail",
];

/// What stands between words.
const BETWEEN: [&str; 8] = [" ", " ", " ", " ", ", ", ". ", ": ", "\n"];

/// A word.
pub(crate) fn word(numbers: &mut Numbers) -> &'static str {
    // Some words are frequent.
    let end = if numbers.one_in(2) { 8 } else { WORDS.len() };
    WORDS[numbers.below(end)]
}

/// A text of at most so many words.
pub(crate) fn text(numbers: &mut Numbers, most: usize) -> String {
    let mut text = String::new();
    for _ in 0..numbers.below(most + 1) {
        text.push_str(word(numbers));
        let between = *numbers.pick(&BETWEEN);
        text.push_str(between);
    }
    text
}
