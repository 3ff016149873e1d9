package import Mail

/// Which rows of the policy tables apply to an account, and which of them decide, as amavisd and iRedAPD read them:
/// `Contract.md` 13.4, 14.4, 15.3, 17.1. Alias domains do not matter, because an account lies under a primary domain.
package struct PolicyExplanation {
    private let account: MailAddress
    private let mail: Message
    private let store: Store
    /// The keys whose rows the caller may see in full; nil for all.
    private let own: Set<String>?

    /// The mail that is asked about. For what is not known only rows for everybody count.
    package struct Message: Sendable {
        package enum Sender: Sendable {
            case unknown
            /// The empty sender of a bounce.
            case nobody
            /// As in the envelope, and without its extension. amavisd looks for both, iRedAPD only for the latter.
            case address(MailAddress, bare: MailAddress)
        }

        /// Who sends to the account.
        package let sender: Sender
        /// The server that delivers to the account, or the device that sends for it; nil when not known.
        package let client: IPAddress?
        /// To whom the account sends, without the extension; nil when not known.
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

        /// iRedAPD's keys for the sender.
        fileprivate var iredapdKeys: [String] {
            if case .address(_, let bare) = sender { PolicyKeys.iredapd(bare) } else { ["@."] }
        }

        /// Whether a stored text is a network in which iRedAPD finds the client.
        fileprivate func comes(from network: String) -> Bool {
            client.map { PolicyKeys.network(network, holds: $0) } == true
        }

        /// iRedAPD's keys for the sender in white/blacklists.
        fileprivate var iredapdListKeys: [String] {
            if case .address(_, let bare) = sender { iredapdKeys + ["\(bare.localPart)@*"] } else { iredapdKeys }
        }

        /// amavisd's keys for the sender.
        fileprivate var amavisdKeys: [String] {
            guard case .address(let address, let bare) = sender else { return ["@."] }
            return PolicyKeys.amavisd(address) + PolicyKeys.amavisd(bare)
        }
    }

    /// - Parameter isForAll: whether the caller may see every scope. Otherwise they see of scopes other than the
    ///   account and its domain only what `Security.md` B19 allows.
    package init(of account: MailAddress, for mail: Message, in store: Store, isForAll: Bool) {
        self.account = account
        self.mail = mail
        self.store = store
        own = isForAll ? nil : [account.text, "@\(account.domain)"]
    }

    private func isOwn(_ key: String) -> Bool { own?.contains(key) != false }

    // MARK: Spam policy

    /// The account's spam policies in the order in which amavisd reads them. Each answer comes from the first row that
    /// has it, but the rules for banned files from all.
    package func spamPolicies() throws -> [SpamPolicyRow] {
        try store.spamPolicies.all(PolicyKeys.amavisd(account))
    }

    /// What the caller may see of these policies: of other scopes only the answers that decide.
    package func shown(_ rows: [SpamPolicyRow]) -> [SpamPolicyRow] {
        rows.compactMap { row in
            if isOwn(row.account) { return row }
            return row.withOnly(
                answers: { item in rows.first { $0.answers[item] != nil }?.account == row.account },
                score: rows.first { $0.score != nil }?.account == row.account,
                bannedRules: { name in rows.first { $0.bannedRules.contains(name) }?.account == row.account })
        }
    }

    /// The rules for banned files, in the order in which amavisd asks them: all of the strongest row, then those of the
    /// next. A rule that is asked again finds nothing new, so it is named once.
    package func bannedRules(_ rows: [SpamPolicyRow]) -> [(name: String, account: String)] {
        var seen: Set<String> = []
        return rows.flatMap { row in
            row.bannedRules.filter { seen.insert($0).inserted }.map { (name: $0, account: row.account) }
        }
    }

    // MARK: Throttling

    /// The account's throttles in the order in which iRedAPD reads them. Each limit comes from the first row that sets
    /// it.
    package func throttles(_ kind: ThrottleKind) throws -> [ThrottleRow] {
        let client = mail.client.map { PolicyKeys.client($0) + ["@ip"] } ?? []
        return try store.throttles.all(PolicyKeys.iredapd(account) + client, kind).filter { $0.period > 0 }
    }

    /// What the caller may see of these throttles: of other scopes only the limits that decide.
    package func shown(_ rows: [ThrottleRow]) -> [ThrottleRow] {
        rows.compactMap { row in
            if isOwn(row.account) { return row }
            return row.withOnly { limit in rows.first { ($0.limits[limit] ?? -1) >= 0 }?.account == row.account }
        }
    }

    // MARK: Greylisting

    package struct ExplainedGreylisting: Sendable {
        /// The settings that the caller may see: of other scopes only those that match the mail, without comment.
        package let rows: [GreylistingRow]
        /// The whitelisted senders that the caller may see, likewise.
        package let exempt: [GreylistingWhitelistStore.Entry]
        package let decision: Decision

        package enum Decision: Sendable {
            /// No row matches: no greylisting.
            case none
            case setting(GreylistingRow)
            case exempt(GreylistingWhitelistStore.Entry)
        }
    }

    /// Whether mail to the account is greylisted. A whitelist of any scope beats every setting.
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
        /// The entries that the caller may see: of other scopes only those that match the mail.
        package let rows: [SenderListStore.Entry]
        /// The entry by which iRedAPD decides; nil for none.
        package let iredapd: SenderListStore.Entry?
        /// The same for amavisd, which looks neither for clients nor at outbound lists.
        package let amavisd: SenderListStore.Entry?
    }

    /// The lists of who may send to the account.
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

    /// The lists of to whom the account may send.
    package func outboundLists() throws -> ExplainedSenderLists {
        let rows = try store.senderLists.all(PolicyKeys.iredapd(account), .outbound)
        let peers = mail.recipient.map { PolicyKeys.iredapd($0) + ["\($0.localPart)@*"] } ?? ["@."]
        let isLookedAt = mail.recipient != account
        return ExplainedSenderLists(
            rows: rows.filter { isOwn($0.account) || peers.contains($0.peer) },
            iredapd: isLookedAt ? first(of: rows, peers, nil) : nil, amavisd: nil)
    }

    /// The entry by which amavisd decides: of the first scope that lists the sender the highest priority, and of equal
    /// ones the longest, as the printed configuration asks.
    /// - Parameter rows: in the order of `SenderListStore.all`.
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

    /// The entry by which iRedAPD decides: of the first scope that lists one of the peers the highest priority, but
    /// networks after all others.
    /// - Parameter rows: in the order of `SenderListStore.all`.
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
