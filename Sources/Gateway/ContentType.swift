/// A parsed `Content-Type` or `Content-Disposition`, such as `multipart/form-data; boundary=x`.
struct ContentType {
    /// Lower-cased.
    let name: String
    /// Names lower-cased, quotes removed.
    let parameters: [String: String]

    init(_ text: String) {
        // The usual values need no parsing.
        if text == "application/x-www-form-urlencoded" || text.isEmpty {
            self.init(name: text)
        } else {
            self.init(Array(text.utf8)[...])
        }
    }

    private init(name: String) {
        self.name = name
        parameters = [:]
    }

    /// - Parameter text: well-formed UTF-8.
    init(_ text: ArraySlice<UInt8>) {
        var parameters: [String: String] = [:]
        var pieces = Pieces(rest: text)
        name = (pieces.next() ?? []).trimmingSpaces.lowercasedText
        while let piece = pieces.next() {
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { continue }
            var value = piece[(equals + 1)...].trimmingSpaces
            let isQuoted = value.count >= 2 && value.first == quote && value.last == quote
            if isQuoted { value = value.dropFirst().dropLast() }
            parameters[piece[..<equals].trimmingSpaces.lowercasedText] =
                isQuoted ? value.unescapedText : String(decoding: value, as: UTF8.self)
        }
        self.parameters = parameters
    }

    /// The text split at the semicolons outside quotes.
    private struct Pieces {
        var rest: ArraySlice<UInt8>?

        mutating func next() -> ArraySlice<UInt8>? {
            guard let rest else { return nil }
            var isQuoted = false
            var isEscaped = false
            for index in rest.indices {
                let byte = rest[index]
                if byte == UInt8(ascii: ";") && !isQuoted {
                    self.rest = rest[(index + 1)...]
                    return rest[..<index]
                }
                if byte == quote && !isEscaped { isQuoted.toggle() }
                isEscaped = byte == backslash && !isEscaped
            }
            self.rest = nil
            return rest
        }
    }
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: ArraySlice<UInt8> {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return [] }
        return start[...last]
    }

    fileprivate var lowercasedText: String { String(decoding: self, as: UTF8.self).lowercased() }

    /// The content of a quoted string. Only quotes are unescaped: browsers do not escape the backslashes of a path.
    fileprivate var unescapedText: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for byte in self {
            if byte == quote, bytes.last == backslash { bytes.removeLast() }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
