import Mail
import MailStore
import Storage

/// Where mail to one address goes, as rows of iRedMail's `forwardings` say.
private struct Forwarding {
    let key: SourceKey
    /// As the row has it: one address as a rule.
    let destinations: String
    let isActive: Bool
    let isAlias: Bool
    /// Whether Postfix has found it.
    let answers: Bool
}

/// What an address is, and so what its rows are.
private enum AddressKind {
    case mailbox
    case alias
    /// A mailing list of mlmmj's.
    case list
    case catchAll(DomainName)
    /// Of one mailbox or list here.
    case perUserAlias
}

extension IRedMailReader {
    /// Reads the rows of an address together, since they are of one kind. Those of `@domain`, which Postfix asks for after
    /// all others, come last.
    func readForwardings(_ session: any SourceSession) throws {
        // The rows are made anew; but columns that have no place here are told of.
        let shape = try shape("forwardings", session)
        var group: [Forwarding] = []
        try forEachRow(
            of: shape, session, joining: joiningDomain("domain", session),
            further: ["domain_receives": findsActive(session)],
            order:
                "\(flag("substr(t.address, 1, 1) = '@'")), \(session.dialect.folded("t.address")), \(session.dialect.order("t.address")), "
                + session.dialect.order("t.forwarding")
        ) { row in
            let key = sourceKey(row["address"])
            if let first = group.first, first.key.text != key.text {
                try finish(group)
                group = []
            }
            let isActive = row["active"] == "1"
            group.append(
                Forwarding(
                    key: key, destinations: row["forwarding"] ?? "", isActive: isActive,
                    isAlias: row["is_alias"] == "1",
                    answers: key.isFound && isActive && row["domain_receives"] == "1"))
        }
        try finish(group)
        try completeMailboxes()
        try completeLists()
    }

    /// Every mailbox has a row that says where its mail goes. Without one it gets its mail itself, unless there is a
    /// catch-all, which Postfix finds first.
    private func completeMailboxes() throws {
        for address in try staged.mailboxesWithoutForwarding().compactMap({ MailAddress($0) }) {
            let isActive = try isOn("mailbox", "username", address.text)
            try staged.add("forwardings", row(address.text, address, address.domain, "is_forwarding", isActive))
            note(.changed, "forwardings", address.text, "its mailbox gets its mail by a row of its own")
            if isActive, try has("forwardings", "address", address.domain.text) {
                note(.differs, "forwardings", address.text, "its mail no longer goes to the catch-all")
            }
        }
    }

    /// A list of mlmmj's has one row, by which Postfix finds it; each other one has one of `alias`.
    private func completeLists() throws {
        for address in try staged.lists(ofMlmmj: true).compactMap({ MailAddress($0) }) {
            guard
                try !staged.contains(
                    "forwardings", where: [("address", address.sqlValue), ("is_maillist", .integer(1))])
            else { continue }
            let isActive = try isOn("maillists", "address", address.text)
            try staged.add("forwardings", row(address.text, address, address.domain, "is_maillist", isActive))
            note(.changed, "forwardings", address.text, "Postfix finds the list by a row of its own")
            if isActive { note(.differs, "forwardings", address.text, "it answers") }
        }
    }

    private func row(
        _ address: String, _ destination: MailAddress, _ domain: DomainName, _ flag: String?, _ isActive: Bool
    ) -> [(column: String, value: SQL.Value)] {
        [
            ("address", .text(address)), ("forwarding", destination.sqlValue), ("domain", domain.sqlValue),
            ("dest_domain", destination.domain.sqlValue), ("active", .integer(isActive ? 1 : 0)),
        ] + (flag.map { [($0, .integer(1))] } ?? [])
    }

    private func isOn(_ table: String, _ column: String, _ name: String) throws -> Bool {
        try staged.contains(table, where: [(column, .text(name)), ("active", .integer(1))])
    }

    private func finish(_ group: [Forwarding]) throws {
        guard let key = group.first?.key else { return }
        // A per-user alias belongs to the mailbox that it leads to.
        if isOthers(key), group.allSatisfy({ !$0.isAlias || isOthers(sourceKey($0.destinations)) }) { return }
        // Those that come first are written in small letters, if any are.
        let rows = group.filter { !key.isFound || $0.key.isFound }
        for row in group where key.isFound && !row.key.isFound {
            note(
                .leftOut, "forwardings", name(row),
                "Postfix did not find it: \(key.text) is there in small letters, too")
        }
        let domain = DomainName(key.text.hasPrefix("@") ? String(key.text.dropFirst()) : key.text)
        guard let kind = try kind(key, domain, rows) else { return }
        if case .catchAll(let domain) = kind, key.text.hasPrefix("@") {
            guard try !has("forwardings", "address", domain.text) else {
                return leaveOut(rows, "Postfix does not come to it: \(domain) has a catch-all of its own")
            }
            note(.changed, "forwardings", key.raw, "the catch-all is written \(domain)")
            for (alias, value) in aliasDomains.sorted(by: { $0.key < $1.key }) where value.target == domain.text {
                note(.differs, "forwardings", key.raw, "it answers for addresses of the alias domain \(alias), too")
            }
        } else if key.text != key.raw {
            note(.changed, "forwardings", key.raw, "it is written \(key.text)")
        }
        for row in rows { try add(row, kind) }
    }

    private func name(_ row: Forwarding) -> String { "\(row.key.raw) \(row.destinations)" }

