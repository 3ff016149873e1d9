package import Mail

extension Settings {
    /// Empty: those of resolv.conf(5).
    package static let spfServers = Setting<[ServerAddress]>(
        "SPF_DNS_SERVERS",
        "Name servers that spf-refresh and verify-domains ask; an empty list stands for those of the system.",
        .list("a list of IP addresses, each with or without :port", of: .serverAddress(usualPort: 53)),
        fallback: []
    )

    package static let spfLookupLimit = Setting<Int>(
        "SPF_LOOKUP_LIMIT",
        "How many include, redirect, a and mx terms are followed for one domain; more are left out.",
        .number(1...100),
        fallback: 20
    )

    /// Unit: seconds.
    package static let spfQueryTimeout = Setting<Int>(
        "SPF_QUERY_TIMEOUT",
        "Seconds to wait for a name server's answer; each server is asked twice.",
        .number(1...60),
        fallback: 3
    )

    /// Unit: minutes.
    package static let spfRefreshInterval = Setting<Int>(
        "SPF_REFRESH_INTERVAL",
        "Minutes between two runs of spf-refresh or verify-domains that stays; up to five are added at random.",
        .number(10...1440),
        fallback: 30
    )

    static let spf = [
        AnySetting(spfServers), AnySetting(spfLookupLimit), AnySetting(spfQueryTimeout), AnySetting(spfRefreshInterval),
    ]
}
