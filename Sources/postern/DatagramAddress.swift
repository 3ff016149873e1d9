import Glibc

/// The address of a local datagram socket.
struct DatagramAddress: Sendable {
    private let bytes: [UInt8]

    /// The most descriptors that may go with one datagram; the kernel's own limit is 253.
    static let mostDescriptors = 64

    /// Nil for anything but an address, and for one that is too long.
    ///
    /// - Parameter text: an absolute path, or `@` and a name in the abstract name space (unix(7)).
    init?(_ text: String) {
        var bytes = Array(text.utf8)
        let room = MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size
        guard bytes.count > 1, bytes.count < room, bytes[0] == UInt8(ascii: "/") || bytes[0] == UInt8(ascii: "@") else {
            return nil
        }
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
        self.bytes = bytes
    }

    /// Sends one datagram.
    ///
    /// - Parameter descriptors: sent along as copies; they stay open here.
    /// - Returns: false, with `errno` set, when the datagram was not taken.
    func send(_ message: [UInt8], passing descriptors: [Int32], from socket: Int32) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        var message = message
        var control = Self.control(descriptors)
        return withUnsafeMutablePointer(to: &address) { address in
            message.withUnsafeMutableBytes { text in
                control.withUnsafeMutableBytes { control in
                    var part = iovec(iov_base: text.baseAddress, iov_len: text.count)
                    return withUnsafeMutablePointer(to: &part) { part in
                        var header = msghdr()
                        header.msg_name = UnsafeMutableRawPointer(address)
                        header.msg_namelen = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
                        header.msg_iov = part
                        header.msg_iovlen = 1
                        header.msg_control = control.isEmpty ? nil : control.baseAddress
                        header.msg_controllen = control.count
                        return sendmsg(socket, &header, Int32(MSG_NOSIGNAL)) >= 0
                    }
                }
            }
        }
    }

    /// The descriptors as a control message SCM_RIGHTS; empty for none. It is laid out by hand, because Swift cannot
    /// use the macros of cmsg(3).
    private static func control(_ descriptors: [Int32]) -> [UInt8] {
        guard !descriptors.isEmpty else { return [] }
        let head = MemoryLayout<cmsghdr>.size
        let length = head + descriptors.count * MemoryLayout<Int32>.size
        let alignment = MemoryLayout<Int>.size
        var bytes = [UInt8](repeating: 0, count: (length + alignment - 1) / alignment * alignment)
        bytes.withUnsafeMutableBytes { room in
            var header = cmsghdr()
            header.cmsg_len = length
            header.cmsg_level = SOL_SOCKET
            header.cmsg_type = Int32(SCM_RIGHTS)
            room.storeBytes(of: header, as: cmsghdr.self)
            for (index, descriptor) in descriptors.enumerated() {
                room.storeBytes(
                    of: descriptor, toByteOffset: head + index * MemoryLayout<Int32>.size, as: Int32.self)
            }
        }
        return bytes
    }
}
