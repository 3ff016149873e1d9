import FastCGI
import Gateway
import Glibc
import Testing

extension SocketTests {
    /// Peers that send nonsense, or nothing, or come in numbers.
    @Suite struct HostilePeerTests {
        @Test(arguments: RecordScannerTests.bad)
        func areDroppedUnanswered(_ request: NamedBytes) throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let peer = try running.peer()
            // The connection may be gone before all is sent.
            try? peer.send(request.bytes)
            #expect(try peer.answer() == nil)
            #expect(running.requests.all.isEmpty)
            #expect(try running.peer().exchange(Wire.request()) != nil, "others are served")
            let defect = try #require(request.defect)
            #expect(running.log.all == ["a connection was dropped: \(defect.rawValue)"])
        }

        /// Urgent bytes are taken out of the stream and put back in by the kernel, depending on who looks when.
        @Test(arguments: [RunningResponder.Place.local, .tcp4])
        func withUrgentBytesCannotShowLibfcgiOtherBytesThanWereVetted(_ place: RunningResponder.Place) throws {
            let running = try RunningResponder(place)
            defer { running.stop() }
            let request = Wire.request()
            for step in [1, 50, request.count] {
                let peer = try running.peer()
                for start in stride(from: 0, to: request.count, by: step) {
                    let piece = Array(request[start..<min(start + step, request.count)])
                    if send(peer.descriptor, piece, piece.count, Int32(MSG_OOB | MSG_NOSIGNAL)) < 0 { break }
                }
                // Dropped or served, but nothing in between.
                if let answer = try peer.answer() {
                    #expect(answer.body == "GET /api/domain/example.com?x=1 192.0.2.7 0 sound")
                }
            }
            #expect(try running.peer().exchange(Wire.request()) != nil)
            #expect(running.responder.statistics.aborted == 0)
        }

