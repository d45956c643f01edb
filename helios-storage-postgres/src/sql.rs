//! All statements, for the tables of one store.
//!
//! They keep to what PostgreSQL and those who speak its language understand alike: `INSERT … ON CONFLICT`, `= ANY`, `unnest`,
//! common table expressions that change each table once, serializable transactions.

/// The version of the tables that this code makes, and the newest that it understands.
pub(crate) const FORMAT: i32 = 2;

/// The statements of a store.
#[derive(Debug)]
pub(crate) struct Sql {
    /// Makes the tables, where they are not there.
    pub(crate) create: Vec<String>,
    /// Makes tables of this format of those of format 1.
    pub(crate) upgrade: Vec<String>,
    /// The head, with the format.
    pub(crate) recognise: String,
    /// The head: version, floor, horizon.
    pub(crate) head: String,
    /// Lifts the floor: `$1`.
    pub(crate) lift: String,
    /// The head, the version since which a key, `$1`, is as it is, and its value.
    pub(crate) get: String,
    /// The head, and the value at a version, `$2`, of a key that was written since: `$1`.
    pub(crate) get_past: String,
    /// The head as a row. Then the keys of `$1`: value at a version, `$2`, and whether they were written since.
    pub(crate) get_many: String,
    /// The head as a row. Then those of the keys `$1` that were written since a version, `$2`, with their values at that.
    pub(crate) get_many_past: String,
    /// The head as a row. Then entries of a range at a version, `$1`, from `$2` on: at most `$3` of those that are true now, and
    /// as many that were true.
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
    pub(crate) sweep: String,
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

/// The tables of a store.
struct Tables {
    entry: String,
    past: String,
    head: String,
    client: String,
    /// What the table of entries is called while it is made anew.
    before: String,
}

impl Sql {
    /// The statements for a store by its name.
    pub(crate) fn new(name: &str) -> Sql {
        let table = |suffix: &str| format!("\"{}_{suffix}\"", name.replace('"', "\"\""));
        let [entry, past, head, client, before] = ["entry", "past", "head", "client", "before"].map(table);
        let tables = Tables { entry, past, head, client, before };
        let Tables { entry, past, head, client, .. } = &tables;
        // With two columns, because every row pays for each.
        let answer = format!(
            "SELECT NULL::bytea AS key, convert_to(version::text || ' ' || floor::text || ' ' || horizon::text, 'UTF8')
             AS value FROM {head}"
        );
        let scan = |bound: &str, order: &str| {
            let within = format!("key >= $2 {bound} ORDER BY key {order} LIMIT $3");
            format!(
                "{answer} UNION ALL (SELECT key, value FROM {entry}
                 WHERE since <= $1 AND value IS NOT NULL AND {within})
                 UNION ALL (SELECT key, value FROM {past} WHERE until > $1 AND since <= $1 AND {within})"
            )
        };
        Sql {
            create: create(&tables),
            upgrade: upgrade(&tables),
            recognise: format!("SELECT format, version, floor, horizon FROM {head} WHERE one = 1"),
            head: format!("SELECT version, floor, horizon FROM {head} WHERE one = 1"),
            lift: format!(
                "UPDATE {head} SET floor = GREATEST(floor, $1) WHERE one = 1 RETURNING version, floor, horizon"
            ),
            // The head has one row: a pass over it is half the work of looking that up, and this is asked most often.
            get: format!(
                "SELECT h.version, h.floor, h.horizon, e.since, e.value FROM {head} h LEFT JOIN {entry} e ON e.key = $1"
            ),
            get_past: format!(
                "SELECT version, floor, horizon, (SELECT p.value FROM {past} p
                 WHERE p.key = $1 AND p.until > $2 AND p.since <= $2) FROM {head} WHERE one = 1"
            ),
            get_many: format!(
                "SELECT key, value, false FROM ({answer}) h UNION ALL
                 SELECT key, CASE WHEN since <= $2 THEN value END, since > $2 FROM {entry} WHERE key = ANY ($1)"
            ),
            // By one pass over what is newer, not by one for each key: the index has versions first.
            get_many_past: format!(
                "{answer} UNION ALL SELECT key, value FROM {past}
                 WHERE until > $2 AND since <= $2 AND key || ''::bytea = ANY ($1)"
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
            sweep: sweep(&tables),
            commit: commit(&tables, false),
            commit_clearing: commit(&tables, true),
            more: more(&tables),
            statistics: format!(
                "SELECT count(*), COALESCE(sum(length(key) + length(value)), 0)::bigint FROM {entry}
                 WHERE value IS NOT NULL"
            ),
        }
    }
}

fn create_entries(Tables { entry, past, .. }: &Tables) -> [String; 2] {
    [
        format!(
            "CREATE TABLE IF NOT EXISTS {entry} (key bytea PRIMARY KEY, since bigint NOT NULL, value bytea)"
        ),
        // Versions first: what commits add stands together, and so does what is swept away.
        format!(
            "CREATE TABLE IF NOT EXISTS {past} (until bigint NOT NULL, key bytea NOT NULL, since bigint NOT NULL,
             value bytea NOT NULL, PRIMARY KEY (until, key))"
        ),
    ]
}

