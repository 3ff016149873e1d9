import Gateway
import MailStore
import PasswordHash

/// Whether a password is the right one for an account, without a login.
///
/// `admit` asks for the check against the stored password, which runs in the pool. Then the stored password is read
/// again: one that was changed meanwhile does not match. `LoginGuard` counts each check as it counts a login.
/// Source: `Contract.md` 6.3, `Security.md` A23.
enum PasswordChecks {
    static let routes = [
        route(
            "/api/verify_password/admin/<mail>", "verify_admin_password", "Checks the password of a standalone admin."
        ) { call in
            try call.store.standaloneAdmins.password(of: call.mail)
        },
        route("/api/verify_password/user/<mail>", "verify_user_password", "Checks the password of a mail user.") {
            call in
            try call.store.mailboxes.find(call.mail)?.password
        },
    ]

    /// - Parameter find: returns the stored password of the account in the path; nil when there is no such account.
    private static func route(
        _ path: String, _ id: String, _ summary: String, _ find: @escaping @Sendable (Call) throws -> String?
    ) -> Route {
        @Sendable func stored(_ call: Call) throws -> StoredPassword {
            guard let password = try find(call) else { throw APIError.noSuchAccount }
            return StoredPassword(password)
        }
        return Route(
            .post, path, id, .globalAdmin, summary, refuses: [.noSuchAccount, .invalidCredentials],
            admit: { call, input in .check(input.password, of: try call.mail, against: try stored(call)) },
            { (call, _: PasswordToCheck) in
                guard call.hasMatched(try stored(call)) else { throw APIError.invalidCredentials }
                return .unlogged
            }
        ).changingNothing()
    }
}

struct PasswordToCheck: FormInput {
    let password: Secret

    init(_ form: inout Form) throws(APIError) {
        password = try form.required(
            "password", .password(.checked), by: .caller, "The password to be checked.", example: "Secret-1234",
            missing: .emptyPassword)
    }
}
