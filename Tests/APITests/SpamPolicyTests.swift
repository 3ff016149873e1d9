import Foundation
import Gateway
import MailStore
import Settings
import Storage
import Testing

/// `Contract.md` 13.
struct SpamPolicyTests {
    private let api: TestAPI
    private let client: TestAPI.Client
    private let domain = "/api/spampolicy/domain/example.com"
    private let user = "/api/spampolicy/user/jo@example.com"

    init() throws {
        api = try TestAPI()
        try api.addDomain("example.com")
        try api.addMailbox("jo@example.com")
        client = try api.globalAdmin()
    }

    /// Every column of a policy that says something, as `column=value`.
    private func policy(_ key: String) throws -> [String] {
        let columns = try api.connection(.amavisd).columns()["policy"]?.map(\.name) ?? []
        return try columns.dropFirst(2).flatMap { column in
            try api.rows(
                SQL(trusted: "SELECT \"\(column)\" FROM policy WHERE policy_name = ?", [key.sqlValue]), in: .amavisd
            ).filter { $0 != "NULL" }.map { "\(column)=\($0)" }
        }
    }

    private func users() throws -> [String] {
        try api.rows(
            """
            SELECT email, priority, policy_name FROM users LEFT JOIN policy ON policy.id = policy_id ORDER BY email
            """, in: .amavisd)
    }

    private static let parameters = [
        ("bypass_spam_checks", ["bypass_spam_checks=Y"], ["bypass_spam_checks=N"]),
        ("bypass_virus_checks", ["bypass_virus_checks=Y"], ["bypass_virus_checks=N"]),
        ("bypass_banned_checks", ["bypass_banned_checks=Y"], ["bypass_banned_checks=N"]),
        ("bypass_header_checks", ["bypass_header_checks=Y"], ["bypass_header_checks=N"]),
        (
            "quarantine_spam", ["spam_lover=N", "spam_quarantine_to=spam-quarantine"],
            ["spam_lover=Y", "spam_quarantine_to="]
        ),
        (
            "quarantine_virus", ["virus_lover=N", "virus_quarantine_to=virus-quarantine"],
            ["virus_lover=N", "virus_quarantine_to="]
        ),
        (
            "quarantine_banned", ["banned_files_lover=N", "banned_quarantine_to=banned-quarantine"],
            ["banned_files_lover=Y", "banned_quarantine_to="]
        ),
        (
            "quarantine_bad_header", ["bad_header_lover=N", "bad_header_quarantine_to=bad-header-quarantine"],
            ["bad_header_lover=Y", "bad_header_quarantine_to="]
        ),
        ("prefix_spam_in_subject", ["spam_subject_tag2=[SPAM] "], ["spam_subject_tag2="]),
        ("always_insert_x_spam_headers", ["spam_tag_level=-100.0"], ["spam_tag_level=2.0"]),
    ]

    @Test(arguments: parameters)
    func yesNoAndEmptyWriteTheirColumns(_ name: String, _ yes: [String], _ no: [String]) throws {
        for (value, expected, shown) in [("yes", yes, "yes"), ("No", no, "no"), ("YES", yes, "yes")] {
            try client.done(.put, domain, "\(name)=\(value)")
            #expect(try policy("@example.com") == expected)
            #expect(try client.send(.get, domain).text(name) == shown)
        }
        try client.done(.put, domain, "\(name)=")
        #expect(try policy("@example.com") == [])
        #expect(try client.send(.get, domain).member(name) is NSNull)
    }

    @Test(arguments: parameters.map(\.0), ["maybe", "1", "true", "0", "yes no", "y"])
    func anythingElseIsRefused(_ name: String, _ value: String) throws {
        #expect(try client.refusal(.put, domain, "spam_score=5&\(name)=\(value)") == "INVALID_\(name.uppercased())")
    }

