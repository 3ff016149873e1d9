import Support
import Testing

extension IntegrationTests {
    /// What Postfix and Dovecot answer, asked by themselves, right after each call of the API through nginx.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: PostfixReader.isInstalled, "needs postfix-sqlite"),
        .enabled(if: DovecotServer.isInstalled, "needs dovecot, openssl"))
    final class ReadersTests {
        private let system: MailSystem
        private let postfix: PostfixReader
        private let dovecot: DovecotServer

        init() throws {
            system = try MailSystem()
            postfix = try system.makePostfix()
            dovecot = try system.makeDovecot()
            try system.add(domain: "open.example")
            try system.add(user: "anna@open.example", "First-pw-1")
        }

        deinit { dovecot.stop() }

        @Test func anUnknownUserIsRefusedByBoth() throws {
            #expect(try postfix.lookUp("virtual_mailbox_maps", "nobody@open.example") == nil)
            #expect(try postfix.lookUp("virtual_alias_maps", "nobody@open.example") == nil)
            #expect(try postfix.lookUp("virtual_mailbox_domains", "other.example") == nil)
            #expect(try !dovecot.login("nobody@open.example", "First-pw-1"))
        }

        @Test func aCreatedUserLogsInWithThePasswordGiven() throws {
            for connection in DovecotServer.Connection.allCases {
                #expect(try dovecot.login("anna@open.example", "First-pw-1", over: connection), "\(connection)")
                #expect(try !dovecot.login("anna@open.example", "Other-pw-1", over: connection), "\(connection)")
            }
            #expect(try dovecot.accepts("anna@open.example", "First-pw-1", service: "smtp"))
        }

        @Test func aCreatedUserIsKnownToPostfix() throws {
            #expect(try postfix.lookUp("virtual_mailbox_domains", "open.example") == "open.example")
            #expect(
                try postfix.lookUp("virtual_mailbox_maps", "anna@open.example")?
                    .hasPrefix("node/open.example/a/n/n/anna-") == true)
            #expect(try postfix.lookUp("virtual_alias_maps", "anna@open.example") == "anna@open.example")
            #expect(try postfix.lookUp("transport_maps", "anna@open.example") == nil)
            #expect(try postfix.lookUp("transport_maps", "open.example") == "dovecot")
            #expect(try postfix.lookUp("smtpd_sender_login_maps", "anna@open.example") == "anna@open.example")
            #expect(try postfix.lookUp("relay_domains", "open.example") == nil)
            #expect(try postfix.lookUp("sender_dependent_relayhost_maps", "anna@open.example") == nil)
            #expect(try postfix.lookUp("sender_bcc_maps", "anna@open.example") == nil)
        }

        @Test func afterAPasswordChangeOnlyTheNewOneWorks() throws {
            try system.client.change(.put, "/api/user/anna@open.example", [("password", "Second-pw-2")])
            #expect(try dovecot.login("anna@open.example", "Second-pw-2"))
            #expect(try !dovecot.login("anna@open.example", "First-pw-1"))
        }

        /// The list of services that the published documentation gives as its example.
        @Test func thePublishedListOfServicesKeepsMailComing() throws {
            let path = "/api/user/anna@open.example"
            try system.client.change(.put, path, [("services", "mail,smtp,pop3,imap")])
            #expect(try postfix.lookUp("virtual_mailbox_maps", "anna@open.example") != nil)
            #expect(try dovecot.deliver("Subject: hello\n\nhello\n", to: "anna@open.example"))
            try system.client.change(.put, path, [("services", "smtp,pop3,imap")])
            #expect(try postfix.lookUp("virtual_mailbox_maps", "anna@open.example") == nil)
            #expect(try !dovecot.deliver("Subject: hello\n\nhello\n", to: "anna@open.example"))
            try system.client.change(.put, path, [("addService", "mail")])
            #expect(try postfix.lookUp("virtual_mailbox_maps", "anna@open.example") != nil)
            #expect(try dovecot.deliver("Subject: hello\n\nhello\n", to: "anna@open.example"))
        }

        @Test func aRefusedPasswordChangeLeavesTheOldOne() throws {
            let answer = try system.client.send(.put, "/api/user/anna@open.example", [("password", "weak")])
            #expect(answer.word == "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR")
            #expect(try dovecot.login("anna@open.example", "First-pw-1"))
            #expect(try !dovecot.login("anna@open.example", "weak"))
        }

        @Test func aDisabledUserIsRefusedByBothUntilEnabledAgain() throws {
            try system.client.change(.put, "/api/user/anna@open.example", [("accountStatus", "disabled")])
            #expect(try !dovecot.login("anna@open.example", "First-pw-1"))
            for map in ["virtual_mailbox_maps", "virtual_alias_maps", "smtpd_sender_login_maps"] {
                #expect(try postfix.lookUp(map, "anna@open.example") == nil, "\(map)")
            }
            try system.client.change(.put, "/api/user/anna@open.example", [("accountStatus", "active")])
            #expect(try dovecot.login("anna@open.example", "First-pw-1"))
            #expect(try postfix.lookUp("virtual_alias_maps", "anna@open.example") == "anna@open.example")
        }

        @Test func aDeletedUserIsRefusedByBoth() throws {
            try system.client.change(
                .put, "/api/user/anna@open.example",
                [("addAlias", "ann@open.example"), ("forwarding", "x@away.example")])
            try system.client.change(.delete, "/api/user/anna@open.example")
            #expect(try !dovecot.login("anna@open.example", "First-pw-1"))
            for key in ["anna@open.example", "ann@open.example"] {
                #expect(try postfix.lookUp("virtual_mailbox_maps", key) == nil)
                #expect(try postfix.lookUp("virtual_alias_maps", key) == nil)
            }
        }

        @Test(arguments: ["/api/domain/open.example", "/api/domain/open.example/keep_mailbox_days/7"])
        func aUserOfADeletedDomainIsRefusedByBoth(_ path: String) throws {
            #expect(try dovecot.login("anna@open.example", "First-pw-1"))
            try system.client.change(.delete, path)
            #expect(try !dovecot.login("anna@open.example", "First-pw-1"))
            #expect(try dovecot.userdb("anna@open.example") == nil)
            for (map, key) in [
                ("virtual_mailbox_domains", "open.example"), ("transport_maps", "open.example"),
                ("virtual_mailbox_maps", "anna@open.example"), ("virtual_alias_maps", "anna@open.example"),
                ("smtpd_sender_login_maps", "anna@open.example"),
            ] {
                #expect(try postfix.lookUp(map, key) == nil, "\(map)")
            }
        }

        @Test func aForwardingIsWhatPostfixAnswers() throws {
            let path = "/api/user/anna@open.example"
            try system.client.change(.put, path, [("forwarding", "x@away.example,anna@open.example")])
            let both = try postfix.lookUp("virtual_alias_maps", "anna@open.example")
            #expect(both?.split(separator: ",").sorted() == ["anna@open.example", "x@away.example"])
            try system.client.change(.put, path, [("forwarding", "x@away.example")])
            #expect(try postfix.lookUp("virtual_alias_maps", "anna@open.example") == "x@away.example")
            #expect(try dovecot.login("anna@open.example", "First-pw-1"), "the mailbox stays")
            try system.client.change(.put, path, [("forwarding", "")])
            #expect(try postfix.lookUp("virtual_alias_maps", "anna@open.example") == "anna@open.example")
        }

        @Test func aPerUserAliasIsWhatPostfixAnswers() throws {
            let path = "/api/user/anna@open.example"
            try system.client.change(.put, path, [("aliases", "ann@open.example,annie@open.example")])
            #expect(try postfix.lookUp("virtual_alias_maps", "ann@open.example") == "anna@open.example")
            #expect(try postfix.lookUp("virtual_alias_maps", "annie@open.example") == "anna@open.example")
            try system.client.change(
                .put, path, [("addAlias", "hanna@open.example"), ("removeAlias", "ann@open.example")])
            #expect(try postfix.lookUp("virtual_alias_maps", "hanna@open.example") == "anna@open.example")
            #expect(try postfix.lookUp("virtual_alias_maps", "ann@open.example") == nil)
            #expect(try !dovecot.login("annie@open.example", "First-pw-1"), "an address is no login")
            try system.client.change(.put, path, [("aliases", "")])
            #expect(try postfix.lookUp("virtual_alias_maps", "annie@open.example") == nil)
        }

        @Test func theSettingsOfADomainReachTheReaders() throws {
            try system.add(
                domain: "full.example",
                [
                    ("defaultQuota", "512"), ("transport", "lmtp:unix:private/dovecot-lmtp"),
                    ("senderBcc", "out@archive.example"), ("recipientBcc", "in@archive.example"),
                ])
            try system.add(user: "bert@full.example")
            try system.add(user: "carl@full.example", "User-pw-1", [("quota", "3")])
            #expect(try dovecot.userdb("bert@full.example")?.quota == 536_870_912)
            #expect(try dovecot.userdb("carl@full.example")?.quota == 3_145_728)
            #expect(try dovecot.userdb("anna@open.example")?.quota == 0)
            #expect(try postfix.lookUp("transport_maps", "full.example") == "lmtp:unix:private/dovecot-lmtp")
            #expect(try postfix.lookUp("sender_bcc_maps", "bert@full.example") == "out@archive.example")
            #expect(try postfix.lookUp("recipient_bcc_maps", "bert@full.example") == "in@archive.example")
        }

        @Test func everyPasswordSchemeLogsIn() throws {
            for (scheme, mark) in [
                ("SSHA512", "{SSHA512}"), ("SSHA", "{SSHA}"), ("SHA512", "{SHA512}"), ("BCRYPT", "{CRYPT}$2b$10$"),
                ("SHA512-CRYPT", "{SHA512-CRYPT}$6$"), ("MD5", "{CRYPT}$1$"), ("PLAIN-MD5", "{PLAIN-MD5}"),
                ("PLAIN", "{PLAIN}"), ("CRAM-MD5", "{CRAM-MD5}"),
            ] {
                try system.postern.write(settings: ["DEFAULT_PASSWORD_SCHEME = '\(scheme)'"])
                _ = try system.postern.reload()
                let user = "\(scheme.lowercased())@open.example"
                try system.add(user: user, "Scheme-pw-\"\\'1")
                let stored = try system.postern.sql("SELECT password FROM mailbox WHERE username = '\(user)';")
                #expect(stored.hasPrefix(mark), "\(scheme)")
                #expect(try dovecot.login(user, "Scheme-pw-\"\\'1"), "\(scheme)")
                #expect(try !dovecot.login(user, "Scheme-pw-1"), "\(scheme)")
            }
        }
    }
}
