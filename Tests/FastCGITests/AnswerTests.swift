import FastCGI
import Gateway
import Glibc
import Synchronization
import Testing
import Threads

extension SocketTests {
    /// What goes back, from which thread, and when it goes wrong.
    @Suite struct AnswerTests {
        struct Broken: Error {}

        @Test func keepsTheConnectionWhenAsked() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let peer = try running.peer()
            for id in 1...5 as ClosedRange<UInt16> { #expect(try peer.exchange(Wire.request(id: id))?.id == id) }
            #expect(running.responder.statistics.connections == 1)
            #expect(eventually { running.responder.statistics.served == 5 })
        }

        @Test func closesTheConnectionWhenNotAskedToKeepIt() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let peer = try running.peer()
            #expect(try peer.exchange(Wire.request(keep: false)) != nil)
            #expect(try peer.seesClose())
        }

        @Test func beginsWithAStatusOtherThan200() throws {
            let running = try RunningResponder { _, answer in
                let headers = [(name: "Content-Type", value: "text/plain"), (name: "X-One", value: "1")]
                answer(Response(.notFound, headers: headers, body: .bytes([104, 105])))
            }
            defer { running.stop() }
            #expect(
                try running.peer().exchange(Wire.request())?.text
                    == "Status: 404 Not Found\r\nContent-Type: text/plain\r\nX-One: 1\r\n\r\nhi")
        }

        @Test func mayBeEmpty() throws {
            let running = try RunningResponder { _, answer in answer(Response()) }
            defer { running.stop() }
            #expect(try running.peer().exchange(Wire.request())?.text == "Status: 200 OK\r\n\r\n")
        }

        @Test(arguments: [
            ("X-A", "1\r\nSet-Cookie: x=1"), ("X-A", "1\n"), ("X-A: 1\r\nX-B", "2"), ("", "x"), ("X-A", "\0"),
        ])
        func is500WhenAHeaderWouldBecomeSomethingElse(_ name: String, _ value: String) throws {
            let running = try RunningResponder { _, answer in answer(Response(headers: [(name, value)])) }
            defer { running.stop() }
            #expect(try running.peer().exchange(Wire.request())?.text == "Status: 500 Internal Server Error\r\n\r\n")
            #expect(running.log.all == ["an answer was replaced by 500: a header of it cannot be sent"])
        }

        @Test(arguments: [0, 1, 8_183, 8_184, 8_185, 65_536, 5_000_000])
        func mayBeStreamed(_ length: Int) throws {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 % 251) }
            let running = try RunningResponder(limits: ResponderLimits()) { _, answer in
                answer(
                    Response(
                        headers: [("Content-Type", "text/plain")],
                        body: .stream { send in
                            for start in stride(from: 0, to: length, by: 10_000) {
                                try send(Array(bytes[start..<min(start + 10_000, length)]))
                            }
                        }))
            }
            defer { running.stop() }
            let output = try running.peer().exchange(Wire.request())?.output ?? []
            // Compared outside of #expect, which would look for the differences of five million bytes.
            let isWhole = output == Array("Content-Type: text/plain\r\n\r\n".utf8) + bytes
            #expect(isWhole, "\(output.count) bytes came")
        }

        @Test func mayComeFromAnotherThread() throws {
            let owed = Queue<Responder.Answer>()
            let running = try RunningResponder(workers: 1) { _, answer in _ = owed.put(answer) }
            let writer = try WorkerThread(named: "writer") {
                while true {
                    let answers = owed.take()
                    if answers.isEmpty { return }
                    for answer in answers { answer(Response(body: .bytes(Array("late".utf8)))) }
                }
            }
            let peers = try (0..<20).map { _ in try running.peer() }
            for id in 1...5 as ClosedRange<UInt16> {
                for peer in peers { try peer.send(Wire.request(id: id)) }
                for peer in peers { #expect(try peer.answer()?.body == "late") }
            }
            #expect(running.responder.statistics.connections == 20)
            #expect(running.stop())
            owed.close()
            writer.join()
        }

        @Test func isGivenOnce() throws {
            let running = try RunningResponder { _, answer in
                answer(Response(body: .bytes([49])))
                answer(Response(body: .bytes([50])))
            }
            defer { running.stop() }
            let peer = try running.peer()
            for id in [1, 2] as [UInt16] { #expect(try peer.exchange(Wire.request(id: id))?.body == "1") }
        }

        @Test func isCutShortWhenTheStreamFails() throws {
            for pieces in [0, 3] {
                let running = try RunningResponder { _, answer in
                    answer(
                        Response(
                            body: .stream { send in
                                for _ in 0..<pieces { try send([UInt8](repeating: 97, count: 9_000)) }
                                throw Broken()
                            }))
                }
                defer { running.stop() }
                #expect(try running.peer().exchange(Wire.request()) == nil)
                #expect(eventually { running.responder.statistics.aborted == 1 })
                #expect(try running.peer().exchange(Wire.request()) == nil, "others are still heard")
            }
        }

        @Test func isAClosedConnectionWhenNobodyAnswers() throws {
            let running = try RunningResponder { _, _ in }
            defer { running.stop() }
            #expect(try running.peer().exchange(Wire.request()) == nil)
            #expect(eventually { running.responder.statistics.aborted == 1 })
        }

        @Test func toAPeerThatDoesNotReadFreesTheWorker() throws {
            let running = try RunningResponder(workers: 1) { request, answer in
                let length = request.target == "/large" ? 4_000_000 : 1
                answer(Response(body: .bytes([UInt8](repeating: 97, count: length))))
            }
            defer { running.stop() }
            let deaf = try running.peer()
            try deaf.send(Wire.get("/large"))
            usleep(50_000)
            #expect(try running.peer().exchange(Wire.request())?.body == "a")
            #expect(running.responder.statistics.aborted == 1)
        }

        @Test func toAPeerThatReadsTooSlowlyEnds() throws {
            var limits = ResponderLimits.quick
            limits.answerOnWorker = .milliseconds(400)
            let running = try RunningResponder(workers: 1, limits: limits) { _, answer in
                answer(Response(body: .bytes([UInt8](repeating: 97, count: 40_000_000))))
            }
            defer { running.stop() }
            let slow = try running.peer()
            try slow.send(Wire.request())
            var room = [UInt8](repeating: 0, count: 20_000)
            let ended = eventually {
                _ = recv(slow.descriptor, &room, room.count, Int32(MSG_DONTWAIT))
                return running.responder.statistics.aborted == 1
            }
            #expect(ended)
        }

        @Test func toAPeerThatHasGoneHarmsNobody() throws {
            let running = try RunningResponder(workers: 1) { _, answer in
                usleep(30_000)
                answer(Response(body: .bytes([UInt8](repeating: 97, count: 100_000))))
            }
            defer { running.stop() }
            for _ in 0..<3 { try running.peer().send(Wire.request()) }
            #expect(try running.peer().exchange(Wire.request()) != nil)
            // Who comes last may be served before those that came with the first.
            #expect(eventually { running.responder.statistics.aborted == 3 })
        }
    }
}
