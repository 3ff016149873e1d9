import Storage
import Testing

/// The columns of tables, and who is told of changed rows.
@Suite(.enabled(if: ScratchDatabase.isPossible, "needs a PostgreSQL server: Tests/postgresql"))
struct PostgreSQLTablesTests {
    private let database: ScratchDatabase
    private let connection: PostgreSQLConnection

    init() throws {
        database = try ScratchDatabase(
            """
            CREATE TABLE thing (
              a TEXT NOT NULL DEFAULT '', b INT8 NOT NULL DEFAULT -1, c FLOAT8 DEFAULT 1.5, d FLOAT4 NOT NULL DEFAULT 0,
              e TEXT DEFAULT 'it''s', f TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 00:00:00',
              g TEXT DEFAULT current_user, h INT2, i BYTEA NOT NULL DEFAULT '', j SERIAL, k CHAR(1) DEFAULT 'Y',
              l BOOLEAN NOT NULL DEFAULT false, m TEXT DEFAULT 'a' || 'b', n NUMERIC DEFAULT 7, gone TEXT, o TEXT,
              p TEXT DEFAULT '5', PRIMARY KEY (b, a));
            ALTER TABLE thing DROP gone;
            CREATE TABLE other (x TEXT);
            CREATE VIEW seen AS SELECT x FROM other;
            CREATE INDEX by_x ON other (x);
            CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE NOTICE USING MESSAGE = 'postern.audit', TABLE = TG_TABLE_NAME,
                HINT = coalesce(OLD::TEXT, ''), DETAIL = coalesce(NEW::TEXT, '');
              RETURN NULL;
            END $$;
            CREATE TRIGGER postern_audit AFTER INSERT OR UPDATE OR DELETE ON thing FOR EACH ROW
              WHEN (current_setting('postern.audit', true) = 'on') EXECUTE FUNCTION tell();
            """)
        connection = try database.connect(.writer)
    }

