/// FastCGI as a web server writes it, and wrongly on demand.
enum Wire {
    typealias Pair = (name: String, value: String)

    static let begin: UInt8 = 1, abort: UInt8 = 2, parameters: UInt8 = 4, input: UInt8 = 5
    static let data: UInt8 = 8, getValues: UInt8 = 9

    static let usual: [Pair] = [
        ("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/api/domain/example.com?x=1"), ("REMOTE_ADDR", "192.0.2.7"),
    ]

    static func record(
        _ kind: UInt8, _ content: [UInt8] = [], id: UInt16 = 1, padding: Int = 0, version: UInt8 = 1
    ) -> [UInt8] {
        record(kind, content, id: id, padding: [UInt8](repeating: 0xaa, count: padding), version: version)
    }

    static func record(
        _ kind: UInt8, _ content: [UInt8] = [], id: UInt16 = 1, padding: [UInt8], version: UInt8 = 1
    ) -> [UInt8] {
        let length = UInt16(content.count)
        let header = [
            version, kind, UInt8(id >> 8), UInt8(id & 0xff), UInt8(length >> 8), UInt8(length & 0xff),
            UInt8(padding.count), 0,
        ]
        return header + content + padding
    }

    static func begin(id: UInt16 = 1, role: UInt8 = 1, flags: UInt8 = 1) -> [UInt8] {
        record(begin, [0, role, flags, 0, 0, 0, 0, 0], id: id)
    }

    static func pair(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        length(name.count) + length(value.count) + name + value
    }

    static func pairs(_ pairs: [Pair]) -> [UInt8] { pairs.flatMap { pair(Array($0.name.utf8), Array($0.value.utf8)) } }

    static func length(_ count: Int) -> [UInt8] { count < 128 ? [UInt8(count)] : longLength(UInt32(count)) }

    static func longLength(_ count: UInt32) -> [UInt8] {
        [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff)]
    }

    /// Records of `kind` with `content` and the empty one that ends them.
    static func stream(_ kind: UInt8, _ content: [UInt8], id: UInt16 = 1, chunk: Int = 32 * 1024) -> [UInt8] {
        let records = stride(from: 0, to: content.count, by: chunk).flatMap { start in
            let part = Array(content[start..<min(start + chunk, content.count)])
            return record(kind, part, id: id, padding: (8 - part.count % 8) % 8)
        }
        return records + record(kind, id: id)
    }

    /// A whole request. `CONTENT_LENGTH` is among the pairs only when the caller put it there.
    static func request(_ pairs: [Pair] = usual, body: [UInt8] = [], id: UInt16 = 1, keep: Bool = true) -> [UInt8] {
        begin(id: id, flags: keep ? 1 : 0) + stream(parameters, Wire.pairs(pairs), id: id) + stream(input, body, id: id)
    }

    /// A GET for `target`, to be answered.
    static func get(_ target: String, id: UInt16 = 1) -> [UInt8] {
        request([("REQUEST_METHOD", "GET"), ("REQUEST_URI", target), ("REMOTE_ADDR", "192.0.2.7")], id: id)
    }

    /// A POST whose `CONTENT_LENGTH` is right.
    static func post(_ body: [UInt8], id: UInt16 = 1, keep: Bool = true) -> [UInt8] {
        let pairs: [Pair] = [
            ("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/api/login"), ("REMOTE_ADDR", "192.0.2.7"),
            ("CONTENT_LENGTH", String(body.count)), ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
        ]
        return request(pairs, body: body, id: id, keep: keep)
    }
}
