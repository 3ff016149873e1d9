import Mail
import MailStore
import Storage

extension IRedMailReader {
    func readAmavisd(_ session: any SourceSession) throws {
        try readRecipients(session)
        try readSpamPolicies(session)
        try readSenders(session)
        for (table, owner, other) in [("wblist", "rid", "sid"), ("outbound_wblist", "sid", "rid")] {
            let shape = try shape(table, session)
            try forEachRow(of: shape, session, order: "t.rid, t.sid") { row in
                // Who is not there has been told of.
                guard try staged.contains("users", where: [("id", .integer(row.number(owner)))]),
                    try staged.contains("mailaddr", where: [("id", .integer(row.number(other)))])
                else { return }
                let list = (row["wb"] ?? "").uppercased().prefix { $0 != " " }
                guard ["W", "B"].contains(list) else {
                    return note(
                        .leftOut, table, "rid \(row.number("rid")) sid \(row.number("sid"))",
                        "\(list) is neither W nor B")
                }
                var draft = draft(shape, row, named: "")
                draft["wb"] = .text(String(list))
                try put(draft, named: "rid \(row.number("rid")) sid \(row.number("sid"))")
            }
        }
    }

    /// The name of everybody's policy, which the rows have that iRedMail makes for the owners of lists.
    private static let everybody = "@."

    /// A policy belongs here to the recipient whose row names it, so it gets that one's name, and the number of its row.
    private func readRecipients(_ session: any SourceSession) throws {
        let shape = try shape("users", session)
        var domainsWithPolicy: Set<DomainName> = []
        try forEachRow(
            of: shape, session, joining: "LEFT JOIN \(session.dialect.table("policy")) AS p ON p.id = t.policy_id",
            further: ["policy_name": "p.policy_name"], order: "t.priority, t.id"
        ) { row in
            guard let key = amavisdKey(row["email"], "users", session) else { return }
            guard try takesPolicy("users", key, key.raw) else { return }
            let policy = row["policy_name"]
            let hasOwn = policy != nil && (policy != Self.everybody || key.text == Self.everybody)
            let scope = Scope(key: key.text)
            if case .domain(let name) = scope, hasOwn { domainsWithPolicy.insert(name) }
            if case .account(let address) = scope, policy == Self.everybody, domainsWithPolicy.contains(address.domain)
            {
                note(
                    .changed, "users", key.raw, "its spam policy is that of its domain now, and not that of everybody")
            }
            var draft = draft(shape, row, named: key.text)
            draft["id"] = .integer(row.number("id"))
            draft["email"] = .text(ListedParty(key.text)?.description ?? key.text)
            draft["policy_id"] = .integer(hasOwn ? row.number("id") : 0)
            try add(draft, for: key)
        }
    }

    private func readSpamPolicies(_ session: any SourceSession) throws {
        let shape = try shape("policy", session)
        let isBinary = session.isBinary("email", of: "users")
        try forEachRow(
            of: shape, session, joining: "LEFT JOIN \(session.dialect.table("users")) AS u ON u.policy_id = t.id",
            further: ["user_id": "u.id", "user_email": isBinary ? session.dialect.digits("u.email") : "u.email"],
            order: "t.id, u.id"
        ) { row in
            let name = row["policy_name"] ?? ""
            guard row["user_id"] != nil else {
                if takesServer { note(.leftOut, "policy", name, "no recipient has it, so amavisd does not find it") }
                return
            }
            let id = row.number("user_id")
            guard try staged.contains("users", where: [("id", .integer(id)), ("policy_id", .integer(id))]),
                let recipient = amavisdKey(row["user_email"], "policy", session)
            else { return }
            if recipient.text != name { note(.changed, "policy", name, "\(recipient.text) has one of its own like it") }
            var draft = draft(shape, row, named: name)
            draft["id"] = .integer(id)
            draft["policy_name"] = .text(ListedParty(recipient.text)?.description ?? recipient.text)
            for (column, value) in draft.values
            where SpamPolicySwitch.isFlag(column: column) && [.text(""), .text(" ")].contains(value) {
                // amavisd takes a blank for false, and MariaDB makes nothing of one.
                draft[column] = .text("N")
            }
            try put(draft, named: name)
        }
    }

    private func readSenders(_ session: any SourceSession) throws {
        let shape = try shape("mailaddr", session)
        try forEachRow(of: shape, session, order: "t.id") { row in
            guard let key = amavisdKey(row["email"], "mailaddr", session) else { return }
            guard let party = ListedParty(key.text) else {
                return note(.leftOut, "mailaddr", key.raw, "it is neither an address nor a domain or a network")
            }
            guard key.isFound else {
                return note(.leftOut, "mailaddr", key.raw, "nobody found it: it is not written in small letters")
            }
            var draft = draft(shape, row, named: key.text)
            draft["id"] = .integer(row.number("id"))
            draft["email"] = .text(party.description)
            try add(draft, for: key)
        }
    }

    /// An address as amavisd has it. Bytes are compared as they are, by either engine.
    ///
    /// - Parameter text: hexadecimal digits, unless the column holds text.
    /// - Returns: nil, which is told, for bytes that are no text.
    private func amavisdKey(_ text: String?, _ table: String, _ session: any SourceSession) -> SourceKey? {
        let text = text ?? ""
        let isBinary = session.isBinary("email", of: table == "mailaddr" ? "mailaddr" : "users")
        if let text = isBinary ? Self.decoded(text) : text { return SourceKey(text, ignoresCase: false) }
        note(.leftOut, table, text, "it is no text; these are the digits of its bytes")
        return nil
    }

    /// Nil for bytes that are no UTF-8.
    private static func decoded(_ text: String) -> String? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count.isMultiple(of: 2) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        return String(validating: bytes, as: UTF8.self)
    }
}
