import FastCGI
import Gateway
import Glibc
import Testing

extension SocketTests {
    /// Answers that nobody reads. A thread that is no worker answers for everybody, so it never waits for one peer: it
    /// gives a short answer to a peer with room for it, and closes any other connection.
    @Suite struct UnreadAnswerTests {
        private static let places = [RunningResponder.Place.local, .tcp4]
        private static let type = (name: "Content-Type", value: "text/plain")
        /// Bytes of the head of an answer with that header alone.
        private static let head = "Content-Type: text/plain\r\n\r\n".utf8.count
        /// Of head and body together, from another thread.
        private static let longest = 4096

        private static func letters(_ count: Int) -> [UInt8] { [UInt8](repeating: 97, count: count) }

        private static func answer(bytes: Int) -> Response {
            Response(headers: [type], body: .bytes(letters(bytes - head)))
        }

        /// Waits far longer than a busy machine takes.
        private func soon(_ condition: () -> Bool) -> Bool {
            for _ in 0..<6 where eventually(condition) { return true }
            return false
        }

        @Test(arguments: places)
        func sixtyFourPeersThatNeverReadAreClosedAndHoldNobodyUp(_ place: RunningResponder.Place) throws {
            let running = try AnsweringElsewhere(place) { target in
                target == "/deaf" ? Self.answer(bytes: 4000) : Response(headers: [Self.type], body: .bytes([98]))
            }
            defer { running.stop() }
            do {
                let deaf = try (0..<64).map { _ in try running.peer() }
                for peer in deaf {
                    var room: Int32 = 16 * 1024
                    setsockopt(peer.descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
                }
                try ask(deaf, besides: running.peer(), running)
                // By TCP the end comes behind what is still on its way, as slowly as their small windows let it.
                if place == .local { for peer in deaf { #expect(try peer.seesClose()) } }
            }
            #expect(running.responder.statistics.aborted == 64)
        }

        /// Has the deaf peers ask again and again, each when its last request has been answered, until all are closed.
        private func ask(_ deaf: [Peer], besides other: Peer, _ running: AnsweringElsewhere) throws {
            var asked = 0
            var rounds = 0
            while running.responder.statistics.aborted < 64 {
                asked += 64 - running.responder.statistics.aborted
                rounds += 1
                try #require(rounds < 1000, "they are never full")
                // Those that are closed already refuse it, or take it for nobody.
                for peer in deaf { try? peer.send(Wire.get("/deaf")) }
                #expect(try other.exchange(Wire.get("/other"))?.body == "b")
                try #require(soon { running.answered.all.count == asked + rounds })
            }
            for _ in 0..<20 { #expect(try other.exchange(Wire.get("/other"))?.body == "b") }
            #expect(soon { running.responder.statistics.inHand == 0 && running.responder.statistics.waiting == 1 })
        }

        @Test(arguments: places)
        func oneOfTheLongestFromAnotherThreadArrivesWhole(_ place: RunningResponder.Place) throws {
            let running = try AnsweringElsewhere(place) { _ in Self.answer(bytes: Self.longest) }
            defer { running.stop() }
            let peer = try running.peer()
            for id in 1...3 as ClosedRange<UInt16> {
                let output = try peer.exchange(Wire.request(id: id))?.output
                #expect(output?.count == Self.longest)
            }
            #expect(running.log.all.isEmpty)
            #expect(running.responder.statistics.aborted == 0)
        }

        @Test(arguments: places, [longest + 1, 100_000, 5_000_000])
        func aLongerOneFromAnotherThreadClosesTheConnectionAndIsReported(
            _ place: RunningResponder.Place, _ length: Int
        ) throws {
            let running = try AnsweringElsewhere(place) { target in
                Self.answer(bytes: target == "/long" ? length : 100)
            }
            defer { running.stop() }
            let peer = try running.peer()
            #expect(try peer.exchange(Wire.get("/short"))?.output.count == 100)
            #expect(try peer.exchange(Wire.get("/long", id: 2)) == nil)
            #expect(soon { running.answered.all == ["/short", "/long"] })
            #expect(running.log.all.count == 1)
            #expect(running.responder.statistics.aborted == 1)
            #expect(try running.peer().exchange(Wire.get("/short"))?.output.count == 100, "others are served")
        }

        @Test(arguments: places)
        func aLongerStreamFromAnotherThreadClosesTheConnectionAndIsReported(_ place: RunningResponder.Place) throws {
            let running = try AnsweringElsewhere(place) { _ in
                Response(
                    headers: [Self.type],
                    body: .stream { send in for _ in 0..<5 { try send(Self.letters(1000)) } })
            }
            defer { running.stop() }
            #expect(try running.peer().exchange(Wire.request()) == nil)
            #expect(soon { running.answered.all.count == 1 })
            #expect(running.log.all.count == 1)
            #expect(running.responder.statistics.aborted == 1)
        }

        /// The head counts as well: a short body does not make an answer short.
        @Test(arguments: places)
        func aLongHeadFromAnotherThreadCountsToo(_ place: RunningResponder.Place) throws {
            let running = try AnsweringElsewhere(place) { _ in
                Response(headers: [Self.type, ("X-Long", String(repeating: "x", count: Self.longest))])
            }
            defer { running.stop() }
            #expect(try running.peer().exchange(Wire.request()) == nil)
            #expect(soon { running.answered.all.count == 1 })
            #expect(running.log.all.count == 1)
        }

        @Test(arguments: places)
        func oneOfTheWorkerMayBeLongAndWaitsForItsReader(_ place: RunningResponder.Place) throws {
            let length = 20_000_000
            let running = try RunningResponder(place, workers: 1, limits: ResponderLimits()) { _, answer in
                answer(Self.answer(bytes: length))
            }
            defer { running.stop() }
            let peer = try running.peer()
            try peer.send(Wire.request())
            // No socket holds so much: when it has begun to arrive, the worker waits.
            var entry = pollfd(fd: peer.descriptor, events: Int16(POLLIN), revents: 0)
            #expect(poll(&entry, 1, 30_000) == 1)
            #expect(running.responder.statistics.inHand == 1)
            #expect(try peer.answer()?.output.count == length)
            #expect(soon { running.responder.statistics.served == 1 })
            #expect(running.log.all.isEmpty)
        }
    }
}
