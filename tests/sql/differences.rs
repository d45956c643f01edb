//! Where helios answers otherwise than SQLite on purpose: the one list of it, with reasons.

/// A difference that is meant.
#[derive(Debug)]
pub(crate) struct Difference {
    /// What scripts call it.
    pub(crate) name: &'static str,
    /// Why helios does not do as SQLite does.
    #[expect(dead_code, reason = "for the reader")]
    pub(crate) reason: &'static str,
}

/// All of them.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "begin-concurrent",
        reason: "SQLite has BEGIN CONCURRENT on a branch of its own only; helios always",
    },
    Difference {
        name: "equal-but-not-the-same",
        reason: "of rows that a compound takes for equal and that are not the same, one is given; which one has \
                 changed between versions of SQLite, and helios does as 3.40",
    },
    Difference {
        name: "update-limit",
        reason: "ORDER BY and LIMIT of UPDATE and DELETE are an option of SQLite's build; the libraries that programs \
                 use have it",
    },
    Difference {
        name: "json-of-a-query",
        reason: "JSON that a query in an expression gives is still JSON, as in SQLite 3.40; newer versions make it a \
                 text, which programs that nest json_group_array in json_object do not expect",
    },
    Difference {
        name: "list-of-one",
        reason: "`x IN (y COLLATE z)` with one constant compares as `x = y COLLATE z`, as in SQLite 3.40; newer versions \
                 compare by the collation of x",
    },
    Difference {
        name: "trigger-depth",
        reason: "triggers that fire each other without end are called by the words of SQLite 3.40",
    },
    Difference {
        name: "parameters",
        reason: "a statement may have 250,000 parameters, as in the libraries of distributions that programs use",
    },
    Difference {
        name: "steps",
        reason: "EXPLAIN gives the steps of a plan of helios, which are other ones than the instructions of SQLite's \
                 machine",
    },
    Difference {
        name: "digits",
        reason: "a float becomes a text of 15 digits and is rounded for printf as in SQLite 3.40; newer versions \
                 write 17 digits",
    },
];
