import Gateway
import MailStore
import PasswordHash
import Storage
import Testing

/// What there is in a `DelegationWorld` before the hostile admin begins.
extension TestAPI {
    private typealias World = DelegationWorld

    /// A client of an admin of the world, whose address is his own.
    func client(of admin: String, cookie: String?) -> Client {
        Client(api: self, cookie: cookie, address: admin == World.globalAdmin ? World.globalAddress : "127.0.0.1")
    }

    func plantDomains(_ kind: DelegationWorld.Kind) throws {
        for domain in ["v.example", "v2.example", "tenant.example", "shared.example"] {
            try addDomain(domain, settings: "default_user_quota:\(World.secretNumber);")
            try run("UPDATE domain SET description = \("zq7 title of \(domain)") WHERE domain = \(domain)")
        }
        for domain in ["h.example", "h2.example"] { try addDomain(domain) }
        try run("INSERT INTO domain (domain, description, active) VALUES ('vwait.example', 'zq7 waiting', 0)")
        try run(
            """
            INSERT INTO domain (domain, description, backupmx, transport)
            VALUES ('vback.example', 'zq7 relayed', 1, 'relay:[zq7mx.example]')
            """)
        try addAliasDomain("valias.example", of: "v.example")
        try addAliasDomain("halias.example", of: "h.example")
        try run(
            "INSERT INTO alias_domain (alias_domain, target_domain, active) VALUES ('vwait2.example', 'v.example', 0)")
        for (domain, aliasDomain, verified) in [
            ("vwait.example", "", 0), ("v.example", "vwait2.example", 0), ("silver.example", "", 1),
        ] {
            try run(
                """
                INSERT INTO domain_ownership (admin, domain, alias_domain, verify_code, verified, expire)
                VALUES (\(kind.victim), \(domain), \(aliasDomain), 'zq7code', \(verified), 2000000000)
                """)
        }
        for (domain, copy) in [("v.example", "archive@bigmail.example"), ("v2.example", "jo@v.example")] {
            for side in ["sender", "recipient"] {
                try run(
                    SQL(
                        trusted: "INSERT INTO \(side)_bcc_domain (domain, bcc_address) VALUES (?, ?)",
                        [.text(domain), .text(copy)]))
            }
        }
        for account in ["@v.example", "@v2.example", "jo@v.example"] {
            try run("INSERT INTO sender_relayhost (account, relayhost) VALUES (\(account), '[zq7relay.example]:25')")
        }
    }

    func plantAdmins(_ kind: DelegationWorld.Kind) throws {
        let users = [
            "jo@v.example", "al@v.example", "fay@v.example", "mo@v2.example", "tess@tenant.example",
            "sue@shared.example", "jo@h.example", "al@h.example", World.foreignAdmin, "pat@h2.example",
        ]
        for user in users { try addMailbox(user, isAdmin: [World.foreignAdmin, "fay@v.example"].contains(user)) }
        try run("UPDATE mailbox SET name = 'zq7 name of ' || username WHERE domain NOT IN ('h.example', 'h2.example')")
        let creates = "create_new_domains:yes;"
        let people = [(kind.hostile, kind.hostileIsMailUser), (kind.victim, kind.victimIsMailUser)]
        for (admin, isMailUser) in people {
            if isMailUser {
                try addMailbox(admin, isAdmin: true, settings: creates)
            } else {
                try addAdmin(admin, settings: creates)
            }
        }
        try addAdmin(World.neighbour, of: ["shared.example"])
        try addAdmin(World.globalAdmin, of: ["ALL"])
        let domains = [
            (kind.hostile, ["h.example", "h2.example"]),
            (kind.victim, ["v.example", "v2.example", "vback.example", "tenant.example", "vwait.example"]),
            (World.foreignAdmin, ["shared.example"]), ("fay@v.example", ["shared.example"]),
        ]
        for (admin, names) in domains {
            for name in names { try run("INSERT INTO domain_admins (username, domain) VALUES (\(admin), \(name))") }
        }
        let hash = try PasswordHasher(bcryptCost: 10).hash(Secret(World.passwordOfOthers), .ssha512)
        try run(
            """
            UPDATE admin SET password = \(hash), name = 'zq7 admin'
             WHERE username NOT IN (\(kind.hostile), \(Self.admin))
            """)
        try run("UPDATE mailbox SET password = \(hash) WHERE username <> \(kind.hostile)")
    }

