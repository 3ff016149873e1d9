extension Settings {
    /// Unit: seconds.
    package static let sessionTimeout = Setting<Int>(
        "SESSION_TIMEOUT",
        "Seconds without a request after which a session ends.",
        .number(1...31_536_000),
        default: 1800
    )

    /// Unit: seconds.
    package static let sessionLifetime = Setting<Int>(
        "SESSION_LIFETIME",
        "Seconds after the login at which a session ends, used or not.",
        .number(1...31_536_000),
        default: 43200
    )

    package static let sessionsPerAdmin = Setting<Int>(
        "SESSIONS_PER_ADMIN",
        "How many sessions one admin may have at a time; a further login ends the oldest.",
        .number(1...1000),
        default: 16
    )

    package static let sessionIgnoresAddressChange = Setting<Bool>(
        "SESSION_IGNORE_CHANGE_IP",
        "Whether a session goes on when its client's address changes; otherwise it ends.",
        default: false
    )

    package static let delaysLogins = Setting<Bool>(
        "LOGIN_DELAYS",
        "Whether further attempts from the same address, or for the same account, are delayed after wrong passwords.",
        default: true
    )

    static let sessions = [
        AnySetting(sessionTimeout), AnySetting(sessionLifetime), AnySetting(sessionsPerAdmin),
        AnySetting(sessionIgnoresAddressChange), AnySetting(delaysLogins),
    ]
}
