import Foundation
import Glibc
import Support
import Synchronization

/// The mail server behind a filter: takes every message over SMTP and keeps it.
final class MailSink: Sendable {
    struct Message: Sendable {
        /// Of the envelope.
        let recipients: [String]
        let text: String
    }

    let port: UInt16
    private let messages = Mutex<[Message]>([])
    private let isOver = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    init() throws {
        let (listener, port) = try Self.listen()
        self.port = port
        Thread.detachNewThread { [self] in
            while !isOver.load(ordering: .acquiring) {
                guard let descriptor = LocalSocket.accept(on: listener, limit: 1) else { continue }
                // A peer that breaks off has delivered what was acknowledged before.
                try? serve(ByteStream(descriptor))
            }
            close(listener)
            ended.signal()
        }
    }

    /// Waits until nothing is taken any more.
    func stop() {
        guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = ended.wait(timeout: .now() + 10)
    }

    /// What has come since the last time it was asked for.
    func take() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }

    private func serve(_ stream: ByteStream) throws {
        func answer(_ line: String) throws { try stream.send(Array("\(line)\r\n".utf8)) }
        var recipients: [String] = []
        try answer("220 sink.example ESMTP")
        while let line = try stream.readLine() {
            let command = line.uppercased()
            if command.hasPrefix("EHLO") {
                try answer("250-sink.example\r\n250 8BITMIME")
            } else if command == "DATA" {
                try answer("354 go ahead")
                let text = try Self.data(stream)
                messages.withLock { $0.append(Message(recipients: recipients, text: text)) }
                recipients = []
                try answer("250 2.0.0 kept")
            } else if command == "QUIT" {
                return try answer("221 2.0.0 bye")
            } else {
                let pieces = line.split(whereSeparator: { "<>".contains($0) })
                if command.hasPrefix("RCPT TO:"), pieces.count > 1 { recipients.append(String(pieces[1])) }
                try answer("250 2.0.0 so be it")
            }
        }
    }

    private static func data(_ stream: ByteStream) throws -> String {
        var text = ""
        while let line = try stream.readLine(), line != "." {
            text += (line.hasPrefix("..") ? String(line.dropFirst()) : line) + "\n"
        }
        return text
    }

    private static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard status else { throw Program.Failure(description: "sink: \(String(cString: strerror(errno)))") }
        return (descriptor, UInt16(bigEndian: name.sin_port))
    }
}
