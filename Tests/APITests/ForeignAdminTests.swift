import Gateway
import Storage
import Testing

/// A mail user who manages a domain that the admin of his own domain does not manage: whoever set his password would
/// manage it, too. `Contract.md` 3.1, `Security.md` B18.
struct ForeignAdminTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let own: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example", "c.example"] { try api.addDomain(domain) }
        for address in ["jo@a.example", "al@a.example"] { try api.addMailbox(address) }
        try api.addAdmin("own@office.example", of: ["a.example", "c.example"], settings: "create_new_domains:yes;")
        admin = try api.globalAdmin()
        own = try api.client("own@office.example")
        for domain in ["a.example", "b.example"] {
            try admin.done(.put, "/api/domain/admins/\(domain)", "addAdmin=jo@a.example")
        }
    }

    private static let changes: [(Method, String, String?)] = [
        (.put, "", "password=Other-5678"), (.put, "", "password_hash={PLAIN}x"), (.put, "", "name=X"),
        (.put, "", "accountStatus=disabled"), (.put, "", "forwarding=own@office.example"),
        (.put, "", "addAlias=x@a.example"),
        (.put, "", "maildir=/var/vmail/vmail1/a.example/x"), (.put, "", ""), (.delete, "", nil),
        (.delete, "/keep_mailbox_days/0", nil),
        (.post, "/change_email/new@a.example", nil), (.post, "/change_email/jo@c.example", nil),
    ]

    @Test(arguments: changes)
    func isNotChanged(_ method: Method, _ action: String, _ form: String?) throws {
        #expect(try own.refusal(method, "/api/user/jo@a.example\(action)", form) == "PERMISSION_DENIED")
        _ = try api.client("jo@a.example")
    }

    /// His right may be switched on again.
    @Test func aRightThatIsSwitchedOffCounts() throws {
        try api.run("UPDATE domain_admins SET active = 0 WHERE username = 'jo@a.example'")
        #expect(try own.refusal(.put, "/api/user/jo@a.example", "password=Other-5678") == "PERMISSION_DENIED")
        try api.run("UPDATE mailbox SET isadmin = 0")
        #expect(try own.refusal(.delete, "/api/user/jo@a.example") == "PERMISSION_DENIED")
    }

    @Test func soDoesTheCallersOwnThatIsSwitchedOff() throws {
        try api.run(
            "INSERT INTO domain_admins (username, domain, active) VALUES ('own@office.example', 'b.example', 0)")
        #expect(try own.refusal(.put, "/api/user/jo@a.example", "password=Other-5678") == "PERMISSION_DENIED")
        try api.run("UPDATE domain_admins SET active = 1")
        try own.done(.put, "/api/user/jo@a.example", "password=Other-5678")
    }

    @Test(arguments: changes)
    func aGlobalAdminChangesHim(_ method: Method, _ action: String, _ form: String?) throws {
        try admin.done(method, "/api/user/jo@a.example\(action)", form)
    }

    @Test func onlyCommonDomainsAreNoHindrance() throws {
        try admin.done(.put, "/api/domain/admins/b.example", "removeAdmin=jo@a.example")
        try admin.done(.put, "/api/domain/admins/c.example", "addAdmin=jo@a.example")
        try own.done(.put, "/api/user/jo@a.example", "password=Other-5678")
        try own.done(.post, "/api/user/jo@a.example/change_email/new@c.example")
        try own.done(.delete, "/api/user/new@c.example")
    }

    @Test func heChangesHimself() throws {
        try api.run("INSERT INTO domain_admins (username, domain, active) VALUES ('jo@a.example', 'c.example', 0)")
        let jo = try api.client("jo@a.example")
        try jo.done(.put, "/api/users/a.example", "language=de_DE")
        #expect(
            try api.rows("SELECT username FROM mailbox WHERE language = 'de_DE' ORDER BY 1") == [
                "al@a.example", "jo@a.example",
            ])
        try jo.done(.put, "/api/user/jo@a.example", "password=Other-5678")
        try jo.done(.post, "/api/user/jo@a.example/change_email/new@a.example")
        try jo.done(.delete, "/api/user/new@a.example")
    }

    @Test func aGlobalAdminsMailboxHasItsOwnWord() throws {
        try admin.done(.put, "/api/user/jo@a.example", "isGlobalAdmin=yes")
        #expect(
            try own.refusal(.put, "/api/user/jo@a.example", "name=X") == "PERMISSION_DENIED_UPDATE_GLOBAL_ADMIN_PROFILE"
        )
    }

    // MARK: All users of the domain

    @Test func aChangeOfAllPassesHimOver() throws {
        let jo = try api.client("jo@a.example")
        let before = try api.rows("SELECT * FROM mailbox WHERE username = 'jo@a.example'")
        try own.done(
            .put, "/api/users/a.example", "password=Other-5678&accountStatus=disabled&language=de_DE&transport=dovecot")
        #expect(try api.rows("SELECT * FROM mailbox WHERE username = 'jo@a.example'") == before)
        #expect(try api.rows("SELECT active, language FROM mailbox WHERE username = 'al@a.example'") == ["0|de_DE"])
        // Nor is he logged out.
        #expect(try jo.send(.get, "/api/domain/b.example").isSuccess)
    }

    /// A session ends when its password was changed, and with no other password.
    @Test func aNewPasswordForAllEndsOnlyTheSessionsOfThoseWhoGotIt() throws {
        try api.addMailbox("root@a.example", isAdmin: true, isGlobalAdmin: true)
        try admin.done(.put, "/api/domain/admins/c.example", "addAdmin=al@a.example")
        try api.addAdmin("bob@a.example", of: ["b.example"])
        let clients = try ["jo@a.example", "root@a.example", "al@a.example", "bob@a.example"].map { try api.client($0) }
        try own.done(.put, "/api/users/a.example", "password=Other-5678")
        #expect(try clients.map { try $0.send(.get, "/api/domains").isSuccess } == [true, true, false, true])
        try admin.done(.put, "/api/users/a.example", "password=Third-5678")
        #expect(try clients.map { try $0.send(.get, "/api/domains").isSuccess } == [false, false, false, true])
    }

    // MARK: The domain he lives in

    @Test(arguments: ["", "/keep_mailbox_days/1"])
    func hisDomainIsNotDeleted(_ days: String) throws {
        #expect(try own.refusal(.delete, "/api/domain/a.example\(days)") == "PERMISSION_DENIED")
        try own.done(.delete, "/api/domain/c.example\(days)")
        try admin.done(.delete, "/api/domain/a.example\(days)")
    }

    @Test func withoutHimItMayBe() throws {
        try admin.done(.put, "/api/domain/admins/b.example", "removeAdmin=jo@a.example")
        try own.done(.delete, "/api/domain/a.example")
    }

    /// Of one's own domain one decides who manages it, also a foreign admin.
    @Test func heMayBeAppointedAndDismissed() throws {
        try own.done(.put, "/api/domain/admins/c.example", "addAdmin=jo@a.example")
        try own.done(.put, "/api/domain/admins/a.example", "removeAdmin=jo@a.example")
        #expect(try admin.send(.get, "/api/user/jo@a.example").texts("managed_domains") == ["b.example", "c.example"])
    }

    @Test func anIdleRightIsNotWokenByAnAppointment() throws {
        try api.run("UPDATE mailbox SET isadmin = 0")
        try own.done(.put, "/api/domain/admins/c.example", "addAdmin=jo@a.example")
        #expect(try api.rows("SELECT isadmin FROM mailbox WHERE username = 'jo@a.example'") == ["0"])
    }

    // MARK: Rights left over from an account that is gone

    @Test func aNewUserOfTheNameHasNone() throws {
        try api.run("DELETE FROM mailbox WHERE username = 'jo@a.example'")
        try api.run("DELETE FROM forwardings WHERE address = 'jo@a.example'")
        try own.done(.post, "/api/user/jo@a.example", "password=Other-5678")
        try own.done(.put, "/api/domain/admins/c.example", "addAdmin=jo@a.example")
        #expect(try own.send(.get, "/api/user/jo@a.example").texts("managed_domains") == ["c.example"])
    }

    @Test func norHasOneWhoIsRenamed() throws {
        try api.run("DELETE FROM mailbox WHERE username = 'jo@a.example'")
        try api.run("DELETE FROM forwardings WHERE address = 'jo@a.example'")
        try own.done(.put, "/api/domain/admins/a.example", "addAdmin=al@a.example")
        try own.done(.post, "/api/user/al@a.example/change_email/jo@a.example")
        #expect(try own.send(.get, "/api/user/jo@a.example").texts("managed_domains") == ["a.example"])
    }
}
