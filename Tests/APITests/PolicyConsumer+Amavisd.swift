import Storage

/// What a mail is before any policy.
struct MailContent {
    /// SpamAssassin's points.
    var score = 0.0
    var hasVirus = false
    var hasBannedPart = false
    var hasBadHeader = false
}

/// What amavisd does with a mail for one recipient.
struct AmavisdOutcome: Equatable {
    /// `X-Spam-Status` and the like are added.
    var hasSpamHeaders = false
    /// `X-Spam-Flag: YES`, and what stands before the subject.
    var isFlagged = false
    var subjectPrefix = ""
    /// The address whose quarantine keeps the mail; nil when none does.
    var quarantine: String?
    var isDelivered = true
}

/// The columns of `policy` that hold for one recipient.
struct AmavisdPolicy {
    /// Of iRedMail's configuration, for what no scope says.
    static let tagLevel = 2.0, tag2Level = 6.2, killLevel = 6.9, subjectTag = "***SPAM*** "

    struct Column: Equatable {
        let text: String
        /// Whose row decided.
        let account: String
    }

    let columns: [String: Column]

    /// `N n F f 0 NUL space` are false; NULL everywhere is too.
    func isTrue(_ column: String) -> Bool {
        guard let text = columns[column]?.text else { return false }
        return text.first.map { !"NnFf0\0 ".contains($0) } ?? false
    }

    func number(_ column: String, else configured: Double) -> Double {
        columns[column].flatMap { Double($0.text) } ?? configured
    }

    func text(_ column: String, else configured: String) -> String { columns[column]?.text ?? configured }
}

extension PolicyConsumer {
    /// The scopes with a policy that holds for a recipient, the strongest first.
    func amavisdScopes(of recipient: String) throws -> [String] {
        try amavisd.all(
            SQL(
                """
                SELECT users.email
                  FROM users JOIN policy ON users.policy_id = policy.id
                 WHERE users.email IN (?)
                 ORDER BY users.priority DESC
                """, list: AddressForms.amavisd(recipient))
        ) { $0.text(0) }
    }

    /// The rules for banned files that hold for a recipient, as `name account`, in the order in which amavisd asks
    /// them: unlike other columns those of every row.
    func amavisdBannedRules(of recipient: String) throws -> [String] {
        var rules: [String] = []
        try amavisd.forEach(
            SQL(
                """
                SELECT users.email, policy.banned_rulenames
                  FROM users JOIN policy ON users.policy_id = policy.id
                 WHERE users.email IN (?) AND policy.banned_rulenames IS NOT NULL
                 ORDER BY users.priority DESC
                """, list: AddressForms.amavisd(recipient))
        ) { row in
            for name in row.text(1).split(separator: /[, ]+/)
            where !rules.contains(where: { $0.hasPrefix("\(name) ") }) {
                rules.append("\(name) \(row.text(0))")
            }
        }
        return rules
    }

    /// For each column but `banned_rulenames` the first value that is not NULL, in the order of the rows' priorities.
    func amavisdPolicy(of recipient: String) throws -> AmavisdPolicy {
        var columns: [String: AmavisdPolicy.Column] = [:]
        try amavisd.forEach(
            SQL(
                """
                SELECT users.email AS account, policy.*
                  FROM users LEFT JOIN policy ON users.policy_id = policy.id
                 WHERE users.email IN (?)
                 ORDER BY users.priority DESC
                """, list: AddressForms.amavisd(recipient))
        ) { row in
            for column in 1..<row.columnCount where !row.isNull(column) && columns[row.name(column)] == nil {
                columns[row.name(column)] = .init(text: row.text(column), account: row.text(0))
            }
        }
        return AmavisdPolicy(columns: columns)
    }

    /// What amavisd's white/blacklists say of a sender, by the statement of the printed configuration.
    func amavisdList(of recipient: String, sender: String) throws -> ListEntry? {
        let users = try amavisd.all(
            SQL(
                "SELECT id, email FROM users WHERE email IN (?) ORDER BY priority DESC",
                list: AddressForms.amavisd(recipient))
        ) { row in (row.integer(0), row.text(1)) }
        for (id, account) in users {
            let entry = try amavisd.first(
                SQL(
                    """
                    SELECT mailaddr.email, wblist.wb
                      FROM wblist JOIN mailaddr ON wblist.sid = mailaddr.id
                     WHERE mailaddr.email IN (?) AND wblist.rid = CAST(? AS INTEGER)
                     ORDER BY mailaddr.priority DESC, length(mailaddr.email) DESC
                    """, list: AddressForms.amavisd(sender), ["\(id)"])
            ) { row in
                ListEntry(account: account, address: row.text(0), isWhite: row.text(1) == "W")
            }
            if let entry { return entry }
        }
        return nil
    }

    /// - Parameter author: the address of `From:`, when it is another one than the envelope's sender.
    func amavisdOutcome(
        _ content: MailContent, to recipient: String, from sender: String = "s@far.test", author: String? = nil
    ) throws -> AmavisdOutcome {
        let policy = try amavisdPolicy(of: recipient)
        let listed =
            try amavisdList(of: recipient, sender: sender)
            ?? author.flatMap { try amavisdList(of: recipient, sender: $0) }
        let isWhite = listed?.isWhite == true
        let isBlack = listed?.isWhite == false
        let isChecked = !policy.isTrue("bypass_spam_checks")
        func reaches(_ level: Double) -> Bool { isChecked && !isWhite && (isBlack || content.score >= level) }

        var outcome = AmavisdOutcome()
        let tagLevel = policy.number("spam_tag_level", else: AmavisdPolicy.tagLevel)
        // amavisd takes ten points off a whitelisted sender's score before it decides about the headers.
        outcome.hasSpamHeaders = isChecked && (isBlack || content.score - (isWhite ? 10 : 0) >= tagLevel)
        outcome.isFlagged = reaches(policy.number("spam_tag2_level", else: AmavisdPolicy.tag2Level))
        if outcome.isFlagged {
            outcome.subjectPrefix = policy.text("spam_subject_tag2", else: AmavisdPolicy.subjectTag)
        }
        let findings = [
            ("virus", content.hasVirus && !policy.isTrue("bypass_virus_checks"), "virus_lover"),
            ("banned", content.hasBannedPart && !policy.isTrue("bypass_banned_checks"), "banned_files_lover"),
            ("spam", reaches(policy.number("spam_kill_level", else: AmavisdPolicy.killLevel)), "spam_lover"),
            ("bad_header", content.hasBadHeader && !policy.isTrue("bypass_header_checks"), "bad_header_lover"),
        ].filter(\.1)
        outcome.isDelivered = findings.allSatisfy { policy.isTrue($0.2) }
        if let worst = findings.first {
            let address = policy.text("\(worst.0)_quarantine_to", else: "")
            outcome.quarantine = address.isEmpty ? nil : address
        }
        return outcome
    }
}
