import FastCGI
import Gateway
import Glibc
import Testing

extension SocketTests {
    /// Many connections, and what is left after them.
    @Suite struct LoadTests {
        @Test func sixtyFourKeptConnectionsAreAllServedByTwoWorkers() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let peers = try (0..<64).map { _ in try running.peer() }
            for id in 1...20 as ClosedRange<UInt16> {
                for peer in peers { try peer.send(Wire.request(id: id)) }
                for peer in peers { #expect(try peer.answer()?.id == id) }
            }
            #expect(running.responder.statistics.connections == 64)
            #expect(eventually { running.responder.statistics.served == 64 * 20 })
        }

        @Test func descriptorsAndMemoryStayFlat() throws {
            let running = try RunningResponder(collecting: false) { _, answer in answer(Response()) }
            defer { running.stop() }
            func round() throws {
                for number in 0..<500 {
                    let peer = try running.peer()
                    switch number % 5 {
                    case 0: _ = try peer.exchange(Wire.post([UInt8](repeating: 97, count: 50_000), keep: false))
                    case 1: _ = try peer.exchange(Wire.begin() + Wire.begin())
                    case 2: try peer.send(Array(Wire.request().prefix(50)))
                    default: for id in [1, 2] as [UInt16] { _ = try peer.exchange(Wire.request(id: id)) }
                    }
                }
                #expect(eventually { running.isQuiet })
            }
            try round()
            let descriptors = Self.openDescriptors()
            let memory = Self.residentPages()
            try round()
            try round()
            #expect(Self.openDescriptors() == descriptors)
            // Two megabytes: the allocator's own ups and downs. 1 000 leaked requests would be more.
            #expect(Self.residentPages() - memory < 512)
        }

        @Test func acceptingGoesOnAfterDescriptorsRanOut() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            var earlier = rlimit()
            getrlimit(Self.descriptorLimit, &earlier)
            let free = dup(0)
            close(free)
            // Room for one more, and that is the peer's own end.
            var tight = earlier
            tight.rlim_cur = rlim_t(free + 1)
            setrlimit(Self.descriptorLimit, &tight)
            defer { setrlimit(Self.descriptorLimit, &earlier) }
            let late = try running.peer()
            try late.send(Wire.request())
            let paused = eventually { running.responder.statistics.acceptPauses > 0 }
            usleep(300_000)
            let pauses = running.responder.statistics.acceptPauses
            setrlimit(Self.descriptorLimit, &earlier)
            #expect(paused)
            #expect(pauses < 20, "one a tick, no spinning")
            #expect(try late.answer() != nil)
            #expect(try running.peer().exchange(Wire.request()) != nil)
        }

        /// RLIMIT_NOFILE.
        static let descriptorLimit = __rlimit_resource_t(7)

        static func openDescriptors() -> Int { (0..<1024).count { fcntl(Int32($0), F_GETFD) >= 0 } }

        static func residentPages() -> Int {
            guard let file = fopen("/proc/self/statm", "r") else { return 0 }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 128)
            guard fgets(&line, 128, file) != nil else { return 0 }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }
    }
}
