//! tokio-postgres on a server: values in binary form, transactions, errors, portals, COPY, statements side by side.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt, TryStreamExt, future};
use helios::Database;
use helios_server::{Authentication, Options, Server};
use tokio_postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutStream};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Error, IsolationLevel, NoTls, SimpleQueryMessage};

fn server() -> Server {
    let users = vec![("ada".to_owned(), "secret".to_owned())];
    let options = Options { port: 0, authentication: Authentication::Password, users, ..Options::default() };
    Server::start(Database::open_in_memory().expect("a database"), "app", options).expect("a server")
}

fn config(server: &Server, password: &str) -> Config {
    let mut config = Config::new();
    config.host("127.0.0.1").port(server.port()).user("ada").password(password).dbname("app");
    config
}

/// Runs what a test does with a connection.
fn run<F: Future<Output = Result<(), Error>>>(test: impl FnOnce(Server) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(test(server())).expect("nothing is refused");
}

async fn connect(server: &Server) -> Result<Client, Error> {
    let (client, connection) = config(server, "secret").connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn state<T>(result: Result<T, Error>) -> Option<SqlState> {
    result.err().and_then(|error| error.code().cloned())
}

#[test]
fn values_of_all_types_come_back_in_binary_form() {
    run(|server| async move {
        assert_eq!(
            state(config(&server, "wrong").connect(NoTls).await.map(drop)),
            Some(SqlState::INVALID_PASSWORD)
        );
        let client = connect(&server).await?;
        client
            .batch_execute(
                "CREATE TABLE kinds (id bigserial PRIMARY KEY, s int2, n int4, g int8, r float4, f float8, t text,
                     v varchar(10), b bytea, ok boolean, o oid, tags text[], numbers int4[])",
            )
            .await?;
        let insert = client
            .prepare(
                "INSERT INTO kinds (s, n, g, r, f, t, v, b, ok, o, tags, numbers)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
            )
            .await?;
        let types =
            [Type::INT2, Type::INT4, Type::INT8, Type::FLOAT4, Type::FLOAT8, Type::TEXT, Type::VARCHAR];
        assert_eq!(insert.params()[..7], types);
        assert_eq!(insert.params()[7..10], [Type::BYTEA, Type::BOOL, Type::OID]);
        let (tags, numbers) = (vec![Some("a"), Some("b,c"), None], vec![1, -2]);
        let bytes: &[u8] = &[0, 1, 255];
        let id: i64 = client
            .query_one(
                &insert,
                &[
                    &7_i16,
                    &-8_i32,
                    &(1_i64 << 53),
                    &1.5_f32,
                    &-0.25_f64,
                    &"täxt",
                    &"short",
                    &bytes,
                    &true,
                    &3_u32,
                    &tags,
                    &numbers,
                ],
            )
            .await?
            .get(0);
        assert_eq!(id, 1);
        let row = client.query_one("SELECT * FROM kinds WHERE t = $1 AND n < $2", &[&"täxt", &0_i32]).await?;
        assert_eq!(
            (row.get::<_, i16>("s"), row.get::<_, i32>("n"), row.get::<_, i64>("g")),
            (7, -8, 1 << 53)
        );
        assert_eq!((row.get::<_, f32>("r"), row.get::<_, f64>("f")), (1.5, -0.25));
        assert_eq!((row.get::<_, &str>("t"), row.get::<_, &str>("v")), ("täxt", "short"));
        assert_eq!(
            (row.get::<_, &[u8]>("b"), row.get::<_, bool>("ok"), row.get::<_, u32>("o")),
            (bytes, true, 3)
        );
        assert_eq!(row.get::<_, Vec<Option<&str>>>("tags"), tags);
        assert_eq!(row.get::<_, Vec<i32>>("numbers"), numbers);
        client.execute("INSERT INTO kinds DEFAULT VALUES", &[]).await?;
        let nulls = client.query_one("SELECT t, n, b FROM kinds WHERE id = $1", &[&2_i64]).await?;
        assert_eq!(nulls.get::<_, Option<&str>>(0), None);
        assert_eq!(nulls.get::<_, Option<i32>>(1), None);
        // The table and the number of the column that is shown, where it is one.
        let shown = client.prepare("SELECT t, n + 1, id FROM kinds").await?;
        let numbers: Vec<Option<i16>> =
            shown.columns().iter().map(tokio_postgres::Column::column_id).collect();
        assert_eq!(numbers, [Some(7), None, Some(1)]);
        let table = client.query_one("SELECT 'kinds'::regclass::oid", &[]).await?.get::<_, u32>(0);
        assert_eq!(shown.columns()[0].table_oid(), Some(table));
        Ok(())
    });
}

