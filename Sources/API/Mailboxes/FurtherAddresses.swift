import Mail
import MailStore
import Settings

/// The further addresses of a user (the API's `aliases` of a user).
extension Mailboxes {
    /// - Parameter new: what `aliasesToAdd` let through.
    /// - Returns: whether there was anything to do.
    static func changeAliases(
        of address: MailAddress, adding new: [MailAddress], _ input: MailboxChanges, _ store: Store
    ) throws -> Bool {
        let removed = input.aliases.removed ?? []
        guard input.aliases.replaced != nil || !new.isEmpty || !removed.isEmpty else { return false }
        if let wanted = input.aliases.replaced {
            for alias in try store.forwardings.aliases(of: address).compactMap({ MailAddress($0) })
            where !wanted.contains(alias) {
                try store.forwardings.removeAlias(alias, of: address)
            }
        }
        for alias in removed { try store.forwardings.removeAlias(alias, of: address) }
        for alias in new { try store.forwardings.addAlias(alias, to: address) }
        return true
    }

    /// Those of the wanted further addresses that are new, free, and in a domain where the user may have them. Others
    /// are passed over; strict handling refuses them.
    static func aliasesToAdd(_ input: MailboxChanges, to mailbox: MailboxRow, _ call: Call) throws -> [MailAddress] {
        let wanted = input.aliases.wanted
        guard !wanted.isEmpty else { return [] }
        let parameter = input.aliases.replaced == nil ? "addAlias" : "aliases"
        let own = Set(try call.store.forwardings.aliases(of: mailbox.address))
        var new: [MailAddress] = []
        for alias in wanted where alias != mailbox.address && !own.contains(alias.text) {
            guard alias.isFitForLocalAccount, try mayHaveAddress(in: alias.domain, mailbox.address, call) else {
                if call.isStrict {
                    throw APIError.invalidMail.at(parameter, "\(alias) is not in a domain of this user.")
                }
                continue
            }
            guard try !isTaken(alias, call) else {
                if call.isStrict { throw APIError.alreadyExists.at(parameter, "\(alias) is in use already.") }
                continue
            }
            new.append(alias)
        }
        return new
    }

    /// The user's own domain, its active alias domains, or, where the settings allow it, any active one the caller manages.
    /// An alias domain that is still to be proved may be anybody's: with an address below it the user would get the mail
    /// that users here send there.
    static func mayHaveAddress(in domain: DomainName, _ user: MailAddress, _ call: Call) throws -> Bool {
        if domain == user.domain { return true }
        let store = call.store
        guard let target = try store.domains.activePrimary(of: domain) else { return false }
        if target == user.domain { return true }
        guard call.configuration.settings[Settings.userAliasesCrossDomains] else { return false }
        let caller = try call.caller
        if caller.isGlobal { return true }
        return try store.admins.manages(caller.username, target)
    }
}
