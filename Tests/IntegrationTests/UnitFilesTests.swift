import Foundation
import Support
import Testing

extension IntegrationTests {
    /// The units as systemd's own tools see them.
    @Suite(.enabled(if: Program.isInstalled("/usr/bin/systemd-analyze"), "needs systemd"))
    struct UnitFilesTests {
        private static let directory = "\(Repository.path)/systemd"

        private static func units() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory).filter { name in
                ["service", "socket", "timer"].contains { name.hasSuffix(".\($0)") }
            }.sorted()
        }

        @Test func theseUnitsAreShipped() throws {
            #expect(
                try Self.units() == [
                    "postern-lists-maintain.service", "postern-lists-maintain.timer", "postern-lists.service",
                    "postern-lists.socket", "postern-purge.service", "postern-purge.timer", "postern-spf-now.socket",
                    "postern-spf-now@.service", "postern-spf-refresh.service", "postern-spf-refresh.timer",
                    "postern.service", "postern.socket",
                ])
        }

        @Test(arguments: [
            ("postern.service", 0.5), ("postern-spf-refresh.service", 2.0), ("postern-purge.service", 1.0),
            ("postern-spf-now@.service", 2.0), ("postern-lists.service", 1.5), ("postern-lists-maintain.service", 1.5),
        ])
        func theExposureIsSmall(_ unit: String, _ limit: Double) throws {
            let result = try Program.run(
                "/usr/bin/systemd-analyze",
                ["security", "--offline=true", "--no-pager", "\(Self.directory)/\(unit)"], limit: .seconds(30))
            let line = try #require(
                result.output.split(separator: "\n").first { $0.contains("Overall exposure level") })
            let level = line.components(separatedBy: ".service: ").last?.split(separator: " ").first.flatMap {
                Double($0)
            }
            #expect(try #require(level) <= limit, "\(result.output)")
        }

        @Test func systemdFindsNothingToSay() throws {
            let directory = try TemporaryDirectory()
            for unit in try Self.units() {
                let text = try String(contentsOfFile: "\(Self.directory)/\(unit)", encoding: .utf8)
                // Where the program is not installed, that would be said.
                try directory.write(unit, text.replacing("/usr/bin/postern", with: PosternProgram.command))
            }
            let paths = try Self.units().map { "\(directory.path)/\($0)" }
            let result = try Program.run(
                "/usr/bin/systemd-analyze", ["verify", "--man=no", "--recursive-errors=no"] + paths, limit: .seconds(30)
            )
            #expect(result.status == 0)
            #expect(result.output + result.errorOutput == "")
        }

        @Test func aWordThatIsNoneIsFound() throws {
            let directory = try TemporaryDirectory()
            let text = try String(contentsOfFile: "\(Self.directory)/postern.service", encoding: .utf8)
            try directory.write(
                "postern.service",
                text.replacing("/usr/bin/postern", with: PosternProgram.command)
                    .replacing("ProtectHome=", with: "ProtectHomes="))
            let result = try Program.run(
                "/usr/bin/systemd-analyze",
                ["verify", "--man=no", "--recursive-errors=no", "\(directory.path)/postern.service"],
                limit: .seconds(30))
            #expect(result.errorOutput.contains("ProtectHomes"))
        }

        /// Whoever finds a fault in how the answers of the DNS are read gains no file to write, and none of Postern's
        /// to read.
        @Test(arguments: ["postern-spf-refresh.service", "postern-spf-now@.service"])
        func whatReadsTheDNSMayWriteNothing(_ unit: String) throws {
            let text = try String(contentsOfFile: "\(Self.directory)/\(unit)", encoding: .utf8)
            for word in ["ReadWritePaths", "StateDirectory", "User=postern\n", "CacheDirectory", "BindPaths"] {
                #expect(!text.contains(word), "\(word)")
            }
        }

        @Test(arguments: [
            (
                "postern.socket",
                [
                    "ListenStream=/run/postern/postern.sock", "SocketUser=root", "SocketGroup=postern-web",
                    "SocketMode=0660", "DirectoryMode=0755", "Backlog=512", "RemoveOnStop=yes",
                    "TriggerLimitIntervalSec=0",
                    "FileDescriptorName=postern",
                ]
            ),
            (
                "postern.service",
                [
                    "Type=notify", "Requires=postern.socket", "After=postern.socket",
                    "Wants=postern-spf-now.socket postern-lists.socket",
                    "Before=postfix.service postfix@-.service dovecot.service amavis.service",
                    "StartLimitIntervalSec=0", "User=postern",
                    "Group=postern", "Restart=always", "RestartSec=200ms", "TimeoutStopSec=20", "OOMPolicy=stop",
                    "UMask=0027", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "AmbientCapabilities=",
                    "ProtectSystem=strict", "ReadWritePaths=/var/lib/postern", "ProtectHome=yes", "PrivateTmp=yes",
                    "PrivateDevices=yes", "DevicePolicy=closed", "PrivateNetwork=yes", "IPAddressDeny=any",
                    "RestrictAddressFamilies=AF_UNIX", "PrivateIPC=yes", "ProtectHostname=yes", "ProtectClock=yes",
                    "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes",
                    "ProtectControlGroups=yes", "ProtectProc=invisible", "ProcSubset=pid", "RestrictNamespaces=yes",
                    "RestrictRealtime=yes", "RestrictSUIDSGID=yes", "RemoveIPC=yes", "LockPersonality=yes",
                    "MemoryDenyWriteExecute=yes", "KeyringMode=private", "SystemCallArchitectures=native",
                    "SystemCallFilter=@system-service", "SystemCallErrorNumber=EPERM", "LimitNOFILE=1024",
                    "LimitCORE=0",
                    "MemoryMax=512M", "TasksMax=64",
                    "SystemCallFilter=~@privileged @resources @mount @swap @reboot @debug @module @raw-io "
                        + "@cpu-emulation @obsolete @clock",
                ]
            ),
            (
                "postern-lists.socket",
                [
                    "ListenStream=/run/postern/lists.sock", "SocketUser=postern", "SocketGroup=postern",
                    "SocketMode=0600", "TriggerLimitIntervalSec=0",
                ]
            ),
            (
                "postern-lists.service",
                [
                    "User=mlmmj", "Group=mlmmj", "UMask=0077", "ProtectSystem=strict",
                    "ReadWritePaths=-/var/spool/mlmmj",
                    "InaccessiblePaths=-/var/lib/postern -/var/vmail -/etc/postern/gate",
                    "RestrictAddressFamilies=AF_UNIX AF_INET", "IPAddressDeny=any", "IPAddressAllow=localhost",
                    "SocketBindDeny=any", "CapabilityBoundingSet=", "NoNewPrivileges=yes",
                ]
            ),
            (
                "postern-spf-refresh.service",
                [
                    "User=postern-spf", "Group=postern-spf", "SupplementaryGroups=postern-web", "ProtectSystem=strict",
                    "InaccessiblePaths=-/var/lib/postern -/var/vmail -/etc/postern/gate",
                    "RuntimeDirectory=postern-spf",
                    "RuntimeDirectoryMode=0700", "RuntimeDirectoryPreserve=yes", "TimeoutStartSec=15min",
                    "SuccessExitStatus=1", "SocketBindDeny=any", "CapabilityBoundingSet=", "NoNewPrivileges=yes",
                    "ExecStart=-/usr/bin/postern verify-domains --once --socket /run/postern/postern.sock",
                    "ExecStart=/usr/bin/postern spf-refresh --once --socket /run/postern/postern.sock",
                ]
            ),
            (
                "postern-spf-now.socket",
                [
                    "ListenStream=/run/postern/spf-now.sock", "SocketUser=postern", "SocketGroup=postern",
                    "SocketMode=0600", "DirectoryMode=0755", "Accept=yes", "MaxConnections=4", "RemoveOnStop=yes",
                    "TriggerLimitIntervalSec=0",
                ]
            ),
            (
                "postern-spf-now@.service",
                [
                    "User=postern-spf", "Group=postern-spf", "SupplementaryGroups=postern-web", "ProtectSystem=strict",
                    "InaccessiblePaths=-/var/lib/postern -/var/vmail -/etc/postern/gate", "StandardInput=socket",
                    "StandardOutput=socket", "StandardError=journal", "RuntimeMaxSec=25s", "SuccessExitStatus=1",
                    "SocketBindDeny=any", "CapabilityBoundingSet=", "NoNewPrivileges=yes",
                    "CollectMode=inactive-or-failed",
                    "ExecStart=/usr/bin/postern spf-refresh --asked --socket /run/postern/postern.sock",
                ]
            ),
            (
                "postern-purge.service",
                [
                    "User=root", "ReadWritePaths=-/var/vmail", "ProtectSystem=strict",
                    "CapabilityBoundingSet=CAP_DAC_OVERRIDE", "PrivateNetwork=yes",
                ]
            ),
        ])
        func hasEachDirective(_ unit: String, _ directives: [String]) throws {
            let text = try String(contentsOfFile: "\(Self.directory)/\(unit)", encoding: .utf8)
            let lines = Set(text.split(separator: "\n").map(String.init))
            for directive in directives { #expect(lines.contains(directive), "\(directive)") }
            #expect(lines.isDisjoint(with: ["PrivateUsers=yes"]), "the peers' user ids must be seen")
        }
    }
}
