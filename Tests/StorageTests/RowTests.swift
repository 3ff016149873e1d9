import Support
import Testing

@testable import Storage

struct RowTests {
    private let directory: TemporaryDirectory
    private let connection: SQLiteConnection

    init() throws {
        directory = try TemporaryDirectory()
        connection = try SQLiteConnection(directory.path + "/test.db", .creator)
    }

    /// More than a connection keeps, some of them while another runs.
    @Test func thereIsNoEndToStatements() throws {
        let sums = try connection.all("SELECT 1 UNION SELECT 2") { row in
            var sum = 0
            for number in 0..<500 {
                let query = SQL(trusted: "SELECT \(number) + ?", [.integer(row.integer(0))])
                sum += try connection.first(query) { $0.integer(0) } ?? 0
            }
            return sum
        }
        #expect(sums == [125_250, 125_750])
    }

    @Test func knowsItsColumnsByPlaceAndName() throws {
        let found = try connection.first("SELECT 1 AS one, 'two' AS two, NULL AS three, 1.5 AS four") { row in
            #expect((0..<row.columnCount).map { row.name($0) } == ["one", "two", "three", "four"])
            guard case .integer(1) = row.cell(0), case .text(let text) = row.cell(1), case .null = row.cell(2),
                case .real(1.5) = row.cell(3)
            else { return "other kinds" }
            #expect(text.elementsEqual("two".utf8))
            #expect((0..<row.columnCount).map { row.isNull($0) } == [false, false, true, false])
            return "\(try row.integer("one")) \(try row.text("two"))"
        }
        #expect(found == "1 two")
    }

    @Test func aWrongNameIsAnErrorThatNamesIt() throws {
        let error = #expect(throws: SQLiteError.self) {
            try connection.first("SELECT 1 AS one") { row in try row.integer("two") }
        }
        #expect(error?.description.contains("two") == true)
    }

    @Test func aValueThatIsNoneOfOursIsAnError() throws {
        let error = #expect(throws: SQLiteError.self) {
            try connection.first("SELECT 'x' AS number") { row in
                try row.get("number") { Int($0) }
            }
        }
        #expect(error?.description.contains("number") == true)
        #expect(
            try connection.first("SELECT '7' AS number") { row in
                try row.get("number") { Int($0) }
            } == 7)
    }

    @Test func noRowIsNil() throws {
        #expect(try connection.first("SELECT 1 WHERE 0") { $0.integer(0) } == nil)
    }
}

struct SQLTests {
    @Test func everyInterpolationIsABoundValue() {
        let sql: SQL = "SELECT \(1), \("x'y"), \(String?.none)"
        #expect(sql.text == "SELECT ?, ?, ?")
        #expect(sql.values == [.integer(1), .text("x'y"), .null])
    }

    @Test func statementsAreToldApartByTheirText() throws {
        func one(_ value: Int) -> SQL { "SELECT \(value)" }
        func two(_ table: StaticString) -> SQL { "SELECT 1 FROM \(name: table)" }
        #expect(one(1).source == one(2).source)
        #expect(one(1).source != ("SELECT 1" as SQL).source)
        #expect(two("a").source != two("b").source && two("a").text == "SELECT 1 FROM a")
        #expect(SQL(trusted: "SELECT a").source != SQL(trusted: "SELECT b").source)
        #expect(SQL(trusted: "SELECT a").source == SQL(trusted: "SELECT a", [.integer(1)]).source)
    }

    @Test func aLiteralBindsNothing() {
        let sql: SQL = "SELECT 1"
        #expect(sql.text == "SELECT 1")
        #expect(sql.values == [])
    }

    @Test(arguments: [0, 1, 3])
    func aWrongNumberOfValuesIsAnError(_ count: Int) throws {
        let directory = try TemporaryDirectory()
        let connection = try SQLiteConnection(directory.path + "/test.db", .creator)
        #expect(throws: SQLiteError.self) {
            try connection.execute(SQL(trusted: "SELECT ?, ?", Array(repeating: .integer(1), count: count)))
        }
    }
}

struct SQLiteErrorTests {
    @Test(
        arguments: [
            (5, [true, false, false, false, false]), (6, [true, false, false, false, false]),
            (261, [true, false, false, false, false]),
            (19, [false, true, false, false, false]), (2067, [false, true, false, false, false]),
            (8, [false, false, false, false, false]),
            (11, [false, false, false, true, false]), (26, [false, false, false, true, false]),
            (1034, [false, false, false, false, true]),
            (1290, [false, false, false, false, true]), (10, [false, false, false, false, false]),
            (13, [false, false, true, false, false]),
        ] as [(Int32, [Bool])])
    func knowsWhatHappened(_ code: Int32, _ kinds: [Bool]) {
        let error = SQLiteError(code: code, message: "m", path: "/p")
        #expect([error.isBusy, error.isConstraint, error.isFull, error.isCorrupt, error.isSyncFailure] == kinds)
    }
}
