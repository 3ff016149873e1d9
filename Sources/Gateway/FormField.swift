/// One parameter as a client sent it: percent-decoded, nothing else done to it.
package struct FormField: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Why parameters could not be read.
package enum FormError: Error, Sendable {
    /// Bad percent-encoding, bad UTF-8, bad JSON, a multipart body without its boundary.
    case unreadable
    /// A content type or charset that is none of ours.
    case unsupportedType
    /// More than `FormField.limit` fields.
    case tooMany
}

extension FormField {
    /// How many fields a request may have.
    package static let limit = 200

    /// The fields of `name=value&name=value`, as a query string or a form body has them.
    package static func urlEncoded(_ text: some StringProtocol) throws(FormError) -> [FormField] {
        var fields: [FormField] = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            guard fields.count < limit else { throw .tooMany }
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let name = try decoded(pair[..<(equals ?? pair.endIndex)])
            let value = try equals.map { (start) throws(FormError) in try decoded(pair[pair.index(after: start)...]) }
            fields.append(FormField(name, value ?? ""))
        }
        return fields
    }

    private static func decoded(_ bytes: some Collection<UInt8>) throws(FormError) -> String {
        guard bytes.contains(UInt8(ascii: "%")) || bytes.contains(UInt8(ascii: "+")) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        let spaced = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        guard let text = String(decoding: spaced, as: UTF8.self).percentDecoded else { throw .unreadable }
        return text
    }

    /// The fields of a request body.
    ///
    /// - Parameter contentType: the header's value; nil or empty counts as a URL-encoded form.
    package static func body(_ body: [UInt8], contentType: String?) throws(FormError) -> [FormField] {
        guard !body.isEmpty else { return [] }
        let type = ContentType(contentType ?? "")
        if let charset = type.parameters["charset"]?.lowercased(), charset != "utf-8", charset != "utf8" {
            throw .unsupportedType
        }
        switch type.name {
        case "", "application/x-www-form-urlencoded":
            guard let text = String(validating: body, as: UTF8.self) else { throw .unreadable }
            return try urlEncoded(text)
        case "multipart/form-data":
            guard let boundary = type.parameters["boundary"], !boundary.isEmpty else { throw .unreadable }
            return try multipart(body, boundary: boundary)
        case "application/json":
            return try flatJSON(body)
        default:
            throw .unsupportedType
        }
    }
}

/// A header value such as `multipart/form-data; boundary=x` taken apart.
struct ContentType {
    /// Lower-cased.
    let name: String
    /// Names lower-cased, quotes removed.
    let parameters: [String: String]

    init(_ text: String) {
        // What nearly all send; the rest is taken apart.
        if text == "application/x-www-form-urlencoded" || text.isEmpty {
            name = text
            parameters = [:]
            return
        }
        let pieces = Self.pieces(text)
        name = (pieces.first ?? "").trimmingSpaces.lowercased()
        var parameters: [String: String] = [:]
        for piece in pieces.dropFirst() {
            let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            var value = String(pair[1]).trimmingSpaces
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
                value.replace("\\\"", with: "\"")
            }
            parameters[String(pair[0]).trimmingSpaces.lowercased()] = value
        }
        self.parameters = parameters
    }

    /// Split at the semicolons outside quotes.
    private static func pieces(_ text: String) -> [String] {
        var pieces = [""]
        var quoted = false
        var escaped = false
        for character in text {
            if character == ";" && !quoted {
                pieces.append("")
                continue
            }
            if character == "\"" && !escaped { quoted.toggle() }
            escaped = character == "\\" && !escaped
            pieces[pieces.count - 1].append(character)
        }
        return pieces
    }
}

extension String {
    var trimmingSpaces: String {
        var text = Substring(self)
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
