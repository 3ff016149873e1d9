import Storage

extension PolicyConsumer {
    /// A row of `throttle`.
    struct ThrottleRow {
        let id: Int
        let account: String
        /// In seconds.
        let period: Int
        /// -1 inherits, 0 is unlimited.
        let limits: [String: Int]
    }

    static let throttleLimits = ["msg_size", "max_msgs", "max_quota", "max_rcpts"]

    /// The rows for a user, the strongest first.
    func throttleRows(_ kind: String, user: String, client: String) throws -> [ThrottleRow] {
        let accounts = [client, "@ip"] + AddressForms.wildcards(client) + (try candidates(user))
        return try iredapd.all(
            SQL(
                """
                SELECT id, account, period, msg_size, max_msgs, max_quota, max_rcpts
                  FROM throttle
                 WHERE account IN (?) AND kind = ? AND period <> 0
                 ORDER BY priority DESC
                """, list: accounts, [kind])
        ) { row in
            let limits = (0..<4).map { (Self.throttleLimits[$0], row.integer(3 + $0)) }
            return ThrottleRow(
                id: row.integer(0), account: row.text(1), period: row.integer(2),
                limits: Dictionary(uniqueKeysWithValues: limits))
        }
    }

    /// For each limit the row that decides it, unless none does.
    static func deciding(_ rows: [ThrottleRow]) -> [String: ThrottleRow] {
        let pairs = throttleLimits.compactMap { limit in
            rows.first { $0.limits[limit, default: -1] >= 0 }.map { (limit, $0) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// At the end of a message; counts what it accepts.
    ///
    /// - Parameter now: in seconds since 1970.
    func throttle(_ mail: PolicyMail, at now: Int) throws -> PolicyVerdict {
        let (sender, recipient) = (AddressForms.parts(mail.sender).domain, AddressForms.parts(mail.recipient).domain)
        guard sender != recipient else { return .none }
        let isOurs = mail.username != nil || ["127.0.0.1", "::1"].contains(mail.client)
        let verdict = try throttle(
            mail, isOurs ? "outbound" : "external", user: mail.username ?? mail.sender, at: now)
        guard verdict == .none, mail.username == nil, !mail.recipient.isEmpty else { return verdict }
        return try throttle(mail, "inbound", user: mail.recipient, at: now)
    }

    private func throttle(_ mail: PolicyMail, _ kind: String, user: String, at now: Int) throws -> PolicyVerdict {
        let deciding = Self.deciding(try throttleRows(kind, user: user, client: mail.client))
        func limit(_ name: String) -> Int { deciding[name]?.limits[name] ?? 0 }
        if limit("msg_size") > 0, mail.size > limit("msg_size") { return .tooLarge }
        if limit("max_rcpts") > 0, mail.recipientCount > limit("max_rcpts") { return .tooManyRecipients }
        let counted = [deciding["max_msgs"], deciding["max_quota"]].compactMap { $0 }
        for row in counted { try openWindow(of: row, user, at: now) }
        if let row = deciding["max_msgs"], limit("max_msgs") > 0,
            try counter("cur_msgs", of: row, user) + mail.recipientCount > limit("max_msgs")
        {
            return .overQuota
        }
        if let row = deciding["max_quota"], limit("max_quota") > 0,
            try counter("cur_quota", of: row, user) > limit("max_quota")
        {
            return .overQuota
        }
        for id in Set(counted.map(\.id)) {
            try iredapd.execute(
                """
                UPDATE throttle_tracking
                   SET cur_msgs = cur_msgs + \(mail.recipientCount), cur_quota = cur_quota + \(mail.size),
                       last_time = \(now)
                 WHERE tid = \(id) AND account = \(user)
                """)
        }
        return .none
    }

    private func counter(_ name: StaticString, of row: ThrottleRow, _ user: String) throws -> Int {
        try iredapd.first(
            "SELECT \(name: name) FROM throttle_tracking WHERE tid = \(row.id) AND account = \(user)"
        ) { $0.integer(0) } ?? 0
    }

    /// A window starts with the first message and never slides.
    private func openWindow(of row: ThrottleRow, _ user: String, at now: Int) throws {
        try iredapd.execute(
            """
            INSERT INTO throttle_tracking (tid, account, period, init_time, last_time)
            VALUES (\(row.id), \(user), \(row.period), \(now), \(now))
                ON CONFLICT (tid, account) DO UPDATE
               SET cur_msgs = 0, cur_quota = 0, period = excluded.period, init_time = \(now), last_time = \(now)
             WHERE \(now) > throttle_tracking.init_time + \(row.period)
            """)
    }
}
