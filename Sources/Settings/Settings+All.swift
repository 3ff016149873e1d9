extension Settings {
    /// Keys that belong together.
    package struct Group: Sendable {
        package let title: String
        package let settings: [AnySetting]
    }

    package static let groups = [
        Group(title: "Access", settings: access),
        Group(title: "Sessions", settings: sessions),
        Group(title: "Passwords", settings: passwords),
        Group(title: "Storage of mail", settings: storage),
        Group(title: "Accounts", settings: accounts),
        Group(title: "Domains and routing", settings: domains),
        Group(title: "Mail-flow policies", settings: policies),
        Group(title: "Whitelisted SPF senders", settings: spf),
        Group(title: "Log and figures", settings: observing),
        Group(title: "Answers", settings: answers),
    ]

    /// Every key there is, in the order of the template.
    package static let all = groups.flatMap(\.settings)
}
