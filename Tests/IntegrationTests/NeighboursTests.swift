import Support
import Testing

extension IntegrationTests {
    /// What every kind of change does to every table that Postfix reads, asked of Postfix itself before and after it.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: PostfixReader.isInstalled, "needs postfix-sqlite"),
        .enabled(
            if: PostfixReader.isInstalled(for: "pgsql") && PostgreSQLCluster.isInstalled,
            "needs postfix-pgsql, postgresql"),
        .onEachEngine, .namingTheEngine)
    struct NeighboursTests {
        private let system: MailSystem
        private let postfix: PostfixReader

        init() throws {
            system = try MailSystem()
            postfix = try system.makePostfix()
            for domain in ["open.example", "other.example"] { try system.add(domain: domain) }
            for user in ["anna@open.example", "bert@open.example", "carl@other.example"] {
                let directory = "\(system.postern.mail)/node/\(user.prefix { $0 != "@" })"
                try system.add(user: user, "User-pw-1", [("maildir", directory)])
            }
        }

        @Test(arguments: NeighbourChanges.tables.map(\.name))
        func everyChangeIsSeenAtOnce(_ name: String) throws {
            let changes = try #require(NeighbourChanges.tables.first { $0.name == name }?.changes)
            for change in changes {
                let what: Comment = "\(change.method.rawValue) \(change.path) \(change.form)"
                for effect in change.effects {
                    #expect(try answer(effect) == effect.before, "\(effect.map) \(effect.key) before \(what)")
                }
                try system.client.change(change.method, change.path, change.form)
                for effect in change.effects {
                    #expect(try answer(effect) == effect.after, "\(effect.map) \(effect.key) after \(what)")
                }
            }
        }

        private func answer(_ effect: NeighbourChange.Effect) throws -> String? {
            try postfix.query(map: effect.map, key: effect.key)?.split(separator: ",").sorted().joined(separator: ",")
        }

        @Test func everyTableIsAsked() throws {
            let parameters = [
                "virtual_mailbox_domains", "relay_domains", "transport_maps", "virtual_mailbox_maps",
                "virtual_alias_maps",
                "sender_bcc_maps", "recipient_bcc_maps", "smtpd_sender_login_maps", "sender_dependent_relayhost_maps",
            ]
            let printed = Set(try parameters.flatMap { try postfix.maps(of: $0) })
            #expect(printed.count == 16)
            #expect(NeighbourChanges.maps == printed)
        }
    }
}
