import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// `postern spf-refresh` with a real name server.
    @Suite(.enabled(if: NameServer.isInstalled, "needs nsd"))
    struct SPFRefreshTests {
        private let server: OperatorServer
        private let names: NameServer

        init() throws {
            server = try OperatorServer(settings: ["SPF_QUERY_TIMEOUT = 1"])
            names = try NameServer(zones: SPFZones.zones, broken: SPFZones.broken)
        }

        private func list(_ domains: [String]) throws {
            try sql(domains.map { "INSERT INTO greylisting_whitelist_domains (domain) VALUES ('\($0)');" }.joined())
        }

        @discardableResult
        private func sql(_ script: String) throws -> String { try server.postern.sql(script, on: "iredapd") }

        private func add(_ sender: String, comment: String) throws {
            try sql(
                """
                INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
                VALUES ('@.', '\(sender)', '\(comment)');
                """)
        }

        /// `domain|sender` of our rows, sorted; other comments as they are.
        private func rows() throws -> [String] {
            try sql(
                "SELECT replace(comment, 'AUTO-UPDATE: ', '') || '|' || sender FROM greylisting_whitelist_domain_spf;"
            )
            .split(separator: "\n").map(String.init).sorted()
        }

        private func dump() throws -> String { try sql(".dump") }

        private func refresh(_ options: [String] = ["--once"], as user: ProcessUser? = nil) throws -> Program.Result {
            try server.tool(["spf-refresh", "--dns", names.address] + options, as: user)
        }

        private func start(
            _ options: [String], log name: String = "refresh"
        ) throws -> (process: ChildProcess, log: String) {
            let log = "\(server.postern.directory.path)/\(name).log"
            let process = try ChildProcess(
                [
                    PosternProgram.command, "spf-refresh", "--state", server.postern.state,
                    "--settings", server.postern.settingsFile,
                ] + options, log: log)
            return (process, log)
        }

        private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

        @Test(arguments: [false, true])
        func theSendersOfAllDomainsBecomeRows(_ isServed: Bool) throws {
            try list(SPFZones.domains)
            try add("203.0.113.9", comment: "AUTO-UPDATE: down.test")
            try add("203.0.113.10", comment: "by hand")
            try add("203.0.113.11", comment: "AUTO-UPDATE: gone.test")
            try server.bring(isServed)
            let result = try refresh()
            #expect(try rows() == (SPFZones.rows + ["down.test|203.0.113.9", "by hand|203.0.113.10"]).sorted())
            #expect(result.status == 1 && result.output == "")
            #expect(
                result.errorOutput == """
                    postern: bad.test: ok, 1 senders, 0 lookups; 1 added, 0 taken over, 0 removed
                    postern: big.test: ok, 120 senders, 0 lookups; 120 added, 0 taken over, 0 removed
                    postern: chain.test: partial (it needs more than 20 lookups), 20 senders, 20 lookups; 20 added, 0 taken over, 0 removed
                    postern: down.test: failed (down.test TXT: SERVFAIL); its rows stay
                    postern: nored.test: ok, 1 senders, 0 lookups; 1 added, 0 taken over, 0 removed
                    postern: nospf.test: ok, 1 senders, 0 lookups; 1 added, 0 taken over, 0 removed
                    postern: nowhere.spf1.test: ok, 0 senders, 0 lookups; 0 added, 0 taken over, 0 removed
                    postern: redir.test: ok, 1 senders, 1 lookups; 1 added, 0 taken over, 0 removed
                    postern: spf1.test: ok, 8 senders, 2 lookups; 8 added, 0 taken over, 0 removed
                    postern: wide.test: ok, 0 senders, 0 lookups, too wide: 0.0.0.0/0 10.0.0.0/7; 0 added, 0 taken over, 0 removed
                    postern: spf-refresh: 10 domains: 8 ok, 1 partial, 1 failed; 152 added, 0 taken over, 1 removed

                    """)
        }

        @Test(arguments: [false, true])
        func aSecondRunWritesNothing(_ isServed: Bool) throws {
            try list(SPFZones.domains)
            try server.bring(isServed)
            _ = try refresh()
            // The file's own counter of commits, seen by a connection that stays open.
            let before = (try dump(), try fileSize("iredapd.db-wal"))
            let result = try refresh()
            #expect(result.errorOutput.hasSuffix("; 0 added, 0 taken over, 0 removed\n"))
            #expect(try dump() == before.0)
            if isServed { #expect(try fileSize("iredapd.db-wal") == before.1) }
        }

        private func fileSize(_ name: String) throws -> Int {
            var status = stat()
            try #require(stat("\(server.postern.state)/iredapd/\(name)", &status) == 0)
            return Int(status.st_size)
        }

        @Test(arguments: [false, true])
        func aDomainThatFailsLaterKeepsItsRows(_ isServed: Bool) throws {
            try list(["nored.test", "spf1.test"])
            try server.bring(isServed)
            #expect(try refresh().status == 0)
            let before = try rows()
            names.stop()
            let result = try refresh()
            #expect(result.status == 1)
            #expect(
                result.errorOutput.contains(
                    "postern: spf1.test: failed (spf1.test TXT: Connection refused); its rows stay"))
            #expect(
                result.errorOutput.hasSuffix(
                    "postern: spf-refresh: 2 domains: 0 ok, 0 partial, 2 failed; 0 added, 0 taken over, 0 removed\n"))
            #expect(try rows() == before)
        }

        @Test func whatChangesInTheDNSChangesInTheRows() throws {
            try list(["bad.test", "nored.test"])
            try server.bring(true)
            _ = try refresh()
            try names.change("nored.test", to: ["@ IN TXT \"v=spf1 ip4:192.0.2.8 ip4:192.0.2.9 -all\""])
            #expect(try refresh().status == 0)
            #expect(try rows() == ["bad.test|192.0.2.8", "nored.test|192.0.2.9"])
            try names.change("bad.test", to: ["@ IN TXT \"v=spf1 -all\""])
            #expect(try refresh().errorOutput.hasSuffix("; 1 added, 0 taken over, 1 removed\n"))
            #expect(try rows() == ["nored.test|192.0.2.8", "nored.test|192.0.2.9"])
        }

        @Test(arguments: [false, true])
        func aDryRunPrintsTheRowsAndWritesNothing(_ isServed: Bool) throws {
            try list(["bad.test", "down.test", "nored.test"])
            try add("203.0.113.11", comment: "AUTO-UPDATE: gone.test")
            try server.bring(isServed)
            let before = try dump()
            let result = try refresh(["--dry-run"])
            #expect(result.status == 1)
            #expect(result.output == "bad.test\t192.0.2.8\nnored.test\t192.0.2.7\n")
            #expect(
                result.errorOutput == """
                    postern: bad.test: ok, 1 senders, 0 lookups
                    postern: down.test: failed (down.test TXT: SERVFAIL)
                    postern: nored.test: ok, 1 senders, 0 lookups
                    postern: spf-refresh: 3 domains: 2 ok, 0 partial, 1 failed; 0 added, 0 taken over, 0 removed

                    """)
            #expect(try dump() == before)
        }

        @Test(arguments: [false, true])
        func oneDomainCanBeRefreshedAlone(_ isServed: Bool) throws {
            try list(["bad.test", "down.test", "nored.test"])
            try add("203.0.113.11", comment: "AUTO-UPDATE: gone.test")
            try add("203.0.113.12", comment: "AUTO-UPDATE: bad.test")
            try add("203.0.113.13", comment: "AUTO-UPDATE: nored.test")
            try server.bring(isServed)
            let result = try refresh(["--once", "--domain", "Bad.Test"])
            #expect(result.status == 0)
            #expect(
                result.errorOutput.hasSuffix(
                    "postern: spf-refresh: 1 domain: 1 ok, 0 partial, 0 failed; 1 added, 0 taken over, 1 removed\n"))
            #expect(try rows() == ["bad.test|192.0.2.8", "gone.test|203.0.113.11", "nored.test|203.0.113.13"])
        }

        @Test func everyMistakeEndsWithStatusTwoAndOneLine() throws {
            try list(["bad.test"])
            let cases: [(options: [String], line: String)] = [
                (
                    ["--once", "--dns", "localhost"],
                    "localhost is no name server; write 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53; see postern spf-refresh --help"
                ),
                (
                    ["--once", "--resolver", "192.0.2.1:x"],
                    "192.0.2.1:x is no name server; write 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53; see postern spf-refresh --help"
                ),
                (["--once", "--domain", "@bad.test"], "@bad.test is no domain name; see postern spf-refresh --help"),
                (["--once", "--domain", "other.test"], "other.test is not listed"),
                (
                    ["--once", "--time-limit", "0"],
                    "--time-limit: 0 is no number of seconds from 1 to 86400; see postern spf-refresh --help"
                ),
                (
                    ["--once", "--socket", String(repeating: "/x", count: 54)],
                    "\(String(repeating: "/x", count: 54)) is too long for a socket's path (107 bytes)"
                ),
                (["--onse"], "there is no option --onse; see postern spf-refresh --help"),
                (["--once", "extra"], "no operand extra is expected; see postern spf-refresh --help"),
            ]
            for (options, line) in cases {
                let result = try refresh(options)
                #expect(result.status == 2, "\(options)")
                #expect(result.errorOutput == "postern: spf-refresh: \(line)\n", "\(options)")
            }
            let nowhere = try PosternProgram.run(["spf-refresh", "--once", "--state", "/nonexistent"])
            #expect(nowhere.status == 2 && nowhere.errorOutput.contains("/nonexistent"))
            try server.postern.write(settings: ["SPF_LOOKUP_LIMIT = 101"])
            let settings = try refresh()
            #expect(settings.status == 2 && settings.errorOutput.contains("a whole number from 1 to 100"))
            #expect(try rows() == [])
        }

        @Test func theSettingsNameServersAndLimit() throws {
            try list(["chain.test"])
            let other = try NameServer(zones: [:])
            try server.postern.write(settings: [
                "SPF_DNS_SERVERS = ['\(other.address)', '\(names.address)']", "SPF_LOOKUP_LIMIT = 3",
            ])
            let result = try server.tool(["spf-refresh", "--once"])
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(try rows() == ["chain.test|10.0.0.1", "chain.test|10.0.0.2", "chain.test|10.0.0.3"])
            // Options take the place of the setting, both spellings together.
            let given = try server.tool(["spf-refresh", "--once", "--dns", other.address, "--resolver", other.address])
            #expect(given.status == 1 && given.errorOutput.contains("failed (chain.test TXT: REFUSED)"))
        }

        @Test func theServicesOwnUserMayRunIt() throws {
            try list(["bad.test"])
            for isServed in [true, false] {
                try server.bring(isServed)
                let result = try refresh(as: Accounts.service)
                #expect(result.status == 0, "\(result.errorOutput)")
            }
            #expect(try refresh().status == 0)
            #expect(try refresh(as: Accounts.service).status == 0)
            #expect(try server.postern.check().status == 0)
            let result = try refresh(as: ProcessUser.stranger(in: 64_999))
            #expect(result.status == 2 && result.errorOutput.split(separator: "\n").count == 1)
        }

        @Test func onlyOneRunsAtATime() throws {
            try list(["bad.test"])
            try server.bring(true)
            let silent = try SilentPort()
            let (process, log) = try start([
                "--once", "--dns", silent.address, "--dns", silent.address, "--dns", silent.address,
            ])
            #expect(Program.wait(atMost: .seconds(8)) { silent.hasReceived })
            let second = try refresh()
            #expect(second.status == 2)
            #expect(
                second.errorOutput
                    == "postern: spf-refresh: another spf-refresh is at work on \(server.postern.state)\n")
            // One that would stay does not.
            let (third, thirdLog) = try start(["--dns", names.address], log: "third")
            #expect(third.exitStatus(within: .seconds(5)) == 2)
            #expect(text(thirdLog) == second.errorOutput)
            // What writes nothing is in nobody's way.
            #expect(try refresh(["--dry-run"]).output == "bad.test\t192.0.2.8\n")
            #expect(process.exitStatus(within: .seconds(15)) == 1)
            #expect(text(log).contains("bad.test: failed (bad.test TXT: no answer in time)"))
            #expect(try refresh().status == 0)
        }

        @Test func withoutOnceItStaysAndLetsOthersRunMeanwhile() throws {
            try list(["bad.test", "down.test"])
            let (process, log) = try start(["--dns", names.address])
            #expect(Program.wait(atMost: .seconds(10)) { text(log).contains("2 domains: 1 ok, 0 partial, 1 failed") })
            #expect(try rows() == ["bad.test|192.0.2.8"])
            usleep(200_000)
            #expect(process.isRunning)
            // The server starts while it sleeps, and another one may run.
            try server.bring(true)
            #expect(try refresh(["--once", "--domain", "bad.test"]).status == 0)
            #expect(process.isRunning)
            #expect(process.stop() == 128 + SIGTERM)
        }

        /// nsd refuses what it does not know, and then a server that never answers is asked, twice for a second.
        private func withSilence(_ silent: SilentPort) -> [String] {
            ["--once", "--dns", names.address, "--dns", silent.address]
        }

        @Test func aDomainIsWrittenAsSoonAsItIsResolved() throws {
            try list(["bad.test", "silent.test"])
            try server.bring(true)
            let silent = try SilentPort()
            let (process, log) = try start(withSilence(silent))
            #expect(try Program.wait(atMost: .seconds(8)) { try rows() == ["bad.test|192.0.2.8"] })
            #expect(process.isRunning && !text(log).contains("silent.test"))
            #expect(process.exitStatus(within: .seconds(10)) == 1)
        }

        /// Two seconds each, so that no run comes to the end; the others' turn comes nevertheless.
        @Test(arguments: [false, true])
        func silentDomainsKeepNobodysTurnFromComing(_ isServed: Bool) throws {
            let silentDomains = (1...6).map { "a\($0).test" }
            try list(silentDomains + ["bad.test", "nored.test"])
            try server.bring(isServed)
            let silent = try SilentPort()
            var said = ""
            for run in 1...4 where try rows().count < 2 {
                let start = ContinuousClock.now
                let result = try server.tool(["spf-refresh", "--time-limit", "3"] + withSilence(silent))
                #expect(result.status == 1)
                #expect(ContinuousClock.now - start < .seconds(7), "run \(run)")
                said += result.errorOutput
            }
            #expect(said.contains("; the time is over, 6 left for the next run\n"))
            #expect(try rows() == ["bad.test|192.0.2.8", "nored.test|192.0.2.7"])
            for domain in silentDomains { #expect(said.contains("postern: \(domain): failed"), "theirs too") }
        }

        @Test func aRunThatIsKilledIsGoneOnWithBehindItsDomain() throws {
            try list(["a.test", "bad.test", "nored.test"])
            try server.bring(true)
            let silent = try SilentPort()
            let (process, _) = try start(withSilence(silent))
            #expect(Program.wait(atMost: .seconds(8)) { silent.hasReceived })
            #expect(process.stop(SIGKILL) == 128 + SIGKILL)
            let result = try server.tool(["spf-refresh"] + withSilence(silent))
            let order = result.errorOutput.split(separator: "\n").compactMap {
                $0.split(separator: ":").dropFirst().first
            }
            #expect(order == [" bad.test", " nored.test", " a.test", " spf-refresh"])
        }

        /// The domain that gives a sender up comes after the one that goes on with it, in the order of this run.
        @Test(arguments: [false, true])
        func inWhateverOrderASenderEndsWithItsFirstDomain(_ isServed: Bool) throws {
            try list(["bad.test", "nored.test", "redir.test"])
            try server.bring(isServed)
            try names.change("nored.test", to: ["@ IN TXT \"v=spf1 ip4:192.0.2.8 ip4:192.0.2.7 -all\""])
            _ = try refresh()
            #expect(try rows() == ["bad.test|192.0.2.8", "nored.test|192.0.2.7", "redir.test|192.0.2.128/25"])
            try names.change("bad.test", to: ["@ IN TXT \"v=spf1 ip4:192.0.2.128/25 -all\""])
            let lock = "\(server.postern.state)/api/spf-refresh.lock"
            try "bad.test\n".write(toFile: lock, atomically: false, encoding: .utf8)
            let result = try refresh()
            #expect(result.status == 0)
            #expect(result.errorOutput.hasPrefix("postern: nored.test:"))
            #expect(try rows() == ["bad.test|192.0.2.128/25", "nored.test|192.0.2.7", "nored.test|192.0.2.8"])
            // All had their turn: from the front again.
            #expect(try refresh().errorOutput.hasPrefix("postern: bad.test:"))
        }

        @Test func oneThatOnlyAsksAServerIsNeverTheWriter() throws {
            try list(["bad.test"])
            try server.bring(false)
            let (process, log) = try start(["--once", "--dns", names.address, "--socket", server.socket])
            #expect(Program.wait(atMost: .seconds(5)) { text(log).contains("; waiting for it") })
            #expect(
                text(log)
                    == "postern: cannot reach the server at \(server.socket): No such file or directory; waiting for it\n"
            )
            try server.bring(true)
            #expect(process.exitStatus(within: .seconds(10)) == 0)
            #expect(try rows() == ["bad.test|192.0.2.8"])
        }

        @Test(arguments: [false, true])
        func theServerMayStartOrStopDuringARun(_ isServed: Bool) throws {
            try list(["bad.test", "nored.test"])
            try server.bring(isServed)
            let silent = try SilentPort()
            let (process, log) = try start(["--once", "--dns", silent.address, "--dns", names.address])
            #expect(Program.wait(atMost: .seconds(8)) { silent.hasReceived })
            try server.bring(!isServed)
            #expect(process.exitStatus(within: .seconds(15)) == 0)
            #expect(text(log).hasSuffix("; 2 added, 0 taken over, 0 removed\n"), "\(text(log))")
            #expect(try rows() == ["bad.test|192.0.2.8", "nored.test|192.0.2.7"])
        }
    }
}
