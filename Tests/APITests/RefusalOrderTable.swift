import Gateway
import Testing

/// An operation of the API, and all that one request can be refused for, the first first.
struct OrderedOperation: Sendable, CustomTestStringConvertible {
    let method: Gateway.Method
    /// Of a request with nothing wrong in it.
    let path: String
    let soundFields: String
    private let offences: [Offence]

    /// - Parameters:
    ///   - before: what is found before the form is looked at.
    ///   - after: what is found in the parameters, and what the state has against them.
    init(
        _ method: Gateway.Method, _ path: String, _ soundFields: String, isOpen: Bool = false, before: [Offence],
        after: [Offence]
    ) {
        self.method = method
        self.path = path
        self.soundFields = soundFields
        let isRead = method == .get
        let gate = Offence.ofEveryRequest.filter { offence in
            !(isOpen && offence.parts == [Offence.session]) && !(isRead && offence.parts == ["origin"])
        }
        offences = gate + before + (isRead ? Offence.formsWithoutBody : Offence.forms) + after
    }

    var testDescription: String { "\(method.text) \(path)" }

    func offences(isByGlobalAdmin: Bool) -> [Offence] {
        offences.filter { !(isByGlobalAdmin && $0.isForNormalAdminsOnly) }
    }
}

extension OrderedOperation {
    static let all = [
        createUser, updateUser, renameUser, updateUsers, listUsers, createDomain, updateDomain, createAdmin,
        updateAdmin,
        createAlias, updateAlias, updateSpamPolicy, setThrottle, verifyPassword, login,
    ]

    /// Whose new password costs a slow hash, where the users' scheme is slow.
    static let withUserPassword = [createUser, updateUser, updateUsers]

    private static let malformed = "x%20y"
    private static let tooWeak =
        "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR"

    private static let createUser = OrderedOperation(
        .post, "/api/user/new@a.example", "password=Secret-1234",
        before: [
            .malformed("/api/user/\(malformed)@b.example", "INVALID_MAIL"), .foreign("/api/user/new@nowhere.example"),
            .path("an unfit local part", "/api/user/new+x@gone.example", "INVALID_MAIL", .unprocessable),
            .missing("/api/user/new@gone.example", "INVALID_DOMAIN_NAME"),
        ],
        after: [
            .conflict("password_hash={PLAIN}x", at: "password_hash"), .value("name=%01", at: "name"),
            .value("language=xx", at: "language").underStrictHandling, .value("quota=x", at: "quota"),
            .unknown, .path("a taken address", "/api/user/jo@full.example", "ALREADY_EXISTS", .conflict),
            .path("a full domain", "/api/user/new@full.example", "NOT_ALLOWED", .conflict),
            .fields("quota=9", "EXCEEDED_DOMAIN_QUOTA_SIZE", .conflict, at: "quota"),
            .fields("password=x", tooWeak, at: "password"),
            .fields("maildir=/var/vmail/vmail1/a.example/jo", "ALREADY_EXISTS", .conflict, at: "maildir"),
        ])

    private static let updateUser = OrderedOperation(
        .put, "/api/user/jo@a.example", "employeeid=7",
        before: [
            .malformed("/api/user/\(malformed)@b.example", "INVALID_MAIL"), .foreign("/api/user/no@nowhere.example"),
            .missing("/api/user/no@a.example", "NO_SUCH_ACCOUNT"),
            .path(
                "a global admin's mailbox", "/api/user/boss@a.example", "PERMISSION_DENIED_UPDATE_GLOBAL_ADMIN_PROFILE",
                .forbidden
            ).ofNormalAdmins,
        ],
        after: [
            .closed("isGlobalAdmin=yes", at: "isGlobalAdmin"), .closed("transport=dovecot", at: "transport"),
            .conflict("forwarding=&addForwarding=", at: "addForwarding"),
            .conflict("services=&addService=", at: "addService"), .value("name=%01", at: "name"),
            .value("language=xx", at: "language").underStrictHandling,
            Offence(
                "a password in the query", changing: ["password"], "INVALID_PARAMETER", .unprocessable, at: "password"
            ) { $0.query.append("password=Secret-1234") }, .value("quota=x", at: "quota"),
            .unknown, .fields("quota=9", "EXCEEDED_DOMAIN_QUOTA_SIZE", .conflict, at: "quota"),
            .fields("password=x", tooWeak, at: "password"),
            .fields("addAlias=al@a.example", "ALREADY_EXISTS", .conflict, at: "addAlias").underStrictHandling,
            .fields("password=Other-5678&addAlias=al@a.example", "ALREADY_EXISTS", .conflict, at: "addAlias")
                .underStrictHandling,
        ])

