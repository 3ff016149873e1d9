import Foundation
import Mail
import MailStore
import Storage

/// Exports of a state, and their coming back, without the program around.
extension TestAPI {
    /// - Parameter domains: nil for all, with what belongs to none.
    func export(_ domains: [String]? = nil, passwords: Bool = true, usage: Bool = true) throws -> String {
        var bytes: [UInt8] = []
        try StateExport(of: StateRows(at: place), domains: domains, passwords: passwords, usage: usage)
            .write { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    func plan(_ text: String) throws -> StatePlan { try plan(Array(text.utf8)) }

    func plan(_ bytes: [UInt8]) throws -> StatePlan {
        let staged = try StagedState(in: directory)
        // Pieces that end anywhere in a line.
        var rest = bytes[...]
        let header = try ExportReader.read(into: staged) {
            defer { rest = rest.dropFirst(1000) }
            return Array(rest.prefix(1000))
        }
        return try StatePlan(staged, header, for: place)
    }

    @discardableResult
    func take(_ text: String, replaces: Bool = true) throws -> StatePlan.Findings {
        let plan = try plan(text)
        let findings = try plan.check(replaces: replaces)
        try plan.apply(findings, to: place, replaces: replaces, now: clock.now) { _ in }
        return findings
    }

    /// What a dry run would show.
    func differences(_ text: String) throws -> [String] {
        let plan = try plan(text)
        var lines: [String] = []
        for (part, _) in try plan.check(replaces: true).parts {
            try plan.forEachDifference(of: part) { lines += plan.lines(of: $1, in: $0) }
        }
        return lines
    }

    /// How many rows housekeeping removes.
    func housekeeping() throws -> Int {
        let removed = Removed()
        let now = clock.now
        try change { store in
            var rest: Housekeeping? = Housekeeping(now: now)
            while let step = rest {
                let (count, next) = try step.step(in: store)
                removed.count += count
                rest = next
            }
        }
        return removed.count
    }

    /// `@unchecked Sendable`: the test waits until the writer has done it.
    private final class Removed: @unchecked Sendable { var count = 0 }
}
