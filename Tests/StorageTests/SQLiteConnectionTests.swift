import Foundation
import Glibc
import Storage
import Support
import Testing

/// One connection: `Storage.md` 2.
struct SQLiteConnectionTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let writer: SQLiteConnection

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/test.db"
        writer = try SQLiteConnection(path, .creator)
        try writer.script("CREATE TABLE thing (name TEXT PRIMARY KEY, number INTEGER); CREATE TABLE other (x)")
    }

    private func names(_ connection: SQLiteConnection) throws -> [String] {
        try connection.all("SELECT name FROM thing ORDER BY name") { $0.text(0) }
    }

    @Test(arguments: [
        "", "x", "'; DROP TABLE thing; --", "%_", "ü📬", "a\u{0}b", "\"", String(repeating: "x", count: 100_000),
    ])
    func aBoundTextComesBackAsItWas(_ text: String) throws {
        try writer.execute("INSERT INTO thing (name) VALUES (\(text))")
        #expect(try names(writer) == [text])
    }

    @Test(arguments: [0, -1, 1, .max, .min])
    func aBoundNumberComesBackAsItWas(_ number: Int) throws {
        try writer.execute("INSERT INTO thing (name, number) VALUES ('x', \(number))")
        #expect(
            try writer.first("SELECT number FROM thing") { row in try row.integer("number") }
                == number)
    }

    @Test func nilIsNULL() throws {
        try writer.execute("INSERT INTO thing (name, number) VALUES ('x', \(Int?.none))")
        let isNull = try writer.first("SELECT number FROM thing") { row in
            row.isNull(0) && row.integer(0) == 0 && row.text(0) == ""
        }
        #expect(isNull == true)
    }

    @Test func saysHowManyRowsChanged() throws {
        #expect(try writer.execute("INSERT INTO thing (name) VALUES ('a'), ('b'), ('c')") == 3)
        #expect(try writer.execute("DELETE FROM thing WHERE name > \("a")") == 2)
        #expect(try writer.execute("DELETE FROM thing WHERE name = 'no'") == 0)
    }

    @Test func aScriptThatIsNoneIsRefused() throws {
        let error = try #require(throws: SQLiteError.self) { try writer.script("DELETE FROM thing; nonsense") }
        #expect(error.code == 1 && error.path == path && error.message.contains("nonsense"))
    }

    /// A database in memory keeps no log.
    @Test func whereNoWriteAheadLogCanBeNothingIsOpened() throws {
        let error = try #require(throws: SQLiteError.self) { try SQLiteConnection(":memory:", .creator) }
        #expect(error.message == "the write-ahead log cannot be used here")
    }

    @Test func oneStatementMayRunInsideItself() throws {
        try writer.execute("INSERT INTO thing (name) VALUES ('a'), ('b')")
        var pairs: [String] = []
        try writer.forEach("SELECT name FROM thing ORDER BY name") { outer in
            for inner in try names(writer) { pairs.append(outer.text(0) + inner) }
        }
        #expect(pairs == ["aa", "ab", "ba", "bb"])
    }

    @Test func aQueryLeftEarlyHoldsNothing() throws {
        try writer.execute("INSERT INTO thing (name) VALUES ('a'), ('b')")
        let reader = try SQLiteConnection(path, .reader)
        struct Enough: Error {}
        #expect(throws: Enough.self) { try reader.forEach("SELECT name FROM thing") { _ in throw Enough() } }
        _ = try reader.first("SELECT name FROM thing") { $0.text(0) }
        #expect(reader.isOutsideTransaction)
        try writer.script("PRAGMA wal_checkpoint(TRUNCATE)")
        #expect(try reader.all("SELECT name FROM thing") { $0.text(0) }.count == 2)
    }

    @Test func aReaderRefusesEveryChange() throws {
        let reader = try SQLiteConnection(path, .reader)
        for text in ["INSERT INTO thing (name) VALUES ('a')", "CREATE TABLE more (x)", "DELETE FROM thing"] {
            let error = #expect(throws: SQLiteError.self) { try reader.execute(SQL(trusted: text)) }
            #expect(error.map { $0.code & 0xff } == 8, "SQLITE_READONLY")
        }
    }

    @Test func aReaderSeesWhatWasCommittedAndKeepsASnapshot() throws {
        let reader = try SQLiteConnection(path, .reader)
        try reader.execute("BEGIN")
        #expect(try names(reader) == [])
        try writer.execute("INSERT INTO thing (name) VALUES ('a')")
        #expect(try names(reader) == [])
        try reader.execute("COMMIT")
        #expect(try names(reader) == ["a"])
    }

    @Test func aDoubledKeyIsAConstraint() throws {
        try writer.execute("INSERT INTO thing (name) VALUES ('a')")
        let error = #expect(throws: SQLiteError.self) { try writer.execute("INSERT INTO thing (name) VALUES ('a')") }
        #expect(error?.isConstraint == true && error?.isBusy == false)
    }

    @Test func aMissingFileIsNotMade() {
        let missing = directory.path + "/missing.db"
        #expect(throws: SQLiteError.self) { try SQLiteConnection(missing, .reader) }
        #expect(throws: SQLiteError.self) { try SQLiteConnection(missing, .writer(synchronous: .full)) }
        #expect(!FileManager.default.fileExists(atPath: missing))
    }

    @Test func whatIsNoDatabaseIsCorrupt() throws {
        let file = try directory.write("text.db", String(repeating: "no database at all. ", count: 100))
        let error = #expect(throws: SQLiteError.self) { try SQLiteConnection(file, .writer(synchronous: .full)) }
        #expect(error?.isCorrupt == true)
    }

    /// An empty file, which a rollback journal makes a database of first, and one without side files.
    @Test(arguments: [true, false])
    func theSideFilesAreOpenBeforeTheFirstStatement(_ isEmpty: Bool) throws {
        let fresh = directory.path + "/fresh.db"
        if isEmpty {
            try directory.write("fresh.db", "")
        } else {
            _ = try SQLiteConnection(fresh, .creator)
            for suffix in ["-wal", "-shm"] { try #require(unlink(fresh + suffix) == 0) }
        }
        let connection = try SQLiteConnection(fresh, .writer(synchronous: .full))
        for suffix in ["-wal", "-shm"] {
            try #require(rename(fresh + suffix, fresh + suffix + ".away") == 0)
            // By its name it could not be opened any more.
            try #require(mkdir(fresh + suffix, 0o700) == 0)
        }
        try connection.script("CREATE TABLE thing (name TEXT); INSERT INTO thing VALUES ('x')")
        #expect(try names(connection) == ["x"])
    }

    @Test func aSymbolicLinkIsNotFollowed() throws {
        let link = directory.path + "/link.db"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(throws: SQLiteError.self) { try SQLiteConnection(link, .reader) }
    }

    @Test func theSideFilesOutliveTheLastConnection() throws {
        let own = directory.path + "/own.db"
        do {
            let connection = try SQLiteConnection(own, .creator)
            try connection.script("CREATE TABLE thing (name TEXT)")
        }
        for suffix in ["-wal", "-shm"] { #expect(FileManager.default.fileExists(atPath: own + suffix)) }
    }

    @Test(arguments: [
        ("journal_mode", "wal"), ("synchronous", "2"), ("busy_timeout", "5000"), ("trusted_schema", "0"),
        ("journal_size_limit", "67108864"), ("mmap_size", "0"),
    ])
    func theWriterKeepsTheRulesOfStorage(_ pragma: String, _ value: String) throws {
        let connection = try SQLiteConnection(path, .writer(synchronous: .full))
        #expect(
            try connection.first(SQL(trusted: "PRAGMA \(pragma)")) { $0.text(0) } ?? "0"
                == value)
    }

    @Test(arguments: [("query_only", "1"), ("wal_autocheckpoint", "0"), ("busy_timeout", "5000")])
    func theReaderKeepsTheRulesOfStorage(_ pragma: String, _ value: String) throws {
        let connection = try SQLiteConnection(path, .reader)
        #expect(
            try connection.first(SQL(trusted: "PRAGMA \(pragma)")) { $0.text(0) } == value
        )
    }

    @Test func theSchemaCannotBeWrittenToDirectly() throws {
        try writer.script("PRAGMA writable_schema=ON")
        #expect(throws: SQLiteError.self) { try writer.execute("UPDATE sqlite_master SET sql = ''") }
    }

    /// A log or an index that is another file under a second name would be written over.
    @Test(arguments: ["", "-wal", "-shm"], ["a link", "a second name", "a named pipe", "a directory"])
    func onlyAFileOfItsOwnIsOpened(_ suffix: String, _ what: String) throws {
        let other = "\(directory.path)/other.db", target = try directory.write("target", "precious")
        do { _ = try SQLiteConnection(other, .creator) }
        let planted = other + suffix
        unlink(planted)
        switch what {
        case "a link": #expect(symlink(target, planted) == 0)
        case "a second name": #expect(link(target, planted) == 0)
        case "a named pipe": #expect(mkfifo(planted, 0o600) == 0)
        default: #expect(mkdir(planted, 0o700) == 0)
        }
        for mode in [SQLiteConnection.Mode.reader, .writer(synchronous: .full), .creator] {
            #expect(throws: SQLiteError.self) {
                let connection = try SQLiteConnection(other, mode)
                try connection.script("SELECT count(*) FROM sqlite_schema")
            }
        }
        #expect(try directory.read("target") == "precious")
    }
}
