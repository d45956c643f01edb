//! COPY that fails says where: the line, and the column where it is about one.

use super::client::{Client, message, text};
use super::server;

/// The fields of the error that COPY ends with: SQLSTATE, message, detail, context.
fn failed(client: &mut Client, data: &str) -> [String; 4] {
    client.send(
        &[message(b'Q', &text("COPY t FROM STDIN")), message(b'd', data.as_bytes()), message(b'c', &[])]
            .concat(),
    );
    let (messages, _) = client.until_ready();
    let (_, body) = messages.iter().find(|(kind, _)| *kind == b'E').expect("it fails");
    let fields: Vec<&[u8]> = body.split(|byte| *byte == 0).collect();
    [b'C', b'M', b'D', b'W'].map(|name| {
        let found = fields.iter().find_map(|field| field.strip_prefix(&[name]));
        String::from_utf8_lossy(found.unwrap_or_default()).into_owned()
    })
}

#[test]
fn an_error_of_copy_names_its_line() {
    let server = server();
    let mut client = Client::ready(server.port());
    client.query(
        "CREATE TABLE t (id int PRIMARY KEY, b varchar(3) NOT NULL, c int CONSTRAINT positive CHECK (c > 0))",
    );
    for (line, code, said, detail, context) in [
        ("2\tx", "22P04", "missing data for column \"c\"", "", "COPY t, line 1202: \"2\tx\""),
        (
            "2\tx\t3\t4",
            "22P04",
            "extra data after last expected column",
            "",
            "COPY t, line 1202: \"2\tx\t3\t4\"",
        ),
        (
            "2\tx\tyy",
            "22P02",
            "invalid input syntax for type integer: \"yy\"",
            "",
            "COPY t, line 1202, column c: \"yy\"",
        ),
        (
            "1001\tx\t3",
            "23505",
            "duplicate key value violates unique constraint \"t_pkey\"",
            "Key (id)=(1001) already exists.",
            "COPY t, line 1202",
        ),
        (
            "2\tx\t-3",
            "23514",
            "new row for relation \"t\" violates check constraint \"positive\"",
            "Failing row contains (2, x, -3).",
            "COPY t, line 1202",
        ),
        (
            "2\t\\N\t3",
            "23502",
            "null value in column \"b\" of relation \"t\" violates not-null constraint",
            "Failing row contains (2, null, 3).",
            "COPY t, line 1202",
        ),
    ] {
        let before: String = (1000..2201).map(|id| format!("{id}\tab\t5\n")).collect();
        let told = failed(&mut client, &format!("{before}{line}\n9999\tab\t5\n"));
        assert_eq!(told, [code, said, detail, context].map(str::to_owned));
        assert_eq!(client.query("SELECT count(*) FROM t"), "T (0) SELECT 1 I");
    }
}
