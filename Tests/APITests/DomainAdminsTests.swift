import Gateway
import Storage
import Testing

/// `PUT /api/domain/admins/<domain>`: `Contract.md` 6.1.
struct DomainAdminsTests {
    private let api: TestAPI
    private let target = "/api/domain/admins/a.example"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        for address in ["jo@a.example", "jo@b.example"] { try api.addMailbox(address) }
        try api.addMailbox("root@a.example", isAdmin: true, isGlobalAdmin: true)
        try api.addAdmin("own@office.example", of: ["a.example"])
        try api.addAdmin("new@office.example")
    }

    private func admins() throws -> [String] {
        try api.rows("SELECT username FROM domain_admins WHERE domain = 'a.example' ORDER BY 1")
    }

    private func flags() throws -> [String] {
        try api.rows("SELECT username FROM mailbox WHERE isadmin = 1 ORDER BY 1")
    }

    @Test(arguments: [
        ("addAdmin=new@office.example", ["new@office.example", "own@office.example"], ["root@a.example"]),
        (
            "addAdmin=JO@a.example,jo@b.example", ["jo@a.example", "jo@b.example", "own@office.example"],
            ["jo@a.example", "jo@b.example", "root@a.example"]
        ),
        (
            "addAdmin=no@a.example,root@a.example,postmaster@admin.example,bogus", ["own@office.example"],
            ["root@a.example"]
        ),
        ("addAdmin=", ["own@office.example"], ["root@a.example"]),
        ("removeAdmin=own@office.example,no@a.example", [], ["root@a.example"]),
        ("removeAllAdmins=", [], ["root@a.example"]), ("removeAllAdmins=no", [], ["root@a.example"]),
        ("removeAllAdmins=yes&addAdmin=jo@a.example", ["jo@a.example"], ["jo@a.example", "root@a.example"]),
        ("removeAllAdmins=&addAdmin=own@office.example", ["own@office.example"], ["root@a.example"]),
        ("removeAllAdmins=&removeAdmin=own@office.example", [], ["root@a.example"]),
    ])
    func aGlobalAdminAppointsAnybody(_ form: String, _ admins: [String], _ flags: [String]) throws {
        try api.globalAdmin().done(.put, target, form)
        #expect(try self.admins() == admins)
        #expect(try self.flags() == flags)
        #expect(
            try api.rows("SELECT username FROM domain_admins WHERE domain = 'ALL' ORDER BY 1") == [
                "postmaster@admin.example", "root@a.example",
            ])
    }

    @Test func theRowIsDatedAndActive() throws {
        try api.globalAdmin().done(.put, target, "addAdmin=jo@a.example")
        #expect(
            try api.rows("SELECT domain, created, active FROM domain_admins WHERE username = 'jo@a.example'") == [
                "a.example|2026-01-31 23:59:59|1"
            ])
    }

    @Test func aDomainAdminAppointsUsersOfHisDomainsOnly() throws {
        try api.client("own@office.example").done(
            .put, target, "addAdmin=jo@a.example,jo@b.example,new@office.example,root@a.example")
        #expect(try admins() == ["jo@a.example", "own@office.example"])
    }

    @Test func aDomainAdminMayRemoveHimself() throws {
        let own = try api.client("own@office.example")
        try own.done(.put, target, "removeAdmin=own@office.example")
        #expect(try own.refusal(.put, target, "addAdmin=jo@a.example") == "PERMISSION_DENIED")
    }

    @Test func aUserWhoManagesAnotherDomainStaysAnAdmin() throws {
        let root = try api.globalAdmin()
        for domain in ["a.example", "b.example"] {
            try root.done(.put, "/api/domain/admins/\(domain)", "addAdmin=jo@a.example")
        }
        try root.done(.put, target, "removeAdmin=jo@a.example")
        #expect(try flags() == ["jo@a.example", "root@a.example"])
        try root.done(.put, "/api/domain/admins/b.example", "removeAllAdmins=")
        #expect(try flags() == ["root@a.example"])
    }

    @Test func strictHandlingRefusesWhoCannotBeAppointed() throws {
        var strict = try api.globalAdmin()
        strict.isStrict = true
        for name in ["no@a.example", "root@a.example", "bogus"] {
            #expect(try strict.refusal(.put, target, "addAdmin=jo@a.example,\(name)") != nil)
        }
    }
}
