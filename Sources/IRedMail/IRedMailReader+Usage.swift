import Mail
import MailStore
import Storage

extension IRedMailReader {
    /// What Dovecot has written, and the mailboxes whose files wait for their end.
    func readUsage(_ session: any SourceSession) throws {
        for table in ["used_quota", "last_login"] { try readUsage(table, session) }
        try readShares(session)
        try readDeletedMailboxes(session)
    }

    private func readUsage(_ table: String, _ session: any SourceSession) throws {
        let shape = try shape(table, session)
        try forEachRow(of: shape, session, order: session.dialect.order("t.username")) { row in
            let key = sourceKey(row["username"])
            guard let address = try mailbox(key, table) else { return }
            var draft = draft(shape, row, named: address.text)
            draft["username"] = address.sqlValue
            draft["domain"] = address.domain.sqlValue
            for column in ["bytes", "messages"] where draft.number(column) < 0 { draft[column] = .integer(0) }
            try add(draft, for: key)
        }
    }

    /// Nil, which is told, when it is no mailbox here.
    private func mailbox(_ key: SourceKey, _ table: String) throws -> MailAddress? {
        if isOthers(key) { return nil }
        if let address = MailAddress(key.text), try has("mailbox", "username", address.text) { return address }
        note(.leftOut, table, key.raw, "there is no such mailbox")
        return nil
    }

    private func readShares(_ session: any SourceSession) throws {
        for (table, columns) in [("share_folder", ["from_user", "to_user"]), ("anyone_shares", ["from_user"])] {
            let shape = try shape(table, session)
            try forEachRow(
                of: shape, session, order: columns.map { session.dialect.order("t.\($0)") }.joined(separator: ", ")
            ) {
                row in
                let keys = columns.map { sourceKey(row[$0]) }
                if isOthers(keys[0]) { return }
                let name = keys.map(\.raw).joined(separator: " ")
                guard try keys.allSatisfy({ try has("mailbox", "username", $0.text) }) else {
                    return note(.leftOut, table, name, "there is no such mailbox")
                }
                guard keys.allSatisfy(\.isFound) else { return note(.leftOut, table, name, "Dovecot did not find it") }
                var draft = draft(shape, row, named: name)
                for (column, key) in zip(columns, keys) { draft[column] = .text(key.text) }
                if try !put(draft, named: name) { note(.leftOut, table, name, "there is another such row") }
            }
        }
    }

    private func readDeletedMailboxes(_ session: any SourceSession) throws {
        let shape = try shape("deleted_mailboxes", session)
        try forEachRow(of: shape, session, order: "t.id") { row in
            let key = sourceKey(row["username"])
            if isOthers(key) { return }
            guard let address = MailAddress(key.text) else {
                return note(.leftOut, "deleted_mailboxes", key.raw, "it is no mail address")
            }
            let path = row["maildir"] ?? ""
            guard path.hasPrefix("/"), !"\(path)/".contains("/../") else {
                return note(.leftOut, "deleted_mailboxes", key.raw, "\(path) is no absolute path")
            }
            var draft = draft(shape, row, named: address.text)
            draft["username"] = address.sqlValue
            draft["domain"] = address.domain.sqlValue
            draft["admin"] = .text(sourceKey(row["admin"]).text)
            try put(draft, named: key.raw)
            let date = draft.text("delete_date")
            if !date.isEmpty, date <= today {
                note(
                    .differs, "deleted_mailboxes", key.raw,
                    "it is due since \(date): postern-purge removes \(path) the next time it runs")
            }
        }
    }

    /// What admins have done.
    func readLog(_ session: any SourceSession) throws {
        let shape = try shape("log", session)
        try forEachRow(of: shape, session, order: "t.id") { row in
            var draft = draft(shape, row, named: row["id"] ?? "")
            for column in ["admin", "domain", "username"] {
                draft[column] = .text(sourceKey(row[column]).text)
            }
            let domain = DomainName(draft.text("domain"))
            guard domain.map(takes) ?? takesServer else { return }
            try put(draft, named: row["id"] ?? "")
        }
    }
}
