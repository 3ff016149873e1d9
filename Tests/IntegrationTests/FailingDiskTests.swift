import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// The N-th write or sync of a change fails, for N = 1, 2, 3 … until a change comes through without: it is
    /// answered whole or refused whole, reads go on, and nobody has to mend anything.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: FailingDisk.isInstalled, "needs gcc, libc6-dev"))
    struct FailingDiskTests {
        private let system: MailSystem
        private let disk: FailingDisk
        private var postern: RunningPostern { system.postern }

        init() throws {
            system = try MailSystem()
            disk = try FailingDisk(below: system.postern.state)
            try system.postern.stopCleanly()
            try system.postern.start(environment: disk.environment)
            try system.client.logIn(RunningPostern.admin, RunningPostern.password)
            try system.add(domain: "open.example")
        }

        /// What the sweep of one change came to.
        private struct Tally {
            var failures = 0, refused = 0, acknowledged = 0, ended = 0
        }

        /// As systemd does with Restart=always.
        private func startAgainIfEnded() throws -> Bool {
            // A failed sync ends it a moment after the answer.
            let hasEnded = Program.wait(atMost: .milliseconds(60)) { postern.process?.isRunning == false }
            guard hasEnded else { return false }
            #expect(postern.process?.exitStatus(within: .seconds(1)) == 74)
            // Until the disk is well again, each start would end the same way.
            try disk.disarm()
            try postern.start(environment: disk.environment)
            return true
        }

        /// Tries one change with the failing call of this number.
        /// - Returns: false when no call failed: the sweep is over.
        private func trial(
            _ change: SweptChange, _ number: Int, _ kind: FailingDisk.Kind, _ error: Int32, lasting: Bool,
            _ tally: inout Tally
        ) throws -> Bool {
            let when = Comment(rawValue: "\(change.testDescription), call \(number) of \(kind) fails with \(error)")
            for call in change.before { try system.client.change(call.method, call.path, call.form) }
            #expect(try postern.sql(change.query) == change.old + "\n", when)
            try disk.fail(call: number, error: error, kind: kind, lasting: lasting)
            // A connection that ends is nginx' to answer.
            let answer = try system.client.send(change.call.method, change.call.path, change.call.form)
            let failures = try disk.failures
            let isAcknowledged = answer.isDone
            let isRefused = answer.status >= 500 && answer.word != nil
            #expect(isAcknowledged || isRefused, "\(answer.status) \(answer.text) \(when)")
            // Reads go on while the disk is still as it is.
            let hasEnded = try startAgainIfEnded()
            let read = try system.client.send(.get, "/api/domain/open.example")
            #expect(read.profile != nil, "\(read.status) \(read.text) \(when)")
            try disk.disarm()
            let after = try postern.sql(change.query).dropLast()
            #expect(after == change.old || after == change.new, "half: \(after) \(when)")
            if isAcknowledged { #expect(after == change.new, when) }
            // Refused and the process lives: nothing of it is there, and nothing of it comes later.
            if !isAcknowledged, !hasEnded { #expect(after == change.old, when) }
            tally.failures += failures > 0 ? 1 : 0
            tally.refused += isAcknowledged ? 0 : 1
            tally.acknowledged += isAcknowledged ? 1 : 0
            tally.ended += hasEnded ? 1 : 0
            if failures == 0 { #expect(isAcknowledged, "\(answer.status) \(answer.text) \(when)") }
            // The next change is done as if nothing had been.
            if !isAcknowledged, after == change.old {
                let again = try system.client.send(change.call.method, change.call.path, change.call.form)
                #expect(again.isDone, "again: \(again.status) \(again.text) \(when)")
                #expect(try postern.sql(change.query) == change.new + "\n", when)
            }
            return failures > 0
        }

        @Test(.timeLimit(.minutes(20)), arguments: 0..<SweptChange.count, [EIO, ENOSPC])
        func aChangeIsWholeOrRefused(_ index: Int, _ error: Int32) throws {
            var tally = Tally()
            // The whole sweep takes many minutes: the first calls one by one, then every so many.
            let stride = Soak.size(13, whole: 1, "POSTERN_SWEEP_STRIDE")
            var calls: [Int] = []
            // Apart, because the number of writes differs a little from trial to trial, and the sync comes last.
            for kind in [FailingDisk.Kind.writes, .syncs] {
                var number = 1
                var isLasting = false
                while true {
                    let change = SweptChange.all("\(kind)\(number)")[index]
                    // In turn a single failure and a disk that goes on failing.
                    guard try trial(change, number, kind, error, lasting: isLasting, &tally) else { break }
                    isLasting.toggle()
                    number += number < 3 ? 1 : stride
                }
                calls.append(number - 1)
            }
            let name = SweptChange.all("x")[index].testDescription
            Soak.report(
                "\(name), \(error == EIO ? "EIO" : "ENOSPC"): \(calls[0]) writes, \(calls[1]) syncs; "
                    + "\(tally.failures) failed one by one, \(tally.refused) refused, \(tally.acknowledged) done, "
                    + "\(tally.ended) ends and restarts")
            #expect(calls[0] > 3 && calls[1] > 0 && tally.refused > 0)
            #expect(tally.ended > 0, "a failed sync ends the process")
            try expectSoundness()
        }

        @Test func aFailedSyncRefusesEndsAndIsServedAgainAfterTheStart() throws {
            try disk.fail(call: 1, error: EIO, kind: .syncs)
            let answer = try system.client.send(.post, "/api/user/anna@open.example", [("password", "User-pw-1")])
            #expect(!answer.isDone && answer.status >= 500)
            #expect(postern.process?.exitStatus(within: .seconds(5)) == 74)
            #expect(postern.log.contains("a sync of the disk failed; the process ends so that it is started anew"))
            try postern.start(environment: disk.environment)
            try disk.disarm()
            try system.add(user: "bert@open.example")
            try expectSoundness()
        }

        @Test func aStopWhoseWritesFailLosesNothing() throws {
            for number in 1...(Soak.isOn ? 60 : 6) {
                try system.add(user: "u\(number)@open.example")
                // What closing does is to bring the log's pages into the file.
                try disk.fail(call: number, error: EIO, lasting: true)
                let status = postern.process?.stop(SIGTERM, within: .seconds(6))
                #expect(status != nil, "it ends, whatever it thinks of the disk")
                try disk.disarm()
                try postern.start(environment: disk.environment)
                #expect(try postern.mailboxes().count == number)
            }
            try expectSoundness()
        }

        /// After a clean stop, all that was acknowledged is there, once.
        private func expectSoundness() throws {
            try postern.stopCleanly()
            let check = try postern.check()
            #expect(check.status == 0, "\(check.output) \(check.errorOutput)")
            try postern.start()
            // The clean-up at the start has removed what a cut between two files has left.
            let isClean = try Program.wait(atMost: .seconds(5)) {
                let query = "SELECT policy_name FROM policy WHERE policy_name LIKE '%@%.example';"
                let policies = try postern.sql(query, on: "amavisd").split(separator: "\n").map(String.init)
                let domains = try postern.sql("SELECT '@' || domain FROM domain;").split(separator: "\n")
                    .map(String.init)
                return try postern.mailboxes().union(domains).isSuperset(of: policies)
            }
            #expect(isClean, "a policy without an account")
        }
    }
}

extension RunningPostern {
    func stopCleanly() throws {
        guard stop() == 0 else { throw Program.Failure(description: "Postern does not stop cleanly: \(log)") }
    }
}
