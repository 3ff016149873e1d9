import Glibc
import MailStore
import Neighbours

/// `postern init --adopt` and `--release`: the databases of a running iRedMail server.
extension ServerSetUp {
    /// What is done at a database, all or nothing.
    private struct Part {
        /// Nil for the server itself, where each statement is done by itself.
        let database: ServerDatabase?
        var statements: [String]
        var remarks: [String] = []
        /// What does it, in place of running the statements.
        var apply: (() throws -> Void)?
    }

    /// Takes the databases over.
    ///
    /// - Parameters:
    ///   - connection: as a superuser.
    ///   - isReal: otherwise the statements are printed only.
    static func adopt(_ connection: String, isReal: Bool) throws {
        try carryOut(connection, isReal: isReal) { state, catalog in
            var users: Set<DatabaseRole> = []
            var parts: [Part] = []
            for database in ServerDatabase.allCases {
                let name = state.name(of: database)
                let adoption = try adoption(of: database, in: state)
                let isThere = try catalog.hasDatabase(name)
                switch isThere ? try adoption.tables() : .none {
                case .own:
                    guard database != .vmail else {
                        throw ExitError(
                            "Postern has made the database \(name): nothing is to be adopted", code: .unusableData)
                    }
                case .foreign where database == .postern:
                    throw ExitError("the database \(name) holds tables of another program", code: .unusableData)
                case .none where database == .vmail:
                    throw ExitError(
                        "there are no tables of iRedMail's in a database \(name); for a new state say --admin MAIL in place of "
                            + "--adopt", code: .unusableData)
                case .foreign, .adopted:
                    let plan = try adoption.plan()
                    if !plan.statements.isEmpty {
                        parts.append(
                            Part(
                                database: database, statements: plan.statements, remarks: plan.remarks,
                                apply: { try adoption.apply() }))
                    }
                case .none:
                    if !isThere {
                        parts.append(
                            Part(
                                database: nil,
                                statements: [ServerMigrator.creation(of: database, in: state, owner: owner)]))
                    }
                    users.formUnion(DatabaseGrant.users(of: database))
                    parts.append(filling(database, name))
                }
            }
            guard !parts.isEmpty else {
                Postern.say("All databases were taken over before.")
                return []
            }
            let roles = try ([DatabaseGrant.writer] + users.map(\.rawValue).sorted()).filter {
                try !catalog.hasRole($0)
            }
            let ownRole = try catalog.hasRole(owner) ? [] : ["CREATE ROLE \(owner) NOLOGIN"]
            return [Part(database: nil, statements: ownRole + roles.map(DatabaseGrant.creation))] + parts
        }
        if isReal {
            Postern.say(
                "Next: put DATABASE and ENABLE_RESTFUL_API = True into the settings file, and start Postern. iRedMail's global "
                    + "admins log in with their passwords. The way back: postern init --release --database CONNECTION")
        }
    }

    /// Makes our own tables in an empty database, which may be somebody's.
    private static func filling(_ database: ServerDatabase, _ name: String) -> Part {
        Part(
            database: database,
            statements: ["GRANT CREATE, USAGE ON SCHEMA public TO \(owner)"]
                + ServerMigrator.filling(database, owner: owner, greylisting: false) + ["RESET ROLE"]
                + DatabaseGrant.statements(for: database, named: name, roles: DatabaseGrant.users(of: database)),
            remarks: database == .postern ? [] : ["iRedMail has no tables here: they are made as by postern init"])
    }

