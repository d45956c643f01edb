//! All statements, for the tables of one store.
//!
//! They keep to what PostgreSQL and those who speak its language understand alike: `INSERT … ON CONFLICT`, `= ANY`, `unnest`,
//! common table expressions that change each table once, serializable transactions.

/// The highest number for `until`: what is true now.
pub(crate) const NOW: i64 = i64::MAX;

/// The version of the tables that this code makes, and the newest that it understands.
pub(crate) const FORMAT: i32 = 1;

/// The statements of a store.
#[derive(Debug)]
pub(crate) struct Sql {
    /// Makes the tables, where they are not there.
    pub(crate) create: Vec<String>,
    /// The head, with the format.
    pub(crate) recognise: String,
    /// The head: version, floor, horizon.
    pub(crate) head: String,
    /// Lifts the floor: `$1`.
    pub(crate) lift: String,
    /// The head and the value of a key: `$1` at a version: `$2`.
    pub(crate) get: String,
    /// The head, then the keys of `$1` that exist at a version, `$2`, with their values.
    pub(crate) get_many: String,
    /// The head, then entries of a range at a version, `$1`, from `$2` on, at most `$3` of them.
    pub(crate) forward: String,
    /// The same, up to before `$4`.
    pub(crate) forward_to: String,
    /// The same from the end on, from `$2` on.
    pub(crate) backward: String,
    /// The same, up to before `$4`.
    pub(crate) backward_to: String,
    /// Registers a client of epoch 1, which reads from the head's version on. Answers with its id and the version.
    pub(crate) enter: String,
    /// The head, and the epoch of a client: `$1`.
    pub(crate) ours: String,
    /// A client that was heard of: `$1`, which reads from a version on: `$2`. Answers with the oldest version that anybody reads.
    pub(crate) beat: String,
    /// A client goes: `$1`.
    pub(crate) leave: String,
    /// Raises the epoch of a client: `$1`. Answers with it and with the token of the last commit.
    pub(crate) settle: String,
    /// Forgets clients that were not heard of for a day.
    pub(crate) forget_clients: String,
    /// Deletes some rows of what was replaced up to the horizon. Answers with their number.
    pub(crate) sweep: [String; 2],
    /// Applies a batch. See [`crate::commit`].
    pub(crate) commit: String,
    /// Applies a batch that clears ranges: `$12`, `$13`.
    pub(crate) commit_clearing: String,
    /// More entries of a batch, in the transaction of its commit: `$1`, `$2`, at the version `$3`.
    pub(crate) more: String,
    /// Number of entries and their bytes.
    pub(crate) statistics: String,
}

/// A client that was not heard of for so long has no say in what is kept.
const SILENCE: &str = "interval '60 seconds'";

