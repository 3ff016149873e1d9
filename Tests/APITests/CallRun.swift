import Gateway
import MailStore
import Storage

/// A random sequence while its steps are taken: the API on a state of its own, the callers, and what went wrong so far.
final class CallRun {
    let api: TestAPI
    private let helper: TestListHelper
    private let global: TestAPI.Client
    private var clients: [RandomCall.Caller: TestAPI.Client] = [:]
    private var copies = KeptCopies()
    private let reader: ContentsReader
    private var contents: [String]
    /// How often each route succeeded.
    private(set) var successes: [String: Int] = [:]
    /// The parameters that were taken, e.g. `PUT /api/user/<mail> name`.
    private(set) var parameters: Set<String> = []

    init() throws {
        helper = try TestListHelper()
        api = try TestAPI(lists: helper)
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "a.example")
        try api.addMailbox("jo@a.example")
        try api.addMailbox("mo@b.example", isAdmin: true)
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('mo@b.example', 'b.example')")
        try api.addAlias("team@a.example", members: ["jo@a.example", "al@b.example"])
        try api.addAlias("off@b.example", members: ["jo@a.example"], active: false)
        try api.addList("list@b.example", members: ["al@b.example", "jo@a.example"])
        try api.run("UPDATE maillists SET transport = 'dovecot'")
        try api.addForwarding("b.example", to: "jo@a.example", flag: .none)
        try api.addAdmin("dan@office.example", of: ["a.example"])
        try api.addAdmin(
            "cora@office.example", of: ["a.example"], settings: "create_new_domains:yes;create_max_domains:4;")
        global = try api.globalAdmin()
        reader = try ContentsReader(api)
        contents = try reader.read()
    }

    /// What the next calls can be about.
    func accounts() throws -> RandomCalls.Accounts {
        RandomCalls.Accounts(
            domains: try api.rows("SELECT domain FROM domain ORDER BY 1"),
            users: try api.rows("SELECT username FROM mailbox ORDER BY 1"),
            aliases: try api.rows(
                "SELECT address FROM alias WHERE address NOT IN (SELECT address FROM maillists) ORDER BY 1"),
            lists: try listNames(areSubscribable: false), subscribableLists: try listNames(areSubscribable: true))
    }

    private func listNames(areSubscribable: Bool) throws -> [String] {
        try api.rows(
            "SELECT address FROM maillists WHERE (transport LIKE 'mlmmj:%') = \(areSubscribable ? 1 : 0) ORDER BY 1")
    }

    /// Takes the steps, `atOnce` of them without waiting for the answer of the one before.
    ///
    /// - Returns: what is wrong with the answers and with what each call did.
    func take(_ steps: [RandomStep], atOnce: Int) throws -> [String] {
        var violations: [String] = []
        for start in stride(from: 0, to: steps.count, by: atOnce) {
            var calls: [RandomCall] = []
            for step in steps[start..<min(start + atOnce, steps.count)] {
                switch step {
                case .call(let call): calls.append(call)
                case .use(let address): try use(address)
                case .damage(let sql):
                    try api.run(SQL(trusted: sql))
                    contents = try reader.read()
                }
            }
            violations += try send(calls)
        }
        return violations
    }

    /// What is wrong with the whole state: `Contract.md` Appendix B, 1 to 6, 9 and 10.
    func check() throws -> [String] {
        let rows = try api.violations(&copies)
        // What is shown of a broken state may not even be readable.
        guard rows.isEmpty else { return rows }
        let reported = try ReportedAccounts(global, listNames: try listNames(areSubscribable: false))
        return try api.destinationViolations(reported)
            + api.exportViolations(reported, global, admins: try api.rows("SELECT username FROM admin"))
            + listViolations()
    }

    /// Lists of mlmmj's have a row and a directory, or neither, and its owners in both.
    private func listViolations() throws -> [String] {
        try helper.wait { (try? api.rows("SELECT id FROM list_requests")) == [] }
        let rows = try api.rows("SELECT address FROM maillists WHERE transport LIKE 'mlmmj:%' ORDER BY 1")
        guard rows == helper.lists else { return ["9 lists: \(rows) in the rows, \(helper.lists) in the spool"] }
        return try rows.filter { list in
            let owners = try api.rows("SELECT owner FROM maillist_owners WHERE address = \(list)")
            let parts = list.split(separator: "@")
            let lines = (helper.file("\(parts[1])/\(parts[0])/control/owner") ?? "").split(separator: "\n").map(
                String.init)
            return owners.sorted() != lines.sorted()
        }.map { "9 owners of \($0)" }
    }

    private func send(_ calls: [RandomCall]) throws -> [String] {
        let requests = try calls.map { call in
            var client = try client(call.caller)
            client.isStrict = call.isStrict
            return client.request(call.method, call.target, call.body)
        }
        let answers = try api.sendAtOnce(requests)
        var violations: [String] = []
        var isChanged = false
        for (call, answer) in zip(calls, answers) {
            if answer.word == "LOGIN_REQUIRED" { clients[call.caller] = nil }
            if answer.status == .internalError || answer.failure != nil { violations.append("it failed: \(call)") }
            let isExport = call.path.hasPrefix("/api/ldif/")
            if answer.body.contains(#""password":"#) || answer.body.contains("SSHA512") && !isExport {
                violations.append("8 a hash is shown: \(call)")
            }
            guard answer.isSuccess else { continue }
            successes[call.route, default: 0] += 1
            parameters.formUnion(call.fields.keys.map { "\(call.route) \($0)" })
            copies.follow(call)
            if call.method != .get {
                isChanged = true
                if answer.body != Answer.done { violations.append("an answer beyond the published: \(call)") }
            }
        }
        guard !calls.isEmpty else { return violations }
        let before = contents
        contents = try reader.read()
        if !isChanged, before != contents { violations.append("7 what may not change anything did: \(calls)") }
        // What is below an account or domain goes without it.
        if calls.count == 1, let call = calls.first, call.method == .delete, call.path.hasSuffix(">"), isChanged {
            violations += try leftovers(of: call)
        }
        return violations
    }

    /// A caller with a session, or without one as long as there is no such admin.
    private func client(_ caller: RandomCall.Caller) throws -> TestAPI.Client {
        if caller == .global { return global }
        if let client = clients[caller] { return client }
        let answer = try api.nobody.send(
            .post, "/api/login", "username=\(caller.rawValue)&password=\(TestAPI.password)")
        guard answer.isSuccess, let cookie = answer.cookie else { return api.nobody }
        let client = TestAPI.Client(api: api, cookie: cookie)
        clients[caller] = client
        return client
    }

    /// Rows of other programs about a mailbox.
    private func use(_ address: String) throws {
        // Nobody uses one of a domain that is off; and of one that waits for its proof such rows are about an outside
        // address.
        guard
            try api.rows(
                """
                SELECT 1 FROM mailbox JOIN domain ON domain.domain = mailbox.domain
                 WHERE username = \(address) AND domain.active = 1
                """) == ["1"]
        else { return }
        let domain = String(address.split(separator: "@")[1])
        for sql in [
            "INSERT INTO used_quota (username, bytes, messages) VALUES (\(address), 4096, 2) ON CONFLICT DO NOTHING",
            "INSERT INTO last_login (username, domain, imap) VALUES (\(address), \(domain), 9) ON CONFLICT DO NOTHING",
            "INSERT INTO anyone_shares (from_user) VALUES (\(address)) ON CONFLICT DO NOTHING",
        ] as [SQL] { try api.run(sql, on: .usage) }
        try api.run("INSERT INTO policy (policy_name) VALUES (\(address)) ON CONFLICT DO NOTHING", on: .amavisd)
        try api.run(
            """
            INSERT INTO users (email, policy_id) SELECT \(address), id FROM policy WHERE policy_name = \(address)
            ON CONFLICT DO NOTHING
            """, on: .amavisd)
        for sql in [
            "INSERT INTO throttle (account, period) VALUES (\(address), 60) ON CONFLICT DO NOTHING",
            "INSERT INTO greylisting (account, sender) VALUES (\(address), '@.') ON CONFLICT DO NOTHING",
        ] as [SQL] { try api.run(sql, on: .iredapd) }
        contents = try reader.read()
    }

    /// Appendix B, 5: rows that still speak of what was deleted.
    private func leftovers(of call: RandomCall) throws -> [String] {
        let name = call.object
        let domain = name.split(separator: "@").last.map(String.init) ?? ""
        let isWaiting = try !api.rows(
            """
            SELECT 1 FROM domain JOIN domain_ownership USING (domain)
             WHERE domain = \(domain) AND active = 0 AND alias_domain = '' AND verified = 0
            """
        ).isEmpty
        /// Whose third column names somebody, and whose fourth is the domain of the row.
        let pointers: Set<String> = ["forwardings", "moderators", "maillist_owners"]
        var others = ["deleted_mailboxes", "domain_ownership", "admin"]
        // A standalone admin may have the address of an alias or a list, in a domain that was hosted later.
        if call.path.contains("/alias/") || call.path.contains("/maillist/") { others.append("domain_admins") }
        // A standalone admin's rights are his own, whatever becomes of a domain in which he has an address.
        let standalone = Set(
            contents.compactMap { line in
                line.hasPrefix("admin: ") ? line.dropFirst(7).split(separator: "|").first.map(String.init) : nil
            })
        return contents.filter { line in
            let table = String(line.prefix { $0 != ":" })
            let fields = line.dropFirst(table.count + 2).split(separator: "|", omittingEmptySubsequences: false)
            if others.contains(table) { return false }
            if table == "domain_admins", let first = fields.first, standalone.contains(String(first)), fields.count > 1,
                fields[1] != name
            {
                return false
            }
            // Mail may go to an admin's address wherever it is.
            if call.path.contains("/admin/"), table != "domain_admins" { return false }
            if name.contains("@") {
                guard fields.contains(where: { $0 == name }) else { return false }
                // To other domains an address in a domain that waits is an outside one.
                let owner = pointers.contains(table) ? fields[3] : fields[0].split(separator: "@").last ?? ""
                return !(isWaiting && owner != domain && (pointers.contains(table) || table.contains("_bcc_")))
            }
            let mentions = fields.indices.filter { fields[$0] == name || fields[$0].hasSuffix("@\(name)") }
            // Another domain's row that points there: only the destination's columns name it.
            let isPointer =
                pointers.contains(table) && mentions == [2, 4]
                || table.contains("_bcc_") && fields[0] != name && !fields[0].hasSuffix("@\(name)")
            return !mentions.isEmpty && !isPointer
        }.map { "5 after \(call): \($0)" }
    }
}
