import PasswordHash
import Testing

struct PasswordPolicyTests {
    typealias Failure = PasswordPolicy.Failure

    @Test(
        arguments: [
            ("abc", [.shorterThanMinimum, .noUppercase, .noDigit, .noSpecialCharacter]),
            ("Abcdef1!", []),
            ("Abcde1!", [.shorterThanMinimum]),
            ("", [.empty]),
            ("Abcdef1ä", [.nonASCII, .noSpecialCharacter]),
            ("Abcdef1!\u{7f}", [.nonASCII]),
            ("Abcdef1!\t", [.nonASCII]),
            ("Abcdef1!\0", [.nonASCII]),
            ("äöüÄ", [.nonASCII, .shorterThanMinimum, .noLetter, .noUppercase, .noDigit, .noSpecialCharacter]),
            ("äöüÄäöü!", [.nonASCII, .noLetter, .noUppercase, .noDigit]),
            ("12345678!", [.noLetter, .noUppercase]),
            ("abcdef1!", [.noUppercase]),
            ("ABCDEF1!", []),
            ("Abcdefg!", [.noDigit]),
            ("Abcdefg1", [.noSpecialCharacter]),
            ("Abcdefg1 ", [.noSpecialCharacter]),
            ("Abcdefg1|", [.noSpecialCharacter]),
        ] as [(String, [Failure])])
    func reportsAllFailuresInOrder(_ password: String, _ failures: [Failure]) {
        #expect(PasswordPolicy().failures(of: Secret(password), for: .ssha512) == failures)
    }

    @Test func hasTheOrderOfTheContract() {
        #expect(
            Failure.allCases == [
                .empty, .nonASCII, .shorterThanMinimum, .greaterThanMaximum, .noLetter, .noUppercase, .noDigit,
                .noSpecialCharacter,
            ])
    }

    @Test(arguments: Array(##"#$%&'"*+-,.:;!<=>?@[]/\(){}^_`~"##))
    func knowsThePublishedSpecialCharacter(_ character: Character) {
        #expect(PasswordPolicy().failures(of: Secret("Abcdefg1\(character)"), for: .ssha512) == [])
    }

    @Test func everyRuleCanBeTurnedOff() {
        let none = PasswordPolicy(
            minimumLength: 0, maximumLength: 0, requiresLetter: false, requiresUppercase: false, requiresDigit: false,
            requiresSpecialCharacter: false)
        #expect(none.failures(of: Secret(" "), for: .ssha512) == [])
        #expect(none.failures(of: Secret(""), for: .ssha512) == [.empty])
    }

    @Test func ownSpecialCharactersReplaceThePublished() {
        let policy = PasswordPolicy(specialCharacters: "|")
        #expect(policy.failures(of: Secret("Abcdefg1|"), for: .ssha512) == [])
        #expect(policy.failures(of: Secret("Abcdefg1!"), for: .ssha512) == [.noSpecialCharacter])
    }

    @Test func aMaximumCountsCharacters() {
        let policy = PasswordPolicy(maximumLength: 9)
        #expect(policy.failures(of: Secret("Abcdefg1!"), for: .ssha512) == [])
        #expect(policy.failures(of: Secret("Abcdefgh1!"), for: .ssha512) == [.greaterThanMaximum])
        #expect(policy.failures(of: Secret("Abcdef1!ä"), for: .ssha512) == [.nonASCII])
    }

    @Test(arguments: [(PasswordScheme.bcrypt, 72), (.ssha512, 256), (.sha512Crypt, 256), (.plain, 256)], [0, 1000])
    func theSchemeSetsALimitOfItsOwn(_ limit: (scheme: PasswordScheme, bytes: Int), _ maximum: Int) {
        let policy = PasswordPolicy(maximumLength: maximum)
        let longest = "Aa1!" + String(repeating: "x", count: limit.bytes - 4)
        #expect(policy.failures(of: Secret(longest), for: limit.scheme) == [])
        #expect(policy.failures(of: Secret(longest + "x"), for: limit.scheme) == [.greaterThanMaximum])
    }
}
