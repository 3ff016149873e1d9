import Foundation
import Neighbours
import Support
import Testing

/// The drop-ins for units whose databases are at a server, read by systemd itself.
struct SystemdConfigurationTests {
    private static func files(_ connection: String, standby: String? = nil) throws -> [String: String] {
        let files = SystemdConfiguration(
            try PostgreSQLAccess(connection: connection),
            standby: try standby.map { try PostgreSQLAccess(connection: $0) }
        ).files
        return Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.text) })
    }

    @Test func noUnitWaitsForFiles() throws {
        for (name, text) in try Self.files("host=/run/postgresql") {
            #expect(name.hasSuffix(".d/postgresql.conf"))
            #expect(text.contains("\nConditionPathExists=\n") && text.contains("\nAfter=postgresql.service\n"))
            #expect(!text.contains("[Service]"), "a socket needs no network")
        }
    }

    @Test(arguments: [
        ("host=192.0.2.1,2001:db8::1 port=5432", "IPAddressAllow=192.0.2.1 2001:db8::1"),
        ("postgresql://db.example/", "IPAddressDeny="),
    ])
    func overTCPTheServersAreReached(_ connection: String, _ line: String) throws {
        let files = try Self.files(connection)
        for (name, text) in files {
            let connects = ["postern.service.d/postgresql.conf", "postern-purge.service.d/postgresql.conf"].contains(
                name)
            #expect(text.contains("\n\(line)\n") == connects && text.contains("\nPrivateNetwork=no\n") == connects)
        }
        #expect(files.count == 5)
    }

    @Test(arguments: [
        ("host=192.0.2.1", "host=192.0.2.1,192.0.2.2", "IPAddressAllow=192.0.2.1 192.0.2.2"),
        ("host=/run/postgresql", "host=192.0.2.2", "IPAddressAllow=192.0.2.2"),
        ("host=192.0.2.1", "host=/run/standby", "IPAddressAllow=192.0.2.1"),
        ("host=192.0.2.1", "host=db.example", "IPAddressDeny="),
    ])
    func theStandbyIsReachedToo(_ connection: String, _ standby: String, _ line: String) throws {
        let text = try #require(Self.files(connection, standby: standby)["postern.service.d/postgresql.conf"])
        #expect(text.contains("\n\(line)\n") && text.contains("\nPrivateNetwork=no\n"))
        #expect(text.contains("\nAfter=postgresql.service\n") == (connection + standby).contains("=/run/"))
    }

    /// Those of the repository that have the condition, and no others.
    @Test func everyUnitThatWaitsForFilesIsAmongThem() throws {
        let directory = URL(filePath: #filePath).appending(path: "../../../systemd").standardizedFileURL
        let waiting = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { name in
            let text = try? String(contentsOf: directory.appending(path: name), encoding: .utf8)
            return text?.contains("\nConditionPathExists=/var/lib/postern/api/api.db\n") == true
        }
        #expect(try Set(Self.files("host=/run/postgresql").keys) == Set(waiting.map { "\($0).d/postgresql.conf" }))
        #expect(!waiting.isEmpty)
    }

    @Test(.enabled(if: Program.isInstalled("/usr/bin/systemd-analyze")))
    func systemdReadsThem() throws {
        let directory = try TemporaryDirectory()
        for (name, text) in try Self.files("host=192.0.2.1") {
            let unit = String(name.prefix { $0 != "/" }).replacing(".d", with: "")
            #expect(unit.hasPrefix("postern"))
            guard unit.hasSuffix(".service") else { continue }
            let path = try directory.write(unit, "[Service]\nType=oneshot\nExecStart=/bin/true\n" + text)
            let result = try Program.run("/usr/bin/systemd-analyze", ["verify", "--man=no", path])
            #expect(result.errorOutput.isEmpty, "\(result.errorOutput)")
        }
    }
}
