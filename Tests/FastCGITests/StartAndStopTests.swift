import FastCGI
import Gateway
import Glibc
import Synchronization
import Testing
import Threads

extension SocketTests {
    /// A responder's beginning and end.
    @Suite struct StartAndStopTests {
        struct NoDatabase: Error, Equatable {}

        @Test func aHandlerIsMadeOnEachWorkersThread() throws {
            let makers = Collected<UInt>()
            let servers = Collected<UInt>()
            let path = RunningResponder.freshPath()
            let responder = try Responder(try .unix(path), workers: 3, isPeerAllowed: { _ in true }, log: { _ in }) {
                makers.add(UInt(pthread_self()))
                return Responder.Handler { _, answer in
                    servers.add(UInt(pthread_self()))
                    answer(Response())
                }
            }
            try responder.start()
            for _ in 0..<10 { _ = try Peer(path: path).exchange(Wire.request()) }
            #expect(responder.stop(within: .seconds(5)))
            #expect(Set(makers.all).count == 3)
            #expect(Set(servers.all).isSubset(of: makers.all))
        }

        @Test func startTellsWhyAHandlerCannotBeMade() throws {
            let attempts = Atomic(0)
            let before = LoadTests.openDescriptors()
            let path = RunningResponder.freshPath()
            do {
                let socket = try ListeningSocket.unix(path)
                let responder = try Responder(socket, workers: 2, isPeerAllowed: { _ in true }, log: { _ in }) {
                    if attempts.add(1, ordering: .relaxed).newValue == 2 { throw NoDatabase() }
                    return Responder.Handler { _, answer in answer(Response()) }
                }
                #expect(throws: NoDatabase()) { try responder.start() }
            }
            #expect(LoadTests.openDescriptors() == before)
            #expect(access(path, F_OK) != 0)
        }

        @Test func signalsAreOursAgain() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            for (number, expected) in [(SIGTERM, 0), (SIGUSR1, 0), (SIGHUP, 0), (SIGPIPE, 1)] {
                var action = sigaction()
                sigaction(number, nil, &action)
                // SIG_DFL is 0 and SIG_IGN is 1.
                let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
                #expect(handler == expected, "signal \(number)")
            }
        }

        @Test func stopClosesEverything() throws {
            let before = LoadTests.openDescriptors()
            do {
                let running = try RunningResponder()
                let kept = try running.peer()
                _ = try kept.exchange(Wire.request())
                let half = try running.peer()
                try half.send(Wire.begin())
                let start = ContinuousClock.now
                #expect(running.stop())
                #expect(ContinuousClock.now - start < .milliseconds(500))
                #expect(try kept.seesClose())
                #expect(try half.seesClose())
                #expect(throws: Peer.Failure.self) { try running.peer() }
                #expect(access(running.path ?? "", F_OK) != 0)
                #expect(running.stop(), "a second time does nothing")
            }
            #expect(LoadTests.openDescriptors() == before)
        }

        @Test func stopServesWhatLiesInTheConnections() throws {
            let isBusy = Atomic(false)
            let running = try RunningResponder(workers: 1) { request, answer in
                if request.target == "/slow" {
                    isBusy.store(true, ordering: .releasing)
                    usleep(300_000)
                }
                answer(Response(body: .bytes(Array("done".utf8))))
            }
            let peers = try (0..<10).map { _ in try running.peer() }
            for peer in peers { #expect(try peer.exchange(Wire.request()) != nil) }
            let slow = try running.peer()
            try slow.send(Wire.get("/slow"))
            #expect(eventually { isBusy.load(ordering: .acquiring) })
            for peer in peers { try peer.send(Wire.request(id: 2)) }
            #expect(running.stop())
            for peer in peers + [slow] {
                #expect(try peer.answer()?.body == "done")
                #expect(try peer.seesClose())
            }
        }

        @Test func stopWaitsForAnswersOfOtherThreads() throws {
            let owed = Queue<Responder.Answer>()
            let running = try RunningResponder { _, answer in _ = owed.put(answer) }
            let peer = try running.peer()
            try peer.send(Wire.request())
            #expect(eventually { owed.count == 1 })
            let writer = try WorkerThread(named: "writer") {
                usleep(300_000)
                for answer in owed.take() { answer(Response(body: .bytes(Array("committed".utf8)))) }
            }
            #expect(running.stop())
            #expect(try peer.answer()?.body == "committed")
            #expect(try peer.seesClose())
            writer.join()
        }

        @Test func stopGivesUpWhenAnAnswerNeverComes() throws {
            let owed = Queue<Responder.Answer>()
            let running = try RunningResponder { _, answer in _ = owed.put(answer) }
            let peer = try running.peer()
            try peer.send(Wire.request())
            #expect(eventually { owed.count == 1 })
            let start = ContinuousClock.now
            #expect(!running.stop(within: .milliseconds(200)))
            #expect(ContinuousClock.now - start < .seconds(1))
            // Dropped unanswered, so that nothing is owed any more.
            _ = owed.take()
            #expect(running.stop(), "the second time")
        }
    }
}
