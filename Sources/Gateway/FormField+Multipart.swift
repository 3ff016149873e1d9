extension FormField {
    /// The fields of a `multipart/form-data` body (RFC 7578). The content of a file is the value of its field.
    static func multipart(_ body: [UInt8], boundary: String) throws(FormError) -> [FormField] {
        guard isBoundary(boundary) else { throw .unreadable }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        var fields: [FormField] = []
        // The first delimiter may begin the body, without a line end before it.
        let isFirst = body.starts(with: delimiter.dropFirst(lineEnd.count))
        guard var position = isFirst ? delimiter.count - lineEnd.count : body[...].range(of: delimiter)?.upperBound
        else { throw .unreadable }
        while !body[position...].starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
            guard body[position...].starts(with: lineEnd) else { throw .unreadable }
            guard let end = body[position...].range(of: delimiter) else { throw .unreadable }
            guard fields.count < limit else { throw .tooMany }
            fields.append(try part(body[position..<end.lowerBound]))
            position = end.upperBound
        }
        return fields
    }

    /// RFC 2046 5.1.1: 1 to 70 of these characters, the last not a space.
    private static func isBoundary(_ text: String) -> Bool {
        (1...70).contains(text.utf8.count) && text.utf8.last != UInt8(ascii: " ")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "'()+_,-./:=? ".utf8.contains(byte)
                }
            }
    }

    private static let lineEnd: [UInt8] = [13, 10]
    private static let dispositionName = Array("content-disposition".utf8)

    /// - Parameter part: a line end, header lines, an empty line, the value.
    private static func part(_ part: ArraySlice<UInt8>) throws(FormError) -> FormField {
        guard let split = part.range(of: lineEnd + lineEnd) else { throw .unreadable }
        let headers = part[..<split.lowerBound]
        guard let text = String(validating: headers, as: UTF8.self), text.isStreamSafe,
            let value = String(validating: part[split.upperBound...], as: UTF8.self)
        else { throw .unreadable }
        for line in headers.split(whereSeparator: { lineEnd.contains($0) }) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isDisposition(line[..<colon]) else { continue }
            let disposition = ContentType(line[(colon + 1)...])
            if disposition.name == "form-data", let name = disposition.parameters["name"] {
                return FormField(name, value)
            }
        }
        throw .unreadable
    }

    private static func isDisposition(_ name: ArraySlice<UInt8>) -> Bool {
        name.count == dispositionName.count
            && zip(name, dispositionName).allSatisfy { $0 == $1 || $1 != UInt8(ascii: "-") && $0 | 0x20 == $1 }
    }
}

extension ArraySlice<UInt8> {
    /// Where `bytes`, which begin with a carriage return, first occur. Takes linear time: a boundary holds no carriage
    /// return, so no byte is compared with it twice.
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
