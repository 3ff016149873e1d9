import Mail
import MailStore
import Settings

struct NewDomain: FormInput {
    let title: String
    let quota: Quota?
    let language: String?
    let transport: String?
    let defaultQuota: Quota?
    let maximumUserQuota: Quota?
    let mailboxLimit: AccountLimit?
    let aliasLimit: AccountLimit?
    let listLimit: AccountLimit?
    let senderBcc: MailAddress?
    let recipientBcc: MailAddress?

    init(_ form: inout Form) throws(APIError) {
        title = try form.required(
            "name", older: "cn", .longText, by: .caller, "Short description, e.g. a company's name.",
            example: "Example Ltd")
        quota = try form.optional(
            "quota", .megabytes, by: .caller, "Quota of all mailboxes together, in MB.", example: "2048")
        language = try form.optional(
            "language", older: "preferredLanguage", .domainLanguage, by: .caller, "Language of new users.",
            example: "en_US")
        transport = try form.optional(
            "transport", .transport, by: .caller, "Where mail for the domain goes.", example: "dovecot")
        defaultQuota = try form.optional(
            "defaultQuota", .megabytes, by: .caller, "Quota of a new user, in MB.", example: "1024")
        maximumUserQuota = try form.optional(
            "maxUserQuota", .megabytes, by: .caller, "Largest quota one user may have, in MB.", example: "4096")
        mailboxLimit = try form.optional(
            "numberOfUsers", .limit, by: .caller, "How many users there may be.", example: "100")
        aliasLimit = try form.optional(
            "numberOfAliases", .limit, by: .caller, "How many aliases there may be.", example: "100")
        listLimit = try form.optional(
            "numberOfLists", .limit, by: .caller, "How many mailing lists there may be.", example: "10")
        senderBcc = try form.optional(
            "senderBcc", .address, by: .caller, "Gets a copy of what the domain's users send.",
            example: "archive@example.com")
        recipientBcc = try form.optional(
            "recipientBcc", .address, by: .caller, "Gets a copy of what the domain receives.",
            example: "archive@example.com")
    }
}

extension Domains {
    static func create(_ call: Call, _ input: NewDomain) throws -> Reply {
        let caller = try call.caller
        let name = try call.domain
        let settings = call.configuration.settings
        let transport = input.transport.flatMap { $0.isEmpty ? nil : $0 } ?? settings[Settings.defaultTransport]
        if transport != settings[Settings.defaultTransport] { try requireTransport(transport, caller, settings) }
        if caller.isGlobal { try takeOver(name, call) }
        guard try !call.store.domains.isTaken(name) else { throw APIError.alreadyExists }
        let allowance = try DomainAllowance(of: caller, besides: name, in: call.store)
        var domain = DomainRow(
            name: name, title: input.title, status: .active, transport: transport,
            quota: try allowance.quota(input.quota ?? .unlimited),
            mailboxLimit: try allowance.mailboxes(input.mailboxLimit ?? .unlimited),
            aliasLimit: try allowance.aliases(input.aliasLimit ?? .unlimited),
            listLimit: try allowance.lists(input.listLimit ?? .unlimited), settings: input.settings)
        try allowance.requireOneMoreDomain()
        // A claim to an earlier domain of this name must not count for the new one.
        try call.store.ownership.deleteClaims(name)
        if !caller.isGlobal { domain.status = try claim(name, for: caller, call) }
        if domain.status == .active {
            try call.store.ownership.deleteProofs(name, besides: caller.username.text)
        }
        try call.store.domains.insert(domain, now: call.now)
        if !caller.isGlobal { try call.store.admins.addDomain(name, to: caller.username, now: call.now) }
        if let address = input.senderBcc {
            try call.store.routing.setBcc(of: name, .sender, to: address, now: call.now)
        }
        if let address = input.recipientBcc {
            try call.store.routing.setBcc(of: name, .recipient, to: address, now: call.now)
        }
        return .changed(LogEntry(.create, "Create domain: \(name).", domain: name.text))
    }

    /// Refuses a normal admin a transport whose service is not in `TRANSPORT_SERVICES` (`Security.md` B12).
    static func requireTransport(_ transport: String, _ caller: AdminRow, _ settings: Settings) throws {
        guard !caller.isGlobal else { return }
        guard let service = Transport(transport)?.service,
            settings[Settings.transportServices].contains(service)
        else { throw APIError.permissionDenied.at("transport", "This transport is for global admins.") }
    }

    /// The status of a domain that a normal admin makes: active, or, when its ownership must be proved first, disabled.
    /// In the latter case the proof is requested here.
    private static func claim(_ name: DomainName, for caller: AdminRow, _ call: Call) throws -> AccountStatus {
        let settings = call.configuration.settings
        guard settings[Settings.requiresDomainOwnership] else { return .active }
        if try call.store.ownership.isProven(name, by: caller.username, now: call.now) { return .active }
        try requestProof(of: name, aliasDomain: nil, call)
        return .disabled
    }

    /// Records that the caller has to prove the ownership of a name, with a new code to publish (`Contract.md` 5.8).
    ///
    /// - Parameter aliasDomain: the name to prove; nil when it is the domain itself.
    static func requestProof(of name: DomainName, aliasDomain: DomainName?, _ call: Call) throws {
        let settings = call.configuration.settings
        try call.store.ownership.request(
            name, aliasDomain: aliasDomain, by: call.caller.username,
            code: settings[Settings.domainOwnershipPrefix] + randomCode(), expiry: call.ownershipExpiry)
    }

