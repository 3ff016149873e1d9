import FoundationEssentials

/// Reads entries of LDIF, as slapcat and ldapsearch print them: RFC 2849, without changes and URLs. Of attributes that are
/// not read (`DirectoryAttribute`) the names are kept.
struct LDIFReader {
    private let next: () throws -> [UInt8]
    private var piece: ArraySlice<UInt8> = []
    /// How many lines were read.
    private var count = 0
    /// The number of the line that an attribute begins in, from 1.
    private var number = 0
    /// The line behind the last one of an attribute, without its end; nil before the first and behind the last.
    private var ahead: [UInt8]?

    /// Longer than any line and any entry of such a directory: a file that is none does not fill the memory. What nobody
    /// reads, such as a portrait, may be longer.
    private static let longestLine = 8 << 20
    private static let largestEntry = 4 << 20
    /// Longer than any name of an attribute.
    private static let longestName = 1 << 10

    /// - Parameter next: gives the next bytes of the text, none at its end.
    init(from next: @escaping () throws -> [UInt8]) throws {
        self.next = next
        ahead = try readLine()
    }

    /// - Returns: nil behind the last entry.
    /// - Throws: `SourceFailure`, with the number of a line; what `next` throws.
    mutating func nextEntry() throws -> DirectoryEntry? {
        var entry: DirectoryEntry?
        var size = 0
        while let line = try takeLine() {
            if line.isEmpty {
                if let entry { return entry }
                continue
            }
            guard line[0] != UInt8(ascii: "#") else {
                if line.starts(with: "# refldap".utf8) { throw refers }
                continue
            }
            let (name, value) = try attribute(line)
            if entry == nil, try !beginsEntry(name, value) { continue }
            switch name {
            case "dn":
                guard entry == nil else { throw failure("begins an entry inside of another one") }
                entry = DirectoryEntry(dn: String(decoding: value, as: UTF8.self))
            case "changetype", "control":
                throw failure("belongs to a change, and not to an entry: give what slapcat prints")
            default:
                guard let attribute = DirectoryAttribute(lowercased: name) else {
                    entry?.add(other: name)
                    continue
                }
                size += value.count
                guard size <= Self.largestEntry else {
                    throw failure("is in an entry of more than \(Self.largestEntry >> 20) MiB")
                }
                entry?.add(attribute, value)
            }
        }
        // Both programs print an empty line behind each.
        guard entry == nil else { throw SourceFailure("the LDIF ends in the middle of an entry") }
        return nil
    }

    /// False for what ldapsearch prints around the entries.
    private func beginsEntry(_ name: String, _ value: [UInt8]) throws(SourceFailure) -> Bool {
        switch name {
        case "dn": return true
        case "version", "search": return false
        case "ref": throw refers
        case "result":
            guard value.starts(with: "0 ".utf8) else {
                throw failure(
                    "says that the directory did not give everything: \(String(decoding: value, as: UTF8.self))")
            }
            return false
        default: throw failure("is in no entry: this is no LDIF of slapcat's or ldapsearch's")
        }
    }

    private var refers: SourceFailure {
        failure("says that another directory has a part: give what slapcat prints there, or that directory")
    }

    private func failure(_ what: String) -> SourceFailure { SourceFailure("line \(number) of the LDIF \(what)") }

    /// A name in small letters and its value.
    private func attribute(_ line: [UInt8]) throws(SourceFailure) -> (name: String, value: [UInt8]) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
            throw failure("has no name of an attribute: this is no LDIF")
        }
        let name = Self.name(of: line)
        guard !name.isEmpty else { throw failure("has no name of an attribute: this is no LDIF") }
        var value = line[(colon + 1)...]
        let kind = value.first
        if kind == UInt8(ascii: ":") || kind == UInt8(ascii: "<") { value = value.dropFirst() }
        value = value.drop { $0 == UInt8(ascii: " ") }
        switch kind {
        case UInt8(ascii: "<"): throw failure("names a file or URL with the value of \(name), which is not read")
        case UInt8(ascii: ":"):
            guard Self.isRead(line) else { return (name, []) }
            guard let bytes = Data(base64Encoded: Data(value)) else {
                throw failure("has a value of \(name) that is no base64")
            }
            return (name, Array(bytes))
        default: return (name, Array(value))
        }
    }

    /// The name of an attribute in small letters, without its options: `cn;lang-de` is a `cn`.
    private static func name(of line: [UInt8]) -> String {
        let name = line.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";") }.prefix(longestName)
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    /// Whether the value of a line is of interest.
    private static func isRead(_ line: [UInt8]) -> Bool {
        let name = name(of: line)
        return line.first != UInt8(ascii: "#") && (name == "dn" || DirectoryAttribute(lowercased: name) != nil)
    }

    /// A line with those that continue it; nil behind the last.
    private mutating func takeLine() throws -> [UInt8]? {
        guard var line = ahead else { return nil }
        number = count
        ahead = try readLine()
        let isRead = Self.isRead(line)
        while let more = ahead, more.first == UInt8(ascii: " "), !line.isEmpty {
            // The name itself may go on.
            if isRead || line.count < Self.longestName { line += more.dropFirst() }
            guard line.count <= Self.longestLine else { throw tooLong }
            ahead = try readLine()
        }
        return line
    }

    private mutating func readLine() throws -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if let end = piece.firstIndex(of: UInt8(ascii: "\n")) {
                line += piece[..<end]
                piece = piece[(end + 1)...]
                count += 1
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return line
            }
            line += piece
            if line.count > Self.longestName, line.first != UInt8(ascii: " "), !Self.isRead(line) {
                line.removeSubrange(Self.longestName...)
            }
            guard line.count <= Self.longestLine else { throw tooLong }
            piece = try next()[...]
            guard !piece.isEmpty else {
                guard line.isEmpty else { throw SourceFailure("the LDIF ends in the middle of line \(count + 1)") }
                return nil
            }
        }
    }

    private var tooLong: SourceFailure {
        SourceFailure("line \(count + 1) of the LDIF is longer than \(Self.longestLine >> 20) MiB")
    }
}