    /// Somebody else had the hostile admin's address before him, and had proved that `gold.example` is his. The global
    /// admin gave him another one, or deleted him.
    func plantFormerAdmin(_ kind: DelegationWorld.Kind) throws {
        let global = try globalAdmin()
        let path = kind.hostileIsMailUser ? "/api/user/\(kind.hostile)" : "/api/admin/\(kind.hostile)"
        try global.done(.post, path, "password=\(World.passwordOfOthers)")
        try run(
            """
            INSERT INTO domain_ownership (admin, domain, verify_code, verified, expire)
            VALUES (\(kind.hostile), 'gold.example', 'zq7code', 1, 2000000000)
            """)
        if kind.hostileIsMailUser {
            try global.done(.post, "\(path)/change_email/moved@v.example")
        } else {
            try global.done(.delete, path)
        }
        // What the one who has the address now has proved himself.
        try run(
            """
            INSERT INTO domain_ownership (admin, domain, verify_code, verified, expire)
            VALUES (\(kind.hostile), 'hnew.example', 'iredmail-1', 1, 2000000000)
            """)
    }

    func plantHistory() throws {
        try run(
            """
            INSERT INTO deleted_mailboxes (username, domain, maildir, bytes, admin)
            VALUES ('old@v.example', 'v.example', '/var/vmail/vmail1/v.example/o/l/d/old-2025.12.31.23.59.59', 7700077,
                    'vera@v.example'),
                   ('gone@gone.example', 'gone.example', '/srv/gone', 7700077, 'postmaster@admin.example')
            """)
        for domain in ["v.example", "tenant.example", "ops.example", "office.example", "bigmail.example", ""] {
            try run(
                """
                INSERT INTO log (timestamp, admin, ip, domain, username, event, msg, changes)
                VALUES ('2026-01-30 10:00:00', \(World.globalAdmin), \(World.globalAddress), \(domain), '', 'update',
                        '[API] zq7 was done', '[{"table":"zq7","key":"zq7"}]')
                """)
        }
    }

    func plantMail(_ kind: DelegationWorld.Kind) throws {
        try addAlias(
            "team@v.example", members: ["jo@v.example", "ceo@bigmail.example", World.globalAdmin, World.neighbour])
        try addAlias("zq7board@v.example", members: ["ceo@bigmail.example", "al@ops.example"])
        try addList("news@v.example", members: ["al@v.example", "ceo@bigmail.example", "jo@office.example"])
        try addAlias("off@v2.example", members: ["ceo@bigmail.example"], active: false)
        try addAlias("desk@h.example", members: ["jo@h.example"])
        try addList("crew@h.example", members: ["al@h.example"])
        try run("UPDATE maillists SET transport = 'dovecot'")
        try run("UPDATE alias SET name = 'zq7 alias' WHERE domain LIKE 'v%'")
        try run("UPDATE maillists SET name = 'zq7 list' WHERE domain LIKE 'v%'")
        for (address, destination) in [
            ("jo@v.example", "ceo@bigmail.example"), ("al@v.example", "al@ops.example"),
            ("mo@v2.example", "jo@gold.example"),
        ] { try addForwarding(address, to: destination) }
        for address in ["info@v.example", "info@valias.example"] {
            try addForwarding(address, to: "jo@v.example", flag: .isAlias, domain: "v.example")
        }
        try addForwarding("v.example", to: "jo@v.example", flag: .none)
        try addForwarding("v2.example", to: "ceo@bigmail.example", flag: .none)
        try addForwarding("h.example", to: "jo@h.example", flag: .none)
        for moderator in ["ceo@bigmail.example", World.neighbour] {
            let domain = String(moderator.split(separator: "@")[1])
            try run(
                """
                INSERT INTO moderators (address, moderator, domain, dest_domain)
                VALUES ('team@v.example', \(moderator), 'v.example', \(domain))
                """)
            try run(
                """
                INSERT INTO maillist_owners (address, owner, domain, dest_domain)
                VALUES ('news@v.example', \(moderator), 'v.example', \(domain))
                """)
        }
        for side in ["sender", "recipient"] {
            try run(
                SQL(
                    trusted: """
                        INSERT INTO \(side)_bcc_user (username, bcc_address, domain)
                        VALUES ('jo@v.example', 'ceo@bigmail.example', 'v.example')
                        """))
        }
        try run("UPDATE mailbox SET transport = 'lmtp:unix:zq7' WHERE username = 'al@v.example'")
    }

