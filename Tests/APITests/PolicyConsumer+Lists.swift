import Storage

/// The entry of a white/blacklist that decides.
struct ListEntry: Equatable {
    let account: String
    let address: String
    let isWhite: Bool
}

extension PolicyConsumer {
    /// At RCPT, behind greylisting: first what the sender may write to, then what the recipient takes.
    func list(_ mail: PolicyMail) throws -> PolicyVerdict {
        guard !mail.sender.isEmpty, mail.sender != mail.recipient else { return .none }
        if mail.username != nil, try outboundEntry(mail)?.isWhite == false { return .blacklisted }
        let (sender, recipient) = (AddressForms.parts(mail.sender).domain, AddressForms.parts(mail.recipient).domain)
        guard try mail.username == nil || sender == recipient || isLocal(recipient) else { return .none }
        return try inboundEntry(mail).map { $0.isWhite ? .ok : .blacklisted } ?? .none
    }

    /// The recipient's scopes outside, the sender's forms inside.
    func inboundEntry(_ mail: PolicyMail) throws -> ListEntry? {
        let listed = try listed(sender: mail.sender, client: mail.client)
        for scope in try scopes(AddressForms.bare(mail.recipient)) {
            for peer in listed {
                if let isWhite = try isWhite("SELECT wb FROM wblist WHERE rid = \(scope.id) AND sid = \(peer.id)") {
                    return ListEntry(account: scope.email, address: peer.email, isWhite: isWhite)
                }
            }
        }
        return nil
    }

    /// The sender's scopes outside, the recipient's forms inside.
    ///
    /// iRedAPD takes the numbers of networks that contain the client for numbers of scopes; so does this.
    func outboundEntry(_ mail: PolicyMail) throws -> ListEntry? {
        let networks = try networks(of: mail.client)
        let listed = try addresses("mailaddr", candidates(AddressForms.bare(mail.recipient)))
        for scope in try scopes(AddressForms.bare(mail.sender)) + networks {
            for peer in listed {
                if let isWhite = try isWhite(
                    "SELECT wb FROM outbound_wblist WHERE sid = \(scope.id) AND rid = \(peer.id)")
                {
                    return ListEntry(account: scope.email, address: peer.email, isWhite: isWhite)
                }
            }
        }
        return nil
    }

    private typealias Numbered = (id: Int, email: String)

    private func scopes(_ address: String) throws -> [Numbered] { try addresses("users", candidates(address)) }

    /// Networks come last, whatever their priority; IPv6 networks never match. What has the same priority comes as
    /// SQLite hands it over: networks by their numbers, from the whole table, the others by name, from the index.
    private func listed(sender: String, client: String) throws -> [Numbered] {
        let forms = AddressForms.iredapd(sender) + ["\(AddressForms.parts(sender).local)@*", client]
        return try addresses("mailaddr", forms + AddressForms.wildcards(client)) + networks(of: client)
    }

    private func networks(of client: String) throws -> [Numbered] {
        guard !client.contains(":") else { return [] }
        let start = AddressForms.firstPart(client)
        let all = try amavisd.all(
            """
            SELECT id, email FROM mailaddr
             WHERE email LIKE \(start + "%/%")
             ORDER BY priority DESC, id
            """
        ) { row in (row.integer(0), row.text(1)) }
        return all.filter { AddressForms.network($0.1, contains: client) }
    }

    private func addresses(_ table: String, _ forms: [String]) throws -> [Numbered] {
        try amavisd.all(
            SQL("SELECT id, email FROM \(table) WHERE email IN (?) ORDER BY priority DESC, email", list: forms)
        ) { row in (row.integer(0), row.text(1)) }
    }

    private func isWhite(_ sql: SQL) throws -> Bool? {
        try amavisd.first(sql) { row in row.text(0) == "W" }
    }
}
