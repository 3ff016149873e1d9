import Gateway
import Mail
import MailStore
import Storage
import Testing
import Threads

/// Changes of a whole domain are made in turns, so that nobody else waits for them.
struct LongChangeTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    /// More than one turn changes.
    private static let count = NewState.isOnServer ? 3000 : 30_000
    /// The last one who is no admin.
    private static let lastUser = user(count - 1)

    private static func user(_ number: Int) -> String { "user\(String(100_000 + number).dropFirst())" }

    init() throws {
        api = try TestAPI()
        for domain in ["large.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "large.example")
        try api.addAdmin("own@office.example", of: ["large.example"])
        admin = try api.globalAdmin()
        let numbers =
            "WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < \(Self.count))"
        try api.run(
            SQL(
                trusted: """
                    INSERT INTO mailbox (username, domain, password, storagebasedirectory, storagenode, maildir, isadmin)
                    \(numbers) SELECT 'user' || substr(CAST(100000 + n AS TEXT), 2) || '@large.example', 'large.example', '{PLAIN}x', '/var/vmail', 'vmail1',
                                      'large.example/user' || substr(CAST(100000 + n AS TEXT), 2) || '/',
                                      CASE WHEN n = \(Self.count) THEN 1 ELSE 0 END FROM series
                    """))
        try api.run(
            SQL(
                trusted: """
                    INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
                    \(numbers) SELECT 'user' || substr(CAST(100000 + n AS TEXT), 2) || '@large.example', 'user' || substr(CAST(100000 + n AS TEXT), 2) || '@large.example',
                                      'large.example', 'large.example', 1 FROM series
                    """))
        try api.run(
            "INSERT INTO used_quota (username, bytes, messages) VALUES ('user00007@large.example', 70, 7)", on: .usage)
        try api.addForwarding("x@b.example", to: "user00009@large.example")
    }

    private var unfinished: Int { get throws { try api.rows("SELECT domain FROM long_changes").count } }

    @Test(.enabled(if: !NewState.isOnServer, "at a server the accounts lie behind the same lock"))
    func othersAreServedMeanwhileAndTheDomainIsGoneAtOnce() throws {
        // However slow this test is, the deletion does not end before it has looked: its turns want this file, too. The
        // first turn, in the request's own job, is left out while another domain is being changed.
        try api.run("INSERT INTO long_changes (domain, kind) VALUES ('x.example', 'update')")
        let lock = try api.connection(.usage, writes: true)
        try lock.beginWriting()
        let deletion = api.begin([admin.request(.delete, "/api/domain/large.example")])[0]
        try api.settle()
        // Each of these is answered before the deletion is done.
        try admin.done(.post, "/api/user/jo@b.example", "password=\(TestAPI.password)")
        _ = try api.globalAdmin()
        #expect(deletion.count == 0)
        #expect(try unfinished == 2)
        #expect(try admin.send(.get, "/api/domain/large.example").word == "INVALID_DOMAIN_NAME")
        #expect(try admin.send(.get, "/api/users/large.example").word == "INVALID_DOMAIN_NAME")
        #expect(try admin.send(.get, "/api/user/\(Self.lastUser)@large.example").word == "NO_SUCH_ACCOUNT")
        #expect(try admin.send(.get, "/api/ldif/user/\(Self.lastUser)@large.example").word == "NO_SUCH_ACCOUNT")
        #expect(try admin.send(.get, "/api/policy/explain/\(Self.lastUser)@large.example").word == "NO_SUCH_ACCOUNT")
        #expect(
            try api.client("own@office.example").send(.get, "/api/user/\(Self.lastUser)@large.example").word
                == "PERMISSION_DENIED")
        // The name is not free for others while its rows go.
        try admin.done(.put, "/api/domain/b.example", "addAliasDomain=large.example")
        #expect(try api.rows("SELECT alias_domain FROM alias_domain WHERE target_domain = 'b.example'") == [])
        #expect(
            try admin.send(.post, "/api/admin/boss@large.example", "password=\(TestAPI.password)").word
                == "CAN_NOT_BE_LOCAL_DOMAIN")
        #expect(deletion.count == 0)
        lock.rollback()
        #expect(deletion.take().first?.body == #"{"_success": true}"#)
        #expect(try unfinished == 1)
        for table in ["mailbox", "forwardings", "alias_domain"] {
            let column = table == "alias_domain" ? "target_domain" : "domain"
            #expect(
                try api.rows(SQL(trusted: "SELECT COUNT(*) FROM \(table) WHERE \(column) = 'large.example'")) == ["0"])
        }
        #expect(
            try api.rows("SELECT COUNT(*), SUM(bytes), SUM(messages) FROM deleted_mailboxes") == ["\(Self.count)|70|7"])
        #expect(try api.rows("SELECT active FROM forwardings WHERE address = 'x@b.example'") == ["1"])
        #expect(try api.rows("SELECT COUNT(*) FROM log WHERE event = 'delete'") == ["1"])
    }

    /// Who wants the name again waits until it is free, and gets it.
    @Test func aDomainOfTheSameNameWaitsForTheEnd() throws {
        let answers = api.begin([
            admin.request(.delete, "/api/domain/large.example"),
            admin.request(.post, "/api/domain/large.example", "name=New"),
            admin.request(.post, "/api/user/jo@large.example", "password=\(TestAPI.password)"),
        ])
        #expect(answers.map { $0.take().first?.body } == Array(repeating: #"{"_success": true}"#, count: 3))
        #expect(try api.rows("SELECT username FROM mailbox WHERE domain = 'large.example'") == ["jo@large.example"])
        #expect(try api.rows("SELECT description FROM domain WHERE domain = 'large.example'") == ["New"])
    }

    @Test func allUsersAreChangedOrNone() throws {
        let update = api.begin([
            admin.request(.put, "/api/users/large.example", "language=de_DE&accountStatus=disabled")
        ])[0]
        try api.settle()
        try admin.done(.post, "/api/user/jo@b.example", "password=\(TestAPI.password)")
        #expect(update.count == 0)
        #expect(update.take().first?.isSuccess == true)
        #expect(
            try api.rows("SELECT language, active, COUNT(*) FROM mailbox WHERE domain = 'large.example' GROUP BY 1, 2")
                == ["de_DE|0|\(Self.count)"])
        #expect(
            try api.rows("SELECT active, COUNT(*) FROM forwardings WHERE domain = 'large.example' GROUP BY 1")
                == ["0|\(Self.count)"])
        #expect(
            try api.rows("SELECT active FROM forwardings WHERE address = 'x@b.example' AND forwarding LIKE '%large%'")
                == ["0"])
    }

    /// One after the other, as they were asked.
    @Test func aChangeOfOneUserMeanwhileComesAfterwards() throws {
        let answers = api.begin([
            admin.request(.put, "/api/users/large.example", "language=de_DE"),
            admin.request(.put, "/api/user/\(Self.lastUser)@large.example", "language=fr_FR"),
            admin.request(.post, "/api/user/new@large.example", "password=\(TestAPI.password)&language=it_IT"),
        ])
        #expect(answers.allSatisfy { $0.take().first?.isSuccess == true })
        #expect(
            try api.rows("SELECT language, COUNT(*) FROM mailbox WHERE domain = 'large.example' GROUP BY 1 ORDER BY 1")
                == ["de_DE|\(Self.count - 1)", "fr_FR|1", "it_IT|1"])
    }

    /// His old password opens nothing any more as soon as the change has begun, his session neither.
    @Test func adminsAmongTheUsersComeFirst() throws {
        let boss = "\(Self.user(Self.count))@large.example"
        try api.run("INSERT INTO domain_admins (username, domain) VALUES (\(boss), 'large.example')")
        let session = try api.client(boss, password: "x")
        let update = api.begin([admin.request(.put, "/api/users/large.example", "password=Other-5678")])[0]
        try api.settle()
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        #expect(throws: NoAnswer.self) { try api.client(boss, password: "x") }
        _ = try api.client(boss, password: "Other-5678")
        #expect(update.take().first?.isSuccess == true)
    }

    /// Cut short at any moment, it is done by the next process.
    @Test(arguments: ["delete", "update"])
    func whatHasBegunGoesOnAfterARestart(_ kind: String) throws {
        try api.change { store in
            let name = try #require(DomainName("large.example"))
            let admin = try #require(MailAddress(TestAPI.admin))
            let now = Moment(epoch: 1_769_903_999)
            if kind == "delete" {
                try store.beginDeletion(of: name, by: admin, deleteDate: nil, provenUntil: now, now: now)
            } else {
                var changes = MailboxStore.Changes()
                changes.language = "de_DE"
                _ = try store.beginUpdate(of: name, changes, by: admin, reach: nil, now: now)
            }
            #expect(try !store.continueChange(of: name, for: .zero))
        }
        #expect(try unfinished == 1)
        try api.restart()
        while try unfinished > 0 { try api.settle() }
        #expect(
            try api.rows("SELECT language, COUNT(*) FROM mailbox WHERE domain = 'large.example' GROUP BY 1")
                == (kind == "delete" ? [] : ["de_DE|\(Self.count)"]))
    }

    /// A full disk, say, or a lock: it is tried again until it is done, because it was promised.
    @Test(.enabled(if: !NewState.isOnServer, "at a server the accounts lie behind the same lock"))
    func aLockOnlyHoldsItUp() throws {
        let other = try api.connection(StoreFile.usage, writes: true)
        let deletion = api.begin([admin.request(.delete, "/api/domain/large.example")])[0]
        try api.settle()
        try other.beginWriting()
        try admin.done(.post, "/api/user/jo@b.example", "password=\(TestAPI.password)")
        other.rollback()
        #expect(deletion.take().first?.isSuccess == true)
        #expect(try api.rows("SELECT COUNT(*) FROM used_quota", in: .usage) == ["0"])
    }
}
