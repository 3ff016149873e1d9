/// What each kind of caller gets from each route, for his own object, a foreign one and a missing one: `Contract.md`
/// 3.1 and the heading of each endpoint.
enum RoleMatrix {
    enum Caller: Int, CaseIterable, Sendable {
        case nobody, adminElsewhere, adminHere, creatorHere, global
    }

    enum Object: CaseIterable, Sendable {
        /// Of `a.example`, which the admins here manage.
        case own
        /// Of `c.example`, which no normal admin manages.
        case foreign
        case missing
    }

    /// The words for the callers in their order, `ok` for a success.
    struct Expectation: Sendable {
        let own: [String]
        let foreign: [String]
        let missing: [String]

        func word(_ caller: Caller, _ object: Object) -> String {
            switch object {
            case .own: own[caller.rawValue]
            case .foreign: foreign[caller.rawValue]
            case .missing: missing[caller.rawValue]
            }
        }
    }

    private static let login = "LOGIN_REQUIRED"
    private static let denied = "PERMISSION_DENIED"
    private static let noDomain = "INVALID_DOMAIN_NAME"
    private static let noAccount = "NO_SUCH_ACCOUNT"
    private static let exists = "ALREADY_EXISTS"
    private static let foreign = [login, denied, denied, denied, "ok"]

    private static let everybody = Expectation(
        own: ["ok", "ok", "ok", "ok", "ok"], foreign: ["ok", "ok", "ok", "ok", "ok"],
        missing: ["ok", "ok", "ok", "ok", "ok"])
    private static let everyAdmin = Expectation(
        own: [login, "ok", "ok", "ok", "ok"], foreign: [login, "ok", "ok", "ok", "ok"],
        missing: [login, "ok", "ok", "ok", "ok"])
    private static let domain = Expectation(
        own: [login, denied, "ok", "ok", "ok"], foreign: foreign, missing: [login, denied, denied, denied, noDomain])
    private static let newDomain = Expectation(
        own: [login, denied, denied, exists, exists], foreign: [login, denied, denied, exists, exists],
        missing: [login, denied, denied, "ok", "ok"])
    private static let endOfDomain = Expectation(
        own: [login, denied, denied, "ok", "ok"], foreign: foreign, missing: [login, denied, denied, denied, noDomain])
    private static let account = Expectation(
        own: [login, denied, "ok", "ok", "ok"], foreign: foreign,
        missing: [login, denied, noAccount, noAccount, noAccount])
    /// A free address; the missing one's domain is not hosted.
    private static let newAccount = Expectation(
        own: [login, denied, "ok", "ok", "ok"], foreign: foreign, missing: [login, denied, denied, denied, noDomain])
    private static let forGlobalAdmins = Expectation(
        own: [login, denied, denied, denied, "ok"], foreign: foreign,
        missing: [login, denied, denied, denied, noAccount])
    private static let newAdmin = Expectation(
        own: [login, denied, denied, denied, exists], foreign: [login, denied, denied, denied, exists],
        missing: [login, denied, denied, denied, "ok"])

    private static let forGlobalAdminsAlways = Expectation(
        own: [login, denied, denied, denied, "ok"], foreign: foreign, missing: [login, denied, denied, denied, "ok"])
    private static let policyOfDomain = Expectation(
        own: [login, denied, "ok", "ok", "ok"], foreign: foreign, missing: [login, denied, denied, denied, noAccount])

