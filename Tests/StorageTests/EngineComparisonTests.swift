import Support
import Testing

@testable import Storage

/// Both engines do the same.
@Suite(.enabled(if: ScratchDatabase.isPossible, "needs a PostgreSQL server: Tests/postgresql"))
struct EngineComparisonTests {
    private let directory: TemporaryDirectory
    private let database: ScratchDatabase
    private let engines: [Engine]

    init() throws {
        directory = try TemporaryDirectory()
        let file = Engine.sqlite(try SQLiteConnection(directory.path + "/test.db", .creator))
        try file.script(
            "CREATE TABLE thing (k TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0, r REAL, t TEXT)")
        database = try ScratchDatabase(
            """
            CREATE TABLE thing (
              k TEXT COLLATE "C" PRIMARY KEY, n INT8 NOT NULL DEFAULT 0, r FLOAT8, t TEXT COLLATE "C")
            """)
        engines = [file, .postgresql(try database.connect(.writer))]
    }

    private static let texts = [
        "", "a", "b", "B", "ä", "📬", "a b", "%", "_", "it's", "\\", "\"", "10", "9", "a@b", "\n",
    ]
    private static let numbers = [0, 1, -1, 2, 7, 1_000_000, .max, .min]
    private static let reals = [0, 0.5, -1, 6.9, 1e20, -1e-7, 3]

    private func statement(_ numbers: inout SeededNumbers) -> SQL {
        let key = numbers.pick(Self.texts), other = numbers.pick(Self.texts)
        let text = numbers.chance(25) ? nil : numbers.pick(Self.texts)
        let number = numbers.pick(Self.numbers)
        let real = numbers.chance(25) ? nil : numbers.pick(Self.reals)
        switch Int.random(in: 0..<12, using: &numbers) {
        case 0, 1, 2: return "INSERT INTO thing (k, n, r, t) VALUES (\(key), \(number), \(real), \(text))"
        case 3: return "INSERT INTO thing (k, t) VALUES (\(key), \(text)) ON CONFLICT DO NOTHING"
        case 4:
            return """
                INSERT INTO thing (k, n) VALUES (\(key), \(number))
                    ON CONFLICT (k) DO UPDATE SET n = excluded.n, t = NULL
                """
        case 5: return "UPDATE thing SET t = \(text), r = \(real) WHERE k >= \(key)"
        case 6: return "UPDATE thing SET n = GREATEST(LEAST(n, 5), \(number)) WHERE t IS DISTINCT FROM \(other)"
        case 7: return "UPDATE thing SET n = n + 1 WHERE k = \(key) AND n < 100"
        case 8: return "UPDATE thing SET k = \(other) WHERE k = \(key)"
        case 9: return "UPDATE thing SET t = substr(t, instr(t, '@') + 1) WHERE k > \(key) AND r > 0.2"
        case 10: return "DELETE FROM thing WHERE k = \(key)"
        default: return "INSERT INTO thing (k, n, r) SELECT t, n, r FROM thing WHERE k = \(key)"
        }
    }

    /// What became of a statement: how many rows it changed, or that a constraint refused it.
    private func outcome(_ statement: SQL, _ engine: Engine) throws -> String {
        try engine.setSavepoint()
        do {
            let count = try engine.execute(statement)
            try engine.releaseSavepoint()
            return "\(count)"
        } catch let error as SQLiteError where error.isConstraint {
            try engine.undoSavepoint()
            return "refused"
        } catch let error as PostgreSQLError where error.isConstraint {
            try engine.undoSavepoint()
            return "refused"
        }
    }

    private func rows(_ engine: Engine) throws -> [String] {
        try engine.all("SELECT k, n, r, t, n > 1, r IS NULL FROM thing ORDER BY k") { row in
            let cells = (0..<row.columnCount).map { column in
                switch row.cell(column) {
                case .null: "NULL"
                case .integer(let number): "\(number)"
                case .real(let number): "\(number)r"
                case .text(let bytes): "'\(String(decoding: bytes, as: UTF8.self))'"
                }
            }
            return (cells + ["\(row.integer(1))", "\(row.real(2))", row.text(3)]).joined(separator: ", ")
        }
    }

    @Test func theSameStatementsGiveTheSameRows() throws {
        var numbers = SeededNumbers()
        let seed = numbers.seed
        for round in 0..<40 {
            for engine in engines { try engine.beginWriting() }
            for _ in 0..<Int.random(in: 1...15, using: &numbers) {
                let statement = statement(&numbers)
                let outcomes = try engines.map { try outcome(statement, $0) }
                try #require(outcomes[0] == outcomes[1], "seed \(seed): \(statement.text) \(statement.values)")
                let rows = try engines.map(rows)
                try #require(rows[0] == rows[1], "seed \(seed): \(statement.text) \(statement.values)")
            }
            for engine in engines { if round % 4 == 3 { engine.rollback() } else { try engine.commit() } }
            let rows = try engines.map(rows)
            try #require(rows[0] == rows[1], "seed \(seed), round \(round)")
        }
    }

    /// Two at a time on one connection, with more rows than a server gives at once, and one that is left early.
    @Test func cursorsGiveTheRowsOneByOne() throws {
        for engine in engines {
            for number in 0..<1200 {
                try engine.execute("INSERT INTO thing (k, n) VALUES (\("k\(10_000 + number)"), \(number))")
            }
            try engine.beginSnapshot()
            let up = try engine.cursor("SELECT n FROM thing WHERE n >= \(100) ORDER BY k")
            let down = try engine.cursor("SELECT n FROM thing ORDER BY k DESC")
            for number in 100..<1200 {
                #expect(try up.next { $0.integer(0) } == number)
                #expect(try down.next { $0.integer(0) } == 1299 - number)
            }
            #expect(try up.next { $0.integer(0) } == nil && up.next { $0.integer(0) } == nil)
            engine.rollback()
        }
    }
}
