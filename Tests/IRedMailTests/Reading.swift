import Foundation
import IRedMail
import Mail
import Storage
import StoreSupport
import Support

@testable import MailStore

extension IRedMailServer {
    convenience init(_ engine: ServerEngine, filledWith rows: IRedMailRows) throws {
        try self.init(engine)
        for (database, script) in rows.all { try run(database, script) }
    }
}

/// A server that was read.
final class Reading {
    let staged: StagedState
    let findings: [SourceFinding]
    let counts: [String: Int]
    let header: ExportFormat.Header
    private let directory: TemporaryDirectory

    convenience init(
        _ server: IRedMailServer, only: [String] = [], now: Moment = Moment(epoch: 1_790_000_000)
    ) throws {
        try self.init(.server(server.source), only: only, now: now)
    }

    init(_ source: IRedMailSource, only: [String] = [], now: Moment = Moment(epoch: 1_790_000_000)) throws {
        directory = try TemporaryDirectory()
        var found: [SourceFinding] = []
        staged = try StagedState(in: directory.path)
        let reader = IRedMailReader(
            source, into: staged, only: Set(only.compactMap { DomainName($0) }), now: now
        ) {
            found.append($0)
        }
        try reader.read()
        header = ExportFormat.Header(
            domains: reader.domainNames, hasServer: reader.takesServer, hasPasswords: true, hasUsage: true)
        findings = found
        counts = Dictionary(uniqueKeysWithValues: try reader.counts().map { ($0.table, $0.rows) })
    }

    /// Lines without their tabs, e.g. `changed domain Caps.Example it is written caps.example`.
    var lines: [String] { findings.map { $0.description.replacing("\t", with: " ") } }

    /// The values of a query between bars, a line for each row.
    func rows(_ file: StoreFile, _ query: String, _ columns: Int) throws -> [String] {
        try staged.database(file).all(SQL(trusted: query)) { row in
            (0..<columns).map { row.isNull($0) ? "NULL" : row.text($0) }.joined(separator: "|")
        }
    }

    /// Whether the report says that Postfix or Dovecot will answer otherwise to a key.
    func isNamed(_ key: String) -> Bool {
        let parts = key.split(separator: "@").map(String.init)
        let domain = parts.last ?? key
        let plain = parts.count == 2 ? "\(parts[0].prefix { $0 != "+" })@\(domain)" : key
        return findings.contains { finding in
            guard finding.kind == .differs else { return false }
            let name = finding.name.split(separator: " ").first?.lowercased() ?? ""
            // What is said of an alias domain or a domain holds for its addresses.
            return name == key || name == plain || ["alias_domain", "domain"].contains(finding.table) && name == domain
                || finding.reason.contains(" \(domain),")
        }
    }

    /// Takes everything into a state.
    func apply(to state: ReadersState) throws {
        let place = StatePlace.files(state.state)
        let plan = try StatePlan(staged, header, for: place)
        let findings = try plan.check(replaces: false)
        try plan.apply(findings, to: place, replaces: false, now: .now()) { _ in }
    }

    /// The rules that hold for an export hold for what was read, too.
    func check() throws {
        try StagedCheck(staged, header).run()
        let rows = try StateRows(staged)
        for table in try ExportedTable.all(usage: true) {
            let database = try rows.database(table.file)
            let stream = RowStream(try database.cursor(table.queryOfAll(in: database)), table) { _ in true }
            while let row = try stream.next() {
                if let flaw = table.flaw(in: row) {
                    throw Program.Failure(description: "\(table.name) \(table.name(of: row)): \(flaw)")
                }
            }
        }
    }
}
