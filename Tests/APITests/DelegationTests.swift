import API
import Gateway
import MailStore
import Support
import Testing

/// Whatever a domain admin calls, nothing of anybody else changes, and he learns nothing of it: rows, rights, sessions,
/// log lines, the ways of mail.
struct DelegationTests {
    /// Lets the hostile admin make `count` calls, or more until each of his routes has succeeded. A failure shows the
    /// seed and a short sequence.
    private func take(_ count: Int, seed: UInt64) throws {
        let kind = DelegationWorld.Kind(hostileIsMailUser: seed % 2 == 1, victimIsMailUser: seed / 2 % 2 == 1)
        let run = try DelegationRun(kind)
        var calls = DelegationCalls(seed: seed)
        var taken: [DelegationStep] = []
        var attacks = 0
        func missing() -> [String] { DelegationCalls.claimed.filter { run.successes[$0] == nil }.sorted() }
        while attacks < count || attacks < 2 * count && !missing().isEmpty {
            let batch = try calls.batch(25, in: run, missing: attacks > count / 3 ? missing() : [])
            taken += batch
            attacks += batch.count(where: \.isOfHostile)
            let violations = try run.take(batch)
            guard violations.isEmpty else {
                Issue.record("\(try DelegationFinding(violations, seed: seed, kind, after: taken))")
                return
            }
        }
        #expect(missing().isEmpty, "seed \(seed): these never succeeded")
        #expect(run.victimSuccesses * 30 > attacks, "seed \(seed): the other admin hardly did anything")
    }

    /// 20 800 calls, or 2000.
    @Test(arguments: NewState.seeds([1, 2, 3, 4, 20_260_131, 4711, 1234, 77]))
    func hostileAdminsChangeAndLearnNothingOfOthers(_ seed: UInt64) throws {
        try take(NewState.isShort ? 1000 : 2600, seed: seed)
    }

    @Test func everyRouteIsCalledAndEveryParameterHasValues() throws {
        #expect(DelegationCalls.claimed.isDisjoint(with: DelegationCalls.closed))
        for route in API.routes {
            for parameter in route.parameters {
                #expect(DelegationValues.kinds[parameter.name] != nil, "\(route.path): \(parameter.name)")
            }
        }
    }

