import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// `postern verify-domains` with a real name server.
    @Suite(.enabled(if: NameServer.isInstalled, "needs nsd"))
    struct VerifyDomainsTests {
        private let server: OperatorServer
        /// Of an admin who may create domains and manages own.example.
        private let cookie: String

        init() throws {
            server = try OperatorServer(settings: ["SPF_QUERY_TIMEOUT = 1"])
            try server.addUser("anna", in: "own.example")
            try server.succeed(
                ["admin", "create", "dan@office.example", "--domains", "own.example"], password: "Second-pw-1")
            _ = try server.postern.sql(
                "UPDATE admin SET settings = 'create_new_domains:yes;' WHERE username LIKE 'dan@%';")
            cookie = try #require(try server.logIn("dan@office.example", "Second-pw-1"))
        }

        /// Makes waiting domains, or with a colon waiting alias domains of own.example; their codes.
        private func wait(for names: [String]) throws -> [String: String] {
            try server.bring(true)
            var codes: [String: String] = [:]
            for name in names {
                let isAlias = name.hasPrefix(":")
                let domain = isAlias ? String(name.dropFirst()) : name
                let answer =
                    isAlias
                    ? try server.answer("PUT", "/api/domain/own.example", "addAliasDomain=\(domain)", cookie: cookie)
                    : try server.answer("POST", "/api/domain/\(domain)", "name=Test", cookie: cookie)
                #expect(answer.contains(#"{"_success": true}"#), "\(answer)")
                let column = isAlias ? "alias_domain" : "domain"
                codes[domain] = try server.postern.sql(
                    "SELECT verify_code FROM domain_ownership WHERE \(column) = '\(domain)';"
                ).trimmingCharacters(in: .newlines)
                #expect(try active(domain) == "0")
            }
            return codes
        }

        /// `1` or `0`; empty when there is no such domain or alias domain.
        private func active(_ domain: String) throws -> String {
            try server.postern.sql(
                """
                SELECT active FROM domain WHERE domain = '\(domain)';
                SELECT active FROM alias_domain WHERE alias_domain = '\(domain)';
                """
            ).trimmingCharacters(in: .newlines)
        }

        private func message(_ domain: String) throws -> String {
            try server.postern.sql(
                "SELECT verified || ' ' || message FROM domain_ownership WHERE domain = '\(domain)';"
            ).trimmingCharacters(in: .newlines)
        }

        private func verify(_ names: NameServer, _ options: [String] = []) throws -> Program.Result {
            try server.tool(["verify-domains", "--once", "--dns", names.address] + options)
        }

        @Test(arguments: [false, true])
        func whatIsProvenIsActivated(_ isServed: Bool) throws {
            let codes = try wait(for: ["new.test", ":alias.test"])
            let names = try NameServer(zones: [
                "new.test": ["@ IN TXT \"v=spf1 -all\"", "@ IN TXT \"\(try #require(codes["new.test"]))\""],
                // As some web pages for zones write it.
                "alias.test": [
                    "@ IN TXT \" \(try #require(codes["alias.test"]).prefix(20))\" \"\(try #require(codes["alias.test"]).dropFirst(20)) \""
                ],
            ])
            try server.bring(isServed)
            let result = try verify(names)
            #expect(result.status == 0)
            #expect(try active("new.test") == "1" && active("alias.test") == "1")
            #expect(result.errorOutput.contains("postern: new.test: verified\n"))
            #expect(result.errorOutput.contains("postern: alias.test: verified\n"))
            #expect(
                result.errorOutput.hasSuffix(
                    "postern: verify-domains: 2 domains asked for: 2 verified, 0 not, 0 without an answer; 0 expired\n")
            )
            for code in codes.values { #expect(!(result.errorOutput + server.log).contains(code)) }
            // Nothing waits any more.
            #expect(
                try verify(names).errorOutput
                    == "postern: verify-domains: 0 domains asked for: 0 verified, 0 not, 0 without an answer; 0 expired\n"
            )
        }

        @Test func whatIsNotProvenWaits() throws {
            let domains = ["none.test", "other.test", "alias-name.test", "down.test", "near.test"]
            let codes = try wait(for: domains)
            let near = try #require(codes["near.test"])
            let names = try NameServer(
                zones: [
                    "other.test": ["@ IN TXT \"\(near)\"", "sub IN TXT \"\(try #require(codes["other.test"]))\""],
                    "none.test": [],
                    // Not of the name itself: whoever has the other name would prove this one.
                    "test": [
                        "alias-name IN CNAME elsewhere",
                        "elsewhere IN TXT \"\(try #require(codes["alias-name.test"]))\"",
                    ],
                    "near.test": ["@ IN TXT \"\(near.dropLast())\"", "@ IN TXT \"\(near.uppercased())\""],
                ], broken: ["down.test"])
            let result = try verify(names)
            #expect(result.status == 1)
            for domain in domains { #expect(try active(domain) == "0", "\(domain)") }
            #expect(try message("none.test") == "0 no TXT record")
            #expect(try message("alias-name.test") == "0 no TXT record")
            #expect(try message("other.test") == "0 no TXT record with the code")
            #expect(try message("near.test") == "0 no TXT record with the code")
            #expect(try message("down.test") == "0 the name servers gave no answer; they are asked again")
            #expect(
                result.errorOutput.contains(
                    "postern: down.test: no answer (down.test TXT: SERVFAIL); asked again next time\n"))
            #expect(
                result.errorOutput.hasSuffix(
                    "postern: verify-domains: 5 domains asked for: 0 verified, 4 not, 1 without an answer; 0 expired\n")
            )
            for code in codes.values { #expect(!(result.errorOutput + server.log).contains(code)) }
            // Later it is there.
            try names.change("near.test", to: ["@ IN TXT \"\(near)\""])
            _ = try verify(names)
            #expect(try active("near.test") == "1" && active("other.test") == "0")
        }

        /// Two seconds each, and a second of time: those asked longest ago come first.
        @Test func silentNameServersKeepNobodyWaitingForEver() throws {
            let silentNames = ["a1.test", "a2.test", "a3.test"]
            let codes = try wait(for: silentNames + ["new.test"])
            let names = try NameServer(zones: ["new.test": ["@ IN TXT \"\(try #require(codes["new.test"]))\""]])
            let silent = try SilentPort()
            for run in 1...4 where try active("new.test") == "0" {
                let start = ContinuousClock.now
                #expect(try verify(names, ["--dns", silent.address, "--time-limit", "1"]).status == 1)
                #expect(ContinuousClock.now - start < .seconds(5), "run \(run)")
                // The server notes full seconds.
                usleep(1_000_000)
            }
            #expect(try active("new.test") == "1")
        }

        @Test func anExpiredClaimIsRemoved() throws {
            let codes = try wait(for: ["old.test"])
            let names = try NameServer(zones: ["old.test": ["@ IN TXT \"\(try #require(codes["old.test"]))\""]])
            _ = try server.postern.sql("UPDATE domain_ownership SET expire = 1 WHERE domain = 'old.test';")
            let result = try verify(names)
            #expect(result.status == 0)
            #expect(
                result.errorOutput
                    == "postern: verify-domains: 0 domains asked for: 0 verified, 0 not, 0 without an answer; 1 expired\n"
            )
            #expect(try active("old.test") == "")
        }

        @Test func onlyOneRunsAtATime() throws {
            _ = try wait(for: ["a1.test"])
            let names = try NameServer(zones: [:])
            let silent = try SilentPort()
            let process = try ChildProcess(
                [
                    PosternProgram.command, "verify-domains", "--once", "--state", server.postern.state, "--settings",
                    server.postern.settingsFile, "--dns", silent.address,
                ], log: "\(server.postern.directory.path)/first.log")
            #expect(Program.wait(atMost: .seconds(8)) { silent.hasReceived })
            let second = try verify(names)
            #expect(second.status == 2)
            #expect(
                second.errorOutput
                    == "postern: verify-domains: another verify-domains is at work on \(server.postern.state)\n")
            // The other tool is another business.
            #expect(try server.tool(["spf-refresh", "--once", "--dns", names.address]).status == 0)
            #expect(process.exitStatus(within: .seconds(10)) == 1)
        }
    }
}
