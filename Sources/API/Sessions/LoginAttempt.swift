import Synchronization

/// A password that is about to be checked for somebody who may be guessing. However that ends, the guard is told, once:
/// at the latest when the last one who has the attempt in hand lets go of it.
final class LoginAttempt: Sendable {
    let account: String
    let client: String
    private let watch: LoginGuard
    private let isSettled = Atomic(false)

    init(at account: String, from client: String, _ watch: LoginGuard) {
        self.account = account
        self.client = client
        self.watch = watch
    }

    deinit { settle(nil) }

    /// - Parameter isRight: nil when it was not checked after all.
    func settle(_ isRight: Bool?) {
        guard !isSettled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        watch.finished(isRight, account, from: client)
    }
}
