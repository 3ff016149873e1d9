import Gateway

/// Writes one answer through libfcgi, by a deadline.
struct AnswerStream {
    private let request: ProtocolRequest
    private let deadline: MonotonicTime
    private let head: [UInt8]
    private let body: Response.Body

    init(_ response: Response, to request: ProtocolRequest, deadline: MonotonicTime) {
        self.request = request
        self.deadline = deadline
        head = Array(Self.head(of: response).utf8)
        body = response.body
    }

    /// The peer has closed the connection, does not read, or reads too slowly.
    struct Interrupted: Error {}

    /// Bytes of head and body together; nil for a streamed body.
    var length: Int? { if case .bytes(let bytes) = body { head.count + bytes.count } else { nil } }

    /// - Throws: `Interrupted`, or what a streamed body throws. The answer is then incomplete.
    func send() throws {
        try send(head)
        switch body {
        case .bytes(let bytes): try send(bytes)
        case .stream(let stream):
            // The stream may catch what `send` throws and go on; the answer is incomplete all the same.
            var isInterrupted = false
            try stream { piece in
                do { try send(piece) } catch {
                    isInterrupted = true
                    throw error
                }
            }
            if isInterrupted { throw Interrupted() }
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        // libfcgi's buffer holds 8 KiB, so each step writes to the socket at most twice before the deadline is checked.
        let step = 8 * 1024
        try bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: step) {
                guard MonotonicTime.now < deadline,
                    request.write(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + step, bytes.count)]))
                else { throw Interrupted() }
            }
        }
    }

    private static func head(of response: Response) -> String {
        var head = ""
        // Without `Status` the web server takes 200. But a head needs at least one line.
        if response.status != .ok || response.headers.isEmpty {
            head += "Status: \(response.status.rawValue) \(response.status.reason)\r\n"
        }
        for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
        return head + "\r\n"
    }
}

extension Response {
    /// Whether no header holds a character that would end it or begin another: `Security.md` C4.
    var hasSafeHeaders: Bool {
        headers.allSatisfy { name, value in
            !name.isEmpty && name.utf8.allSatisfy(Self.isNameByte) && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
