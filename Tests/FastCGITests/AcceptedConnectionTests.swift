import FastCGI
import Gateway
import Glibc
import Synchronization
import Testing
import Threads

extension SocketTests {
    /// Connections that come while others are busy without a pause.
    @Suite struct AcceptedConnectionTests {
        private static let count = 32

        @Test func waitNoLongerThanKeptConnectionsDo() throws {
            let isHeld = Atomic(true)
            let running = try RunningResponder(workers: 1) { [count = Self.count] request, answer in
                // The worker stays here until everybody has asked.
                if request.target == "/hold" { _ = eventually { !isHeld.load(ordering: .acquiring) } }
                if request.target.hasPrefix("/kept") { usleep(300) }
                answer(Response(body: .bytes([UInt8](repeating: 97, count: count))))
            }
            defer { running.stop() }
            let kept = try (0..<Self.count).map { _ in try running.peer() }
            for peer in kept { #expect(try peer.exchange(Wire.get("/kept/before")) != nil) }
            let holding = try running.peer()
            try holding.send(Wire.get("/hold"))
            #expect(eventually { running.requests.all.last?.target == "/hold" })
            for peer in kept { try peer.send(Wire.get("/kept/busy")) }
            let accepted = try (0..<Self.count).map { _ in try running.peer() }
            for peer in accepted { try peer.send(Wire.get("/new")) }

            let isOver = Atomic(false)
            let busy = try Self.keepBusy(kept, until: { isOver.load(ordering: .acquiring) })
            isHeld.store(false, ordering: .releasing)
            for peer in accepted { #expect(try peer.answer() != nil) }
            isOver.store(true, ordering: .releasing)
            busy.join()

            let order = running.requests.all.map(\.target)
            let last = try #require(order.lastIndex(of: "/new"))
            // One turn of all for each newcomer would be 32 times 32.
            #expect(order[...last].count { $0 == "/kept/busy" } < 8 * Self.count)
        }

        /// Has each ask again as soon as it is answered.
        private static func keepBusy(
            _ peers: [Peer], until isOver: @escaping @Sendable () -> Bool
        ) throws -> WorkerThread {
            let descriptors = peers.map(\.descriptor)
            return try WorkerThread(named: "kept") {
                let request = Wire.get("/kept/busy")
                var room = [UInt8](repeating: 0, count: 4096)
                while !isOver() {
                    for descriptor in descriptors where recv(descriptor, &room, room.count, Int32(MSG_DONTWAIT)) > 0 {
                        _ = request.withUnsafeBytes {
                            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                        }
                    }
                    usleep(100)
                }
            }
        }
    }
}