    @Test(arguments: [
        ("5", 5.0, "5"), ("4.25", 4.25, "4.25"), ("-99.999", -99.999, "-99.999"), ("1000", 1000, "1000"), ("0", 0, "0"),
    ])
    func theScoreIsBothLevels(_ text: String, _ stored: Double, _ shown: String) throws {
        try client.done(.put, user, "spam_score=\(text)")
        #expect(try policy("jo@example.com") == ["spam_tag2_level=\(stored)", "spam_kill_level=\(stored)"])
        #expect(try client.send(.get, user).body.contains("\"spam_score\": \(shown), "))
        try client.done(.put, user, "spam_score=")
        #expect(try policy("jo@example.com") == [])
    }

    @Test(arguments: [
        "-100", "1000.001", "1001", "5.1234", "abc", "1e2", "nan", "inf", "%2B5", ".5", "5.", "1,5", "٥", "--1", "0x5",
    ])
    func aScoreOutOfRangeIsRefused(_ text: String) throws {
        #expect(try client.refusal(.put, domain, "bypass_spam_checks=yes&spam_score=\(text)") == "INVALID_SPAM_SCORE")
    }

    @Test(arguments: [
        ("ALLOW_MS_WORD", "ALLOW_MS_WORD"), ("ALLOW_MS_WORD,ALLOW_MS_EXCEL", "ALLOW_MS_WORD,ALLOW_MS_EXCEL"),
        // The order counts, and upper and lower case.
        ("b, a ,,b,B,a.1-2", "b,a,B,a.1-2"), (String(repeating: "x", count: 64), String(repeating: "x", count: 64)),
        ((1...50).map(String.init).joined(separator: ","), (1...50).map(String.init).joined(separator: ",")),
    ])
    func namesOfRulesAreKeptInTheirOrder(_ sent: String, _ stored: String) throws {
        for scope in [user, domain, "/api/spampolicy/global"] {
            try client.done(.put, scope, "spam_score=&banned_rulenames=\(sent)")
            #expect(try client.send(.get, scope).text("banned_rulenames") == stored)
        }
        #expect(try policy("jo@example.com") == ["banned_rulenames=\(stored)"])
        #expect(try policy("@.").contains("banned_rulenames=\(stored)"))
        try client.done(.put, domain, "bypass_spam_checks=yes")
        #expect(try policy("@example.com") == ["bypass_spam_checks=Y", "banned_rulenames=\(stored)"])
        try client.done(.put, domain, "banned_rulenames=")
        #expect(try policy("@example.com") == ["bypass_spam_checks=Y"])
        #expect(try client.send(.get, domain).member("banned_rulenames") is NSNull)
    }

