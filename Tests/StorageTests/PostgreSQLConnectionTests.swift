import Storage
import Testing

/// Statements and values on one connection to a PostgreSQL server.
@Suite(.enabled(if: ScratchDatabase.isPossible, "needs a PostgreSQL server: Tests/postgresql"))
struct PostgreSQLConnectionTests {
    private let database: ScratchDatabase
    private let connection: PostgreSQLConnection

    init() throws {
        database = try ScratchDatabase(
            """
            CREATE TABLE thing (
              name TEXT PRIMARY KEY, number INT8, real FLOAT8, short FLOAT4, bytes BYTEA, flag BOOLEAN, letter CHAR(1),
              small INT2, sum NUMERIC)
            """)
        connection = try database.connect()
    }

    private func names() throws -> [String] {
        var names: [String] = []
        try connection.forEach("SELECT name FROM thing ORDER BY name") { names.append($0.text(0)) }
        return names
    }

    // MARK: Values

    @Test(arguments: [
        "", "x", " x ", "'; DROP TABLE thing; --", "%_", "ü📬", "\"", "\\", "\\\\x41", "\\000", "$1 ? ?1", "a\nb\r\tc",
        String(repeating: "x", count: 100_000), String(repeating: "\\'ü", count: 30_000),
    ])
    func aBoundTextComesBackAsItWas(_ text: String) throws {
        try connection.execute("INSERT INTO thing (name, bytes) VALUES (\(text), \(text))")
        let read = try connection.first("SELECT name, bytes, number FROM thing") { row in
            [row.text(0), row.text(1), try row.text("name"), row.withText(1) { String(decoding: $0, as: UTF8.self) }]
        }
        #expect(read == [text, text, text, text])
        #expect(try connection.first("SELECT 1 FROM thing WHERE bytes = \(text)") { $0.integer(0) } == 1)
    }