    /// Frees a name that only waits for a proof, for a global admin who wants it: removes the claim, and the alias
    /// domain or the domain with its accounts. Does nothing to any other name. Source: `Contract.md` 5.8.
    ///
    /// - Throws: `DomainUnderChange`; `ALREADY_EXISTS` for a domain with too many accounts.
    static func takeOver(_ name: DomainName, _ call: Call) throws {
        let store = call.store
        if let target = try store.domains.target(ofWaiting: name) {
            try store.dropClaim(toAlias: name, of: target)
        } else if try store.domains.isWaiting(name) {
            if let (changing, _) = try store.longChange(among: [name], now: call.now) {
                throw DomainUnderChange(domain: changing)
            }
            let usage = try store.domains.usage(of: name)
            guard usage.mailboxes + usage.aliases + usage.lists <= takeOverLimit else {
                throw APIError.alreadyExists.explained(
                    "A large domain of this name waits for a proof of its ownership; delete it first.")
            }
            // Not recorded: others may read the log line of this request, and the rows are somebody else's.
            try store.unrecorded {
                try begin(deletionOf: name, deleteDate: nil, call)
                while try !store.continueChange(of: name) {}
            }
            try store.ownership.deleteClaims(name)
            let entry = LogEntry(.delete, "Delete domain: \(name), whose ownership was not proved.", domain: name.text)
            try store.log.add(entry, admin: call.caller.username, ip: call.client, now: call.now)
        }
    }

    /// The most accounts of a waiting domain that one request removes; the writer serves nobody else meanwhile.
    private static let takeOverLimit = 1000

    /// 20 letters and digits from the system's random source.
    private static func randomCode() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<20).compactMap { _ in alphabet.randomElement() })
    }
}

extension NewDomain {
    fileprivate var settings: AccountSettings {
        var settings = AccountSettings()
        settings["default_language"] = language
        settings[number: "default_user_quota"] = defaultQuota?.megabytes ?? 0
        settings[number: "max_user_quota"] = maximumUserQuota?.megabytes ?? 0
        return settings
    }
}

extension Call {
    /// When a claim or a proof that is made now expires: after `DOMAIN_OWNERSHIP_EXPIRE_DAYS`.
    var ownershipExpiry: Moment {
        Moment(epoch: now.epoch + configuration.settings[Settings.domainOwnershipDays] * 86_400)
    }
}

/// What an admin may give to one domain: a normal admin what is left of the limits in the admin's `settings`, a global
/// admin anything. Source: `Contract.md` 4.
///
/// The functions return the value to store. Where a limit exists and 0 (no limit) is asked for, it is all that is left.
struct DomainAllowance {
    /// Nil for a global admin.
    private let limits: AccountSettings?
    private let allotted: Allotment

    /// Why a quota or a number of accounts may be refused.
    static let refusals: [APIError] = [.exceededQuota, .exceededUsers, .exceededAliases, .exceededLists]

    /// - Parameter domain: the domain in question; what it has does not count as given.
    init(of caller: AdminRow, besides domain: DomainName, in store: Store) throws {
        limits = caller.isGlobal ? nil : caller.settings
        allotted = try store.admins.allotted(to: caller.username, besides: domain)
    }

    func requireOneMoreDomain() throws {
        guard let limits, let limit = AccountLimit(stored: limits[number: "create_max_domains"]) else { return }
        guard limit.allowsOneMore(than: allotted.domains) else { throw APIError.exceededDomains }
    }

    func quota(_ asked: Quota) throws -> Quota {
        guard let limits else { return asked }
        let unit = ["GB": 1024, "TB": 1_048_576][limits["create_quota_unit"] ?? "MB"] ?? 1
        let (limit, isHuge) = limits[number: "create_max_quota"].multipliedReportingOverflow(by: unit)
        let given = try rest(
            asked: asked.megabytes, limit: isHuge ? .max : limit, used: allotted.quota, .exceededQuota)
        return Quota(megabytes: given) ?? asked
    }

    func mailboxes(_ asked: AccountLimit) throws -> AccountLimit {
        try accounts(asked, "create_max_users", allotted.mailboxes, .exceededUsers)
    }

    func aliases(_ asked: AccountLimit) throws -> AccountLimit {
        try accounts(asked, "create_max_aliases", allotted.aliases, .exceededAliases)
    }

    func lists(_ asked: AccountLimit) throws -> AccountLimit {
        try accounts(asked, "create_max_lists", allotted.lists, .exceededLists)
    }

    private func accounts(_ asked: AccountLimit, _ key: String, _ used: Int, _ word: APIError) throws -> AccountLimit {
        guard let limits, asked != .none else { return asked }
        let given = try rest(asked: asked.stored, limit: limits[number: key], used: used, word)
        return AccountLimit(stored: given) ?? asked
    }

    /// - Parameter limit: 0 for no limit, negative for none at all.
    private func rest(asked: Int, limit: Int, used: Int, _ word: APIError) throws -> Int {
        guard limit != 0 else { return asked }
        guard limit > used, asked <= limit - used else { throw word }
        return asked == 0 ? limit - used : asked
    }
}
