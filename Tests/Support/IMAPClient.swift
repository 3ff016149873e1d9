import Glibc

/// As much IMAP as logging in takes.
enum IMAPClient {
    /// Whether the server lets us in.
    ///
    /// - Throws: when it says anything but yes or no within the limit.
    static func login(port: UInt16, from source: String, user: String, password: String, limit: Int) throws -> Bool {
        let socket = try Loopback.connect(to: port, from: source, limit: limit)
        defer { close(socket) }
        _ = try response(to: nil, on: socket, until: "* OK")
        let answer = try response(to: "a LOGIN \(quoted(user)) \(quoted(password))", on: socket, until: "a ")
        _ = try? response(to: "b LOGOUT", on: socket, until: "b ")  // politeness; the answer is known
        return try isWelcome(answer)
    }

    /// A LOGIN command, and whether its answer means yes; for a connection that somebody else makes.
    static func command(user: String, password: String) -> String {
        "a LOGIN \(quoted(user)) \(quoted(password))\r\nb LOGOUT\r\n"
    }

    static func isWelcome(_ answer: String) throws -> Bool {
        if answer.hasPrefix("a OK") { return true }
        // Any other NO is trouble on the server's side, such as a database it cannot read.
        if answer.hasPrefix("a NO [AUTHENTICATIONFAILED]") { return false }
        throw Loopback.Failure(description: "the IMAP server answered \(answer)")
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }

    /// Sends a line and reads up to the first line that starts as told; that line.
    private static func response(to line: String?, on socket: Int32, until start: String) throws -> String {
        if let line {
            let bytes = Array((line + "\r\n").utf8)
            guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
                throw Loopback.Failure(description: "send: errno \(errno)")
            }
        }
        var current: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            guard recv(socket, &byte, 1, 0) == 1 else {
                throw Loopback.Failure(description: "the server was silent or closed the connection (errno \(errno))")
            }
            guard byte == UInt8(ascii: "\n") else {
                current.append(byte)
                continue
            }
            let text = String(decoding: current, as: UTF8.self)
            if text.hasPrefix(start) { return text }
            current = []
        }
    }
}
