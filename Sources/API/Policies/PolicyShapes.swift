import MailStore

extension Shape {
    /// The key of a policy's row.
    static let policyAccount: Shape = .text(
        "Whom it is for: @. for everybody, @example.com for a domain, or an address.")

    /// The switches of a spam policy, its score and its rules for banned files.
    static let spamPolicyAnswers =
        SpamPolicySwitch.allCases.map { Member($0.rawValue, answer($0.summary)) }
        + [
            Member("spam_score", Shape.decimal("Score from which on mail is spam; \(inherited)").orNull),
            Member(
                "banned_rulenames",
                Shape.text("Names of amavisd's rules for banned files, separated by commas; null for none.").orNull),
        ]

    /// The value of a switch.
    static func answer(_ meaning: String) -> Shape {
        Shape.word(["yes", "no"], "\(meaning.dropLast()); \(inherited)").orNull
    }

    private static let inherited = "null: the next scope decides."

    package static let spamPolicy: Shape = .object(
        ([Member("account", policyAccount)] + spamPolicyAnswers).hideable,
        "A spam policy as it can be sent back, without what it inherits; no member where there is none.",
        name: "SpamPolicy")

    static let throttleMembers =
        [
            Member("account", policyAccount),
            Member("kind", .word(ThrottleKind.allCases.map(\.rawValue), "Which mail counts.")),
            Member("period", .count("Length of a period, seconds; 0: the row counts for nothing.")),
        ]
        + ThrottleLimit.allCases.map {
            Member($0.rawValue, .limit("\($0.meaning); 0 for no limit, -1: the next scope decides."))
        }

    package static let throttle: Shape = .object(
        throttleMembers.hideable, "A throttle; no member where there is none.", name: "Throttle")

    private static let greylistingMembers = [
        Member("account", policyAccount),
        Member("sender", .text("Whose mail it is about: @. for everybody's.")),
        Member("status", greylistingStatus),
    ]

    static let greylistingStatus: Shape = .word(
        ["enable", "disable"], "Whether mail from unknown senders is turned away at first.")

    package static let greylistingSetting: Shape = .object(
        greylistingMembers.hideable, "A greylisting setting; no member where there is none.", name: "GreylistingSetting"
    )

    static let greylistingRow: Shape = .object(
        greylistingMembers + [
            Member("priority", .number("Of the account; larger wins.")),
            Member("sender_priority", .number("Of the sender, among rows of one account; larger wins.")),
            Member("comment", .text("What the program that made it wrote beside it.")),
        ],
        "A row of the greylisting settings, whichever program made it.", name: "GreylistingRow")

    package static let greylistingSettings: Shape = .list(
        greylistingRow, "Every greylisting setting, the strongest first.")

    package static let exemptSenders: Shape = .list(
        .text("An IP address, a network, an address, @domain, or @.domain for sub-domains too."),
        "Senders exempt from greylisting, ascending.")

    package static let exemptDomains: Shape = .domains("Domains whose servers are exempt from greylisting, ascending.")

    package static let listedPeers: Shape = .list(
        .text("An IP address, a network, an address, @domain, @.domain for sub-domains too, or @. for everybody."),
        "Who is on the list, ascending.")
}
