//! Tables in documents that are made from the code.

use crate::source;

/// Checks that the table of a document that begins with `begin` is `table`; with `HELIOS_WRITE_DOCUMENTS`, writes it there.
pub(crate) fn table_is(path: &str, begin: &str, table: &str) {
    let document = source::read(path).text;
    let start =
        document.find(begin).unwrap_or_else(|| panic!("{path} has no table that begins with {begin}"));
    let end = document[start..].find("\n\n").map_or(document.len(), |length| start + length + 1);
    if document[start..end] == *table {
        return;
    }
    if std::env::var_os("HELIOS_WRITE_DOCUMENTS").is_some() {
        let written = [&document[..start], table, &document[end..]].concat();
        std::fs::write(source::top().join(path), written).expect("the document can be written");
        return;
    }
    panic!("the table of {path} is not what the code says; HELIOS_WRITE_DOCUMENTS=1 writes it:\n{table}");
}
