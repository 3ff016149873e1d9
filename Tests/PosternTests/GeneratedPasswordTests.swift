import Settings
import Testing

@testable import postern

/// The password that `postern init` makes up has all that the settings ask for, whatever they are.
struct GeneratedPasswordTests {
    private static let special = "#%-"

    private static func settings(longest: Int, shortest: Int = 0) -> Settings {
        Settings().with(Settings.maxPasswordLength, longest).with(Settings.minPasswordLength, shortest)
            .with(Settings.passwordSpecialCharacters, special)
    }

    private static func hasAll(_ password: String) -> Bool {
        password.contains(where: \.isUppercase) && password.contains(where: \.isNumber)
            && password.contains(where: special.contains)
    }

    @Test(arguments: [
        (0, 0, 20), (0, 8, 20), (256, 8, 20), (20, 8, 20), (19, 8, 19), (8, 8, 8), (3, 1, 3), (0, 21, 21),
        (0, 100, 100),
    ])
    func itIsAsNearToTwentyCharactersAsTheLimitsAllow(_ longest: Int, _ shortest: Int, _ expected: Int) {
        for _ in 0..<200 {
            let password = Init.generatedPassword(Self.settings(longest: longest, shortest: shortest))
            #expect(password.count == expected && Self.hasAll(password), "\(password)")
        }
    }

    @Test func whatIsNotAskedForNeedsNoRoom() {
        let settings = Self.settings(longest: 1).with(Settings.passwordNeedsUppercase, false)
            .with(Settings.passwordNeedsDigit, false).with(Settings.passwordNeedsSpecialCharacter, false)
        for _ in 0..<200 {
            let password = Init.generatedPassword(settings)
            #expect(password.count == 1 && password.allSatisfy(\.isLetter), "\(password)")
        }
    }

    @Test func noTwoAreAlike() {
        let all = Set((0..<1000).map { _ in Init.generatedPassword(Settings()) })
        #expect(all.count == 1000)
    }
}
