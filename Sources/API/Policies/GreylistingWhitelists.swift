import Gateway
import Mail
import MailStore

/// Who is exempt from greylisting: senders by name or address, and the servers that domains publish through SPF.
enum GreylistingWhitelists {
    static let routes =
        Route.forEveryScope(
            .get, "/api/greylisting/<scope>/whitelists", .greylisting, "Senders exempt from greylisting for", show)
        + Route.forEveryScope(
            .post, "/api/greylisting/<scope>/whitelists", .greylisting,
            "Changes the senders exempt from greylisting for",
            change)
        + [
            Route(
                .get, "/api/greylisting/whitelist_spf_domains", .globalAdmin,
                "Domains whose servers are exempt from greylisting.", showDomains),
            Route(
                .post, "/api/greylisting/whitelist_spf_domains", .globalAdmin,
                "Changes the domains whose servers are exempt from greylisting.", changeDomains),
        ]

    static func show(_ call: Call, _ scope: Scope) throws -> Reply {
        let senders = try call.store.greylistingWhitelists.senders(of: scope)
        return Reply.data { json in json.array(senders) }
    }

    static func change(_ call: Call, _ scope: Scope, _ input: ExemptSenders) throws -> Reply {
        let whitelists = call.store.greylistingWhitelists
        let change = input.change
        let present = change.replaced == nil ? [] : try whitelists.senders(of: scope)
        for sender in change.removals(of: present) { try whitelists.remove(sender, from: scope) }
        for sender in change.additions { try whitelists.add(sender, to: scope) }
        return .changed(LogEntry(.update, policy: "greylisting whitelist", of: scope))
    }

    static func showDomains(_ call: Call) throws -> Reply {
        let domains = try call.store.greylistingWhitelists.domains()
        return Reply.data { json in json.array(domains) }
    }

    /// Nothing is looked up here: `postern spf-refresh` does that.
    static func changeDomains(_ call: Call, _ input: ExemptDomains) throws -> Reply {
        let whitelists = call.store.greylistingWhitelists
        let change = input.change
        let present = change.replaced == nil ? [] : try whitelists.domains()
        for domain in change.removals(of: present) { try whitelists.remove(domain: domain) }
        for domain in change.additions { try whitelists.add(domain) }
        return .changed(LogEntry(.update, policy: "domains exempt from greylisting", of: .global))
    }
}

struct ExemptSenders: FormInput {
    let change: ItemListChange<Peer>

    init(_ form: inout Form) throws(APIError) {
        change = try ItemListChange(
            &form, plural: "senders", "Senders", "Senders exempt from greylisting", .exemptSenders,
            example: "@example.net")
    }

    func check() throws(APIError) { try change.check() }
}

struct ExemptDomains: FormInput {
    let change: ItemListChange<SPFDomain>

    init(_ form: inout Form) throws(APIError) {
        change = try ItemListChange(
            &form, plural: "domains", "Domains", "Domains whose servers are exempt", .spfDomains, example: "example.net"
        )
    }

    func check() throws(APIError) { try change.check() }
}

/// How a list changes whose items have a normal form: replaced, or added to and removed from.
struct ItemListChange<Item: Hashable & Sendable & CustomStringConvertible>: Sendable {
    let replaced: [Item]?
    private let added: [Item]?
    /// As sent, in lower case.
    private let removed: [String]?
    private let parse: @Sendable (String) -> Item?

    init(
        _ form: inout Form, plural: String, _ suffix: String, _ what: String, _ type: ItemType<Item>, example: String
    ) throws(APIError) {
        try form.exclusive(plural, "add\(suffix)", "remove\(suffix)")
        parse = type.parse
        replaced = try form.optional(plural, type.items, "\(what): all; empty for none.", example: example)
        added = try form.optional("add\(suffix)", type.items, "\(what): to be added.", example: example)
        removed = try form.optional("remove\(suffix)", .rawItems, "\(what): to be removed.", example: example)
    }

    func check() throws(APIError) {
        if replaced == nil && added == nil && removed == nil { throw .missingParameter }
    }

    /// What is to be removed, as stored; before the additions, so that what is in both ends up present.
    /// - Parameter present: what is there; asked for only when the list is replaced.
    func removals(of present: [String]) -> [String] {
        if let replaced {
            let kept = Set(replaced.map(\.description))
            return present.filter { !kept.contains($0) }
        }
        return forms(of: removed ?? [], parse)
    }

    var additions: [Item] { replaced ?? added ?? [] }
}

/// An item of a list may stand there as sent or in its normal form.
func forms<Item: CustomStringConvertible>(of items: [String], _ parse: (String) -> Item?) -> [String] {
    items.flatMap { item in
        [item] + (parse(item).map(\.description).flatMap { $0 == item ? nil : [$0] } ?? [])
    }
}

/// The items of a list, and the word for one without a valid item.
struct ItemType<Item: Hashable & Sendable>: Sendable {
    let kind: String
    let invalid: APIError
    let parse: @Sendable (String) -> Item?

    /// What is not valid is passed over; something without one valid item is an error.
    var items: FieldType<[Item]> {
        FieldType(kind: kind) { [parse, invalid] text, isStrict throws(APIError) in
            let items = try ListItems(text).parsed(isStrict, invalid: invalid, parse)
            if items.isEmpty, try !ListItems(text).items.isEmpty { throw invalid }
            return items
        }
    }
}

extension ItemType where Item == Peer {
    /// Everybody is no item: that is what switching greylisting off is for.
    static var exemptSenders: Self {
        ItemType(
            kind: "IP addresses, networks, user@domain, @domain, @.domain, separated by commas", invalid: .invalidSender
        ) { text in
            Peer(text).flatMap { $0 == .everybody ? nil : $0 }
        }
    }
}

extension ItemType where Item == SPFDomain {
    static var spfDomains: Self {
        ItemType(kind: "domain names, separated by commas", invalid: .invalidDomainName) { SPFDomain($0) }
    }
}

extension FieldType where Value == [String] {
    /// Items that need not be valid, in lower case, each once.
    static var rawItems: Self {
        FieldType(kind: "items of the list, separated by commas") { text, isStrict throws(APIError) in
            try ListItems(text).parsed(isStrict, invalid: .invalidParameter) { $0.lowercased() }
        }
    }
}
