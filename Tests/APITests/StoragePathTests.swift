import Gateway
import Storage
import Testing

/// Where a mailbox lies, in POST and PUT of a user: `Contract.md` 2.2, 7.2, 7.3.
struct StoragePathTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let target = "/api/user/jo@a.example"

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        for address in ["jo@a.example", "al@a.example"] { try api.addMailbox(address) }
        try api.addAdmin("own@office.example", of: ["a.example"])
        try api.run(
            """
            INSERT INTO deleted_mailboxes (username, domain, maildir) VALUES
            ('gone@a.example', 'a.example', '/var/vmail/vmail1/a.example/gone/')
            """)
        admin = try api.globalAdmin()
    }

    private func path(of address: String = "jo@a.example") throws -> [String] {
        try api.rows("SELECT storagebasedirectory, storagenode, maildir FROM mailbox WHERE username = \(address)")
    }

    private static let paths = [
        ("/var/vmail/vmail1/a.example/new", "/var/vmail|vmail1|a.example/new/"),
        ("/VAR/vmail/vmail1/A.example/New/", "/var/vmail|vmail1|a.example/new/"),
        ("/srv/mail/a.example/new", "/srv|mail|a.example/new/"), ("/srv/mail/new", "/srv|mail|new/"),
    ]

    @Test(arguments: paths)
    func aPathIsTakenApart(_ path: String, _ columns: String) throws {
        try admin.done(.put, target, "maildir=\(path)")
        #expect(try self.path() == [columns])
    }

    @Test(arguments: paths)
    func aNewUsersPathIsTakenApart(_ path: String, _ columns: String) throws {
        try admin.done(.post, "/api/user/new@a.example", "password=Secret-1234&maildir=\(path)")
        #expect(try self.path(of: "new@a.example") == [columns])
    }

    @Test(arguments: [
        "maildir=relative/a/b", "maildir=", "mailboxFormat=mbox", "mailboxFolder=a/b",
        "mailboxFolder=a23456789012345678901",
    ])
    func whatDoesNotFitIsIgnored(_ form: String) throws {
        let before = try api.rows("SELECT * FROM mailbox ORDER BY username")
        try admin.done(.put, target, form)
        #expect(try api.rows("SELECT * FROM mailbox ORDER BY username") == before)
    }

    @Test(arguments: [
        ("/srv/mail", "INVALID_PARAMETER"), ("/", "INVALID_PARAMETER"), ("/srv/mail/../etc", "INVALID_PARAMETER"),
        ("/var/vmail/vmail1/a.example/al", "ALREADY_EXISTS"), ("/var/vmail/vmail1/A.example/AL/", "ALREADY_EXISTS"),
        ("/var/vmail/vmail1/a.example/al/below", "ALREADY_EXISTS"),
        ("/var/vmail/vmail1/a.example/gone", "ALREADY_EXISTS"),
    ])
    func refusesAPathOfOthers(_ path: String, _ word: String) throws {
        #expect(try admin.refusal(.put, target, "name=X&maildir=\(path)") == word)
        #expect(try admin.refusal(.post, "/api/user/new@a.example", "password=Secret-1234&maildir=\(path)") == word)
    }

    @Test func onesOwnPathIsNoCollision() throws {
        try admin.done(.put, target, "maildir=/var/vmail/vmail1/a.example/jo")
        #expect(try path() == ["/var/vmail|vmail1|a.example/jo/"])
    }

    @Test(arguments: [
        ("mailboxFormat=MDBOX", "mdbox|Maildir"), ("mailboxFormat=sdbox&mailboxFolder=Mail2", "sdbox|Mail2"),
    ])
    func theFormatIsStored(_ form: String, _ columns: String) throws {
        try admin.done(.put, target, form)
        #expect(
            try api.rows("SELECT mailboxformat, mailboxfolder FROM mailbox WHERE username = 'jo@a.example'") == [
                columns
            ])
    }

    /// `Security.md` C7: a domain admin cannot point a mailbox at other directories of the machine.
    @Test func aDomainAdminStaysBelowTheStorage() throws {
        let own = try api.client("own@office.example")
        for path in ["/srv/mail/new", "/var/vmail/vmail12/new", "/var/vmail/other/new"] {
            #expect(try own.refusal(.put, target, "maildir=\(path)") == "PERMISSION_DENIED")
            #expect(
                try own.refusal(.post, "/api/user/new@a.example", "password=Secret-1234&maildir=\(path)")
                    == "PERMISSION_DENIED")
        }
        try own.done(.put, target, "maildir=/var/vmail/vmail1/a.example/new")
    }
}
