import MailStore

/// An entry of a directory with the attributes that are read of it. LDAP compares their names, and most values, without
/// case.
struct DirectoryEntry {
    let dn: String
    private var values: [String: [String]] = [:]
    /// The names of the attributes that are not read, with their options, in small letters.
    private(set) var others: Set<String> = []
    /// An attribute with bytes that are no text: no UTF-8, or a NUL. Nil when there is none.
    private(set) var flaw: String?

    init(dn: String) { self.dn = dn }

    /// - Parameters:
    ///   - name: in small letters.
    ///   - value: nil for an attribute that is not read.
    mutating func add(_ name: String, _ value: [UInt8]?) {
        guard let value else {
            others.insert(name)
            return
        }
        guard let text = String(validating: value, as: UTF8.self), !value.contains(0) else { return flaw = name }
        values[name, default: []].append(text)
    }

    /// All values of an attribute, in their order.
    /// - Parameter name: in small letters.
    subscript(all name: String) -> [String] { values[name] ?? [] }

    /// The first value; nil when there is none.
    subscript(name: String) -> String? { values[name]?.first }

    /// The address that names the entry, if it has several; nil when there is none.
    var address: String? {
        let dn = dn.lowercased()
        return self[all: "mail"].first { dn.hasPrefix("mail=\($0.lowercased()),") } ?? self["mail"]
    }

    /// Whether it has a value, whatever its case.
    func has(_ name: String, _ value: String) -> Bool {
        let value = value.lowercased()
        return self[all: name].contains { $0.lowercased() == value }
    }

    func isOf(_ objectClass: String) -> Bool { has("objectclass", objectClass) }

    /// Whether an attribute holds "yes", which is how such a directory says that something is so.
    func isSet(_ name: String) -> Bool { has(name, "yes") }

    /// Whether all of these services are on.
    func offers(_ services: String...) -> Bool { services.allSatisfy { has("enabledservice", $0) } }

    var isActive: Bool { has("accountstatus", "active") }

    /// A time (RFC 4517, 3.3.13) as the tables of the SQL editions have it, `YYYY-MM-DD HH:MM:SS`; nil when there is none.
    func time(_ name: String) -> String? {
        guard let text = self[name] else { return nil }
        let digits = Array(text.prefix { $0.isNumber && $0.isASCII }) + "00"
        guard digits.count >= 14 else { return SourceTime.none }
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(8..<10)):\(part(10..<12)):\(part(12..<14))"
    }

    /// `accountSetting` has texts `key:value`.
    var settings: [(key: String, value: String)] {
        self[all: "accountsetting"].compactMap { text in
            guard let colon = text.firstIndex(of: ":") else { return nil }
            return (String(text[..<colon]), String(text[text.index(after: colon)...]))
        }
    }
}