#[test]
fn transactions_end_and_errors_say_what_they_are() {
    run(|server| async move {
        let mut client = connect(&server).await?;
        client.batch_execute("CREATE TABLE t (id int8 PRIMARY KEY, a int4 CHECK (a > 0))").await?;
        let mut transaction = client.transaction().await?;
        transaction.execute("INSERT INTO t VALUES (1, 1)", &[]).await?;
        let savepoint = transaction.savepoint("s").await?;
        let refused = savepoint.execute("INSERT INTO t VALUES (1, 2)", &[]).await;
        assert_eq!(state(refused), Some(SqlState::UNIQUE_VIOLATION));
        assert_eq!(state(savepoint.query("SELECT 1", &[]).await), Some(SqlState::IN_FAILED_SQL_TRANSACTION));
        savepoint.rollback().await?;
        transaction.execute("INSERT INTO t VALUES (2, 2)", &[]).await?;
        transaction.commit().await?;
        let transaction = client.transaction().await?;
        transaction.execute("DELETE FROM t", &[]).await?;
        // What is not committed is undone.
        drop(transaction);
        assert_eq!(client.query_one("SELECT count(*) FROM t", &[]).await?.get::<_, i64>(0), 2);
        let broken = client.execute("UPDATE t SET a = $1", &[&-1_i32]).await.expect_err("a check");
        let about = broken.as_db_error().expect("the server says it");
        assert_eq!((about.code(), about.constraint()), (&SqlState::CHECK_VIOLATION, Some("t_a_check")));
        for (statement, expected) in [
            ("SELECT * FROM nowhere", SqlState::UNDEFINED_TABLE),
            ("SELECT missing FROM t", SqlState::UNDEFINED_COLUMN),
            ("SELEC 1", SqlState::SYNTAX_ERROR),
            ("SELECT 1 / 0", SqlState::DIVISION_BY_ZERO),
        ] {
            assert_eq!(state(client.query(statement, &[]).await), Some(expected), "{statement}");
        }
        let builder =
            client.build_transaction().isolation_level(IsolationLevel::Serializable).read_only(true);
        let reading = builder.start().await?;
        let refused = reading.execute("DELETE FROM t", &[]).await;
        assert_eq!(state(refused), Some(SqlState::READ_ONLY_SQL_TRANSACTION));
        reading.rollback().await?;
        let cancel = client.cancel_token();
        let cancelling = async {
            // The statement may not have begun when the first request comes.
            loop {
                cancel.cancel_query(NoTls).await.expect("the server takes it");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let sleeping = client.query("SELECT pg_sleep(1000)", &[]);
        let stopped = match future::select(pin!(sleeping), pin!(cancelling)).await {
            future::Either::Left((stopped, _)) => stopped,
            future::Either::Right(((), _)) => unreachable!("it goes on for ever"),
        };
        assert_eq!(state(stopped), Some(SqlState::QUERY_CANCELED));
        Ok(())
    });
}

#[test]
fn portals_give_their_rows_in_pieces() {
    run(|server| async move {
        let mut client = connect(&server).await?;
        let transaction = client.transaction().await?;
        let portal =
            transaction.bind("SELECT n * $1::int4 FROM generate_series(1, 10) AS n", &[&2_i32]).await?;
        let mut sizes = Vec::new();
        let mut sum = 0;
        loop {
            let rows = transaction.query_portal(&portal, 4).await?;
            sizes.push(rows.len());
            sum += rows.iter().map(|row| row.get::<_, i32>(0)).sum::<i32>();
            if rows.len() < 4 {
                break;
            }
        }
        assert_eq!((sizes, sum), (vec![4, 4, 2], 110));
        transaction.commit().await?;
        let rows =
            client.query_raw("SELECT n FROM generate_series(1, 5000) AS n", Vec::<String>::new()).await?;
        let count = pin!(rows).try_fold(0, |count, _| future::ready(Ok(count + 1))).await?;
        assert_eq!(count, 5000);
        Ok(())
    });
}

#[test]
fn rows_are_copied_as_text_and_in_binary_form() {
    run(|server| async move {
        let client = connect(&server).await?;
        client.batch_execute("CREATE TABLE t (id int8 PRIMARY KEY, a text, f float8)").await?;
        let mut sink = pin!(client.copy_in("COPY t FROM STDIN").await?);
        for piece in ["1\tone\t1.5\n2\t", "two\t\\N\n"] {
            sink.send(piece.as_bytes()).await?;
        }
        assert_eq!(sink.finish().await?, 2);
        let types = [Type::INT8, Type::TEXT, Type::FLOAT8];
        let sink = client.copy_in("COPY t FROM STDIN (FORMAT BINARY)").await?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        for id in 3..2003_i64 {
            writer.as_mut().write(&[&id, &format!("row {id}"), &(id % 2 == 0).then_some(0.5)]).await?;
        }
        assert_eq!(writer.finish().await?, 2000);
        let text: Vec<_> = client
            .copy_out("COPY (SELECT * FROM t WHERE id < 4 ORDER BY id) TO STDOUT")
            .await?
            .try_collect()
            .await?;
        assert_eq!(text.concat(), b"1\tone\t1.5\n2\ttwo\t\\N\n3\trow 3\t\\N\n");
        let stream = client.copy_out("COPY (SELECT * FROM t ORDER BY id) TO STDOUT (FORMAT BINARY)").await?;
        let mut rows = pin!(BinaryCopyOutStream::new(stream, &types));
        let mut count = 0;
        while let Some(row) = rows.next().await {
            let row = row?;
            count += 1;
            assert_eq!(row.get::<i64>(0), count);
        }
        assert_eq!(count, 2002);
        // A copy that is given up leaves nothing.
        let mut given_up = Box::pin(client.copy_in("COPY t FROM STDIN").await?);
        given_up.send(&b"9000\tx\t1\n"[..]).await?;
        drop(given_up);
        assert_eq!(client.query_one("SELECT max(id) FROM t", &[]).await?.get::<_, i64>(0), 2002);
        Ok(())
    });
}

#[test]
fn statements_that_are_sent_together_are_answered_in_their_order() {
    run(|server| async move {
        let client = connect(&server).await?;
        client.batch_execute("CREATE TABLE t (id int8 PRIMARY KEY)").await?;
        let insert = client.prepare("INSERT INTO t VALUES ($1)").await?;
        for id in (0..100_i64).step_by(4) {
            let one = |id: i64| client.execute_raw(&insert, [id]);
            let (a, b, c, d) = future::join4(one(id), one(id + 1), one(id + 2), one(id + 3)).await;
            assert_eq!((a?, b?, c?, d?), (1, 1, 1, 1));
        }
        // One that fails harms no other.
        let (first, second, third) = future::join3(
            client.query_one("SELECT 1::int4", &[]),
            client.execute_raw(&insert, [7_i64]),
            client.query_one("SELECT 2::int4", &[]),
        )
        .await;
        assert_eq!((first?.get::<_, i32>(0), third?.get::<_, i32>(0)), (1, 2));
        assert_eq!(state(second), Some(SqlState::UNIQUE_VIOLATION));
        let messages = client.simple_query("SELECT count(*) FROM t; SELECT 'x' AS y").await?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        assert_eq!(rows.collect::<Vec<_>>(), ["100", "x"]);
        Ok(())
    });
}
