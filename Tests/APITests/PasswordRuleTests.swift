import Gateway
import PasswordHash
import Settings
import Storage
import Testing

/// What a new password must look like: `Contract.md` 8.1, `Security.md` A19, A22.
struct PasswordRuleTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    private static let rules: [(String, String)] = [
        ("", "PW_EMPTY"), ("%20%20", "PW_EMPTY"),
        ("abc", "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR"),
        ("Secret-1%C3%BC", "PW_NON_ASCII"), ("S-1%C3%BC", "PW_NON_ASCII,PW_SHORTER_THAN_MIN_LENGTH"),
        ("Secret-1%07x", "PW_NON_ASCII"),
        ("Secre-1", "PW_SHORTER_THAN_MIN_LENGTH"), ("secret-1", "PW_NO_UPPERCASE"), ("Secret-x", "PW_NO_DIGIT_NUMBER"),
        ("Secret12", "PW_NO_SPECIAL_CHAR"),
        ("12345-78", "PW_NO_LETTER,PW_NO_UPPERCASE"), ("        ", "PW_EMPTY"),
        ("--------", "PW_NO_LETTER,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER"),
    ]

    @Test(arguments: rules)
    func aNewUserMustHaveAGoodOne(_ password: String, _ words: String) throws {
        #expect(try admin.refusal(.post, "/api/user/new@a.example", "password=\(password)") == words)
    }

    @Test(arguments: rules)
    func aChangedOneMustBeGood(_ password: String, _ words: String) throws {
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "name=X&password=\(password)") == words)
    }

    @Test(arguments: Array("#$%&'\"*+-,.:;!<=>?@[]/\\(){}^_`~"))
    func everyPublishedSpecialCharacterCounts(_ character: Character) throws {
        let escaped = character.utf8.map { "%" + String($0, radix: 16) }.joined()
        try admin.done(.put, "/api/user/jo@a.example", "password=Secret1\(escaped)")
    }

    @Test(arguments: [256, 257])
    func noneIsLongerThan256Bytes(_ length: Int) throws {
        let password = "Secret-1" + String(repeating: "x", count: length - 8)
        let word = try admin.send(.put, "/api/user/jo@a.example", "password=\(password)").word
        #expect(word == (length > 256 ? "PW_GREATER_THAN_MAX_LENGTH" : nil))
    }

    @Test(arguments: [
        ("min_passwd_length:10;", "Secret-12", "PW_SHORTER_THAN_MIN_LENGTH"),
        ("min_passwd_length:10;", "Secret-123", nil),
        ("min_passwd_length:4;", "Se-1", nil), ("max_passwd_length:10;", "Secret-1234", "PW_GREATER_THAN_MAX_LENGTH"),
        ("max_passwd_length:10;", "Secret-123", nil), ("min_passwd_length:0;max_passwd_length:0;", "Secret-1", nil),
        ("", "Secret-", "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_DIGIT_NUMBER"),
    ])
    func aDomainHasLengthsOfItsOwn(_ settings: String, _ password: String, _ words: String?) throws {
        try api.run("UPDATE domain SET settings = \(settings)")
        #expect(try admin.send(.put, "/api/user/jo@a.example", "password=\(password)").word == words)
        #expect(try admin.send(.post, "/api/user/new@a.example", "password=\(password)").word == words)
    }

    @Test func theRulesAreSettings() throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.minPasswordLength, 3).with(
                Settings.maxPasswordLength, 5
            )
            .with(Settings.passwordNeedsUppercase, false).with(Settings.passwordNeedsDigit, false)
            .with(Settings.passwordNeedsSpecialCharacter, false))
        try admin.done(.put, "/api/user/jo@a.example", "password=abc")
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "password=abcdef") == "PW_GREATER_THAN_MAX_LENGTH")
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "password=123") == "PW_NO_LETTER")
    }

    @Test(arguments: ["{PLAIN}Secret-1", "{CRYPT}$6$Secret", "{SSHA512}Secret-1==", "$1$abcdefgh$Secret"])
    func whatLooksLikeAHashIsAPassword(_ password: String) throws {
        let escaped = password.replacing("=", with: "%3D")
        try admin.done(.put, "/api/user/jo@a.example", "password=\(escaped)")
        let stored = try #require(try api.rows("SELECT password FROM mailbox").first)
        #expect(stored.hasPrefix("{SSHA512}") && stored != password)
        #expect(StoredPassword(stored).verifies(Secret(password)))
    }

    @Test func whiteSpaceAroundItIsNoPartOfIt() throws {
        try admin.done(.put, "/api/user/jo@a.example", "password=+Secret-1%20%0A")
        let stored = try #require(try api.rows("SELECT password FROM mailbox").first)
        #expect(StoredPassword(stored).verifies(Secret("Secret-1")))
    }

    @Test func aChangeIsDated() throws {
        try admin.done(.put, "/api/user/jo@a.example", "password=Secret-1")
        #expect(
            try api.rows("SELECT passwordlastchange, modified FROM mailbox") == [
                "2026-01-31 23:59:59|2026-01-31 23:59:59"
            ])
    }

    @Test func isStoredInTheSchemeOfTheSetting() throws {
        for (scheme, prefix) in [
            ("SSHA", "{SSHA}"), ("SHA512", "{SHA512}"), ("MD5", "{CRYPT}$1$"), ("PLAIN-MD5", "{PLAIN-MD5}"),
            ("CRAM-MD5", "{CRAM-MD5}"),
        ] {
            try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.defaultPasswordScheme, scheme))
            try admin.done(.put, "/api/user/jo@a.example", "password=Secret-1")
            #expect(try api.rows("SELECT password FROM mailbox").first?.hasPrefix(prefix) == true)
        }
    }
}
