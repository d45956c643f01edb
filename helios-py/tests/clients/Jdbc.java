// What pgjdbc does with a server, told line by line.
//
// In: the port of a server that knows the database `app` and lets the user `helios` in. Out: lines that are the same for
// every server that answers as PostgreSQL does.

import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

public class Jdbc {
    static void tell(String what, Object value) {
        System.out.println(what + ": " + value);
    }

    /** The rows of a result, with all columns or with those that are named. */
    static List<String> rows(ResultSet result, String... columns) throws SQLException {
        List<String> names = new ArrayList<>(Arrays.asList(columns));
        ResultSetMetaData about = result.getMetaData();
        for (int n = 1; columns.length == 0 && n <= about.getColumnCount(); n++) names.add(about.getColumnLabel(n));
        List<String> rows = new ArrayList<>();
        while (result.next()) {
            StringJoiner row = new StringJoiner("|");
            for (String name : names) row.add(String.valueOf(result.getString(name)));
            rows.add(row.toString());
        }
        result.close();
        return rows;
    }

    static String refused(Statement statement, String sql) {
        try {
            statement.execute(sql);
            return "nothing was refused";
        } catch (SQLException error) {
            return error.getSQLState() + " " + error.getMessage().lines().findFirst().orElse("");
        }
    }

