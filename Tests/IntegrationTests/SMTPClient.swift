import Support

/// Hands one message over, or asks for a recipient.
struct SMTPClient {
    let port: UInt16

    /// Whether a server greets.
    var isGreeted: Bool {
        // Until the server listens there is nothing to tell.
        guard let stream = try? connect(), (try? Self.reply(stream))?.hasPrefix("220") == true else { return false }
        return (try? Self.ask("QUIT", stream)) != nil
    }

    /// - Returns: the last line of the reply to the message itself.
    func send(_ text: String, from sender: String, to recipients: [String]) throws -> String {
        let stream = try connect()
        try Self.expect("220", Self.reply(stream))
        try Self.expect("250", Self.ask("EHLO client.example", stream))
        try Self.expect("250", Self.ask("MAIL FROM:<\(sender)>", stream))
        for recipient in recipients { try Self.expect("250", Self.ask("RCPT TO:<\(recipient)>", stream)) }
        try Self.expect("354", Self.ask("DATA", stream))
        // Latin-1, so that a message can have bytes that are no UTF-8.
        let reply = try Self.ask(text.replacing("\n", with: "\r\n") + "\r\n.", stream)
        _ = try Self.ask("QUIT", stream)
        return reply
    }

    /// The reply to a recipient; no message is handed over.
    func reply(to recipient: String) throws -> String {
        let stream = try connect()
        try Self.expect("220", Self.reply(stream))
        try Self.expect("250", Self.ask("EHLO client.example", stream))
        try Self.expect("250", Self.ask("MAIL FROM:<>", stream))
        let reply = try Self.ask("RCPT TO:<\(recipient)>", stream)
        _ = try Self.ask("QUIT", stream)
        return reply
    }

    private func connect() throws -> ByteStream {
        ByteStream(try Loopback.connect(to: port, from: "127.0.0.1", limit: 90))
    }

    private static func ask(_ line: String, _ stream: ByteStream) throws -> String {
        try stream.send("\(line)\r\n".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        return try reply(stream)
    }

    private static func reply(_ stream: ByteStream) throws -> String {
        while let line = try stream.readLine() {
            if !line.dropFirst(3).hasPrefix("-") { return line }
        }
        throw Program.Failure(description: "SMTP: the connection ended")
    }

    private static func expect(_ code: String, _ reply: String) throws {
        guard reply.hasPrefix(code) else { throw Program.Failure(description: "SMTP: \(reply)") }
    }
}
