import API
import Gateway
import Testing

/// Random calls of every kind of admin, and what must be true after them: `Contract.md` Appendix B.
struct InvariantTests {
    /// Takes `count` steps, or more until every route has succeeded, and checks the state after every 25. A failure
    /// shows the seed and a short sequence.
    private func take(_ count: Int, seed: UInt64, atOnce: Int) throws {
        let run = try CallRun()
        var calls = RandomCalls(seed: seed)
        var taken: [RandomStep] = []
        func missing() -> [String] { RandomValues.weights.keys.filter { run.successes[$0] == nil }.sorted() }
        while taken.count < count || taken.count < 3 * count && !missing().isEmpty {
            let batch = calls.batch(25, among: try run.accounts())
            taken += batch
            let violations = try run.take(batch, atOnce: atOnce) + run.check()
            guard violations.isEmpty else {
                Issue.record("\(try Finding(violations, seed: seed, after: taken, atOnce: atOnce))")
                return
            }
        }
        #expect(missing().isEmpty, "seed \(seed): these never succeeded")
        let parameters = RandomCalls.routes.flatMap { route in
            route.parameters.map { "\(route.method.text) \(route.path) \($0.name)" }
        }
        let untaken = parameters.filter { !run.parameters.contains($0) }
        #expect(untaken.count * 6 <= parameters.count, "seed \(seed): too few parameters taken: \(untaken)")
    }

    @Test(arguments: NewState.seeds([1, 20_260_131, 4711]))
    func holdWhateverIsCalled(_ seed: UInt64) throws { try take(2000, seed: seed, atOnce: 1) }

    @Test(arguments: [77, 1234] as [UInt64])
    func holdWhenSeveralCallAtOnce(_ seed: UInt64) throws { try take(2000, seed: seed, atOnce: 8) }

    @Test func everyRouteAndParameterIsAmongTheCalls() throws {
        for route in RandomCalls.routes {
            let name = "\(route.method.text) \(route.path)"
            #expect(RandomValues.weights[name] != nil, "\(name)")
            for parameter in route.parameters {
                #expect(RandomValues.kinds[parameter.name] != nil, "\(route.path): \(parameter.name)")
            }
        }
    }

    /// Whether a violation that the calls lead to would be found, and how long it stays.
    @Test(arguments: [
        ("1", "DELETE FROM forwardings WHERE address = 'mo@b.example' AND is_forwarding = 1"),
        ("4", "UPDATE forwardings SET active = 0 WHERE address = 'mo@b.example'"),
        ("6", "UPDATE domain SET settings = 'broken' WHERE domain = 'b.example'"),
        (
            "9",
            """
            INSERT INTO sender_bcc_user (username, bcc_address, domain, active)
            VALUES ('mo@b.example', 'x@away.example', 'b.example', 0)
            """
        ),
        ("9", "UPDATE mailbox SET enableimaptls = 0, enablelmtp = 2 WHERE username = 'mo@b.example'"),
        ("5", "INSERT INTO sender_relayhost (account, relayhost) VALUES ('gone@b.example', 'mx')"),
        ("3", "INSERT INTO alias (address, domain) VALUES ('jo@a.example', 'a.example')"),
        ("2", "UPDATE forwardings SET dest_domain = 'other.example' WHERE address = 'b.example'"),
    ])
    func damageIsFoundAndSingledOut(_ rule: String, _ sql: String) throws {
        var calls = RandomCalls(seed: 5)
        let run = try CallRun()
        let accounts = try run.accounts()
        let steps =
            calls.batch(20, among: accounts).filter(\.isHarmless) + [.damage(sql)]
            + calls.batch(20, among: accounts).filter(\.isHarmless)
        let violations = try run.take(steps, atOnce: 1) + run.check()
        #expect(violations.contains { $0.hasPrefix(rule) }, "\(violations)")
        let finding = try Finding(violations, seed: 5, after: steps, atOnce: 1)
        #expect(finding.steps.map(\.description) == ["damage \(sql)"])
        #expect(finding.description.contains("seed 5") && finding.description.contains(sql))
    }

    /// Damage that needs a call before it: both stay, and nothing else.
    @Test func damageAfterACallIsShrunkToBoth() throws {
        let call = RandomCall(
            caller: .global, method: .post, path: "/api/user/<mail>", target: "/api/user/planted@a.example",
            body: "password=Secret-1234", isStrict: false, fields: [:])
        let damage = RandomStep.damage("UPDATE mailbox SET isglobaladmin = 1 WHERE username = 'planted@a.example'")
        var calls = RandomCalls(seed: 6)
        let run = try CallRun()
        let accounts = try run.accounts()
        let steps =
            calls.batch(20, among: accounts).filter(\.isHarmless) + [.call(call)]
            + calls.batch(20, among: accounts).filter(\.isHarmless) + [damage]
        let violations = try run.take(steps, atOnce: 1) + run.check()
        #expect(violations.count == 1)
        let finding = try Finding(violations, seed: 6, after: steps, atOnce: 1)
        #expect(finding.steps.map(\.description) == [call.description, damage.description])
    }

    @Test func onlyWhatIsNeededIsLeftOfALongSequence() {
        let shortest = Shrinking.shortest(of: Array(0..<1000)) { Set([17, 612, 613]).isSubset(of: $0) }
        #expect(shortest == [17, 612, 613])
        #expect(Shrinking.shortest(of: [1, 2, 3]) { $0.count == 3 } == [1, 2, 3])
    }
}

/// A violation, and the shortest sequence found that still leads to it.
private struct Finding: CustomStringConvertible {
    let violations: [String]
    let seed: UInt64
    let steps: [RandomStep]
    let atOnce: Int

    /// - Parameter steps: what led to it, all of it.
    init(_ violations: [String], seed: UInt64, after steps: [RandomStep], atOnce: Int) throws {
        self.violations = violations
        self.seed = seed
        self.atOnce = atOnce
        let rules = Set(violations.map { $0.prefix { $0 != ":" } })
        self.steps = try Shrinking.shortest(of: steps) { candidate in
            let run = try CallRun()
            let found = try run.take(candidate, atOnce: atOnce) + run.check()
            return found.contains { rules.contains($0.prefix { $0 != ":" }) }
        }
    }

    var description: String {
        """
        seed \(seed), \(atOnce) at once:
        \(violations.joined(separator: "\n"))
        after
        \(steps.map(\.description).joined(separator: "\n"))
        """
    }
}

extension RandomStep {
    /// Whether it only looks: such steps may surround damage without mending it.
    fileprivate var isHarmless: Bool {
        guard case .call(let call) = self else { return false }
        return call.method == .get
    }
}
