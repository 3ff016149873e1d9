extension Settings {
    package static let spamSubjectPrefix = Setting<String>(
        "SPAM_SUBJECT_PREFIX",
        "Put before the subject of spam where the policy asks for it.",
        .text("1 to 64 printable ASCII characters") { text in
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
        },
        fallback: "[SPAM] "
    )

    /// iRedMail ships this value in amavisd's configuration.
    package static let spamTagLevel = Setting<Double>(
        "SPAM_TAG_LEVEL",
        "Spam score from which on headers are added where a policy does not always want them.",
        .decimal(-99.0...1000.0),
        fallback: 2.0
    )

    static let policies = [AnySetting(spamSubjectPrefix), AnySetting(spamTagLevel)]
}
