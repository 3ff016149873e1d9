import FoundationEssentials

/// One entry of an LDIF text (RFC 2849).
struct LDIFEntry {
    private let name: String
    private var attributes: [(name: String, value: String)] = []

    /// - Parameter name: the DN, its values escaped already.
    init(_ name: String, classes: [String]) {
        self.name = name
        for value in classes { add("objectClass", value) }
    }

    /// Adds an attribute; an empty value or nil is left out.
    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { attributes.append((name, value)) }
    }

    /// Adds the values of one attribute, in the order given.
    mutating func add(_ name: String, _ values: [String]) {
        for value in values { add(name, value) }
    }

    /// Lines that end with LF, none longer than 76 bytes; the last one is empty.
    var text: String {
        var text = Self.line("dn", name)
        for attribute in attributes { text += Self.line(attribute.name, attribute.value) }
        return text + "\n"
    }

    private static func line(_ name: String, _ value: String) -> String {
        let whole = isSafe(value) ? "\(name): \(value)" : "\(name):: \(Data(value.utf8).base64EncodedString())"
        // All of it is ASCII, so it can be cut between any two bytes.
        var rest = Array(whole.utf8)[...]
        var lines: [String] = []
        while !rest.isEmpty {
            let taken = rest.prefix(lines.isEmpty ? 76 : 75)
            lines.append(String(decoding: taken, as: UTF8.self))
            rest = rest.dropFirst(taken.count)
        }
        return lines.joined(separator: "\n ") + "\n"
    }

    /// Whether a value needs no base64: a SAFE-STRING of RFC 2849 that does not end with a space.
    private static func isSafe(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return true }
        return !" :<".utf8.contains(first) && last != UInt8(ascii: " ")
            && value.utf8.allSatisfy { $0 < 0x80 && $0 != 0 && $0 != 0x0a && $0 != 0x0d }
    }
}

/// Makes the DNs of entries.
struct LDIFNames {
    /// `ldap_basedn`.
    let base: String
    /// `ldap_domainadmin_dn`.
    let domainAdmins: String

    func domain(_ name: String) -> String { "domainName=\(Self.escaped(name)),\(base)" }

    func unit(_ unit: String, of domain: String) -> String { "ou=\(unit),\(self.domain(domain))" }

    /// - Parameter unit: `Users`, `Groups` or `Aliases`.
    func account(_ address: String, in unit: String, of domain: String) -> String {
        "mail=\(Self.escaped(address)),\(self.unit(unit, of: domain))"
    }

    func admin(_ address: String) -> String { "mail=\(Self.escaped(address)),\(domainAdmins)" }

    func externals(of list: String, _ domain: String) -> String {
        "memberOfGroup=\(Self.escaped(list)),\(unit("Externals", of: domain))"
    }

    /// A value of an RDN with its special characters escaped. Source: RFC 4514, 2.4.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for (index, character) in value.enumerated() {
            let isSpecial = "\"+,;<>\\".contains(character)
            let isAtEdge =
                character == "#" && index == 0 || character == " " && (index == 0 || index == value.count - 1)
            text += isSpecial || isAtEdge ? "\\\(character)" : String(character)
        }
        return text
    }
}