    /// The same for every action on a policy.
    private static let policies = Dictionary(
        uniqueKeysWithValues: [
            (
                "/api/spampolicy/", ["global": "global", "domain/<domain>": "domain", "user/<mail>": "user"], "",
                "GET PUT DELETE"
            ),
            ("/api/throttle/", names, "/inbound", "GET POST DELETE"),
            ("/api/throttle/", names, "/outbound", "GET POST DELETE"),
            ("/api/greylisting/", names, "", "GET POST DELETE"),
            ("/api/greylisting/", names, "/whitelists", "GET POST"),
            ("/api/wblist/inbound/whitelist/", names, "", "GET POST PUT DELETE"),
            ("/api/wblist/inbound/blacklist/", names, "", "GET POST PUT DELETE"),
            ("/api/wblist/outbound/whitelist/", names, "", "GET POST PUT DELETE"),
            ("/api/wblist/outbound/blacklist/", names, "", "GET POST PUT DELETE"),
        ].flatMap { prefix, scopes, suffix, methods in
            scopes.flatMap { scope, kind in
                methods.split(separator: " ").map { method in
                    (
                        "\(method) \(prefix)\(scope)\(suffix)",
                        kind == "global" ? forGlobalAdminsAlways : kind == "domain" ? policyOfDomain : account
                    )
                }
            }
        })

    private static let names = ["global": "global", "<domain>": "domain", "<mail>": "user"]

    static let table: [String: Expectation] = accounts.merging(policies) { first, _ in first }

    private static let accounts: [String: Expectation] = [
        "POST /api/login": everybody, "POST /api/logout": everyAdmin,

        "GET /api/domains": everyAdmin, "GET /api/domain/<domain>": domain, "POST /api/domain/<domain>": newDomain,
        "PUT /api/domain/<domain>": domain, "DELETE /api/domain/<domain>": endOfDomain,
        "DELETE /api/domain/<domain>/keep_mailbox_days/<number>": endOfDomain,
        "PUT /api/domain/admins/<domain>": domain,

        "GET /api/admin/<mail>": forGlobalAdmins, "POST /api/admin/<mail>": newAdmin,
        "PUT /api/admin/<mail>": forGlobalAdmins, "DELETE /api/admin/<mail>": forGlobalAdmins,
        "POST /api/verify_password/admin/<mail>": forGlobalAdmins,
        "POST /api/verify_password/user/<mail>": forGlobalAdmins,

        "GET /api/user/<mail>": account, "POST /api/user/<mail>": newAccount, "PUT /api/user/<mail>": account,
        "DELETE /api/user/<mail>": account, "DELETE /api/user/<mail>/keep_mailbox_days/<number>": account,
        "POST /api/user/<mail>/change_email/<new_mail>": account,
        "GET /api/users/<domain>": domain, "PUT /api/users/<domain>": domain,

        "GET /api/alias/<mail>": account, "POST /api/alias/<mail>": newAccount, "PUT /api/alias/<mail>": account,
        "DELETE /api/alias/<mail>": account, "POST /api/alias/<mail>/change_email/<new_mail>": account,
        "GET /api/aliases/<domain>": domain,

        "GET /api/maillist/<mail>": account, "POST /api/maillist/<mail>": newAccount,
        "PUT /api/maillist/<mail>": account,
        "DELETE /api/maillist/<mail>": account,
        "GET /api/mls/<domain>": domain, "GET /api/ml/<mail>": account, "POST /api/ml/<mail>": newAccount,
        "PUT /api/ml/<mail>": account, "DELETE /api/ml/<mail>": account,

        "GET /api/ldif/domain/<domain>": domain, "GET /api/ldif/catchall/<domain>": domain,
        "GET /api/ldif/admin/<mail>": forGlobalAdmins, "GET /api/ldif/user/<mail>": account,
        "GET /api/ldif/maillist/<mail>": account, "GET /api/ldif/alias/<mail>": account,

        "GET /api/log": everyAdmin, "GET /api/openapi.json": everybody, "GET /api/reference": everybody,
        "GET /api/health": everybody, "GET /api/metrics": forGlobalAdminsAlways,
        "GET /api/greylisting/all": forGlobalAdminsAlways,
        "GET /api/greylisting/whitelist_spf_domains": forGlobalAdminsAlways,
        "POST /api/greylisting/whitelist_spf_domains": forGlobalAdminsAlways,
        "GET /api/policy/explain/<mail>": account,
    ]
}
