import CResolv
import Glibc
import Mail

/// The name servers of this machine, as resolv.conf(5) gives them.
enum SystemServers {
    /// In the order in which they are to be asked; those the resolver assumes when the file names none.
    static func all() -> [ServerAddress] {
        var names = [sockaddr_storage](repeating: sockaddr_storage(), count: Int(MAXNS))
        let count = postern_name_servers(&names, MAXNS)
        return names.prefix(Int(max(0, count))).compactMap { name in
            withUnsafeBytes(of: name) { bytes in
                // Port and address stand in network order behind the family, IPv6's behind its flow label.
                let place = name.ss_family == AF_INET ? 4..<8 : 8..<24
                return IPAddress(bytes: bytes[place]).map {
                    ServerAddress($0, port: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
                }
            }
        }
    }
}
