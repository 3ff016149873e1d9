import FastCGI
import Gateway
import Glibc
import Synchronization
import Testing
import Threads

extension SocketTests {
    /// Connections that one responder leaves to the next, as over a restart by systemd.
    @Suite struct KeptConnectionTests {
        /// Stops a responder; copies of the connections that it kept.
        private func stop(_ running: RunningResponder) -> [Int32] {
            let kept = Collected<Int32>()
            #expect(
                running.responder.stop(within: .seconds(5)) { descriptors in
                    for descriptor in descriptors { kept.add(dup(descriptor)) }
                    return true
                })
            return kept.all
        }

        private func next(adopting kept: [Int32], _ text: String = "next") throws -> Responder {
            let responder = try Responder(
                try .unix(RunningResponder.freshPath()), workers: 2, limits: .quick, isPeerAllowed: { _ in true },
                log: { _ in }
            ) { Responder.Handler { _, answer in answer(Response(body: .bytes(Array(text.utf8)))) } }
            try responder.start(adopting: kept)
            return responder
        }

        @Test func thePeersGoOnWithTheNextOne() throws {
            let running = try RunningResponder()
            let peers = try (0..<100).map { _ in try running.peer() }
            for peer in peers { #expect(try peer.exchange(Wire.request()) != nil) }
            let kept = stop(running)
            #expect(kept.count == 100)
            let responder = try next(adopting: kept)
            for peer in peers { #expect(try peer.exchange(Wire.request(id: 2))?.body == "next") }
            #expect(responder.stop(within: .seconds(5)))
            for peer in peers { #expect(try peer.seesClose()) }
        }

        @Test func aRequestThatLiesInTheConnectionIsTheNextOnes() throws {
            let running = try RunningResponder()
            let peer = try running.peer()
            #expect(try peer.exchange(Wire.request()) != nil)
            let half = try running.peer()
            let request = Wire.request(id: 3)
            // The first half has been looked at, and is looked at anew.
            try half.send(Array(request[..<20]))
            #expect(eventually { running.responder.statistics.waiting == 2 })
            usleep(20_000)
            let kept = stop(running)
            try peer.send(Wire.request(id: 2))
            try half.send(Array(request[20...]))
            let responder = try next(adopting: kept)
            #expect(try peer.answer()?.body == "next")
            #expect(try half.answer()?.body == "next")
            #expect(responder.stop(within: .seconds(5)))
        }

        @Test func whatIsInHandIsAnsweredByTheOldOne() throws {
            let isBusy = Atomic(false)
            let running = try RunningResponder { _, answer in
                isBusy.store(true, ordering: .releasing)
                usleep(200_000)
                answer(Response(body: .bytes(Array("old".utf8))))
            }
            let peer = try running.peer()
            try peer.send(Wire.request())
            #expect(eventually { isBusy.load(ordering: .acquiring) })
            let responder = try next(adopting: stop(running))
            #expect(try peer.answer()?.body == "old")
            #expect(try peer.exchange(Wire.request(id: 2))?.body == "next")
            #expect(responder.stop(within: .seconds(5)))
        }

        @Test func aPeerThatAsksWithoutEndDoesNotHoldUpTheStop() throws {
            let running = try RunningResponder { _, answer in answer(Response()) }
            let path = try #require(running.path)
            let answered = Collected<Int>()
            let threads = try (0..<4).map { number in
                try WorkerThread(named: "peer \(number)") {
                    // Until nobody answers any more.
                    guard let peer = try? Peer(path: path) else { return }
                    while let answer = try? peer.exchange(Wire.request()), answer.id == 1 { answered.add(number) }
                }
            }
            #expect(eventually { Set(answered.all).count == 4 })
            let begin = ContinuousClock.now
            let kept = stop(running)
            #expect(ContinuousClock.now - begin < .seconds(2))
            #expect(kept.count == 4)
            for descriptor in kept { close(descriptor) }
            for thread in threads { thread.join() }
        }

        @Test func withoutATakerAllAreClosed() throws {
            let before = LoadTests.openDescriptors()
            do {
                let running = try RunningResponder()
                let peer = try running.peer()
                #expect(try peer.exchange(Wire.request()) != nil)
                #expect(running.responder.stop(within: .seconds(5)) { _ in false })
                #expect(try peer.seesClose())
                #expect(running.log.all == ["1 connections could not be kept"])
            }
            #expect(LoadTests.openDescriptors() == before)
        }

        @Test func aPeerThatMayNotConnectAnyMoreIsClosed() throws {
            let running = try RunningResponder()
            let peer = try running.peer()
            #expect(try peer.exchange(Wire.request()) != nil)
            let kept = stop(running)
            let responder = try Responder(
                try .unix(RunningResponder.freshPath()), workers: 1, limits: .quick, isPeerAllowed: { _ in false },
                log: { _ in }
            ) { Responder.Handler { _, answer in answer(Response()) } }
            try responder.start(adopting: kept)
            #expect(try peer.seesClose())
            #expect(responder.stop(within: .seconds(5)))
        }

        @Test func systemdNamesThem() {
            let pid = "\(getpid())"
            func kept(_ count: String, _ names: String?, pid: String = pid) -> [Int32] {
                ListeningSocket.kept(pid: pid, count: count, names: names, first: 3)
            }
            #expect(kept("3", "postern:kept:kept") == [4, 5])
            #expect(kept("1", "postern") == [])
            #expect(kept("3", "postern:other:kept") == [])
            #expect(kept("3", "postern:kept") == [])
            #expect(kept("2", nil) == [])
            #expect(kept("3", "postern:kept:kept", pid: "1") == [])
        }
    }

    @Suite struct PulseTests {
        @Test func tellsHowLongAWorkerHasBeenAtOneThing() throws {
            let isReleased = Atomic(false)
            let running = try RunningResponder { _, answer in
                while !isReleased.load(ordering: .acquiring) { usleep(1000) }
                answer(Response())
            }
            defer { running.stop() }
            #expect(running.responder.longestBusy < .milliseconds(100))
            let peer = try running.peer()
            try peer.send(Wire.request())
            #expect(eventually { running.responder.longestBusy > .milliseconds(300) })
            isReleased.store(true, ordering: .releasing)
            #expect(try peer.answer() != nil)
            #expect(eventually { running.responder.longestBusy < .milliseconds(100) })
        }
    }
}
