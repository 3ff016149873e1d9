import Support

/// A server with one account of each kind at least, whose values are awkward to write as LDIF.
struct LDIFAccounts {
    /// What is exported, in an order in which each entry comes after the one above it.
    static let paths = [
        "domain/full.example", "domain/bare.example", "catchall/full.example",
        "admin/%23ops%2Bnight%3Dx%26z@outside.example", "admin/desk@outside.example", "user/anna@full.example",
        "user/zoe@full.example", "user/odd@full.example", "user/off@bare.example", "maillist/team@full.example",
        "maillist/empty@full.example", "alias/info@full.example", "alias/none@bare.example",
    ]

    static let longName = String(repeating: "Ångström ", count: 28) + "End"
    static let forwardings = (10..<70).map { "a-rather-long-local-part-\($0)@some-rather-long-name.away.example" }

    let system: MailSystem

    init() throws {
        system = try MailSystem()
        let client = system.client
        try addDomains()
        try client.change(
            .post, "/api/admin/%23ops%2Bnight%3Dx%26z@outside.example",
            [
                ("name", "Ops, night"), ("password", "Admin-pw-1"), ("language", "de_DE"), ("isGlobalAdmin", "yes"),
                ("disableViewingMailLog", "yes"), ("disableManagingQuarantinedMails", "yes"),
            ])
        try client.change(
            .post, "/api/admin/desk@outside.example",
            [
                ("password", "Admin-pw-1"), ("maxDomains", "3"), ("maxQuota", "2"), ("quotaUnit", "GB"),
                ("maxUsers", "10"),
            ])
        try client.change(.put, "/api/domain/admins/full.example", [("addAdmin", "desk@outside.example")])
        try addUsers()
        try client.change(
            .post, "/api/alias/info@full.example",
            [
                ("name", " <: colon first"), ("accessPolicy", "membersonly"),
                ("members", "zoe@full.example,x@away.example"),
                ("moderators", "anna@full.example"),
            ])
        try client.change(.post, "/api/alias/none@bare.example")
        try client.change(
            .post, "/api/maillist/team@full.example",
            [
                ("name", "Das Team – alle"), ("accessPolicy", "domain"), ("moderators", "zoe@full.example"),
                ("members", "zoe@full.example,anna@full.example,info@full.example,#y+1@away.example,x@away.example"),
            ])
        try client.change(.post, "/api/maillist/empty@full.example", [("members", "team@full.example")])
    }

    private func addDomains() throws {
        try system.add(domain: "full.example")
        try system.client.change(
            .put, "/api/domain/full.example",
            [
                ("name", "Grüße & Söhne: <GmbH>"), ("quota", "4096"), ("defaultQuota", "512"), ("maxUserQuota", "1024"),
                ("numberOfUsers", "20"), ("numberOfAliases", "-1"), ("language", "fr_FR"), ("minPasswordLength", "9"),
                ("senderBcc", "out@archive.example"), ("recipientBcc", "in@archive.example"),
                ("catchall", "second@away.example,first@away.example"), ("outboundRelay", "[192.0.2.1]:25"),
                ("enableService", "self-service"), ("aliasDomains", "old.example,former.example"),
                ("disableDomainProfile", "relay,bcc"), ("numberOfAliases", "30"),
            ])
        try system.add(domain: "bare.example")
    }

    private func addUsers() throws {
        let client = system.client
        try system.add(user: "anna@full.example", "Plain-pw-1")
        try system.add(user: "zoe@full.example", "Plain-pw-1", [("name", Self.longName), ("quota", "300")])
        try client.change(
            .put, "/api/user/zoe@full.example",
            [
                ("gn", "Zoë"), ("sn", "张伟"), ("employeeid", "№ 7"), ("telephoneNumber", "+49 30 1234"),
                ("mobile", "+49 170 1234"), ("language", "zh_CN"), ("transport", "lmtp:unix:private/dovecot-lmtp"),
                ("forwarding", (Self.forwardings + ["zoe@full.example"]).joined(separator: ",")),
                ("aliases", "z@full.example,zo@old.example"), ("senderBcc", "sent@archive.example"),
                ("recipientBcc", "got@archive.example"), ("outboundRelay", "[192.0.2.9]:587"),
            ])
        try system.add(user: "odd@full.example", "Plain-pw-1", [("name", "< ends: with #")])
        try client.change(
            .put, "/api/user/odd@full.example",
            [
                ("gn", ":colon"), ("sn", "#sharp, \"quoted\" \\ back"), ("isGlobalAdmin", "yes"),
                ("removeService", "imap"),
            ])
        try system.add(user: "off@bare.example")
        try client.change(.put, "/api/user/off@bare.example", [("accountStatus", "disabled")])
        try client.change(.put, "/api/domain/bare.example", [("accountStatus", "disabled")])
    }

    /// One export's text.
    func export(_ path: String, by client: APIClient? = nil) throws -> String {
        let answer = try (client ?? system.client).send(.get, "/api/ldif/\(path)")
        guard let text = answer.envelope?["_data"] as? String else {
            throw Program.Failure(description: "\(path): \(answer.status) \(answer.text)")
        }
        return text
    }

    /// All exports, one after the other.
    func everything() throws -> String { try Self.paths.map { try export($0) }.joined() }

    /// What the API shows of an account.
    func profile(_ path: String) throws -> [String: Any] {
        let answer = try system.client.send(.get, "/api/\(path)")
        guard let profile = answer.profile else { throw Program.Failure(description: "\(path): \(answer.text)") }
        return profile
    }
}
