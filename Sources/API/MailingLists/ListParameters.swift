import Mail
import MailingLists
import MailStore

/// A parameter with yes or no that is a control file of mlmmj's: yes makes it, no removes it. The meanings are those of
/// the files, by mlmmj's manual.
struct ListSwitch: Sendable {
    let parameter: String
    let file: ControlFile
    /// Whether a new list has it when nothing is sent.
    let isUsual: Bool
    let meaning: String

    private init(_ parameter: String, _ file: ControlFile, usually isUsual: Bool = false, _ meaning: String) {
        self.parameter = parameter
        self.file = file
        self.isUsual = isUsual
        self.meaning = meaning
    }

    static let all = [
        ListSwitch("close_list", .closedlist, "Whether nobody can subscribe or unsubscribe by mail."),
        ListSwitch(
            "disable_subscription", .closedlistsub, "Whether nobody can subscribe by mail; unsubscribing is possible."),
        ListSwitch(
            "disable_subscription_confirm", .nosubconfirm,
            "Whether who subscribes by mail is not asked for a confirmation. Anybody can then subscribe anybody."),
        ListSwitch(
            "disable_digest_subscription", .nodigestsub, "Whether nobody can subscribe to digests by mail."),
        ListSwitch("disable_digest_text", .nodigesttext, "Whether digests come without a table of contents."),
        ListSwitch(
            "disable_nomail_subscription", .nonomailsub, "Whether nobody can subscribe without getting mail, by mail."),
        ListSwitch(
            "moderated", .moderated, "Whether every post waits for a moderator, or for an owner if there is none."),
        ListSwitch(
            "moderate_non_subscriber_post", .modnonsubposts,
            "Whether a post of somebody who may not post waits for a moderator instead of being refused."),
        ListSwitch("disable_retrieving_old_posts", .noget, "Whether nobody can ask for old posts by mail."),
        ListSwitch(
            "only_subscriber_can_get_old_posts", .subonlyget, usually: true,
            "Whether only subscribers can ask for old posts by mail."),
        ListSwitch(
            "disable_retrieving_subscribers", .nolistsubsemail, usually: true,
            "Whether owners cannot ask for the subscribers by mail."),
        ListSwitch(
            "disable_send_copy_to_sender", .notmetoo, usually: true, "Whether senders get no copy of their own posts."),
        ListSwitch(
            "notify_owner_when_sub_unsub", .notifysub, "Whether owners are told who subscribes and unsubscribes."),
        ListSwitch("notify_sender_when_moderated", .notifymod, "Whether senders are told that a post waits."),
        ListSwitch(
            "disable_archive", .noarchive, "Whether posts are not kept; then there are no digests and no old posts."),
    ]
}

/// What POST and PUT of a list have in common. Nil for what was not sent.
struct ListSettings: Sendable {
    let name: String?
    let status: AccountStatus?
    let policy: AccessPolicy?
    let isNewsletter: Bool?
    let newsletterDescription: String?
    /// By control file.
    private(set) var switches: [ControlFile: Bool] = [:]
    let onlyModeratorsPost: Bool?
    let onlySubscribersPost: Bool?
    let moderatesSubscriptions: Bool?
    let subscriptionModerators: [MailAddress]?
    let owners: [MailAddress]?
    let moderators: [MailAddress]?
    let extraAddresses: [MailAddress]?
    let maxMessageSize: Int?
    let subjectPrefix: String?
    let customHeaders: [String]?
    let removedHeaders: [String]?
    let footerText: String?
    let footerHTML: String?

