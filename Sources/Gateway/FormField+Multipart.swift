extension FormField {
    /// The fields of a `multipart/form-data` body (RFC 7578). A file's content counts as the field's value.
    static func multipart(_ body: [UInt8], boundary: String) throws(FormError) -> [FormField] {
        let delimiter = Array("--\(boundary)".utf8)
        var fields: [FormField] = []
        guard var position = body[...].range(of: delimiter)?.upperBound else { throw .unreadable }
        while !body[position...].starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
            guard body[position...].starts(with: lineEnd) else { throw .unreadable }
            guard let end = body[position...].range(of: lineEnd + delimiter) else { throw .unreadable }
            guard fields.count < limit else { throw .tooMany }
            fields.append(try part(body[position..<end.lowerBound]))
            position = end.upperBound
        }
        return fields
    }

    private static let lineEnd: [UInt8] = [13, 10]

    /// - Parameter part: a line end, header lines, an empty line, the value.
    private static func part(_ part: ArraySlice<UInt8>) throws(FormError) -> FormField {
        guard let split = part.range(of: lineEnd + lineEnd) else { throw .unreadable }
        guard let headers = String(validating: part[..<split.lowerBound], as: UTF8.self),
            let value = String(validating: part[split.upperBound...], as: UTF8.self)
        else { throw .unreadable }
        for line in headers.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-disposition" else { continue }
            let disposition = ContentType(String(line[line.index(after: colon)...]))
            if disposition.name == "form-data", let name = disposition.parameters["name"] {
                return FormField(name, value)
            }
        }
        throw .unreadable
    }
}

extension ArraySlice<UInt8> {
    /// Where `bytes` first occur.
    fileprivate func range(of bytes: [UInt8]) -> Range<Int>? {
        guard let first = bytes.first else { return nil }
        var start = startIndex
        while let candidate = self[start...].firstIndex(of: first) {
            if self[candidate...].starts(with: bytes) { return candidate..<(candidate + bytes.count) }
            start = candidate + 1
        }
        return nil
    }
}
