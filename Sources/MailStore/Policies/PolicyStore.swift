package import Mail
import Storage

/// What the mail-flow policy tables (amavisd, iRedAPD) say of an account or a domain, when that one goes.
package struct PolicyStore {
    let amavisd: Database
    let iredapd: Database

    /// Removes every policy of one mailbox, alias or list.
    package func removeAccount(_ address: MailAddress) throws {
        try remove(where: { "\($0) = ?" }, [address.sqlValue])
    }

    /// Removes every policy under one key as stored, such as `@example.com`.
    package func removeKey(_ key: String) throws {
        try remove(where: { "\($0) = ?" }, [key.sqlValue])
    }

    /// Removes policies of a domain, of its sub-domains' wildcard and of its accounts.
    /// - Parameter limit: how many keys of each table.
    /// - Returns: false when there are none.
    func removePart(of name: DomainName, atMost limit: Int) throws -> Bool {
        let tables: [(database: Database, table: String, column: String)] = [
            (amavisd, "users", "email"), (amavisd, "policy", "policy_name"), (iredapd, "throttle", "account"),
            (iredapd, "greylisting", "account"), (iredapd, "greylisting_whitelists", "account"),
        ]
        for (database, table, column) in tables {
            let keys = try database.texts(
                SQL(
                    trusted: """
                        SELECT DISTINCT \(column) FROM \(table)
                         WHERE substr(\(column), instr(\(column), '@') + 1) IN (?, ?) LIMIT \(limit)
                        """,
                    [name.sqlValue, ("." + name.text).sqlValue])
            )
            guard keys.isEmpty else {
                for key in keys { try removeKey(key) }
                return true
            }
        }
        return false
    }

    /// Policies move to an account's new address, where those that were left there make way.
    package func renameAccount(_ old: MailAddress, to new: MailAddress) throws {
        // `users` before `policy`: a policy that bears the new name is then a left-over, and not the old name's own.
        let keys: [(database: Database, table: StaticString, column: StaticString)] = [
            (amavisd, "users", "email"), (amavisd, "policy", "policy_name"),
            (iredapd, "throttle", "account"), (iredapd, "greylisting", "account"),
            (iredapd, "greylisting_whitelists", "account"),
        ]
        // A file in which nothing moves is not locked.
        let moving = try keys.filter { database, table, column in
            try database.exists("SELECT EXISTS (SELECT 1 FROM \(name: table) WHERE \(name: column) = \(old))")
        }
        // A policy alone counts, too: it must not come to lists that were left under the new name.
        if moving.contains(where: { $0.database === amavisd }) { try removeUser(new, besides: old) }
        if moving.contains(where: { $0.table.description == "throttle" }) {
            try iredapd.change(
                "DELETE FROM throttle_tracking WHERE tid IN (SELECT id FROM throttle WHERE account = \(new))")
        }
        for (database, table, column) in moving {
            try database.change("DELETE FROM \(name: table) WHERE \(name: column) = \(new)")
            try database.change(
                "UPDATE \(name: table) SET \(name: column) = \(new) WHERE \(name: column) = \(old)")
        }
    }

    /// Deletes the row of `users` under a name, with its lists and its policy, unless a row of the old name points to
    /// that.
    private func removeUser(_ name: MailAddress, besides old: MailAddress) throws {
        try amavisd.change(
            """
            DELETE FROM policy
             WHERE policy_name = \(name) AND id NOT IN (SELECT policy_id FROM users WHERE email = \(old))
            """)
        try amavisd.change("DELETE FROM wblist WHERE rid IN (SELECT id FROM users WHERE email = \(name))")
        try amavisd.change("DELETE FROM outbound_wblist WHERE sid IN (SELECT id FROM users WHERE email = \(name))")
        try amavisd.change("DELETE FROM users WHERE email = \(name)")
    }

    private func remove(where matches: (String) -> String, _ values: [SQL.Value]) throws {
        func exists(_ database: Database, _ table: String, _ column: String) throws -> Bool {
            try database.exists(
                SQL(trusted: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(matches(column)))", values))
        }
        // Most accounts have no policy: a file nobody needs to change is not locked.
        let hasUser = try exists(amavisd, "users", "email")
        let hasPolicy = try exists(amavisd, "policy", "policy_name")
        if hasUser || hasPolicy {
            let users = "SELECT id FROM users WHERE \(matches("email"))"
            try amavisd.change(SQL(trusted: "DELETE FROM wblist WHERE rid IN (\(users))", values))
            try amavisd.change(SQL(trusted: "DELETE FROM outbound_wblist WHERE sid IN (\(users))", values))
            try amavisd.change(SQL(trusted: "DELETE FROM policy WHERE \(matches("policy_name"))", values))
            try amavisd.change(SQL(trusted: "DELETE FROM users WHERE \(matches("email"))", values))
        }
        if try exists(iredapd, "throttle", "account") {
            let throttles = "SELECT id FROM throttle WHERE \(matches("account"))"
            try iredapd.change(SQL(trusted: "DELETE FROM throttle_tracking WHERE tid IN (\(throttles))", values))
            try iredapd.change(SQL(trusted: "DELETE FROM throttle WHERE \(matches("account"))", values))
        }
        for table in ["greylisting", "greylisting_whitelists"] {
            guard try exists(iredapd, table, "account") else { continue }
            try iredapd.change(SQL(trusted: "DELETE FROM \(table) WHERE \(matches("account"))", values))
        }
    }
}

extension Store {
    package var policies: PolicyStore { PolicyStore(amavisd: amavisd, iredapd: iredapd) }
}
