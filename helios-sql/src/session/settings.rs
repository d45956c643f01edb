//! What a session's pragmas have set.

use crate::parse::Dialect;

/// Settings that decide how statements are compiled and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Whose spelling statements have.
    pub(super) dialect: Dialect,
    /// Whether plans are improved; off only to test that it makes no difference.
    pub(super) optimizes: bool,
    /// `PRAGMA foreign_keys`.
    pub(super) foreign_keys: bool,
    /// `PRAGMA defer_foreign_keys`, until the end of the transaction.
    pub(super) defer_foreign_keys: bool,
    /// `PRAGMA recursive_triggers`.
    pub(super) recursive_triggers: bool,
    /// `PRAGMA ignore_check_constraints`.
    pub(super) ignores_checks: bool,
    /// `PRAGMA case_sensitive_like`, if there was one: it puts the built-in function in the place of the program's.
    pub(super) like_by_case: Option<bool>,
    /// `PRAGMA query_only`.
    pub(super) query_only: bool,
    /// Whether the triggers of tables that stay fire, but for those of `temp`.
    pub(super) enables_triggers: bool,
    /// Whether views may be read, but for those of `temp`.
    pub(super) reads_views: bool,
    /// Whether a name in double quotes that is no column is a text: in statements, and in new definitions.
    pub(super) quotes_texts: bool,
    pub(super) quotes_texts_in_definitions: bool,
    /// Whether what is bound is a new definition.
    pub(super) is_defining: bool,
    /// Whether queries are answered from kept results.
    pub(super) keeps_results: bool,
    /// Whether triggers fire; not while a table is emptied to be dropped.
    pub(super) fires_triggers: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            dialect: Dialect::Sqlite,
            optimizes: true,
            foreign_keys: false,
            defer_foreign_keys: false,
            recursive_triggers: false,
            ignores_checks: false,
            like_by_case: None,
            query_only: false,
            enables_triggers: true,
            reads_views: true,
            quotes_texts: true,
            quotes_texts_in_definitions: true,
            is_defining: false,
            keeps_results: false,
            fires_triggers: true,
        }
    }
}

impl Settings {
    /// All of them, equal only for equal ones.
    pub(super) fn bytes(&self) -> [u8; 15] {
        let Settings {
            dialect,
            optimizes,
            foreign_keys,
            defer_foreign_keys,
            recursive_triggers,
            ignores_checks,
            like_by_case,
            query_only,
            enables_triggers,
            reads_views,
            quotes_texts,
            quotes_texts_in_definitions,
            is_defining,
            keeps_results,
            fires_triggers,
        } = *self;
        let flags = [
            dialect == Dialect::Postgres,
            optimizes,
            foreign_keys,
            defer_foreign_keys,
            recursive_triggers,
            ignores_checks,
            query_only,
            enables_triggers,
            reads_views,
            quotes_texts,
            quotes_texts_in_definitions,
            is_defining,
            keeps_results,
            fires_triggers,
        ];
        let mut bytes = [like_by_case.map_or(2, u8::from); 15];
        for (byte, flag) in bytes.iter_mut().zip(flags) {
            *byte = flag.into();
        }
        bytes
    }
}
