import Gateway
import Mail
import MailStore
import PasswordHash

/// Whether a password is the right one for an account, without a login.
enum PasswordChecks {
    static let routes = [
        Route(
            .post, "/api/verify_password/admin/<mail>", .globalAdmin, "Checks the password of a standalone admin.",
            verifyAdmin),
        Route(
            .post, "/api/verify_password/user/<mail>", .globalAdmin, "Checks the password of a mail user.", verifyUser),
    ]

    static func verifyAdmin(_ call: Call, _ input: PasswordToCheck) throws(APIError) -> Reply {
        let username = try call.mail
        return try verify(input, against: stored { try call.store.standaloneAdmins.password(of: username) }, call)
    }

    static func verifyUser(_ call: Call, _ input: PasswordToCheck) throws(APIError) -> Reply {
        let address = try call.mail
        return try verify(input, against: stored { try call.store.mailboxes.find(address)?.password }, call)
    }

    private static func verify(
        _ input: PasswordToCheck, against hash: String?, _ call: Call
    ) throws(APIError) -> Reply {
        guard let hash else { throw .noSuchAccount }
        guard try call.verify(input.password, of: call.mail, against: StoredPassword(hash)) else {
            throw .invalidCredentials
        }
        return .unchanged
    }
}

struct PasswordToCheck: FormInput {
    let password: Secret

    init(_ form: inout Form) throws(APIError) {
        password = try form.required(
            "password", .password(.checked), "The password to be checked.", example: "Secret-1234",
            missing: .emptyPassword)
    }
}
