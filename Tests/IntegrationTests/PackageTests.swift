import Foundation
import Support
import Testing

extension IntegrationTests {
    /// The Debian package, in the hands of the real dpkg on a copy of this machine's system.
    @Suite(
        .enabled(if: Sandbox.isAllowed, "needs overlay mounts"),
        .enabled(if: Program.isInstalled("/usr/bin/dpkg-shlibdeps"), "needs dpkg-dev"))
    struct PackageTests {
        private let sandbox: Sandbox

        init() throws { sandbox = try Sandbox() }

        /// Two versions; packing them takes some seconds, once.
        private static let packages = Result { try makePackages() }

        private static func makePackages() throws -> (directory: TemporaryDirectory, older: String, newer: String) {
            let directory = try TemporaryDirectory()
            func make(_ options: [String]) throws -> String {
                let result = try Program.run(
                    "\(Repository.path)/systemd/package",
                    ["--binary", PosternProgram.command, "--output", directory.path] + options, limit: .seconds(120))
                guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
                return result.output.trimmingCharacters(in: .newlines)
            }
            return (directory, try make([]), try make(["--version", "99.1"]))
        }

        /// Puts a package into the sandbox and has dpkg install it; what that says.
        @discardableResult
        private func install(_ package: String) throws -> String {
            let place = "\(sandbox.root)/package.deb"
            if sandbox.exists("/package.deb") { try FileManager.default.removeItem(atPath: place) }
            try FileManager.default.copyItem(atPath: package, toPath: place)
            return try sandbox.succeed(["/usr/bin/dpkg", "--install", "/package.deb"])
        }

        private func status() throws -> String {
            try sandbox.run(["/usr/bin/dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", "postern"])
                .output
        }

        @Test func theVersionIsTheProgramsAndTheLibrariesAreNamed() throws {
            let packages = try Self.packages.get()
            let fields = try Program.run("/usr/bin/dpkg-deb", ["--field", packages.older]).output
            let version = try PosternProgram.succeed(["--version"]).dropFirst("postern ".count).dropLast()
            #expect(fields.contains("\nVersion: \(version)\n"))
            #expect(packages.older.hasSuffix("/postern_\(version)_amd64.deb") || !fields.contains(": amd64"))
            for library in ["libsqlite3-0", "libcrypt1", "libargon2-1", "libc6"] {
                #expect(fields.contains("\(library) (>= "), "\(library)")
            }
            // Debian 12 and 13 have these two under different names.
            #expect(fields.contains("libfcgi0t64 | libfcgi0ldbl (>= 2.4.2), "))
            #expect(fields.contains("libssl3t64 (>= 3.0.0) | libssl3 (>= 3.0.0), "))
        }

        @Test(.enabled(if: Program.isInstalled("/usr/bin/lintian"), "needs lintian"))
        func debiansOwnToolFindsNothingToSay() throws {
            let result = try Program.run(
                "/usr/bin/lintian", ["--fail-on", "error,warning", "--allow-root", try Self.packages.get().older],
                limit: .seconds(120))
            #expect(result.status == 0 && result.output == "", "\(result.output) \(result.errorOutput)")
        }

        @Test func theSameProgramMakesTheSamePackage() throws {
            let packages = try Self.packages.get()
            let again = "\(packages.directory.path)/again"
            // By somebody with other habits.
            let script = "umask 077; TZ=Asia/Tokyo TMPDIR=/var/tmp exec \"$@\""
            let made = try Program.run(
                "/bin/sh",
                ["-c", script, "sh", "\(Repository.path)/systemd/package", "--binary", PosternProgram.command]
                    + ["--output", again], limit: .seconds(120))
            let path = made.output.trimmingCharacters(in: .newlines)
            #expect(made.status == 0 && FileManager.default.contentsEqual(atPath: path, andPath: packages.older))
        }