    /// - Parameter isNew: whether a new list gets what is usual for what is not sent.
    init(_ form: inout Form, isNew: Bool) throws(APIError) {
        func usual(_ value: Bool) -> String? { isNew ? value ? "yes" : "no" : nil }
        name = try form.optional("name", older: "cn", .text, by: .caller, "What the list is called.", example: "News")
        status = try form.optional(
            "accountStatus", .status, by: .caller, "Whether the list takes mail.", example: "active")
        policy = try form.optional(
            "accessPolicy", .accessPolicy, by: .caller, "Who may post.", example: "membersonly")
        isNewsletter = try form.optional(
            "is_newsletter", .yesNo, by: .caller,
            "Whether the list is a newsletter: its header List-Post says that nobody replies to it.", example: "yes",
            default: usual(false))
        newsletterDescription = try form.optional(
            "newsletter_description", .longText, by: .caller, "What the newsletter is about.",
            example: "What is new here")
        for item in ListSwitch.all {
            let value = try form.optional(
                item.parameter, .yesNo, by: .caller, item.meaning, example: "yes", default: usual(item.isUsual))
            if let value { switches[item.file] = value }
        }
        onlyModeratorsPost = try form.optional(
            "only_moderator_can_post", .yesNo, by: .caller,
            "Whether only moderators may post; the same as the access policy moderatorsonly.", example: "yes",
            default: usual(false))
        onlySubscribersPost = try form.optional(
            "only_subscriber_can_post", .yesNo, by: .caller,
            "Whether only subscribers may post; the same as the access policy membersonly. Of a new list accessPolicy "
                + "decides where it is sent.", example: "yes",
            default: usual(true))
        moderatesSubscriptions = try form.optional(
            "moderate_subscription", .yesNo, by: .caller,
            "Whether somebody decides who may subscribe: the owners, or subscription_moderators.", example: "yes",
            default: usual(false))
        subscriptionModerators = try form.optional(
            "subscription_moderators", .addressList, by: .caller,
            "Who decides about subscriptions; empty for the owners. Implies moderate_subscription=yes.",
            example: "jo@example.com")
        owners = try form.optional(
            "owner", .addressList, by: .caller, "Who gets what is sent to LIST+owner@DOMAIN.", example: "jo@example.com"
        )
        moderators = try form.optional(
            "moderators", .addressList, by: .caller, "Who is asked about posts that wait.", example: "jo@example.com")
        extraAddresses = try form.optional(
            "extra_addresses", .addressList, by: .caller, "Further addresses of the list.",
            example: "newsletter@example.com")
        maxMessageSize = try form.optional(
            "max_message_size", older: "maxMailSize", .number, by: .caller,
            "Greatest size of a post, bytes; 0 for no limit.", example: "1048576")
        subjectPrefix = try form.optional(
            "subject_prefix", .subjectPrefix, by: .caller, "Begins the subject of each post; empty for nothing.",
            example: "[news]")
        customHeaders = try form.optional(
            "custom_headers", .headers, by: .caller, "Headers that each post gets; empty for none.",
            example: "X-List: news")
        removedHeaders = try form.optional(
            "remove_headers", .headerNames, by: .caller, "Headers that each post loses; empty for none.",
            example: "Received,X-Mailer")
        footerText = try form.optional(
            "footer_text", .footer, by: .caller, "Stands below the text of each post; empty for nothing.",
            example: "Sent to the list news@example.com")
        footerHTML = try form.optional(
            "footer_html", .footer, by: .caller, "Stands below the HTML text of each post; empty for nothing.",
            example: "<p>Sent to the list news@example.com</p>")
    }
}

/// What POST of a list takes.
struct NewList: FormInput {
    let settings: ListSettings
    let subscribers: [MailAddress]
    let asksFirst: Bool
    let subscription: Subscription

    init(_ form: inout Form) throws(APIError) {
        settings = try ListSettings(&form, isNew: true)
        subscribers =
            try form.optional(
                "subscribers", .subscribers, by: .caller, "Who gets the posts.", example: "jo@example.com") ?? []
        (asksFirst, subscription) = try Self.subscriptionFields(&form)
    }

    static func subscriptionFields(_ form: inout Form) throws(APIError) -> (asksFirst: Bool, Subscription) {
        let asksFirst =
            try form.optional(
                "require_confirm", .yesNo, by: .caller,
                "Whether subscribers are asked by mail first, and subscribed when they answer.", example: "no",
                default: "yes") ?? true
        let subscription =
            try form.optional(
                "subscription", .subscription, by: .caller, "How the subscribers get the posts.", example: "normal",
                default: "normal") ?? .normal
        return (asksFirst, subscription)
    }
}

/// What PUT of a list takes.
struct ListChanges: FormInput {
    let settings: ListSettings
    let added: [MailAddress]
    let removed: [MailAddress]
    let asksFirst: Bool
    let subscription: Subscription

    init(_ form: inout Form) throws(APIError) {
        settings = try ListSettings(&form, isNew: false)
        added =
            try form.optional(
                "add_subscribers", .subscribers, by: .caller, "Subscribers to be added.", example: "jo@example.com")
            ?? []
        removed =
            try form.optional(
                "remove_subscribers", .subscribers, by: .caller, "Subscribers to be removed, of any subscription.",
                example: "jo@example.com") ?? []
        (asksFirst, subscription) = try NewList.subscriptionFields(&form)
    }
}

/// What GET of a list takes.
struct ListQuery: FormInput {
    let withSubscribers: Bool

    init(_ form: inout Form) throws(APIError) {
        withSubscribers =
            try form.optional(
                "with_subscribers", .yesNo, by: .caller, "Whether the subscribers are shown, too.", example: "yes",
                default: "no") ?? false
    }
}

/// What GET of a domain's lists takes.
struct ListListing: FormInput {
    let emailOnly: Bool
    let paging: Paging

    init(_ form: inout Form) throws(APIError) {
        emailOnly =
            try form.optional(
                "email_only", .yesNo, by: .caller, "Only the addresses, not the rows.", example: "yes",
                default: "no") ?? false
        paging = try Paging(&form)
    }
}

