import Gateway

extension OrderedOperation {
    static let createAlias = OrderedOperation(
        .post, "/api/alias/new@a.example", "name=Sales",
        before: [
            .malformed("/api/alias/x%20y@b.example", "INVALID_MAIL"), .foreign("/api/alias/new@nowhere.example"),
            .path("an unfit local part", "/api/alias/new+x@gone.example", "INVALID_MAIL", .unprocessable),
            .missing("/api/alias/new@gone.example", "INVALID_DOMAIN_NAME"),
        ],
        after: [
            .value("accessPolicy=x", at: "accessPolicy"), .value("members=x", at: "members", "INVALID_MAIL"), .unknown,
            .path("a taken address", "/api/alias/jo@full.example", "ALREADY_EXISTS", .conflict),
            .path("a full domain", "/api/alias/new@full.example", "NOT_ALLOWED", .conflict),
        ])

    static let updateAlias = OrderedOperation(
        .put, "/api/alias/team@a.example", "name=Team",
        before: [
            .malformed("/api/alias/x%20y@b.example", "INVALID_MAIL"), .foreign("/api/alias/no@nowhere.example"),
            .missing("/api/alias/no@a.example", "NO_SUCH_ACCOUNT"),
        ],
        after: [
            .conflict("members=&addMember=", at: "addMember"),
            .conflict("moderators=&removeModerator=", at: "removeModerator"), .value("name=T%01", at: "name"),
            .value("accountStatus=maybe", at: "accountStatus"),
            .value("moderators=x", at: "moderators", "INVALID_MAIL"), .unknown,
            Offence(
                "a policy in a domain still to be proved", changing: ["path", "accessPolicy"], "PERMISSION_DENIED",
                .forbidden, at: "accessPolicy"
            ) {
                $0.path = "/api/alias/team@waiting.example"
                $0.fields.append("accessPolicy=domain")
            }.ofNormalAdmins,
        ])

    static let updateSpamPolicy = OrderedOperation(
        .put, "/api/spampolicy/user/jo@a.example", "quarantine_virus=yes",
        before: [
            .malformed("/api/spampolicy/user/x%20y@b.example", "INVALID_MAIL"),
            .foreign("/api/spampolicy/user/no@nowhere.example"),
            .path("a closed policy", "/api/spampolicy/user/no@closed.example", "PERMISSION_DENIED", .forbidden)
                .ofNormalAdmins, .missing("/api/spampolicy/user/no@a.example", "NO_SUCH_ACCOUNT"),
        ],
        after: [
            .value("bypass_spam_checks=maybe", at: "bypass_spam_checks", "INVALID_BYPASS_SPAM_CHECKS"),
            .value("spam_score=x", at: "spam_score", "INVALID_SPAM_SCORE"),
            .value("banned_rulenames=a/b", at: "banned_rulenames", "INVALID_BANNED_RULENAMES"), .unknown,
            .nothingSent("MISSING_PARAMETER"),
        ])

    static let setThrottle = OrderedOperation(
        .post, "/api/throttle/a.example/inbound", "period=60",
        before: [
            .malformed("/api/throttle/x%20y/inbound", "INVALID_DOMAIN_NAME"),
            .foreign("/api/throttle/nowhere.example/inbound"),
            .path("a closed policy", "/api/throttle/closed.example/inbound", "PERMISSION_DENIED", .forbidden)
                .ofNormalAdmins, .missing("/api/throttle/gone.example/inbound", "NO_SUCH_ACCOUNT"),
        ],
        after: [
            .nothingSent("MISSING_PARAMETER", at: "period"),
            .value("max_msgs=x", at: "max_msgs", "INVALID_MAX_MSGS"),
            .value("max_quota=x", at: "max_quota", "INVALID_MAX_QUOTA"), .unknown,
        ])

    static let verifyPassword = OrderedOperation(
        .post, "/api/verify_password/user/jo@a.example", "password=\(TestAPI.password)",
        before: [.malformed("/api/verify_password/user/x%20y@a.example", "INVALID_MAIL"), .noRight],
        after: [
            .fields("password=", "EMPTY_PASSWORD", at: "password"), .unknown,
            .missing("/api/verify_password/user/no@a.example", "NO_SUCH_ACCOUNT"),
            .fields("password=Wrong-1234", "INVALID_CREDENTIALS", .unauthorized),
        ])

    static let login = OrderedOperation(
        .post, "/api/login", "username=\(TestAPI.admin)&password=\(TestAPI.password)", isOpen: true, before: [],
        after: [
            .value("username=x", at: "username", "INVALID_USERNAME"),
            .value("password=", at: "password", "EMPTY_PASSWORD"),
            .unknown,
            Offence("a client who may not log in", changing: ["client"], "NOT_ALLOWED_IP", .forbidden) {
                $0.request.remoteAddress = "192.0.2.1"
            }, .fields("password=Wrong-1234", "INVALID_CREDENTIALS", .unauthorized),
        ])
}