    static void types(Connection connection) throws SQLException {
        Statement statement = connection.createStatement();
        statement.execute("CREATE TABLE kinds (id bigserial PRIMARY KEY, s int2, n int4, g int8, f float8, r float4,"
            + " d numeric(10,2), t text, v varchar(10), b bytea, ok boolean, at timestamp, tz timestamptz, day date,"
            + " clock time, tags text[], numbers int4[], u uuid)");
        String insert = "INSERT INTO kinds (s, n, g, f, r, d, t, v, b, ok, at, tz, day, clock, tags, numbers, u)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        PreparedStatement prepared = connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS);
        // From the fifth time on, the driver names the statement and asks for binary values.
        for (int time = 1; time <= 8; time++) {
            prepared.setShort(1, (short) time);
            prepared.setInt(2, time * 100);
            prepared.setLong(3, (1L << 40) + time);
            prepared.setDouble(4, time + 0.5);
            prepared.setFloat(5, time + 0.25f);
            prepared.setBigDecimal(6, new BigDecimal("12.5" + time));
            prepared.setString(7, "text " + time);
            prepared.setString(8, "v" + time);
            prepared.setBytes(9, new byte[] {0, (byte) time, -1});
            prepared.setBoolean(10, time % 2 == 0);
            prepared.setTimestamp(11, Timestamp.valueOf("2024-01-02 03:04:05.678"));
            prepared.setObject(12, java.time.OffsetDateTime.parse("2024-01-02T03:04:05.678Z"));
            prepared.setDate(13, java.sql.Date.valueOf("2024-02-29"));
            prepared.setTime(14, Time.valueOf("12:34:56"));
            prepared.setArray(15, connection.createArrayOf("text", new String[] {"a", "b,c", null}));
            prepared.setArray(16, connection.createArrayOf("int4", new Integer[] {1, 2, time}));
            prepared.setObject(17, UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
            prepared.executeUpdate();
            ResultSet keys = prepared.getGeneratedKeys();
            keys.next();
            if (keys.getInt("id") != time) tell("key", keys.getInt("id"));
        }
        PreparedStatement query = connection.prepareStatement("SELECT * FROM kinds WHERE n = ? ORDER BY id");
        for (int time = 1; time <= 8; time++) {
            query.setInt(1, time * 100);
            ResultSet found = query.executeQuery();
            found.next();
            tell("row", List.of(found.getShort("s"), found.getInt("n"), found.getLong("g"), found.getDouble("f"),
                found.getFloat("r"), found.getBigDecimal("d"), found.getString("t"), found.getString("v"),
                Arrays.toString(found.getBytes("b")), found.getBoolean("ok"), found.getTimestamp("at"),
                found.getObject("tz", java.time.OffsetDateTime.class), found.getDate("day"), found.getTime("clock"),
                Arrays.toString((Object[]) found.getArray("tags").getArray()),
                Arrays.toString((Object[]) found.getArray("numbers").getArray()), found.getObject("u")));
        }
        ResultSetMetaData about = query.executeQuery().getMetaData();
        for (int n = 1; n <= about.getColumnCount(); n++) {
            tell("column", about.getColumnName(n) + " " + about.getColumnTypeName(n) + " " + about.getColumnClassName(n)
                + " " + about.isNullable(n) + " " + about.isAutoIncrement(n) + " " + about.getTableName(n)
                + " " + about.getPrecision(n) + " " + about.getScale(n));
        }
        statement.execute("INSERT INTO kinds (n) VALUES (NULL)");
        tell("nulls", rows(statement.executeQuery("SELECT * FROM kinds WHERE t IS NULL")));
    }

    static void transactions(Connection connection) throws SQLException {
        Statement statement = connection.createStatement();
        statement.execute("CREATE TABLE ledger (id int8 PRIMARY KEY, amount int NOT NULL CHECK (amount >= 0))");
        connection.setAutoCommit(false);
        statement.execute("INSERT INTO ledger VALUES (1, 10)");
        tell("duplicate", refused(statement, "INSERT INTO ledger VALUES (1, 20)"));
        tell("failed", refused(statement, "SELECT 1"));
        connection.rollback();
        tell("rolled back", rows(statement.executeQuery("SELECT count(*) FROM ledger")));
        statement.execute("INSERT INTO ledger VALUES (1, 10)");
        Savepoint one = connection.setSavepoint();
        tell("check", refused(statement, "UPDATE ledger SET amount = -1"));
        connection.rollback(one);
        Savepoint two = connection.setSavepoint("two");
        statement.execute("UPDATE ledger SET amount = amount + 1");
        connection.releaseSavepoint(two);
        connection.commit();
        tell("committed", rows(statement.executeQuery("SELECT * FROM ledger")));
        PreparedStatement batch = connection.prepareStatement("INSERT INTO ledger VALUES (?, ?)");
        for (int n = 2; n <= 40; n++) {
            batch.setInt(1, n);
            batch.setInt(2, n * 10);
            batch.addBatch();
        }
        tell("batch", Arrays.toString(batch.executeBatch()));
        connection.commit();
        batch.setInt(1, 50);
        batch.setInt(2, 1);
        batch.addBatch();
        batch.setInt(1, 40);
        batch.addBatch();
        try {
            batch.executeBatch();
        } catch (BatchUpdateException error) {
            tell("batch is refused", error.getSQLState());
        }
        connection.rollback();
        tell("all or none", rows(statement.executeQuery("SELECT count(*), max(id) FROM ledger")));
        connection.commit();
        for (int level : new int[] {Connection.TRANSACTION_SERIALIZABLE, Connection.TRANSACTION_READ_COMMITTED}) {
            connection.setTransactionIsolation(level);
            tell("isolation", rows(statement.executeQuery("SHOW transaction_isolation")));
            connection.commit();
        }
        connection.setReadOnly(true);
        tell("reading alone", refused(statement, "DELETE FROM ledger"));
        connection.rollback();
        connection.setReadOnly(false);
        statement.setFetchSize(7);
        ResultSet cursor = statement.executeQuery("SELECT id FROM ledger ORDER BY id");
        int sum = 0;
        while (cursor.next()) sum += cursor.getInt(1);
        tell("by sevens", sum);
        statement.setMaxRows(3);
        tell("three", rows(statement.executeQuery("SELECT id FROM ledger ORDER BY id")));
        statement.setMaxRows(0);
        connection.commit();
        connection.setAutoCommit(true);
        for (String wrong : List.of("SELECT * FROM nowhere", "SELECT missing FROM ledger", "SELEC 1",
            "INSERT INTO ledger VALUES (99, NULL)", "SELECT 1 / 0")) {
            tell(wrong, refused(statement, wrong));
        }
        statement.setQueryTimeout(1);
        tell("timeout", refused(statement, "SELECT pg_sleep(100)"));
        tell("valid", connection.isValid(10));
    }

    static void copies(Connection connection) throws Exception {
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        tell("copied in", copy.copyIn("COPY ledger FROM STDIN (FORMAT csv)", new StringReader("60,1\n61,2\n")));
        StringWriter out = new StringWriter();
        tell("copied out", copy.copyOut("COPY (SELECT * FROM ledger WHERE id > 38 ORDER BY id) TO STDOUT", out));
        tell("text", out.toString().replace("\n", "/"));
        try {
            copy.copyIn("COPY ledger FROM STDIN", new StringReader("70\tx\n"));
        } catch (SQLException error) {
            tell("bad line", error.getSQLState());
        }
    }

    static void catalog(Connection connection) throws SQLException {
        Statement statement = connection.createStatement();
        statement.execute("CREATE TABLE parent (a int, b varchar(20), PRIMARY KEY (a, b))");
        statement.execute("CREATE TABLE child (id bigserial PRIMARY KEY, a int, b varchar(20), note text DEFAULT 'none',"
            + " price numeric(8, 3), FOREIGN KEY (a, b) REFERENCES parent (a, b) ON DELETE CASCADE)");
        statement.execute("CREATE INDEX child_note ON child (note, price)");
        statement.execute("CREATE VIEW notes AS SELECT id, note FROM child");
        DatabaseMetaData about = connection.getMetaData();
        tell("tables", rows(about.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"}), "TABLE_NAME",
            "TABLE_TYPE"));
        tell("columns", rows(about.getColumns(null, "public", "%", "%"), "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE",
            "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE", "ORDINAL_POSITION"));
        for (String table : List.of("parent", "child", "kinds")) {
            tell("key", rows(about.getPrimaryKeys(null, "public", table), "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ",
                "PK_NAME"));
            tell("imported", rows(about.getImportedKeys(null, "public", table), "PKTABLE_NAME", "PKCOLUMN_NAME",
                "FKTABLE_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "UPDATE_RULE", "DELETE_RULE", "FK_NAME", "PK_NAME"));
            tell("exported", rows(about.getExportedKeys(null, "public", table), "FKTABLE_NAME", "FKCOLUMN_NAME"));
            tell("indexes", rows(about.getIndexInfo(null, "public", table, false, false), "INDEX_NAME", "NON_UNIQUE",
                "ORDINAL_POSITION", "COLUMN_NAME", "ASC_OR_DESC"));
            tell("row id", rows(about.getBestRowIdentifier(null, "public", table, 0, true), "COLUMN_NAME", "TYPE_NAME"));
        }
        tell("schemas", rows(about.getSchemas(), "TABLE_SCHEM").contains("public"));
        tell("table types", rows(about.getTableTypes()).contains("TABLE"));
        tell("version", about.getDatabaseMajorVersion());
        Set<String> known = new TreeSet<>(rows(about.getTypeInfo(), "TYPE_NAME"));
        for (String type : List.of("int4", "int8", "text", "varchar", "numeric", "bool", "timestamptz", "bytea")) {
            if (!known.contains(type)) tell("missing type", type);
        }
        tell("functions", rows(about.getFunctions(null, "public", "%"), "FUNCTION_NAME"));
    }

    public static void main(String[] arguments) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        String url = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/app?user=helios&password=any";
        try (Connection connection = DriverManager.getConnection(url)) {
            types(connection);
            transactions(connection);
            copies(connection);
            catalog(connection);
        }
        try (Connection simple = DriverManager.getConnection(url + "&preferQueryMode=simple")) {
            PreparedStatement query = simple.prepareStatement("SELECT t FROM kinds WHERE n = ? AND ok = ?");
            query.setInt(1, 200);
            query.setBoolean(2, true);
            tell("simple", rows(query.executeQuery()));
        }
    }
}