        @Test(
            .enabled(
                if: OtherRelease.package != nil, "needs a package of the other Debian release; Tests/run makes one"))
        func oneMadeOnTheOtherReleaseServesHereToo() throws {
            try install(try #require(OtherRelease.package))
            #expect(try status().hasPrefix("installed "))
            try sandbox.succeed(["/usr/bin/postern", "init", "--admin", "postmaster@admin.example"])
            #expect(try sandbox.succeed(["/usr/bin/postern", "check"]).contains("vmail/vmail.db: ok"))
            try sandbox.succeed(
                ["/usr/bin/postern", "admin", "create", "jo@admin.example", "--password-stdin"], input: "Given-pw-1\n")
            #expect(try sandbox.succeed(["/usr/bin/postern", "admin", "list"]).contains("jo@admin.example"))
            let server = try sandbox.serve()
            #expect(try sandbox.succeed(["/usr/bin/postern", "status"]).contains("requests"))
            server.end()
            try sandbox.succeed(["/usr/bin/dpkg", "--purge", "postern"])
        }

        @Test func itIsInstalledUpgradedRemovedAndPurged() throws {
            let packages = try Self.packages.get()
            let said = try install(packages.older)
            #expect(said.contains("Postern has no state yet:  postern init --admin MAIL"))
            #expect(try status().hasPrefix("installed "))
            try sandbox.succeed(["/usr/bin/postern", "init", "--admin", "postmaster@admin.example"])
            #expect(try sandbox.succeed(["/usr/bin/postern", "check"]).contains("vmail/vmail.db: ok"))
            #expect(try sandbox.ownership("/var/lib/postern/vmail/vmail.db") == "postern:mailsql 640")
            for link in ["sockets.target.wants/postern.socket", "timers.target.wants/postern-purge.timer"] {
                #expect(try sandbox.run(["/usr/bin/test", "-L", "/etc/systemd/system/\(link)"]).status == 0)
            }

            // An upgrade keeps what the administrator has.
            let settings = try sandbox.read("/etc/postern/settings.py") + "SESSION_TIMEOUT = 600\n"
            try sandbox.write("/etc/postern/settings.py", settings)
            let secret = try sandbox.read("/etc/postern/gate")
            let path = "/etc/nginx/conf.d/postern-http.conf"
            let changed = try sandbox.read(path).replacing("rate=2000r/s", with: "rate=1000r/s")
            try sandbox.write(path, changed)
            #expect(try !install(packages.newer).contains("no state"))
            #expect(try status() == "installed 99.1")
            #expect(try sandbox.read("/etc/postern/settings.py") == settings)
            #expect(try sandbox.read("/etc/postern/gate") == secret)
            #expect(try sandbox.read(path) == changed)
            #expect(try sandbox.succeed(["/usr/bin/postern", "admin", "list"]).contains("postmaster@admin.example"))

            // Removed, it leaves what is the administrator's.
            try sandbox.succeed(["/usr/bin/dpkg", "--remove", "postern"])
            #expect(try status().hasPrefix("config-files "))
            #expect(!sandbox.exists("/usr/bin/postern") && !sandbox.exists("/usr/lib/systemd/system/postern.service"))
            #expect(try sandbox.read("/etc/postern/settings.py") == settings)
            #expect(try sandbox.read("/etc/postern/gate") == secret)
            #expect(sandbox.exists("/var/lib/postern/vmail/vmail.db"))

            // Purged, the settings and the secret go; the accounts and the mail do not.
            let mail = "/var/vmail/vmail1/kept.example"
            try sandbox.succeed(["/usr/bin/mkdir", "-p", mail])
            let last = try sandbox.succeed(["/usr/bin/dpkg", "--purge", "postern"])
            #expect(last.contains("The accounts stay in /var/lib/postern."))
            #expect(try !status().contains("installed") && !status().contains("config-files"))
            for gone in [
                "/etc/postern", "/etc/nginx/postern-gate.conf", path, "/etc/nginx/snippets/postern-locations.conf",
            ] {
                #expect(!sandbox.exists(gone), "\(gone)")
            }
            #expect(sandbox.exists("/var/lib/postern/vmail/vmail.db") && sandbox.exists(mail))
            #expect(try sandbox.succeed(["/usr/bin/find", "/etc/systemd", "-name", "postern*"]) == "")
        }

        @Test func aStateThatWasNeverMadeGoesWithThePurge() throws {
            try install(try Self.packages.get().older)
            try sandbox.succeed(["/usr/bin/dpkg", "--purge", "postern"])
            #expect(!sandbox.exists("/var/lib/postern"))
            #expect(sandbox.exists("/var/vmail"))
        }

        @Test func itTakesTheFilesOfAnInstallationFromTheSources() throws {
            try sandbox.succeed([
                "\(Sandbox.repository)/systemd/install", "--binary", Sandbox.binary, "--admin",
                "postmaster@admin.example",
            ])
            let secret = try sandbox.read("/etc/postern/gate")
            try install(try Self.packages.get().newer)
            #expect(try sandbox.read("/etc/postern/gate") == secret)
            #expect(try sandbox.succeed(["/usr/bin/postern", "check"]).contains("vmail/vmail.db: ok"))
            let refused = try sandbox.run(["\(Sandbox.repository)/systemd/install", "--binary", Sandbox.binary])
            #expect(refused.status == 1)
            #expect(refused.errorOutput.contains("installed as a package"))
        }
    }
}