impl Sql {
    /// The statements for a store by its name.
    pub(crate) fn new(name: &str) -> Sql {
        let table = |suffix: &str| format!("\"{}_{suffix}\"", name.replace('"', "\"\""));
        let [entry, head, client] = ["entry", "head", "client"].map(table);
        let index = |suffix: &str| format!("\"{}_{suffix}\"", name.replace('"', "\"\""));
        let answer = format!(
            "SELECT NULL::bytea AS key, NULL::bytea AS value, version, floor, horizon FROM {head} WHERE one = 1"
        );
        let visible = "until > $1 AND since <= $1 AND value IS NOT NULL";
        let none = "NULL::bigint, NULL::bigint, NULL::bigint";
        let scan = |bound: &str, order: &str| {
            format!(
                "{answer} UNION ALL (SELECT key, value, {none} FROM {entry}
                 WHERE {visible} AND key >= $2 {bound} ORDER BY key {order} LIMIT $3)"
            )
        };
        Sql {
            create: create(&entry, &head, &client, &index),
            recognise: format!("SELECT format, version, floor, horizon FROM {head} WHERE one = 1"),
            head: format!("SELECT version, floor, horizon FROM {head} WHERE one = 1"),
            lift: format!(
                "UPDATE {head} SET floor = GREATEST(floor, $1) WHERE one = 1 RETURNING version, floor, horizon"
            ),
            get: format!(
                "SELECT version, floor, horizon, (SELECT e.value FROM {entry} e
                 WHERE e.key = $1 AND e.until > $2 AND e.since <= $2) FROM {head} WHERE one = 1"
            ),
            get_many: format!(
                "{answer} UNION ALL SELECT key, value, {none} FROM {entry}
                 WHERE {visible} AND key = ANY ($2)"
            ),
            forward: scan("", ""),
            forward_to: scan("AND key < $4", ""),
            backward: scan("", "DESC"),
            backward_to: scan("AND key < $4", "DESC"),
            enter: format!(
                "INSERT INTO {client} (id, epoch, last, oldest, seen)
                 SELECT gen_random_uuid()::text, 1, 0, version, now() FROM {head} WHERE one = 1
                 RETURNING id, oldest"
            ),
            ours: format!(
                "SELECT version, floor, horizon, (SELECT epoch FROM {client} WHERE id = $1) FROM {head} WHERE one = 1"
            ),
            beat: format!(
                "WITH own AS (UPDATE {client} SET oldest = $2, seen = now() WHERE id = $1 RETURNING id)
                 SELECT (SELECT count(*) FROM own), LEAST($2, (SELECT min(oldest) FROM {client}
                 WHERE id <> $1 AND seen > now() - {SILENCE}))"
            ),
            leave: format!("DELETE FROM {client} WHERE id = $1"),
            settle: format!(
                "UPDATE {client} SET epoch = epoch + 1, seen = now() WHERE id = $1 RETURNING epoch, last"
            ),
            forget_clients: format!("DELETE FROM {client} WHERE seen < now() - interval '1 day'"),
            sweep: sweep(&entry, &head),
            commit: commit(&entry, &head, &client, false),
            commit_clearing: commit(&entry, &head, &client, true),
            more: more(&entry),
            statistics: format!(
                "SELECT count(*), COALESCE(sum(length(key) + length(value)), 0)::bigint FROM {entry}
                 WHERE until = {NOW} AND value IS NOT NULL"
            ),
        }
    }
}

fn create(entry: &str, head: &str, client: &str, index: &dyn Fn(&str) -> String) -> Vec<String> {
    let (replaced, deleted) = (index("replaced"), index("deleted"));
    vec![
        format!(
            "CREATE TABLE IF NOT EXISTS {entry} (key bytea NOT NULL, until bigint NOT NULL, since bigint NOT NULL,
             value bytea, PRIMARY KEY (key, until))"
        ),
        format!("CREATE INDEX IF NOT EXISTS {replaced} ON {entry} (until) WHERE until < {NOW}"),
        format!("CREATE INDEX IF NOT EXISTS {deleted} ON {entry} (since) WHERE value IS NULL"),
        format!(
            "CREATE TABLE IF NOT EXISTS {client} (id text PRIMARY KEY, epoch bigint NOT NULL, last bigint NOT NULL,
             oldest bigint NOT NULL, seen timestamptz NOT NULL)"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {head} (one integer PRIMARY KEY, format integer NOT NULL,
             version bigint NOT NULL, floor bigint NOT NULL, horizon bigint NOT NULL)"
        ),
        format!("INSERT INTO {head} VALUES (1, {FORMAT}, 1, 0, 0) ON CONFLICT (one) DO NOTHING"),
    ]
}

/// What was replaced, and what was deleted, up to the horizon.
fn sweep(entry: &str, head: &str) -> [String; 2] {
    let horizon = format!("(SELECT horizon FROM {head} WHERE one = 1)");
    let delete = |which: &str| {
        format!(
            "WITH gone AS (DELETE FROM {entry} WHERE (key, until) IN
             (SELECT key, until FROM {entry} WHERE {which} LIMIT 5000) AND {which} RETURNING 1)
             SELECT count(*) FROM gone"
        )
    };
    [
        delete(&format!("until < {NOW} AND until <= {horizon}")),
        delete(&format!("value IS NULL AND until = {NOW} AND since <= {horizon}")),
    ]
}

