import Foundation
import Support

/// Postern behind nginx, with an admin logged in; and, on demand, the readers of its databases.
final class MailSystem {
    static let isInstalled = NginxServer.isInstalled

    let postern: RunningPostern
    let nginx: NginxServer
    let client: APIClient

    /// - Parameters:
    ///   - limited: whether nginx' printed limits on rates and connections hold.
    ///   - megabytes: the size of the file system that the state gets for itself; nil for none of its own.
    init(settings: [String] = [], limited: Bool = false, diskOf megabytes: Int? = nil) throws {
        postern = try RunningPostern(settings: settings, diskOf: megabytes)
        nginx = try NginxServer(
            configuration: postern.printedConfiguration("nginx", options: ["--socket", postern.socket]),
            limited: limited)
        client = nginx.client()
        try client.logIn(RunningPostern.admin, RunningPostern.password)
    }

    func makePostfix() throws -> PostfixReader {
        try PostfixReader(
            configuration: postern.printedConfiguration("postfix"),
            type: OnEachEngine.server == nil ? "sqlite" : "pgsql",
            as: Accounts.reader)
    }

    func makeDovecot() throws -> DovecotServer {
        try DovecotServer(configuration: postern.printedConfiguration("dovecot"))
    }

    /// Creates a domain.
    func add(domain: String, _ form: [(String, String)] = []) throws {
        try client.change(.post, "/api/domain/\(domain)", [("name", "Test")] + form)
    }

    /// Creates a user.
    func add(user: String, _ password: String = "User-pw-1", _ form: [(String, String)] = []) throws {
        try client.change(.post, "/api/user/\(user)", [("password", password)] + form)
    }
}
