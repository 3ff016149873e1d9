/// FastCGI records as a web server writes them, and wrongly on demand.
enum Records {
    typealias Pair = (name: String, value: String)

    static let begin: UInt8 = 1, abort: UInt8 = 2, parameters: UInt8 = 4, input: UInt8 = 5
    static let data: UInt8 = 8, getValues: UInt8 = 9

    static func record(
        _ kind: UInt8, _ content: [UInt8] = [], id: UInt16 = 1, padding: Int = 0, version: UInt8 = 1
    ) -> [UInt8] {
        let length = UInt16(content.count)
        return [
            version, kind, UInt8(id >> 8), UInt8(id & 0xff), UInt8(length >> 8), UInt8(length & 0xff),
            UInt8(padding), 0,
        ] + content + [UInt8](repeating: 0, count: padding)
    }

    static func begin(id: UInt16 = 1, role: UInt8 = 1, flags: UInt8 = 1) -> [UInt8] {
        record(begin, [0, role, flags, 0, 0, 0, 0, 0], id: id)
    }

    static func pairs(_ pairs: [Pair]) -> [UInt8] {
        pairs.flatMap { name, value in
            length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
        }
    }

    static func longLength(_ count: UInt32) -> [UInt8] {
        [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff)]
    }

    private static func length(_ count: Int) -> [UInt8] { count < 128 ? [UInt8(count)] : longLength(UInt32(count)) }

    /// Records of `kind` with `content`, and the empty one that ends them.
    static func stream(_ kind: UInt8, _ content: [UInt8], chunk: Int = 32 * 1024) -> [UInt8] {
        stride(from: 0, to: content.count, by: chunk).flatMap { start in
            record(kind, Array(content[start..<min(start + chunk, content.count)]))
        } + record(kind)
    }

    /// What every request of a web server has.
    static func usual(
        _ method: String = "GET", _ target: String = "/api/domains", cookie: String? = nil, length: String = ""
    ) -> [Pair] {
        [
            ("REQUEST_METHOD", method), ("REQUEST_URI", target), ("REMOTE_ADDR", "127.0.0.1"),
            ("CONTENT_TYPE", length.isEmpty ? "" : "application/x-www-form-urlencoded"), ("CONTENT_LENGTH", length),
        ] + (cookie.map { [("HTTP_COOKIE", $0)] } ?? [])
    }

    static func request(_ pairs: [Pair], body: [UInt8] = [], keep: Bool = true) -> [UInt8] {
        begin(flags: keep ? 1 : 0) + stream(parameters, Records.pairs(pairs)) + stream(input, body)
    }
}
