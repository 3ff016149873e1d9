import Foundation
import Synchronization
import Testing

@testable import postern

/// When the watchdog is given a sign of life, and when not.
struct HeartbeatTests {
    /// Counts what it is told, over a real socket.
    private final class Manager {
        private let path = "/tmp/postern-test-\(UInt64.random(in: 0...(.max)))"
        private let descriptor: Int32

        init() throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(status == 0)
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        var service: ServiceManager { ServiceManager(socket: path, watchdog: "40000000", watchdogPID: nil) }

        /// How many signs of life have come since it was asked last.
        var signs: Int {
            var buffer = [UInt8](repeating: 0, count: 256)
            var signs = 0
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return signs }
                if String(decoding: buffer[..<count], as: UTF8.self) == "WATCHDOG=1" { signs += 1 }
            }
        }
    }

    private let manager: Manager

    init() throws { manager = try Manager() }

    @Test func aQuarterOfTheWatchdogsTimeIsBetweenTwo() {
        let heartbeat = Heartbeat(for: manager.service, longestBusy: { .zero }, askWriter: { _ in true })
        #expect(heartbeat.pause == .seconds(10))
    }

    @Test func withoutAWatchdogNobodyIsAsked() {
        let service = ServiceManager(socket: nil, watchdog: nil, watchdogPID: nil)
        var questions = 0
        let heartbeat = Heartbeat(for: service, longestBusy: { .zero }) { _ in
            questions += 1
            return true
        }
        heartbeat.beat()
        #expect(heartbeat.pause == nil && questions == 0)
    }

    @Test func eachAnswerOfTheWriterGivesOne() {
        let heartbeat = Heartbeat(for: manager.service, longestBusy: { .zero }) { answer in
            answer()
            return true
        }
        for _ in 0..<5 { heartbeat.beat() }
        #expect(manager.signs == 4, "the first only asks")
    }

    @Test func aWriterThatHangsGetsNoneAndIsNotAskedAgain() {
        var answers: [@Sendable () -> Void] = []
        let heartbeat = Heartbeat(for: manager.service, longestBusy: { .zero }) { answer in
            answers.append(answer)
            return true
        }
        for _ in 0..<5 { heartbeat.beat() }
        #expect(manager.signs == 0 && answers.count == 1)
        answers[0]()
        heartbeat.beat()
        #expect(manager.signs == 1 && answers.count == 2)
    }

    @Test func aFullQueueIsNoSignAndIsAskedAgain() {
        var questions = 0
        let heartbeat = Heartbeat(for: manager.service, longestBusy: { .zero }) { answer in
            questions += 1
            if questions > 3 { answer() }
            return questions > 3
        }
        for _ in 0..<4 { heartbeat.beat() }
        #expect(manager.signs == 0)
        heartbeat.beat()
        #expect(manager.signs == 1)
    }

    @Test func aWorkerThatHangsGetsNone() {
        var busy = Duration.seconds(59)
        let heartbeat = Heartbeat(for: manager.service, longestBusy: { busy }) { answer in
            answer()
            return true
        }
        heartbeat.beat()
        heartbeat.beat()
        #expect(manager.signs == 1)
        busy = .seconds(60)
        heartbeat.beat()
        #expect(manager.signs == 0)
        busy = .zero
        heartbeat.beat()
        #expect(manager.signs == 1)
    }

    @Test(
        arguments: [
            (nil, nil, nil), ("0", nil, nil), ("-5", nil, nil), ("soon", nil, nil), ("2000000", "1", nil),
            ("2000000", nil, .seconds(2)), ("2000000", "\(getpid())", .seconds(2)),
        ] as [(String?, String?, Duration?)])
    func theWatchdogIsWhatTheEnvironmentSays(_ time: String?, _ pid: String?, _ expected: Duration?) {
        #expect(ServiceManager(socket: nil, watchdog: time, watchdogPID: pid).watchdog == expected)
    }

    @Test(arguments: ["", "@", "/", "relative/path", String(repeating: "/x", count: 54)])
    func whatIsNoAddressIsNobody(_ text: String) {
        #expect(!ServiceManager(socket: text, watchdog: nil, watchdogPID: nil).isPresent)
    }
}
