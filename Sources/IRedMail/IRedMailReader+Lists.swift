import Mail
import MailStore
import Storage

extension IRedMailReader {
    func readLists(_ session: any SourceSession) throws {
        let list = try shape("maillists", session)
        try forEachRow(of: list, session, order: session.dialect.order("t.address")) { row in
            let key = sourceKey(row["address"])
            guard let address = hostedAddress(key, "maillists") else { return }
            guard try !has("mailbox", "username", address.text) else {
                return note(.leftOut, "maillists", key.raw, "there is a mailbox of this address")
            }
            if try hasTwin(key, "maillists", "address") { return }
            var draft = draft(list, row, named: address.text)
            draft["address"] = address.sqlValue
            draft["domain"] = address.domain.sqlValue
            guard let transport = Transport(draft.text("transport")) else {
                return note(.leftOut, "maillists", key.raw, "\(draft.text("transport")) is no transport")
            }
            draft["transport"] = transport.sqlValue
            guard !draft.text("mlid").isEmpty, try !has("maillists", "mlid", draft.text("mlid")) else {
                return note(.leftOut, "maillists", key.raw, "it has no mlid of its own")
            }
            if !key.isFound, draft.number("active") == 1 {
                draft["active"] = .integer(0)
                note(.changed, "maillists", key.raw, "it is switched off: Postfix did not find it")
            }
            try add(draft, for: key)
        }
        try readAliases(session)
        for address in try staged.lists(ofMlmmj: false).compactMap({ MailAddress($0) }) {
            let isActive = try staged.contains(
                "maillists", where: [("address", address.sqlValue), ("active", .integer(1))])
            try staged.add(
                "alias",
                [
                    ("address", address.sqlValue), ("domain", address.domain.sqlValue),
                    ("active", .integer(isActive ? 1 : 0)),
                ])
        }
    }

    private func readAliases(_ session: any SourceSession) throws {
        // Before iRedMail 0.9.7 the members were in `goto`, and each mailbox had a row, too.
        let shape = try shape("alias", session, leaving: ["goto", "moderators", "is_list"], reading: ["islist"])
        try forEachRow(of: shape, session, order: session.dialect.order("t.address")) { row in
            let key = sourceKey(row["address"])
            // It is a mailbox's, or its catch-all's.
            if row["islist"] == "0" { return }
            guard let address = hostedAddress(key, "alias") else { return }
            guard try !has("mailbox", "username", address.text) else {
                return note(
                    .leftOut, "alias", key.raw,
                    "there is a mailbox of this address; what it has is read from forwardings")
            }
            // A list of mlmmj's has a row of its own table only.
            if try isMlmmj(address.text) { return }
            var draft = draft(shape, row, named: address.text)
            draft["address"] = address.sqlValue
            draft["domain"] = address.domain.sqlValue
            try add(draft, for: key)
        }
    }

    /// Who decides on what is written to lists, and whose they are.
    func readListPeople(_ session: any SourceSession) throws {
        for (table, column) in [("moderators", "moderator"), ("maillist_owners", "owner")] {
            let shape = try shape(table, session)
            try forEachRow(
                of: shape, session,
                order: "\(session.dialect.order("t.address")), \(session.dialect.order("t.\(column)"))"
            ) { row in
                let key = sourceKey(row["address"])
                let name = "\(key.raw) \(row[column] ?? "")"
                if isOthers(key) { return }
                guard let address = MailAddress(key.text),
                    try has("alias", "address", key.text) || has("maillists", "address", key.text)
                else { return note(.leftOut, table, name, "there is no such alias or list") }
                guard let person = SourceKey.destination(row[column] ?? "") else {
                    return note(.leftOut, table, name, "it names nobody: no mail address")
                }
                var draft = draft(shape, row, named: name)
                draft["address"] = address.sqlValue
                draft["domain"] = address.domain.sqlValue
                draft[column] = person.sqlValue
                draft["dest_domain"] = person.domain.sqlValue
                if try !put(draft, named: name) { note(.leftOut, table, name, "there is another such row") }
            }
        }
    }
}