    @Test func knowsTheColumnsOfAllTables() throws {
        let tables = try connection.columns()
        #expect(tables.keys.sorted() == ["other", "thing"])
        #expect(tables["other"]?.map(\.name) == ["x"])
        let columns = try #require(tables["thing"])
        #expect(
            columns.map { "\($0.name) \($0.kind) \($0.fallback)" } == [
                "a text text(\"\")", "b integer integer(-1)", "c real real(1.5)", "d real integer(0)",
                "e text text(\"it\\'s\")", "f text text(\"1970-01-01 00:00:00\")", "g text null", "h integer null",
                "i text text(\"\")", "j integer null", "k text text(\"Y\")", "l text null", "m text null",
                "n integer integer(7)", "o text null", "p text text(\"5\")",
            ])
        #expect(columns.filter(\.isKey).map(\.name) == ["a", "b"])
    }

    /// What was told: the kind, and the named columns before and after.
    private final class Told {
        private let connection: PostgreSQLConnection
        var all: [String] = []

        init(_ connection: PostgreSQLConnection) { self.connection = connection }

        /// They come when the connection settles.
        var changes: [String] {
            get {
                #expect(throws: Never.self) { try connection.settle() }
                return all
            }
            set { all = newValue }
        }
    }

    private func watch(_ connection: PostgreSQLConnection, _ names: [String]) throws -> Told {
        let told = Told(connection)
        let columns = try connection.columns()
        let numbers = try names.map { name in
            try #require(columns["thing"]?.firstIndex { $0.name == name })
        }
        try connection.watchChanges(columns) { change in
            func text(_ value: (Int) -> SQL.Value) -> String { numbers.map { "\(value($0))" }.joined(separator: " ") }
            #expect(change.columnCount == columns[change.table]?.count)
            for number in numbers { #expect(change.becomes(change.new(number), number)) }
            told.all.append("\(change.kind) \(change.table): \(text(change.old)) > \(text(change.new))")
        }
        return told
    }

    @Test func eachChangedRowIsTold() throws {
        let told = try watch(connection, ["a", "b", "d", "o"])
        try connection.execute("INSERT INTO thing (a, b, d) VALUES (\("it's \"ü📬\\"), 1, 2), ('b', 2, 2.5)")
        #expect(
            told.changes == [
                #"insert thing: null null null null > text("it\'s \"ü📬\\") integer(1) real(2.0) null"#,
                #"insert thing: null null null null > text("b") integer(2) real(2.5) null"#,
            ])
        told.changes = []
        try connection.execute("UPDATE thing SET o = 'x', d = 0 WHERE b = 2")
        #expect(
            told.changes == [
                #"update thing: text("b") integer(2) real(2.5) null > text("b") integer(2) real(0.0) text("x")"#
            ])
        told.changes = []
        try connection.execute("UPDATE thing SET o = 'x' WHERE b = 7")
        #expect(try connection.execute("DELETE FROM thing") == 2)
        #expect(
            told.changes.sorted() == [
                #"delete thing: text("b") integer(2) real(0.0) text("x") > null null null null"#,
                #"delete thing: text("it\'s \"ü📬\\") integer(1) real(2.0) null > null null null null"#,
            ])
    }

    @Test func otherKindsOfValuesAreTold() throws {
        let told = try watch(connection, ["c", "d", "h", "k", "n", "b"])
        try connection.execute(
            "INSERT INTO thing (b, c, d, h, k, n) VALUES (\(Int.min), 1e300, 0.1, -3, 'N', \(Int.max))")
        try connection.execute(
            "INSERT INTO thing (b, c, d, h, k, n) VALUES (\(Int.max), 5, -5, NULL, NULL, 12.5)")
        #expect(
            told.changes == [
                """
                insert thing: null null null null null null > real(1e+300) real(0.1) integer(-3) text("N") \
                integer(9223372036854775807) integer(-9223372036854775808)
                """,
                """
                insert thing: null null null null null null > real(5.0) real(-5.0) null null real(12.5) \
                integer(9223372036854775807)
                """,
            ])
    }

    @Test func whatIsQuotedIsToldAsItIs() throws {
        let told = try watch(connection, ["a", "e", "i", "l"])
        let texts = ["", ",", "(a,b)", "\"", "\\", "a\nb\t", " ", "NULL", "\"\\\"", "ü📬"]
        for (number, text) in texts.enumerated() {
            try connection.execute("INSERT INTO thing (a, b, e, i, l) VALUES (\(text), \(number), NULL, \(text), true)")
        }
        #expect(
            told.changes
                == texts.map { text in
                    let value = "\(SQL.Value.text(text))"
                    return "insert thing: null null null null > \(value) null \(value) integer(1)"
                })
    }

    /// Another program may add columns at any time.
    @Test func aColumnThatCameSinceIsLeftOut() throws {
        let told = try watch(connection, ["a", "p"])
        try connection.execute("INSERT INTO thing (a) VALUES ('x')")
        try database.connect().script("ALTER TABLE thing ADD q TEXT NOT NULL DEFAULT 'q'")
        try connection.execute("UPDATE thing SET p = '6'")
        #expect(
            told.changes == [
                #"insert thing: null null > text("x") text("5")"#,
                #"update thing: text("x") text("5") > text("x") text("6")"#,
            ])
    }

    @Test func othersChangesAreNotTold() throws {
        let told = try watch(connection, ["a"])
        let other = try database.connect(.writer)
        try other.execute("INSERT INTO thing (a) VALUES ('x')")
        try other.script("DO $$ BEGIN RAISE NOTICE 'postern.audit'; END $$")
        _ = try connection.first("SELECT count(*) FROM thing") { $0.integer(0) }
        #expect(told.changes == [])
        // Other notices are nothing to it.
        try connection.script("DO $$ BEGIN RAISE NOTICE 'postern.audit'; RAISE NOTICE 'x'; END $$")
        try connection.execute("INSERT INTO other (x) VALUES ('x')")
        #expect(told.changes == [])
    }

    @Test func undoneChangesAreNotTold() throws {
        let told = try watch(connection, ["a"])
        try connection.beginWriting()
        connection.setSavepoint()
        try connection.execute("INSERT INTO thing (a) VALUES ('x')")
        #expect(told.all == [])
        try connection.undoSavepoint()
        connection.setSavepoint()
        try connection.execute("INSERT INTO thing (a, b) VALUES ('y', 1)")
        #expect(told.changes == ["insert thing: null > text(\"y\")"])
        connection.releaseSavepoint()
        connection.setSavepoint()
        #expect(throws: PostgreSQLError.self) {
            try connection.execute("INSERT INTO thing (a, b) VALUES ('z', 1), ('y', 1)")
        }
        try connection.undoSavepoint()
        #expect(told.changes.count == 1)
        try connection.commit()
        #expect(told.changes.count == 1)
    }

    @Test func aNewConnectionIsWatchedAsWell() throws {
        let told = try watch(connection, ["a"])
        try database.terminate(connection)
        try connection.beginWriting()
        try connection.execute("INSERT INTO thing (a) VALUES ('x')")
        try connection.commit()
        #expect(told.changes == ["insert thing: null > text(\"x\")"])
    }

    @Test func manyChangesOfOneStatementAreTold() throws {
        let told = try watch(connection, ["b"])
        let count = try connection.execute("INSERT INTO thing (b) SELECT generate_series(1, 5000)")
        #expect(count == 5000 && told.changes.count == 5000)
        #expect(told.changes.last == "insert thing: null > integer(5000)")
    }
}
