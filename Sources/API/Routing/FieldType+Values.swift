import Mail
import MailStore

/// What a field asks for whose value has a row of its own: to set the value, or, when the field is empty, to remove it.
enum Assignment<Value: Sendable>: Sendable {
    case set(Value)
    case remove

    /// Nil for `remove`.
    var value: Value? {
        switch self {
        case .set(let value): value
        case .remove: nil
        }
    }
}

extension FieldType where Value == Assignment<MailAddress> {
    /// Exactly one address; empty removes it.
    static var addressOrNone: Self {
        FieldType(kind: "mail address; empty for none", .address("").orNull, refuses: [.invalidMail]) {
            text, _ throws(APIError) in
            if text.isEmpty { return .remove }
            guard let address = MailAddress(text) else { throw .invalidMail }
            return .set(address)
        }
    }
}

extension FieldType where Value == Assignment<String> {
    /// The next hop for a sender's mail; empty removes it. A transport's name before it is dropped, because Postfix
    /// takes none in `sender_dependent_relayhost_maps`.
    static var relay: Self {
        FieldType(kind: "next hop such as [192.0.2.1]:25; empty for none", .text("")) { text, _ throws(APIError) in
            if text.isEmpty { return .remove }
            let prefix = ["smtp:", "relay:"].first { text.lowercased().hasPrefix($0) } ?? ""
            let hop = String(text.dropFirst(prefix.count))
            guard !hop.isEmpty, hop.utf8.count <= 255, Transport.isNextHop(hop) else { throw .invalidParameter }
            return .set(hop)
        }
    }
}

extension FieldType where Value == String {
    /// A host, `[host]` or `[address]`, each with an optional port; empty is kept.
    static var nextHop: Self {
        FieldType(kind: "next hop such as [192.0.2.1]:25", .text("")) { text, _ throws(APIError) in
            guard text.utf8.count <= 255, Transport.isNextHop(text) else { throw .invalidParameter }
            return text
        }
    }
}

extension FieldType where Value == AccessPolicy {
    static var accessPolicy: Self {
        FieldType(
            kind: "one of " + AccessPolicy.allCases.map(\.rawValue).joined(separator: ", "),
            .word(AccessPolicy.allCases.map(\.rawValue), "")
        ) {
            text, _ throws(APIError) in
            guard let policy = AccessPolicy(word: text) else { throw .invalidParameter }
            return policy
        }
    }
}

extension FieldType where Value == [String] {
    /// Names from a fixed list; others are skipped.
    static func names(_ known: [String]) -> Self {
        FieldType(
            kind: "names out of \(known.joined(separator: ", ")), separated by commas", .list(.word(known, ""), "")
        ) {
            text, isStrict throws(APIError) in
            var names: [String] = []
            for item in try ListItems(text).items {
                let name = item.lowercased()
                guard known.contains(name), !names.contains(name) else {
                    if isStrict { throw .invalidParameter.explained("\(item) is not known here, or named twice.") }
                    continue
                }
                names.append(name)
            }
            return names
        }
    }
}

extension FieldType where Value == [DomainName] {
    /// Domains that replace those stored: empty clears, and text without one valid name is refused.
    static var domainList: Self {
        FieldType(
            kind: "domain names, separated by commas; empty clears", .domains(""),
            refuses: [.invalidDomainName, .invalidParameter]
        ) { text, isStrict throws(APIError) in
            let names = try domains(in: text, isStrict)
            if names.isEmpty && !text.isEmpty { throw .invalidDomainName }
            return names
        }
    }

    /// Domains to add or to remove; invalid ones are skipped.
    static var domainItems: Self {
        FieldType(
            kind: "domain names, separated by commas", .domains(""), refuses: [.invalidDomainName, .invalidParameter]
        ) { text, isStrict throws(APIError) in
            try domains(in: text, isStrict)
        }
    }

    private static func domains(in text: String, _ isStrict: Bool) throws(APIError) -> [DomainName] {
        try ListItems(text).parsed(isStrict, invalid: .invalidDomainName) { DomainName($0) }
    }
}

/// The items of a list separated by commas, without white space at their ends; empty items are dropped.
struct ListItems {
    let items: [String]

    /// - Throws: for more than `limit` items.
    init(_ text: String, atMost limit: Int = 1000) throws(APIError) {
        items = text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
        guard items.count <= limit else { throw .invalidParameter.explained("At most \(limit) items at once.") }
    }

    /// The valid items, each once. Strict handling refuses invalid and repeated ones.
    func parsed<Value: Hashable>(
        _ isStrict: Bool, invalid: APIError, _ make: (String) -> Value?
    ) throws(APIError) -> [Value] {
        var values: [Value] = []
        var seen: Set<Value> = []
        for item in items {
            guard let value = make(item) else {
                if isStrict { throw invalid }
                continue
            }
            if seen.insert(value).inserted {
                values.append(value)
            } else if isStrict {
                throw .invalidParameter.explained("\(item) is named twice.")
            }
        }
        return values
    }
}
