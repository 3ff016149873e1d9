@testable import DNS
import Mail
import Testing

/// Bytes that no name server would send. Nothing of them is believed, and nothing does harm.
@Suite(.serialized)
struct HostileAnswerTests {
    private func resolver(_ peer: UDPPeer, timeout: Duration = .milliseconds(300)) throws -> Resolver {
        Resolver(servers: [try #require(ServerAddress(peer.address, usualPort: 53))], timeout: timeout, tries: 1)
    }

    /// The query as an answer of the given counts and code, with more behind the question.
    private static func answer(_ query: [UInt8], code: UInt8 = 0, records: UInt8 = 1, _ rest: [UInt8]) -> [UInt8] {
        Array(query[..<2]) + [0x81, 0x80 | code, 0, 1, 0, records, 0, 0, 0, 0] + Array(query[12...]) + rest
    }

    /// One TXT record about the name in the question.
    private static func text(_ content: [UInt8], length: Int? = nil) -> [UInt8] {
        [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, UInt8(length ?? content.count)] + content
    }

    @Test func answersToOtherQuestionsArePassedOver() throws {
        let peer = try UDPPeer { query in
            let good = Self.answer(query, Self.text([4] + Array("good".utf8)))
            let evil = Self.answer(query, Self.text([4] + Array("evil".utf8)))
            var otherID = evil
            otherID[1] ^= 1
            var otherName = evil
            otherName[13] ^= 1
            var otherKind = evil
            otherKind[query.count - 3] = 1
            var query = evil
            query[2] &= 0x7f
            return [otherID, otherName, otherKind, query, [], [0], Array(evil[..<11]), good]
        }
        #expect(try resolver(peer, timeout: .seconds(3)).texts(of: "a.test") == [Array("good".utf8)])
    }

    @Test func aRecordAboutAnotherNameIsNoAnswer() throws {
        let peer = try UDPPeer { query in
            [Self.answer(query, [1, 0x78, 0, 0, 16, 0, 1, 0, 0, 0, 60, 0, 5, 4] + Array("evil".utf8))]
        }
        #expect(try resolver(peer).texts(of: "a.test") == [])
    }

    private static let malformed: [(String, [UInt8])] = [
        ("nothing where a record should be", []),
        ("a record cut off", Array(text([4, 65, 66, 67, 68]).dropLast(3))),
        ("a string longer than its record", text([9, 65, 66])),
        ("a record longer than the message", text([1, 65], length: 200)),
        ("a name that points at itself", [0xc0, 24, 0, 16, 0, 1, 0, 0, 0, 60, 0, 1, 0]),
        ("a name that points behind the message", [0xff, 0xff, 0, 16, 0, 1, 0, 0, 0, 60, 0, 1, 0]),
        ("an alias without a name", [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 0]),
        ("an alias that points at itself", [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 36]),
        ("an address of three bytes", [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 3, 1, 2, 3]),
        ("a mail host without a name", [0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 2, 0, 1]),
    ]

    @Test(arguments: malformed)
    func whatIsMalformedIsSaidToBe(_ what: String, _ rest: [UInt8]) throws {
        let peer = try UDPPeer { query in [Self.answer(query, rest)] }
        #expect(throws: TemporaryError(reason: .malformed, question: "a.test TXT"), "\(what)") {
            try resolver(peer, timeout: .seconds(3)).texts(of: "a.test")
        }
    }

    @Test(arguments: [
        (UInt8(1), TemporaryError.Reason.unexpectedCode(1)), (2, .serverFailure), (4, .unexpectedCode(4)),
        (5, .refused),
    ])
    func everyCodeButNoSuchNameIsTemporary(_ code: UInt8, _ reason: TemporaryError.Reason) throws {
        let peer = try UDPPeer { query in [Self.answer(query, code: code, records: 0, [])] }
        #expect(throws: TemporaryError(reason: reason, question: "a.test TXT")) {
            try resolver(peer, timeout: .seconds(3)).texts(of: "a.test")
        }
    }

    @Test func aTruncatedAnswerWithoutAnyTCPServerIsTemporary() throws {
        let peer = try UDPPeer { query in
            var answer = Self.answer(query, records: 0, [])
            answer[2] |= 0x02
            return [answer]
        }
        #expect(throws: TemporaryError(reason: .unreachable("Connection refused"), question: "a.test TXT")) {
            try resolver(peer, timeout: .seconds(3)).texts(of: "a.test")
        }
    }

    @Test func aTCPServerThatSaysNothingIsGivenUpInTime() throws {
        let peer = try UDPPeer(takesConnections: true) { query in
            var answer = Self.answer(query, records: 0, [])
            answer[2] |= 0x02
            return [answer]
        }
        let start = ContinuousClock.now
        #expect(throws: TemporaryError(reason: .timeout, question: "a.test TXT")) {
            try resolver(peer).texts(of: "a.test")
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func randomBytesBehindAQuestionNeverTrap() throws {
        let peer = try UDPPeer { query in
            let rest = (0..<Int.random(in: 0...400)).map { _ in Bool.random() ? UInt8.random(in: 0...255) : 0 }
            return [Self.answer(query, records: UInt8.random(in: 0...5), rest)]
        }
        let resolver = try resolver(peer, timeout: .seconds(3))
        for _ in 0..<300 {
            // Whatever comes of it, it comes in time: that is the test.
            _ = try? resolver.texts(of: "a.test")
            _ = try? resolver.mailExchangers(of: "a.test")
        }
        #expect(peer.received == 600)
    }
}
