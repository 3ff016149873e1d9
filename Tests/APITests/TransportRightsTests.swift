import Gateway
import Settings
import Storage
import Testing

/// Where a normal admin may send mail: `Security.md` B12, C6.
struct TransportRightsTests {
    private let api: TestAPI
    private let own: TestAPI.Client
    private let root: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addAdmin("own@office.example", of: ["a.example"])
        own = try api.client("own@office.example")
        root = try api.globalAdmin()
    }

    private static let targets = ["/api/domain/a.example", "/api/user/jo@a.example", "/api/users/a.example"]

    @Test(arguments: targets, ["lmtp:unix:private/x", "smtp:[192.0.2.1]:25", "discard:", "error:x"])
    func aServiceOfTheListIsForEverybody(_ target: String, _ transport: String) throws {
        try own.done(.put, target, "transport=\(transport)")
    }

    @Test(arguments: targets, ["pipe:x", "local", "local:", "maildrop", "smtp-amavis:[127.0.0.1]:10024", "SMTP:x"])
    func anotherIsForGlobalAdmins(_ target: String, _ transport: String) throws {
        #expect(try own.refusal(.put, target, "transport=\(transport)") == "PERMISSION_DENIED")
        try root.done(.put, target, "transport=\(transport)")
    }

    @Test(
        arguments: targets,
        ["pipe:a%20b", "pipe:%7Csh", "smtp:x%0Ay", "local:x%00", "dovecot;x", "/bin/sh", "smtp:[::"])
    func whatIsNoneIsForNobody(_ target: String, _ transport: String) throws {
        for client in [own, root] {
            #expect(try client.refusal(.put, target, "transport=\(transport)") == "INVALID_PARAMETER")
        }
    }

    @Test(arguments: targets)
    func theListIsASetting(_ target: String) throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.transportServices, ["maildrop"]))
        try own.done(.put, target, "transport=maildrop:")
        #expect(try own.refusal(.put, target, "transport=smtp:x.example") == "PERMISSION_DENIED")
    }
}
