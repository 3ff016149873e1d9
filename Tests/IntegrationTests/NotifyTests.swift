import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// What the running program tells systemd.
    struct NotifyTests {
        private let postern: RunningPostern

        init() throws {
            postern = try RunningPostern()
            try #require(postern.stop() == 0)
        }

        private func listen() throws -> NotificationSocket {
            try NotificationSocket("\(postern.directory.path)/notify")
        }

        @Test(arguments: [false, true])
        func tellsWhenItIsReadyReloadingAndStopping(_ isAbstract: Bool) throws {
            let manager =
                try isAbstract ? NotificationSocket("@postern-test-\(UInt64.random(in: 0...(.max)))") : listen()
            try postern.start(environment: ["NOTIFY_SOCKET": manager.name])
            let ready = try #require(manager.next("READY=1"))
            #expect(ready.last?.hasSuffix(" routes, state \(postern.state)") == true)

            let before = ContinuousClock.now
            #expect(try postern.reload().hasSuffix("settings read again"))
            let reloading = try #require(manager.next())
            #expect(reloading.first == "RELOADING=1")
            #expect(reloading.dropFirst().first?.wholeMatch(of: /MONOTONIC_USEC=[1-9][0-9]*/) != nil)
            #expect(manager.next()?.first == "READY=1")
            #expect(ContinuousClock.now - before < .seconds(5))

            // A file that cannot be read changes nothing, and it is ready again.
            try postern.write(settings: ["SESSION_TIMEOUT = soon"])
            #expect(try postern.reload().contains("settings not changed"))
            #expect(manager.next()?.first == "RELOADING=1")
            #expect(manager.next()?.first == "READY=1")

            #expect(postern.stop() == 0)
            #expect(manager.next()?.first == "STOPPING=1")
            #expect(manager.next(within: .milliseconds(100)) == nil)
        }

        @Test func isReadyOnlyWhenRequestsAreAnswered() throws {
            let manager = try listen()
            try postern.start(environment: ["NOTIFY_SOCKET": manager.name])
            _ = try #require(manager.next("READY=1"))
            let answer = try FastCGIClient(postern.socket).exchange(Records.request(Records.usual()))
            #expect(answer?.contains("LOGIN_REQUIRED") == true)
        }

        @Test func aStartThatFailsIsNeverReady() throws {
            let manager = try listen()
            try postern.write(settings: ["SESSION_TIMEOUT = soon"])
            #expect(throws: Program.Failure.self) { try postern.start(environment: ["NOTIFY_SOCKET": manager.name]) }
            while let message = manager.next(within: .milliseconds(50)) { #expect(!message.contains("READY=1")) }
        }

        @Test func givesTheWatchdogSignsOfLife() throws {
            let manager = try listen()
            try postern.start(environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "2000000"])
            _ = try #require(manager.next("READY=1"))
            for _ in 0..<4 { #expect(manager.next(within: .seconds(2)) == ["WATCHDOG=1"]) }
        }

        @Test func asksNobodyWithoutAWatchdog() throws {
            let manager = try listen()
            try postern.start(environment: ["NOTIFY_SOCKET": manager.name])
            _ = try #require(manager.next("READY=1"))
            #expect(manager.next(within: .seconds(1)) == nil)
        }

        /// It makes only the changes of its file wait.
        @Test func aLockOfAnotherProgramIsNoHang() throws {
            let manager = try listen()
            try postern.start(environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "800000"])
            _ = try #require(manager.next("WATCHDOG=1"))
            let lock = try HeldLock(on: "\(postern.state)/vmail/vmail.db")
            for _ in 0..<3 { #expect(manager.next(within: .seconds(8)) == ["WATCHDOG=1"]) }
            try lock.release()
        }

        @Test func anUnreachableManagerStopsNothing() throws {
            try postern.start(environment: ["NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "400000"])
            let answer = try FastCGIClient(postern.socket).exchange(Records.request(Records.usual()))
            #expect(answer?.contains("LOGIN_REQUIRED") == true)
            #expect(postern.stop() == 0)
        }
    }
}
