//! Documents, and tables in them, that are made from the code.

use crate::source;

/// Checks that the table of a document that begins with `begin` is `table`; with `HELIOS_WRITE_DOCUMENTS`, writes it there.
pub(crate) fn table_is(path: &str, begin: &str, table: &str) {
    let document = source::read(path).text;
    let start =
        document.find(begin).unwrap_or_else(|| panic!("{path} has no table that begins with {begin}"));
    let end = document[start..].find("\n\n").map_or(document.len(), |length| start + length + 1);
    text_is(path, &[&document[..start], table, &document[end..]].concat());
}

/// Checks that a document is `text`; with `HELIOS_WRITE_DOCUMENTS`, writes it.
pub(crate) fn text_is(path: &str, text: &str) {
    let file = source::top().join(path);
    let document = std::fs::read_to_string(&file).unwrap_or_default();
    if document == text {
        return;
    }
    if std::env::var_os("HELIOS_WRITE_DOCUMENTS").is_some() {
        std::fs::write(file, text).expect("the document can be written");
        return;
    }
    let is_different = |line: &usize| document.lines().nth(*line) != text.lines().nth(*line);
    let line = (0..text.lines().count()).find(is_different).unwrap_or_default();
    let (number, wanted) = (line + 1, text.lines().nth(line).unwrap_or_default());
    panic!("{path} is not what the code says; HELIOS_WRITE_DOCUMENTS=1 writes it. Line {number}:\n{wanted}");
}
