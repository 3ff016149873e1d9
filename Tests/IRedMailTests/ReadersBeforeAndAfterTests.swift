import Foundation
import IRedMail
import Storage
import StoreSupport
import Support
import Testing

@testable import MailStore

/// What Postfix and Dovecot were answered on the old server, and what they are answered here.
@Suite(
    .enabled(
        if: !ServerEngine.installed.isEmpty && ReadersEngine.ofPostfix.contains(.sqlite),
        "needs postfix-sqlite, and mariadb-server or postgresql"),
    .serialized)
struct ReadersBeforeAndAfterTests {
    @Test(arguments: ServerEngine.installed)
    func differOnlyWhereTheReportSaysSo(_ engine: ServerEngine) throws {
        let rows = IRedMailRows(for: engine, hashes: try IRedMailRows.hashes())
        let server = try IRedMailServer(engine, filledWith: rows)
        let reading = try Reading(server)
        let state = try ReadersState(.sqlite, StoreFile.allCases)
        try reading.apply(to: state)

        let keys = Self.keys(rows)
        let old = try OldMaps.answers(of: server, to: keys)
        let postfix = try state.postfixReader()
        var differing: Set<String> = []
        for (parameter, queries) in OldMaps.all {
            let maps = try postfix.maps(of: parameter)
            #expect(maps.count == queries.count, "\(parameter)")
            var new: [String: Set<String>] = [:]
            for (index, map) in maps.enumerated() {
                for (key, answer) in try postfix.query(map: map, keys: keys) {
                    new["\(parameter)/\(index) \(key)"] = Set(answer.split(separator: ",").map(String.init))
                }
            }
            for key in keys where Self.isAsked(parameter, key) {
                let before = OldMaps.resolved(parameter, key, tables: queries.count) { old[$0] }
                var after = OldMaps.resolved(parameter, key, tables: queries.count) { new[$0] }
                // A mailbox without a row of its own has got one, which leads to itself.
                if parameter == "virtual_alias_maps", before.isEmpty, after == [key] { after = [] }
                // Of a mailbox only counts whether there is one; the rest is read as the reader told that it is written.
                let isEqual =
                    parameter == "virtual_mailbox_maps"
                    ? before.isEmpty == after.isEmpty : Set(before.flatMap(Self.destinations)) == after
                guard !isEqual else { continue }
                differing.insert(key)
                #expect(reading.isNamed(key), "\(parameter) \(key): \(before.sorted()) \(after.sorted())")
            }
        }
        // The comparison can fail: some differences there are.
        for key in ["o'brien@d1.example", "left@d3.example", "user@off-alias.example"] {
            #expect(differing.contains(key), "\(key)")
        }
        #expect(differing.count < 40, "\(differing.sorted())")
    }

    /// Whether Postfix asks a table of addresses or of domains for a key; that of everybody in a domain only after an
    /// address, by which it is compared.
    private static func isAsked(_ parameter: String, _ key: String) -> Bool {
        switch parameter {
        case "virtual_mailbox_domains", "relay_domains": !key.contains("@")
        case "transport_maps": key.first != "@"
        default: key.contains("@") && key.first != "@"
        }
    }

    /// Every address and domain of the sample, and some that nobody has.
    private static func keys(_ rows: IRedMailRows) -> [String] {
        // Of the crowd, some domains.
        let sample = Set(rows.keys.map { $0.lowercased() }).filter { key in
            key.firstMatch(of: /@d[0-9]+\.example$/) == nil || key.firstMatch(of: /@d[013457]\.example$/) != nil
        }
        let domains = [
            "d0", "d1", "d3", "d4", "d5", "d6", "d7", "alias0", "alias4", "off-alias", "off", "mx", "caps", "odd",
        ]
        .map { "\($0).example" }
        let others = domains.flatMap { ["user1@\($0)", "nobody@\($0)", "user1+text@\($0)", "@\($0)", $0] }
        return Set(sample.union(others)).sorted()
    }

    /// What a row leads to, as it is written here.
    private static func destinations(_ text: String) -> [String] {
        text.lowercased().split(separator: ",").map { part in
            let trimmed = part.trimmingCharacters(in: .whitespaces)
            return trimmed.hasSuffix(".") ? String(trimmed.dropLast()) : trimmed
        }
    }

    @Test(
        .enabled(if: ProcessUser.isRoot && DovecotServer.isInstalled && ReadersEngine.ofDovecot.contains(.sqlite)),
        arguments: ServerEngine.installed)
    func passwordsOfEverySchemeLetTheirUsersIn(_ engine: ServerEngine) throws {
        let rows = IRedMailRows(for: engine, hashes: try IRedMailRows.hashes())
        let reading = try Reading(try IRedMailServer(engine, filledWith: rows))
        let state = try ReadersState(.sqlite, StoreFile.allCases)
        try reading.apply(to: state)
        let dovecot = try DovecotServer(configuration: state.dovecot)
        for (scheme, address) in rows.mailboxOfScheme {
            #expect(try dovecot.accepts(address, IRedMailRows.password, service: "imap"), "\(scheme)")
            #expect(try !dovecot.accepts(address, "wrong", service: "imap"), "\(scheme)")
        }
        // Who may not send, may not do so over TLS either: the column of that name is not there on the old server.
        let blocked = "nosmtp@d1.example"
        #expect(try dovecot.accepts(blocked, IRedMailRows.password, service: "imap", secured: "tls"))
        #expect(try !dovecot.accepts(blocked, IRedMailRows.password, service: "smtp", secured: "tls"))
        #expect(
            try dovecot.userdb("user1@d0.example")?.home == "/var/vmail/vmail1/d0.example/user1-2019.03.04.05.06.07/")
        #expect(try dovecot.userdb("huge@d1.example")?.quota == 0)
    }
}
