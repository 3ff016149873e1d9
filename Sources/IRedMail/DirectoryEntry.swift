import MailStore

/// An entry of a directory with the attributes that are read of it. LDAP compares their names, and most values, without
/// case.
struct DirectoryEntry {
    let dn: String
    private var values: [DirectoryAttribute: [String]] = [:]
    /// The names of the attributes that are not read, with their options, in small letters.
    private(set) var others: Set<String> = []
    /// An attribute with bytes that are no text: no UTF-8, or a NUL. Nil when there is none.
    private(set) var flaw: DirectoryAttribute?

    init(dn: String) { self.dn = dn }

    mutating func add(_ attribute: DirectoryAttribute, _ value: [UInt8]) {
        guard let text = String(validating: value, as: UTF8.self), !value.contains(0) else { return flaw = attribute }
        values[attribute, default: []].append(text)
    }

    /// - Parameter name: of an attribute that is not read, in small letters.
    mutating func add(other name: String) { others.insert(name) }

    /// The attributes that it has, of those that are read.
    var attributes: some Collection<DirectoryAttribute> { values.keys }

    /// All values of an attribute, in their order.
    subscript(all attribute: DirectoryAttribute) -> [String] { values[attribute] ?? [] }

    /// The first value; nil when there is none.
    subscript(attribute: DirectoryAttribute) -> String? { values[attribute]?.first }

    /// The address that names the entry, if it has several; nil when there is none.
    var address: String? {
        let dn = dn.lowercased()
        return self[all: .mail].first { dn.hasPrefix("mail=\($0.lowercased()),") } ?? self[.mail]
    }

    /// Whether it has a value, whatever its case.
    func has(_ attribute: DirectoryAttribute, _ value: String) -> Bool {
        let value = value.lowercased()
        return self[all: attribute].contains { $0.lowercased() == value }
    }

    /// Nil when it is of no class that is read.
    var entryClass: EntryClass? { EntryClass.allCases.first { has(.objectClass, $0.rawValue) } }

    /// Whether an attribute holds "yes", which is how such a directory says that something is so.
    func isSet(_ attribute: DirectoryAttribute) -> Bool { has(attribute, "yes") }

    func offers(_ service: String) -> Bool { has(.enabledService, service) }

    var isActive: Bool { has(.accountStatus, "active") }

    /// Whether it is said to be off because its domain is.
    var isOffWithDomain: Bool { has(.domainStatus, "disabled") }

    /// A time of UTC (RFC 4517, 3.3.13), which may lack its seconds, as the tables of the SQL editions have it:
    /// `YYYY-MM-DD HH:MM:SS`. Nil when there is none; `SourceTime.none` for a text that is no time.
    func time(_ attribute: DirectoryAttribute) -> String? {
        guard let text = self[attribute] else { return nil }
        let digits = Array(text.prefix { $0.isNumber && $0.isASCII }) + "00"
        guard digits.count >= 14 else { return SourceTime.none }
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(8..<10)):\(part(10..<12)):\(part(12..<14))"
    }

    /// `accountSetting` has texts `key:value`.
    var settings: [(key: String, value: String)] {
        self[all: .accountSetting].compactMap { text in
            guard let colon = text.firstIndex(of: ":") else { return nil }
            return (String(text[..<colon]), String(text[text.index(after: colon)...]))
        }
    }

    /// The same as a column has them.
    var accountSettings: AccountSettings {
        settings.reduce(into: AccountSettings()) { $0[$1.key] = $1.value }
    }
}
