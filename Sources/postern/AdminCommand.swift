import Gateway
import Glibc

/// `postern admin`: for the operator who is locked out.
enum AdminCommand: Command {
    static let name = "admin"
    static let summary = "Lists, creates and deletes admins, and sets their passwords."
    static let operand: String? = "list|create|password|delete [MAIL]"
    static let options = [Option.state, .settings, .passwordFromInput, domains]
    static let notes = """
        create makes a global admin, or with --domains an admin of these domains only.
        Without --password-stdin a password is asked for on a terminal.
        While the server runs it does the work; otherwise this command is the writer itself.
        """

    private static let domains = Option(
        name: "--domains", value: "NAME,…", meaning: "The domains a new admin manages, instead of all.")

    static func run(_ arguments: Arguments) throws {
        guard let verb = arguments.operands.first else {
            throw UsageError(reason: "name one of list, create, password, delete")
        }
        if verb == "list" {
            guard arguments.operands.count == 1 else { throw UsageError(reason: "list takes no address") }
            return try list(OperatorChannel(arguments))
        }
        guard ["create", "password", "delete"].contains(verb) else { throw UsageError(reason: "what is \(verb)?") }
        guard arguments.operands.count == 2 else { throw UsageError(reason: "\(verb) takes one address") }
        let mail = try PathText.mail(arguments.operands[1])
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
        let names = try (arguments[domains] ?? "").split(separator: ",").map { try PathText.domain(String($0)) }
        let password = try PasswordInput.read(arguments)
        let channel = try OperatorChannel(arguments)
        for name in names { try channel.send(.get, "/api/domain/\(name)") }
        try channel.send(
            .post, "/api/admin/\(mail)", [("password", password), ("isGlobalAdmin", names.isEmpty ? "yes" : "no")])
        for name in names { try channel.send(.put, "/api/domain/admins/\(name)", [("addAdmin", mail)]) }
        Postern.say(
            "Admin \(mail) created\(names.isEmpty ? ", for all domains" : " for \(names.joined(separator: ", "))").")
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
    static let notes = AdminCommand.notes.split(separator: "\n").dropFirst().joined(separator: "\n")

    static func run(_ arguments: Arguments) throws {
        guard arguments.operands.count == 2, arguments.operands[0] == "password" else {
            throw UsageError(reason: "it takes: password MAIL")
        }
        let mail = try PathText.mail(arguments.operands[1])
        let password = try PasswordInput.read(arguments)
        try OperatorChannel(arguments).send(.put, "/api/user/\(mail)", [("password", password)])
        Postern.say("Password of \(mail) changed.")
    }
}
