import Mail
import MailStore
import Storage

// What needs all entries: who is a member of what, and whose an address is.

extension DirectoryTables {
    func finishMemberships() throws {
        try tables.forEach(
            """
            SELECT m.address, m.member FROM memberships AS m JOIN domain AS d ON d.domain = substr(m.member, instr(m.member, '@') + 1)
             WHERE m.active = 1 AND m.is_off_with_domain = 1 AND d.active = 0 ORDER BY m.address, m.member
            """
        ) { row in
            note(
                .differs, "forwardings", "\(row.text(0)) \(row.text(1))",
                "it leads there, too: the member is on, and only its domain is off")
        }
        try tables.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, is_alias, active, is_found)
            SELECT m.address, m.member, substr(m.address, instr(m.address, '@') + 1), 0, m.active,
                   CASE WHEN m.active = 1 AND (m.is_off_with_domain = 0 OR d.active = 0) THEN 1 ELSE 0 END
              FROM memberships AS m LEFT JOIN domain AS d ON d.domain = substr(m.member, instr(m.member, '@') + 1)
            """)
    }

    func finishPerUserAliases() throws {
        try leaveOutAliasesOfOthers()
        // An alias domain has every address of its domain, so those of the same name need no row.
        try tables.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, is_alias, active, is_found)
            SELECT s.address, s.account, substr(s.account, instr(s.account, '@') + 1), 1, s.active, s.is_found
              FROM per_user_aliases AS s
             WHERE NOT EXISTS (
                   SELECT 1 FROM alias_domain AS a
                    WHERE a.alias_domain = substr(s.address, instr(s.address, '@') + 1)
                      AND a.target_domain = substr(s.account, instr(s.account, '@') + 1)
                      AND lower(substr(s.address, 1, instr(s.address, '@'))) = lower(substr(s.account, 1, instr(s.account, '@'))))
            """)
        try tables.forEach(
            """
            SELECT lower(substr(account, instr(account, '@') + 1)) AS domain, count(*) FROM per_user_aliases
             WHERE may_log_in = 1 GROUP BY domain ORDER BY domain
            """
        ) { row in
            note(
                .differs, "domain", row.text(0),
                "nobody can log in by a per-user alias (shadowAddress) any more, or send under one where "
                    + "smtpd_sender_login_maps decides: \(row.integer(1)) of them")
        }
        try tables.forEach(
            """
            SELECT a.alias_domain, a.target_domain, a.active, d.backupmx FROM alias_domain AS a
              JOIN domain AS d ON d.domain = a.target_domain ORDER BY a.alias_domain
            """
        ) { row in
            // What is no domain name is left out.
            guard DomainName(row.text(0)) != nil else { return }
            let target = row.text(1)
            let reason =
                row.text(3) == "1"
                ? "nothing is relayed for it: its domain \(target) is only relayed"
                : row.text(2) == "1"
                    ? "every address of \(target), and its catch-all, answers below it, whether it has a shadowAddress there or not"
                    : "its addresses no longer answer: \(target) is switched off, or has no service domainalias"
            note(.differs, "alias_domain", row.text(0), reason)
        }
    }

    /// An alias domain has one domain, and is none itself.
    func leaveOutAliasDomains() throws {
        let claims = "SELECT alias_domain FROM alias_domain WHERE active = 1"
        let isOfAnother = "active = 0 AND alias_domain IN (\(claims))"
        let isOfSeveral = """
            alias_domain IN (
              SELECT alias_domain FROM alias_domain GROUP BY alias_domain HAVING count(DISTINCT target_domain) > 1)
            """
        for (condition, reason) in [
            ("alias_domain IN (SELECT domain FROM domain)", "there is a domain of this name"),
            (isOfAnother, "another domain has it"),
            // None, so that nobody gets another one's mail by naming their alias domain.
            (isOfSeveral, "several domains have it"),
        ] {
            try tables.forEach(
                ["alias_domain", "target_domain", "active"],
                from: "alias_domain WHERE \(condition) ORDER BY alias_domain, target_domain"
            ) { row in
                note(.leftOut, "alias_domain", row.text(0), "\(reason), and so it is none of \(row.text(1))")
                if row.text(2) == "1" {
                    note(.differs, "alias_domain", row.text(0), "addresses of \(row.text(1)) no longer answer below it")
                }
            }
            try tables.remove("alias_domain", where: condition)
        }
    }

    /// Who says that they are a member of a mailbox or alias got its mail, where Postfix asked for members at all.
    func leaveOutMembersOfOthers() throws {
        let isAccount = """
            address IN (SELECT username FROM mailbox) OR address IN (SELECT address FROM alias)
             AND address NOT IN (SELECT address FROM maillists)
            """
        try tables.forEach(
            ["address", "member", "active AND address NOT IN (SELECT address FROM forwarded)"],
            from: "memberships WHERE \(isAccount) ORDER BY address, member"
        ) { row in
            let name = "\(row.text(0)) \(row.text(1))"
            note(.leftOut, "forwardings", name, "it is no member: \(row.text(0)) is no list")
            if row.text(2) == "1" { note(.differs, "forwardings", name, "it no longer answers") }
        }
        try tables.remove("memberships", where: isAccount)
        let isOthers = """
            lower(substr(address, instr(address, '@') + 1)) <> place AND address NOT IN (SELECT address FROM maillists)
            """
        try tables.forEach(
            ["address", "member", "active"], from: "memberships WHERE \(isOthers) ORDER BY address, member"
        ) { row in
            let name = "\(row.text(0)) \(row.text(1))"
            note(.leftOut, "forwardings", name, "it is no member: \(row.text(0)) is no list of that domain")
            if row.text(2) == "1" { note(.differs, "forwardings", name, "it no longer answers") }
        }
        try tables.remove("memberships", where: isOthers)
        let isForwarded = "address IN (SELECT address FROM forwarded)"
        try tables.forEach(["address", "member"], from: "memberships WHERE \(isForwarded) ORDER BY address, member") {
            row in
            note(
                .leftOut, "forwardings", "\(row.text(0)) \(row.text(1))",
                "Postfix did not find it: mail to \(row.text(0)) is forwarded")
        }
        try tables.remove("memberships", where: isForwarded)
    }

    /// No list takes another one's number, not even by guessing what that would get instead.
    func giveListsTheirOwnNumbers() throws {
        var round = 0
        while true {
            var shared: [String] = []
            try tables.forEach(
                """
                SELECT address FROM maillists
                 WHERE mlid IN (SELECT mlid FROM maillists GROUP BY mlid HAVING count(*) > 1) ORDER BY address
                """
            ) { row in shared.append(row.text(0)) }
            guard !shared.isEmpty else { return }
            for address in shared {
                if round == 0 {
                    note(
                        .changed, "maillists", address,
                        "it gets a mailingListID of its own: another list has the same")
                }
                let number = Self.listID(of: round == 0 ? address : "\(address) \(round)")
                try tables.change("UPDATE maillists SET mlid = \(number) WHERE address = \(address)")
            }
            round += 1
        }
    }

    /// Mail to an account stays its own, though another one has its address as a further one.
    func leaveOutAliasesOfOthers() throws {
        let isAccount = """
            address IN (SELECT username FROM mailbox) OR address IN (SELECT address FROM alias)
             OR address IN (SELECT address FROM maillists)
            """
        let domain = "substr(address, instr(address, '@') + 1)"
        let isOthers = """
            \(domain) IN (SELECT domain FROM domain WHERE domain <> place)
             OR \(domain) IN (SELECT alias_domain FROM alias_domain WHERE target_domain <> place)
            """
        for (condition, reason) in [
            (isAccount, "there is an account of this address"), (isOthers, "it lies below another domain"),
        ] {
            try tables.forEach(
                ["address", "account", "is_found"],
                from: "per_user_aliases WHERE \(condition) ORDER BY address, account"
            ) { row in
                let name = "\(row.text(0)) \(row.text(1))"
                note(.leftOut, "forwardings", name, reason)
                if row.text(2) == "1" { note(.differs, "forwardings", name, "it no longer answers") }
            }
            try tables.remove("per_user_aliases", where: condition)
        }
    }

    /// Postfix asks for aliases and members first, and finds a mailbox of the same address only without any.
    func tellOfTwins() throws {
        try tables.forEach(
            """
            SELECT username FROM mailbox
             WHERE is_found = 1 AND username IN (SELECT address FROM forwardings WHERE forwarding = address)
               AND username IN (SELECT address FROM alias WHERE is_found = 1)
             ORDER BY username
            """
        ) { row in
            note(
                .differs, "forwardings", row.text(0),
                "its mailbox gets its mail, too: there only the alias of this address did")
        }
    }

    /// Postfix asks for copies by every address that an account has in its own domain.
    func tellOfCopies() throws {
        for side in ["sender", "recipient"] {
            try tables.forEach(
                ["s.address", "s.account"],
                from: """
                    per_user_aliases AS s JOIN \(side)_bcc_user AS b ON b.username = s.account
                     WHERE b.is_found = 1
                       AND lower(substr(s.address, instr(s.address, '@'))) = lower(substr(s.account, instr(s.account, '@')))
                     ORDER BY s.address, s.account
                    """
            ) { row in
                note(
                    .differs, "\(side)_bcc_user", "\(row.text(0)) \(row.text(1))",
                    "it answers for the account's own address only")
            }
        }
    }

    /// Aliases and lists that are off with their domain, though it is on.
    func switchOffWithDomains() throws {
        for table in ["alias", "maillists"] {
            let isOff = """
                active = 1 AND is_found = 0 AND domain IN (SELECT domain FROM domain WHERE active = 1)
                """
            try tables.forEach(["address"], from: "\(table) WHERE \(isOff) ORDER BY address") { row in
                note(.changed, table, row.text(0), "it is switched off: its domainStatus is disabled")
            }
            try tables.set(table, "active", to: "0", where: isOff)
        }
    }
}
