/// The names of `Contract.md` 16.2 as zones, and the senders they stand for.
enum SPFZones {
    static let zones: [String: [String]] = [
        "spf1.test": [
            "@ IN TXT \"v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.9/32 ip4:203.0.113.77/28 ip6:2001:db8:1::/48 "
                + "a:out.spf1.test/30\" \" include:inc.spf1.test -ip4:192.0.2.66 ptr exists:%{i}.x.test ~all\"",
            "@ IN MX 10 mx", "mx IN A 198.51.100.25", "mx IN AAAA 2001:db8:2::25", "out IN A 198.51.100.41",
            "inc IN TXT \"v=spf1 ip4:203.0.113.200 include:spf1.test -all\"",
        ],
        "redir.test": ["@ IN TXT \"v=spf1 redirect=r2.test\""],
        "r2.test": ["@ IN TXT \"v=spf1 ip4:192.0.2.128/25 -all\""],
        "nored.test": ["@ IN TXT \"v=spf1 ip4:192.0.2.7 redirect=r2.test -all\""],
        "nospf.test": ["@ IN MX 10 nospf.test.", "@ IN A 198.51.100.77"],
        "wide.test": ["@ IN TXT \"v=spf1 ip4:0.0.0.0/0 ip4:10.0.0.0/7 +all\""],
        "bad.test": ["@ IN TXT \"v=spf1 ip4:300.1.1.1 ip4:2001:db8::1 ip6:192.0.2.1 ip4:192.0.2.8\""],
        "chain.test": ["@ IN TXT \"v=spf1 include:c1.chain.test\""]
            + (1...25).map { "c\($0) IN TXT \"v=spf1 ip4:10.0.0.\($0) include:c\($0 + 1).chain.test\"" },
        "big.test": [
            "@ IN TXT \"v=spf1\" "
                + (1...60).map { "\" ip4:10.1.\($0).0/24 ip4:10.2.\($0).0/24\"" }.joined(separator: " ")
        ],
    ]
    static let broken = ["down.test"]

    /// All that can be listed.
    static let domains = [
        "bad.test", "big.test", "chain.test", "down.test", "nored.test", "nospf.test", "nowhere.spf1.test",
        "redir.test",
        "spf1.test", "wide.test",
    ]

    /// By domain, those of `down.test` left out.
    static let senders: [(domain: String, senders: [String])] = [
        ("bad.test", ["192.0.2.8"]),
        ("big.test", (1...60).flatMap { ["10.1.\($0).0/24", "10.2.\($0).0/24"] }),
        ("chain.test", (1...20).map { "10.0.0.\($0)" }),
        ("nored.test", ["192.0.2.7"]),
        ("nospf.test", ["198.51.100.77"]),
        ("redir.test", ["192.0.2.128/25"]),
        (
            "spf1.test",
            [
                "192.0.2.0/24", "198.51.100.25", "198.51.100.40/30", "198.51.100.9", "2001:db8:1::/48",
                "2001:db8:2::25",
                "203.0.113.200", "203.0.113.64/28",
            ]
        ),
    ]

    /// `domain|sender`, sorted.
    static var rows: [String] { senders.flatMap { entry in entry.senders.map { "\(entry.domain)|\($0)" } }.sorted() }
}
