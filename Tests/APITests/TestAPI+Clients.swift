import Gateway
import Mail
import MailStore
import PasswordHash
import Storage

extension TestAPI {
    /// A client with a session of its own.
    struct Client {
        let api: TestAPI
        var cookie: String?
        var address = "127.0.0.1"
        var isStrict = false

        /// - Parameter form: a URL-encoded body, e.g. `name=Example&quota=10`; nil for none.
        func send(_ method: Method, _ target: String, _ form: String? = nil) throws -> Answer {
            try api.send(request(method, target, form))
        }

        /// What `send` sends.
        func request(_ method: Method, _ target: String, _ form: String? = nil) -> Request {
            var request = Request(method, target, from: address)
            request.cookie = cookie
            if let form {
                request.body = Array(form.utf8)
                request.contentType = "application/x-www-form-urlencoded"
            }
            if isStrict { request.prefer = "handling=strict" }
            return request
        }
    }

    /// Nobody: a client without a session.
    var nobody: Client { Client(api: self) }

    /// The global admin, logged in.
    func globalAdmin() throws -> Client { try client(Self.admin) }

    /// Any admin whose password is `TestAPI.password`, logged in.
    func client(_ username: String, password: String = TestAPI.password) throws -> Client {
        let answer = try nobody.send(.post, "/api/login", "username=\(username)&password=\(password)")
        guard answer.isSuccess, let cookie = answer.cookie else { throw NoAnswer() }
        return Client(api: self, cookie: cookie)
    }

    /// A new standalone admin of the given domains.
    /// - Parameter settings: the `settings` column, e.g. `create_new_domains:yes;`.
    func addAdmin(_ username: String, of domains: [String] = [], settings: String = "") throws {
        let hash = try PasswordHasher(bcryptCost: 10).hash(Secret(Self.password), .ssha512)
        try run(
            """
            INSERT INTO admin (username, password, settings) VALUES (\(username), \(hash), \(settings))
            """)
        for domain in domains {
            try run("INSERT INTO domain_admins (username, domain) VALUES (\(username), \(domain))")
        }
    }

    /// A domain with nothing in it.
    func addDomain(_ name: String, settings: String = "") throws {
        try run("INSERT INTO domain (domain, settings) VALUES (\(name), \(settings))")
    }
}
