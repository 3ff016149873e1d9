import MailStore
import Neighbours
import StoreSupport
import Support
import Testing

/// A host that does not answer any more is passed over, by every program.
@Suite(.enabled(if: PostgreSQLDatabases.isPossible, "needs POSTERN_POSTGRESQL"))
struct FailOverTests {
    /// Nobody listens there.
    private static func closed() throws -> PostgreSQLAccess.Host { .init("127.0.0.1", port: try Loopback.freePort()) }

    @Test(.enabled(if: ReadersEngine.ofPostfix.contains(.postgreSQL), "needs postfix-pgsql"))
    func postfixAsksTheNextHost() throws {
        let state = try ReadersState(.postgreSQL, [.vmail], unreachable: Self.closed())
        try state.run(.vmail, "INSERT INTO domain (domain) VALUES ('open.example');")
        try withExtendedLifetime(state) {
            let found = try state.postfixReader().query(map: "virtual-mailbox-domains", key: "open.example")
            #expect(found == "open.example")
        }
    }

    @Test(
        .enabled(if: DovecotServer.isInstalled && ReadersEngine.ofDovecot.contains(.postgreSQL), "needs dovecot-pgsql"),
        .enabled(if: ProcessUser.isRoot, "needs root: Dovecot changes users"))
    func dovecotAsksTheNextHost() throws {
        let state = try ReadersState(.postgreSQL, [.vmail, .usage], unreachable: Self.closed())
        try state.run(.vmail, ReadersRows.vmail(mail: state.mail))
        let dovecot = try DovecotServer(configuration: state.dovecot)
        defer { dovecot.stop() }
        try withExtendedLifetime(state) {
            let isIn = try dovecot.login("anna@open.example", "geheim")
            #expect(isIn)
            let isRecorded = try Program.wait(atMost: .seconds(5)) {
                try state.run(.usage, "SELECT count(*) FROM last_login;") == "1\n"
            }
            #expect(isRecorded, "\(dovecot.log)")
        }
    }

    @Test(
        .enabled(if: ReadersEngine.ofAmavisd.contains(.postgreSQL), "needs amavisd-new and DBD::Pg"),
        .enabled(if: ProcessUser.isRoot, "needs root: amavisd takes its configuration from root only"))
    func amavisdAsksTheNextHost() throws {
        let state = try ReadersState(.postgreSQL, [.amavisd], unreachable: Self.closed())
        let amavisd = AmavisdLookup(snippet: "\(state.amavisd)/50-postern", as: ProcessUser(named: "amavis"))
        try withExtendedLifetime(state) {
            let policy = try amavisd.policy(of: "x@elsewhere.example")
            #expect(policy["spam_lover"] == "Y")
        }
    }
}
