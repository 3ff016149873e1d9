import Glibc

/// The SMTP server to which a list hands over its mail.
struct MailRelay {
    /// The list's, absolute.
    let listDirectory: String

    /// How long the server may take to answer.
    private static let limit = timeval(tv_sec: 5, tv_usec: 0)

    /// mlmmj loses mail when nobody takes it, some of it at the first failure already. So somebody asks before.
    /// - Throws: when the server cannot be reached, or does not greet.
    func requireGreeting() throws(ListFailure) {
        let host = try firstLine(.relayhost) ?? "127.0.0.1"
        let port = try firstLine(.smtpport) ?? "25"
        let name = "\(host) port \(port), where mail to the subscribers goes,"
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let address = found else {
            throw ListFailure(.failed, "\(name) has no address")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SpoolFile.failure("no socket can be made") }
        defer { close(descriptor) }
        var limit = Self.limit
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            throw SpoolFile.failure("\(name) does not answer")
        }
        var greeting = [UInt8](repeating: 0, count: 512)
        let count = recv(descriptor, &greeting, greeting.count, 0)
        guard count > 0, greeting.starts(with: Array("220".utf8)) else {
            throw ListFailure(.failed, "\(name) does not greet as an SMTP server")
        }
        // Otherwise the server notes a client that has lost its connection.
        let farewell = Array("QUIT\r\n".utf8)
        _ = send(descriptor, farewell, farewell.count, Int32(MSG_NOSIGNAL))
        _ = recv(descriptor, &greeting, greeting.count, 0)
    }

    private func firstLine(_ file: ControlFile) throws(ListFailure) -> String? {
        let content = try SpoolFile.read("\(listDirectory)/control/\(file.rawValue)") ?? []
        return String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
    }
}
