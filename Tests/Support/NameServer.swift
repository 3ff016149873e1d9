import Foundation
import Glibc

/// Debian's nsd on a loopback port, authoritative for the zones it is given and for nothing else.
package final class NameServer {
    package static let isInstalled = Program.isInstalled("/usr/sbin/nsd")

    package let port: UInt16
    /// As options of commands take it.
    package var address: String { "127.0.0.1:\(port)" }
    /// The same server over IPv6, on machines that have it.
    package var addressOverIPv6: String { "[::1]:\(port)" }

    private let directory: TemporaryDirectory
    private var server: RunningProgram?

    /// - Parameters:
    ///   - zones: records in the syntax of zone files, by zone; names may be relative to it. SOA and NS are added.
    ///   - broken: zones without any data, about which everything is answered with SERVFAIL.
    package init(zones: [String: [String]], broken: [String] = []) throws {
        directory = try TemporaryDirectory()
        port = try Loopback.freePort()
        var configuration = """
            server:
              ip-address: 127.0.0.1@\(port)
              \(Loopback.hasIPv6 ? "ip-address: ::1@\(port)" : "")
              username: ""
              zonesdir: "\(directory.path)"
              database: ""
              pidfile: "\(directory.path)/pid"
              xfrdfile: "\(directory.path)/xfrd"
              zonelistfile: "\(directory.path)/list"
              server-count: 1
              rrl-ratelimit: 0
              verbosity: 1
            remote-control:
              control-enable: no

            """
        for zone in zones.keys.sorted() + broken {
            configuration += "zone:\n  name: \"\(zone)\"\n  zonefile: \"\(zone).zone\"\n"
        }
        for (zone, records) in zones { try write(zone, records) }
        try directory.write("nsd.conf", configuration)
        try start()
    }

    /// Other records for a zone, in force when this returns.
    package func change(_ zone: String, to records: [String]) throws {
        server?.stop()
        try write(zone, records)
        try start()
    }

    package func stop() {
        server?.stop()
        server = nil
    }

    private func write(_ zone: String, _ records: [String]) throws {
        let head = [
            "$ORIGIN \(zone).", "$TTL 60", "@ IN SOA ns.\(zone). root.\(zone). 1 3600 600 86400 60",
            "@ IN NS ns.\(zone).",
            "ns IN A 127.0.0.1",
        ]
        try directory.write("\(zone).zone", (head + records).joined(separator: "\n") + "\n")
    }

    private func start() throws {
        let server = try RunningProgram("/usr/sbin/nsd", ["-d", "-c", "\(directory.path)/nsd.conf"])
        self.server = server
        // Zones are read before it listens.
        let answers = Program.wait(atMost: .seconds(10)) {
            !server.isRunning || (try? Loopback.connect(to: port, from: "127.0.0.1", limit: 1)).map { close($0) } != nil
        }
        guard answers, server.isRunning else {
            throw Program.Failure(description: "nsd does not start: \(server.text)")
        }
    }
}
