//! Whether the index says what the texts say.

use helios_core::Result;
use helios_fts::Content;
use helios_fts::index::{Checksum, Index, Totals};

use super::super::Shelf;
use super::buffer::with_text;
use super::shadow::damaged;
use super::table::Fts5Table;

impl Fts5Table {
    /// Compares the index with the texts; of another table only if `argument` asks for that.
    ///
    /// # Errors
    /// SQLite's of a damaged file, where they differ.
    pub(in super::super) fn check(&self, argument: i64, shelf: &mut Shelf<'_>) -> Result<()> {
        let shadow = self.shadow()?;
        shelf.flush(shadow.space())?;
        let index = Index::open(shadow.store(shelf.reader()))?;
        let found = Checksum::of_index(&index, &self.config)?;
        let compares = match &self.config.content {
            Content::Own => true,
            Content::Table(_) => argument != 0,
            Content::Nowhere => false,
        };
        if !compares {
            return Ok(());
        }
        let mut expected = Checksum::default();
        let mut totals = Totals { rows: 0, tokens: vec![0; self.config.columns.len()] };
        self.for_each_text(shelf, &mut |rowid, texts, shelf| {
            totals.rows += 1;
            let config = self.config_of(&texts);
            let mut counted = Vec::new();
            let mut document = Vec::new();
            for (column, text) in texts.iter().take(config.columns.len()).enumerate() {
                let mut count = 0;
                if !config.columns[column].is_unindexed {
                    with_text(text.as_ref(), |text| {
                        count = expected.add_text(&config, rowid, column, text, &mut document);
                    });
                }
                totals.tokens[column] += count;
                counted.push(count);
            }
            let mut sizes = Vec::new();
            let has_sizes = self.config.has_sizes;
            if has_sizes && (!shadow.read_sizes(shelf.reader(), rowid, &mut sizes)? || sizes != counted) {
                return Err(damaged());
            }
            Ok(())
        })?;
        let known = Totals::load(&*index.store, self.config.columns.len())?;
        // Of another table's rows only the tokens count: one without any may have gone unseen.
        if self.config.content != Content::Own {
            totals.rows = known.rows;
        }
        if found == expected && totals == known { Ok(()) } else { Err(damaged()) }
    }
}
