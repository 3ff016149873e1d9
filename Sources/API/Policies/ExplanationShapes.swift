import MailStore

extension Shape {
    package static let policyExplanation: Shape = .object(
        [
            Member("account", .address("Whose mail is explained.")),
            Member("spampolicy", spamPolicyExplanation, isOptional: true),
            Member("throttle", throttleExplanation, isOptional: true),
            Member("greylisting", greylistingExplanation, isOptional: true),
            Member("wblist", listsExplanation, isOptional: true),
        ],
        "The policies in force for an account, without those that are closed to the asker; the rows of each in the order"
            + " in which they are read.",
        name: "PolicyExplanation")

    private static let deciding: Shape = .text("Whose row decides; null where none does.").orNull
    private static let priority: Shape = .number("Of the account; larger wins.")

    private static let spamPolicyExplanation: Shape = .object(
        [
            Member(
                "rows",
                .list(
                    .object([Member("account", policyAccount), Member("priority", priority)] + spamPolicyAnswers),
                    "The spam policies that apply.")),
            Member(
                "effective",
                .object(
                    SpamPolicySwitch.allCases.map { Member($0.rawValue, effective(answer: $0.summary)) }
                        + [Member("spam_score", effectiveScore), Member("banned_rulenames", effectiveRules)],
                    "What comes out; null where amavisd's configuration decides.")),
        ],
        "What amavisd does with bad mail.")

    private static func effective(answer meaning: String) -> Shape {
        .object(
            [Member("value", .either([.word(["yes", "no"], ""), Shape(.null)])), Member("account", deciding)], meaning)
    }

    private static let effectiveScore: Shape = .object(
        [Member("value", Shape.decimal("").orNull), Member("account", deciding)], "Score from which on mail is spam.")

    private static let effectiveRules: Shape = .list(
        .object([Member("name", .text("Of the rule.")), Member("account", .text("Whose row names it."))]),
        "Rules for banned files, as amavisd asks them: the first that knows a file decides. Behind them come those of its"
            + " configuration.")

    private static let throttleExplanation: Shape = .object(
        [
            Member("inbound", throttles("The mail the account receives.")),
            Member("outbound", throttles("The mail the account sends.")),
        ],
        "How much mail iRedAPD lets pass.")

    private static func throttles(_ meaning: String) -> Shape {
        .object(
            [
                Member(
                    "rows",
                    .list(.object(throttleMembers + [Member("priority", priority)]), "The throttles that apply.")),
                Member(
                    "effective",
                    .object(
                        ThrottleLimit.allCases.map { Member($0.rawValue, effective(limit: "\($0.meaning).")) },
                        "What comes out.")),
            ],
            meaning)
    }

    private static func effective(limit meaning: String) -> Shape {
        .object(
            [
                Member("value", .count("The limit; 0 for none.")),
                Member("period", Shape.count("Length of a period, seconds; null where no row decides.").orNull),
                Member("account", deciding),
            ],
            meaning)
    }

    private static let greylistingExplanation: Shape = .object(
        [
            Member("rows", .list(greylistingRow, "The settings that apply.")),
            Member(
                "whitelists",
                .list(
                    .object([
                        Member("account", policyAccount),
                        Member("sender", .text("Who is exempt.")),
                        Member("comment", .text("What the program that made it wrote beside it.")),
                        Member(
                            "list",
                            .word(
                                ["whitelists", "spf"],
                                "Where it stands: with what admins said, or with what SPF yielded.")),
                    ]),
                    "The senders exempt from it, which no setting overrides.")),
            Member(
                "effective",
                .object(
                    [
                        Member("status", greylistingStatus),
                        Member(
                            "list",
                            Shape.word(
                                ["greylisting", "whitelists", "spf"],
                                "Where the row that decides stands; null where none does."
                            ).orNull),
                        Member("account", deciding),
                        Member("sender", Shape.text("Sender of the row that decides; null where none does.").orNull),
                    ],
                    "What comes out.")),
        ],
        "Whether iRedAPD turns mail from unknown senders away at first.")

    private static let listsExplanation: Shape = .object(
        [
            Member("inbound", lists(["iredapd", "amavisd"], "Who may send to the account.")),
            Member("outbound", lists(["iredapd"], "To whom the account may send.")),
        ],
        "White- and blacklists.")

    private static func lists(_ consumers: [String], _ meaning: String) -> Shape {
        .object(
            [
                Member("rows", .list(.object(listEntry), "The entries that apply.")),
                Member(
                    "effective",
                    .object(
                        consumers.map { consumer in
                            Member(consumer, .object(listVerdict, "The entry that \(consumer) finds; null for none."))
                        },
                        "What comes out.")),
            ],
            meaning)
    }

    private static let kind: Shape = .word(
        ListKind.allCases.map(\.rawValue), "Whether mail is let in or refused.")

    private static let listEntry = [
        Member("account", policyAccount),
        Member("priority", priority),
        Member("address", .text("Who is listed.")),
        Member("address_priority", .number("Of who is listed, among entries of one account; larger wins.")),
        Member("list", kind),
    ]

    private static let listVerdict = [
        Member("list", kind.orNull),
        Member("account", deciding),
        Member("address", Shape.text("Who is listed there.").orNull),
    ]
}
