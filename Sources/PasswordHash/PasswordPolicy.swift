/// What a new password must look like: `Contract.md` 8.1.
package struct PasswordPolicy: Sendable, Hashable {
    /// In characters.
    package var minimumLength: Int
    /// In characters; zero means no limit except the scheme's own.
    package var maximumLength: Int
    package var requiresLetter: Bool
    package var requiresUppercase: Bool
    package var requiresDigit: Bool
    /// Whether one of `specialCharacters` is required.
    package var requiresSpecialCharacter: Bool
    package var specialCharacters: String

    /// The published default of `PASSWORD_SPECIAL_CHARACTERS`.
    package static let defaultSpecialCharacters = ##"#$%&'"*+-,.:;!<=>?@[]/\(){}^_`~"##

    package init(
        minimumLength: Int = 8, maximumLength: Int = 0, requiresLetter: Bool = true, requiresUppercase: Bool = true,
        requiresDigit: Bool = true, requiresSpecialCharacter: Bool = true,
        specialCharacters: String = Self.defaultSpecialCharacters
    ) {
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
        self.requiresLetter = requiresLetter
        self.requiresUppercase = requiresUppercase
        self.requiresDigit = requiresDigit
        self.requiresSpecialCharacter = requiresSpecialCharacter
        self.specialCharacters = specialCharacters
    }

    /// In the order in which they are reported.
    package enum Failure: CaseIterable, Sendable {
        /// Reported alone.
        case empty
        /// A character outside 32 to 126; NUL is one.
        case nonASCII
        case shorterThanMinimum
        /// Also a password that is too long for its scheme (`Security.md` A19).
        case greaterThanMaximum
        case noLetter
        case noUppercase
        case noDigit
        case noSpecialCharacter
    }

    /// All that is wrong with the password, in the order of `Failure`.
    ///
    /// - Parameter scheme: the one in which the password will be stored.
    package func failures(of password: Secret, for scheme: PasswordScheme) -> [Failure] {
        guard !password.isEmpty else { return [.empty] }
        return password.withBytes { bytes in
            let length = bytes.count { $0 & 0xc0 != 0x80 }  // Counts characters: not UTF-8's continuation bytes.
            let special = Array(specialCharacters.utf8)
            let hasUppercase = bytes.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            let hasLowercase = bytes.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            let hasDigit = bytes.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return Failure.allCases.filter { failure in
                switch failure {
                case .empty: false
                case .nonASCII: !bytes.allSatisfy { (32...126).contains($0) }
                case .shorterThanMinimum: length < minimumLength
                case .greaterThanMaximum:
                    maximumLength > 0 && length > maximumLength || bytes.count > scheme.longestPassword
                case .noLetter: requiresLetter && !hasUppercase && !hasLowercase
                case .noUppercase: requiresUppercase && !hasUppercase
                case .noDigit: requiresDigit && !hasDigit
                case .noSpecialCharacter: requiresSpecialCharacter && !bytes.contains(where: special.contains)
                }
            }
        }
    }
}
