import Glibc
import Support
import Testing

extension IntegrationTests {
    /// Peers that take their time, in all the ways there are, many of each at once: others do not wait.
    struct SlowPeersTests {
        private let postern: RunningPostern

        init() throws { postern = try RunningPostern() }

        /// What a peer sends at once, and what bit by bit after that.
        private struct Kind {
            let name: String
            let atOnce: [UInt8]
            let dribbled: [UInt8]
        }

        private static let kinds: [Kind] = {
            let whole = Records.request(Records.usual("GET", "/api/health"))
            let body = [UInt8](repeating: 65, count: 2000)
            let posting = Records.usual("POST", "/api/login", length: "2000")
            let head = Records.begin() + Records.stream(Records.parameters, Records.pairs(posting))
            return [
                Kind(name: "silent from the start", atOnce: [], dribbled: []),
                Kind(name: "silent after half a header", atOnce: Array(whole.prefix(5)), dribbled: []),
                Kind(
                    name: "dribbling parameters", atOnce: Array(whole.prefix(20)),
                    dribbled: Array(whole.dropFirst(20))),
                Kind(name: "silent before the body", atOnce: head, dribbled: []),
                Kind(name: "dribbling a body", atOnce: head, dribbled: Records.stream(Records.input, body)),
                Kind(name: "asking and never reading", atOnce: whole + whole + whole, dribbled: whole),
            ]
        }()

        @Test(.timeLimit(.minutes(5))) func ofSixKindsHoldNobodyUp() throws {
            let process = try #require(postern.process)
            let count = Soak.size(24, whole: 64, "POSTERN_SLOW_PEERS")
            let descriptors = process.descriptors
            var peers: [(kind: Kind, peer: FastCGIClient)] = []
            func arrive() throws {
                peers = try (0..<count * Self.kinds.count).map { number in
                    let kind = Self.kinds[number % Self.kinds.count]
                    let peer = try FastCGIClient(postern.socket, limit: 5)
                    // Some are dropped as they come: there are more than may wait.
                    try? peer.send(kind.atOnce)
                    return (kind, peer)
                }
            }
            try arrive()
            var worst = Duration.zero
            var requests = 0
            var sent = 0
            let begin = ContinuousClock.now
            while ContinuousClock.now - begin < .seconds(Soak.size(8, whole: 60, "POSTERN_SLOW_SECONDS")) {
                for (kind, peer) in peers where sent < kind.dribbled.count { try? peer.send([kind.dribbled[sent]]) }
                sent += 1
                // Those that were cut off are followed by others.
                if sent % 40 == 0 { try arrive() }
                for _ in 0..<5 {
                    let asked = ContinuousClock.now
                    let answer = try FastCGIClient(postern.socket, limit: 5)
                        .exchange(Records.request(Records.usual("GET", "/api/health")))
                    worst = max(worst, ContinuousClock.now - asked)
                    requests += 1
                    #expect(answer?.contains("\"_success\": true") == true, "\(answer ?? "no answer")")
                }
                usleep(100_000)
            }
            peers = []
            Soak.report(
                "slow peers: \(Self.kinds.count) kinds × \(count); \(requests) health requests, worst "
                    + "\(Int(worst / .milliseconds(1))) ms")
            #expect(worst <= .seconds(1))
            let areBack = Program.wait(atMost: .seconds(40)) { process.descriptors <= descriptors }
            #expect(areBack, "\(process.descriptors) descriptors after \(descriptors)")
            try postern.expectService("after all")
        }
    }
}
