import Foundation
import Support
import Testing

extension IntegrationTests {
    /// OpenLDAP takes what is exported, while it is down and while it runs, and gives the same back.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: OpenLDAPServer.isInstalled, "needs slapd, ldap-utils"))
    struct OpenLDAPTests {
        private let accounts: LDIFAccounts
        private let text: String
        private let exported: [LDIFRecord]

        init() throws {
            accounts = try LDIFAccounts()
            text = try accounts.everything()
            exported = try LDIFRecord.all(in: text)
        }

        /// Every exported entry is there with exactly the values that were exported.
        private func compare(with stored: [LDIFRecord]) throws {
            #expect(stored.count == exported.count + OpenLDAPServer.ownEntries.count)
            for entry in exported {
                let found = try #require(stored.first { $0.name == entry.name }, "\(entry.name)")
                // What slapcat adds of its own has names that no export has.
                let values = found.values.filter { name, _ in entry.values[name] != nil }
                #expect(values == entry.values, "\(entry.name)")
            }
        }

        @Test func slapaddLoadsEveryKindOfAccount() throws {
            let server = try OpenLDAPServer()
            try server.load(text)
            try compare(with: server.dump())
        }

        @Test func ldapaddLoadsEveryKindOfAccount() throws {
            let server = try OpenLDAPServer()
            try server.start()
            try server.add(text)
            try compare(with: server.search())
            #expect(
                try server.search("(mailForwardingAddress=\(LDIFAccounts.forwardings[59]))").map(\.name) == [
                    "mail=zoe@full.example,ou=Users,domainName=full.example,o=domains,dc=iredmail,dc=org"
                ])
            #expect(try server.search("(&(objectClass=mailUser)(accountStatus=disabled))").count == 1)
        }

        @Test func aFaultyEntryIsRefused() throws {
            let server = try OpenLDAPServer()
            #expect(throws: Program.Failure.self) { try server.load(text.replacing("\nsn: anna\n", with: "\n")) }
            try server.start()
            #expect(throws: Program.Failure.self) {
                try server.add(text.replacing("mailQuota: 5", with: "mailQuota: x"))
            }
        }

        @Test func whatATelephoneNumberMayNotHoldDoesNotStopTheRest() throws {
            for number in ["Büro 12", "ext. 7; or *9", "+49 30 1234"] {
                try accounts.system.client.change(
                    .put, "/api/user/zoe@full.example", [("telephoneNumber", number), ("mobile", number)])
                let server = try OpenLDAPServer()
                try server.load(accounts.export("domain/full.example") + accounts.export("user/zoe@full.example"))
                let user = try #require(try server.dump().last)
                #expect(user["telephoneNumber"] == (number == "+49 30 1234" ? [number] : []), "\(number)")
                #expect(user["mobile"] == user["telephoneNumber"], "\(number)")
            }
        }

        /// Exported, loaded into a directory, and taken from there: what the accounts are does not change.
        @Test func whatIsExportedIsTakenBack() throws {
            let server = try OpenLDAPServer()
            try server.load(text)
            try server.start()
            let directory = try TemporaryDirectory()
            let password = try directory.write("password", OpenLDAPServer.readersPassword)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: password)
            let state = "\(directory.path)/state"
            let admin = "first@manager.example"
            try PosternProgram.succeed(
                ["init", "--state", state, "--admin", admin, "--password-stdin"], input: "Admin-pw-1\n")
            try PosternProgram.succeed(
                [
                    "import", "iredmail", "--ldap", server.url, "--base", OpenLDAPServer.base, "--bind",
                    OpenLDAPServer.reader, "--password-file", password, "--apply", "--state", state,
                ])
            let before = try Self.rows(of: accounts.system.postern.state, without: RunningPostern.admin)
            let after = try Self.rows(of: state, without: admin)
            let gone = before.subtracting(after)
            #expect(gone == [], "\(gone.sorted().joined(separator: "\n"))")
            let new = after.subtracting(before)
            #expect(new == [], "\(new.sorted().joined(separator: "\n"))")
            #expect(before.count > 60)
        }

        /// The rows of an export, without what LDIF does not carry.
        private static func rows(of state: String, without admin: String) throws -> Set<String> {
            let text = try PosternProgram.succeed(["export", "--all", "--with-passwords", "--state", state])
            let lines = text.split(separator: "\n").dropFirst().dropLast().filter { !$0.contains("\"\(admin)\"") }
            return Set(
                try lines.map { line in
                    let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    let table = parsed?["table"] as? String ?? ""
                    var row = parsed?["row"] as? [String: Any] ?? [:]
                    // A directory has its own times, and whole days.
                    for column in ["created", "modified", "passwordlastchange"] { row[column] = nil }
                    // Settings are sorted there.
                    if let settings = row["settings"] as? String {
                        row["settings"] = settings.split(separator: ";").sorted().joined(separator: ";")
                    }
                    // Persons must have a name there: without one, they have the local part.
                    if table == "mailbox", let address = row["username"] as? String {
                        for column in ["name", "last_name"] where row[column] as? String == "" {
                            row[column] = String(address.prefix { $0 != "@" })
                        }
                    }
                    let pairs = row.map { "\($0.key)=\($0.value)" }.sorted()
                    return "\(table) \(pairs.joined(separator: " "))"
                })
        }
    }
}
