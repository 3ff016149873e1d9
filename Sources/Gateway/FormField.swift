/// One parameter as the client sent it: decoded, and not changed otherwise.
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
    /// Bad percent-encoding, UTF-8, JSON or multipart, or text that is not stream-safe.
    case unreadable
    /// A content type or charset that is not supported.
    case unsupportedType
    /// More than `FormField.limit` fields.
    case tooMany
}

extension FormField {
    /// How many fields a query string or a body may have.
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
        return try safe(fields)
    }

    private static func safe(_ fields: [FormField]) throws(FormError) -> [FormField] {
        guard fields.allSatisfy({ $0.name.isStreamSafe && $0.value.isStreamSafe }) else { throw .unreadable }
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

    /// The fields of a request body; none for an empty one. `Contract.md` 2.1 says which types are read.
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
            guard let boundary = type.parameters["boundary"] else { throw .unreadable }
            return try safe(multipart(body, boundary: boundary))
        case "application/json":
            return try safe(flatJSON(body))
        default:
            throw .unsupportedType
        }
    }
}

extension String {
    /// Whether at most 30 combining marks follow each other, as in Unicode's Stream-Safe Text Format (UAX #15).
    ///
    /// Swift compares and hashes texts in their normal form, and sorts each run of marks for that. The time grows with
    /// the square of the run's length: seconds for a body full of marks (`Security.md` C15).
    package var isStreamSafe: Bool {
        var text = self
        let isASCII = text.withUTF8 { $0.reduce(0, |) < 0x80 }
        if isASCII { return true }
        var run = 0
        for scalar in unicodeScalars {
            // The first mark is U+0300.
            if scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered {
                run = 0
            } else {
                run += 1
                guard run <= 30 else { return false }
            }
        }
        return true
    }
}
