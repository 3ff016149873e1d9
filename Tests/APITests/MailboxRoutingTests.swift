import Gateway
import Storage
import Testing

/// Where a user's mail goes, in `PUT /api/user/<mail>`: `Contract.md` 7.3.
struct MailboxRoutingTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let target = "/api/user/jo@a.example"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        for address in ["jo@a.example", "al@a.example"] { try api.addMailbox(address) }
        try api.addMailbox("off@a.example", active: false)
        try api.addAdmin("own@office.example", of: ["a.example"])
        admin = try api.globalAdmin()
    }

    private func destinations() throws -> [String] {
        try api.rows(
            "SELECT forwarding, dest_domain, is_forwarding, active FROM forwardings WHERE address = 'jo@a.example' ORDER BY 1"
        )
    }

    @Test(arguments: [
        (
            "addForwarding=x@c.example",
            ["jo@a.example|a.example|1|1", "old@c.example|c.example|1|1", "x@c.example|c.example|1|1"]
        ),
        ("addForwarding=OLD@c.example,bogus", ["jo@a.example|a.example|1|1", "old@c.example|c.example|1|1"]),
        (
            "addForwarding=off@a.example",
            ["jo@a.example|a.example|1|1", "off@a.example|a.example|1|0", "old@c.example|c.example|1|1"]
        ),
        ("addForwarding=", ["jo@a.example|a.example|1|1", "old@c.example|c.example|1|1"]),
        ("removeForwarding=old@c.example,none@c.example", ["jo@a.example|a.example|1|1"]),
        ("removeForwarding=jo@a.example", ["old@c.example|c.example|1|1"]),
        ("removeForwarding=jo@a.example,old@c.example", ["jo@a.example|a.example|1|1"]),
        ("removeForwarding=", ["jo@a.example|a.example|1|1", "old@c.example|c.example|1|1"]),
        (
            "removeForwarding=old@c.example&addForwarding=x@c.example",
            ["jo@a.example|a.example|1|1", "x@c.example|c.example|1|1"]
        ),
    ])
    func singleDestinationsComeAndGo(_ form: String, _ rows: [String]) throws {
        try api.addForwarding("jo@a.example", to: "old@c.example")
        try admin.done(.put, target, form)
        #expect(try destinations() == rows)
    }

    @Test func addingKeepsAMailboxWithoutCopyAsItIs() throws {
        try admin.done(.put, target, "forwarding=x@c.example")
        try admin.done(.put, target, "addForwarding=y@c.example")
        #expect(try destinations() == ["x@c.example|c.example|1|1", "y@c.example|c.example|1|1"])
    }

    @Test(arguments: ["forwarding=&addForwarding=x@c.example", "forwarding=x@c.example&removeForwarding="])
    func theListAndSingleDestinationsConflict(_ form: String) throws {
        #expect(try admin.refusal(.put, target, form) == "PARAMETER_CONFLICT")
    }

    @Test(arguments: ["sender", "recipient"])
    func aCopyGoesToOneAddress(_ direction: String) throws {
        let rows = SQL(trusted: "SELECT username, bcc_address, domain, active FROM \(direction)_bcc_user")
        try admin.done(.put, target, "\(direction)Bcc=Archive@C.example")
        try admin.done(.put, target, "\(direction)Bcc=other@c.example")
        #expect(try api.rows(rows) == ["jo@a.example|other@c.example|a.example|1"])
        #expect(try admin.send(.get, target).text("\(direction)_bcc") == "other@c.example")
        #expect(try admin.refusal(.put, target, "\(direction)Bcc=x") == "INVALID_MAIL")
        #expect(try admin.refusal(.put, target, "\(direction)Bcc=x@c.example,y@c.example") == "INVALID_MAIL")
        try admin.done(.put, target, "\(direction)Bcc=")
        #expect(try api.rows(rows) == [])
    }

    @Test(arguments: [
        ("[192.0.2.2]:25", "[192.0.2.2]:25"), ("smtp:[192.0.2.2]:25", "[192.0.2.2]:25"),
        ("relay:mx.b.example", "mx.b.example"),
    ])
    func theRelayIsANextHopOnly(_ value: String, _ stored: String) throws {
        try admin.done(.put, target, "outboundRelay=\(value)")
        #expect(try api.rows("SELECT account, relayhost FROM sender_relayhost") == ["jo@a.example|\(stored)"])
        #expect(try admin.send(.get, target).text("relayhost") == stored)
        try admin.done(.put, target, "outboundRelay=")
        #expect(try api.rows("SELECT account FROM sender_relayhost") == [])
    }

    @Test func theTransportIsTheUsersOwn() throws {
        try admin.done(.put, target, "transport=smtp:[mx.b.example]")
        #expect(try api.rows("SELECT transport FROM mailbox ORDER BY username") == ["", "smtp:[mx.b.example]", ""])
        #expect(try admin.refusal(.put, target, "transport=a+b") == "INVALID_PARAMETER")
        try admin.done(.put, target, "transport=")
        #expect(try api.rows("SELECT DISTINCT transport FROM mailbox") == [""])
    }

    private static let profiles = [
        ("relay", "transport=dovecot"), ("relay", "outboundRelay="), ("forwarding", "forwarding="),
        ("forwarding", "addForwarding=x@c.example"),
        ("forwarding", "removeForwarding="), ("aliases", "aliases="), ("aliases", "addAlias=x@a.example"),
        ("aliases", "removeAlias="),
        ("bcc", "senderBcc="), ("bcc", "recipientBcc=x@c.example"),
    ]

    @Test(arguments: profiles)
    func aClosedProfileIsClosedToDomainAdminsOnly(_ profile: String, _ form: String) throws {
        let own = try api.client("own@office.example")
        try own.done(.put, target, form)
        try api.run("UPDATE domain SET settings = \("disabled_user_profiles:\(profile);")")
        #expect(try own.refusal(.put, target, "name=X&\(form)") == "PERMISSION_DENIED")
        try admin.done(.put, target, form)
        try own.done(
            .put, target,
            "name=X&employeeid=1&gn=J&sn=X&telephoneNumber=1&mobile=2&services=imap&quota=1&accountStatus=active&language=de_DE"
        )
    }

    @Test(arguments: [
        ("gn", "first_name"), ("sn", "last_name"), ("telephoneNumber", "telephone"), ("mobile", "mobile"),
    ])
    func furtherTextsAreStored(_ parameter: String, _ column: String) throws {
        try admin.done(.put, target, "\(parameter)=%2B49+30")
        let row = SQL(trusted: "SELECT \(column) FROM mailbox WHERE username = 'jo@a.example'")
        #expect(try api.rows(row) == ["+49 30"])
        try admin.done(.put, target, "\(parameter)=")
        #expect(try api.rows(row) == [""])
        #expect(try admin.refusal(.put, target, "\(parameter)=a%07b") == "INVALID_PARAMETER")
    }
}
