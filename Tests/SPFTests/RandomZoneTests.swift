import Foundation
import Mail
import SPF
import Testing

/// What holds for every zone, however its records point at each other.
struct RandomZoneTests {
    /// SplitMix64. The environment variable `POSTERN_SEED` sets the seed.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    private static let names = (0..<12).map { "n\($0).test" }

    private static func term(_ random: inout Generator) -> String {
        let name = names.randomElement(using: &random) ?? "n0.test"
        let four = "\(Int.random(in: 0...255, using: &random)).0.2.\(Int.random(in: 0...255, using: &random))"
        let six = "2001:db8::\(Int.random(in: 0...9, using: &random))"
        let length = Int.random(in: 0...130, using: &random)
        let terms = [
            "ip4:\(four)", "ip4:\(four)/\(length % 34)", "ip6:\(six)/\(length)", "ip4:\(six)", "a", "a:\(name)",
            "a:\(name)/\(length % 34)//\(length)", "mx:\(name)", "mx/\(length % 34)", "include:\(name)",
            "include:\(name)",
            "redirect=\(name)", "-include:\(name)", "~all", "ptr", "exists:%{i}.\(name)", "\u{fffd}\(name)",
            "a:\(name)/x",
        ]
        return terms.randomElement(using: &random) ?? "a"
    }

    private static func zone(_ random: inout Generator) -> Zone {
        let zone = Zone()
        for name in names {
            for _ in 0..<Int.random(in: 0...2, using: &random) where Bool.random(using: &random) {
                let terms = (0..<Int.random(in: 0...12, using: &random)).map { _ in term(&random) }
                zone.texts[name, default: []].append("v=spf1 " + terms.joined(separator: " "))
            }
            zone.addresses[name] = ["10.1.\(Int.random(in: 0...255, using: &random)).1", "2001:db8::f"]
                .filter { _ in Bool.random(using: &random) }
            zone.mailHosts[name] = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                (Int.random(in: 0...3, using: &random), (names + [""]).randomElement(using: &random) ?? "")
            }
        }
        return zone
    }

    @Test func everyZoneEndsWithinTheLimitsWithSoundSenders() throws {
        let given = ProcessInfo.processInfo.environment["POSTERN_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        var random = Generator(state: seed)
        var outcomes: Set<String> = []
        for _ in 0..<1500 {
            let zone = Self.zone(&random)
            let limit = Int.random(in: 1...25, using: &random)
            let result = try zone.senders(of: "n0.test", limit: limit)
            #expect(result.lookups <= limit, "seed \(seed)")
            // A name is asked once of each kind: its text, its addresses, its hosts.
            #expect(Set(zone.questions).count == zone.questions.count, "seed \(seed)")
            #expect(zone.questions.count { $0.hasSuffix("TXT") } <= limit + 1, "seed \(seed)")
            for sender in result.senders {
                let network = try IPNetwork(sender)
                #expect(network.description == sender, "seed \(seed)")
                #expect(network.prefixLength >= (network.isIPv4 ? 8 : 16), "seed \(seed): \(sender)")
            }
            #expect(result.senders == Array(Set(result.senders)).sorted(), "seed \(seed)")
            #expect(try zone.senders(of: "n0.test", limit: limit) == result, "seed \(seed)")
            if case .partial = result.outcome { outcomes.insert("partial") }
            if result.outcome == .ok { outcomes.insert("ok") }
            if !result.tooWide.isEmpty { outcomes.insert("too wide") }
        }
        // Otherwise these zones would not be worth their time.
        #expect(outcomes == ["ok", "partial", "too wide"], "seed \(seed)")
    }

    @Test func aFailureAnywhereLeavesNoSenders() throws {
        var random = Generator(state: 7)
        var failures = 0
        for _ in 0..<500 {
            let zone = Self.zone(&random)
            zone.down = [Self.names.randomElement(using: &random) ?? "n0.test"]
            let result = try zone.senders(of: "n0.test")
            guard case .failed = result.outcome else { continue }
            failures += 1
            #expect(result.senders == [])
        }
        #expect(failures > 50)
    }
}
