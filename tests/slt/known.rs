//! Records that do not pass, with reasons. A file that is listed and passes fails its test.

/// Records of a file that do not pass.
#[derive(Debug)]
pub(crate) struct Known {
    /// The end of the file's name.
    pub(crate) file: &'static str,
    /// The lines at which the records begin.
    pub(crate) lines: &'static [usize],
    /// Why they do not pass.
    #[expect(dead_code, reason = "for the reader")]
    pub(crate) reason: &'static str,
}

/// All of them.
pub(crate) const KNOWN: &[Known] = &[Known {
    file: "slt_lang_aggfunc.test",
    lines: &[480],
    reason: "the sum overflows, which is an error, in SQLite too; the file is older than that",
}];

/// What is known of a file.
pub(crate) fn known_of(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| name.ends_with(known.file))
}
