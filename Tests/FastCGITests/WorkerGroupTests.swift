import FastCGI
import Gateway
import Glibc
import Synchronization
import Testing
import Threads

extension SocketTests {
    /// A worker whose handler takes several requests at once.
    @Suite struct WorkerGroupTests {
        private final class Gate: Sendable {
            private let isOpen = Atomic(false)
            private let isReached = Atomic(false)

            var hasSomebody: Bool { isReached.load(ordering: .acquiring) }

            func open() { isOpen.store(true, ordering: .releasing) }

            /// Until it is open; ten seconds at most.
            func wait() {
                isReached.store(true, ordering: .releasing)
                for _ in 0..<10_000 where !isOpen.load(ordering: .acquiring) { usleep(1000) }
            }
        }

        /// One worker, which is kept busy by a request for `/held` until the gate is open.
        private struct BusyResponder {
            let running: RunningResponder
            let gate: Gate

            init(together: Int) throws {
                let gate = Gate()
                self.gate = gate
                running = try RunningResponder(workers: 1, together: together) { request, answer in
                    if request.target == "/held" { gate.wait() }
                    answer(Response(body: .bytes(Array(request.target.utf8))))
                }
            }
        }

        /// Peers whose connections are accepted, and the one that keeps the worker busy.
        private func peers(_ count: Int, of busy: BusyResponder) throws -> (peers: [Peer], holding: Peer) {
            let peers = try (0..<count).map { _ in try busy.running.peer() }
            for peer in peers { #expect(try peer.exchange(Wire.get("/before"))?.body == "/before") }
            let holding = try busy.running.peer()
            try holding.send(Wire.get("/held"))
            #expect(eventually { busy.gate.hasSomebody })
            return (peers, holding)
        }

        @Test(arguments: [(1, Array(repeating: 1, count: 10)), (4, [1, 4, 4, 1]), (16, [1, 9])])
        func whatHasArrivedIsHandledTogether(_ together: Int, _ groups: [Int]) throws {
            let busy = try BusyResponder(together: together)
            defer { busy.running.stop() }
            let (peers, holding) = try peers(9, of: busy)
            for (number, peer) in peers.enumerated() { try peer.send(Wire.get("/\(number)")) }
            busy.gate.open()
            #expect(try holding.answer()?.body == "/held")
            for (number, peer) in peers.enumerated() { #expect(try peer.answer()?.body == "/\(number)") }
            #expect(busy.running.groups.all.suffix(groups.count) == groups[...])
        }

        /// Half a request, a body that is missing, a peer that has gone and one that sends nonsense keep nobody waiting.
        @Test func whoIsNotReadyDoesNotJoin() throws {
            let busy = try BusyResponder(together: 16)
            defer { busy.running.stop() }
            let (peers, holding) = try peers(6, of: busy)
            try peers[0].send(Array(Wire.get("/half").prefix(20)))
            try peers[1].send(Wire.get("/1"))
            try peers[2].send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            shutdown(peers[3].descriptor, Int32(SHUT_RDWR))
            try peers[4].send(Array(Wire.post(Array("a=b".utf8)).dropLast(4)))
            try peers[5].send(Wire.get("/5"))
            busy.gate.open()
            #expect(try holding.answer()?.body == "/held")
            #expect(try peers[1].answer()?.body == "/1")
            #expect(try peers[5].answer()?.body == "/5")
            #expect(busy.running.groups.all.last == 2)
            #expect(try peers[2].seesClose())
            try peers[0].send(Array(Wire.get("/half").dropFirst(20)))
            #expect(try peers[0].answer()?.body == "/half")
        }

        @Test func aStopServesThem() throws {
            let busy = try BusyResponder(together: 16)
            let (peers, holding) = try peers(30, of: busy)
            for (number, peer) in peers.enumerated() { try peer.send(Wire.get("/\(number)")) }
            let stopped = Atomic(false)
            let thread = try WorkerThread(named: "stop") { [running = busy.running] in
                stopped.store(running.stop(), ordering: .releasing)
            }
            #expect(eventually { (try? busy.running.peer()) == nil })
            busy.gate.open()
            #expect(try holding.answer()?.body == "/held")
            for (number, peer) in peers.enumerated() { #expect(try peer.answer()?.body == "/\(number)") }
            thread.join()
            let isStopped = stopped.load(ordering: .acquiring)
            #expect(isStopped)
        }

        /// Each of them has its own time, and not the group.
        @Test func eachAnswerIsASignOfLife() throws {
            let running = try RunningResponder(workers: 1, together: 16) { request, answer in
                usleep(100_000)
                answer(Response())
            }
            defer { running.stop() }
            let peers = try (0..<9).map { _ in try running.peer() }
            for peer in peers { try peer.send(Wire.get("/")) }
            var longest = Duration.zero
            #expect(
                eventually {
                    longest = max(longest, running.responder.longestBusy)
                    return running.responder.statistics.served == 9
                })
            #expect(running.groups.all.max() ?? 0 >= 6)
            #expect(longest > .milliseconds(50) && longest < .milliseconds(500))
        }
    }
}
