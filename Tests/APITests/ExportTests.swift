import Foundation
import Mail
import MailStore
import Storage
import Support
import Testing

/// What an export has comes back: into an empty state, and over one that has changed.
struct ExportTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// An export as text.
    private func export(
        _ api: TestAPI, _ domains: [String]? = nil, passwords: Bool = true, usage: Bool = true
    ) throws -> String {
        var bytes: [UInt8] = []
        try StateExport(of: StateRows(at: api.place), domains: domains, passwords: passwords, usage: usage)
            .write { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func plan(_ text: String, for place: StatePlace) throws -> StatePlan {
        let staged = try StagedState(in: directory.path)
        var rest: [UInt8]? = Array(text.utf8)
        let header = try ExportReader.read(into: staged) {
            defer { rest = nil }
            return rest ?? []
        }
        return try StatePlan(staged, header, for: place)
    }

    /// - Returns: what was done.
    @discardableResult
    private func take(_ text: String, into place: StatePlace, replaces: Bool = true) throws -> StatePlan.Findings {
        let plan = try plan(text, for: place)
        let findings = try plan.check(replaces: replaces)
        try plan.apply(findings, to: place, replaces: replaces, now: .init(epoch: 1_769_903_999)) { _ in }
        return findings
    }

    private func differences(_ text: String, _ api: TestAPI) throws -> [String] {
        let plan = try plan(text, for: api.place)
        var lines: [String] = []
        for (part, _) in try plan.check(replaces: true).parts {
            try plan.forEachDifference(of: part) { lines += plan.lines(of: $1, in: $0) }
        }
        return lines
    }

    /// A state that random calls have made.
    private func randomState(_ seed: UInt64, steps: Int = 150) throws -> CallRun {
        let run = try CallRun()
        var calls = RandomCalls(seed: seed)
        for _ in 0..<(steps / 25) {
            let found = try run.take(calls.batch(25, among: run.accounts()), atOnce: 1)
            #expect(found.isEmpty)
        }
        return run
    }

    private func expectSame(_ one: String, _ other: String, _ seed: UInt64) {
        guard one != other else { return }
        let lines = Set(one.split(separator: "\n")), others = Set(other.split(separator: "\n"))
        Issue.record(
            "seed \(seed): \(lines.subtracting(others).sorted().prefix(5)) and \(others.subtracting(lines).sorted().prefix(5))")
    }

    @Test(arguments: NewState.seeds([3, 20_260_131, 4712]))
    func anExportComesBackByteByByte(_ seed: UInt64) throws {
        let run = try randomState(seed)
        for (passwords, usage) in [(true, true), (false, false)] {
            let text = try export(run.api, passwords: passwords, usage: usage)
            let other = try TestAPI()
            try take(text, into: other.place)
            expectSame(text, try export(other, passwords: passwords, usage: usage), seed)
            #expect(try differences(text, other) == [])
            var copies = KeptCopies()
            let broken = try other.violations(&copies).filter { !$0.hasPrefix("1 self rows") }
            #expect(broken == [], "seed \(seed)")
            #expect(try other.housekeeping() == 0, "seed \(seed)")
        }
    }

    @Test func theSameStateGivesTheSameFile() throws {
        let run = try randomState(11, steps: 50)
        #expect(try export(run.api) == export(run.api))
        let lines = try export(run.api).split(separator: "\n")
        #expect(lines.first?.contains(#""domains":["a.example","b.example""#) == true)
        #expect(lines.last == "{\"end\":{\"rows\":\(lines.count - 2)}}")
    }

    /// What changes between an export and the dry run is what the dry run shows; afterwards nothing is left.
    @Test(arguments: NewState.seeds([5, 99, 31_415]))
    func driftIsFoundAndUndone(_ seed: UInt64) throws {
        let run = try randomState(seed, steps: 100)
        let before = try export(run.api)
        let domains = try run.api.rows("SELECT domain FROM domain")
        let domainsBefore = try export(run.api, domains)
        var calls = RandomCalls(seed: seed &+ 1)
        for _ in 0..<4 { _ = try run.take(calls.batch(10, among: run.accounts()), atOnce: 1) }
        let after = try export(run.api)
        let changed = Set(before.split(separator: "\n")).symmetricDifference(after.split(separator: "\n"))
        let found = try differences(before, run.api)
        #expect(found.isEmpty == changed.filter { $0.contains(#""table""#) }.isEmpty, "seed \(seed)")
        try take(before, into: run.api.place)
        expectSame(domainsBefore, try export(run.api, domains), seed)
        #expect(try differences(before, run.api) == [], "seed \(seed)")
    }
}

extension TestAPI {
    /// How many rows housekeeping removes.
    func housekeeping() throws -> Int {
        let removed = Removed()
        try change { store in
            var rest: Housekeeping? = Housekeeping(now: .init(epoch: 1_769_903_999))
            while let step = rest {
                let (count, next) = try step.step(in: store)
                removed.count += count
                rest = next
            }
        }
        return removed.count
    }

    private final class Removed: @unchecked Sendable { var count = 0 }
}
