import MailStore

extension Shape {
    /// The columns of the table `alias`.
    package static let aliasColumns: [Member] =
        [
            Member("address", .address("The alias' address.")),
            Member("name", .text("What the alias is called, for people.")),
            Member("accesspolicy", accessPolicy),
            Member("domain", .domain("Domain of the address.")),
        ]
        + .closing(
            expired: "Kept for iRedMail's tools, UTC; mail does not depend on it.",
            active: "Whether mail to the alias reaches its members.")

    /// The columns of the table `maillists`.
    package static let mailingListColumns: [Member] =
        [
            Member("id", .count("Number of the row.")),
            Member("address", .address("The list's address.")),
            Member("domain", .domain("Domain of the address.")),
            Member("transport", .text("Postfix transport that takes the list's mail.")),
            Member("accesspolicy", accessPolicy),
            Member("maxmsgsize", .count("Greatest size of a message to the list, bytes; 0 for no limit.")),
            Member("name", .text("What the list is called, for people.")),
            Member("description", .text("What the list is about; null for nothing.").orNull),
            Member("mlid", .text("Id of the list, a UUID.")),
            Member("is_newsletter", .bit("Whether the list is a newsletter.")),
            .settings([]),
        ]
        + .closing(
            expired: "Kept for iRedMail's tools, UTC; mail does not depend on it.",
            active: "Whether mail to the list reaches its members.")

    package static let aliasProfile: Shape = .object(
        aliasColumns + [
            Member("members", .addresses("Who gets what is sent to the alias, ascending.")),
            Member("moderators", .addresses("Who may always write to the alias where its access policy says so.")),
        ],
        "An alias with its people.", name: "AliasProfile")

    package static let mailingListProfile: Shape = .object(
        mailingListColumns + [
            Member("members", .addresses("Who gets what is sent to the list, ascending.")),
            Member("moderators", .addresses("Who may always write to the list where its access policy says so.")),
            Member("owners", .addresses("Owners of the list, ascending.")),
        ],
        "A mailing list with its people.", name: "MailingListProfile")

    package static let aliasListing: Shape = .either(
        [.list(aliasProfile, "Profiles of aliases, by address."), .addresses("Addresses of aliases, ascending.")],
        "The aliases' profiles, or with email_only=yes their addresses.")

    private static let accessPolicy: Shape = .word(
        AccessPolicy.allCases.map(\.rawValue) + [""], "Who may write to it; empty for everybody.")
}
