import Glibc
import Support
import Testing

extension IntegrationTests {
    /// Whoever may reach the socket may send what he likes: the process lives, and others are served.
    struct HostilePeersTests {
        private let postern: RunningPostern

        init() throws { postern = try RunningPostern() }

        @Test func areDroppedUnansweredWhenTheirRecordsAreMalformed() throws {
            for attack in MalformedRecords.all {
                let peer = try FastCGIClient(postern.socket, limit: 5)
                // It may be gone before the last byte is sent.
                try? peer.send(attack.bytes)
                #expect(try peer.rest() == [], "\(attack.testDescription)")
                try postern.expectService("after \(attack.testDescription)")
            }
            #expect(postern.process?.isRunning == true)
        }

        @Test func leaveNoTraceAfterThousandsOfAttacks() throws {
            let process = try #require(postern.process)
            let attacks = MalformedRecords.all + MalformedRecords.cutShort
            func attack(rounds: Int) throws {
                for _ in 0..<rounds {
                    for attack in attacks {
                        let peer = try FastCGIClient(postern.socket, limit: 5)
                        try? peer.send(attack.bytes)
                        peer.finishSending()
                        _ = try peer.rest()
                    }
                    try postern.expectService("in between")
                }
            }
            try attack(rounds: 10)
            let (memory, descriptors) = (process.residentMemory, process.descriptors)
            try attack(rounds: 80)
            #expect(process.isRunning)
            #expect(process.residentMemory < memory + 2048, "KiB, before \(memory)")
            #expect(Program.wait(atMost: .seconds(2)) { process.descriptors <= descriptors }, "before \(descriptors)")
        }

        @Test(.timeLimit(.minutes(40))) func mayChangeAnyByteOfARequest() throws {
            let process = try #require(postern.process)
            let count = Soak.size(3000, whole: 100_000, "POSTERN_MALFORMED")
            var before = (memory: 0, descriptors: 0)
            var random = SeededNumbers()
            print("seed \(random.seed): POSTERN_SEED=\(random.seed) repeats the changes")
            let valid = Records.request(
                Records.usual("POST", "/api/login", length: "30"), body: [UInt8](repeating: 65, count: 30))
            for number in 0..<count {
                // What is made once, on first use, is there by then.
                if number == 1000 { before = (process.residentMemory, process.descriptors) }
                var bytes = valid
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                    case 2: bytes.remove(at: place)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                    }
                }
                let peer = try FastCGIClient(postern.socket, limit: 5)
                try? peer.send(bytes)
                peer.finishSending()
                // Some are requests still, and answered.
                _ = try peer.answer()
            }
            #expect(process.isRunning)
            try postern.expectService("after all")
            let memory = process.residentMemory
            Soak.report(
                "\(count) malformed requests, seed \(random.seed): memory \(before.memory) to \(memory) KiB, "
                    + "descriptors \(before.descriptors) to \(process.descriptors)")
            #expect(memory < before.memory + before.memory / 10)
            #expect(Program.wait(atMost: .seconds(2)) { process.descriptors <= before.descriptors })
        }

        @Test func cannotKeepOthersOutByBeingSlow() throws {
            let process = try #require(postern.process)
            let half = MalformedRecords.cutShort.map(\.bytes)
            let silent = try (0..<120).map { number in
                let peer = try FastCGIClient(postern.socket, limit: 10)
                try peer.send(half[number % half.count])
                return peer
            }
            let whole = Records.request(Records.usual())
            let dribblers = try (0..<40).map { _ in try FastCGIClient(postern.socket, limit: 40) }
            let begin = ContinuousClock.now
            var sent = 0
            while ContinuousClock.now - begin < .seconds(33) {
                // A byte at a time, each in time, and the last but one repeatedly cut off by the limit of the whole.
                if sent < whole.count - 1 {
                    for dribbler in dribblers { try? dribbler.send([whole[sent]]) }
                    sent += 1
                }
                try postern.expectService("beside slow peers")
                usleep(400_000)
                if sent == 16 {
                    for peer in silent { #expect(try peer.rest() == [], "closed after five seconds of silence") }
                    #expect(ContinuousClock.now - begin < .seconds(12))
                }
            }
            for dribbler in dribblers { #expect(try dribbler.rest() == [], "closed after thirty seconds") }
            #expect(ContinuousClock.now - begin < .seconds(36))
            #expect(process.isRunning)
        }
    }
}

extension RunningPostern {
    /// Whether somebody who does everything right is served, at once.
    func expectService(
        _ when: Comment, within limit: Duration = .seconds(1), sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let begin = ContinuousClock.now
        let answer = try FastCGIClient(socket, limit: 5).exchange(Records.request(Records.usual()))
        #expect(answer?.contains("LOGIN_REQUIRED") == true, when, sourceLocation: sourceLocation)
        #expect(ContinuousClock.now - begin < limit, when, sourceLocation: sourceLocation)
    }
}
