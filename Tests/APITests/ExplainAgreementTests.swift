import Gateway
import MailStore
import Storage
import Testing

/// `GET /api/policy/explain/<mail>` says what the consumers decide: random settings, random mails, and a judge that
/// was written from their documented behaviour alone.
struct ExplainAgreementTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let judge: PolicyConsumer

    init() throws {
        api = try TestAPI()
        for domain in RandomPolicies.domains { try api.addDomain(domain) }
        for account in RandomPolicies.accounts { try api.addMailbox(account) }
        admin = try api.globalAdmin()
        judge = try api.policyConsumer()
        // As the resolver of SPF records and other programs leave them beside what the API writes.
        try api.run(
            """
            INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
            VALUES ('@.', '198.51.100.0/24', 'AUTO-UPDATE: spf.test'),
                   ('@.', '2001:db8:1::/48', 'AUTO-UPDATE: spf.test')
            """, on: .iredapd)
        try api.run(
            """
            INSERT INTO greylisting (account, priority, sender, sender_priority, active)
            VALUES ('@a.example', 60, '@.far.test', 50, 0), ('jo@b.example', 100, 's@far.test', 100, 1)
            """, on: .iredapd)
    }

    /// 8 seeds, 50 rounds of settings, 25 mails each: 10,000 cases.
    @Test(arguments: NewState.seeds([1, 2, 3, 20_260_131, 77, 4711, 65_537, 123_456_789]))
    func agreesWithTheConsumers(_ seed: UInt64) throws {
        var random = RandomPolicies(seed: seed)
        var made: [String] = []
        var successes = 0
        for round in 0..<50 {
            for _ in 0..<6 {
                let call = random.next()
                let answer = try admin.send(call.method, call.target, call.form)
                made.append("\(call) -> \(answer.word ?? "done")")
                if answer.isSuccess { successes += 1 }
            }
            for number in 0..<25 {
                let account = random.pick(RandomPolicies.accounts)
                let mail = ExplainedMail(
                    sender: random.chance(85) ? random.pick(RandomPolicies.senders) : nil,
                    client: random.chance(85) ? random.pick(RandomPolicies.clients) : nil,
                    recipient: random.chance(70) ? random.pick(RandomPolicies.recipients) : nil)
                let answer = try admin.send(.get, "/api/policy/explain/\(account)\(mail.query)")
                let explained = try #require(Explained(answer), "\(answer.body)")
                let differences = try explained.differences(from: judge, account: account, mail)
                guard differences.isEmpty else {
                    Issue.record(
                        """
                        seed \(seed), round \(round), mail \(number): \(account)\(mail)
                        judge / explained: \(differences)
                        \(answer.body)
                        \(made.joined(separator: "\n"))
                        """)
                    return
                }
            }
        }
        #expect(successes > 200, "the settings hardly ever succeed: \(successes) of \(made.count)")
    }
}
