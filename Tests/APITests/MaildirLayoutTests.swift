import Foundation
import Gateway
import Settings
import Storage
import Testing

/// Where a new mailbox lies: `Contract.md` 5.6, `Security.md` C7.
struct MaildirLayoutTests {
    /// What the server's own clock shows for the test's moment.
    private static let stamp = stamp(1_769_903_999)

    private static func stamp(_ epoch: Int) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy.MM.dd.HH.mm.ss"
        return format.string(from: Date(timeIntervalSince1970: TimeInterval(epoch)))
    }

    private func path(_ settings: Settings = Settings(), of address: String = "user@dom.example") throws -> String? {
        let api = try TestAPI(settings)
        try api.addDomain(String(address.split(separator: "@")[1]))
        try api.globalAdmin().done(.post, "/api/user/\(address)", "password=Other-5678")
        return try api.rows("SELECT storagebasedirectory, storagenode, maildir FROM mailbox").first
    }

    @Test(arguments: [
        ("user@dom.example", "dom.example/u/s/e/user-*/"), ("a@d.example", "d.example/a/_/_/a-*/"),
        ("ab@d.example", "d.example/a/b/_/ab-*/"),
        ("a.b@d.example", "d.example/a/_/b/a.b-*/"), ("a-_b@d.example", "d.example/a/-/_/a-_b-*/"),
        ("1.@d.example", "d.example/1/_/_/1.-*/"),
    ])
    func hasTheDomainAndThreeCharacters(_ address: String, _ maildir: String) throws {
        #expect(try path(of: address) == "/var/vmail|vmail1|" + maildir.replacing("*", with: Self.stamp))
    }

    @Test func withoutHashing() throws {
        #expect(
            try path(Settings().with(Settings.maildirHashed, false))
                == "/var/vmail|vmail1|dom.example/user-\(Self.stamp)/")
    }

    @Test func withoutTheDomain() throws {
        #expect(
            try path(Settings().with(Settings.maildirPrependsDomain, false))
                == "/var/vmail|vmail1|u/s/e/user-\(Self.stamp)/")
    }

    @Test func withoutATimestamp() throws {
        #expect(
            try path(Settings().with(Settings.maildirAppendsTimestamp, false))
                == "/var/vmail|vmail1|dom.example/u/s/e/user/")
    }

    @Test(arguments: [
        ("dom.example", "d/o/dom.example"), ("d.example", "d/_/d.example"), ("d-m.example", "d/_/d-m.example"),
        ("4u.example", "4/u/4u.example"),
    ])
    func withTheDomainHashed(_ domain: String, _ prefix: String) throws {
        let settings = Settings().with(Settings.maildirDomainHashed, true).with(Settings.maildirAppendsTimestamp, false)
        #expect(try path(settings, of: "user@\(domain)") == "/var/vmail|vmail1|\(prefix)/u/s/e/user/")
    }

    @Test(arguments: [("/srv/mail/a/node7", "/srv/mail/a|node7"), ("/vmail", "|vmail")])
    func belowTheBaseDirectory(_ directory: String, _ columns: String) throws {
        let settings = Settings().with(Settings.storageBaseDirectory, directory).with(
            Settings.maildirAppendsTimestamp, false)
        #expect(try path(settings) == "\(columns)|dom.example/u/s/e/user/")
    }

    private func stampless() throws -> TestAPI {
        let api = try TestAPI(Settings().with(Settings.maildirAppendsTimestamp, false))
        try api.addDomain("dom.example")
        return api
    }

    @Test func theDirectoryOfADeletedMailboxIsNotUsedAgain() throws {
        let api = try stampless()
        let admin = try api.globalAdmin()
        try admin.done(.post, "/api/user/user@dom.example", "password=Other-5678")
        try admin.done(.delete, "/api/user/user@dom.example")
        #expect(try admin.refusal(.post, "/api/user/user@dom.example", "password=Other-5678") == "ALREADY_EXISTS")
    }

    @Test func theDirectoryOfAnotherMailboxIsNotUsed() throws {
        let api = try stampless()
        try api.addMailbox("al@dom.example")
        try api.run("UPDATE mailbox SET maildir = 'dom.example/u/s/e/user/'")
        #expect(
            try api.globalAdmin().refusal(.post, "/api/user/user@dom.example", "password=Other-5678")
                == "ALREADY_EXISTS")
    }

    @Test func aUserMadeAnewInTheSameSecondLiesElsewhere() throws {
        let api = try TestAPI()
        try api.addDomain("dom.example")
        let admin = try api.globalAdmin()
        for _ in 0..<3 {
            try admin.done(.post, "/api/user/user@dom.example", "password=Other-5678")
            try admin.done(.delete, "/api/user/user@dom.example")
        }
        #expect(try api.rows("SELECT COUNT(DISTINCT maildir) FROM deleted_mailboxes") == ["3"])
    }
}