/// What DELETE of a list takes.
struct SubscribableListDeletion: FormInput {
    let keepsFiles: Bool

    init(_ form: inout Form) throws(APIError) {
        keepsFiles =
            try form.optional(
                "keep_archive", .yesNo, by: .caller,
                "Whether the list's directory, with posts and subscribers, is kept aside; no removes it.",
                example: "yes", default: "yes") ?? true
    }
}

extension FieldType where Value == [MailAddress] {
    /// Addresses to subscribe, or to unsubscribe; invalid ones are skipped.
    fileprivate static var subscribers: Self {
        FieldType(
            kind: "mail addresses, separated by commas, 10 000 at most", .addresses(""),
            refuses: [.invalidMail, .invalidParameter]
        ) { text, isStrict throws(APIError) in
            try ListItems(text, atMost: 10_000).parsed(isStrict, invalid: .invalidMail) { MailAddress($0) }
        }
    }
}

extension FieldType where Value == Subscription {
    fileprivate static var subscription: Self {
        let words = Subscription.allCases.map(\.rawValue)
        return FieldType(kind: "normal, digest or nomail", .word(words, "")) { text, _ throws(APIError) in
            guard let subscription = Subscription(rawValue: text.lowercased()) else { throw .invalidParameter }
            return subscription
        }
    }
}

extension FieldType where Value == String {
    /// mlmmj writes it as it is, so it is ASCII, as a header must be.
    fileprivate static var subjectPrefix: Self {
        FieldType(kind: "text of at most 100 printable ASCII characters", Shape(.text(length: 100))) {
            text, _ throws(APIError) in
            guard text.utf8.count <= 100, text.utf8.allSatisfy(\.isPrintableASCII) else { throw .invalidParameter }
            return text
        }
    }

    /// Lines are ended by LF.
    fileprivate static var footer: Self {
        FieldType(kind: "text of several lines, 65536 bytes at most", Shape(.text(length: 65_536))) {
            text, _ throws(APIError) in
            let text = text.replacing("\r\n", with: "\n")
            let isFit = text.unicodeScalars.allSatisfy {
                $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
            }
            guard text.utf8.count <= 65_536, isFit else { throw .invalidParameter }
            return text
        }
    }
}

extension FieldType where Value == [String] {
    /// Lines `Name: value`, separated by a line break, or by the two characters `\n` as published examples have them.
    fileprivate static var headers: Self {
        FieldType(kind: "lines of Name: value, printable ASCII, 50 at most", .text("")) { text, _ throws(APIError) in
            let lines = text.replacing("\\n", with: "\n").split(whereSeparator: \.isNewline).map { String($0).trimmed }
                .filter { !$0.isEmpty }
            guard lines.count <= 50 else { throw .invalidParameter }
            var headers: [String] = []
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, isHeaderName(parts[0]), !isReserved(parts[0]), line.utf8.count <= 900,
                    line.utf8.allSatisfy(\.isPrintableASCII)
                else {
                    throw .invalidParameter.explained(
                        "This is no header, or none that a list may add: \(line.prefix(80))")
                }
                headers.append("\(parts[0]): \(String(parts[1]).trimmed)")
            }
            return headers
        }
    }

    /// Names of headers, with or without a colon.
    fileprivate static var headerNames: Self {
        FieldType(kind: "names of headers, separated by commas, 50 at most", .list(.text(""), "")) {
            text, _ throws(APIError) in
            try ListItems(text, atMost: 50).items.map { item throws(APIError) in
                let name = item.hasSuffix(":") ? item.dropLast() : item[...]
                guard isHeaderName(name), !["from", HeaderFilter.loopHeader.lowercased()].contains(name.lowercased())
                else {
                    throw .invalidParameter.explained(
                        "This is no name of a header, or none that may go: \(item.prefix(80))")
                }
                return String(name)
            }
        }
    }

    /// What says who wrote a post, where it has been, what it consists of, and who vouches for that. A list that set these
    /// could send mail in the name of others.
    private static func isReserved(_ name: Substring) -> Bool {
        let name = name.lowercased()
        return [
            "from", "sender", "return-path", "received", "delivered-to", "to", "cc", "bcc", "date", "message-id",
            "subject", "mime-version", "dkim-signature", "authentication-results", "x-original-from",
            HeaderFilter.loopHeader.lowercased(),
        ].contains(name) || ["resent-", "content-", "arc-"].contains { name.hasPrefix($0) }
    }

    /// RFC 5322 3.6.8: printable ASCII without the colon.
    private static func isHeaderName(_ name: Substring) -> Bool {
        (1...76).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0.isPrintableASCII && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ":") }
    }
}

extension UInt8 {
    /// A character of ASCII that is no control character; the space is one.
    fileprivate var isPrintableASCII: Bool { (0x20...0x7e).contains(self) }
}
