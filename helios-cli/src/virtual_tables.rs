//! Virtual tables by their definitions: which of them hold rows that can be copied.

use helios::Value;

use crate::transfer::text;

/// Where the rows of a virtual table are, such as texts that are searched for words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// In its own tables.
    Own,
    /// In another table, from which they can be indexed again.
    Elsewhere,
    /// Nowhere: what was indexed is gone.
    Nowhere,
    /// There are none to be copied: what it shows is not stored.
    None,
}

/// The endings of the names of tables in which virtual tables keep their rows.
pub(crate) const SHADOWS: [&str; 11] =
    ["data", "idx", "content", "docsize", "config", "rowid", "node", "parent", "segments", "segdir", "stat"];

/// Where the rows of the virtual table of a definition are; `None` of one that is no virtual table.
pub(crate) fn rows_of(sql: &str) -> Option<Rows> {
    let words: Vec<&str> = sql.split_whitespace().take(3).collect();
    let is =
        |at: usize, word: &str| words.get(at).is_some_and(|found: &&str| found.eq_ignore_ascii_case(word));
    if !(is(0, "CREATE") && is(1, "VIRTUAL") && is(2, "TABLE")) {
        return None;
    }
    let lower = sql.to_ascii_lowercase();
    let (_, module) = lower.split_once("using")?;
    let module = module.trim_start();
    let name = module.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    match name {
        "rtree" | "rtree_i32" | "fts3" => return Some(Rows::Own),
        "fts4" | "fts5" => {}
        _ => return Some(Rows::None),
    }
    let compact: String = module.chars().filter(|c| !c.is_whitespace()).collect();
    let content = ["(content=", ",content="].iter().find_map(|key| compact.split_once(key));
    Some(match content {
        None => Rows::Own,
        Some((_, value)) if value.starts_with("''") || value.starts_with("\"\"") => Rows::Nowhere,
        Some(_) => Rows::Elsewhere,
    })
}

/// The column with the language of the rows of FTS4, which is a hidden one, by what `PRAGMA table_xinfo` tells of a table.
pub(crate) fn language_column(infos: &[Vec<Value>]) -> Option<String> {
    let [.., docid, language] = infos else { return None };
    let is_hidden = |row: &[Value]| row[6].as_ref().to_integer() == 1;
    let is_old_search = text(&docid[1]) == "docid" && is_hidden(docid) && is_hidden(language);
    Some(text(&language[1])).filter(|name| is_old_search && name != "__langid")
}

#[cfg(test)]
mod tests {
    use super::{Rows, rows_of};

    #[test]
    fn definitions_tell_where_rows_are() {
        for (sql, rows) in [
            ("create table using (a)", None),
            ("CREATE VIRTUAL TABLE t USING fts5(a, b)", Some(Rows::Own)),
            ("create virtual  table t using FTS5(a, content = '')", Some(Rows::Nowhere)),
            (
                "CREATE VIRTUAL TABLE t USING fts5(a, content=\"other\", content_rowid=id)",
                Some(Rows::Elsewhere),
            ),
            ("CREATE VIRTUAL TABLE t USING fts4(content=\"other\", title)", Some(Rows::Elsewhere)),
            ("CREATE VIRTUAL TABLE t USING fts3(a, content=b)", Some(Rows::Own)),
            ("CREATE VIRTUAL TABLE t USING rtree_i32(id, a, b)", Some(Rows::Own)),
            ("CREATE VIRTUAL TABLE t USING fts5vocab(x, row)", Some(Rows::None)),
            ("CREATE VIRTUAL TABLE t USING csv(filename='a')", Some(Rows::None)),
        ] {
            assert_eq!(rows_of(sql), rows, "{sql}");
        }
    }
}
