import Foundation

/// The content records of an LDIF text, read as RFC 2849 has them and not a bit more leniently.
package struct LDIFRecord: Equatable, Sendable {
    /// Unescaped, so that differently written names compare.
    package let name: String
    /// In order; a base64 value decoded.
    package let attributes: [Attribute]

    package struct Attribute: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    package subscript(name: String) -> [String] { attributes.filter { $0.name == name }.map(\.value) }

    /// The values of each attribute, sorted: a directory keeps no order.
    package var values: [String: [String]] {
        Dictionary(grouping: attributes, by: \.name).mapValues { $0.map(\.value).sorted() }
    }

    package static func all(in text: String) throws -> [LDIFRecord] {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Unreadable("the last line has no end") }
        var records: [LDIFRecord] = []
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) {
            if line.isEmpty {
                guard !lines.isEmpty else { throw Unreadable("two empty lines, or one at the start") }
                records.append(try LDIFRecord(lines: lines))
                lines = []
            } else if line.hasPrefix(" ") {
                guard let last = lines.popLast() else { throw Unreadable("a continuation of nothing") }
                lines.append(last + line.dropFirst())
            } else {
                lines.append(line)
            }
        }
        guard lines.isEmpty else { throw Unreadable("no empty line after the last record") }
        return records
    }

    /// - Parameter lines: unfolded.
    private init(lines: [String]) throws {
        let pairs = try lines.map(Self.attribute)
        guard let first = pairs.first, first.name == "dn" else { throw Unreadable("no dn: \(lines)") }
        name = try Self.unescaped(first.value)
        attributes = Array(pairs.dropFirst())
    }

    private static func attribute(_ line: String) throws -> Attribute {
        guard line.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) else { throw Unreadable("no plain ASCII: \(line)") }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" })
        else { throw Unreadable("no attribute: \(line)") }
        if parts[1].hasPrefix(": ") {
            guard let data = Data(base64Encoded: String(parts[1].dropFirst(2))),
                let value = String(data: data, encoding: .utf8)
            else { throw Unreadable("no base64 of UTF-8: \(line)") }
            return Attribute(name: parts[0], value: value)
        }
        guard parts[1].hasPrefix(" ") else { throw Unreadable("no space after the colon: \(line)") }
        let value = String(parts[1].dropFirst())
        guard let start = value.first, !" :<".contains(start) else { throw Unreadable("no safe string: \(line)") }
        return Attribute(name: parts[0], value: value)
    }

    /// RFC 4514: a backslash and two hex digits, or a backslash and the character itself.
    private static func unescaped(_ name: String) throws -> String {
        var bytes: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            if let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else if let next = rest.popFirst() {
                bytes.append(next)
            } else {
                throw Unreadable("a backslash at the end: \(name)")
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A record as it is written: with base64 where it is needed, and lines of at most 76 bytes.
    ///
    /// - Parameter name: the DN, its special characters escaped.
    package static func text(_ name: String, _ attributes: [(String, String)]) -> String {
        ([("dn", name)] + attributes).map(line).joined() + "\n"
    }

    private static func line(_ name: String, _ value: String) -> String {
        let isPlain =
            value.first.map { !" :<".contains($0) } != false && value.last != " "
            && value.utf8.allSatisfy { (0x20..<0x7f).contains($0) }
        var rest = (isPlain ? "\(name): \(value)" : "\(name):: \(Data(value.utf8).base64EncodedString())")[...]
        var line = ""
        while !rest.isEmpty {
            let piece = rest.prefix(line.isEmpty ? 76 : 75)
            line += "\(line.isEmpty ? "" : " ")\(piece)\n"
            rest = rest.dropFirst(piece.count)
        }
        return line
    }

    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }
}
