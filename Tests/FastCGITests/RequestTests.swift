import FastCGI
import Gateway
import Glibc
import Testing

extension SocketTests {
    /// What reaches the handler.
    @Suite struct RequestTests {
        @Test func carriesTheParametersThatCount() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let parameters: [Wire.Pair] = [
                ("REQUEST_METHOD", "PUT"), ("REQUEST_URI", "/api/user/a%2Fb@example.com"),
                ("CONTENT_TYPE", "application/json"),
                ("CONTENT_LENGTH", "2"), ("REMOTE_ADDR", "::ffff:192.0.2.7"), ("HTTPS", "on"),
                ("HTTP_HOST", "mail.example"),
                ("HTTP_COOKIE", "id=1"), ("HTTP_ORIGIN", "https://mail.example"),
                ("HTTP_SEC_FETCH_SITE", "same-origin"),
                ("HTTP_ACCEPT", "*/*"), ("HTTP_PREFER", "handling=strict"), ("REQUEST_ID", "0123abcd"),
                ("POSTERN_GATE", "gate"), ("SOMETHING_ELSE", "x"),
            ]
            _ = try running.peer().exchange(Wire.request(parameters, body: Array("{}".utf8)))
            let request = try #require(running.requests.all.first)
            #expect(request.method == .put)
            #expect(request.target == "/api/user/a%2Fb@example.com")
            #expect(request.contentType == "application/json")
            #expect(request.body == Array("{}".utf8))
            #expect(request.remoteAddress == "::ffff:192.0.2.7")
            #expect(request.isSecure)
            #expect(request.host == "mail.example")
            #expect(request.cookie == "id=1")
            #expect(request.origin == "https://mail.example")
            #expect(request.fetchSite == "same-origin")
            #expect(request.prefer == "handling=strict")
            #expect(request.requestID == "0123abcd")
            #expect(request.gate == "gate")
            #expect(request.fault == nil)
        }