    @Test(arguments: [
        "ALLOW MS", "a;b", "good,b/c", "\"x\"", "ü", "%24x", ",", "a%0Ab", String(repeating: "x", count: 65),
        (1...51).map(String.init).joined(separator: ","), "@.",
    ])
    func whatIsNoNameOfARuleIsRefused(_ sent: String) throws {
        try client.done(.put, user, "spam_score=4&banned_rulenames=KEPT")
        #expect(
            try client.refusal(.put, user, "spam_score=5&banned_rulenames=\(sent)") == "INVALID_BANNED_RULENAMES")
        #expect(
            try policy("jo@example.com") == [
                "spam_tag2_level=4.0", "spam_kill_level=4.0", "banned_rulenames=KEPT",
            ])
    }

    /// amavisd takes blanks for commas.
    @Test func whatAnotherProgramWroteIsShownAsItCanBeSentBack() throws {
        try client.done(.put, user, "banned_rulenames=a")
        for (stored, shown) in [("b a, c", "b,a,c"), (" ,", nil), ("", nil)] as [(String, String?)] {
            try api.run("UPDATE policy SET banned_rulenames = \(stored) WHERE policy_name <> '@.'", on: .amavisd)
            #expect(try client.send(.get, user).text("banned_rulenames") == shown)
        }
    }

    @Test func whatIsNotNamedStays() throws {
        try client.done(.put, domain, "quarantine_spam=yes&spam_score=5")
        try api.run("UPDATE policy SET banned_rulenames = 'mine' WHERE policy_name = '@example.com'", on: .amavisd)
        try client.done(.put, domain, "bypass_virus_checks=yes")
        #expect(
            try policy("@example.com") == [
                "spam_lover=N", "bypass_virus_checks=Y", "spam_quarantine_to=spam-quarantine", "spam_tag2_level=5.0",
                "spam_kill_level=5.0", "banned_rulenames=mine",
            ])
    }

    @Test func aGlobalPolicyMadeAnewHasTheDocumentedDefaults() throws {
        try client.done(.delete, "/api/spampolicy/global")
        #expect(try client.send(.get, "/api/spampolicy/global").body == #"{"_success": true, "_data": {}}"#)
        try client.done(.put, "/api/spampolicy/global", "bypass_spam_checks=yes&quarantine_banned=")
        #expect(
            try policy("@.") == [
                "virus_lover=N", "spam_lover=Y", "bad_header_lover=Y", "bypass_virus_checks=N", "bypass_spam_checks=Y",
                "bypass_banned_checks=N", "bypass_header_checks=N", "virus_quarantine_to=virus-quarantine",
                "spam_quarantine_to=", "bad_header_quarantine_to=", "spam_subject_tag2=",
            ])
        #expect(try users() == ["@.|0|@."])
    }

    @Test func aNewStateHasTheShippedGlobalPolicy() throws {
        let answer = try client.send(.get, "/api/spampolicy/global")
        #expect(answer.text("account") == "@." && answer.text("quarantine_banned") == "yes")
        #expect(answer.text("quarantine_spam") == "no" && answer.member("spam_score") is NSNull)
    }

    @Test func theScopesHaveTheirKeysAndPriorities() throws {
        try client.done(.put, domain, "spam_score=5")
        try client.done(.put, user, "spam_score=4")
        #expect(try users() == ["@.|0|@.", "@example.com|5|@example.com", "jo@example.com|10|jo@example.com"])
        try api.run("UPDATE users SET priority = 50", on: .amavisd)
        try client.done(.put, user, "spam_score=3")
        #expect(try users().last == "jo@example.com|10|jo@example.com")
    }

    @Test func aPolicyOfAnotherNameIsNeverEdited() throws {
        try api.run("INSERT INTO policy (policy_name, spam_kill_level) VALUES ('shared', 9)", on: .amavisd)
        try api.run(
            "INSERT INTO users (email, policy_id) SELECT '@example.com', id FROM policy WHERE policy_name = 'shared'",
            on: .amavisd)
        #expect(try client.send(.get, domain).body == #"{"_success": true, "_data": {}}"#)
        try client.done(.put, domain, "spam_score=5")
        #expect(try policy("shared") == ["spam_kill_level=9.0"])
        #expect(try users()[1] == "@example.com|5|@example.com")
    }

    @Test func deletingKeepsTheUsersRowThatAListNeeds() throws {
        try client.done(.put, user, "spam_score=5")
        try client.done(.post, "/api/wblist/inbound/whitelist/jo@example.com", "addresses=@friends.example")
        try client.done(.delete, user)
        #expect(try users() == ["@.|0|@.", "jo@example.com|10|NULL"])
        #expect(try client.send(.get, user).body == #"{"_success": true, "_data": {}}"#)
        try client.done(.put, user, "spam_score=6")
        try client.done(.delete, "/api/wblist/inbound/whitelist/jo@example.com")
        #expect(try users() == ["@.|0|@.", "jo@example.com|10|jo@example.com"])
        try client.done(.delete, user)
        #expect(try users() == ["@.|0|@."])
        try client.done(.delete, user)
    }

    @Test func theSettingsSayPrefixAndLevel() throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.spamSubjectPrefix, "*** ").with(
                Settings.spamTagLevel, 3.5))
        try client.done(.put, domain, "prefix_spam_in_subject=yes&always_insert_x_spam_headers=no")
        #expect(try policy("@example.com") == ["spam_tag_level=3.5", "spam_subject_tag2=*** "])
    }

    @Test(arguments: ["", "bogus=yes", "Spam_Score=5"])
    func nothingToChangeIsRefused(_ form: String) throws {
        #expect(try client.refusal(.put, domain, form) == "MISSING_PARAMETER")
    }
}
