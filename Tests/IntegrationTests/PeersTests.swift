import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// Peers that keep to the protocol, but are too many, not allowed, or of two minds about their body.
    struct PeersTests {
        private let postern: RunningPostern

        init() throws { postern = try RunningPostern() }

        @Test func manyHundredSilentConnectionsKeepNobodyOut() throws {
            let process = try #require(postern.process)
            try postern.expectService("before the flood")
            let descriptors = process.descriptors
            var peers: [FastCGIClient] = []
            for number in 1...700 {
                peers.append(try FastCGIClient(postern.socket, limit: 10))
                if number.isMultiple(of: 50) { try postern.expectService("beside \(number) connections") }
                #expect(process.descriptors <= descriptors + 270)
            }
            for peer in peers.prefix(400) { #expect(try peer.rest() == [], "the oldest are dropped") }
            peers = []
            #expect(Program.wait(atMost: .seconds(10)) { process.descriptors <= descriptors })
            try postern.expectService("after the flood")
        }

        @Test func manyConnectionsWithHalfARequestKeepNobodyOut() throws {
            let half = Array(Records.request(Records.usual()).dropLast(8))
            let peers = try (0..<600).map { _ in
                let peer = try FastCGIClient(postern.socket, limit: 10)
                try? peer.send(half)
                return peer
            }
            try postern.expectService("beside them")
            #expect(peers.count == 600)
        }

        @Test func whoLeavesRightAfterTheRequestIsForgotten() throws {
            let process = try #require(postern.process)
            try postern.expectService("before")
            let descriptors = process.descriptors
            let peers = try (0..<60).map { _ in
                let peer = try FastCGIClient(postern.socket, limit: 10)
                try peer.send(Records.request(Records.usual()))
                peer.finishSending()
                #expect(try peer.answer()?.contains("LOGIN_REQUIRED") == true)
                return peer
            }
            #expect(Program.wait(atMost: .seconds(10)) { process.descriptors <= descriptors })
            #expect(peers.count == 60)
        }

        @Test func anotherUserIsDroppedUnread() throws {
            chmod(postern.socket, 0o666)
            let request = "\(postern.directory.path)/request"
            let login = Array("username=\(RunningPostern.admin)&password=\(RunningPostern.password)".utf8)
            let usual = Records.usual("POST", "/api/login", length: "\(login.count)")
            try Data(Records.request(usual, body: login, keep: false)).write(to: URL(fileURLWithPath: request))
            let script = try postern.directory.write(
                "client.pl",
                """
                use IO::Socket::UNIX; binmode STDIN; binmode STDOUT; alarm 8; local $/; my $request = <STDIN>;
                my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "connect: $!"; $SIG{PIPE} = 'IGNORE';
                print $socket $request; $socket->flush; print "answer:", scalar <$socket>;

                """)
            let command = ["-c", "exec perl \(script) \(postern.socket) < \(request)"]
            let nobody = try #require(ProcessUser(named: "nobody"))
            let refused = try Program.run("/bin/sh", command, as: nobody)
            #expect(refused.status == 0 && refused.output == "answer:", "\(refused.errorOutput)")
            #expect(postern.log.contains("peer of user id \(nobody.user)"))
            #expect(try postern.sql("SELECT count(*) FROM log WHERE event = 'login';") == "0\n")
            let served = try Program.run("/bin/sh", command)
            #expect(served.output.contains("_success"), "the same bytes from an allowed user")
            #expect(try postern.sql("SELECT count(*) FROM log WHERE event = 'login';") == "1\n")
        }

        /// Each would log in, were its body taken.
        @Test(arguments: [
            ("announced too short", "5", true), ("announced too long", "500", true), ("announced not at all", "", true),
            ("announced with a sign", "+LENGTH", true), ("announced with a space", " LENGTH", true),
            ("announced in hexadecimal", "0x40", true), ("announced negative", "-1", true),
            ("announced rightly", "LENGTH", false),
        ])
        func aBodyThatIsNotWhatWasAnnouncedIsRefused(_ name: String, _ length: String, _ isRefused: Bool) throws {
            let body = "username=\(RunningPostern.admin)&password=\(RunningPostern.password)"
            let announced = length.replacingOccurrences(of: "LENGTH", with: "\(body.utf8.count)")
            var pairs = Records.usual("POST", "/api/login", length: announced)
            pairs[3].value = "application/x-www-form-urlencoded"
            let client = try FastCGIClient(postern.socket)
            let answer = try client.exchange(Records.request(pairs, body: Array(body.utf8), keep: false))
            #expect(answer?.contains(#""_success": true"#) == !isRefused, "\(name)")
            #expect(try postern.sql("SELECT count(*) FROM sessions;", on: "api") == (isRefused ? "0\n" : "1\n"))
        }

        @Test func aBodyThatIsTooLongIsRefusedBeforeItsEnd() throws {
            let pairs = Records.usual("POST", "/api/login", length: "\(200 * 1024)")
            let client = try FastCGIClient(postern.socket)
            try client.send(Records.begin() + Records.stream(Records.parameters, Records.pairs(pairs)))
            try client.send(Records.record(Records.input, [UInt8](repeating: 65, count: 30_000)))
            let answer = try client.answer()
            #expect(answer?.contains("Status: 413") == true && answer?.contains("INVALID_PARAMETER") == true)
            try postern.expectService("after it")
        }

        @Test(arguments: ["REQUEST_METHOD", "REQUEST_URI", "REMOTE_ADDR", "CONTENT_LENGTH"])
        func aParameterThatDecidesMayNotBeRepeatedOrMissing(_ name: String) throws {
            let body = Array("username=\(RunningPostern.admin)&password=\(RunningPostern.password)".utf8)
            let usual = Records.usual("POST", "/api/login", length: "\(body.count)")
            let repeated = usual + usual.filter { $0.name == name }
            for pairs in [repeated, usual.filter { $0.name != name }] {
                let answer = try FastCGIClient(postern.socket).exchange(Records.request(pairs, body: body, keep: false))
                #expect(answer?.contains(#""_success": true"#) != true)
            }
            try postern.expectService("after it")
        }
    }
}
