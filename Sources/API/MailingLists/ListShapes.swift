import MailingLists

extension Shape {
    package static let subscribableListProfile: Shape = .object(
        mailingListColumns
            + ListSwitch.all.map { Member($0.parameter, yesNo($0.meaning)) } + [
                Member("only_moderator_can_post", yesNo("Whether only moderators may post.")),
                Member("only_subscriber_can_post", yesNo("Whether only subscribers may post.")),
                Member("moderate_subscription", yesNo("Whether somebody decides who may subscribe.")),
                Member("subscription_moderators", .addresses("Who decides about subscriptions; empty for the owners.")),
                Member("owner", .addresses("Owners, ascending.")),
                Member("moderators", .addresses("Who is asked about posts that wait, ascending.")),
                Member("extra_addresses", .addresses("Further addresses of the list, ascending.")),
                Member("max_message_size", .count("Greatest size of a post, bytes; 0 for no limit.")),
                Member("subject_prefix", .text("Begins the subject of each post; empty for nothing.")),
                Member("custom_headers", .list(.text(""), "Headers that each post gets, besides the usual ones.")),
                Member("remove_headers", .list(.text(""), "Headers that each post loses, besides the usual ones.")),
                Member("footer_text", .text("Stands below the text of each post; empty for nothing.")),
                Member("footer_html", .text("Stands below the HTML text of each post; empty for nothing.")),
                Member(
                    "subscribers", .list(subscriber, "Subscribers by address; only with with_subscribers=yes."),
                    isOptional: true),
            ],
        "A subscribable mailing list.", name: "SubscribableListProfile")

    private static let subscriber: Shape = .object(
        [
            Member("mail", .address("The subscriber's address.")),
            Member(
                "subscription", .word(Subscription.allCases.map(\.rawValue), "How the subscriber gets the posts.")),
        ], "A subscriber.", name: "Subscriber")

    private static func yesNo(_ meaning: String) -> Shape { .word(["yes", "no"], meaning) }

    package static let subscribableListRow: Shape = .object(
        mailingListColumns, "The row of a subscribable mailing list.", name: "SubscribableList")

    package static let subscribableListListing: Shape = .either(
        [.list(subscribableListRow, "Rows of lists, by address."), .addresses("Addresses of lists, ascending.")],
        "The lists' rows, or with email_only=yes their addresses.")
}
