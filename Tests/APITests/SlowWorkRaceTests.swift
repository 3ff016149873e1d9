import Gateway
import MailStore
import PasswordHash
import Settings
import Storage
import Testing

/// What changes while a request's slow work waits in the pool counts when the request is decided: its session, rights,
/// password and target are looked at again then. What comes after the request meets what that has done.
struct SlowWorkRaceTests {
    enum Order: CaseIterable { case changeFirst, requestFirst }
    enum Work: CaseIterable { case creation, newPassword, check }

    private static let domainAdmin = "dan@office.example"
    private static let other = "other@office.example"
    private static let user = "/api/user/jo@a.example"
    private static let newUser = "/api/user/new@a.example"
    private static let password = "password=Other-5678"

    private let api: TestAPI
    private let root: TestAPI.Client

    /// New passwords of mail users are slow work and those of admins are not, so that these can be changed meanwhile.
    init() throws {
        api = try TestAPI(Settings().with(Settings.defaultPasswordScheme, "BCRYPT"))
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", isAdmin: true)
        try api.addAdmin(Self.domainAdmin, of: ["a.example"])
        try api.addAdmin(Self.other, of: ["ALL"])
        root = try api.globalAdmin()
    }

    /// Sends a request and a change. Either the change is done while the request's slow work waits; then the request is
    /// refused with `word` and leaves no trace. Or the request is done before.
    /// - Returns: the answer to the request.
    @discardableResult
    private func run(
        _ request: Request, _ change: Request, _ order: Order, _ word: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Answer {
        if order == .requestFirst {
            let answer = try api.answer(to: request)
            #expect(answer.isSuccess, "\(answer.body)", sourceLocation: sourceLocation)
            #expect(try api.answer(to: change).isSuccess, sourceLocation: sourceLocation)
            return answer
        }
        var before: [String] = []
        let waiting = try api.holdingPool {
            let answers = api.begin([request])
            try #require(api.pool.waiting == 1, "its work does not wait", sourceLocation: sourceLocation)
            let answer = try api.answer(to: change)
            try #require(answer.isSuccess, "\(answer.body)", sourceLocation: sourceLocation)
            before = try api.contents() + api.log()
            return answers[0]
        }
        let answer = try api.answer(from: waiting)
        #expect(answer.word == word, "\(answer.body)", sourceLocation: sourceLocation)
        #expect(answer.cookie == nil || word == "LOGIN_REQUIRED", sourceLocation: sourceLocation)
        #expect(try api.contents() + api.log() == before, "it left a trace", sourceLocation: sourceLocation)
        return answer
    }

    private func sessions(of username: String) throws -> Int {
        try api.rows("SELECT 1 FROM sessions WHERE admin = \(username)", in: .api).count
    }

    private func newUsers() throws -> [String] {
        try api.rows("SELECT username FROM mailbox WHERE username <> 'jo@a.example' ORDER BY 1")
    }

    private func hasNewPassword(_ username: String) throws -> Bool {
        let stored = try api.rows("SELECT password FROM mailbox WHERE username = \(username)")
        return try StoredPassword(#require(stored.first)).verifies(Secret("Other-5678"))
    }

    // MARK: The account whose password is checked

    /// What makes a login worthless, also one with the right password.
    @Test(
        arguments: [
            (domainAdmin, "/api/admin/\(domainAdmin)", password),
            (domainAdmin, "/api/admin/\(domainAdmin)", "accountStatus=disabled"),
            ("jo@a.example", user, "password_hash={PLAIN}Other-5678"),
            ("jo@a.example", user, "password_hash={PLAIN}\(TestAPI.password)"),
            ("jo@a.example", user, "accountStatus=disabled"),
        ], Order.allCases)
    func aLoginCountsForTheHashThatWasChecked(_ change: (String, String, String), _ order: Order) throws {
        let (username, target, form) = change
        let login = api.nobody.request(.post, "/api/login", "username=\(username)&password=\(TestAPI.password)")
        let answer = try run(login, root.request(.put, target, form), order, "INVALID_CREDENTIALS")
        let session = TestAPI.Client(api: api, cookie: answer.cookie)
        #expect(try session.refusal(.get, "/api/domains") == "LOGIN_REQUIRED", "its session is worth nothing any more")
        let lines = try api.log().count { $0.hasPrefix("login|\(username)|") }
        #expect(lines == (order == .requestFirst ? 1 : 0))
    }

    /// The result of the check is that of a hash which is there no more.
    @Test(
        arguments: [
            ("user/jo@a.example", user, "password_hash={PLAIN}Other-5678"),
            ("user/jo@a.example", user, "password_hash={PLAIN}\(TestAPI.password)"),
            ("admin/\(domainAdmin)", "/api/admin/\(domainAdmin)", password),
            ("admin/\(domainAdmin)", "/api/admin/\(domainAdmin)", "password=\(TestAPI.password)"),
        ], Order.allCases)
    func aCheckedPasswordIsThatOfTheHashThatWasChecked(_ change: (String, String, String), _ order: Order) throws {
        let (account, target, form) = change
        let check = root.request(.post, "/api/verify_password/\(account)", "password=\(TestAPI.password)")
        try run(check, root.request(.put, target, form), order, "INVALID_CREDENTIALS")
    }

    @Test(arguments: Order.allCases)
    func anAccountThatIsGoneHasNoPassword(_ order: Order) throws {
        let check = root.request(
            .post, "/api/verify_password/user/jo@a.example", "password=\(TestAPI.password)")
        try run(check, root.request(.delete, Self.user), order, "NO_SUCH_ACCOUNT")
    }

    // MARK: The rules for passwords

    @Test(arguments: Order.allCases)
    func theDomainsLeastLengthIsThatOfTheMoment(_ order: Order) throws {
        try run(
            root.request(.post, Self.newUser, Self.password),
            root.request(.put, "/api/domain/a.example", "minPasswordLength=12"), order, "PW_SHORTER_THAN_MIN_LENGTH")
        #expect(try newUsers() == (order == .requestFirst ? ["new@a.example"] : []))
        #expect(try root.refusal(.post, "/api/user/al@a.example", Self.password) == "PW_SHORTER_THAN_MIN_LENGTH")
    }

    // MARK: The session and its rights

    private func request(_ work: Work, of client: TestAPI.Client) -> Request {
        switch work {
        case .creation: client.request(.post, Self.newUser, Self.password)
        case .newPassword: client.request(.put, Self.user, Self.password)
        case .check:
            client.request(.post, "/api/verify_password/user/jo@a.example", "password=\(TestAPI.password)")
        }
    }

    private func expectDone(_ work: Work, _ order: Order) throws {
        let isDone = order == .requestFirst
        #expect(try newUsers() == (isDone && work == .creation ? ["new@a.example"] : []))
        #expect(try hasNewPassword("jo@a.example") == (isDone && work == .newPassword))
    }

    @Test(arguments: Work.allCases, Order.allCases)
    func afterTheLogoutNothingIsDone(_ work: Work, _ order: Order) throws {
        let client = try api.client(Self.other)
        try run(request(work, of: client), client.request(.post, "/api/logout"), order, "LOGIN_REQUIRED")
        try expectDone(work, order)
    }

    @Test(arguments: Work.allCases, Order.allCases)
    func afterAChangeOfTheCallersPasswordNothingIsDone(_ work: Work, _ order: Order) throws {
        let client = try api.client(Self.other)
        let change = root.request(.put, "/api/admin/\(Self.other)", Self.password)
        try run(request(work, of: client), change, order, "LOGIN_REQUIRED")
        try expectDone(work, order)
        #expect(try sessions(of: Self.other) == 0)
    }

    @Test(arguments: Order.allCases)
    func anAdminWhoLosesTheDomainDoesNothingInIt(_ order: Order) throws {
        try run(
            try api.client(Self.domainAdmin).request(.post, Self.newUser, Self.password),
            root.request(.put, "/api/domain/admins/a.example", "removeAdmin=\(Self.domainAdmin)"), order,
            "PERMISSION_DENIED")
        #expect(try newUsers() == (order == .requestFirst ? ["new@a.example"] : []))
    }

    @Test(
        arguments: [("accountStatus=disabled", "LOGIN_REQUIRED"), ("isGlobalAdmin=no", "PERMISSION_DENIED")],
        Order.allCases)
    func aGlobalAdminWhoIsOneNoMoreDoesNothing(_ change: (form: String, word: String), _ order: Order) throws {
        try run(
            try api.client(Self.other).request(.post, Self.newUser, Self.password),
            root.request(.put, "/api/admin/\(Self.other)", change.form), order, change.word)
        #expect(try newUsers() == (order == .requestFirst ? ["new@a.example"] : []))
    }

    // MARK: What the request is about

    @Test(
        arguments: [(newUser, Gateway.Method.post, "INVALID_DOMAIN_NAME"), (user, .put, "NO_SUCH_ACCOUNT")],
        Order.allCases)
    func inADomainThatIsGoneNothingIsDone(_ asked: (String, Gateway.Method, String), _ order: Order) throws {
        let (target, method, word) = asked
        try run(
            root.request(method, target, Self.password), root.request(.delete, "/api/domain/a.example"), order, word)
        #expect(try api.rows("SELECT username FROM mailbox") == [])
        #expect(try api.rows("SELECT address FROM forwardings") == [])
    }

    @Test(arguments: Order.allCases)
    func anAddressThatAnAliasHasIsTaken(_ order: Order) throws {
        let create = root.request(.post, Self.newUser, Self.password)
        let alias = root.request(.post, "/api/alias/new@a.example", "members=jo@a.example")
        if order == .changeFirst {
            try run(create, alias, order, "ALREADY_EXISTS")
        } else {
            #expect(try api.answer(to: create).isSuccess)
            #expect(try api.answer(to: alias).word == "ALREADY_EXISTS")
        }
        #expect(try newUsers() == (order == .requestFirst ? ["new@a.example"] : []))
        #expect(try api.rows("SELECT address FROM alias") == (order == .changeFirst ? ["new@a.example"] : []))
    }

    @Test(arguments: Order.allCases)
    func anAddressThatAnotherUserHasIsTaken(_ order: Order) throws {
        let create = root.request(.post, Self.newUser, Self.password)
        let fast = root.request(.post, Self.newUser, "password_hash={PLAIN}Third-9012")
        if order == .changeFirst {
            try run(create, fast, order, "ALREADY_EXISTS")
        } else {
            #expect(try api.answer(to: create).isSuccess)
            #expect(try api.answer(to: fast).word == "ALREADY_EXISTS")
        }
        #expect(try newUsers() == ["new@a.example"])
        #expect(try hasNewPassword("new@a.example") == (order == .requestFirst))
    }

    @Test(arguments: Order.allCases)
    func aDeletedMailboxGetsNoPassword(_ order: Order) throws {
        try run(
            root.request(.put, Self.user, Self.password), root.request(.delete, Self.user), order, "NO_SUCH_ACCOUNT")
        #expect(try api.rows("SELECT username FROM mailbox") == [])
    }

    @Test(arguments: Order.allCases)
    func aPasswordForTheOldAddressOfARenamedMailboxIsNotItsNewOne(_ order: Order) throws {
        try run(
            root.request(.put, Self.user, Self.password), root.request(.post, "\(Self.user)/change_email/al@a.example"),
            order, "NO_SUCH_ACCOUNT")
        #expect(try newUsers() == ["al@a.example"])
        #expect(try hasNewPassword("al@a.example") == (order == .requestFirst))
    }
}
