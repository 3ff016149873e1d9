import Foundation
import Gateway
import Settings
import Storage
import Testing

/// Directories that lie around, inside or beside others' mail: `Contract.md` 7.2, 7.3, `Security.md` C14.
struct MailboxDirectoryTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let own: TestAPI.Client

    init() throws { try self.init(Settings()) }

    private init(_ settings: Settings) throws {
        api = try TestAPI(settings)
        for domain in ["a.example", "victim.example"] { try api.addDomain(domain) }
        try api.addMailbox("al@a.example")
        try api.addAdmin("own@office.example", of: ["a.example"])
        admin = try api.globalAdmin()
        own = try api.client("own@office.example")
    }

    private func place(_ address: String, at maildir: String) throws {
        try api.run("UPDATE mailbox SET maildir = \(maildir) WHERE username = \(address)")
    }

    private func keep(_ path: String) throws {
        try api.run(
            "INSERT INTO deleted_mailboxes (username, domain, maildir) VALUES ('old@gone.example', 'gone.example', \(path))"
        )
    }

    private func refusedCreation(_ address: String, _ path: String = "") throws -> Answer {
        var strict = admin
        strict.isStrict = true
        return try strict.send(.post, "/api/user/\(address)", "password=Secret-1234" + path)
    }

    /// No later time stamp would help: looking for one would have no end.
    @Test(arguments: ["", "victim.example/", "victim.example/j/", "victim.example/j/o", "victim.example/j/o/e/"])
    func aMailboxAroundAnothersIsToldAtOnce(_ maildir: String) throws {
        try place("al@a.example", at: maildir)
        let answer = try refusedCreation("joe@victim.example")
        #expect(answer.word == "ALREADY_EXISTS" && answer.body.contains("above") && !answer.body.contains("al@"))
        if !maildir.isEmpty { try admin.done(.post, "/api/user/joe@a.example", "password=Secret-1234") }
    }

    @Test(arguments: [
        "/", "/var", "/var/vmail/", "/var/vmail/vmail1", "/var/vmail/vmail1/", "/var/vmail/vmail1/victim.example/",
        "/var/vmail/vmail1/victim.example", "/var/vmail/vmail1/victim.example/j/o/e/",
    ])
    func soAreTheMessagesOfADeletedOne(_ path: String) throws {
        try keep(path)
        let answer = try refusedCreation("joe@victim.example")
        #expect(answer.word == "ALREADY_EXISTS" && answer.body.contains("above") && !answer.body.contains("old@"))
    }

    /// Its former user had the address: the messages are of somebody else all the same.
    @Test(arguments: ["", "/", "/below"])
    func theMessagesOfAnEarlierUserOfTheAddressStayTaken(_ more: String) throws {
        let kept = "/var/vmail/vmail1/victim.example/old"
        try admin.done(.post, "/api/user/joe@victim.example", "password=Secret-1234&maildir=\(kept)")
        try admin.done(.delete, "/api/user/joe@victim.example")
        #expect(try refusedCreation("joe@victim.example", "&maildir=\(kept)\(more)").word == "ALREADY_EXISTS")
        try admin.done(.post, "/api/user/joe@victim.example", "password=Secret-1234")
        #expect(
            try admin.refusal(.put, "/api/user/joe@victim.example", "maildir=\(kept)\(more)") == "ALREADY_EXISTS")
        #expect(try admin.refusal(.put, "/api/user/al@a.example", "maildir=\(kept)\(more)") == "ALREADY_EXISTS")
    }

    @Test(arguments: ["", "//", "/var/vmail/vmail1/victim", "/var/vmail/vmail1/victim.example/jo", "var/", "/VAR/"])
    func aPathThatIsNotAroundIsInNobodysWay(_ path: String) throws {
        try keep(path)
        try admin.done(.post, "/api/user/joe@victim.example", "password=Secret-1234")
    }

    private func stamp(_ later: Int) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy.MM.dd.HH.mm.ss"
        return format.string(from: Date(timeIntervalSince1970: TimeInterval(1_769_903_999 + later)))
    }

    @Test func aFewLaterTimesAreTriedAndNoMore() throws {
        for later in 0..<10 { try keep("/var/vmail/vmail1/victim.example/j/o/e/joe-\(stamp(later))/") }
        try admin.done(.post, "/api/user/joe@victim.example", "password=Secret-1234")
        #expect(
            try api.rows("SELECT maildir FROM mailbox WHERE username = 'joe@victim.example'")
                == ["victim.example/j/o/e/joe-\(stamp(10))/"])
        for later in 0..<50 { try keep("/var/vmail/vmail1/victim.example/b/o/b/bob-\(stamp(later))/below/") }
        #expect(try refusedCreation("bob@victim.example").word == "ALREADY_EXISTS")
    }

    /// However many rows lie below the place or before it.
    @Test func manyRowsAreNoHurdle() throws {
        try api.run(
            """
            INSERT INTO deleted_mailboxes (username, domain, maildir)
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
            SELECT '', '', '/var/vmail/vmail1/victim.example/j/o/e/' || CASE WHEN i % 2 = 1 THEN 'joe' ELSE '' END || '-' || i
                || substr('/', 1, i % 3)
              FROM n
            """)
        let start = ContinuousClock.now
        for number in 0..<20 {
            try admin.done(.post, "/api/user/joe\(number)@victim.example", "password=Secret-1234")
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    // MARK: A directory of one's own choice

    @Test(arguments: [
        ("/var/vmail/vmail1/victim.example/j", "PERMISSION_DENIED"),
        ("/var/vmail/vmail1/victim.example", "PERMISSION_DENIED"),
        ("/var/vmail/vmail1/victim.example/a.example/j", "PERMISSION_DENIED"),
        ("/var/vmail/vmail1/a.example", "PERMISSION_DENIED"), ("/var/vmail/vmail1/A.Example//", "PERMISSION_DENIED"),
        ("/var/vmail/vmail1/a.example2/j", "PERMISSION_DENIED"), ("/var/vmail/vmail1", "PERMISSION_DENIED"),
        ("/var/vmail/vmail1/jo", "PERMISSION_DENIED"), ("/srv/vmail1/a.example/j", "PERMISSION_DENIED"),
        ("/var/vmail/vmail1/a.example/../victim.example/j", "INVALID_PARAMETER"),
        ("/var/vmail/vmail1/a.example/./j", "INVALID_PARAMETER"),
        ("/var/vmail/vmail1/a.example/.j", "INVALID_PARAMETER"),
        ("/var/vmail/vmail1/a.example/j%00", "INVALID_PARAMETER"),
        ("/var/vmail/vmail1/a.example/j%0ax", "INVALID_PARAMETER"),
        ("/var/vmail/vmail1/a.example/%C5%BF", "INVALID_PARAMETER"),
        ("/var/vmail/vmail1/a.example/al", "ALREADY_EXISTS"), ("/var/vmail/vmail1/a.example/AL/x", "ALREADY_EXISTS"),
        ("/var/vmail/vmail1/a.example/old", "ALREADY_EXISTS"), ("/var/vmail/vmail1/a.example/old/x", "ALREADY_EXISTS"),
        ("/var/vmail/vmail1/a.example/deep", "ALREADY_EXISTS"),
        ("/var/vmail/vmail1/a.example/bare/x", "ALREADY_EXISTS"),
        ("/var/vmail/vmail1/a.example/bare", "ALREADY_EXISTS"),
    ])
    func aDomainAdminStaysInTheDirectoryOfTheDomain(_ path: String, _ word: String) throws {
        try api.addMailbox("jo@a.example")
        for kept in ["old/", "deep/er/", "bare", "bare-2/"] { try keep("/var/vmail/vmail1/a.example/\(kept)") }
        #expect(try own.refusal(.put, "/api/user/jo@a.example", "name=X&maildir=\(path)") == word)
        #expect(try own.refusal(.post, "/api/user/new@a.example", "password=Secret-1234&maildir=\(path)") == word)
    }

    @Test func thereHeMayChoose() throws {
        try own.done(
            .post, "/api/user/new@a.example", "password=Secret-1234&maildir=//var/vmail/vmail1//a.example/New//er/")
        #expect(
            try api.rows(
                "SELECT storagebasedirectory, storagenode, maildir FROM mailbox WHERE username = 'new@a.example'")
                == ["/var/vmail|vmail1|a.example/new/er/"])
        try own.done(.put, "/api/user/new@a.example", "maildir=/var/vmail/vmail1/a.example/new")
    }

    @Test func aHashedDomainIsPartOfThePlace() throws {
        let hashed = try MailboxDirectoryTests(Settings().with(Settings.maildirDomainHashed, true))
        for path in ["a.example/j", "a/a.example/j", "a/_/a.example", "v/i/victim.example/j", "a/_/j"] {
            let form = "password=Secret-1234&maildir=/var/vmail/vmail1/\(path)"
            #expect(try hashed.own.refusal(.post, "/api/user/new@a.example", form) == "PERMISSION_DENIED")
        }
        try hashed.own.done(
            .post, "/api/user/new@a.example", "password=Secret-1234&maildir=/var/vmail/vmail1/a/_/a.example/j")
    }

    @Test(arguments: [true, false])
    func whereNoDirectoryIsADomainsHeMayNotChoose(_ isHashed: Bool) throws {
        let flat = try MailboxDirectoryTests(
            Settings().with(Settings.maildirPrependsDomain, false).with(Settings.maildirDomainHashed, isHashed))
        for path in ["a.example/j", "j", "a/_/j"] {
            let form = "password=Secret-1234&maildir=/var/vmail/vmail1/\(path)"
            #expect(try flat.own.refusal(.post, "/api/user/new@a.example", form) == "PERMISSION_DENIED")
        }
    }

    /// He may go elsewhere, but not around anybody: one mailbox there would keep all others from being made.
    @Test func aGlobalAdminPutsNoneAroundOthers() throws {
        try keep("/srv/mail/old/deep/er/")
        for path in ["/var/vmail/vmail1/a.example", "/srv/mail/old", "/srv/mail/old/deep"] {
            let form = "password=Secret-1234&maildir=\(path)"
            #expect(try admin.refusal(.post, "/api/user/new@victim.example", form) == "ALREADY_EXISTS")
        }
        try admin.done(.post, "/api/user/new@victim.example", "password=Secret-1234&maildir=/srv/mail/old2")
    }

    @Test func norAroundAllStorage() throws {
        let deep = try TestAPI(Settings().with(Settings.storageBaseDirectory, "/srv/mail/one/two/node"))
        try deep.addDomain("a.example")
        let admin = try deep.globalAdmin()
        for path in ["/srv/mail/one", "/srv/mail/one/two", "/srv/mail/one/two/node"] {
            let form = "password=Secret-1234&maildir=\(path)"
            #expect(try admin.refusal(.post, "/api/user/new@a.example", form) == "INVALID_PARAMETER")
        }
        try admin.done(
            .post, "/api/user/new@a.example", "password=Secret-1234&maildir=/srv/mail/one/two/node/a.example/new")
        try admin.done(.post, "/api/user/more@a.example", "password=Secret-1234")
    }
}