    /// - Parameter reason: why none of the rows is taken.
    private func leaveOut(_ rows: [Forwarding], _ reason: String) {
        for row in rows {
            note(.leftOut, "forwardings", name(row), reason)
            if row.answers, !reason.hasPrefix("Postfix") {
                note(.differs, "forwardings", name(row), "it no longer answers")
            }
        }
    }

    /// Nil, which is told, when the rows are not taken.
    private func kind(_ key: SourceKey, _ domain: DomainName?, _ rows: [Forwarding]) throws -> AddressKind? {
        if let domain {
            if domains[domain.text] != nil { return .catchAll(domain) }
            leaveOut(rows, "there is no domain \(domain)")
            return nil
        }
        guard let address = MailAddress(key.text) else {
            leaveOut(rows, "it is no mail address")
            return nil
        }
        if try has("mailbox", "username", address.text) { return .mailbox }
        // A list that is not mlmmj's has a row in both tables.
        if try has("alias", "address", address.text) { return .alias }
        if try has("maillists", "address", address.text) { return .list }
        if rows.count == 1, rows[0].isAlias, let target = SourceKey.destination(rows[0].destinations) {
            guard takes(target.domain) else { return nil }
            if try has("mailbox", "username", target.text) || isMlmmj(target.text) {
                guard hosts(address.domain) else {
                    leaveOut(rows, "there is no domain \(address.domain)")
                    return nil
                }
                return .perUserAlias
            }
        }
        guard takes(address.domain) else { return nil }
        guard let hosted = domains[address.domain.text] else {
            leaveOut(rows, "there is no domain \(address.domain)")
            return nil
        }
        let leadsOn = rows.contains { row in
            row.answers && destinations(row).contains { $0.1 != nil && $0.1 != address }
        }
        guard leadsOn, hosted.receives else {
            leaveOut(rows, "there is neither a mailbox nor an alias or list of this address")
            return nil
        }
        // Mail goes on as it did.
        try staged.add(
            "alias",
            [("address", address.sqlValue), ("domain", address.domain.sqlValue), ("accesspolicy", .text("public"))])
        note(.changed, "forwardings", key.raw, "it is an alias now: there was no account of this address")
        return .alias
    }

    /// The addresses between commas, and what they are here; nil for what is no mail address.
    private func destinations(_ row: Forwarding) -> [(String, MailAddress?)] {
        row.destinations.split(separator: ",").map { part in
            let text = part.drop(while: \.isWhitespace)
            return (String(text), SourceKey.destination(text))
        }
    }

    private func add(_ row: Forwarding, _ kind: AddressKind) throws {
        let parts = destinations(row)
        if parts.count > 1 { note(.changed, "forwardings", name(row), "it is \(parts.count) rows") }
        for (text, destination) in parts {
            guard let destination else {
                note(.leftOut, "forwardings", "\(row.key.raw) \(text)", "it leads to no mail address")
                if row.answers { note(.differs, "forwardings", "\(row.key.raw) \(text)", "it no longer answers") }
                continue
            }
            // A mailbox' own copy is written as its address.
            if destination.text != text, row.key.raw != text {
                note(.changed, "forwardings", "\(row.key.raw) \(text)", "it leads to \(destination)")
            }
            try add(row, to: destination, kind)
        }
    }

    private func add(_ row: Forwarding, to destination: MailAddress, _ kind: AddressKind) throws {
        var address = row.key.text
        var domain = MailAddress(address)?.domain ?? destination.domain
        let flag: String?
        switch kind {
        case .mailbox: flag = "is_forwarding"
        case .alias: flag = "is_list"
        case .list: flag = "is_maillist"
        case .perUserAlias:
            flag = "is_alias"
            domain = destination.domain
        case .catchAll(let name):
            flag = nil
            address = name.text
            domain = name
        }
        if case .list = kind, destination.text != address {
            return leaveOut([row], "its members are those that mlmmj has")
        }
        let isOn = try isOn(address, to: destination, kind)
        let willAnswer = isOn && domains[domain.text]?.receives == true
        // Here an address is on as long as its account is, and no row is off by itself.
        guard !isOn || row.isActive && row.key.isFound && (row.answers || !willAnswer) else {
            return note(.leftOut, "forwardings", name(row), "Postfix did not find it")
        }
        if row.answers, !willAnswer {
            note(.differs, "forwardings", name(row), "it no longer answers: its account or domain is switched off")
        }
        guard try staged.add("forwardings", self.row(address, destination, domain, flag, isOn)) else {
            return note(.leftOut, "forwardings", name(row), "there is another such row")
        }
    }

    /// Whether an address is on, by the rules of `Contract.md` 1.1.
    private func isOn(_ address: String, to destination: MailAddress, _ kind: AddressKind) throws -> Bool {
        let isOff = try staged.contains(
            "mailbox", where: [("username", destination.sqlValue), ("active", .integer(0))])
        if isOff { return false }
        switch kind {
        case .catchAll: return true
        case .mailbox: return try isOn("mailbox", "username", address)
        case .alias: return try isOn("alias", "address", address)
        case .list: return try isOn("maillists", "address", address)
        case .perUserAlias:
            let domain = MailAddress(address)?.domain.text ?? ""
            let isListOff = try staged.contains(
                "maillists", where: [("address", destination.sqlValue), ("active", .integer(0))])
            return !isListOff && (domains[domain]?.isActive ?? aliasDomains[domain]?.isActive ?? false)
        }
    }
}
