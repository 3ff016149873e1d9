import Synchronization

/// A password that is about to be checked for somebody who may be guessing, at a login or as a check of somebody's
/// password. However that ends, the guard is told, once: at the latest when the last one who has the attempt in hand lets
/// go of it.
final class LoginAttempt: Sendable {
    let account: String
    let client: String
    private let loginGuard: LoginGuard
    private let isSettled = Atomic(false)

    init(at account: String, from client: String, _ loginGuard: LoginGuard) {
        self.account = account
        self.client = client
        self.loginGuard = loginGuard
    }

    deinit { settle(nil) }

    /// - Parameter isRight: nil when it was not checked after all.
    /// - Returns: whether it was not settled before.
    @discardableResult
    func settle(_ isRight: Bool?) -> Bool {
        guard !isSettled.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        loginGuard.finished(isRight, account, from: client)
        return true
    }
}
