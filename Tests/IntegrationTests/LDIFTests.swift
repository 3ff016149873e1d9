import Support
import Testing

extension IntegrationTests {
    /// What is exported through nginx, read by a parser that shares nothing with what wrote it.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct LDIFTests {
        private let accounts: LDIFAccounts
        private static let users = "ou=Users,domainName=full.example,o=domains,dc=iredmail,dc=org"

        init() throws { accounts = try LDIFAccounts() }

        private func record(_ path: String, at index: Int = 0) throws -> LDIFRecord {
            let records = try LDIFRecord.all(in: accounts.export(path))
            return try #require(records.indices.contains(index) ? records[index] : nil)
        }

        @Test func everyExportKeepsToTheFormat() throws {
            for path in LDIFAccounts.paths {
                let text = try accounts.export(path)
                #expect(text.utf8.allSatisfy { $0 == 10 || (0x20..<0x7f).contains($0) }, "\(path)")
                #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 76 }, "\(path)")
                #expect(text.hasPrefix("dn: ") && text.hasSuffix("\n\n"), "\(path)")
                #expect(!text.contains("\n\n\n"), "\(path)")
                #expect(!text.contains("version:"), "\(path)")
                for record in try LDIFRecord.all(in: text) {
                    #expect(record.attributes.allSatisfy { !$0.value.isEmpty }, "\(path)")
                    #expect(
                        record.values.values.allSatisfy { Set($0.map { $0.lowercased() }).count == $0.count }, "\(path)"
                    )
                }
            }
        }

        @Test func everyKindOfAccountIsAmongThem() throws {
            let records = try LDIFRecord.all(in: accounts.everything())
            let kinds = Set(records.flatMap { $0["objectClass"] })
            #expect(
                kinds == [
                    "mailDomain", "organizationalUnit", "inetOrgPerson", "mailUser", "shadowAccount", "amavisAccount",
                    "top",
                    "mailAdmin", "mailList", "mailExternalUser", "mailAlias",
                ])
            #expect(records.contains { $0.name.hasPrefix("mail=@full.example,") }, "the catch-all")
            #expect(
                Set(LDIFAccounts.paths.map { $0.prefix { $0 != "/" } }) == [
                    "domain", "catchall", "admin", "user", "maillist", "alias",
                ])
        }

        @Test func foldedLinesAreFull() throws {
            let lines = try accounts.export("user/zoe@full.example").split(separator: "\n").map(String.init)
            #expect(lines.contains { $0.hasPrefix(" ") })
            for (line, next) in zip(lines, lines.dropFirst()) where next.hasPrefix(" ") {
                #expect(line.utf8.count == 76)
            }
        }

        @Test func aDomainHasItsUnits() throws {
            let records = try LDIFRecord.all(in: accounts.export("domain/full.example"))
            let name = "domainName=full.example,o=domains,dc=iredmail,dc=org"
            #expect(
                records.map(\.name) == [name] + ["Users", "Groups", "Aliases", "Externals"].map { "ou=\($0),\(name)" })
            let domain = try #require(records.first)
            #expect(domain["cn"] == ["Grüße & Söhne: <GmbH>"])
            #expect(domain["enabledService"] == ["mail", "domainalias", "senderbcc", "recipientbcc", "self-service"])
            #expect(domain["domainAliasName"] == ["former.example", "old.example"])
            #expect(domain["domainAdmin"] == ["desk@outside.example"])
            #expect(domain["domainSenderBccAddress"] == ["out@archive.example"])
            #expect(domain["domainRecipientBccAddress"] == ["in@archive.example"])
            #expect(domain["senderRelayHost"] == ["[192.0.2.1]:25"])
            #expect(
                domain["accountSetting"] == [
                    "defaultLanguage:fr_FR", "defaultQuota:512", "disabledDomainProfile:bcc",
                    "disabledDomainProfile:relay",
                    "domainQuota:4096:MB", "maxUserQuota:1024", "minPasswordLength:9", "numberOfAliases:30",
                    "numberOfUsers:20",
                ])
            #expect(domain["domainCurrentUserNumber"] == ["3"])
            #expect(domain["domainCurrentAliasNumber"] == ["1"])
            #expect(domain["domainCurrentListNumber"] == ["2"])
            #expect(try record("domain/bare.example")["accountStatus"] == ["disabled"])
        }

        @Test func aCatchAllIsAPersonWithoutAName() throws {
            let entry = try record("catchall/full.example")
            #expect(entry.name == "mail=@full.example,\(Self.users)")
            #expect(entry["mailForwardingAddress"] == ["first@away.example", "second@away.example"])
            #expect(try accounts.system.client.send(.get, "/api/ldif/catchall/bare.example").word == "NO_SUCH_ACCOUNT")
        }

        @Test func anAdminsNameIsEscaped() throws {
            let text = try accounts.export(LDIFAccounts.paths[3])
            #expect(text.hasPrefix(##"dn: mail=\#ops\+night=x&z@outside.example,o=domainAdmins,dc=iredmail,dc=org"##))
            let entry = try record(LDIFAccounts.paths[3])
            #expect(entry["mail"] == ["#ops+night=x&z@outside.example"])
            #expect(entry["domainGlobalAdmin"] == ["yes"])
            #expect(entry["disabledService"] == ["view_mail_log", "manage_quarantined_mails"])
            #expect(
                try record("admin/desk@outside.example")["accountSetting"] == [
                    "create_max_domains:3", "create_max_quota:2", "create_max_users:10", "create_new_domains:yes",
                    "create_quota_unit:GB",
                ])
        }

        @Test func aUserIsWhatTheAPIShows() throws {
            let user = try record("user/zoe@full.example")
            let profile = try accounts.profile("user/zoe@full.example")
            for (attribute, column) in [
                ("mail", "username"), ("cn", "name"), ("givenName", "first_name"), ("sn", "last_name"),
                ("employeeNumber", "employeeid"), ("telephoneNumber", "telephone"), ("mobile", "mobile"),
                ("preferredLanguage", "language"), ("mtaTransport", "transport"), ("mailboxFormat", "mailboxformat"),
                ("userSenderBccAddress", "sender_bcc"), ("userRecipientBccAddress", "recipient_bcc"),
                ("senderRelayHost", "relayhost"),
            ] {
                #expect(user[attribute] == [profile[column] as? String ?? "missing"], "\(attribute)")
            }
            #expect(user["cn"] == [LDIFAccounts.longName])
            #expect(user["mailForwardingAddress"] == profile["forwardings"] as? [String])
            #expect(user["mailForwardingAddress"].count == 61)
            #expect(user["memberOfGroup"] == profile["member_of_maillists"] as? [String])
            #expect(
                user["shadowAddress"] == [
                    "z@full.example", "zo@old.example", "zoe@former.example", "zoe@old.example",
                ])
            #expect(user["mailQuota"] == ["314572800"])
            let home = ["storagebasedirectory", "storagenode", "maildir"].compactMap { profile[$0] as? String }
            #expect(user["homeDirectory"] == [home.joined(separator: "/")])
        }

        @Test func aPlainUserHasNoMoreThanIsSet() throws {
            let user = try record("user/anna@full.example")
            #expect(user["cn"] == ["anna"] && user["sn"] == ["anna"] && user["uid"] == ["anna"])
            #expect(user["mailForwardingAddress"] == [] && user["mtaTransport"] == [] && user["givenName"] == [])
            #expect(user["mailQuota"] == ["536870912"])
            let odd = try record("user/odd@full.example")
            #expect(odd["cn"] == ["< ends: with #"] && odd["givenName"] == [":colon"])
            #expect(odd["sn"] == ["#sharp, \"quoted\" \\ back"])
            #expect(odd["domainGlobalAdmin"] == ["yes"] && odd["enabledService"].contains("domainadmin"))
            #expect(Set(["imap", "imapsecured", "imaptls"]).isDisjoint(with: odd["enabledService"]))
            let off = try record("user/off@bare.example")
            #expect(off["accountStatus"] == ["disabled"] && off["domainStatus"] == ["disabled"])
        }

        @Test func aListsMembersAreEntriesOrExternals() throws {
            let list = try record("maillist/team@full.example")
            let domain = "domainName=full.example,o=domains,dc=iredmail,dc=org"
            #expect(
                list["member"] == [
                    "mail=anna@full.example,\(Self.users)", "mail=info@full.example,ou=Aliases,\(domain)",
                    "mail=zoe@full.example,\(Self.users)",
                ])
            #expect(list["listModerator"] == ["zoe@full.example"])
            #expect(list["mailingListID"].first?.count == 36)
            let others = try record("maillist/team@full.example", at: 1)
            #expect(others.name == "memberOfGroup=team@full.example,ou=Externals,\(domain)")
            #expect(others["mail"] == ["#y+1@away.example", "x@away.example"])
            #expect(try LDIFRecord.all(in: accounts.export("maillist/empty@full.example")).count == 1)
            let alias = try record("alias/info@full.example")
            #expect(alias["mailForwardingAddress"] == ["x@away.example", "zoe@full.example"])
            #expect(alias["cn"] == ["<: colon first"])
        }

        @Test func onlyAGlobalAdminSeesPasswords() throws {
            let user = try record("user/zoe@full.example")
            #expect(user["userPassword"].first?.hasPrefix("{SSHA512}") == true)
            #expect(try record("admin/desk@outside.example")["userPassword"].first?.hasPrefix("{CRYPT}$2b$") == true)
            let desk = accounts.system.nginx.client()
            try desk.logIn("desk@outside.example", "Admin-pw-1")
            let seen = try #require(try LDIFRecord.all(in: accounts.export("user/zoe@full.example", by: desk)).first)
            #expect(seen.attributes == user.attributes.filter { $0.name != "userPassword" })
            for path in ["admin/desk@outside.example", "domain/bare.example", "user/off@bare.example"] {
                #expect(try desk.send(.get, "/api/ldif/\(path)").word == "PERMISSION_DENIED", "\(path)")
            }
        }
    }
}
