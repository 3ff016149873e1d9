import Mail
import MailStore
import Settings

/// When a session is still good.
struct SessionRules: Sendable {
    private let timeout: Int
    private let lifetime: Int
    private let ignoresAddressChange: Bool

    init(_ settings: Settings) {
        timeout = settings[Settings.sessionTimeout]
        lifetime = settings[Settings.sessionLifetime]
        ignoresAddressChange = settings[Settings.sessionIgnoresAddressChange]
    }

    enum Judgement {
        case good
        /// Good, and its last use should be written down.
        case goodButOld
        /// Expired, from another address, or made in a future that the clock has since left.
        case over
    }

    func judge(_ session: SessionRow, client: String, now: Moment) -> Judgement {
        let idle = now.epoch - session.used.epoch
        let age = now.epoch - session.created.epoch
        // A clock set back by more than five minutes would otherwise give old sessions new life.
        guard idle <= timeout, age <= lifetime, idle >= -300, age >= -300 else { return .over }
        guard ignoresAddressChange || session.ip == client else { return .over }
        // Not every request writes: the idle time is exact to a thirtieth of the time-out.
        return idle > timeout / 30 ? .goodButOld : .good
    }
}
