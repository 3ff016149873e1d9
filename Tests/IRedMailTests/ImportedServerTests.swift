import Foundation
import IRedMail
import Mail
import Storage
import Support
import Testing

@testable import MailStore

/// What becomes of an iRedMail server's rows.
@Suite(.enabled(if: !ServerEngine.installed.isEmpty, "needs mariadb-server or postgresql"), .serialized)
struct ImportedServerTests {
    /// A server that was read.
    private final class Reading {
        let staged: StagedState
        private(set) var findings: [String] = []
        private(set) var counts: [String: Int] = [:]
        private let directory: TemporaryDirectory

        init(_ server: IRedMailServer, only: [String] = []) throws {
            directory = try TemporaryDirectory()
            staged = try StagedState(in: directory.path)
            let reader = IRedMailReader(
                try server.source, into: staged, only: Set(only.compactMap(DomainName.init))
            ) { [unowned self] in findings.append($0.description) }
            try reader.read()
            counts = Dictionary(uniqueKeysWithValues: try reader.counts().map { ($0.table, $0.rows) })
        }

        /// The values of a query between bars, a line for each row.
        func rows(_ file: StoreFile, _ query: String, _ columns: Int) throws -> [String] {
            try staged.database(file).all(SQL(trusted: query)) { row in
                (0..<columns).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(separator: "|")
            }
        }
    }

    private func filled(_ engine: ServerEngine) throws -> IRedMailServer {
        let server = try IRedMailServer(engine)
        for (database, script) in IRedMailRows(for: engine, hashes: try IRedMailRows.hashes()).all {
            try server.run(database, script)
        }
        return server
    }

    @Test(arguments: ServerEngine.installed)
    func everythingIsTakenOrToldOf(_ engine: ServerEngine) throws {
        let server = try filled(engine)
        let before = try server.checksums()
        let reading = try Reading(server)
        #expect(try server.checksums() == before)
        for finding in reading.findings { print(finding) }
        print(reading.counts)
    }
}
