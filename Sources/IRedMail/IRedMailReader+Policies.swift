import Mail
import MailStore
import Storage

extension IRedMailReader {
    /// For whom a policy is.
    private enum PolicyOwner {
        case taken
        /// Another domain's, which is not asked for.
        case other
        case nobody(_ reason: String)
    }

    private func owner(_ key: String, mayBeOutside: Bool = false) throws -> PolicyOwner {
        switch ListedParty(key) {
        case nil: return .nobody("it is neither an address nor a domain or a network")
        case .everybody, .network: return takesServer ? .taken : .other
        case .domain(let name), .domainWithSubdomains(let name):
            guard takes(name) else { return .other }
            return hosts(name) || mayBeOutside ? .taken : .nobody("there is no domain \(name)")
        case .address(let address):
            guard takes(address.domain) else { return .other }
            return try mayBeOutside || hasAccount(address.text) ? .taken : .nobody("there is no account \(address)")
        }
    }

    /// Whether the policy of a key is taken; tells why not.
    func takesPolicy(_ table: String, _ key: SourceKey, _ name: String, mayBeOutside: Bool = false) throws -> Bool {
        switch try owner(key.text, mayBeOutside: mayBeOutside) {
        case .other: return false
        case .nobody(let reason):
            note(.leftOut, table, name, reason)
            return false
        case .taken:
            if !key.isFound { note(.leftOut, table, name, "nobody found it: it is not written in small letters") }
            return key.isFound
        }
    }

    // MARK: iRedAPD

    func readIredapd(_ session: any SourceSession) throws {
        try readThrottles(session)
        try readGreylisting(session)
        guard takesServer else { return }
        for (table, column) in [("greylisting_whitelist_domains", "domain"), ("srs_exclude_domains", "domain")] {
            let shape = try shape(table, session)
            try forEachRow(of: shape, session, order: session.dialect.order("t.\(column)")) { row in
                let key = sourceKey(row[column])
                guard let domain = SPFDomain(key.text) else {
                    return note(.leftOut, table, key.raw, "it is no domain name")
                }
                var draft = draft(shape, row, named: key.text)
                draft[column] = .text(domain.text)
                try add(draft, for: key)
            }
        }
        let names = try shape("wblist_rdns", session)
        try forEachRow(of: names, session, order: session.dialect.order("t.rdns")) { row in
            let key = sourceKey(row["rdns"])
            var draft = draft(names, row, named: key.text)
            draft["rdns"] = .text(key.text)
            try add(draft, for: key)
        }
    }

    private func readThrottles(_ session: any SourceSession) throws {
        let shape = try shape("throttle", session)
        // Of several iRedAPD takes the first in this order.
        try forEachRow(
            of: shape, session, order: "\(session.dialect.order("t.account")), t.kind, t.priority DESC, t.id"
        ) { row in
            let key = sourceKey(row["account"])
            let kind = row["kind"] ?? "outbound"
            guard ThrottleKind.stored.contains(kind) else {
                return note(.leftOut, "throttle", "\(key.raw) \(kind)", "there is no such kind")
            }
            guard try takesPolicy("throttle", key, "\(key.raw) \(kind)", mayBeOutside: kind == "external") else {
                return
            }
            var draft = draft(shape, row, named: key.text)
            draft["account"] = .text(ListedParty(key.text)?.description ?? key.text)
            try add(draft, for: key, named: "\(key.raw) \(kind)")
        }
    }

    private func readGreylisting(_ session: any SourceSession) throws {
        for table in ["greylisting", "greylisting_whitelists", "greylisting_whitelist_domain_spf"] {
            let shape = try shape(table, session)
            try forEachRow(
                of: shape, session,
                order: "\(session.dialect.order("t.account")), \(session.dialect.order("t.sender")), t.id"
            ) { row in
                let key = sourceKey(row["account"])
                let sender = sourceKey(row["sender"])
                let name = "\(key.raw) \(sender.raw)"
                guard try takesPolicy(table, key, name) else { return }
                guard let party = ListedParty(sender.text) else {
                    return note(.leftOut, table, name, "it names neither an address nor a domain or a network")
                }
                guard sender.isFound else {
                    return note(.leftOut, table, name, "nobody found it: it is not written in small letters")
                }
                var draft = draft(shape, row, named: name)
                draft["account"] = .text(ListedParty(key.text)?.description ?? key.text)
                draft["sender"] = .text(party.description)
                guard try put(draft, named: name) else {
                    return note(.leftOut, table, name, "there is another such row")
                }
            }
        }
    }
}
