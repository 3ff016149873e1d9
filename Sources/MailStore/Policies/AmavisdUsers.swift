import Mail
import Storage

/// amavisd's table `users`: the scopes that have a spam policy or a white/blacklist. These are not the mail users.
struct AmavisdUsers {
    let amavisd: Database

    func id(of scope: Scope) throws -> Int? {
        try amavisd.first("SELECT id FROM users WHERE email = \(scope.key)") { row in
            row.integer(0)
        }
    }

    /// Makes the row if it is missing, and sets its priority right.
    /// - Parameter policy: a `policy.id`. Nil leaves `policy_id` as it is; in a new row it is 0, no policy.
    /// - Returns: the row's id.
    @discardableResult
    func require(_ scope: Scope, policy: Int? = nil) throws -> Int {
        try amavisd.change(
            """
            INSERT INTO users (email, priority, policy_id)
            VALUES (\(scope.key), \(scope.amavisdPriority), \(policy ?? 0))
            ON CONFLICT (email) DO UPDATE
               SET priority = excluded.priority, policy_id = COALESCE(\(policy), users.policy_id)
            """)
        return try id(of: scope) ?? 0
    }

    /// Removes the row if it points to no policy and no list needs it.
    func removeUnused(_ scope: Scope) throws {
        try amavisd.change(
            """
            DELETE FROM users
             WHERE email = \(scope.key) AND policy_id = 0
               AND NOT EXISTS (SELECT 1 FROM wblist WHERE rid = users.id)
               AND NOT EXISTS (SELECT 1 FROM outbound_wblist WHERE sid = users.id)
            """)
    }
}
