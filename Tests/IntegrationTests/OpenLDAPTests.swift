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
            // The three above all that is exported.
            #expect(stored.count == exported.count + 3)
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
    }
}