    /// Takes off what `adopt` has added. What was begun before and broken off is finished.
    static func release(_ connection: String, isReal: Bool) throws {
        try carryOut(connection, isReal: isReal) { state, catalog in
            var parts: [Part] = []
            var own: [ServerDatabase] = []
            var isForeign = false
            for database in ServerDatabase.allCases where try catalog.hasDatabase(state.name(of: database)) {
                let adoption = try adoption(of: database, in: state)
                switch try adoption.tables() {
                case .adopted:
                    let plan = try adoption.releasePlan()
                    parts.append(Part(database: database, statements: plan.statements, remarks: plan.remarks))
                case .own: own.append(database)
                case .foreign: isForeign = isForeign || database == .vmail
                case .none: continue
                }
            }
            let isBegun = try isForeign && (own.contains(.postern) || catalog.hasRole(owner))
            guard !parts.isEmpty || isBegun else {
                throw ExitError("no database of this server was taken over from another program", code: .unusableData)
            }
            let sessions = state.name(of: .postern)
            // The server notices the end of a program a moment later.
            let end = ContinuousClock.now + .seconds(isReal ? 5 : 0)
            var isUsed = true
            repeat {
                isUsed = try catalog.isUsed(role: DatabaseGrant.writer, database: sessions)
                if isUsed { usleep(100_000) }
            } while isUsed && ContinuousClock.now < end
            if isReal, isUsed {
                throw ExitError(
                    "somebody is connected to the server as Postern, or to the database \(sessions); stop Postern first: "
                        + "postern.socket and postern.service", code: .configuration)
            }
            var last = Part(
                database: nil, statements: own.contains(.postern) ? ["DROP DATABASE \"\(sessions)\""] : [])
            let left = own.filter { $0 != .postern }.map(state.name)
            if left.isEmpty {
                last.statements.append("DROP ROLE IF EXISTS \(DatabaseGrant.writer), \(owner)")
            } else {
                last.remarks.append("made by Postern, so they stay, as the roles do: \(left.joined(separator: ", "))")
            }
            return parts + [last]
        }
    }

    static func requireSuperuser(_ catalog: ServerCatalog) throws {
        guard try catalog.isSuperuser() else {
            throw ExitError(
                "this takes a superuser of the server, since iRedMail's tables belong to several roles: sudo -u postgres "
                    + "postern init …", code: .configuration)
        }
    }

    static func adoption(of database: ServerDatabase, in state: ServerState) throws -> Adoption {
        try Adoption(database, in: state, owner: owner, writer: DatabaseGrant.writer)
    }

    /// Brings databases that were taken over by an older Postern up to date.
    /// - Returns: those that were changed.
    static func bringUpToDate(_ databases: [ServerDatabase], in state: ServerState) throws -> [ServerDatabase] {
        try databases.filter { database in
            let adoption = try adoption(of: database, in: state)
            // Without anything to do nobody has to wait.
            guard try !adoption.plan().statements.isEmpty else { return false }
            try adoption.apply()
            return true
        }
    }

    private static func carryOut(
        _ connection: String, isReal: Bool, _ plan: (ServerState, ServerCatalog) throws -> [Part]
    ) throws {
        let state = try ServerState(connection, user: nil)
        do {
            let catalog = try ServerCatalog(of: state)
            try requireSuperuser(catalog)
            let parts = try plan(state, catalog)
            for part in parts {
                if isReal {
                    try carryOut(part, in: state, catalog)
                } else {
                    print(part, in: state)
                }
            }
            if !isReal, !parts.isEmpty {
                Postern.report("nothing was changed: say --apply to carry this out")
            }
        } catch let error as StoreError {
            throw exitError(error)
        } catch let failure as Adoption.Failure {
            throw ExitError(failure.description, code: .unusableData)
        }
    }

    private static func carryOut(_ part: Part, in state: ServerState, _ catalog: ServerCatalog) throws {
        guard let database = part.database else {
            for statement in part.statements { try catalog.run(statement) }
            for remark in part.remarks { Postern.say("\(remark).") }
            return
        }
        try part.apply?() ?? ServerMigrator.run(part.statements, in: state, database)
        for remark in part.remarks { Postern.say("\(state.name(of: database)): \(remark).") }
        Postern.say("\(state.name(of: database)): done.")
    }

    /// As a script that psql takes.
    private static func print(_ part: Part, in state: ServerState) {
        let lines = part.remarks.map { "-- \($0)" } + part.statements.map { "\($0);" }
        let name = part.database.map { state.name(of: $0) } ?? "postgres"
        Postern.say("\\connect \"\(name)\"\nSET search_path TO pg_catalog;")
        Postern.say((part.database == nil ? lines : ["BEGIN;"] + lines + ["COMMIT;"]).joined(separator: "\n"))
    }
}
