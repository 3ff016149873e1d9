package import Mail

extension Settings {
    package static let spamSubjectPrefix = Setting<String>(
        "SPAM_SUBJECT_PREFIX",
        "Put before the subject of spam where the policy asks for it.",
        .text("1 to 64 printable ASCII characters") { text in
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
        },
        default: "[SPAM] "
    )

    /// The default is the value in iRedMail's configuration of amavisd.
    package static let spamTagLevel = Setting<Double>(
        "SPAM_TAG_LEVEL",
        "Spam score from which headers are added, unless the policy always wants them.",
        .decimal(-99.0...1000.0),
        default: 2.0
    )

    static let policies = [AnySetting(spamSubjectPrefix), AnySetting(spamTagLevel)]

    /// An empty list: the name servers of resolv.conf(5).
    package static let spfServers = Setting<[ServerAddress]>(
        "SPF_DNS_SERVERS",
        "Name servers that spf-refresh and verify-domains ask; an empty list stands for those of the system.",
        .list("a list of IP addresses, each with or without :port", of: .serverAddress(usualPort: 53)),
        default: []
    )

    package static let spfLookupLimit = Setting<Int>(
        "SPF_LOOKUP_LIMIT",
        "How many include, redirect, a and mx terms are followed for one domain; more are left out.",
        .number(1...100),
        default: 20
    )

    /// Unit: seconds.
    package static let spfQueryTimeout = Setting<Int>(
        "SPF_QUERY_TIMEOUT",
        "Seconds to wait for a name server's answer; each server is asked twice.",
        .number(1...60),
        default: 3
    )

    /// Unit: minutes.
    package static let spfRefreshInterval = Setting<Int>(
        "SPF_REFRESH_INTERVAL",
        "Minutes between two runs of spf-refresh or verify-domains without --once; up to five are added at random.",
        .number(10...1440),
        default: 30
    )

    static let spf = [
        AnySetting(spfServers), AnySetting(spfLookupLimit), AnySetting(spfQueryTimeout), AnySetting(spfRefreshInterval),
    ]
}
