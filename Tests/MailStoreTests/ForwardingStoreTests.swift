import Mail
import MailStore
import Storage
import Testing

/// The rule of `forwardings.active` and the kinds of rows: `Contract.md` 1.1.
struct ForwardingStoreTests {
    private let state: WriterState

    init() throws {
        state = try WriterState()
        try state.connection(writes: true).script(
            """
            INSERT INTO domain (domain) VALUES ('a.example');
            INSERT INTO mailbox (username, domain, active)
            VALUES ('on@a.example', 'a.example', 1), ('off@a.example', 'a.example', 0);
            INSERT INTO alias (address, domain, active)
            VALUES ('team@a.example', 'a.example', 1), ('gone@a.example', 'a.example', 0);
            INSERT INTO domain (domain, active) VALUES ('shut.example', 0), ('waiting.example', 0);
            INSERT INTO domain_ownership (admin, domain) VALUES ('dan@x.example', 'waiting.example');
            INSERT INTO alias_domain (alias_domain, target_domain, active)
            VALUES ('live.example', 'a.example', 1), ('waits.example', 'a.example', 0);
            INSERT INTO mailbox (username, domain, active)
            VALUES ('off@shut.example', 'shut.example', 0), ('off@waiting.example', 'waiting.example', 0);
            """)
    }

    /// Address and destination, the flag that is set (a catch-all has none), and whether the row must be active.
    private static let pairs: [(String, String, String?, Int)] = [
        ("on@a.example", "on@a.example", "is_forwarding", 1), ("on@a.example", "x@b.example", "is_forwarding", 1),
        ("on@a.example", "off@a.example", "is_forwarding", 0), ("off@a.example", "x@b.example", "is_forwarding", 0),
        ("off@a.example", "off@a.example", "is_forwarding", 0), ("team@a.example", "on@a.example", "is_list", 1),
        ("team@a.example", "off@a.example", "is_list", 0), ("team@a.example", "x@b.example", "is_list", 1),
        ("team@a.example", "gone@a.example", "is_list", 1),
        ("gone@a.example", "on@a.example", "is_list", 0), ("gone@a.example", "x@b.example", "is_list", 0),
        ("extra@a.example", "on@a.example", "is_alias", 1),
        ("extra@a.example", "off@a.example", "is_alias", 0), ("a.example", "x@b.example", nil, 1),
        ("extra@live.example", "on@a.example", "is_alias", 1), ("extra@live.example", "off@a.example", "is_alias", 0),
        ("extra@waits.example", "on@a.example", "is_alias", 0), ("extra@shut.example", "on@a.example", "is_alias", 0),
        ("extra@nowhere.example", "on@a.example", "is_alias", 0), ("team@a.example", "off@shut.example", "is_list", 0),
        ("team@a.example", "off@waiting.example", "is_list", 1),
        ("off@a.example", "off@waiting.example", "is_forwarding", 0),
        ("a.example", "off@a.example", nil, 0),
    ]

    @Test(arguments: pairs, [0, 1])
    func aRowIsActiveWhenBothSidesAre(_ pair: (String, String, String?, Int), _ before: Int) throws {
        let (address, destination, flag, expected) = pair
        try state.connection(writes: true).execute(
            SQL(
                trusted: """
                    INSERT INTO forwardings (address, forwarding, domain, dest_domain, active\(flag.map { ", " + $0 } ?? ""))
                    VALUES (?, ?, 'a.example', '', ?\(flag == nil ? "" : ", 1"))
                    """,
                [.text(address), .text(destination), .integer(before)]))
        try state.run { try $0.forwardings.refreshActivity(touching: try #require(MailAddress(destination))) }
        #expect(try state.rows("SELECT active FROM forwardings") == ["\(expected)"])
    }

    @Test func aPerUserAliasThatIsThereStays() throws {
        let extra = try #require(MailAddress("extra@a.example"))
        let user = try #require(MailAddress("on@a.example"))
        try state.run { store in
            try store.forwardings.addAlias(extra, to: user)
            try store.forwardings.addAlias(extra, to: user)
        }
        #expect(try state.rows("SELECT address FROM forwardings") == ["extra@a.example"])
    }
}