/// The rows that entries leave behind and those that they are from now on.
fn written(entry: &str, version: &str, old: &str, is_clearing: bool) -> String {
    let also_written = if is_clearing {
        "AND NOT EXISTS (SELECT 1 FROM changed c WHERE c.key = o.key AND c.value IS NOT NULL)"
    } else {
        ""
    };
    let deleted = if is_clearing {
        format!("SELECT o.key, {NOW}, {version}, NULL::bytea FROM old o WHERE true {also_written}")
    } else {
        format!("SELECT o.key, {NOW}, {version}, NULL::bytea FROM old o WHERE o.goes")
    };
    format!(
        "{old}, written AS (
           INSERT INTO {entry} (key, until, since, value)
           SELECT o.key, {version}, o.since, o.value FROM old o
           UNION ALL SELECT c.key, {NOW}, {version}, c.value FROM changed c WHERE c.value IS NOT NULL
           UNION ALL {deleted}
           ON CONFLICT (key, until) DO UPDATE SET since = excluded.since, value = excluded.value)"
    )
}

fn commit(entry: &str, head: &str, client: &str, is_clearing: bool) -> String {
    let old = if is_clearing {
        format!(
            "old AS (SELECT e.key, e.since, e.value FROM
               (SELECT key FROM changed UNION
                SELECT x.key FROM unnest($12::bytea[], $13::bytea[]) AS r (start, stop)
                JOIN {entry} x ON x.key >= r.start AND (r.stop IS NULL OR x.key < r.stop)
                WHERE x.until = {NOW} AND x.value IS NOT NULL) k
               JOIN {entry} e ON e.key = k.key AND e.until = {NOW}, raised WHERE e.value IS NOT NULL)"
        )
    } else {
        format!(
            "old AS (SELECT e.key, e.since, e.value, c.value IS NULL AS goes FROM changed c
               JOIN {entry} e ON e.key = c.key AND e.until = {NOW}, raised WHERE e.value IS NOT NULL)"
        )
    };
    let written = written(entry, "(SELECT version FROM raised)", &old, is_clearing);
    format!(
        "WITH matched AS (
           SELECT h.version FROM {head} h WHERE h.one = 1
           AND ($1::bigint IS NULL OR (h.version = $1 AND h.floor < $2::bigint))
           AND EXISTS (SELECT 1 FROM {client} c WHERE c.id = $3 AND c.epoch = $4)
           AND NOT EXISTS (SELECT 1 FROM unnest($5::bytea[], $6::bytea[]) AS x (key, value)
             LEFT JOIN {entry} e ON e.key = x.key AND e.until = {NOW} WHERE e.value IS DISTINCT FROM x.value)
         ), raised AS (
           UPDATE {head} h SET version = h.version + 1, floor = GREATEST(h.floor, $7::bigint),
           horizon = GREATEST(h.horizon, $8::bigint) FROM matched WHERE h.one = 1
           RETURNING h.version, h.floor, h.horizon
         ), noted AS (
           UPDATE {client} c SET last = $9 FROM raised WHERE c.id = $3 RETURNING 1
         ), changed AS (
           SELECT x.key, x.value FROM unnest($10::bytea[], $11::bytea[]) AS x (key, value), raised
         ), {written}
         SELECT version, floor, horizon FROM raised"
    )
}

fn more(entry: &str) -> String {
    let old = format!(
        "old AS (SELECT e.key, e.since, e.value, c.value IS NULL AS goes FROM changed c
           JOIN {entry} e ON e.key = c.key AND e.until = {NOW} WHERE e.value IS NOT NULL AND e.since < $3)"
    );
    let written = written(entry, "$3::bigint", &old, false);
    format!(
        "WITH changed AS (SELECT x.key, x.value FROM unnest($1::bytea[], $2::bytea[]) AS x (key, value)), {written}
         SELECT 1"
    )
}
