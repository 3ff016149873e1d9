import Gateway
import Mail
import MailStore
import PasswordHash

/// Operations on standalone admins: admins whose address has no mailbox here (the table `admin`).
///
/// `AdminData.swift` has what POST and PUT take and what GET answers. The rights of an admin are rows of
/// `domain_admins`, where `ALL` makes a global admin. Rights over single domains are given by `Domains.changeAdmins`;
/// mail users with rights are changed as mail users (`Mailboxes`). Source: `Contract.md` 6.2.
enum Admins {
    static let routes = [
        Route(
            .get, "/api/admin/<mail>", "get_admin", .globalAdmin, "Profile of a standalone admin.", on: .admin,
            answers: .adminProfile, show),
        Route(
            .post, "/api/admin/<mail>", "create_admin", .globalAdmin, "Creates a standalone admin.",
            refuses: [.cannotBeLocalDomain, .alreadyExists, .missingParameter], admit: admitNew, create),
        Route(
            .put, "/api/admin/<mail>", "update_admin", .globalAdmin, "Changes a standalone admin.", on: .admin,
            admit: admitChanges, update),
        Route(
            .delete, "/api/admin/<mail>", "delete_admin", .globalAdmin, "Deletes a standalone admin.", on: .admin,
            delete),
    ]
}

extension Admins {
    static func show(_ call: Call, _ admin: StandaloneAdminRow) throws -> Reply {
        let store = call.store
        let hidden = call.configuration.hiddenAdminColumns
        return try Reply.data { json in
            json.open("{")
            _ = try store.standaloneAdmins.withProfile(of: admin.username) { row in
                json.members(of: row, hiding: hidden)
            }
            json.member("isglobaladmin", admin.isGlobal ? 1 : 0)
            let managed =
                admin.isGlobal
                ? try store.domains.names() : try store.admins.managedDomains(of: admin.username)
            json.member("managed_domains", managed)
            json.close("}")
        }
    }

    static func admitNew(_ call: Call, _ input: AdminInput) throws -> SlowWork? {
        try requireNewAllowed(call, input)
        return call.slowHash
    }

    static func create(_ call: Call, _ input: AdminInput) throws -> Reply {
        let username = try call.mail
        let store = call.store
        try requireNewAllowed(call, input)
        let isGlobal = input.isGlobal ?? false
        var settings = AccountSettings()
        input.apply(to: &settings, isGlobal: isGlobal)
        var values = StandaloneAdminChanges()
        values.name = input.name
        values.status = input.status
        values.language = input.language
        values.settings = settings
        values.password = try call.newHash
        try store.ownership.removeAll(of: username)
        try store.standaloneAdmins.insert(username, values, now: call.now)
        if isGlobal { try store.standaloneAdmins.setGlobal(username, true, now: call.now) }
        return .changed(LogEntry(.create, "Create admin: \(username).", account: username.text))
    }

    /// Every rule that can refuse a new admin.
    private static func requireNewAllowed(_ call: Call, _ input: AdminInput) throws {
        let username = try call.mail
        guard try !call.store.domains.isTaken(username.domain) else { throw APIError.cannotBeLocalDomain }
        guard try call.store.standaloneAdmins.find(username) == nil else { throw APIError.alreadyExists }
        try requirePasswordPolicy(input.password ?? Secret(""), call)
    }

    /// Refuses a password by the server's rules; a domain's own lengths do not hold for admins (`Contract.md` 8.1).
    static func requirePasswordPolicy(_ password: Secret, _ call: Call) throws {
        try call.configuration.passwordPolicy().require(password, for: call.configuration.adminScheme)
    }

    static func admitChanges(_ call: Call, _ admin: StandaloneAdminRow, _ input: AdminInput) throws -> SlowWork? {
        try requireChangesAllowed(call, admin, input)
        return call.slowHash
    }

    static func update(_ call: Call, _ admin: StandaloneAdminRow, _ input: AdminInput) throws -> Reply {
        let username = admin.username
        let store = call.store
        try requireChangesAllowed(call, admin, input)
        let isGlobal = input.isGlobal ?? admin.isGlobal
        var settings = admin.settings
        input.apply(to: &settings, isGlobal: isGlobal)
        var changes = StandaloneAdminChanges()
        changes.name = input.name
        changes.status = input.status
        changes.language = input.language
        if settings != admin.settings { changes.settings = settings }
        if input.password != nil { changes.password = try call.newHash }
        guard !changes.isEmpty || isGlobal != admin.isGlobal else { return .unlogged }
        try store.standaloneAdmins.update(username, changes, now: call.now)
        if isGlobal != admin.isGlobal { try store.standaloneAdmins.setGlobal(username, isGlobal, now: call.now) }
        if changes.password != nil { try call.endSessions(of: username) }
        return .changed(LogEntry(.update, "Update admin: \(username).", account: username.text))
    }

    /// Every rule that can refuse the changes.
    private static func requireChangesAllowed(_ call: Call, _ admin: StandaloneAdminRow, _ input: AdminInput) throws {
        if !(input.isGlobal ?? admin.isGlobal) || input.status == .disabled {
            try requireAnotherGlobalAdmin(than: admin, call)
        }
        if let password = input.password { try requirePasswordPolicy(password, call) }
    }

    /// Refuses to delete, disable or demote the last active global admin (`Security.md` B10).
    static func requireAnotherGlobalAdmin(than admin: StandaloneAdminRow, _ call: Call) throws {
        guard admin.isGlobal, admin.status == .active else { return }
        try call.requireGlobalAdmin(besides: admin.username)
    }

    static func delete(_ call: Call, _ admin: StandaloneAdminRow) throws -> Reply {
        try requireAnotherGlobalAdmin(than: admin, call)
        try call.store.standaloneAdmins.delete(admin.username)
        try call.store.sessions.endAll(of: admin.username, besides: nil)
        return .changed(LogEntry(.delete, "Delete admin: \(admin.username).", account: admin.username.text))
    }
}
