import Gateway

/// A request as the web server sends it.
struct Wire {
    /// FastCGI records.
    let records: [UInt8]
    let body: [UInt8]
    private let parameters: [[UInt8]]

    init(_ request: Request) {
        let pairs = [
            ("REQUEST_METHOD", request.method.text), ("REQUEST_URI", request.target),
            ("CONTENT_TYPE", request.contentType ?? ""), ("CONTENT_LENGTH", String(request.body.count)),
            ("REMOTE_ADDR", request.remoteAddress), ("HTTP_HOST", request.host ?? ""),
            ("HTTP_COOKIE", request.cookie ?? ""), ("HTTP_ORIGIN", request.origin ?? ""),
            ("HTTP_SEC_FETCH_SITE", request.fetchSite ?? ""), ("HTTP_PREFER", request.prefer ?? ""),
        ]
        body = request.body
        parameters = pairs.map { Array("\($0)=\($1)".utf8) + [0] }
        let stream = pairs.flatMap {
            Self.length($0.utf8.count) + Self.length($1.utf8.count) + Array($0.utf8) + Array($1.utf8)
        }
        records =
            Self.records(1, [0, 1, 0, 0, 0, 0, 0, 0]) + Self.records(4, stream) + Self.records(4, [])
            + (body.isEmpty ? [] : Self.records(5, body)) + Self.records(5, [])
    }

    /// `name=value` strings, as libfcgi hands them over.
    func withParameters<Result>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Result) -> Result {
        var bytes = parameters.flatMap(\.self).map(CChar.init(bitPattern:))
        return bytes.withUnsafeMutableBufferPointer { bytes in
            var list: [UnsafeMutablePointer<CChar>?] = []
            var start = 0
            for parameter in parameters {
                list.append(bytes.baseAddress.map { $0 + start })
                start += parameter.count
            }
            list.append(nil)
            return list.withUnsafeMutableBufferPointer { body($0.baseAddress) }
        }
    }

    private static func length(_ count: Int) -> [UInt8] {
        count < 128
            ? [UInt8(count)] : (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) | ($0 == 0 ? 0x80 : 0) }
    }

    private static func records(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] {
        func header(_ count: Int) -> [UInt8] { [1, kind, 0, 1, UInt8(count >> 8), UInt8(count & 0xff), 0, 0] }
        guard !content.isEmpty else { return header(0) }
        return stride(from: 0, to: content.count, by: 0xffff).flatMap { start in
            let piece = content[start..<min(content.count, start + 0xffff)]
            return header(piece.count) + piece
        }
    }
}
