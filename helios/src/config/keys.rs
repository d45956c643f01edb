//! All settings: what `docs/configuration.md` shows, and what is said of a name that is none.

/// A setting, as it is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its path: `storage.cache_mb`.
    pub name: &'static str,
    /// What it is where nobody says anything, in TOML.
    pub default: &'static str,
    /// What it may be, in Markdown.
    pub values: &'static str,
    /// What it means, in Markdown.
    pub meaning: &'static str,
}

const fn key(name: &'static str, default: &'static str, values: &'static str, meaning: &'static str) -> Key {
    Key { name, default, values, meaning }
}

/// All settings there are.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("storage.backend", r#""redb""#, r#"`"redb"`, `"postgres"`, `"etcd"`, `"sled"`, `"rocksdb"`, `"memory"`"#,
        "the [storage driver](drivers.md). A database `:memory:` is on `memory`, whatever stands here"),
    key("storage.durability", r#""full""#, r#"`"full"`, `"normal"`, `"off"`"#,
        "what a commit promises when it returns: see [drivers](drivers.md#durability)"),
    key("storage.cache_mb", "256", "0 to 4294967295",
        "megabytes of stored bytes kept in memory by the driver"),
    key("storage.etcd.endpoints", "[]", r#"`["http://host:2379", …]`, or with `https`"#,
        "the members of the cluster of the driver [`etcd`](scaling.md#etcd). One that answers is enough"),
    key("storage.etcd.prefix", r#""helios/""#, "a text",
        "all keys in the cluster begin with it"),
    key("storage.etcd.user", r#""""#, "a text, empty for none",
        "the user, where the cluster asks for one"),
    key("storage.etcd.password_env", r#""""#, "the name of an environment variable",
        "the variable that holds the user's password; it has to be set. Empty for none"),
    key("storage.etcd.root_certificate", r#""""#, "a file in PEM, empty for no TLS",
        "the certificates of those who sign the members'. With it, connections are sealed and the members' names are verified"),
    key("storage.etcd.client_certificate", r#""""#, "a file in PEM, empty for none",
        "the certificate by which a cluster that asks for one knows us"),
    key("storage.etcd.client_key", r#""""#, "a file in PEM, empty for none",
        "the key of that certificate"),
    key("storage.etcd.timeout_ms", "10000", "0 to 4294967295",
        "for so many milliseconds a lost connection is tried to be made again before there is an error"),
    key("storage.etcd.connections", "8", "0 to 4294967295",
        "so many connections are kept for the next statement"),
    key("storage.etcd.compact", "true", "`true`, `false`",
        "whether the whole cluster is compacted behind what is read, also by other stores under the same prefix. Off where operators do it, or other programs need the past of their own keys"),
    key("storage.postgres.url", r#""""#, "`postgres://user@host:port/database`, or `host=… user=…`",
        "where the server of the driver [`postgres`](scaling.md) is"),
    key("storage.postgres.password_env", r#""""#, "the name of an environment variable",
        "the variable that holds the password; it has to be set. Empty for none, or if it stands in the URL"),
    key("storage.postgres.root_certificate", r#""""#, "a file in PEM, empty for no TLS",
        "the certificates of those who sign the server's. With it, connections are sealed and the server's name is verified"),
    key("storage.postgres.timeout_ms", "10000", "0 to 4294967295",
        "for so many milliseconds a lost connection is tried to be made again before there is an error"),
    key("storage.postgres.connections", "8", "0 to 4294967295",
        "so many connections are kept for the next statement"),
    key("storage.redb.processes", r#""many""#, r#"`"many"`, `"one"`"#,
        "which processes may have a file open: any number, all reading and writing, or one, whose commits are faster"),
    key("storage.redb.quick_repair", "false", "`true`, `false`",
        r#"whether each commit also records what lets a file that was not closed be opened at once; without it, opening such a file reads all of it. Always on with `processes = "many"`"#),
    key("storage.rocksdb.write_buffer_mb", "64", "1 to 4294967295",
        "megabytes that RocksDB collects in memory before they become a file"),
    key("storage.rocksdb.compression", r#""none""#, r#"`"none"`, `"lz4"`, `"zstd"`"#,
        "how RocksDB compresses blocks"),
    key("storage.sled.mode", r#""space""#, r#"`"space"`, `"time"`"#,
        "what sled saves at the cost of the other: room on the disk or time"),
    key("storage.sled.flush_every_ms", "500", "0 to 4294967295",
        "after so many milliseconds sled writes by itself what waits to be written; 0 for never"),
    key("encryption.cipher", r#""auto""#, r#"`"auto"`, `"aes-256-gcm"`, `"xchacha20-poly1305"`"#,
        "what new files are [encrypted](encryption.md) with. Files that exist say it themselves"),
    key("encryption.key_env", r#""""#, "the name of an environment variable",
        "the variable that holds the key, if the program gives none; it has to be set. Empty for none"),
    key("encryption.kdf_memory_mb", "64", "1 to 4096",
        "megabytes that deriving a key from a passphrase fills, for new files and new keys"),
    key("encryption.kdf_passes", "3", "1 to 1000",
        "how often that passes over them"),
    key("monitor.slow_query_ms", "-1", "milliseconds, negative for none",
        "from when on a statement is [slow](tuning.md#what-statements-take) and is logged"),
    key("monitor.count_statements", "false", "`true`, `false`",
        "count statements and their times in [`helios_stat_statements`](tuning.md#what-statements-take)"),
    key("cache.column_mb", "256", "0 to 4294967295",
        "megabytes of decoded columns kept in memory for the next scan of a table; 0 for none"),
    key("cache.enabled", "false", "`true`, `false`",
        "keep the results of queries, for the next who runs the same one on the same data. See [tuning](tuning.md#kept-results)"),
    key("cache.size_mb", "64", "0 to 4294967295",
        "megabytes of results that are kept. Of those who have a file open, the largest counts"),
    key("sql.memory_mb", "256", "0 to 4294967295",
        "megabytes that sorts, hash tables and collected rows of all statements on the database together take in memory. What does not fit lies in temporary files without names, in the folder that SQLite would take: the first that is there of `SQLITE_TMPDIR`, `TMPDIR`, `/var/tmp`, `/usr/tmp`, `/tmp`"),
    key("vector.index", r#""hnsw""#, r#"`"hnsw"`, `"flat"`, `"hnsw_rs"`, `"faiss"`"#,
        "the kind of index that `CREATE INDEX … USING vector` makes: see [vectors](vectors.md#indexes)"),
    key("vector.memory_mb", "4096", "0 to 4294967295",
        "megabytes that indexes of vectors take in memory; those that were not used for longest are read again from the file. One that does not fit is not used"),
    key("time_travel.enabled", "false", "`true`, `false`",
        "keep the history of all tables, from the moment on that a database is opened with this. It stays on. See [the past](time-travel.md)"),
    key("time_travel.retention", r#""""#, "a number with `s`, `m`, `h`, `d` or `w`",
        "how long what was replaced is kept; empty for ever. See [forgetting](time-travel.md#forgetting)"),
    key("server.host", r#""127.0.0.1""#, "an address or a name",
        "where a [server](server.md) listens that is started"),
    key("server.port", "5432", "0 to 65535",
        "its port; 0 for any that is free"),
    key("server.max_connections", "100", "0 to 4294967295",
        "how many clients may be connected at once"),
    key("server.connection_timeout", "30", "seconds",
        "how long a client may take to connect"),
    key("server.auth_method", r#""trust""#, r#"`"trust"`, `"password"`, `"certificate"`"#,
        r#"how clients show who they are; with `"trust"` only this machine's may connect"#),
    key("server.tls.cert", r#""""#, "a file in PEM, empty for no TLS",
        "the server's certificate"),
    key("server.tls.key", r#""""#, "a file in PEM",
        "its private key"),
    key("server.tls.ca", r#""""#, "a file in PEM, empty for none",
        "the certificate that signs those of clients"),
    key("server.allowed_ips", "[]", r#"networks such as `"192.168.1.0/24"`"#,
        "where clients may be; none named for everywhere"),
    key("server.idle_in_transaction_timeout", "60", "seconds, 0 for ever",
        "how long a client may do nothing within a transaction"),
    key("server.statement_timeout", "0", "seconds, 0 for ever",
        "how long a statement may run where the client sets nothing"),
    key("server.http", r#""""#, "an address with a port, empty for none",
        "where [metrics and health](server.md#metrics) are told"),
];

/// The settings as a table in Markdown.
///
/// ```
/// assert!(helios::config::reference().contains("| `storage.cache_mb` | `256` |"));
/// ```
pub fn reference() -> String {
    let mut text = "| key | default | values | meaning |\n|---|---|---|---|\n".to_owned();
    for Key { name, default, values, meaning } in KEYS {
        text.push_str(&format!("| `{name}` | `{default}` | {values} | {meaning} |\n"));
    }
    text
}

/// What is wrong with a name that is no setting: the one that is nearest to it is told.
pub(crate) fn unknown(name: &str) -> String {
    let nearest = KEYS.iter().map(|key| key.name).min_by_key(|known| distance(name, known));
    format!("unknown setting `{name}`, did you mean `{}`?", nearest.unwrap_or_default())
}

/// So many letters have to be put in, left out or changed to make one name of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut costs: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut costs[0], row + 1);
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = costs[column + 1];
            costs[column + 1] = changed.min(diagonal + 1).min(costs[column] + 1);
        }
    }
    costs[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_is_named() {
        for (name, nearest) in [
            ("storage.cach_mb", "storage.cache_mb"),
            ("storge.backend", "storage.backend"),
            ("storage.redb.process", "storage.redb.processes"),
            ("backend", "storage.backend"),
            ("time_travel.enable", "time_travel.enabled"),
        ] {
            assert_eq!(unknown(name), format!("unknown setting `{name}`, did you mean `{nearest}`?"));
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
