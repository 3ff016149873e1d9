import Gateway
import Mail
import MailStore

/// Who is exempt from greylisting: senders by name or address, and the servers that domains publish through SPF.
/// Source: `Contract.md` 15.2, 16.1.
enum GreylistingWhitelists {
    static let routes =
        Route.forEveryScope(
            .get, "/api/greylisting/<scope>/whitelists", "get_<scope>_greylisting_whitelist", .greylisting,
            "Senders exempt from greylisting for", answers: .exemptSenders, show)
        + Route.forEveryScope(
            .post, "/api/greylisting/<scope>/whitelists", "update_<scope>_greylisting_whitelist", .greylisting,
            "Changes the senders exempt from greylisting for", refuses: [.missingParameter], change)
        + [
            Route(
                .get, "/api/greylisting/whitelist_spf_domains", "get_greylisting_spf_domains", .globalAdmin,
                "Domains whose servers are exempt from greylisting.", answers: .exemptDomains, showDomains
            ).extra(),
            Route(
                .post, "/api/greylisting/whitelist_spf_domains", "update_greylisting_spf_domains", .globalAdmin,
                "Changes the domains whose servers are exempt from greylisting.", answers: .spfLookups,
                refuses: [.missingParameter], changeDomains),
        ]

    static func show(_ call: Call, _ scope: Scope) throws -> Reply {
        let senders = try call.store.greylistingWhitelists.senders(of: scope)
        return Reply.data { json in json.array(senders) }
    }

    static func change(_ call: Call, _ scope: Scope, _ input: ExemptSenders) throws -> Reply {
        let whitelists = call.store.greylistingWhitelists
        let change = input.change
        for sender in try change.removals(of: { try whitelists.senders(of: scope) }) {
            try whitelists.remove(sender, from: scope)
        }
        for sender in change.additions { try whitelists.add(sender, to: scope) }
        return .changed(LogEntry(.update, policy: "greylisting whitelist", of: scope))
    }

    static func showDomains(_ call: Call) throws -> Reply {
        let domains = try call.store.greylistingWhitelists.domains()
        return Reply.data { json in json.array(domains) }
    }

    /// The DNS is asked later, by `postern spf-refresh`: at once when the request says so, but after the commit.
    static func changeDomains(_ call: Call, _ input: ExemptDomains) throws -> Reply {
        let whitelists = call.store.greylistingWhitelists
        let change = input.change
        for domain in try change.removals(of: whitelists.domains) { try whitelists.remove(domain: domain) }
        for domain in change.additions { try whitelists.add(domain) }
        var reply = Reply.changed(LogEntry(.update, policy: "domains exempt from greylisting", of: .global))
        if input.isLookedUpAtOnce { reply.lookups = change.additions }
        return reply
    }
}

struct ExemptSenders: FormInput {
    let change: ItemListChange<ListedParty>

    init(_ form: inout Form) throws(APIError) {
        change = try ItemListChange(
            &form, "senders", "Senders", "Senders exempt from greylisting", .exemptSenders,
            example: "@example.net")
    }

    func check() throws(APIError) { try change.check() }
}

struct ExemptDomains: FormInput {
    let change: ItemListChange<SPFDomain>
    let isLookedUpAtOnce: Bool

    init(_ form: inout Form) throws(APIError) {
        change = try ItemListChange(
            &form, "domains", "Domains", "Domains whose servers are exempt", .spfDomains, example: "example.net"
        )
        isLookedUpAtOnce =
            try form.optional(
                "query_dns_immediately", .yesNo, by: .caller,
                "Whether the domains to be listed are looked up in the DNS before the answer, in 20 seconds at most.",
                example: "yes", default: "no") ?? false
    }

    func check() throws(APIError) { try change.check() }
}

/// A change of a list of items that have a normal form, such as the shortest text of an IP address. The normal form is
/// the item's `description`; other programs may have stored another one.
struct ItemListChange<Item: Hashable & Sendable & CustomStringConvertible>: Sendable {
    /// Items to be removed are texts as sent, in lower case.
    private let list: ListChange<Item, String>
    private let parse: @Sendable (String) -> Item?

    init(
        _ form: inout Form, _ plural: String, _ suffix: String, _ what: String, _ type: ItemType<Item>, example: String
    ) throws(APIError) {
        parse = type.parse
        let items = type.items
        list = try form.list(
            plural, add: "add\(suffix)", remove: "remove\(suffix)", items, items, removing: .rawItems, by: .caller,
            what,
            example: example)
    }

    func check() throws(APIError) {
        guard list.isAsked else { throw .missingParameter }
    }

    /// The stored texts to remove. Remove them before `additions` are added, so that an item in both stays.
    /// - Parameter present: reads what is stored; called only when the list is replaced.
    func removals(of present: () throws -> [String]) rethrows -> [String] {
        if let replaced = list.replaced {
            let kept = Set(replaced.map(\.description))
            return try present().filter { !kept.contains($0) }
        }
        return storedTexts(of: list.removed ?? [], parse)
    }

    var additions: [Item] { list.wanted }
}

/// The texts under which items may be stored: each as sent, and in its normal form if that is another text.
func storedTexts<Item: CustomStringConvertible>(of items: [String], _ parse: (String) -> Item?) -> [String] {
    items.flatMap { item in
        [item] + (parse(item).map(\.description).flatMap { $0 == item ? nil : [$0] } ?? [])
    }
}

/// What the items of a list are.
struct ItemType<Item: Hashable & Sendable>: Sendable {
    /// In words, for the documentation.
    let kind: String
    /// The refusal of a list with items of which none is valid.
    let invalid: APIError
    /// Nil for text that is no valid item.
    let parse: @Sendable (String) -> Item?

    /// Items that are not valid are skipped; if all are, the list is refused.
    var items: FieldType<[Item]> {
        FieldType(kind: kind, .list(.text(""), ""), refuses: [invalid, .invalidParameter]) {
            [parse, invalid] text, isStrict throws(APIError) in
            let items = try ListItems(text).parsed(isStrict, invalid: invalid, parse)
            if items.isEmpty, try !ListItems(text).items.isEmpty { throw invalid }
            return items
        }
    }
}

extension ItemType where Item == ListedParty {
    /// Every `ListedParty` but `@.`: to exempt everybody, greylisting is switched off.
    static var exemptSenders: Self {
        ItemType(
            kind: "IP addresses, networks, user@domain, @domain, @.domain, separated by commas", invalid: .invalidSender
        ) { text in
            ListedParty(text).flatMap { $0 == .everybody ? nil : $0 }
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
        FieldType(kind: "items of the list, separated by commas", .list(.text(""), "")) {
            text, isStrict throws(APIError) in
            try ListItems(text).parsed(isStrict, invalid: .invalidParameter) { $0.lowercased() }
        }
    }
}
