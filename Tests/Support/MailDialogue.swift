import Glibc

/// As much of the mail protocols as logging in and handing over a message take.
struct MailDialogue: ~Copyable {
    private let socket: Int32

    /// - Parameters:
    ///   - source: our own address.
    ///   - limit: how many seconds each answer may take.
    init(port: UInt16, from source: String, limit: Int) throws {
        socket = try Loopback.connect(to: port, from: source, limit: limit)
    }

    deinit { close(socket) }

    /// Whether a login succeeds.
    ///
    /// - Throws: when the server says anything but yes and no within the limit.
    func logIn(by access: MailAccess, user: String, password: String) throws -> Bool {
        let commands = access.commands(user: user, password: password)
        let lines =
            switch access {
            case .imap: [try line("* OK"), try ask(commands[0], until: "a ")]
            case .pop3: [try line(""), try ask(commands[0]), try ask(commands[1])]
            }
        _ = try? ask(commands[commands.count - 1])  // politeness; the answer is known
        return try access.isWelcome(lines)
    }

    // MARK: Handing over a message

    /// Delivers by LMTP.
    ///
    /// - Parameter message: ends with a newline; no line begins with a dot.
    /// - Returns: the line that refuses or takes the message.
    func deliver(_ message: String, from sender: String, to recipient: String) throws -> String {
        _ = try line("220 ")
        _ = try ask("LHLO client.example", until: "250 ")
        _ = try ask("MAIL FROM:<\(sender)>", until: "250 ")
        let answer = try ask("RCPT TO:<\(recipient)>")
        guard answer.hasPrefix("250") else { return answer }
        _ = try ask("DATA", until: "354 ")
        return try ask(message.replacing("\n", with: "\r\n") + ".")
    }

    // MARK: Lines

    /// Sends a line and reads up to the first line that starts as told; that line.
    private func ask(_ text: String, until start: String = "") throws -> String {
        let bytes = Array((text + "\r\n").utf8)
        guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Loopback.Failure(description: "send: errno \(errno)")
        }
        return try line(start)
    }

    /// The next line that starts as told; those before it are passed over.
    private func line(_ start: String) throws -> String {
        var current: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            guard recv(socket, &byte, 1, 0) == 1 else {
                throw Loopback.Failure(description: "the server was silent or closed the connection (errno \(errno))")
            }
            guard byte == UInt8(ascii: "\n") else {
                if byte != UInt8(ascii: "\r") { current.append(byte) }
                continue
            }
            let text = String(decoding: current, as: UTF8.self)
            if text.hasPrefix(start) { return text }
            current = []
        }
    }
}

/// What a user reads his mail by.
package enum MailAccess: String, Sendable, CaseIterable {
    case imap
    case pop3

    /// The whole of a login in lines, for a connection that somebody else makes.
    func commands(user: String, password: String) -> [String] {
        switch self {
        case .imap: ["a LOGIN \(Self.quoted(user)) \(Self.quoted(password))", "b LOGOUT"]
        case .pop3: ["USER \(user)", "PASS \(password)", "QUIT"]
        }
    }

    /// Whether what a server said to these lines means yes.
    ///
    /// - Throws: for anything but yes and no.
    func isWelcome(_ lines: [String]) throws -> Bool {
        let answer: String?
        switch self {
        case .imap: answer = lines.first { $0.hasPrefix("a ") }
        // The greeting, USER, PASS.
        case .pop3: answer = lines.dropFirst(2).first
        }
        switch answer {
        case let answer? where answer.hasPrefix("a OK") || answer.hasPrefix("+OK Logged in"): return true
        // Any other refusal is trouble on the server's side, such as a database it cannot read.
        case let answer?
        where answer.hasPrefix("a NO [AUTHENTICATIONFAILED]") || answer.hasPrefix("-ERR [AUTH]"):
            return false
        default: throw Loopback.Failure(description: "the server answered \(lines)")
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }
}