        /// nginx passes a header that the client did not send as an empty parameter.
        @Test func takesEmptyParametersForMissingOnes() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let empty = ["CONTENT_TYPE", "CONTENT_LENGTH", "HTTPS", "HTTP_COOKIE", "HTTP_ORIGIN", "POSTERN_GATE"]
            _ = try running.peer().exchange(Wire.request(Wire.usual + empty.map { ($0, "") }))
            let request = try #require(running.requests.all.first)
            #expect(request.fault == nil)
            #expect(!request.isSecure)
            #expect([request.contentType, request.cookie, request.origin, request.gate].allSatisfy { $0 == nil })
        }

        @Test(arguments: [RunningResponder.Place.local, .tcp4, .tcp6])
        func arrivesOnEverySocket(_ place: RunningResponder.Place) throws {
            let running = try RunningResponder(place)
            defer { running.stop() }
            let peer = try place == .tcp6 ? Peer(port6: running.port) : running.peer()
            #expect(try peer.exchange(Wire.request())?.body == "GET /api/domain/example.com?x=1 192.0.2.7 0 sound")
        }

        @Test(arguments: [1, 8_000, 8_191, 8_192, 16_384, 100_000, 128 * 1024])
        func hasTheWholeBody(_ length: Int) throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let body = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let peer = try running.peer()
            // Twice, so that something left over from the first would show in the second.
            for id in [1, 2] as [UInt16] { #expect(try peer.exchange(Wire.post(body, id: id))?.id == id) }
            let areWhole = running.requests.all.map(\.body) == [body, body]
            #expect(areWhole)
            #expect(running.responder.statistics.connections == 1)
        }

        @Test func hasTheLargestBodyOverTCP() throws {
            let running = try RunningResponder(.tcp4)
            defer { running.stop() }
            let body = [UInt8](repeating: 7, count: 128 * 1024)
            #expect(try running.peer().exchange(Wire.post(body))?.body.hasSuffix("131072 sound") == true)
        }

        @Test(arguments: [RunningResponder.Place.local, .tcp4])
        func mayArriveInPieces(_ place: RunningResponder.Place) throws {
            let running = try RunningResponder(place)
            defer { running.stop() }
            let peer = try running.peer()
            for id in 1...3 as ClosedRange<UInt16> {
                let bytes = Wire.post([UInt8](repeating: 97, count: 20_000), id: id)
                for range in [0..<3, 3..<40, 40..<200, 200..<bytes.count - 1, bytes.count - 1..<bytes.count] {
                    try peer.send(Array(bytes[range]))
                    usleep(15_000)
                }
                #expect(try peer.answer()?.body == "POST /api/login 192.0.2.7 20000 sound")
            }
        }

        @Test func mayBeFollowedByTheEndOfTheConnection() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let peer = try running.peer()
            try peer.send(Wire.request())
            shutdown(peer.descriptor, Int32(SHUT_WR))
            #expect(try peer.answer() != nil)
        }

        static let faulty: [(String, [Wire.Pair], [UInt8])] = [
            ("method twice", Wire.usual + [("REQUEST_METHOD", "GET")], []),
            ("target twice", Wire.usual + [("REQUEST_URI", "/")], []),
            ("address twice", Wire.usual + [("REMOTE_ADDR", "127.0.0.1")], []),
            ("length twice", Wire.usual + [("CONTENT_LENGTH", "1"), ("CONTENT_LENGTH", "1")], [1]),
            ("cookie twice", Wire.usual + [("HTTP_COOKIE", "a=1"), ("HTTP_COOKIE", "a=1")], []),
            ("gate twice", Wire.usual + [("POSTERN_GATE", ""), ("POSTERN_GATE", "x")], []),
            ("no method", Array(Wire.usual[1...]), []),
            ("no target", [Wire.usual[0], Wire.usual[2]], []),
            ("no address", Array(Wire.usual[..<2]), []),
            ("empty method", [("REQUEST_METHOD", "")] + Wire.usual[1...], []),
            ("nothing", [], []),
            ("longer than announced", Wire.usual + [("CONTENT_LENGTH", "1")], [1, 2]),
            ("shorter than announced", Wire.usual + [("CONTENT_LENGTH", "3")], [1, 2]),
            ("not announced", Wire.usual, [1]),
            ("announced as nothing", Wire.usual + [("CONTENT_LENGTH", "")], [1]),
            ("length with a sign", Wire.usual + [("CONTENT_LENGTH", "+1")], [1]),
            ("negative length", Wire.usual + [("CONTENT_LENGTH", "-1")], [1]),
            ("length with a space", Wire.usual + [("CONTENT_LENGTH", " 1")], [1]),
            ("hexadecimal length", Wire.usual + [("CONTENT_LENGTH", "0x1")], [1]),
            ("length beyond a word, with a letter", Wire.usual + [("CONTENT_LENGTH", "99999999999999999999x")], []),
        ]

        @Test(arguments: faulty) func isAtFault(_ what: String, _ pairs: [Wire.Pair], _ body: [UInt8]) throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let peer = try running.peer()
            let answer = try peer.exchange(Wire.request(pairs, body: body))
            #expect(answer?.body.hasSuffix(" 0 malformed") == true, "\(what)")
            // Well-formed as FastCGI, so the connection goes on.
            #expect(try peer.exchange(Wire.request())?.body.hasSuffix(" 0 sound") == true, "\(what)")
        }

        @Test(arguments: [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]] as [[UInt8]])
        func isAtFaultWhenNotUTF8(_ value: [UInt8]) throws {
            let running = try RunningResponder()
            defer { running.stop() }
            for name in ["REQUEST_URI", "HTTP_COOKIE"] {
                let pairs = Wire.pairs(Wire.usual.filter { $0.name != name }) + Wire.pair(Array(name.utf8), value)
                let bytes = Wire.begin() + Wire.stream(Wire.parameters, pairs) + Wire.record(Wire.input)
                #expect(try running.peer().exchange(bytes)?.body.hasSuffix(" 0 malformed") == true)
            }
        }

        /// They would be compared in a time that grows with their square.
        @Test(arguments: ["REQUEST_METHOD", "REQUEST_URI", "CONTENT_TYPE", "HTTP_ORIGIN", "HTTP_PREFER", "REMOTE_ADDR"])
        func isAtFaultWithMoreThanThirtyMarksInARow(_ name: String) throws {
            let running = try RunningResponder()
            defer { running.stop() }
            let marks = Array(String(repeating: "\u{301}", count: 31).utf8)
            let pairs = Wire.pairs(Wire.usual.filter { $0.name != name }) + Wire.pair(Array(name.utf8), marks)
            let bytes = Wire.begin() + Wire.stream(Wire.parameters, pairs) + Wire.record(Wire.input)
            #expect(try running.peer().exchange(bytes)?.body.hasSuffix(" 0 malformed") == true)
        }

        @Test func ofTooLongABodyIsRefusedAndTheAnswerIsRead() throws {
            let running = try RunningResponder()
            defer { running.stop() }
            for announced in [true, false] {
                let body = [UInt8](repeating: 97, count: 400_000)
                let pairs = Wire.usual + (announced ? [("CONTENT_LENGTH", "400000")] : [])
                let peer = try running.peer()
                #expect(try peer.exchange(Wire.request(pairs, body: body))?.body.hasSuffix(" 0 tooLarge") == true)
                #expect(try peer.seesClose())
            }
            #expect(running.responder.statistics.served == 2)
        }
    }
}
