import Glibc
import Support

/// A peer on Postern's socket, where otherwise the web server is.
final class FastCGIClient {
    private let stream: ByteStream

    /// Every wait ends after `limit` seconds.
    init(_ path: String, limit: Int = 10) throws {
        stream = ByteStream(try LocalSocket.connect(to: path, limit: limit))
    }

    /// On a connection that somebody else made.
    init(descriptor: Int32) { stream = ByteStream(descriptor) }

    func send(_ bytes: [UInt8]) throws { try stream.send(bytes) }

    /// No more will be sent.
    func finishSending() { stream.finishSending() }

    /// What came back for one request, as text; nil when the connection ends before.
    func answer() throws -> String? {
        var output: [UInt8] = []
        while let header = try stream.read(8) {
            let content = try stream.read(Int(header[4]) << 8 | Int(header[5]))
            guard let content, try stream.read(Int(header[6])) != nil else { return nil }
            switch header[1] {
            case 6: output += content
            case 3: return String(decoding: output, as: UTF8.self)
            default: throw Program.Failure(description: "record of type \(header[1])")
            }
        }
        return nil
    }

    func exchange(_ bytes: [UInt8]) throws -> String? {
        try send(bytes)
        return try answer()
    }

    /// What comes until the other side closes.
    func rest() throws -> [UInt8] { try stream.readToEnd() }

    /// The kind and content of the next record; nil at the end of the connection.
    func record() throws -> (kind: UInt8, content: [UInt8])? {
        guard let header = try stream.read(8),
            let content = try stream.read(Int(header[4]) << 8 | Int(header[5])),
            try stream.read(Int(header[6])) != nil
        else { return nil }
        return (header[1], content)
    }
}
