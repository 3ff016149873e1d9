import Gateway
import Storage
import Testing

/// `PUT /api/user/<mail>`, plain columns and rights: `Contract.md` 7.3.
struct UpdateMailboxTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.run("UPDATE mailbox SET name = 'Old', language = 'de_DE', employeeid = '1', quota = 5")
        admin = try api.globalAdmin()
    }

    @Test(arguments: [
        ("name=Jo+Example", "name", "Jo Example"), ("name=", "name", ""), ("employeeid=A-7", "employeeid", "A-7"),
        ("employeeid=", "employeeid", ""),
        ("language=fr_FR", "language", "fr_FR"), ("language=", "language", ""), ("language=xx_XX", "language", ""),
        ("language=FR_fr", "language", ""),
        ("quota=0", "quota", "0"), ("quota=100", "quota", "100"), ("quota=", "quota", "5"),
        ("accountStatus=disabled", "active", "0"), ("accountStatus=Active", "active", "1"),
        ("name='%3BDROP+TABLE+mailbox%3B--", "name", "';DROP TABLE mailbox;--"),
        ("name=%F0%9F%93%AC+%D8%B9", "name", "📬 ع"),
    ])
    func writesTheColumn(_ form: String, _ column: String, _ value: String) throws {
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(try api.rows(SQL(trusted: "SELECT \(column) FROM mailbox")) == [value])
    }

    @Test func leavesAllOthersAlone() throws {
        try admin.done(.put, "/api/user/jo@a.example", "name=Jo")
        #expect(try api.rows("SELECT name, language, employeeid, quota, active FROM mailbox") == ["Jo|de_DE|1|5|1"])
    }

    @Test func datesTheChange() throws {
        api.clock.move(by: 60)
        try admin.done(.put, "/api/user/jo@a.example", "name=Jo")
        #expect(
            try api.rows("SELECT modified, created, passwordlastchange FROM mailbox") == [
                "2026-02-01 00:00:59|1970-01-01 01:01:01|1970-01-01 01:01:01"
            ])
    }

    @Test(arguments: ["forwarding=x@b.example", "aliases=new@a.example", "addAlias=new@a.example"])
    func datesAChangeOfOtherTablesToo(_ form: String) throws {
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(try api.rows("SELECT modified FROM mailbox") == ["2026-01-31 23:59:59"])
    }

    @Test func isLogged() throws {
        try admin.done(.put, "/api/user/jo@a.example", "name=Jo")
        let line = try #require(try api.log().last)
        #expect(line.hasPrefix("update|postmaster@admin.example|127.0.0.1|a.example|jo@a.example|[API] "))
    }

    @Test func noPasswordGetsIntoTheLog() throws {
        try admin.done(.put, "/api/user/jo@a.example", "password=Other-5678")
        #expect(try !api.log().joined().contains("Other-5678"))
        #expect(!api.reports.lines.joined().contains("Other-5678"))
    }

    @Test(arguments: [
        ("quota=x", "INVALID_PARAMETER"), ("quota=-1", "INVALID_PARAMETER"), ("accountStatus=", "INVALID_PARAMETER"),
        ("accountStatus=maybe", "INVALID_PARAMETER"), ("accountStatus=true", "INVALID_PARAMETER"),
        ("accountStatus=on", "INVALID_PARAMETER"),
        ("employeeid=a%0Ab", "INVALID_PARAMETER"), ("forwarding=x", "INVALID_MAIL"),
        ("forwarding=,x,@b.example", "INVALID_MAIL"),
        ("aliases=x", "INVALID_MAIL"), ("password=", "PW_EMPTY"), ("aliases=&addAlias=", "PARAMETER_CONFLICT"),
        ("aliases=new@a.example&removeAlias=x@a.example", "PARAMETER_CONFLICT"),
        ("aliases=x&addAlias=y", "PARAMETER_CONFLICT"),
    ])
    func refusesTheWholeRequest(_ form: String, _ word: String) throws {
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "name=New&language=it_IT&\(form)") == word)
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "\(form)&name=New&language=it_IT") == word)
    }

    @Test(arguments: ["name", "employeeid"])
    func aTextHasAtMost255Characters(_ parameter: String) throws {
        let text = String(repeating: "ß", count: 255)
        try admin.done(.put, "/api/user/jo@a.example", "\(parameter)=\(text)")
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "\(parameter)=\(text)x") == "INVALID_PARAMETER")
    }

    @Test func aListHasAtMostAThousandAddresses() throws {
        let thousand = (1...1000).map { "u\($0)@b.example" }.joined(separator: ",")
        try admin.done(.put, "/api/user/jo@a.example", "forwarding=\(thousand)")
        #expect(try api.rows("SELECT COUNT(*) FROM forwardings") == ["1000"])
        #expect(
            try admin.refusal(.put, "/api/user/jo@a.example", "forwarding=\(thousand),x@b.example")
                == "INVALID_PARAMETER")
    }

    @Test(arguments: ["no@a.example", "team@a.example", "jo@nowhere.example"])
    func whatIsNoMailboxIsUnknown(_ address: String) throws {
        try api.addAlias("team@a.example")
        for method in [Method.put, .delete] {
            #expect(try admin.refusal(method, "/api/user/\(address)", "name=X") == "NO_SUCH_ACCOUNT")
        }
    }

    @Test(arguments: [
        ("forwarding", "forwarding=x@b.example"), ("forwarding", "forwarding="), ("aliases", "aliases="),
        ("aliases", "addAlias=new@a.example"),
        ("aliases", "removeAlias=extra@a.example"),
    ])
    func aClosedProfileIsForGlobalAdmins(_ profile: String, _ form: String) throws {
        try api.run("UPDATE domain SET settings = \("disabled_user_profiles:\(profile);")")
        try api.addAdmin("dan@office.example", of: ["a.example"])
        let dan = try api.client("dan@office.example")
        #expect(try dan.refusal(.put, "/api/user/jo@a.example", "name=New&\(form)") == "PERMISSION_DENIED")
        try dan.done(.put, "/api/user/jo@a.example", "name=New")
        try admin.done(.put, "/api/user/jo@a.example", form)
    }

    @Test func anOpenProfileIsForNormalAdminsToo() throws {
        try api.run("UPDATE domain SET settings = 'disabled_user_profiles:aliases,bcc;'")
        try api.addAdmin("dan@office.example", of: ["a.example"])
        try api.client("dan@office.example").done(.put, "/api/user/jo@a.example", "forwarding=x@b.example")
    }

    @Test func theLastGlobalAdminCannotBeDisabledOrDeleted() throws {
        try api.addMailbox("root@a.example", isGlobalAdmin: true)
        let root = try api.client("root@a.example")
        try root.done(.put, "/api/user/jo@a.example", "name=X")
        try api.run("UPDATE admin SET active = 0")
        #expect(try root.refusal(.put, "/api/user/root@a.example", "accountStatus=disabled") == "PERMISSION_DENIED")
        #expect(try root.refusal(.delete, "/api/user/root@a.example") == "PERMISSION_DENIED")
    }

    @Test func aGlobalAdminBesideAnotherCanBeDisabledAndDeleted() throws {
        try api.addMailbox("root@a.example", isGlobalAdmin: true)
        try admin.done(.put, "/api/user/root@a.example", "accountStatus=disabled")
        try admin.done(.delete, "/api/user/root@a.example")
    }

    @Test(arguments: ["isadmin = 1, isglobaladmin = 1", "isadmin = 0, isglobaladmin = 1"])
    func aNormalAdminTouchesNoGlobalAdmin(_ flags: String) throws {
        try api.run(SQL(trusted: "UPDATE mailbox SET \(flags)"))
        try api.addAdmin("dan@office.example", of: ["a.example"])
        let dan = try api.client("dan@office.example")
        for (method, target) in [
            (Method.put, "/api/user/jo@a.example"), (.delete, "/api/user/jo@a.example"),
            (.delete, "/api/user/jo@a.example/keep_mailbox_days/3"),
        ] {
            #expect(try dan.refusal(method, target, "name=X") == "PERMISSION_DENIED_UPDATE_GLOBAL_ADMIN_PROFILE")
        }
        #expect(try dan.send(.get, "/api/user/jo@a.example").isSuccess)
    }
}
