import Gateway
import Mail
import MailStore

/// White- and blacklists: who may send to a scope, and to whom it may send. Source: `Contract.md` 17.
enum SenderLists {
    static let routes =
        routes(.inbound, .whitelist, "/api/wblist/inbound/whitelist/<scope>", "senders always let in, for")
        + routes(.inbound, .blacklist, "/api/wblist/inbound/blacklist/<scope>", "senders never let in, for")
        + routes(.outbound, .whitelist, "/api/wblist/outbound/whitelist/<scope>", "recipients always allowed, for")
        + routes(.outbound, .blacklist, "/api/wblist/outbound/blacklist/<scope>", "recipients never allowed, for")

    private static func routes(
        _ direction: MailDirection, _ kind: ListKind, _ path: String, _ whom: String
    ) -> [Route] {
        let list = "\(direction.rawValue)_\(kind.rawValue)"
        return Route.forEveryScope(.get, path, "get_<scope>_\(list)", .wblist, "The \(whom)", answers: .listedPeers) {
            call, scope in
            try show(call, .init(direction, kind, of: scope))
        }
            + Route.forEveryScope(.post, path, "add_to_<scope>_\(list)", .wblist, "Adds to the \(whom)") {
                (call, scope, input: ListedPeers) in
                try add(call, .init(direction, kind, of: scope), input)
            }
            // The published page has it so: PUT removes.
            + Route.forEveryScope(.put, path, "remove_from_<scope>_\(list)", .wblist, "Removes from the \(whom)") {
                (call, scope, input: UnlistedPeers) in
                try remove(call, .init(direction, kind, of: scope), input.addresses)
            }
            + Route.forEveryScope(.delete, path, "clear_<scope>_\(list)", .wblist, "Empties the list of \(whom)") {
                call, scope in
                try remove(call, .init(direction, kind, of: scope), nil)
            }
    }

    private static func show(_ call: Call, _ list: SenderListStore.List) throws -> Reply {
        let peers = try call.store.senderLists.peers(of: list)
        return Reply.data { json in json.array(peers) }
    }

    private static func add(_ call: Call, _ list: SenderListStore.List, _ input: ListedPeers) throws -> Reply {
        guard !input.addresses.isEmpty else { return .unlogged }
        try call.store.senderLists.add(input.addresses, to: list)
        return .changed(list.logEntry(.update))
    }

    private static func remove(_ call: Call, _ list: SenderListStore.List, _ peers: [String]?) throws -> Reply {
        try call.store.senderLists.remove(peers, from: list)
        return .changed(list.logEntry(peers == nil ? .delete : .update))
    }
}

extension SenderListStore.List {
    fileprivate func logEntry(_ event: LogEntry.Event) -> LogEntry {
        LogEntry(event, policy: "\(direction.rawValue) \(kind.rawValue)", of: scope)
    }
}

struct ListedPeers: FormInput {
    let addresses: [ListedParty]

    init(_ form: inout Form) throws(APIError) {
        addresses = try form.required(
            "addresses", .peers, by: .caller, "Whom to list.", example: "@example.net,192.0.2.0/24")
    }
}

struct UnlistedPeers: FormInput {
    /// Each as sent, and in its normal form.
    let addresses: [String]

    init(_ form: inout Form) throws(APIError) {
        let items = try form.required(
            "addresses", .rawItems, by: .caller, "Whom to take off the list.", example: "@example.net")
        addresses = storedTexts(of: items) { ListedParty($0) }
    }
}

extension FieldType where Value == [ListedParty] {
    /// Items that are not valid are skipped.
    fileprivate static var peers: Self {
        FieldType(
            kind: "IP addresses, networks, user@domain, @domain, @.domain, @., separated by commas",
            .list(.text(""), "")
        ) {
            text, isStrict throws(APIError) in
            try ListItems(text).parsed(isStrict, invalid: .invalidParameter) { ListedParty($0) }
        }
    }
}
