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

    private let name: DistinguishedName

    init(dn: String) {
        self.dn = dn
        name = DistinguishedName(dn)
    }

    /// Whether it lies directly below `o=domainAdmins`, where the old server looks for standalone admins.
    var isBelowAdmins: Bool { name.has("o", "domainadmins", at: 1) && name.lastIndex("o", "domains") == nil }

    /// The name of the domain below `o=domains` that the entry is, or lies below, in small letters; nil elsewhere.
    var domainOfPlace: String? {
        guard let index = name.lastIndex("o", "domains"), index > 0 else { return nil }
        return name.values("domainname", at: index - 1).first
    }

    /// Whether it is directly below `o=domains`.
    var isDomain: Bool { name.lastIndex("o", "domains") == 1 }

    mutating func add(_ attribute: DirectoryAttribute, _ value: [UInt8]) {
        guard let text = String(validating: value, as: UTF8.self), !value.contains(0) else { return flaw = attribute }
        // LDAP finds a value whatever blanks are around it.
        values[attribute, default: []].append(attribute.isExact ? text : String(text.trimmingBlanks()))
    }

    /// - Parameter name: of an attribute that is not read, in small letters.
    mutating func add(other name: String) { if others.count < Self.mostOthers { others.insert(name) } }

    /// More than any schema has.
    private static let mostOthers = 1000

    /// The attributes that it has, of those that are read.
    var attributes: some Collection<DirectoryAttribute> { values.keys }

    /// All values of an attribute, in their order.
    subscript(all attribute: DirectoryAttribute) -> [String] { values[attribute] ?? [] }

    /// The first value; nil when there is none.
    subscript(attribute: DirectoryAttribute) -> String? { values[attribute]?.first }

    /// The address that names the entry, if it has several; nil when there is none.
    var address: String? { naming(.mail, "mail") }

    /// The name of a domain, if it has several; nil when there is none.
    var domainName: String? { naming(.domainName, "domainname") }

    /// The value that is in the name of the entry, or the first.
    private func naming(_ attribute: DirectoryAttribute, _ type: String) -> String? {
        let own = name.values(type, at: 0)
        return self[all: attribute].first { own.contains($0.lowercased()) } ?? self[attribute]
    }

    /// Whether it has a value, whatever its case.
    func has(_ attribute: DirectoryAttribute, _ value: String) -> Bool {
        let value = value.lowercased()
        return self[all: attribute].contains { $0.lowercased() == value }
    }

    /// Nil when it is of no class that is read where it lies.
    var entryClass: EntryClass? {
        EntryClass.allCases.first { has(.objectClass, $0.rawValue) && ($0 == .mailAdmin) == isBelowAdmins }
    }

    /// A class that is read, but not where the entry lies; nil when it is of none.
    var strayClass: EntryClass? {
        entryClass == nil ? EntryClass.allCases.first { has(.objectClass, $0.rawValue) } : nil
    }

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
        self[all: .accountSetting].prefix(Self.mostOthers).compactMap { text in
            guard let colon = text.firstIndex(of: ":") else { return nil }
            return (String(text[..<colon]), String(text[text.index(after: colon)...]))
        }
    }

    /// The same as a column has them.
    var accountSettings: AccountSettings {
        settings.reduce(into: AccountSettings()) { $0[$1.key] = $1.value }
    }
}
