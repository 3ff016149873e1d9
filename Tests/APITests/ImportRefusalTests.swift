import Foundation
import Gateway
import MailStore
import Storage
import Testing

/// Files that are refused: each with one reason, and with nothing changed.
struct ImportRefusalTests {
    /// A state with two domains, from which the files come.
    private func source() throws -> TestAPI {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
        try api.addMailbox("mo@b.example")
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addForwarding("also@a.example", to: "jo@a.example", flag: .isAlias)
        try api.run("INSERT INTO throttle (account, period) VALUES ('jo@a.example', 60)", on: .iredapd)
        try api.globalAdmin().done(.put, "/api/spampolicy/user/jo@a.example", "bypass_spam_checks=yes")
        return api
    }

    private func refusal(_ text: String, at api: TestAPI, replaces: Bool = true) throws -> String {
        let before = try api.contents()
        defer { #expect((try? api.contents()) == before) }
        let failure = #expect(throws: ExportFailure.self) { try api.take(text, replaces: replaces) }
        return failure?.description ?? ""
    }

    @Test(arguments: [
        (#""version":1"#, #""version":2"#, "line 1: the file has version 2"),
        (#""format":"postern-export""#, #""format":"other""#, "line 1: this is no export"),
        (
            #""domains":["a.example"]"#, #""domains":["a.example","a.example"]"#,
            "line 1: the header names a domain twice"
        ),
        (
            #""domains":["a.example"]"#, #""domains":["a.example","c.example"]"#,
            "there is no such row of the table domain"
        ),
        (
            #""domains":["a.example"]"#, #""domains":["A.example"]"#,
            "line 1: the header names something that is no domain"
        ),
        (#""passwords":true"#, #""passwords":false"#, "the header says that there are no passwords"),
        (#""usage":false"#, #""usage":0"#, "line 1: the header is not as it should be"),
        (#"{"table":"alias","#, #"{"table":"sessions","#, "there is no table sessions"),
        (#"{"table":"alias","#, #"{"table":"used_quota","#, "the table used_quota is what Dovecot writes"),
        (#""accesspolicy":"#, #""policy":"#, "the table alias has no column policy"),
        (#""quota":0"#, #""quota":"0""#, "quota is not a whole number"),
        (#""quota":0"#, #""quota":0.5"#, "quota is not a whole number"),
        (#""quota":0"#, #""quota":-1"#, "quota is not a number of MB"),
        (#""quota":0"#, #""quota":99999999999999999999"#, "is too large"),
        (#""quota":0"#, #""quota":null"#, "quota is not a whole number"),
        (#""active":1"#, #""active":2"#, "active is not 0 or 1"),
        (#""created":""#, #""created":"x"#, "created is not a time"),
        (#""username":"jo@a.example""#, #""username":"Jo@a.example""#, "is not an address in lower case"),
        (#""username":"jo@a.example""#, #""username":"jo""#, "is not an address in lower case"),
        (#""username":"jo@a.example""#, #""username":"jo@b.example""#, "domain is not the domain of username"),
        (
            #""username":"jo@a.example""#, #""username":"jo@a.example","username":"x@a.example""#,
            "username is there twice"
        ),
        (
            #""domain":"a.example","transport":"","department""#, #""domain":"b.example","transport":"","department""#,
            "domain is not the domain of username"
        ),
        (
            #""address":"team@a.example","name""#, #""address":"jo@a.example","name""#,
            "it is two of a mailbox, an alias"
        ),
        (#""account":"jo@a.example""#, #""account":"nobody@a.example""#, "no such account is in the file"),
        (#""account":"jo@a.example""#, #""account":"@.""#, "is of no domain that the header names"),
        (#""account":"jo@a.example""#, #""account":"jo@b.example""#, "no such account is in the file"),
        (#""is_forwarding":1"#, #""is_forwarding":0"#, "a row of forwardings is of no account of the file"),
        (#""is_alias":1"#, #""is_alias":1,"is_list":1"#, "is_list is there twice"),
        (#""isglobaladmin":0"#, #""isglobaladmin":1"#, "and the right ALL in domain_admins do not agree"),
        (#""settings":"""#, #""settings":"x""#, "settings is not a text as key:value;"),
        (#""name":"""#, "\"name\":\"a\\u0000b\"", "a text has a NUL"),
        (#""name":"""#, #""name":"\ud800""#, "half of a character stands alone"),
        (#""name":"""#, "\"name\":\"\u{01}\"", "a control character stands in a text"),
        (#""mailboxfolder":"Maildir""#, #""mailboxfolder":"../x""#, "mailboxfolder is not 1 to 20 letters and digits"),
        (#""mailboxformat":"maildir""#, #""mailboxformat":"maildir:/x""#, "mailboxformat is not maildir, mdbox, sdbox"),
        (#""name":"""#, #""name":"a\u001bb""#, "name is not free of control characters"),
        (#""created":"1970-01-01"#, #""created":"1970-13-01"#, "created is not a time"),
        (#""expired":"9999-12-31"#, #""expired":"9999-02-31"#, "expired is not a time"),
        (#""modified":"1970-01-01 01"#, #""modified":"1970-01-01 24"#, "modified is not a time"),
        (#""birthday":"0001-01-01"#, #""birthday":"2026-02-30"#, "birthday is not a date"),
        (#""password":"{SSHA512}"#, #""password":"{CRYPT}$2b$31$"#, "password is not a hash within the limits"),
        (
            #""password":"{SSHA512}"#, #""password":"{ARGON2ID}$argon2id$v=19$m=4194304,t=3,p=1$abc$"#,
            "password is not a hash within the limits"
        ),
        (#""language":"""#, #""language":"xx_XX""#, "language is not a language"),
        (#""accesspolicy":"""#, #""accesspolicy":"everybody""#, "accesspolicy is not empty, or one of public, domain"),
        (#""kind":"outbound""#, #""kind":"sideways""#, "kind is not one of inbound, outbound, external"),
        (#""period":60"#, #""period":4294967296"#, "period is not a number from 0 to 4294967295"),
        (#""max_msgs":-1"#, #""max_msgs":-2"#, "max_msgs is not a number from -1 on"),
        (#""aliases":0"#, #""aliases":-2"#, "aliases is not a number from -1 on"),
        (#""bypass_spam_checks":"Y""#, #""bypass_spam_checks":"maybe""#, "bypass_spam_checks is not Y or N"),
        (#""transport":"dovecot""#, #""transport":"mlmmj:b.example/news""#, "transport is that of a mailing list"),
        (#""storagebasedirectory":""#, #""storagebasedirectory":"/x/../"#, "storagebasedirectory is not a path"),
        ("{\"end\":{\"rows\":", "{\"end\":{\"rows\":1", "the end tells of 1"),
        (
            "{\"end\":", "{\"table\":\"domain\",\"row\":{\"domain\":\"a.example\"}}\n{\"end\":",
            "domain a.example is there twice"
        ),
        (
            "{\"end\":", "{\"table\":\"domain\",\"row\":{\"domain\":\"b.example\"}}\n{\"end\":",
            "a row of b.example, which the header"
        ),
        ("{\"end\":", "{\"table\":\"admin\",\"row\":{\"username\":\"x@y.example\"}}\n{\"end\":", "a row of the server"),
        ("{\"end\":", "{\"table\":\"domain\",\"row\":{}}\n{\"end\":", "domain is empty"),
        ("{\"end\":", "[]\n{\"end\":", "this is no row"), ("{\"end\":", "\n{\"end\":", "this is no JSON"),
        ("{\"end\":", String(repeating: "[", count: 100_000) + "\n{\"end\":", "nested too deeply"),
        (
            "{\"end\":", String(repeating: "x", count: 5 << 20) + "\n{\"end\":",
            "is longer than a line of an export may be"
        ),
    ])
    func aFileWithAFlawIsRefused(_ old: String, _ new: String, _ reason: String) throws {
        let text = try source().export(["a.example"], usage: false)
        let range = try #require(text.range(of: old))
        let said = try refusal(text.replacingCharacters(in: range, with: new), at: TestAPI())
        #expect(said.contains(reason), "\(said.prefix(300))")
    }

    @Test func aFileThatIsNotWholeIsRefused() throws {
        let text = try source().export(["a.example"])
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let target = try TestAPI()
        #expect(try refusal("", at: target) == "the file is empty")
        for part in [
            lines.dropLast(2).joined(separator: "\n") + "\n", String(text.dropLast(1)),
            String(text.prefix(text.count / 2)),
        ] {
            #expect(try refusal(part, at: target).contains("its last line is missing"))
        }
        #expect(try refusal(text + text, at: target).contains("the file goes on behind its end"))
        let fewer = lines[..<3] + lines[4...]
        #expect(try refusal(fewer.joined(separator: "\n"), at: target).contains("some are missing"))
    }

    @Test func aFileThatIsNotInUTF8IsRefused() throws {
        let api = try TestAPI()
        var bytes = Array(try source().export(["a.example"]).utf8)
        let place = try #require(bytes.firstRange(of: Array(#""name":"""#.utf8)))
        bytes.insert(0xff, at: place.upperBound - 1)
        let failure = #expect(throws: ExportFailure.self) { try api.plan(bytes) }
        #expect(failure?.description.contains("a text is not in UTF-8") == true)
    }

    @Test(arguments: [
        (
            "INSERT INTO domain (domain) VALUES ('c.example'); INSERT INTO alias_domain (alias_domain, target_domain) VALUES ('a.example', 'c.example')",
            "a.example is an alias domain of c.example here"
        ),
        ("INSERT INTO domain (domain) VALUES ('alias.example')", "alias.example is a domain here"),
        (
            "INSERT INTO domain (domain) VALUES ('c.example'); INSERT INTO alias_domain (alias_domain, target_domain) VALUES ('alias.example', 'c.example')",
            "alias.example is an alias domain of c.example here"
        ),
        (
            "INSERT INTO domain (domain) VALUES ('c.example'); INSERT INTO mailbox (username, domain) VALUES ('al@c.example', 'c.example'); INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_alias) VALUES ('team@a.example', 'al@c.example', 'c.example', 'c.example', 1)",
            "team@a.example is a per-user alias of a user of c.example here"
        ),
        ("INSERT INTO admin (username) VALUES ('jo@a.example')", "jo@a.example is a standalone admin here"),
        (
            "INSERT INTO domain (domain) VALUES ('c.example'); INSERT INTO mailbox (username, domain, storagebasedirectory, storagenode, maildir) VALUES ('al@c.example', 'c.example', '/var/vmail', 'vmail1', 'a.example/')",
            "jo@a.example: its directory /var/vmail/vmail1/a.example/jo/ is that of al@c.example"
        ),
        (
            "INSERT INTO deleted_mailboxes (username, domain, maildir) VALUES ('al@c.example', 'c.example', '/var/vmail/vmail1/a.example/jo/x')",
            "jo@a.example: its directory /var/vmail/vmail1/a.example/jo/ is that of al@c.example"
        ),
        ("INSERT INTO long_changes (domain, kind) VALUES ('a.example', 'delete')", "a.example is being deleted"),
    ])
    func whatIsAnothersHereIsRefused(_ sql: String, _ reason: String) throws {
        let source = try source()
        try source.addAliasDomain("alias.example", of: "a.example")
        try source.run(
            """
            UPDATE mailbox SET storagebasedirectory = '/var/vmail', storagenode = 'vmail1', maildir = 'a.example/jo/'
             WHERE username = 'jo@a.example'
            """)
        let text = try source.export(["a.example"])
        let target = try TestAPI()
        for statement in sql.split(separator: ";") { try target.run(SQL(trusted: String(statement))) }
        #expect(try refusal(text, at: target).contains(reason))
    }

    @Test func theLastGlobalAdminStays() throws {
        let text = try source().export()
        let target = try TestAPI()
        let lines = text.split(separator: "\n").filter {
            !$0.contains(#"{"table":"admin""#) && !$0.contains(#""domain":"ALL""#)
        }
        let count = lines.count - 2
        let fewer = (lines.dropLast() + ["{\"end\":{\"rows\":\(count)}}"]).joined(separator: "\n") + "\n"
        #expect(try refusal(fewer, at: target) == "no global admin would be left: put one into the file")
    }

    @Test func mailboxesInOneAnothersDirectoryAreRefused() throws {
        let source = try source()
        try source.addMailbox("in@a.example")
        try source.run(
            "UPDATE mailbox SET storagebasedirectory = '/var/vmail', storagenode = 'vmail1', maildir = 'a.example/jo/'")
        try source.run("UPDATE mailbox SET maildir = 'a.example/jo/in/' WHERE username = 'in@a.example'")
        let said = try refusal(try source.export(["a.example"]), at: TestAPI())
        #expect(said.contains("is that of jo@a.example, lies in it or around it"), "\(said)")
    }

    /// Dovecot looks for directories in lower case, and the system takes several slashes for one.
    @Test(arguments: ["c.example/BOSS/", "c.example//boss/", "C.example/boss", "c.example/boss/in/", "c.example/"])
    func anothersDirectoryIsRefusedHoweverItIsWritten(_ maildir: String) throws {
        let source = try source()
        try source.run(
            "UPDATE mailbox SET storagebasedirectory = '//var/vmail', storagenode = 'vmail1', maildir = \(maildir)")
        let target = try TestAPI()
        try target.addDomain("c.example")
        try target.addMailbox("boss@c.example")
        try target.run(
            "UPDATE mailbox SET storagebasedirectory = '/var/vmail', storagenode = 'vmail1', maildir = 'c.example/boss/'"
        )
        let said = try refusal(try source.export(["a.example"]), at: target)
        #expect(said.contains("is that of boss@c.example, lies in it or around it"), "\(said)")
    }

    @Test func aFileOfSingleDomainsGivesNoPowerBeyondThem() throws {
        for change: SQL in [
            "UPDATE mailbox SET isadmin = 1, isglobaladmin = 1 WHERE username = 'jo@a.example'",
            "UPDATE mailbox SET settings = 'create_new_domains:yes;' WHERE username = 'jo@a.example'",
        ] {
            let source = try source()
            try source.run(change)
            try source.run(
                """
                INSERT INTO domain_admins (username, domain)
                SELECT username, 'ALL' FROM mailbox WHERE isglobaladmin = 1
                """)
            let text = try source.export(["a.example"])
            #expect(try refusal(text, at: TestAPI()).hasPrefix("jo@a.example would "))
            // Whoever may do so already stays.
            #expect(throws: Never.self) { try source.take(text) }
            #expect(throws: Never.self) { try TestAPI().take(source.export()) }
        }
    }

    /// Whoever has lost all domains keeps the setting; a right would wake it.
    @Test func aFileOfSingleDomainsWakesNoRightToMakeDomains() throws {
        let source = try source()
        try source.addMailbox("al@a.example", isAdmin: true)
        try source.run("INSERT INTO domain_admins (username, domain) VALUES ('al@a.example', 'a.example')")
        try source.run("INSERT INTO domain_admins (username, domain) VALUES ('mo@b.example', 'a.example')")
        let text = try source.export(["a.example"])
        for user in ["al@a.example", "mo@b.example"] {
            let target = try TestAPI()
            try target.take(text)
            try target.addDomain("b.example")
            try target.addMailbox("mo@b.example")
            try target.run("DELETE FROM domain_admins WHERE username = \(user)")
            try target.run(
                "UPDATE mailbox SET isadmin = 0, settings = 'create_new_domains:yes;' WHERE username = \(user)")
            #expect(try refusal(text, at: target).contains("\(user) would be allowed to make domains"))
        }
    }

    @Test func aFreeAddressBelowAnothersDomainIsRefused() throws {
        let source = try source()
        try source.addDomain("c.example")
        try source.run(
            """
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_alias)
            VALUES ('boss@c.example', 'jo@a.example', 'a.example', 'a.example', 1)
            """)
        let text = try source.export(["a.example"])
        let target = try TestAPI()
        #expect(try refusal(text, at: target).contains("below a domain that is not in the file"))
        try target.addDomain("c.example")
        #expect(try refusal(text, at: target).contains("below a domain that is not in the file"))
        #expect(throws: Never.self) { try source.take(text) }
    }
}