    @Test(arguments: ["\u{0}", "a\u{0}b", "ab\u{0}"])
    func aTextWithANULIsRefusedAndTheTransactionGoesOn(_ text: String) throws {
        try connection.beginWriting()
        try connection.execute("INSERT INTO thing (name) VALUES ('before')")
        connection.setSavepoint()
        try connection.execute("INSERT INTO thing (name) VALUES ('undone')")
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.execute("INSERT INTO thing (name) VALUES (\(text))")
        }
        #expect(error?.isConstraint == true && error?.isBusy == false && error?.isUnreachable == false)
        try connection.undoSavepoint()
        connection.setSavepoint()
        #expect(throws: PostgreSQLError.self) {
            try connection.execute("INSERT INTO thing (name) VALUES (\(text))")
        }
        try connection.undoSavepoint()
        try connection.execute("INSERT INTO thing (name) VALUES ('after')")
        try connection.commit()
        #expect(try names() == ["after", "before"])
    }

    @Test(arguments: [0, -1, 1, .max, .min, .max - 1, .min + 1])
    func aBoundNumberComesBackAsItWas(_ number: Int) throws {
        try connection.execute("INSERT INTO thing (name, number, sum) VALUES ('x', \(number), \(number))")
        try connection.first("SELECT number, sum FROM thing") { row in
            #expect(row.integer(0) == number && row.integer(1) == number && row.text(0) == String(number))
            guard case .integer(number) = row.cell(0), case .integer(number) = row.cell(1) else {
                Issue.record("another kind")
                return
            }
        }
    }

    @Test(arguments: [
        0, -0.5, 5, -5, 0.1, 1e300, -1e-300, .pi, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1 / 3,
    ])
    func aBoundRealComesBackAsItWas(_ number: Double) throws {
        try connection.execute("INSERT INTO thing (name, real) VALUES ('x', \(number))")
        try connection.first("SELECT real FROM thing") { row in
            #expect(row.real(0) == number)
            guard case .real(number) = row.cell(0) else {
                Issue.record("another kind")
                return
            }
        }
    }

    @Test(arguments: [(5, "5.0"), (-5, "-5.0"), (0, "0.0"), (6.9, "6.9"), (-0.25, "-0.25"), (1000, "1000.0")])
    func aWholeRealIsWrittenAsSQLiteDoes(_ number: Double, _ text: String) throws {
        try connection.execute("INSERT INTO thing (name, real, short) VALUES ('x', \(number), \(number))")
        let texts = try connection.first("SELECT real, short FROM thing") { [$0.text(0), $0.text(1)] }
        #expect(texts == [text, text])
    }

    @Test func nilIsNULL() throws {
        try connection.execute(
            """
            INSERT INTO thing (name, number, real, bytes, letter)
            VALUES ('x', \(Int?.none), \(Double?.none), \(String?.none), NULL)
            """)
        try connection.first("SELECT number, real, bytes, flag, letter, sum FROM thing") { row in
            for column in 0..<row.columnCount {
                #expect(row.isNull(column) && row.integer(column) == 0 && row.real(column) == 0)
                #expect(row.text(column) == "" && row.withText(column, \.isEmpty))
                guard case .null = row.cell(column) else {
                    Issue.record("\(row.name(column)) is not NULL")
                    continue
                }
            }
        }
    }

    @Test func aBooleanIsANumber() throws {
        try connection.script("INSERT INTO thing (name, flag) VALUES ('a', true), ('b', false)")
        var read: [String] = []
        try connection.forEach("SELECT flag, NOT flag, name > 'a' FROM thing ORDER BY name") { row in
            for column in 0..<3 {
                guard case .integer(let number) = row.cell(column) else { continue }
                read.append("\(number)\(row.integer(column))\(row.text(column))")
            }
        }
        #expect(read == ["111", "000", "000", "000", "111", "111"])
        #expect(try connection.first("SELECT EXISTS (SELECT 1 FROM thing)") { $0.integer(0) } == 1)
    }

    @Test func aSumIsANumber() throws {
        try connection.script(
            "INSERT INTO thing (name, number, real) VALUES ('a', 3, 1.5), ('b', 4, 1), ('c', NULL, 1)")
        try connection.first("SELECT sum(number), avg(number), sum(real), count(*), sum(sum) FROM thing") { row in
            #expect(row.integer(0) == 7 && row.real(0) == 7 && row.text(0) == "7")
            #expect(row.real(1) == 3.5 && row.real(2) == 3.5 && row.integer(3) == 3 && row.isNull(4))
            guard case .integer(7) = row.cell(0), case .real(3.5) = row.cell(1), case .real(3.5) = row.cell(2),
                case .integer(3) = row.cell(3), case .null = row.cell(4)
            else {
                Issue.record("other kinds")
                return
            }
        }
    }

    /// As SQLite does.
    @Test(arguments: [("1.5", 1), ("-1.5", -1), ("0.99", 0), ("2.0", 2)])
    func aRealReadAsANumberLosesItsFraction(_ text: String, _ number: Int) throws {
        let query = SQL(trusted: "SELECT CAST('\(text)' AS NUMERIC), CAST('\(text)' AS FLOAT8)")
        #expect(try connection.first(query) { [$0.integer(0), $0.integer(1)] } == [number, number])
    }

    @Test(arguments: ["Y", "", "ü"])
    func aLetterIsNotFilledUp(_ letter: String) throws {
        try connection.execute("INSERT INTO thing (name, letter) VALUES ('x', \(letter))")
        #expect(try connection.first("SELECT letter FROM thing") { $0.text(0) } == letter)
        #expect(try connection.first("SELECT 1 FROM thing WHERE letter = \(letter)") { $0.integer(0) } == 1)
    }

    @Test func columnsHaveNames() throws {
        let found = try connection.first("SELECT 1 AS one, 'two' AS two") { row in
            "\(row.name(0)) \(try row.integer("one")) \(row.name(1)) \(try row.text("two"))"
        }
        #expect(found == "one 1 two two")
        let error = #expect(throws: PostgreSQLError.self) {
            try connection.first("SELECT 1 AS one") { row in try row.integer("two") }
        }
        #expect(error?.description.contains("no column two") == true)
        let unusable = #expect(throws: PostgreSQLError.self) {
            try connection.first("SELECT 'x' AS number") { row in try row.get("number") { Int($0) } }
        }
        #expect(unusable?.description.contains("number") == true)
    }

    // MARK: Statements

    @Test func saysHowManyRowsChanged() throws {
        #expect(try connection.execute("INSERT INTO thing (name) VALUES ('a'), ('b'), ('c')") == 3)
        #expect(try connection.execute("UPDATE thing SET number = 1 WHERE name > \("a")") == 2)
        #expect(try connection.execute("INSERT INTO thing (name) VALUES ('a') ON CONFLICT DO NOTHING") == 0)
        #expect(try connection.execute("DELETE FROM thing WHERE name > \("a")") == 2)
        #expect(try connection.execute("DELETE FROM thing WHERE name = 'no'") == 0)
        #expect(try connection.execute("CREATE TABLE more (x INT4)") == 0)
    }

    @Test func noRowIsNil() throws {
        #expect(try connection.first("SELECT 1 WHERE false") { $0.integer(0) } == nil)
    }

    @Test(arguments: [0, 1, 3])
    func aWrongNumberOfValuesIsAnError(_ count: Int) throws {
        #expect(throws: PostgreSQLError.self) {
            try connection.execute(
                SQL(trusted: "SELECT CAST(? AS int), CAST(? AS int)", Array(repeating: .integer(1), count: count)))
        }
        #expect(try names() == [])
    }

    @Test func aScriptThatIsNoneIsRefused() throws {
        try connection.execute("INSERT INTO thing (name) VALUES ('a')")
        let error = try #require(throws: PostgreSQLError.self) {
            try connection.script("DELETE FROM thing; nonsense")
        }
        #expect(error.sqlState == "42601" && error.database == database.name && error.message.contains("nonsense"))
        #expect(try names() == ["a"])
    }

    @Test func oneStatementMayRunInsideItself() throws {
        try connection.execute("INSERT INTO thing (name) VALUES ('a'), ('b')")
        var pairs: [String] = []
        try connection.forEach("SELECT name FROM thing ORDER BY name") { outer in
            for inner in try names() { pairs.append(outer.text(0) + inner) }
            try connection.execute("UPDATE thing SET number = 1 WHERE name = \(outer.text(0))")
        }
        #expect(pairs == ["aa", "ab", "ba", "bb"])
    }

    @Test func aQueryLeftEarlyHoldsNothing() throws {
        try connection.execute("INSERT INTO thing (name) VALUES ('a'), ('b')")
        struct Enough: Error {}
        #expect(throws: Enough.self) { try connection.forEach("SELECT name FROM thing") { _ in throw Enough() } }
        #expect(try names() == ["a", "b"])
        #expect(connection.isOutsideTransaction)
    }

    /// More than a connection keeps, some of them while another runs; outside of a transaction, in a snapshot that has
    /// not begun yet, and behind a savepoint.
    @Test(arguments: ["outside", "snapshot", "savepoint"])
    func thereIsNoEndToStatements(_ place: String) throws {
        switch place {
        case "snapshot": connection.beginSnapshot()
        case "savepoint":
            try connection.beginWriting()
            connection.setSavepoint()
        default: break
        }
        var sums: [Int] = []
        try connection.forEach("SELECT 1 UNION SELECT 2 ORDER BY 1") { row in
            var sum = 0
            for number in 0..<900 {
                let query = SQL(trusted: "SELECT \(number) + CAST(? AS int8)", [.integer(row.integer(0))])
                sum += try connection.first(query) { $0.integer(0) } ?? 0
            }
            sums.append(sum + row.integer(0))
        }
        #expect(sums == [405_451, 406_352])
        let kept = try connection.first("SELECT count(*) FROM pg_prepared_statements") { $0.integer(0) }
        #expect(try #require(kept) <= 400)
        if place == "savepoint" {
            try connection.undoSavepoint()
            try connection.commit()
        } else {
            connection.rollback()
        }
    }

    /// Another program, or a newer Postern, changes the tables meanwhile.
    @Test(arguments: ["outside", "snapshot", "job"])
    func aStatementOutlivesAChangeOfTheTable(_ place: String) throws {
        let reader = try database.connect(.writer), other = try database.connect()
        func read() throws -> String {
            switch place {
            case "snapshot": reader.beginSnapshot()
            case "job":
                try reader.beginWriting()
                reader.setSavepoint()
            default: break
            }
            defer { reader.rollback() }
            let text = try reader.first("SELECT * FROM more") { row in
                (0..<row.columnCount).map { "\(row.name($0))=\(row.text($0))" }.joined(separator: " ")
            }
            return text ?? ""
        }
        try other.script("CREATE TABLE more (a TEXT, b TEXT); INSERT INTO more VALUES ('1', '2')")
        #expect(try read() == "a=1 b=2")
        try other.script("ALTER TABLE more ADD c INT4 NOT NULL DEFAULT 3")
        // A job has failed with it, and succeeds when it is done again.
        if place == "job" { #expect(throws: PostgreSQLError.self) { try read() } }
        #expect(try read() == "a=1 b=2 c=3")
        try other.script("ALTER TABLE more DROP b; ALTER TABLE more ALTER a TYPE INT8 USING CAST(a AS INT8)")
        if place == "job" { #expect(throws: PostgreSQLError.self) { try read() } }
        #expect(try read() == "a=1 c=3")
        #expect(try read() == "a=1 c=3")
    }

    @Test func aReaderRefusesEveryChange() throws {
        let reader = try database.connect(.reader)
        for text in ["INSERT INTO thing (name) VALUES ('a')", "CREATE TABLE more (x INT4)", "DELETE FROM thing"] {
            let error = #expect(throws: PostgreSQLError.self) { try reader.execute(SQL(trusted: text)) }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test(arguments: [
        ("DateStyle", "ISO, MDY"), ("TimeZone", "UTC"), ("bytea_output", "escape"), ("search_path", "public"),
        ("client_encoding", "UTF8"), ("standard_conforming_strings", "on"), ("lock_timeout", "500ms"),
        ("idle_in_transaction_session_timeout", "2min"), ("application_name", "postern"),
    ])
    func theWriterDoesNotDependOnTheServersConfiguration(_ setting: String, _ value: String) throws {
        let writer = try database.connect(.writer)
        #expect(try writer.first(SQL(trusted: "SHOW \(setting)")) { $0.text(0) } == value)
    }

    @Test func knowsItsHost() throws {
        let fresh = try database.connect()
        #expect(fresh.host == nil)
        _ = try fresh.first("SELECT 1") { $0.integer(0) }
        #expect(fresh.host?.hasSuffix(":5432") == true)
    }
}
