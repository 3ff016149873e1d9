@testable import MailStore
import Storage
import Testing

/// What SQLite's result codes mean for whoever uses a store. https://www.sqlite.org/rescode.html
struct StoreErrorTests {
    @Test(
        arguments: [
            (5, .busy), (6, .busy), (261, .busy), (19, .constraint), (2067, .constraint), (11, .damaged),
            (26, .damaged), (1034, .lost), (1290, .lost), (13, .full), (1, .other), (8, .other), (10, .other),
            (14, .other),
        ] as [(Int32, StoreError.Kind)])
    func eachCodeHasItsKind(_ code: Int32, _ kind: StoreError.Kind) {
        let error = StoreError(SQLiteError(code: code, message: "m", path: "/p"))
        #expect(error.kind == kind)
        #expect(error.description == "/p: m (SQLite \(code))" && error.database == "/p" && error.message == "m")
    }
}