        @Test func areDroppedInTheMiddleOfAKeptConnection() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let peer = try running.peer()
            #expect(try peer.exchange(Wire.request()) != nil)
            #expect(try peer.exchange(Wire.begin() + Wire.begin()) == nil)
        }

        @Test(arguments: [RunningResponder.Place.local, .tcp4])
        func thatAreSilentAreDroppedAndHoldNoWorker(_ place: RunningResponder.Place) throws {
            let running = try RunningResponder(place, workers: 1)
            defer { running.stop() }
            let request = Wire.post(Array("name=x".utf8))
            let silent = try [0, 4, 20, request.count - 1].map { count in
                let peer = try running.peer()
                try peer.send(Array(request.prefix(count)))
                return peer
            }
            let start = ContinuousClock.now
            #expect(try running.peer().exchange(Wire.request()) != nil)
            #expect(ContinuousClock.now - start < .milliseconds(250), "served while the others are still there")
            for peer in silent { #expect(try peer.seesClose()) }
            #expect(ContinuousClock.now - start < .seconds(2))
            #expect(running.responder.statistics.timeouts == 4)
            #expect(running.requests.all.count == 1)
        }

        @Test func thatDribbleAreDroppedAfterTheWholeTime() throws {
            let running = try RunningResponder(workers: 1)
            defer { running.stop() }
            let peer = try running.peer()
            let start = ContinuousClock.now
            for byte in Wire.request() {
                // Until the connection is gone.
                guard (try? peer.send([byte])) != nil, ContinuousClock.now - start < .seconds(3) else { break }
                usleep(50_000)
            }
            #expect(try peer.seesClose())
            let taken = ContinuousClock.now - start
            #expect(taken > .milliseconds(600) && taken < .seconds(2), "\(taken)")
            #expect(running.responder.statistics.timeouts == 1)
        }

        /// No peer, but ourselves: all workers were busy when the rest, or the whole request, arrived.
        @Test func areNotThoseForWhomNobodyHadTime() throws {
            let running = try RunningResponder(workers: 1) { request, answer in
                if request.target == "/slow" { usleep(1_200_000) }
                answer(Response(headers: [("Content-Type", "text/plain")], body: .bytes(Array("done".utf8))))
            }
            defer { running.stop() }
            let (slow, whole, half) = (try running.peer(), try running.peer(), try running.peer())
            let request = Wire.get("/quick")
            try half.send(Array(request[..<20]))
            #expect(eventually { running.responder.statistics.waiting >= 2 })
            try slow.send(Wire.get("/slow"))
            #expect(eventually { !running.requests.all.isEmpty })
            // After this the time limits are looked at before the bytes.
            usleep(200_000)
            try half.send(Array(request[20...]))
            try whole.send(request)
            for peer in [slow, whole, half] { #expect(try peer.answer()?.body == "done") }
            #expect(running.responder.statistics.timeouts == 0)
        }

        @Test func thatCloseEarlyLeaveNothingBehind() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            for count in [0, 5, 60] {
                let peer = try running.peer()
                try peer.send(Array(Wire.request().prefix(count)))
            }
            #expect(eventually { running.isQuiet })
            #expect(running.responder.statistics.timeouts == 0)
        }

        @Test func mayKeepAConnectionIdleForAWhile() throws {
            var limits = ResponderLimits.quick
            limits.idle = .milliseconds(900)
            let running = try RunningResponder(limits: limits)
            defer { running.stop() }
            let peer = try running.peer()
            _ = try peer.exchange(Wire.request())
            usleep(500_000)
            #expect(try peer.exchange(Wire.request()) != nil, "longer than an incomplete request may be silent")
            #expect(try peer.seesClose())
            #expect(running.responder.statistics.idleClosed == 1)
        }

        @Test func beyondTheLimitPushOutThoseThatWaitLongest() throws {
            var limits = ResponderLimits.quick
            limits.waitingConnections = 8
            limits.silence = .seconds(60)
            // One worker: what others have in hand comes on top of the limit.
            let running = try RunningResponder(workers: 1, limits: limits)
            defer { running.stop() }
            var peers: [Peer] = []
            for number in 1...20 {
                peers.append(try running.peer())
                #expect(eventually { running.responder.statistics.connections == number })
                #expect(eventually { running.responder.statistics.inHand == 0 })
            }
            #expect(running.responder.statistics.waiting == 8)
            #expect(running.responder.statistics.evicted == 12)
            for peer in peers[..<12] { #expect(try peer.seesClose()) }
            for peer in peers[12...] { #expect(try peer.exchange(Wire.request()) != nil) }
        }

        @Test func floodingConnectionsDoNotKeepOthersOut() throws {
            var limits = ResponderLimits.quick
            limits.waitingConnections = 64
            let running = try RunningResponder(limits: limits)
            defer { running.stop() }
            var flood: [Peer] = []
            for round in 0..<10 {
                flood += try (0..<40).map { _ in try running.peer() }
                #expect(try running.peer().exchange(Wire.request()) != nil, "round \(round)")
            }
            // What the two workers have in hand when one is let in comes on top of the limit.
            #expect(running.responder.statistics.waiting <= 64 + 2)
        }

        @Test func arePushedOutButNotWhoseRequestIsThere() throws {
            var limits = ResponderLimits.quick
            limits.waitingConnections = 8
            limits.silence = .seconds(60)
            let running = try RunningResponder(workers: 1, limits: limits) { request, answer in
                if request.target == "/long" { usleep(300_000) }
                answer(Response(body: .bytes(Array("served".utf8))))
            }
            defer { running.stop() }
            let long = try running.peer()
            try long.send(Wire.get("/long"))
            let crowd = try (0..<40).map { _ in
                let peer = try running.peer()
                try peer.send(Wire.request())
                return peer
            }
            for peer in [long] + crowd { #expect(try peer.answer()?.body == "served") }
            #expect(eventually { running.responder.statistics.served == 41 })
        }

        @Test func ofAnotherUserAreClosedUnread() throws {
            let running = try RunningResponder(allowing: { $0 != getuid() })
            defer { running.stop() }
            for _ in 0..<5 {
                let peer = try running.peer()
                // The connection may be gone already.
                try? peer.send(Wire.request())
                #expect(try peer.seesClose())
            }
            #expect(running.requests.all.isEmpty)
            #expect(running.responder.statistics.refusedPeers == 5)
            #expect(running.responder.statistics.connections == 0)
            #expect(running.log.all == ["a connection was refused: peer of user id \(getuid())"])
        }
    }
}
