import Gateway
import Settings
import Storage
import Testing

/// `PUT /api/domain/<domain>`, where its mail goes: `Contract.md` 5.4.
struct UpdateDomainRoutingTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let target = "/api/domain/a.example"

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addDomain("b.example")
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    @Test(arguments: ["sender", "recipient"])
    func aCopyGoesToOneAddress(_ direction: String) throws {
        let rows = SQL(trusted: "SELECT domain, bcc_address, created, active FROM \(direction)_bcc_domain")
        try admin.done(.put, target, "\(direction)Bcc=Archive@C.example")
        #expect(try api.rows(rows) == ["a.example|archive@c.example|2026-01-31 23:59:59|1"])
        try admin.done(.put, target, "\(direction)Bcc=other@c.example")
        #expect(try api.rows(rows) == ["a.example|other@c.example|2026-01-31 23:59:59|1"])
        try admin.done(.put, target, "\(direction)Bcc=")
        #expect(try api.rows(rows) == [])
    }

    @Test(arguments: [("[mx.b.example]:25", "relay:[mx.b.example]:25"), ("192.0.2.1", "relay:192.0.2.1")])
    func aBackupMXPassesMailOn(_ primary: String, _ transport: String) throws {
        try admin.done(.put, target, "is_backupmx=yes&primarymx=\(primary)")
        #expect(try api.rows("SELECT backupmx, transport FROM domain WHERE domain = 'a.example'") == ["1|\(transport)"])
        #expect(try admin.send(.get, target).text("primarymx") == primary)
    }

    @Test(arguments: [("relay:[mx.b.example]", "dovecot"), ("lmtp:inet:192.0.2.1", "lmtp:inet:192.0.2.1")])
    func aBackupMXNoMoreDeliversItself(_ before: String, _ after: String) throws {
        try api.run("UPDATE domain SET backupmx = 1, transport = \(before) WHERE domain = 'a.example'")
        try admin.done(.put, target, "is_backupmx=no&primarymx=ignored.example")
        #expect(try api.rows("SELECT backupmx, transport FROM domain WHERE domain = 'a.example'") == ["0|\(after)"])
    }

    @Test func theServerMayAllowABackupMXWithoutPrimary() throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.allowsBackupMXWithoutPrimary, true))
        try admin.done(.put, target, "is_backupmx=yes")
        #expect(try api.rows("SELECT backupmx, transport FROM domain WHERE domain = 'a.example'") == ["1|relay:"])
    }

    @Test func aCatchAllHasARowPerAddress() throws {
        let rows: SQL =
            """
            SELECT address, forwarding, domain, dest_domain, is_forwarding + is_alias + is_list + is_maillist, active
              FROM forwardings WHERE address = 'a.example' ORDER BY forwarding
            """
        try admin.done(.put, target, "catchall=JO@a.example,x@c.example,bogus,jo@a.example")
        #expect(
            try api.rows(rows) == [
                "a.example|jo@a.example|a.example|a.example|0|1", "a.example|x@c.example|a.example|c.example|0|1",
            ])
        try admin.done(.put, target, "catchall=y@c.example")
        #expect(try api.rows(rows) == ["a.example|y@c.example|a.example|c.example|0|1"])
        try admin.done(.put, target, "catchall=")
        #expect(try api.rows(rows) == [])
        #expect(try api.rows("SELECT address FROM forwardings") == ["jo@a.example"])
    }

    @Test func aCatchAllToADisabledUserIsOff() throws {
        try admin.done(.put, "/api/user/jo@a.example", "accountStatus=disabled")
        try admin.done(.put, target, "catchall=jo@a.example")
        #expect(try api.rows("SELECT active FROM forwardings WHERE address = 'a.example'") == ["0"])
        try admin.done(.put, "/api/user/jo@a.example", "accountStatus=active")
        #expect(try api.rows("SELECT active FROM forwardings WHERE address = 'a.example'") == ["1"])
    }

    @Test(arguments: [
        ("[192.0.2.2]:25", "[192.0.2.2]:25"), ("smtp:[192.0.2.2]:25", "[192.0.2.2]:25"),
        ("relay:mx.b.example", "mx.b.example"),
    ])
    func theRelayIsANextHopOnly(_ value: String, _ stored: String) throws {
        let rows: SQL = "SELECT account, relayhost FROM sender_relayhost"
        try admin.done(.put, target, "outboundRelay=old.b.example")
        try admin.done(.put, target, "outboundRelay=\(value)")
        #expect(try api.rows(rows) == ["@a.example|\(stored)"])
        try admin.done(.put, target, "outboundRelay=")
        #expect(try api.rows(rows) == [])
    }
}
