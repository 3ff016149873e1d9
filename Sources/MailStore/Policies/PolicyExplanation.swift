package import Mail

/// What the consumers make of the policies that concern one account, and why.
///
/// Source: `Contract.md` 13.4, 14.4, 15.3, 17. An account is hosted under its own domain, so alias domains do not
/// come in here.
package struct PolicyExplanation {
    private let account: MailAddress
    private let mail: Message
    private let store: Store
    /// The keys of the asker's own scopes; nil: everything is his.
    private let own: Set<String>?

    /// The mail in question; of what is not known only what concerns everybody counts.
    package struct Message: Sendable {
        package enum Sender: Sendable {
            case unknown
            /// A bounce: the envelope names nobody.
            case nobody
            /// As the envelope has it, and without its extension: amavisd knows both, iRedAPD only the latter.
            case address(MailAddress, bare: MailAddress)
        }

        /// Who writes to the account.
        package let sender: Sender
        /// The server that delivers to the account, or the device that sends for it.
        package let client: IPAddress?
        /// To whom the account writes; nil: not known. Without its extension.
        package let recipient: MailAddress?

        package init(sender: Sender, client: IPAddress?, recipient: MailAddress?) {
            self.sender = sender
            self.client = client
            self.recipient = recipient
        }

        fileprivate var isFromNobody: Bool {
            if case .nobody = sender { true } else { false }
        }

        fileprivate func isFrom(_ account: MailAddress) -> Bool {
            if case .address(_, let bare) = sender { bare == account } else { false }
        }

        /// The sender under all the forms that iRedAPD knows; everybody for one that is not known.
        fileprivate var iredapdKeys: [String] {
            if case .address(_, let bare) = sender { PolicyKeys.iredapd(bare) } else { ["@."] }
        }

        /// Whether a client is known, and a stored text is a network of it.
        fileprivate func comes(from network: String) -> Bool {
            client.map { PolicyKeys.network(network, holds: $0) } == true
        }

        /// Those of white/blacklists.
        fileprivate var iredapdListKeys: [String] {
            if case .address(_, let bare) = sender { iredapdKeys + ["\(bare.localPart)@*"] } else { iredapdKeys }
        }

        /// Those that amavisd knows.
        fileprivate var amavisdKeys: [String] {
            guard case .address(let address, let bare) = sender else { return ["@."] }
            return PolicyKeys.amavisd(address) + PolicyKeys.amavisd(bare)
        }
    }

    /// - Parameter isForAll: whether the asker may see every scope. Others are shown of scopes beyond the account and its
    ///   domain only what applies to this mail: there they may not read the lists either.
    package init(of account: MailAddress, for mail: Message, in store: Store, isForAll: Bool) {
        self.account = account
        self.mail = mail
        self.store = store
        own = isForAll ? nil : [account.text, "@\(account.domain)"]
    }

    private func isOwn(_ key: String) -> Bool { own?.contains(key) != false }

    // MARK: Spam policy

    /// In the order in which amavisd reads them; it takes each answer from the first row that has one.
    package func spamPolicies() throws -> [SpamPolicyRow] {
        try store.spamPolicies.all(PolicyKeys.amavisd(account))
    }

    /// What of them the asker may see: of scopes that are not his only the answers that decide.
    package func shown(_ rows: [SpamPolicyRow]) -> [SpamPolicyRow] {
        rows.compactMap { row in
            if isOwn(row.account) { return row }
            return row.withOnly(
                answers: { item in rows.first { $0.answers[item] != nil }?.account == row.account },
                score: rows.first { $0.score != nil }?.account == row.account)
        }
    }

    // MARK: Throttling

    /// In the order in which iRedAPD reads them; it takes each limit from the first row that sets it.
    package func throttles(_ kind: ThrottleKind) throws -> [ThrottleRow] {
        let client = mail.client.map { PolicyKeys.client($0) + ["@ip"] } ?? []
        return try store.throttles.all(PolicyKeys.iredapd(account) + client, kind).filter { $0.period > 0 }
    }

    /// What of them the asker may see: of scopes that are not his only the limits that decide.
    package func shown(_ rows: [ThrottleRow]) -> [ThrottleRow] {
        rows.compactMap { row in
            if isOwn(row.account) { return row }
            return row.withOnly { limit in rows.first { ($0.limits[limit] ?? -1) >= 0 }?.account == row.account }
        }
    }

    // MARK: Greylisting

    package struct ExplainedGreylisting: Sendable {
        /// Those that the asker may see: of scopes that are not his only those about this mail's sender, without comment.
        package let rows: [GreylistingRow]
        package let exempt: [GreylistingWhitelistStore.Entry]
        package let decision: Decision

        package enum Decision: Sendable {
            /// Nothing says anything: no greylisting.
            case none
            case setting(GreylistingRow)
            case exempt(GreylistingWhitelistStore.Entry)
        }
    }

    /// A whitelist of any scope beats every setting.
    package func greylisting() throws -> ExplainedGreylisting {
        let keys = PolicyKeys.iredapd(account)
        let rows = try store.greylisting.all(keys)
        let exempt = try store.greylistingWhitelists.all(keys)
        let senders = Set(mail.iredapdKeys + (mail.client.map { [$0.description] } ?? []))
        let found =
            exempt.first { senders.contains($0.sender) }
            ?? mail.client.flatMap { client in exempt.first { PolicyKeys.network($0.sender, holds: client) } }
        let decision: ExplainedGreylisting.Decision =
            found.map { .exempt($0) } ?? rows.first { senders.contains($0.sender) }.map { .setting($0) } ?? .none
        return ExplainedGreylisting(
            rows: rows.compactMap { row in
                isOwn(row.account) ? row : senders.contains(row.sender) ? row.withoutComment : nil
            },
            exempt: exempt.compactMap { entry in
                if isOwn(entry.account) { return entry }
                return senders.contains(entry.sender) || mail.comes(from: entry.sender) ? entry.withoutComment : nil
            },
            decision: decision)
    }

    // MARK: White- and blacklists

    package struct ExplainedSenderLists: Sendable {
        /// Those that the asker may see: of scopes that are not his only those about this mail's other side.
        package let rows: [SenderListStore.Entry]
        /// What iRedAPD finds; nil: nothing.
        package let iredapd: SenderListStore.Entry?
        /// What amavisd finds, which knows no clients and no recipients' side.
        package let amavisd: SenderListStore.Entry?
    }

    /// Who may send to the account.
    package func inboundLists() throws -> ExplainedSenderLists {
        let rows = try store.senderLists.all(keysOfBoth, .inbound)
        let keys = Set(PolicyKeys.iredapd(account))
        let own = rows.filter { keys.contains($0.account) }
        let isLookedAt = !mail.isFromNobody && !mail.isFrom(account)
        let names = Set(mail.iredapdListKeys + mail.amavisdKeys + (mail.client.map(PolicyKeys.client) ?? []))
        return ExplainedSenderLists(
            rows: rows.filter { isOwn($0.account) || names.contains($0.peer) || mail.comes(from: $0.peer) },
            iredapd: isLookedAt ? first(of: own, mail.iredapdListKeys, mail.client) : nil,
            amavisd: amavisdEntry(of: rows))
    }

    /// To whom the account may send.
    package func outboundLists() throws -> ExplainedSenderLists {
        let rows = try store.senderLists.all(PolicyKeys.iredapd(account), .outbound)
        let peers = mail.recipient.map { PolicyKeys.iredapd($0) + ["\($0.localPart)@*"] } ?? ["@."]
        let isLookedAt = mail.recipient != account
        return ExplainedSenderLists(
            rows: rows.filter { isOwn($0.account) || peers.contains($0.peer) },
            iredapd: isLookedAt ? first(of: rows, peers, nil) : nil, amavisd: nil)
    }

    /// The first scope that lists the sender decides, and in it the entry that is nearest to the sender: of equal
    /// priorities the longest, as the printed configuration asks.
    private func amavisdEntry(of rows: [SenderListStore.Entry]) -> SenderListStore.Entry? {
        let names = Set(mail.amavisdKeys)
        let found = rows.filter { names.contains($0.peer) }
        return found.first.flatMap { strongest in
            found.filter { $0.account == strongest.account && $0.peerPriority == strongest.peerPriority }
                .max { $0.peer.utf8.count < $1.peer.utf8.count }
        }
    }

    private var keysOfBoth: [String] {
        let keys = PolicyKeys.amavisd(account)
        return keys + PolicyKeys.iredapd(account).filter { !keys.contains($0) }
    }

    /// The first scope that lists one of the peers decides; within a scope the strongest entry does, and networks after
    /// all others.
    private func first(
        of rows: [SenderListStore.Entry], _ peers: [String], _ client: IPAddress?
    ) -> SenderListStore.Entry? {
        let names = Set(peers + (client.map(PolicyKeys.client) ?? []))
        var accounts: [String] = []
        for row in rows where !accounts.contains(row.account) { accounts.append(row.account) }
        for account in accounts {
            let own = rows.filter { $0.account == account }
            if let found = own.first(where: { names.contains($0.peer) }) { return found }
            guard let client, client.isIPv4 else { continue }
            if let found = own.first(where: { PolicyKeys.network($0.peer, holds: client) }) { return found }
        }
        return nil
    }
}
