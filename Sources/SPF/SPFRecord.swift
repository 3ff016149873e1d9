import Mail

/// The terms of an SPF record that add senders: `Contract.md` 16.2, step 2.
struct SPFRecord: Hashable {
    let terms: [Term]
    /// Whether the record has `all`, with any qualifier. Its `redirect` then does not count (RFC 7208 6.1).
    let hasAll: Bool

    enum Term: Hashable {
        case network(IPNetwork)
        /// - Parameter name: nil for the domain whose record this is.
        case addresses(name: String?, PrefixLengths)
        case mailHosts(name: String?, PrefixLengths)
        case include(String)
        case redirect(String)
    }

    /// The prefix lengths to which addresses are widened; nil: not widened.
    struct PrefixLengths: Hashable {
        var four: Int?
        var six: Int?
    }

    /// The one SPF record among a name's TXT records; nil for none and for more than one.
    init?(in texts: [[UInt8]]) {
        // Terms are ASCII. Comparing a long word of combining marks would take seconds.
        let records =
            texts
            .map { text in
                text.split(separator: UInt8(ascii: " ")).map { word in
                    word.contains { $0 >= 0x80 } ? "" : String(decoding: word, as: UTF8.self)
                }
            }
            .filter { $0.first?.lowercased() == "v=spf1" }
        guard let record = records.first, records.count == 1 else { return nil }
        terms = record.dropFirst().compactMap { Term($0) }
        hasAll = record.dropFirst().contains { term in
            let word = term.lowercased()
            return word == "all" || word.dropFirst() == "all" && "+-~?".contains(word.prefix(1))
        }
    }
}

extension SPFRecord.Term {
    /// Nil for what adds nothing: terms with `-`, `~` or `?`, with macros, malformed and unknown ones, `all`, `ptr`
    /// and `exists`.
    init?(_ text: String) {
        guard !text.contains("%"), let first = text.utf8.first, !"-~?".utf8.contains(first) else { return nil }
        let text = text.lowercased()
        if text.hasPrefix("redirect="), let name = Self.name(text.dropFirst("redirect=".count)) {
            self = .redirect(name)
            return
        }
        let term = text.hasPrefix("+") ? text.dropFirst() : text[...]
        let mechanism = term.prefix { $0 != ":" && $0 != "/" }
        let rest = term[mechanism.endIndex...]
        switch mechanism {
        case "ip4", "ip6":
            guard rest.hasPrefix(":"), let network = Self.network(rest.dropFirst(), isIPv4: mechanism == "ip4") else {
                return nil
            }
            self = .network(network)
        case "a", "mx":
            guard let (name, lengths) = Self.nameAndLengths(rest) else { return nil }
            self = mechanism == "a" ? .addresses(name: name, lengths) : .mailHosts(name: name, lengths)
        case "include":
            guard rest.hasPrefix(":"), let name = Self.name(rest.dropFirst()) else { return nil }
            self = .include(name)
        default: return nil
        }
    }

    /// Host bits are masked off. An IPv4-mapped address is refused.
    private static func network(_ text: Substring, isIPv4: Bool) -> IPNetwork? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].contains(":") != isIPv4, let address = IPAddress(String(parts[0])), address.isIPv4 == isIPv4
        else {
            return nil
        }
        guard parts.count == 2 else { return IPNetwork(around: address, prefixLength: address.width) }
        return IPNetwork.length(parts[1]).flatMap { IPNetwork(around: address, prefixLength: $0) }
    }

    /// What follows `a` and `mx`: `[:name][/length][//length]`.
    private static func nameAndLengths(_ text: Substring) -> (String?, SPFRecord.PrefixLengths)? {
        let target = text.prefix { $0 != "/" }
        var name: String?
        if !target.isEmpty {
            guard target.hasPrefix(":"), let given = self.name(target.dropFirst()) else { return nil }
            name = given
        }
        var lengths = SPFRecord.PrefixLengths()
        var rest = text[target.endIndex...]
        if !rest.isEmpty, !rest.hasPrefix("//") {
            let digits = rest.dropFirst().prefix { $0 != "/" }
            guard let four = IPNetwork.length(digits), four <= 32 else { return nil }
            lengths.four = four
            rest = rest[digits.endIndex...]
        }
        if !rest.isEmpty {
            guard rest.hasPrefix("//"), let six = IPNetwork.length(rest.dropFirst(2)), six <= 128 else { return nil }
            lengths.six = six
        }
        return (name, lengths)
    }

    /// The name without a dot at its end; nil for the empty text.
    private static func name(_ text: Substring) -> String? {
        let name = text.hasSuffix(".") ? text.dropLast() : text
        return name.isEmpty ? nil : String(name)
    }
}
