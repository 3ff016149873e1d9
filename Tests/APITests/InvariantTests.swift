import Gateway
import SQLite
import Testing

/// Random calls, and what must be true after each: `accounts.md` Appendix B.
struct InvariantTests {
    private let api: TestAPI
    private let global: TestAPI.Client
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "a.example")
        try api.addMailbox("jo@a.example")
        try api.addAlias("team@a.example", members: ["jo@a.example", "al@b.example"])
        try api.addAlias("off@b.example", members: ["jo@a.example"], active: false)
        try api.addList("list@b.example", members: ["al@b.example", "jo@a.example"])
        try api.addForwarding("b.example", to: "jo@a.example", flag: .none)
        try api.addAdmin(
            "dan@office.example", of: ["a.example"], settings: "create_new_domains:yes;create_max_domains:2;")
        global = try api.globalAdmin()
        admin = try api.client("dan@office.example")
    }

    @Test(arguments: [1, 20_260_131, 77, 4711] as [UInt64])
    func holdAfterEveryCall(_ seed: UInt64) throws {
        var calls = RandomCalls(seed: seed)
        var made: [String] = []
        var copyless: Set<String> = []
        var successes = 0
        for _ in 0..<250 {
            let call = calls.next(users: try api.rows("SELECT username FROM mailbox ORDER BY 1"))
            let before = try api.contents()
            let answer = try (call.isDomainAdmin ? admin : global).send(call.method, call.target, call.form)
            made.append("\(call) -> \(answer.word ?? "done")")
            let after = try api.contents()
            var violations: [String] = []
            if answer.isSuccess {
                successes += 1
                note(call, &copyless)
                violations = try api.violations(copyless: copyless) + leftovers(of: call, after)
            }
            if (!answer.isSuccess || call.method == .get) && before != after {
                violations.append("7: a call that may not change anything did")
            }
            if answer.body.contains("SHA512") || answer.body.contains(#""password":"#) {
                violations.append("8: a hash is shown")
            }
            if answer.status == .internalError { violations.append("it failed") }
            #expect(violations.isEmpty, "seed \(seed): \(violations)\n\(made.joined(separator: "\n"))")
            if !violations.isEmpty { return }
        }
        #expect(successes > 60, "the calls hardly ever succeed: \(successes)")
    }

    /// Remembers who keeps no copy.
    private func note(_ call: RandomCalls.Call, _ copyless: inout Set<String>) {
        let name = String(call.target.split(separator: "/")[2])
        switch call.method {
        case .post, .delete: copyless = copyless.filter { $0 != name && !$0.hasSuffix("@\(name)") }
        case .put:
            guard
                let list = call.form?.split(separator: "&").first(where: { $0.hasPrefix("forwarding=") })?.dropFirst(11)
            else { return }
            if list.isEmpty || list.split(separator: ",").contains(where: { $0 == name }) {
                copyless.remove(name)
            } else {
                copyless.insert(name)
            }
        default: break
        }
    }

    /// Rows that still speak of what was deleted.
    private func leftovers(of call: RandomCalls.Call, _ contents: [String]) -> [String] {
        guard call.method == .delete else { return [] }
        let name = String(call.target.split(separator: "/")[2])
        let lines = contents.filter { !$0.hasPrefix("deleted_mailboxes:") && !$0.hasPrefix("domain_ownership:") }
        if name.contains("@") {
            return lines.filter {
                $0.split(separator: " ", maxSplits: 1)[1].split(separator: "|").contains { $0 == name }
            }
        }
        return lines.filter { line in
            let table = line.prefix { $0 != ":" }
            let fields = line.dropFirst(table.count + 2).split(separator: "|", omittingEmptySubsequences: false)
            let mentions = fields.indices.filter { fields[$0] == name || fields[$0].hasSuffix("@\(name)") }
            // Another domain's row that points there: only the destination's two columns name it.
            return !mentions.isEmpty && !(table == "forwardings" && mentions == [2, 4])
                && !table.hasSuffix("bcc_domain")
        }.map { "5: \($0)" }
    }
}
