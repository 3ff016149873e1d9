import Foundation
import IRedMail
import Storage
import StoreSupport
import Support
import Testing

@testable import MailStore

/// What Postfix and Dovecot were answered by the old server's directory, and what they are answered here.
@Suite(
    .enabled(
        if: OpenLDAPServer.isInstalled && PostfixReader.isInstalled(for: "ldap")
            && ReadersEngine.ofPostfix.contains(.sqlite),
        "needs slapd, ldap-utils, postfix-ldap, postfix-sqlite"),
    .serialized)
struct DirectoryReadersTests {
    @Test func differOnlyWhereTheReportSaysSo() throws {
        let entries = DirectoryEntries(hashes: try DirectoryEntries.hashes())
        let server = try OpenLDAPServer(filledWith: entries)
        try server.start()
        let reading = try Reading(server)
        let state = try ReadersState(.sqlite, StoreFile.allCases)
        try reading.apply(to: state)

        let keys = Self.keys(entries)
        let addresses = keys.filter { $0.contains("@") && $0.first != "@" }
        let before = try DirectoryMaps(of: server).postfix()
        let reader = try state.postfixReader()
        let after = PostfixAnswers(
            reader,
            Dictionary(uniqueKeysWithValues: try DirectoryMaps.parameters.map { ($0, try reader.maps(of: $0)) }),
            in: state.directory)
        for answers in [before, after] {
            for parameter in DirectoryMaps.parameters { try answers.ask(parameter, keys) }
            try answers.askForWays(of: addresses)
        }
        let told = Told(reading.findings)
        var differing: Set<String> = []
        func compare(_ name: String, _ key: String, _ passes: Set<String>, _ value: (PostfixAnswers) -> [String]) {
            let (old, new) = (value(before), value(after))
            guard old != new else { return }
            differing.insert(key)
            let wasUnknown = before.way(of: key).ends == [key] && before.resolved("virtual_mailbox_maps", key).isEmpty
            let isTold = told.explains(key, passes, of: name, wasUnknown: wasUnknown)
            #expect(
                isTold, "\(name) \(key): \(old) \(new)")
        }
        for key in keys where !key.contains("@") {
            for parameter in ["virtual_mailbox_domains", "relay_domains"] {
                compare(parameter, key, []) { $0.resolved(parameter, key).isEmpty ? ["no"] : ["yes"] }
            }
            compare("transport_maps", key, []) { $0.resolved("transport_maps", key).sorted() }
        }
        for key in addresses {
            let passes = before.way(of: key).passes.union(after.way(of: key).passes)
            compare("virtual_alias_maps", key, passes) { $0.way(of: key).ends.sorted() }
            let domain = String(key.drop { $0 != "@" }.dropFirst())
            func isServed(_ answers: PostfixAnswers) -> Bool {
                ["virtual_mailbox_domains", "relay_domains"].contains { !answers.resolved($0, domain).isEmpty }
            }
            // Of what is not for a domain here Postfix does not ask whether there is such an account.
            if isServed(before), isServed(after) {
                compare("virtual_mailbox_maps", key, passes) { answers in
                    ["virtual_mailbox_maps", "virtual_alias_maps"].allSatisfy { answers.resolved($0, key).isEmpty }
                        ? ["unknown"] : ["known"]
                }
            }
            // Mail goes to where an address leads in the end.
            if before.way(of: key).ends == [key], after.way(of: key).ends == [key] {
                compare("transport_maps", key, passes) { $0.resolved("transport_maps", key).sorted() }
            }
            for parameter in [
                "sender_bcc_maps", "recipient_bcc_maps", "smtpd_sender_login_maps", "sender_dependent_relayhost_maps",
            ] {
                // A login belongs to the account that it names.
                let accounts = parameter == "smtpd_sender_login_maps" ? before.resolved(parameter, key) : []
                compare(parameter, key, Set([key]).union(accounts)) { $0.resolved(parameter, key).sorted() }
            }
        }
        // The comparison can fail: some differences there are.
        for key in [
            "o'brien@d1.example", "user@off.example", "double@d2.example", "user2@d2.example", "five@d3.example",
            "no-deliver@d7.example", "nobody@alias4.example", "user1@alias4.example",
        ] { #expect(differing.contains(key), "\(key)") }
    }

    /// What the report says of answers that will be others.
    private struct Told {
        private let ofAddresses: Set<String>
        private let ofDomains: [String: [String]]

