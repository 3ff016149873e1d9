import Foundation
import Gateway
import Mail
import Storage
import Settings
import Testing

/// A request with two things wrong in it is refused for the one that is asked first, and nothing is done.
struct RefusalOrderTests {
    enum Caller: CaseIterable { case globalAdmin, domainAdmin }

    @Test(arguments: OrderedOperation.all, Caller.allCases)
    func theFirstOfTwoOffencesIsAnswered(_ operation: OrderedOperation, _ caller: Caller) throws {
        try expectOrder(of: operation, by: caller, Self.settings())
    }

    @Test(arguments: OrderedOperation.withUserPassword, Caller.allCases)
    func theOrderIsTheSameWithASlowScheme(_ operation: OrderedOperation, _ caller: Caller) throws {
        try expectOrder(of: operation, by: caller, Self.settings().with(Settings.defaultPasswordScheme, "BCRYPT"))
    }

    /// Sends requests with one and with two things wrong, and at last one with nothing wrong.
    private func expectOrder(of operation: OrderedOperation, by caller: Caller, _ settings: Settings) throws {
        let api = try TestAPI(settings, on: Self.state.get())
        let offences = operation.offences(isByGlobalAdmin: caller == .globalAdmin)
        let cookie = try (caller == .globalAdmin ? api.globalAdmin() : api.client("own@office.example")).cookie
        let reader = try ContentsReader(api)
        let (contents, log) = (try reader.read(), try api.log())
        var isSwitchedOff = false
        for faulty in FaultyRequest.all(offences) {
            let draft = DraftRequest(operation, faulty, cookie: cookie)
            if draft.isSwitchedOff != isSwitchedOff {
                isSwitchedOff = draft.isSwitchedOff
                try api.reconfigure(settings.with(Settings.apiEnabled, !isSwitchedOff))
            }
            let answer = try api.send(draft.finished)
            #expect(try Offence.Refusal(answer) == faulty.refusal, "\(faulty)")
            #expect(try reader.read() == contents, "\(faulty): a refused request changed something")
        }
        try api.settle()
        #expect(try reader.read() == contents && api.log() == log, "a refused request changed something")
        let sound = DraftRequest(operation, FaultyRequest(of: [], isStrict: true), cookie: cookie)
        let answer = try api.send(sound.finished)
        #expect(answer.isSuccess != offences.contains(where: \.isInherent), "\(answer.body)")
    }

    private static func settings() throws -> Settings {
        // The second client may use the API but not log in.
        Settings().with(Settings.clients, [try IPNetwork("127.0.0.1"), try IPNetwork("192.0.2.1")])
            .with(Settings.adminLoginClients, [try IPNetwork("127.0.0.1")])
            // As `TestAPI` has them: they must stay when the settings are read again.
            .with(Settings.apiEnabled, true).with(Settings.delaysLogins, false)
            .with(Settings.adminPasswordScheme, "SSHA512")
    }

    private static let state = Result { try NewState(of: makeState()) }

    private static func makeState() throws -> TestAPI {
        let api = try TestAPI()
        try api.addDomain(
            "a.example", settings: "max_user_quota:5;disabled_user_profiles:relay;disabled_domain_profiles:bcc;")
        try api.addDomain("full.example", settings: "max_user_quota:5;")
        try api.run("UPDATE domain SET mailboxes = -1, aliases = -1 WHERE domain = 'full.example'")
        try api.addDomain(
            "closed.example", settings: "disabled_user_profiles:spampolicy;disabled_domain_profiles:throttle;")
        try api.addDomain("b.example")
        try api.run("INSERT INTO domain (domain, active) VALUES ('waiting.example', 0)")
        try api.run(
            "INSERT INTO domain_ownership (admin, domain) VALUES ('own@office.example', 'waiting.example')")
        for user in ["jo@a.example", "al@a.example", "jo@full.example"] { try api.addMailbox(user, quota: 1) }
        try api.addMailbox("boss@a.example", isAdmin: true, isGlobalAdmin: true)
        for alias in ["team@a.example", "team@waiting.example"] { try api.addAlias(alias) }
        try api.addAdmin(
            "own@office.example",
            of: ["a.example", "full.example", "closed.example", "waiting.example", "gone.example"])
        return api
    }
}

/// What is wrong with a request that is sent.
private struct FaultyRequest: CustomStringConvertible {
    let offences: [Offence]
    let isStrict: Bool
    /// The one that is to be answered.
    private let first: Offence?

    /// - Parameters:
    ///   - first: of all that is wrong with it.
    init(of offences: [Offence], first: Offence? = nil, isStrict: Bool) {
        self.offences = offences
        self.first = first
        self.isStrict = isStrict
    }

    var refusal: Offence.Refusal? { first?.refusal(isStrict: isStrict) }

    var description: String {
        (isStrict ? "strict: " : "") + offences.map { String($0.name.prefix(60)) }.joined(separator: ", ")
    }

    /// Every offence alone, and every two that one request can have.
    static func all(_ offences: [Offence]) -> [FaultyRequest] {
        [false, true].flatMap { isStrict in
            let possible = offences.filter { isStrict || !$0.isForStrictHandlingOnly }
            let inherent = possible.firstIndex(where: \.isInherent)
            func request(_ indices: [Int]) -> FaultyRequest {
                let first = (indices + (inherent.map { [$0] } ?? [])).min()
                return FaultyRequest(
                    of: indices.map { possible[$0] }, first: first.map { possible[$0] }, isStrict: isStrict)
            }
            return possible.indices.filter { $0 != inherent }.flatMap { one in
                [request([one])]
                    + possible.indices[(one + 1)...].filter { other in
                        other != inherent && possible[one].parts.isDisjoint(with: possible[other].parts)
                    }.map { request([one, $0]) }
            }
        }
    }
}

extension DraftRequest {
    fileprivate init(_ operation: OrderedOperation, _ faulty: FaultyRequest, cookie: String?) {
        request = Request(operation.method, operation.path)
        request.cookie = cookie
        request.contentType = "application/x-www-form-urlencoded"
        if faulty.isStrict { request.prefer = "handling=strict" }
        path = operation.path
        fields = operation.soundFields.isEmpty ? [] : [operation.soundFields]
        for offence in faulty.offences { offence.commit(&self) }
    }
}

extension Offence.Refusal {
    /// What an answer refuses for; nil for a success.
    fileprivate init?(_ answer: Answer) throws {
        guard let word = answer.word else { return nil }
        let body = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
        self.init(word: word, status: answer.status, parameter: body["_param"] as? String)
    }
}
