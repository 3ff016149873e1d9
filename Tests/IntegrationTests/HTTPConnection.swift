import Foundation
import Support

/// What a web server answered.
struct HTTPAnswer {
    let status: Int
    /// Names in lower case.
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The envelope's members; nil when the body is no JSON object.
    var envelope: [String: Any]? { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] }

    /// Exactly what the API answers to a change it made.
    var isDone: Bool { status == 200 && text == #"{"_success": true}"# }

    /// The word of a refusal; nil for anything but a refusal's envelope.
    var word: String? {
        guard let envelope, envelope["_success"] as? Bool == false else { return nil }
        return envelope["_msg"] as? String
    }

    /// `_data` of a profile.
    var profile: [String: Any]? { envelope?["_data"] as? [String: Any] }
}

/// One connection to a web server on this machine, byte by byte.
final class HTTPConnection {
    private let stream: ByteStream

    /// - Parameter source: our address; the web server's limits count by it.
    init(port: UInt16, from source: String = "127.0.0.1", limit: Int = 30) throws {
        stream = ByteStream(try Loopback.connect(to: port, from: source, limit: limit))
    }

    func send(_ bytes: [UInt8]) throws { try stream.send(bytes) }

    func send(_ text: String) throws { try stream.send(Array(text.utf8)) }

    /// The next answer; nil when the connection ends before its head.
    func answer() throws -> HTTPAnswer? {
        guard let start = try stream.readLine() else { return nil }
        let words = start.split(separator: " ", maxSplits: 2)
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Program.Failure(description: "the web server answered \(start)")
        }
        var headers: [(name: String, value: String)] = []
        while let line = try stream.readLine(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            headers.append((parts[0].lowercased(), value))
        }
        let isChunked = headers.contains { $0.name == "transfer-encoding" && $0.value == "chunked" }
        let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) }
        let body =
            if isChunked { try chunkedBody() } else if let length { try bytes(length) } else { try stream.readToEnd() }
        return HTTPAnswer(status: status, headers: headers, body: body)
    }

    /// Everything that still comes.
    func rest() throws -> [UInt8] { try stream.readToEnd() }

    private func bytes(_ count: Int) throws -> [UInt8] {
        guard let bytes = try stream.read(count) else { throw Program.Failure(description: "the answer was cut short") }
        return bytes
    }

    private func chunkedBody() throws -> [UInt8] {
        var body: [UInt8] = []
        while let line = try stream.readLine(), let size = Int(line, radix: 16) {
            body += try bytes(size)
            _ = try stream.readLine()
            if size == 0 { return body }
        }
        throw Program.Failure(description: "the answer was cut short")
    }
}