        init(_ findings: [SourceFinding]) {
            var addresses: Set<String> = []
            var domains: [String: [String]] = [:]
            for finding in findings where finding.kind == .differs {
                let name = finding.name.split(separator: " ").first?.lowercased() ?? ""
                if ["domain", "alias_domain"].contains(finding.table) {
                    domains[name, default: []].append(finding.reason)
                } else {
                    addresses.insert(name)
                }
            }
            ofAddresses = addresses
            ofDomains = domains
        }

        /// - Parameter wasUnknown: nobody had the address before.
        func explains(_ key: String, _ passes: Set<String>, of parameter: String, wasUnknown: Bool) -> Bool {
            let plain = key.firstIndex(of: "+").map { "\(key[..<$0])\(key.drop { $0 != "@" })" } ?? key
            if !ofAddresses.isDisjoint(with: passes.union([key, plain])) { return true }
            let domains = passes.union([key]).map { String($0.split(separator: "@").last ?? "") }
            return domains.flatMap { ofDomains[$0] ?? [] }.contains { reason in
                if reason.contains("by a per-user alias") { return parameter == "smtpd_sender_login_maps" }
                if reason.contains("answers below it") { return wasUnknown }
                return true
            }
        }
    }

    /// Of the crowd, some domains; every other address and domain, and some that nobody has.
    private static func keys(_ entries: DirectoryEntries) -> [String] {
        let sample = entries.keys.filter { key in
            key.firstMatch(of: /@d[0-9]+\.example$/) == nil || key.firstMatch(of: /@d[0-9]\.example$/) != nil
        }
        let domains = ["d0", "d1", "d4", "d7", "alias0", "alias4", "off-alias", "off", "mx", "caps", "odd", "unserved"]
        let others = domains.map { "\($0).example" }.flatMap { ["nobody@\($0)", "user1+text@\($0)", $0] }
        return Set(sample.union(others)).sorted()
    }

    @Test(.enabled(if: ProcessUser.isRoot && DovecotServer.isInstalled && ReadersEngine.ofDovecot.contains(.sqlite)))
    func passwordsOfEverySchemeLetTheirUsersIn() throws {
        let entries = DirectoryEntries(hashes: try DirectoryEntries.hashes())
        let server = try OpenLDAPServer(filledWith: entries)
        try server.start()
        let reading = try Reading(server)
        let state = try ReadersState(.sqlite, StoreFile.allCases)
        try reading.apply(to: state)
        let dovecot = try DovecotServer(configuration: state.dovecot)
        func accepts(_ user: String, _ password: String, _ service: String = "imap") throws -> Bool {
            try dovecot.accepts(user, password, service: service, secured: "tls")
        }
        for (scheme, address) in entries.userOfScheme {
            for password in [DirectoryEntries.password, "wrong"] {
                let isRight = password == DirectoryEntries.password
                let name = DirectoryEntries.dn(ofUser: address)
                #expect(try server.accepts(name, password) == isRight, "\(scheme)")
                #expect(try accepts(address, password) == isRight, "\(scheme)")
            }
        }
        for (user, service, isOn) in [
            ("no-imap", "imap", false), ("no-imap", "pop3", true), ("nosmtptls", "imap", true),
            ("nosmtptls", "smtp", false), ("no-password", "imap", false),
        ] {
            #expect(
                try accepts("\(user)@d1.example", DirectoryEntries.password, service) == isOn, "\(user) \(service)")
        }
        let two = [DirectoryEntries.password, DirectoryEntries.otherPassword]
        let name = DirectoryEntries.dn(ofUser: "two-passwords@d1.example")
        #expect(try two.allSatisfy { try server.accepts(name, $0) })
        #expect(try two.filter { try accepts("two-passwords@d1.example", $0) }.count == 1)
        for (user, home, quota) in [
            ("user1@d0.example", "/var/vmail/vmail1/d0.example/user1-2019.03.04.05.06.07/", nil),
            ("capitals@d1.example", "/var/vmail/vmail1/d1.example/cap/", 1 << 30),
            ("oldest@d1.example", "/srv/mail/vmail2/d1.example/o/ol/oldest-2009.01.02.03.04.05/", 1 << 30),
            ("odd-quota@d1.example", "/var/vmail/vmail1/d1.example/odd-quota-2019.03.04.05.06.07/", 2 << 20),
            ("tiny@d1.example", "/var/vmail/vmail1/d1.example/tiny-2019.03.04.05.06.07/", 1 << 20),
            ("huge@d1.example", "/var/vmail/vmail1/d1.example/huge-2019.03.04.05.06.07/", 1 << 62),
        ] as [(String, String, Int?)] {
            let found = try #require(try dovecot.userdb(user), "\(user)")
            #expect(found.home == home)
            if let quota { #expect(found.quota == quota, "\(user)") }
        }
    }
}
