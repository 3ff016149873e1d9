import MailStore
import StoreSupport
import Support
import Testing

/// What Postfix still gets from a domain that is off: nothing, whatever its rows say.
@Suite(
    .enabled(if: !ReadersEngine.ofPostfix.isEmpty, "needs postfix-sqlite and sqlite3, or postfix-pgsql and a server"))
struct InactiveDomainReadersTests {
    /// `off.example` has one row of everything there is.
    private func read(_ engine: ReadersEngine, _ body: (ReadersState, PostfixReader) throws -> Void) throws {
        let state = try ReadersState(engine, [.vmail])
        try state.run(
            .vmail,
            """
            INSERT INTO domain (domain, active, transport) VALUES ('off.example', 0, 'relay:[192.0.2.1]'), ('on.example', 1, 'dovecot');
            INSERT INTO alias_domain (alias_domain, target_domain, active)
            VALUES ('alias.example', 'off.example', 1), ('waits.example', 'on.example', 0);
            INSERT INTO mailbox (username, domain, transport, maildir)
            VALUES ('u@off.example', 'off.example', 'relay:[192.0.2.1]', 'u/'), ('u@on.example', 'on.example', '', 'u/');
            INSERT INTO alias (address, domain) VALUES ('team@off.example', 'off.example');
            INSERT INTO maillists (address, domain, transport, mlid) VALUES ('list@off.example', 'off.example', 'x:', '1');
            INSERT INTO forwardings (address, forwarding, domain, dest_domain)
            VALUES ('u@off.example', 'x@b.example', 'off.example', 'b.example'),
                   ('team@off.example', 'x@b.example', 'off.example', 'b.example'),
                   ('off.example', 'x@b.example', 'off.example', 'b.example'),
                   ('on.example', 'x@b.example', 'on.example', 'b.example');
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_alias)
            VALUES ('extra@off.example', 'u@off.example', 'off.example', 'off.example', 1);
            INSERT INTO sender_bcc_user (username, bcc_address, domain) VALUES ('u@off.example', 'x@b.example', 'off.example');
            INSERT INTO recipient_bcc_user (username, bcc_address, domain) VALUES ('u@off.example', 'x@b.example', 'off.example');
            INSERT INTO sender_bcc_domain (domain, bcc_address) VALUES ('off.example', 'x@b.example');
            INSERT INTO recipient_bcc_domain (domain, bcc_address) VALUES ('off.example', 'x@b.example');
            INSERT INTO sender_relayhost (account, relayhost)
            VALUES ('u@off.example', '[192.0.2.1]'), ('@off.example', '[192.0.2.1]'), ('@on.example', '[192.0.2.2]'),
                   ('u@on.example', '[192.0.2.3]'), ('@nowhere.example', '[192.0.2.4]');
            """)
        try withExtendedLifetime(state) { try body(state, try state.postfixReader()) }
    }

    @Test(arguments: ReadersEngine.ofPostfix)
    func noTableSpeaksOfIt(_ engine: ReadersEngine) throws {
        try read(engine) { _, postfix in
            let parameters = [
                "virtual_mailbox_domains", "relay_domains", "transport_maps", "virtual_mailbox_maps",
                "virtual_alias_maps",
                "sender_bcc_maps", "recipient_bcc_maps", "smtpd_sender_login_maps", "sender_dependent_relayhost_maps",
            ]
            for key in [
                "off.example", "@off.example", "u@off.example", "team@off.example", "list@off.example",
                "extra@off.example",
                "nobody@off.example", "alias.example", "u@alias.example", "nobody@alias.example", "u@waits.example",
                "waits.example",
            ] {
                for parameter in parameters {
                    let answer = try postfix.lookUp(parameter, key)
                    #expect(answer == nil, "\(parameter) \(key)")
                }
            }
        }
    }

    @Test(arguments: ReadersEngine.ofPostfix)
    func aSendersRelayIsThatOfAHostedDomainThatIsOn(_ engine: ReadersEngine) throws {
        try read(engine) { state, postfix in
            for (key, answer) in [
                ("@on.example", "[192.0.2.2]"), ("u@on.example", "[192.0.2.3]"), ("@nowhere.example", nil),
                ("@off.example", nil),
            ] as [(String, String?)] {
                #expect(try postfix.query(map: "sender-dependent-relayhost-maps", key: key) == answer, "\(key)")
            }
            try state.run(.vmail, "UPDATE domain SET active = 1 WHERE domain = 'off.example';")
            #expect(try postfix.query(map: "sender-dependent-relayhost-maps", key: "u@off.example") == "[192.0.2.1]")
        }
    }
}
