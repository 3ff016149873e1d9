import Mail
import MailStore
import Settings

extension Domains {
    static func update(_ call: Call, _ domain: DomainRow, _ input: DomainChanges) throws -> Reply {
        var changed = domain
        let store = call.store
        try applyLimits(of: input, to: &changed, call)
        try applyRouting(of: input, to: &changed, call)
        try applyPasswordLengths(of: input, to: &changed, call)
        if let title = input.title { changed.title = title }
        if let status = input.status { changed.status = status }
        changed.settings.apply(input)
        let aliasDomains = try aliasDomainsToAdd(input, to: domain, call)
        let isRowChanged = changed != domain
        if isRowChanged { try store.domains.update(changed, now: call.now) }
        if changed.status != domain.status { try store.statusChanged(of: domain.name) }
        let areCompanionsChanged = try writeCompanions(of: domain.name, input, aliasDomains, call)
        guard isRowChanged || areCompanionsChanged else { return .unlogged }
        if !isRowChanged { try store.domains.touch(domain.name, now: call.now) }
        return .changed(LogEntry(.update, "Update domain: \(domain.name).", domain: domain.name.text))
    }

    /// Writes the numbers that a normal admin can change only within the admin's own limits.
    private static func applyLimits(of input: DomainChanges, to domain: inout DomainRow, _ call: Call) throws {
        guard input.quota != nil || input.mailboxLimit != nil || input.aliasLimit != nil || input.listLimit != nil
        else {
            return
        }
        let allowance = try DomainAllowance(of: call.caller, besides: domain.name, in: call.store)
        if let quota = input.quota { domain.quota = try allowance.quota(quota) }
        if let limit = input.mailboxLimit { domain.mailboxLimit = try allowance.mailboxes(limit) }
        if let limit = input.aliasLimit { domain.aliasLimit = try allowance.aliases(limit) }
        if let limit = input.listLimit { domain.listLimit = try allowance.lists(limit) }
    }

    private static func applyRouting(of input: DomainChanges, to domain: inout DomainRow, _ call: Call) throws {
        let settings = call.configuration.settings
        let usual = settings[Settings.defaultTransport]
        if let transport = input.transport {
            domain.transport = transport.isEmpty ? usual : transport
            if domain.transport != usual { try requireTransport(domain.transport, call.caller, settings) }
        }
        switch input.isBackupMX {
        case true?:
            let primary = input.primaryMX ?? ""
            guard !primary.isEmpty || settings[Settings.allowsBackupMXWithoutPrimary] else {
                throw APIError.missingParameter.at("primarymx")
            }
            domain.isBackupMX = true
            domain.transport = "relay:" + primary
        case false?:
            domain.isBackupMX = false
            if domain.transport.hasPrefix("relay:") { domain.transport = usual }
        case nil: break
        }
    }

    /// Writes the domain's own limits for the length of a password. What a normal admin sends is kept within those of
    /// the server. Source: `Contract.md` 5.4.
    private static func applyPasswordLengths(of input: DomainChanges, to domain: inout DomainRow, _ call: Call) throws {
        guard input.minimumPasswordLength != nil || input.maximumPasswordLength != nil else { return }
        let settings = call.configuration.settings
        let least = settings[Settings.minPasswordLength]
        let greatest = settings[Settings.maxPasswordLength]
        let isBound = try !call.caller.isGlobal
        if var length = input.minimumPasswordLength {
            if isBound, length > 0 { length = max(length, least) }
            domain.settings[number: "min_passwd_length"] = length
        }
        if var length = input.maximumPasswordLength {
            if isBound, length > 0, greatest > 0 && length > greatest || length <= least { length = greatest }
            domain.settings[number: "max_passwd_length"] = length
        }
        let minimum = domain.settings[number: "min_passwd_length"]
        let maximum = domain.settings[number: "max_passwd_length"]
        if maximum > 0, minimum > maximum {
            throw APIError.invalidParameter.at("minPasswordLength", "The least length is above the greatest.")
        }
    }

