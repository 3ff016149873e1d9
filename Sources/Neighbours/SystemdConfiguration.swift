import Mail

/// What systemd needs when the databases are at a PostgreSQL server: drop-in files for Postern's units, which otherwise
/// wait for the files of a state, and have no network.
package struct SystemdConfiguration: Sendable {
    private let servers: [PostgreSQLAccess]

    /// - Parameter standby: another server that Postern reads; nil for none.
    package init(_ access: PostgreSQLAccess, standby: PostgreSQLAccess? = nil) {
        servers = [access] + (standby.map { [$0] } ?? [])
    }

    private var hosts: [PostgreSQLAccess.Host] { servers.flatMap(\.hosts) }

    /// The units that wait for a state, and those among them that go to the server themselves.
    private static let units: [(name: String, connects: Bool)] = [
        ("postern.socket", false), ("postern.service", true), ("postern-purge.service", true),
        ("postern-spf-refresh.service", false), ("postern-spf-now.socket", false),
    ]

    /// Names below `/etc/systemd/system`.
    package var files: [(name: String, text: String)] {
        Self.units.map { unit in
            (name: "\(unit.name).d/postgresql.conf", text: unit.connects ? waiting + network : waiting)
        }
    }

    private var waiting: String {
        let order = hosts.contains(where: \.isSocket) ? "After=postgresql.service\n" : ""
        return """
            # Below /etc/systemd/system; then: systemctl daemon-reload
            [Unit]
            # The databases are at a PostgreSQL server: there is no file to wait for.
            ConditionPathExists=
            \(order)
            """
    }

    /// A socket needs none.
    private var network: String {
        guard servers.contains(where: \.needsPassword) else { return "" }
        var names: [String] = []
        for host in hosts where !host.isSocket && !names.contains(host.name) { names.append(host.name) }
        let areAddresses = names.allSatisfy { IPAddress($0) != nil }
        let allowed =
            areAddresses
            ? "IPAddressAllow=\(names.joined(separator: " "))"
            : "# A host is named, and the name has to be asked for. With addresses in the settings this could be narrower.\nIPAddressDeny="
        return """
            [Service]
            PrivateNetwork=no
            RestrictAddressFamilies=AF_INET AF_INET6
            \(allowed)

            """
    }
}