    func plantPolicies() throws {
        let global = try globalAdmin()
        let lists = "addresses=zq7friend@rival.example,@zq7rival.example,ceo@bigmail.example,@bigmail.example"
        for scope in ["global", "v.example", "jo@v.example", "tenant.example", "shared.example"] {
            try global.done(.put, RandomPolicies.spamPolicy(scope), "spam_score=4.5&quarantine_spam=yes")
            try global.done(.post, "/api/greylisting/\(scope)", "status=enable")
            for kind in ["inbound", "outbound"] {
                try global.done(.post, "/api/throttle/\(scope)/\(kind)", "period=3600&max_msgs=77")
                try global.done(.post, "/api/wblist/\(kind)/whitelist/\(scope)", lists)
                try global.done(.post, "/api/wblist/\(kind)/blacklist/\(scope)", "addresses=zq7foe@rival.example")
            }
            try global.done(
                .post, "/api/greylisting/\(scope)/whitelists", "addSenders=@zq7white.example,ceo@bigmail.example")
        }
        try global.done(.post, "/api/greylisting/whitelist_spf_domains", "domains=zq7spf.example")
        for sql in [
            "UPDATE greylisting_whitelists SET comment = 'zq7 comment'",
            """
            INSERT INTO throttle (account, kind, period)
            VALUES ('@bigmail.example', 'external', 60), ('ceo@bigmail.example', 'external', 60), ('@.', 'external', 60)
            """,
            """
            INSERT INTO throttle_tracking (tid, account, period)
            SELECT id, 'jo@v.example', 60 FROM throttle WHERE account IN ('@v.example', '@.')
            """,
            """
            INSERT INTO greylisting_tracking (sender, recipient, client_address, rcpt_domain, record_expired)
            VALUES ('zq7@x.example', 'jo@v.example', '203.0.113.9', 'v.example', 2000000000)
            """,
            """
            INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
            VALUES ('@.', '203.0.113.0/24', 'AUTO-UPDATE: zq7spf.example')
            """,
            "INSERT INTO wblist_rdns (rdns) VALUES ('.zq7.example')",
        ] as [SQL] { try run(sql, on: .iredapd) }
    }

    func plantUsage() throws {
        for address in ["jo@v.example", "mo@v2.example", "tess@tenant.example"] {
            let domain = String(address.split(separator: "@")[1])
            for sql in [
                "INSERT INTO used_quota (username, bytes, messages) VALUES (\(address), 7700077, 2)",
                "INSERT INTO last_login (username, domain, imap) VALUES (\(address), \(domain), 9)",
                "INSERT INTO anyone_shares (from_user) VALUES (\(address))",
                "INSERT INTO share_folder (from_user, to_user) VALUES (\(address), 'al@v.example')",
            ] as [SQL] { try run(sql, on: .usage) }
        }
    }

    /// - Returns: the cookies by name.
    func logAllIn(_ kind: DelegationWorld.Kind) throws -> [String: String] {
        try run("DELETE FROM sessions", on: .api)
        var cookies = [Self.admin: try globalAdmin().cookie ?? "", kind.hostile: try client(kind.hostile).cookie ?? ""]
        for admin in [World.globalAdmin, World.neighbour, World.foreignAdmin, kind.victim] {
            let answer = try client(of: admin, cookie: nil)
                .send(.post, "/api/login", "username=\(admin)&password=\(World.passwordOfOthers)")
            guard answer.isSuccess, let cookie = answer.cookie else { throw NoAnswer() }
            cookies[admin] = cookie
        }
        return cookies
    }
}
