import Glibc

extension ListeningSocket {
    /// A TCP socket on a loopback address: `127.0.0.1:9000` or `[::1]:9000`. Port 0 takes a free one; see `port`.
    ///
    /// For trials only: any local process can connect to it and claim any client address (`Security.md` 3).
    package static func tcp(_ text: String) throws(Failure) -> ListeningSocket {
        if let (address, port) = v4(text) { return try listen(AF_INET, address, port, text) }
        if let (address, port) = v6(text) { return try listen(AF_INET6, address, port, text) }
        throw Failure("\(text) is not a loopback address with a port, such as 127.0.0.1:9000 or [::1]:9000")
    }

    private static func v4(_ text: String) -> (sockaddr_in, UInt16)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = port(parts[1]) else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, String(parts[0]), &address.sin_addr) == 1,
            UInt32(bigEndian: address.sin_addr.s_addr) >> 24 == 127
        else { return nil }
        return (address, port)
    }

    private static func v6(_ text: String) -> (sockaddr_in6, UInt16)? {
        guard text.hasPrefix("[::1]:"), let port = port(text.dropFirst("[::1]:".count)) else { return nil }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        guard inet_pton(AF_INET6, "::1", &address.sin6_addr) == 1 else { return nil }
        return (address, port)
    }

    private static func port(_ digits: Substring) -> UInt16? {
        digits.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ? UInt16(digits) : nil
    }

    private static func listen<Address>(
        _ family: Int32, _ address: Address, _ port: UInt16, _ text: String
    ) throws(Failure) -> ListeningSocket {
        let descriptor = try make(family)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        // Accepted sockets inherit it. A request is served only when all of it lies in the receive buffer. The
        // kernel's default begins at 128 kB, its own overhead included.
        var room: Int32 = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        var address = address
        guard withAddress(&address, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, backlog) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw Failure("cannot listen on \(text)", code)
        }
        return ListeningSocket(descriptor: descriptor, isLocal: false, port: port == 0 ? boundPort(descriptor) : port)
    }

    private static func boundPort(_ descriptor: Int32) -> UInt16? {
        // Family and port are at the same offset in sockaddr_in and sockaddr_in6.
        var address = sockaddr_in6()
        let known = withAddress(&address) { pointer, length in
            var length = length
            return getsockname(descriptor, pointer, &length)
        }
        return known == 0 ? UInt16(bigEndian: address.sin6_port) : nil
    }
}