fn create(tables: &Tables) -> Vec<String> {
    let Tables { head, client, .. } = tables;
    let mut statements = create_entries(tables).to_vec();
    statements.extend([
        format!(
            "CREATE TABLE IF NOT EXISTS {client} (id text PRIMARY KEY, epoch bigint NOT NULL, last bigint NOT NULL,
             oldest bigint NOT NULL, seen timestamptz NOT NULL)"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {head} (one integer PRIMARY KEY, format integer NOT NULL,
             version bigint NOT NULL, floor bigint NOT NULL, horizon bigint NOT NULL)"
        ),
        format!("INSERT INTO {head} VALUES (1, {FORMAT}, 1, 0, 0) ON CONFLICT (one) DO NOTHING"),
    ]);
    statements
}

/// Format 1 had what is true and what was true in one table. Who comes second fails: there is no such column any more.
fn upgrade(tables: &Tables) -> Vec<String> {
    let Tables { entry, head, before, .. } = tables;
    let now = i64::MAX;
    let mut statements = vec![
        // First, because this waits for commits and has others wait.
        format!("UPDATE {head} SET format = {FORMAT}, horizon = version WHERE one = 1"),
        format!("ALTER TABLE {entry} RENAME TO {before}"),
    ];
    statements.extend(create_entries(tables));
    statements.extend([
        format!(
            "INSERT INTO {entry} SELECT key, since, value FROM {before} WHERE until = {now} AND value IS NOT NULL"
        ),
        format!("DROP TABLE {before}"),
    ]);
    statements
}

/// What was replaced up to the horizon goes, and with it what says that a key was deleted then.
fn sweep(Tables { entry, past, head, .. }: &Tables) -> String {
    let horizon = format!("(SELECT horizon FROM {head} WHERE one = 1)");
    format!(
        "WITH gone AS (DELETE FROM {past} WHERE (until, key) IN
           (SELECT until, key FROM {past} WHERE until <= {horizon} ORDER BY until, key LIMIT 5000) RETURNING key
         ), deleted AS (DELETE FROM {entry} WHERE key IN (SELECT key FROM gone) AND value IS NULL AND since <= {horizon})
         SELECT count(*) FROM gone"
    )
}

/// From what was true, `old`, and what is true from now on, `changed`, to the rows of both tables. What `goes` has no value any
/// more.
fn written(Tables { entry, past, .. }: &Tables, version: &str) -> String {
    format!(
        "kept AS (
           INSERT INTO {past} (until, key, since, value) SELECT {version}, o.key, o.since, o.value FROM old o
         ), written AS (
           INSERT INTO {entry} (key, since, value)
           SELECT c.key, {version}, c.value FROM changed c WHERE c.value IS NOT NULL
           UNION ALL SELECT o.key, {version}, NULL::bytea FROM old o WHERE o.goes
           ON CONFLICT (key) DO UPDATE SET since = excluded.since, value = excluded.value)"
    )
}

fn commit(tables: &Tables, is_clearing: bool) -> String {
    let Tables { entry, head, client, .. } = tables;
    let old = if is_clearing {
        format!(
            "SELECT e.key, e.since, e.value, e.key NOT IN (SELECT key FROM changed WHERE value IS NOT NULL) AS goes FROM
               (SELECT key FROM changed UNION
                SELECT x.key FROM unnest($12::bytea[], $13::bytea[]) AS r (start, stop)
                JOIN {entry} x ON x.key >= r.start AND (r.stop IS NULL OR x.key < r.stop) WHERE x.value IS NOT NULL) k
               JOIN {entry} e ON e.key = k.key, raised WHERE e.value IS NOT NULL"
        )
    } else {
        format!(
            "SELECT e.key, e.since, e.value, c.value IS NULL AS goes FROM changed c
               JOIN {entry} e ON e.key = c.key, raised WHERE e.value IS NOT NULL"
        )
    };
    let written = written(tables, "(SELECT version FROM raised)");
    format!(
        "WITH matched AS (
           SELECT h.version FROM {head} h WHERE h.one = 1
           AND ($1::bigint IS NULL OR (h.version = $1 AND h.floor < $2::bigint))
           AND EXISTS (SELECT 1 FROM {client} c WHERE c.id = $3 AND c.epoch = $4)
           AND NOT EXISTS (SELECT 1 FROM unnest($5::bytea[], $6::bytea[]) AS x (key, value)
             LEFT JOIN {entry} e ON e.key = x.key WHERE e.value IS DISTINCT FROM x.value)
         ), raised AS (
           UPDATE {head} h SET version = h.version + 1, floor = GREATEST(h.floor, $7::bigint),
           horizon = GREATEST(h.horizon, $8::bigint) FROM matched WHERE h.one = 1
           RETURNING h.version, h.floor, h.horizon
         ), noted AS (
           UPDATE {client} c SET last = $9 FROM raised WHERE c.id = $3 RETURNING 1
         ), changed AS (
           SELECT x.key, x.value FROM unnest($10::bytea[], $11::bytea[]) AS x (key, value), raised
         ), old AS ({old}), {written}
         SELECT version, floor, horizon FROM raised"
    )
}

fn more(tables: &Tables) -> String {
    let (entry, written) = (&tables.entry, written(tables, "$3::bigint"));
    format!(
        "WITH changed AS (SELECT x.key, x.value FROM unnest($1::bytea[], $2::bytea[]) AS x (key, value)
         ), old AS (
           SELECT e.key, e.since, e.value, c.value IS NULL AS goes FROM changed c
           JOIN {entry} e ON e.key = c.key WHERE e.value IS NOT NULL AND e.since < $3
         ), {written}
         SELECT 1"
    )
}
