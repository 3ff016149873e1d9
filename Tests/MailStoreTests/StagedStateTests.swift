import Foundation
import Mail
@testable import MailStore
import Storage
import Support
import Testing

/// Temporary databases with a state that is to be taken over.
struct StagedStateTests {
    private let parent: TemporaryDirectory

    init() throws { parent = try TemporaryDirectory() }

    private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: parent.path) } }

    @Test func takesRowsWithTheTablesOwnDefaults() throws {
        let staged = try StagedState(in: parent.path)
        #expect(try staged.add("domain", [("domain", "a.example".sqlValue), ("maxquota", 5.sqlValue)]))
        let row = try staged.database(.vmail).first("SELECT domain, maxquota, transport FROM domain") { row in
            "\(row.text(0)) \(row.integer(1)) \(row.text(2))"
        }
        #expect(row == "a.example 5 dovecot")
    }

    @Test(arguments: [
        ("domain", ["domain"]), ("forwardings", ["address", "forwarding"]), ("users", ["email"]),
        ("greylisting", ["account", "sender"]), ("last_login", ["username", "domain"]),
    ])
    func refusesASecondRowWithTheSameKey(_ table: String, _ keys: [String]) throws {
        let staged = try StagedState(in: parent.path)
        let values = keys.map { (column: $0, value: "a.example".sqlValue) }
        #expect(try staged.add(table, values))
        #expect(try !staged.add(table, values))
        #expect(try staged.database(with: table).number(SQL(trusted: "SELECT COUNT(*) FROM \(table)")) == 1)
    }

    @Test func throwsForAValueThatTheTableDoesNotTake() throws {
        let staged = try StagedState(in: parent.path)
        let error = #expect(throws: StoreError.self) { try staged.add("users", [("email", "A@a.example".sqlValue)]) }
        #expect(error?.kind == .constraint)
        #expect(throws: StoreError.self) { try staged.add("sessions", []) }
    }

    @Test func hasNoRowsOfItsOwn() throws {
        let staged = try StagedState(in: parent.path)
        for file in StagedState.files {
            for table in Schema.references(for: file).map(\.table) {
                #expect(try staged.database(file).number(SQL(trusted: "SELECT COUNT(*) FROM \(table)")) == 0)
            }
        }
    }

    @Test(
        arguments: [
            ("/v/n/a/B/", "/v/n/a/b/"), ("//v/./n//a/b", "/v/n/a/b/"), ("/v/n/É", "/v/n/é/"), ("/", "/"), ("", "/"),
            ("/v/../n/a", "/v/../n/a/"), ("/v/n/..", "/v/n/../"), ("/v/n/...", "/v/n/.../"),
        ])
    func directoriesAreComparedAsTheFileSystemTakesThem(_ directory: String, _ place: String) {
        #expect(MailboxPath.place(of: directory) == place)
    }

    /// Most lines name nobody, and a day has many: each is looked for among those of its second.
    @Test func aLongHistoryIsTakenOnceAndTwinsStay() throws {
        let staged = try StagedState(in: parent.path)
        for number in 0..<20_000 {
            let time = Moment(epoch: 1_700_000_000 + number / 3).timestamp
            try staged.add("log", [("timestamp", .text(time)), ("msg", .text("line \(number / 2)"))])
        }
        try staged.add("deleted_mailboxes", [("username", "a@a.example".sqlValue), ("maildir", "/v/a".sqlValue)])
        let state = try WriterState()
        let start = ContinuousClock.now
        #expect(try staged.addHistory(to: state.place) == 20_001)
        #expect(try staged.addHistory(to: state.place) == 0)
        // By names, of which all are the same, it takes minutes.
        #expect(ContinuousClock.now - start < .seconds(20))
        let count = try Store(state.place, .reader).vmail.number("SELECT count(*) FROM log")
        #expect(count == 20_000)
    }

    @Test func nobodyElseMayReadIt() throws {
        let staged = try StagedState(in: parent.path)
        let directory = "\(parent.path)/\(try #require(names.first))"
        var paths = [directory]
        paths += try FileManager.default.contentsOfDirectory(atPath: directory).map { "\(directory)/\($0)" }
        #expect(paths.count > StagedState.files.count)
        for path in paths {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == (path == directory ? 0o700 : 0o600))
        }
        withExtendedLifetime(staged) {}
    }

    @Test func goesWithTheValueAndLeavesNothing() throws {
        do {
            let staged = try StagedState(in: parent.path)
            try staged.add("domain", [("domain", "a.example".sqlValue)])
        }
        #expect(try names.isEmpty)
    }

    /// A killed process holds no lock any more.
    @Test func removesWhatAKilledProcessLeftAndNothingElse() throws {
        let living = try StagedState(in: parent.path)
        let kept = try names
        for name in ["staged-1-2", "mine"] {
            try FileManager.default.createDirectory(
                atPath: "\(parent.path)/\(name)", withIntermediateDirectories: false)
            try parent.write("\(name)/vmail.db", "left over")
        }
        let next = try StagedState(in: parent.path)
        #expect(try names.contains("mine"))
        #expect(try !names.contains("staged-1-2"))
        #expect(try Set(kept).isSubset(of: names))
        try living.add("domain", [("domain", "a.example".sqlValue)])
        withExtendedLifetime(next) {}
    }
}
