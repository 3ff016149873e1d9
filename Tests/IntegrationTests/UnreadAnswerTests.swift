import Glibc
import Support
import Testing

extension IntegrationTests {
    /// Answers of the writer that nobody reads: it answers for everybody, and waits for no peer.
    struct UnreadAnswerTests {
        private let postern: RunningPostern

        init() throws { postern = try RunningPostern() }

        @Test(.timeLimit(.minutes(10))) func sixtyFourPeersThatCreateAndNeverReadHoldNobodyUp() throws {
            let normal = try FastCGIClient(postern.socket, limit: 10)
            let cookie = try logIn(normal)
            let made = try normal.exchange(Self.change("/api/domain/a.example", "name=Test", cookie))
            #expect(made?.contains("\"_success\": true") == true)
            var deaf = try (0..<64).map { _ in try DeafPeer(postern.socket) }
            var closed = 0
            for round in 0..<200 {
                for turn in 0..<2 {
                    for (number, peer) in deaf.enumerated() {
                        try peer.send(Self.creation("deaf\(number)-\(round)-\(turn)", cookie))
                    }
                    let answer = try normal.exchange(Self.creation("jo\(round)-\(turn)", cookie))
                    try #require(answer?.hasSuffix("\r\n\r\n{\"_success\": true}") == true, "\(answer ?? "closed")")
                    for number in deaf.indices where try !deaf[number].seesAnswer() {
                        // It comes again, as such a peer does.
                        deaf[number] = try DeafPeer(postern.socket)
                        closed += 1
                    }
                }
            }
            #expect(closed >= 64, "they were never full")
            #expect(try postern.mailboxes().count { $0.hasPrefix("jo") } == 400)
            #expect(postern.process?.isRunning == true)
            try postern.expectService("after all")
        }

        private static func change(_ target: String, _ form: String, _ cookie: String?) -> [UInt8] {
            let pairs = Records.usual("POST", target, cookie: cookie, length: "\(form.utf8.count)")
            return Records.request(pairs, body: Array(form.utf8))
        }

        private static func creation(_ name: String, _ cookie: String) -> [UInt8] {
            change("/api/user/\(name)@a.example", "password=User-pw-1", cookie)
        }

        private func logIn(_ client: FastCGIClient) throws -> String {
            let form = "username=\(RunningPostern.admin)&password=\(RunningPostern.password)"
            let answer = try client.exchange(Self.change("/api/login", form, nil))
            let line = try #require(answer?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Set-Cookie: ") })
            return String(try #require(line.dropFirst("Set-Cookie: ".count).split(separator: ";").first))
        }
    }
}

/// A peer that asks again as soon as it sees an answer, and leaves them all in the socket.
private final class DeafPeer {
    private let descriptor: Int32
    private var room = [UInt8](repeating: 0, count: 64 * 1024)

    /// Every wait ends after half a minute.
    init(_ path: String) throws {
        descriptor = try LocalSocket.connect(to: path, limit: 30)
        // Each look shows what came since the last one.
        var offset: Int32 = 0
        setsockopt(descriptor, SOL_SOCKET, SO_PEEK_OFF, &offset, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard count == bytes.count else { throw failure("send") }
    }

    /// Waits until the answer to the last request is whole. False when the connection was closed instead.
    func seesAnswer() throws -> Bool {
        var end: [UInt8] = []
        repeat {
            let count = recv(descriptor, &room, room.count, Int32(MSG_PEEK))
            if count == 0 || count < 0 && errno == ECONNRESET { return false }
            guard count > 0 else { throw failure("recv") }
            end = (end + room[..<count]).suffix(16)
        } while !end.starts(with: [1, 3])
        return true
    }

    private func failure(_ what: String) -> Program.Failure {
        Program.Failure(description: "\(what): \(String(cString: strerror(errno)))")
    }
}