    private static let renameUser = OrderedOperation(
        .post, "/api/user/jo@a.example/change_email/new@a.example", "",
        before: [
            .malformed("/api/user/no@nowhere.example/change_email/\(malformed)@a.example", "INVALID_MAIL"),
            .foreign("/api/user/no@a.example/change_email/new@nowhere.example"),
            .missing("/api/user/no@a.example/change_email/al@a.example", "NO_SUCH_ACCOUNT"),
        ],
        after: [
            .unknown,
            .path(
                "an unfit local part", "/api/user/jo@a.example/change_email/x+y@gone.example", "INVALID_MAIL",
                .unprocessable),
            .missing("/api/user/jo@a.example/change_email/al@gone.example", "INVALID_DOMAIN_NAME"),
            .path(
                "a taken address", "/api/user/jo@a.example/change_email/jo@full.example", "ALREADY_EXISTS", .conflict),
            .path("a full domain", "/api/user/jo@a.example/change_email/new@full.example", "NOT_ALLOWED", .conflict),
        ])

    private static let updateUsers = OrderedOperation(
        .put, "/api/users/a.example", "",
        before: [
            .malformed("/api/users/\(malformed)", "INVALID_DOMAIN_NAME"), .foreign("/api/users/nowhere.example"),
            .missing("/api/users/gone.example", "INVALID_DOMAIN_NAME"),
        ],
        after: [
            .closed("transport=dovecot", at: "transport"), .value("accountStatus=maybe", at: "accountStatus"),
            .value("language=xx", at: "language").underStrictHandling, .unknown,
            .fields("password=x", tooWeak, at: "password"),
        ])

    private static let listUsers = OrderedOperation(
        .get, "/api/users/a.example", "",
        before: [
            .malformed("/api/users/\(malformed)", "INVALID_DOMAIN_NAME"), .foreign("/api/users/nowhere.example"),
            .missing("/api/users/gone.example", "INVALID_DOMAIN_NAME"),
        ],
        after: [.value("email_only=maybe", at: "email_only"), .value("limit=0", at: "limit"), .unknown])

    private static let createDomain = OrderedOperation(
        .post, "/api/domain/new.example", "name=New",
        before: [.malformed("/api/domain/\(malformed)", "INVALID_DOMAIN_NAME"), .noRight],
        after: [
            .nothingSent("MISSING_PARAMETER", at: "name"), .value("quota=x", at: "quota"),
            .value("senderBcc=x", at: "senderBcc", "INVALID_MAIL"), .unknown,
            .path("a taken name", "/api/domain/b.example", "ALREADY_EXISTS", .conflict),
        ])

    private static let updateDomain = OrderedOperation(
        .put, "/api/domain/a.example", "name=A",
        before: [
            .malformed("/api/domain/\(malformed)", "INVALID_DOMAIN_NAME"), .foreign("/api/domain/nowhere.example"),
            .missing("/api/domain/gone.example", "INVALID_DOMAIN_NAME"),
        ],
        after: [
            .closed("accountStatus=maybe", at: "accountStatus"), .closed("numberOfLists=5", at: "numberOfLists"),
            .closed("senderBcc=", at: "senderBcc"), .conflict("services=&addService=", at: "addService"),
            .conflict("aliasDomains=&addAliasDomain=", at: "addAliasDomain"), .value("name=A%01", at: "name"),
            .value("defaultQuota=x", at: "defaultQuota"), .unknown,
            .fields("primarymx=mx.example", "MISSING_PARAMETER", at: "is_backupmx"),
            .fields("minPasswordLength=90&maxPasswordLength=80", "INVALID_PARAMETER", at: "minPasswordLength"),
            .fields("addAliasDomain=b.example", "ALREADY_EXISTS", .conflict).underStrictHandling,
        ])

    private static let createAdmin = OrderedOperation(
        .post, "/api/admin/new@office.example", "password=Secret-1234",
        before: [.malformed("/api/admin/\(malformed)@office.example", "INVALID_MAIL"), .noRight],
        after: [
            .value("name=%01", at: "name"), .value("accountStatus=maybe", at: "accountStatus"),
            .value("maxUsers=x", at: "maxUsers"), .unknown,
            .fields("maxQuota=5", "MISSING_PARAMETER", at: "quotaUnit"),
            .path("a hosted domain", "/api/admin/new@a.example", "CAN_NOT_BE_LOCAL_DOMAIN", .conflict),
            .path("a taken name", "/api/admin/own@office.example", "ALREADY_EXISTS", .conflict),
            .fields("password=x", tooWeak, at: "password"),
        ])

    private static let updateAdmin = OrderedOperation(
        .put, "/api/admin/own@office.example", "name=Dan",
        before: [
            .malformed("/api/admin/\(malformed)@office.example", "INVALID_MAIL"), .noRight,
            .missing("/api/admin/no@office.example", "NO_SUCH_ACCOUNT"),
        ],
        after: [
            .value("accountStatus=maybe", at: "accountStatus"), .value("maxUsers=x", at: "maxUsers"), .unknown,
            .fields("quotaUnit=GB", "MISSING_PARAMETER", at: "maxQuota"),
            .fields("password=x", tooWeak, at: "password"),
        ])
}
