import Gateway
import Mail
import MailStore
import Storage

/// What everybody but the hostile admin does.
extension DelegationRun {
    func work(_ call: RandomCall) throws -> [String] {
        // A user of a domain that the hostile admin has made meanwhile would be the hostile admin's to see.
        if call.route == "POST /api/user/<mail>", try facts().managed.isSuperset(of: call.domains) { return [] }
        let name = call.caller == .victim ? kind.victim : TestAPI.admin
        let isThere = try !rows.values("SELECT address FROM forwardings WHERE address = \(call.object)").isEmpty
        let answer = try api.client(of: name, cookie: try cookie(of: name)).send(call.method, call.target, call.body)
        if answer.isSuccess {
            if call.caller == .victim { victimSuccesses += 1 }
            let domain = call.object
            guard ["POST /api/domain/<domain>", "DELETE /api/domain/<domain>"].contains(call.route) else { return [] }
            made.remove(domain)
            known = nil
            // Whoever takes over a waiting name has it alone.
            return try facts().managed.contains(domain) ? ["shared after a takeover: \(call)"] : []
        }
        if answer.word == "LOGIN_REQUIRED" { return ["a session has ended: \(name)"] }
        // Nobody but himself touches these domains of his.
        guard call.caller == .victim, call.newAddress == nil, call.domains.isSubset(of: ["v.example", "v2.example"]),
            isThere != (call.route == "POST /api/user/<mail>") || call.object == "v.example"
        else { return [] }
        return ["the other admin's work: \(answer.body), after \(call)"]
    }

    /// Everybody but the hostile admin uses his session, or begins a new one before it is too old.
    func pass(_ seconds: Int) throws -> [String] {
        api.clock.move(by: seconds)
        let others = [
            (TestAPI.admin, ""), (DelegationWorld.globalAdmin, ""), (kind.victim, "v.example"),
            (DelegationWorld.neighbour, "shared.example"), (DelegationWorld.foreignAdmin, "shared.example"),
        ]
        let isOld = api.clock.now.epoch - login > 10 * 3600
        if isOld {
            login = api.clock.now.epoch
            // They would be over soon, and go when somebody logs in.
            let names = others.compactMap { MailAddress($0.0) }
            try api.change { store in for name in names { try store.sessions.endAll(of: name, besides: nil) } }
        }
        let violations = try others.compactMap { name, domain -> String? in
            if isOld { cookies[name] = nil }
            let answer = try api.client(of: name, cookie: try cookie(of: name))
                .send(.get, "/api/domains?name_only=yes")
            return answer.isSuccess && answer.body.contains(domain) ? nil : "a session has ended: \(name)"
        }
        // When a session was used last is written down after the answer.
        try api.settle()
        return violations
    }

    /// Gives the hostile admin back what he has thrown away.
    func repair() throws -> [String] {
        if try rows.values("SELECT username FROM mailbox UNION SELECT username FROM admin").contains(hostile) == false {
            rename(to: kind.hostile)
            cookies[hostile] = nil
        }
        let global = api.client(of: TestAPI.admin, cookie: try cookie(of: TestAPI.admin))
        var requests: [(Method, String, String)] = []
        for domain in ["h.example", "h2.example"] {
            requests += [
                (.post, "/api/domain/\(domain)", "name=H"),
                (
                    .put, "/api/domain/\(domain)",
                    "accountStatus=active&quota=0&maxUserQuota=0&numberOfUsers=0&numberOfAliases=0&numberOfLists=0"
                        + "&is_backupmx=no&minPasswordLength=0&maxPasswordLength=0&catchall=jo@h.example"
                ),
                (.post, "/api/user/jo@\(domain)", "password=\(TestAPI.password)"),
            ]
        }
        requests.append((.put, "/api/domain/hnew.example", "accountStatus=active"))
        if kind.hostileIsMailUser {
            requests += [
                // The address may have become that of an alias.
                (.delete, "/api/alias/\(hostile)", ""), (.delete, "/api/maillist/\(hostile)", ""),
                (.delete, "/api/ml/\(hostile)", ""),
                (.post, "/api/user/\(hostile)", "password=\(TestAPI.password)"),
                (.put, "/api/user/\(hostile)", "password=\(TestAPI.password)&accountStatus=active"),
            ]
        }
        for domain in ["h.example", "h2.example", "hnew.example"] {
            requests.append((.put, "/api/domain/admins/\(domain)", "addAdmin=\(hostile)"))
        }
        for (method, target, form) in requests { _ = try global.send(method, target, form) }
        let name = hostile
        try api.run("UPDATE mailbox SET settings = 'create_new_domains:yes;' WHERE username = \(name)")
        return []
    }

    /// Of a session that may have to begin first; nil when it cannot.
    func cookie(of name: String) throws -> String? {
        if let cookie = cookies[name] { return cookie }
        let isKnown = name == hostile || name == TestAPI.admin
        let password = isKnown ? TestAPI.password : DelegationWorld.passwordOfOthers
        let answer = try api.client(of: name, cookie: nil)
            .send(.post, "/api/login", "username=\(name)&password=\(password)")
        cookies[name] = answer.isSuccess ? answer.cookie : nil
        return cookies[name]
    }
}
