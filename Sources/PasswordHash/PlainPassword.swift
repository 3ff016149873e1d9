/// A password stored as it is.
struct PlainPassword: PasswordVerifier {
    let password: Secret

    init?(_ content: Substring, _ encoding: TextEncoding?) {
        guard let encoding else {
            password = Secret(content.utf8)
            return
        }
        guard let bytes = encoding.decode(content) else { return nil }
        password = Secret(bytes)
    }

    /// Compares digests, so that the time does not tell the length.
    func verifies(_ password: Secret) -> Bool {
        guard let left = Digest.sha256.hash(password) else { return false }
        guard let right = Digest.sha256.hash(self.password) else { return false }
        return areEqual(left, right)
    }

    var cost: VerificationCost { VerificationCost(method: .plain, parameter: 0) }
}