    /// Writes the domain's rows of other tables.
    /// - Returns: whether the input asks for any.
    private static func writeCompanions(
        of name: DomainName, _ input: DomainChanges, _ aliasDomains: [DomainName], _ call: Call
    ) throws -> Bool {
        let store = call.store
        var isChanged = false
        if let bcc = input.senderBcc {
            try store.routing.setBcc(of: name, .sender, to: bcc.value, now: call.now)
            isChanged = true
        }
        if let bcc = input.recipientBcc {
            try store.routing.setBcc(of: name, .recipient, to: bcc.value, now: call.now)
            isChanged = true
        }
        if let destinations = input.catchAll {
            try store.forwardings.setCatchAll(of: name, to: destinations)
            isChanged = true
        }
        if let relay = input.outboundRelay {
            try store.routing.setRelayhost(of: "@" + name.text, to: relay.value)
            isChanged = true
        }
        if try changeAliasDomains(of: name, input, adding: aliasDomains, call) { isChanged = true }
        return isChanged
    }
}

extension AccountSettings {
    /// Writes the parameters that are kept in the column `settings`, except the password lengths.
    fileprivate mutating func apply(_ input: DomainChanges) {
        if let quota = input.defaultQuota { self[number: "default_user_quota"] = quota.megabytes }
        if let quota = input.maximumUserQuota { self[number: "max_user_quota"] = quota.megabytes }
        if let language = input.language { self["default_language"] = language }
        for (key, change) in [
            ("enabled_services", input.services), ("disabled_domain_profiles", input.domainProfiles),
            ("disabled_user_profiles", input.userProfiles), ("disabled_user_preferences", input.userPreferences),
        ] {
            self[list: key] = change.applied(to: self[list: key])
        }
    }
}

extension Domains {
    /// The alias domains to add: names that were sent, are new here and free. A name in use is skipped; strict handling
    /// refuses it. For a global admin a name that only waits for a proof is freed first.
    static func aliasDomainsToAdd(_ input: DomainChanges, to domain: DomainRow, _ call: Call) throws -> [DomainName] {
        let isGlobal = try call.caller.isGlobal
        let present = Set(try call.store.domains.aliasDomains(of: domain.name))
        var new: [DomainName] = []
        for name in input.aliasDomains.wanted where name != domain.name && !present.contains(name.text) {
            if isGlobal { try takeOver(name, call) }
            if try call.store.domains.isTaken(name) {
                if call.isStrict { throw APIError.alreadyExists.explained("\(name) is in use already.") }
                continue
            }
            new.append(name)
        }
        return new
    }

    /// Removes, activates and adds alias domains, in this order.
    /// - Parameter new: what `aliasDomainsToAdd` returned.
    /// - Returns: whether there were any to add, remove or activate.
    static func changeAliasDomains(
        of domain: DomainName, _ input: DomainChanges, adding new: [DomainName], _ call: Call
    ) throws -> Bool {
        let store = call.store
        let present = try store.domains.aliasDomains(of: domain).compactMap { DomainName($0) }
        let removed =
            input.aliasDomains.replaced.map { wanted in present.filter { !wanted.contains($0) } }
            ?? input.aliasDomains.removed ?? []
        for name in removed where present.contains(name) {
            try store.ownership.extendProofs(
                aliasDomain: name, of: domain, by: call.caller.username, provenUntil: call.ownershipExpiry)
            try store.domains.removeAliasDomain(name, of: domain)
        }
        let activated = try activate(input.aliasDomains.wanted.filter(present.contains), of: domain, call)
        for name in new {
            try store.ownership.deleteClaims(aliasDomain: name)
            let waits = try mustBeProved(name, call)
            try store.domains.addAliasDomain(name, of: domain, waits ? .disabled : .active, now: call.now)
            if waits { try requestProof(of: domain, aliasDomain: name, call) }
        }
        return !new.isEmpty || !removed.isEmpty || activated
    }

    /// Whether a new alias domain waits for a proof: a normal admin adds it, and has no proof of the name that still
    /// counts.
    private static func mustBeProved(_ name: DomainName, _ call: Call) throws -> Bool {
        let caller = try call.caller
        guard !caller.isGlobal, call.configuration.settings[Settings.requiresDomainOwnership] else { return false }
        return try !call.store.ownership.isProven(name, by: caller.username, now: call.now)
    }

    /// Activates the alias domains that wait for a proof, if a global admin names them: the proof is then not needed.
    /// - Returns: whether there were any.
    private static func activate(_ names: [DomainName], of domain: DomainName, _ call: Call) throws -> Bool {
        guard try call.caller.isGlobal else { return false }
        var isAny = false
        for name in names where try call.store.domains.target(ofWaiting: name) == domain {
            try call.store.domains.activate(alias: name, now: call.now)
            try call.store.ownership.deleteClaims(aliasDomain: name)
            try call.store.forwardings.refreshAliases(below: name)
            isAny = true
        }
        return isAny
    }
}
