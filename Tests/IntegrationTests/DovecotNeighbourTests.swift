import Foundation
import Support
import Testing

extension IntegrationTests {
    /// What changes of a user, and of his domain, do to what Dovecot answers.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: DovecotServer.isInstalled, "needs dovecot, openssl"),
        .enabled(
            if: DovecotServer.isInstalled(for: "pgsql") && PostgreSQLCluster.isInstalled,
            "needs dovecot-pgsql, postgresql"),
        .onEachEngine, .namingTheEngine)
    final class DovecotNeighbourTests {
        private static let anna = "anna@open.example"
        private static let password = "First-pw-1"

        private let system: MailSystem
        private let dovecot: DovecotServer

        init() throws {
            system = try MailSystem()
            dovecot = try system.makeDovecot()
            for domain in ["open.example", "other.example"] { try system.add(domain: domain) }
            try system.add(user: Self.anna, Self.password, [("maildir", "\(system.postern.mail)/node/anna")])
        }

        deinit { dovecot.stop() }

        private func change(_ form: [(String, String)]) throws {
            try system.client.change(.put, "/api/user/\(Self.anna)", form)
        }

        /// Which services let anna in: of each the ways that are open, Plain, Secured and TLS.
        private func open() throws -> String {
            try ["imap", "pop3", "smtp", "sieve"].map { service in
                let ways = try [("P", nil), ("S", "secured"), ("T", "tls")].filter { _, secured in
                    try dovecot.accepts(Self.anna, Self.password, service: service, secured: secured)
                }
                return "\(service):\(ways.map(\.0).joined())"
            }.joined(separator: " ")
        }

        /// Change, who may log in how after it, and whether mail is delivered.
        @Test(.onFilesOnly) func servicesAreOpenAsTheyAreSwitched() throws {
            #expect(try open() == "imap:PST pop3:PST smtp:PST sieve:PST")
            for (form, expected, delivers) in [
                ([("removeService", "imap")], "imap: pop3:PST smtp:PST sieve:PST", true),
                ([("addService", "imaptls")], "imap:T pop3:PST smtp:PST sieve:PST", true),
                (
                    [("addService", "imap"), ("removeService", "imapsecured,pop3")],
                    "imap:PT pop3: smtp:PST sieve:PST", true
                ),
                ([("services", "pop3secured,smtptls,managesieve")], "imap: pop3:S smtp:T sieve:PST", false),
                (
                    [("removeService", "managesievetls,smtp"), ("addService", "deliver")],
                    "imap: pop3:S smtp: sieve:PS", true
                ),
                (
                    [("addService", "managesievetls"), ("removeService", "deliver")],
                    "imap: pop3:S smtp: sieve:PST", false
                ),
                ([("services", "")], "imap: pop3: smtp: sieve:", false),
                ([("services", "imap,pop3,smtp,managesieve,deliver")], "imap:PST pop3:PST smtp:PST sieve:PST", true),
            ] as [([(String, String)], String, Bool)] {
                try change(form)
                #expect(try open() == expected, "\(form)")
                #expect(try dovecot.deliver("Subject: x\n\nx\n", to: Self.anna) == delivers, "\(form)")
            }
        }

        /// Real logins, by the ways of `open()`: from elsewhere, from the server itself, over TLS.
        @Test(.onFilesOnly) func aSingleServiceIsOneWayIn() throws {
            for (services, open) in [
                ("imap", "imap:PST pop3:"), ("imapsecured", "imap:S pop3:"), ("imaptls", "imap:T pop3:"),
                ("pop3", "imap: pop3:PST"), ("pop3secured", "imap: pop3:S"), ("pop3tls", "imap: pop3:T"),
            ] {
                try change([("services", services)])
                let found = try MailAccess.allCases.map { access in
                    let ways = try zip(DovecotServer.Connection.allCases, "PST").filter { connection, _ in
                        try dovecot.login(Self.anna, Self.password, by: access, over: connection)
                    }
                    return "\(access.rawValue):\(String(ways.map(\.1)))"
                }
                #expect(found.joined(separator: " ") == open, "\(services)")
            }
        }

        /// What Dovecot counts and notes of a user, and that the API shows it.
        @Test func whatComesInIsCountedAndLoginsAreNoted() throws {
            let path = "/api/user/\(Self.anna)"
            for (count, delivery) in DovecotServer.Delivery.allCases.enumerated() {
                #expect(try dovecot.deliver("Subject: x\n\nx\n", to: Self.anna, by: delivery), "\(delivery)")
                let isShown = try Program.wait(atMost: .seconds(10)) {
                    let text = try system.client.send(.get, path).text
                    return text.contains("\"stored_messages\": \(count + 1),") && !text.contains("\"stored_bytes\": 0,")
                }
                #expect(isShown, "\(delivery) \(dovecot.log)")
            }
            for (access, noted) in zip(MailAccess.allCases, ["1||1", "1|1|1"]) {
                #expect(try dovecot.login(Self.anna, Self.password, by: access))
                let isNoted = try Program.wait(atMost: .seconds(10)) {
                    let times = ["imap", "pop3", "lda"].map { "CAST(\($0) > 1700000000 AS INTEGER)" }
                    return try system.postern.sql(
                        "SELECT \(times.joined(separator: ", ")) FROM last_login;", on: "usage") == noted + "\n"
                }
                #expect(isNoted, "\(access) \(dovecot.log)")
            }
        }

        @Test(.onFilesOnly, arguments: DovecotServer.Delivery.allCases)
        func theUsersSieveScriptRuns(_ delivery: DovecotServer.Delivery) throws {
            #expect(try dovecot.deliver("Subject: x\n\nx\n", to: Self.anna, by: delivery))
            try "if header \"Subject\" \"drop\" { discard; }\n".write(
                toFile: "\(system.postern.mail)/node/anna/.dovecot.sieve", atomically: false, encoding: .utf8)
            for subject in ["drop", "keep", "drop"] {
                #expect(try dovecot.deliver("Subject: \(subject)\n\nx\n", to: Self.anna, by: delivery))
            }
            let isRight = try Program.wait(atMost: .seconds(10)) {
                try system.client.send(.get, "/api/user/\(Self.anna)").text.contains("\"stored_messages\": 2,")
            }
            #expect(isRight, "\(dovecot.log)")
        }

        /// A tenth more than the quota is taken, so that a message that came a little late is not lost.
        @Test func aFullMailboxTakesNoMore() throws {
            func message(kibibytes: Int) -> String {
                "Subject: x\n\n" + String(repeating: String(repeating: "x", count: 63) + "\n", count: kibibytes * 16)
            }
            try change([("quota", "1")])
            #expect(try dovecot.deliver(message(kibibytes: 700), to: Self.anna, by: .lmtp))
            #expect(try !dovecot.deliver(message(kibibytes: 500), to: Self.anna, by: .lmtp))
            #expect(try dovecot.deliver(message(kibibytes: 360), to: Self.anna, by: .lmtp))
            #expect(try !dovecot.deliver(message(kibibytes: 1), to: Self.anna, by: .lmtp))
            try change([("quota", "0")])
            #expect(try dovecot.deliver(message(kibibytes: 500), to: Self.anna, by: .lmtp))
        }

        @Test func theUsersRecordFollowsEveryChange() throws {
            let mail = system.postern.mail
            func record(
                _ home: String, _ mail: String, _ quota: Int, of user: String = DovecotNeighbourTests.anna
            ) throws -> Bool {
                try dovecot.userdb(user) == DovecotServer.Mailbox(home: home, mail: mail, quota: quota)
            }
            #expect(try record("\(mail)/node/anna/", "maildir:~/Maildir", 0))
            try change([("quota", "10")])
            #expect(try record("\(mail)/node/anna/", "maildir:~/Maildir", 10_485_760))
            try change([("mailboxFormat", "mdbox"), ("mailboxFolder", "Box1")])
            #expect(try record("\(mail)/node/anna/", "mdbox:~/Box1", 10_485_760))
            try change([("maildir", "/srv/mail/Other/Anna"), ("quota", "0")])
            #expect(try record("/srv/mail/other/anna/", "mdbox:~/Box1", 0))
            try system.client.change(.post, "/api/user/\(Self.anna)/change_email/hanna@other.example")
            #expect(try dovecot.userdb(Self.anna) == nil)
            #expect(try record("/srv/mail/other/anna/", "mdbox:~/Box1", 0, of: "hanna@other.example"))
            #expect(try dovecot.login("hanna@other.example", Self.password) && !dovecot.login(Self.anna, Self.password))
            #expect(try dovecot.users() == ["hanna@other.example"])
        }

        @Test(.onFilesOnly) func nobodyIsKnownWhileHisAccountOrDomainIsOff() throws {
            for (path, off, on) in [
                ("user/\(Self.anna)", [("accountStatus", "disabled")], [("accountStatus", "active")]),
                ("users/open.example", [("accountStatus", "disabled")], [("accountStatus", "active")]),
                ("domain/open.example", [("accountStatus", "disabled")], [("accountStatus", "active")]),
                (
                    "domain/open.example", [("is_backupmx", "yes"), ("primarymx", "[192.0.2.1]")],
                    [("is_backupmx", "no")]
                ),
            ] {
                try system.client.change(.put, "/api/\(path)", off)
                for access in MailAccess.allCases {
                    #expect(try !dovecot.login(Self.anna, Self.password, by: access), "\(off) \(access)")
                }
                #expect(try !dovecot.deliver("Subject: x\n\nx\n", to: Self.anna, by: .lmtp), "\(off)")
                #expect(try dovecot.userdb(Self.anna) == nil, "\(off)")
                try system.client.change(.put, "/api/\(path)", on)
                #expect(try dovecot.login(Self.anna, Self.password), "\(on)")
                #expect(try dovecot.userdb(Self.anna) != nil, "\(on)")
            }
            try system.client.change(.delete, "/api/user/\(Self.anna)")
            #expect(try !dovecot.login(Self.anna, Self.password))
            #expect(try dovecot.userdb(Self.anna) == nil)
        }

        /// A network list that is there, even an empty one, would keep everybody out.
        @Test func noChangeLimitsTheNetworks() throws {
            try system.add(user: "bert@open.example")
            try change([("name", "Anna"), ("forwarding", "x@away.example"), ("services", "imap")])
            try system.client.change(.post, "/api/user/bert@open.example/change_email/bert@other.example")
            #expect(try system.postern.sql("SELECT COUNT(*), COUNT(allow_nets) FROM mailbox;") == "2|0\n")
            #expect(try dovecot.login(Self.anna, Self.password, over: .plain))
            #expect(try dovecot.login("bert@other.example", "User-pw-1", over: .plain))
        }

        /// Hashes that Dovecot's own tool makes, given to the API as they are.
        @Test(.onFilesOnly) func aReadyHashLogsIn() throws {
            for scheme in [
                "SSHA512", "SSHA256", "SSHA", "SHA512", "SHA256", "SHA", "SMD5", "LDAP-MD5", "SHA512-CRYPT",
                "SHA256-CRYPT", "MD5-CRYPT", "PLAIN-MD5", "PLAIN", "CRAM-MD5", "BLF-CRYPT", "ARGON2I", "ARGON2ID",
                "PBKDF2",
            ] {
                for hash in try Self.hashes(of: "Ready-\"pw\\1", scheme) {
                    try change([("password_hash", hash)])
                    #expect(try dovecot.login(Self.anna, "Ready-\"pw\\1"), "\(scheme)")
                    #expect(try !dovecot.login(Self.anna, "Ready-pw1"), "\(scheme)")
                    try system.client.change(
                        .post, "/api/verify_password/user/\(Self.anna)", [("password", "Ready-\"pw\\1")])
                }
            }
        }

        /// A password's hash, under every name that the scheme has.
        private static func hashes(of password: String, _ scheme: String) throws -> [String] {
            let made = try Program.run("/usr/bin/doveadm", ["pw", "-s", scheme, "-p", password])
            let hash = String(made.output.dropLast())
            try #require(made.status == 0 && hash.hasPrefix("{\(scheme)"), "\(made.errorOutput)")
            let content = String(hash.drop { $0 != "}" }.dropFirst())
            switch scheme {
            case "BLF-CRYPT":
                // The letters after the 2 are marks of repairs of one and the same algorithm.
                let marked = ["a", "b", "y"].map { "{CRYPT}" + content.replacing("$2y$", with: "$2\($0)$") }
                return [hash, "{BCRYPT}" + content] + marked
            case "MD5-CRYPT": return [hash, "{MD5}" + content, "{CRYPT}" + content]
            case "SHA512-CRYPT", "SHA256-CRYPT": return [hash, "{CRYPT}" + content]
            default: return [hash]
            }
        }
    }
}
