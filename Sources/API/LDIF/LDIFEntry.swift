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

    /// Empty values are left out.
    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { attributes.append((name, value)) }
    }

    /// In the order given.
    mutating func add(_ name: String, _ values: [String]) {
        for value in values { add(name, value) }
    }

    /// Lines with LF, none longer than 76 bytes, and an empty one at the end.
    var text: String {
        var text = Self.line("dn", name)
        for attribute in attributes { text += Self.line(attribute.name, attribute.value) }
        return text + "\n"
    }

    private static func line(_ name: String, _ value: String) -> String {
        let whole = isSafe(value) ? "\(name): \(value)" : "\(name):: \(Data(value.utf8).base64EncodedString())"
        // Only ASCII is left here: bytes are characters.
        var rest = Array(whole.utf8)[...]
        var lines: [String] = []
        while !rest.isEmpty {
            let taken = rest.prefix(lines.isEmpty ? 76 : 75)
            lines.append(String(decoding: taken, as: UTF8.self))
            rest = rest.dropFirst(taken.count)
        }
        return lines.joined(separator: "\n ") + "\n"
    }

    private static func isSafe(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return true }
        return !" :<".utf8.contains(first) && last != UInt8(ascii: " ")
            && value.utf8.allSatisfy { $0 < 0x80 && $0 != 0 && $0 != 0x0a && $0 != 0x0d }
    }
}

/// Names of entries below the settings' base DNs.
struct LDIFNames {
    let base: String
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

    /// RFC 4514, 2.4.
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
