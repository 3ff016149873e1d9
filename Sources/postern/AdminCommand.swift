import Gateway

/// `postern admin`: for the operator who is locked out.
enum AdminCommand: Command {
    static let name = "admin"
    static let summary = "Lists, creates and deletes admins, and sets their passwords."
    static let operand: String? = "list|create|password|delete [MAIL]"
    static let options = [Option.state, .settings, .passwordFromInput, domains]
    static let notes = """
        create makes a global admin, or with --domains an admin of these domains only.
        \(PasswordInput.notes)
        """

    private static let actions = "list, create, password, delete"

    private static let domains = Option(
        name: "--domains", value: "NAME,…", meaning: "The domains a new admin manages, instead of all.")

    static func run(_ arguments: Arguments) throws {
        guard let verb = arguments.operands.first else {
            throw UsageError(reason: "name one of \(actions)")
        }
        if verb == "list" {
            guard arguments.operands.count == 1 else { throw UsageError(reason: "list takes no address") }
            return try list(OperatorChannel(arguments))
        }
        guard ["create", "password", "delete"].contains(verb) else {
            throw UsageError(reason: "there is no action \(verb); name one of \(actions)")
        }
        guard arguments.operands.count == 2 else { throw UsageError(reason: "\(verb) takes one address") }
        let mail = try RequestPath.mail(arguments.operands[1])
        switch verb {
        case "create": try create(mail, arguments)
        case "password": try setPassword(mail, arguments)
        default:
            try OperatorChannel(arguments).send(.delete, "/api/admin/\(mail)")
            Postern.say("Admin \(mail) deleted.")
        }
    }

    private static func list(_ channel: OperatorChannel) throws {
        for admin in try channel.ask([AdminLine].self, .get, "/postern/admins") {
            let kind = admin.is_user ? "user" : "standalone"
            let scope = admin.is_global ? "global" : admin.domains.joined(separator: ",")
            Postern.say("\(admin.username)\t\(kind)\t\(admin.active ? "active" : "disabled")\t\(scope)")
        }
    }

    /// A row of `GET /postern/admins`.
    private struct AdminLine: Decodable {
        let username: String
        let active: Bool
        let is_global: Bool
        let is_user: Bool
        let domains: [String]
    }

    private static func create(_ mail: String, _ arguments: Arguments) throws {
        let names = try (arguments[domains] ?? "").split(separator: ",").map { try RequestPath.domain(String($0)) }
        // No domain at all stands for all of them.
        if arguments.has(domains), names.isEmpty { throw UsageError(reason: "\(domains.name): no domain is named") }
        let password = try PasswordInput.read(arguments)
        try create(mail, password, domains: names, through: OperatorChannel(arguments))
        Postern.say(
            "Admin \(mail) created\(names.isEmpty ? ", for all domains" : " for \(names.joined(separator: ", "))").")
    }

    /// Creates an admin of these domains; of all when there are none. Either all of it is done, or there is no such
    /// admin.
    static func create(_ mail: String, _ password: String, domains: [String], through channel: OperatorChannel) throws {
        for name in domains {
            do {
                try channel.send(.get, "/api/domain/\(name)")
            } catch {
                throw ExitError("\(reason(of: error, at: name)); no admin was created")
            }
        }
        try channel.send(
            .post, "/api/admin/\(mail)", [("password", password), ("isGlobalAdmin", domains.isEmpty ? "yes" : "no")])
        for name in domains {
            do {
                try channel.send(.put, "/api/domain/admins/\(name)", [("addAdmin", mail)])
            } catch {
                let reason = reason(of: error, at: name)
                do {
                    try channel.send(.delete, "/api/admin/\(mail)")
                } catch {
                    throw ExitError(
                        "\(reason); admin \(mail) does not manage all of the domains. Delete it and create it anew")
                }
                throw ExitError("\(reason); no admin was created")
            }
        }
    }

    private static func reason(of error: any Error, at domain: String) -> String {
        "\(domain): \((error as? ExitError)?.reason ?? "\(error)")"
    }

    /// Of a standalone admin; when there is none of this address, of a mail user.
    private static func setPassword(_ mail: String, _ arguments: Arguments) throws {
        let password = try PasswordInput.read(arguments)
        let channel = try OperatorChannel(arguments)
        do {
            try channel.send(.put, "/api/admin/\(mail)", [("password", password)])
        } catch let refusal as OperatorChannel.Refusal where refusal.word == "NO_SUCH_ACCOUNT" {
            try channel.send(.put, "/api/user/\(mail)", [("password", password)])
        }
        Postern.say("Password of \(mail) changed.")
    }
}

/// `postern user`: sets the password of a mail user.
enum UserCommand: Command {
    static let name = "user"
    static let summary = "Sets the password of a mail user."
    static let operand: String? = "password MAIL"
    static let options = [Option.state, .settings, .passwordFromInput]
    static let notes = PasswordInput.notes

    static func run(_ arguments: Arguments) throws {
        guard arguments.operands.count == 2, arguments.operands[0] == "password" else {
            throw UsageError(reason: "it takes: password MAIL")
        }
        let mail = try RequestPath.mail(arguments.operands[1])
        let password = try PasswordInput.read(arguments)
        try OperatorChannel(arguments).send(.put, "/api/user/\(mail)", [("password", password)])
        Postern.say("Password of \(mail) changed.")
    }
}
