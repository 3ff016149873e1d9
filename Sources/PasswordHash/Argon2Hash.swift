import CArgon2

/// A PHC string of Argon2, such as `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`, within the limits.
struct Argon2Hash: PasswordVerifier {
    /// The highest costs that are checked. 64 MiB is what `doveadm pw` uses, and the most for Dovecot's default
    /// `vsz_limit` (`Storage.md` 3).
    static let limits = Costs(memory: 65_536, passes: 16, lanes: 4)

    struct Costs: Hashable {
        /// In KiB.
        let memory: Int
        let passes: Int
        let lanes: Int
    }

    let text: String
    let type: Argon2_type
    let parameters: Costs

    init?(_ text: String) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 6, let parameters = Self.parameters(in: text), !Self.isTooCostly(text) else { return nil }
        switch fields[1] {
        case "argon2i": type = Argon2_i
        case "argon2id": type = Argon2_id
        default: return nil
        }
        self.text = text
        self.parameters = parameters
    }

    func verifies(_ password: Secret) -> Bool {
        password.withBytes { argon2_verify(text, $0.baseAddress, $0.count, type) } == ARGON2_OK.rawValue
    }

    var cost: VerificationCost {
        VerificationCost(algorithm: .argon2, parameter: parameters.memory * parameters.passes)
    }

    static func isTooCostly(_ text: String) -> Bool {
        guard let parameters = parameters(in: text) else { return false }
        return parameters.memory > limits.memory || parameters.passes > limits.passes
            || parameters.lanes > limits.lanes
    }

    /// Nil when the text has no well-formed costs. A number that does not fit in 32 bits counts as `Int32.max`.
    private static func parameters(in text: String) -> Costs? {
        guard let field = text.split(separator: "$").first(where: { $0.hasPrefix("m=") }) else { return nil }
        let numbers = field.split(separator: ",", omittingEmptySubsequences: false)
        guard numbers.count == 3 else { return nil }
        let values = zip(numbers, ["m=", "t=", "p="]).compactMap { number, name -> Int? in
            let digits = number.dropFirst(2)
            guard number.hasPrefix(name), !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { return nil }
            return Int(Int32(digits) ?? .max)
        }
        return values.count == 3 ? Costs(memory: values[0], passes: values[1], lanes: values[2]) : nil
    }
}