    /// Or else nothing would be noticed.
    @Test func everyPrintedTableAnswersInEveryWorld() throws {
        for (kind, world) in try DelegationWorld.all.get() {
            let api = try TestAPI(on: world.state)
            let routing = try DelegationRouting(
                api, keys: DelegationValues.foreignKeys, users: DelegationValues.foreignUsers)
            let answers = try routing.answers()
            #expect(answers.count == 16 + 8)
            for part in answers { #expect(!part.text.isEmpty, "\(kind.hostile): \(part.name)") }
            let aliases = answers.first { $0.name.hasSuffix("virtual-alias-maps") }
            #expect(aliases?.text.contains("zq7board@v.example is al@ops.example ceo@bigmail.example") == true)
        }
    }

    /// Whether damage that a call might do would be found, and how little of a sequence stays.
    @Test(
        arguments: [
            ("rows of forwardings", .vmail, "DELETE FROM forwardings WHERE forwarding = 'ceo@bigmail.example'"),
            (
                "routing by virtual-alias-maps", .vmail,
                """
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_alias)
                VALUES ('ceo@bigmail.example', 'jo@h.example', 'h.example', 'h.example', 1)
                """
            ),
            ("rows of mailbox", .vmail, "UPDATE mailbox SET password = 'x' WHERE username = 'boss@h.example'"),
            ("rows of domain_admins", .vmail, "DELETE FROM domain_admins WHERE username = 'bob@office.example'"),
            (
                "rights of people who are not his", .vmail,
                "INSERT INTO domain_admins (username, domain) VALUES ('bob@office.example', 'h.example')"
            ),
            (
                "rights on all domains", .vmail,
                "INSERT INTO domain_admins (username, domain) VALUES ('hank@h.example', 'ALL')"
            ),
            ("global admins", .vmail, "UPDATE mailbox SET isglobaladmin = 1 WHERE username = 'jo@h.example'"),
            (
                "proofs of ownership", .vmail,
                "INSERT INTO domain_ownership (admin, domain, verified) VALUES ('hank@h.example', 'ops.example', 1)"
            ),
            ("domains in use without a proof", .vmail, "INSERT INTO domain (domain) VALUES ('bigmail.example')"),
            ("rows of log", .vmail, "UPDATE log SET msg = '' WHERE domain = 'ops.example'"),
            ("rows of deleted_mailboxes", .vmail, "DELETE FROM deleted_mailboxes WHERE username = 'old@v.example'"),
            (
                "directories of others", .vmail,
                "UPDATE mailbox SET maildir = 'v.example/j' WHERE username = 'jo@h.example'"
            ),
            (
                "routing by sender-dependent-relayhost-maps", .vmail,
                "UPDATE sender_relayhost SET relayhost = 'mx' WHERE account = '@v2.example'"
            ),
            (
                "routing by password_query imap", .vmail,
                "UPDATE mailbox SET enableimap = 0 WHERE username = 'jo@v.example'"
            ),
            ("sessions", .api, "DELETE FROM sessions WHERE admin = 'root@ops.example'"),
            ("rows of used_quota", .usage, "UPDATE used_quota SET bytes = 0 WHERE username = 'jo@v.example'"),
            ("rows of throttle", .iredapd, "DELETE FROM throttle WHERE account = '@bigmail.example'"),
            ("rows of wblist", .amavisd, "DELETE FROM mailaddr WHERE email = 'ceo@bigmail.example'"),
        ] as [(String, StoreFile, String)])
    func damageIsFoundAndSingledOut(_ name: String, _ file: StoreFile, _ sql: String) throws {
        let kind = DelegationWorld.Kind(hostileIsMailUser: true, victimIsMailUser: false)
        let looks = Self.looks("/api/domains", "/api/user/jo@h.example", "/api/user/jo@v.example")
        let steps = looks + [.pass(seconds: 60), .damage(file, sql)] + looks
        let violations = try DelegationRun(kind).take(steps)
        #expect(violations.contains { $0.hasPrefix("\(name):") }, "\(violations)")
        let finding = try DelegationFinding(violations, seed: 5, kind, after: steps)
        #expect(finding.steps.map(\.description) == ["damage \(file.rawValue) \(sql)"])
        #expect(finding.description.contains("seed 5") && finding.description.contains(sql))
    }

    /// A secret that is shown needs two steps: both stay, and nothing else.
    @Test func aSecretThatIsShownIsFound() throws {
        let kind = DelegationWorld.Kind(hostileIsMailUser: false, victimIsMailUser: true)
        let damage = DelegationStep.damage(.vmail, "UPDATE domain SET description = 'zq7' WHERE domain = 'h.example'")
        let looks = Self.looks("/api/health", "/api/user/jo@v.example", "/api/user/jo@h.example")
        let show = Self.looks("/api/domain/h.example")
        let steps = looks + [damage] + looks + show
        let violations = try DelegationRun(kind).take(steps)
        #expect(violations.count == 1 && violations[0].hasPrefix("a secret is shown"), "\(violations)")
        let finding = try DelegationFinding(violations, seed: 6, kind, after: steps)
        #expect(finding.steps.map(\.description) == ([damage] + show).map(\.description))
    }

    /// The hostile admin's, changing nothing.
    private static func looks(_ targets: String...) -> [DelegationStep] {
        targets.map { target in
            .call(
                RandomCall(
                    caller: .hostile, method: .get, path: target, target: target, body: nil, isStrict: false,
                    fields: [:]))
        }
    }
}

/// A violation, and the shortest sequence found that still leads to it.
struct DelegationFinding: CustomStringConvertible {
    let violations: [String]
    let seed: UInt64
    let kind: DelegationWorld.Kind
    let steps: [DelegationStep]

    /// - Parameter steps: what led to it, all of it.
    init(_ violations: [String], seed: UInt64, _ kind: DelegationWorld.Kind, after steps: [DelegationStep]) throws {
        self.violations = violations
        self.seed = seed
        self.kind = kind
        let rules = Set(violations.map { $0.prefix { $0 != ":" } })
        self.steps = try Shrinking.shortest(of: steps) { candidate in
            try DelegationRun(kind).take(candidate).contains { rules.contains($0.prefix { $0 != ":" }) }
        }
    }

    var description: String {
        """
        seed \(seed), \(kind.hostile) against \(kind.victim):
        \(violations.joined(separator: "\n"))
        after
        \(steps.map(\.description).joined(separator: "\n"))
        """
    }
}
