import Mail
import MailStore
import PasswordHash
import Storage

extension IRedMailReader {
    /// Columns of releases before 1.0, which nothing reads any more.
    private static let legacyColumns: Set<String> = [
        "lastlogindate", "lastloginipv4", "lastloginprotocol", "allowedsenders", "rejectedsenders", "allowedrecipients",
        "rejectedrecipients", "local_part", "bytes", "messages",
    ]

    func readMailboxes(_ session: any SourceSession) throws {
        let shape = try shape("mailbox", session, leaving: Self.legacyColumns)
        let services = try staged.columns(of: "mailbox").map(\.name).filter { $0.hasPrefix("enable") }
        try forEachRow(
            of: shape, session,
            joining: joiningDomain("domain", session)
                + " LEFT JOIN \(session.dialect.table("domain_admins")) AS a ON a.username = t.username AND a.domain = 'ALL'",
            further: [
                "domain_is_active": findsActive(session, isRelayed: true), "domain_receives": findsActive(session),
                "has_all": flag("a.username IS NOT NULL"),
            ],
            order: session.dialect.order("t.username")
        ) { row in
            let key = sourceKey(row["username"])
            guard let address = hostedAddress(key, "mailbox") else {
                let wasActive = key.isFound && row["active"] == "1" && row["domain_is_active"] == "1"
                if wasActive, !isOthers(key) {
                    note(.differs, "mailbox", key.raw, Self.mailboxIsGone)
                }
                return
            }
            if try hasTwin(key, "mailbox", "username") { return }
            var draft = draft(shape, row, named: address.text)
            draft["username"] = address.sqlValue
            draft["domain"] = address.domain.sqlValue
            Self.fillServices(services, &draft)
            checkQuota(&draft, "quota", address.text)
            checkTransport(&draft, address.text, fallback: "")
            checkAdmin(&draft, key.isFound && row["has_all"] == "1")
            guard completePath(&draft, row) else {
                note(
                    .leftOut, "mailbox", key.raw,
                    "its directory is no path of a mailbox: it has . or .. or control characters, or is that of all of a domain"
                )
                return note(.differs, "mailbox", key.raw, Self.mailboxIsGone)
            }
            guard Self.checkStorage(&draft) else {
                note(
                    .leftOut, "mailbox", key.raw,
                    "its mailboxformat is none of \(Self.formats.joined(separator: ", ")), or its mailboxfolder is not of 1 to 20 "
                        + "letters and digits")
                return note(.differs, "mailbox", key.raw, Self.mailboxIsGone)
            }
            checkActive(&draft, key, address.domain, row)
            if !StoredPassword(draft.text("password")).canMatch {
                note(
                    .changed, "mailbox", address.text,
                    "its password is none that the API knows: no login there; Dovecot gets it as it is")
            }
            try add(draft, for: key)
        }
    }

    /// The address of an account below a domain that is taken; nil, which is told, for every other.
    func hostedAddress(_ key: SourceKey, _ table: String) -> MailAddress? {
        if isOthers(key) { return nil }
        guard let address = MailAddress(key.text) else {
            note(.leftOut, table, key.raw, "it is no mail address")
            return nil
        }
        guard domains[address.domain.text] != nil else {
            note(.leftOut, table, key.raw, "there is no domain \(address.domain)")
            return nil
        }
        return address
    }

    /// A service without a column there is as the one that Dovecot asked for in its place.
    private static func fillServices(_ services: [String], _ draft: inout Draft) {
        for service in services where !draft.has(service) {
            let candidates = [
                service.replacing("sieve", with: "managesieve", maxReplacements: service.contains("manage") ? 0 : 1),
                service.hasSuffix("tls") ? "\(service.dropLast(3))secured" : service,
                service.hasSuffix("tls") ? String(service.dropLast(3)) : service,
                service.hasSuffix("secured") ? String(service.dropLast(7)) : service,
            ]
            if let source = candidates.first(where: draft.has), case .integer = draft[source] {
                draft[service] = draft[source]
            }
        }
    }

    /// What the installer makes the defaults of the columns stands where nothing stands.
    /// - Returns: whether the parts are those of a path.
    private func completePath(_ draft: inout Draft, _ row: SourceRow) -> Bool {
        if draft.text("storagebasedirectory").isEmpty { draft["storagebasedirectory"] = .text("/var/vmail") }
        if row["storagenode"] == nil { draft["storagenode"] = .text("vmail1") }
        for column in ["storagenode", "maildir"] {
            draft[column] = .text(String(draft.text(column).drop { $0 == "/" }))
        }
        let path = ["storagebasedirectory", "storagenode", "maildir"].map(draft.text)
        // One that is only a domain's is everybody's there.
        return path[0].hasPrefix("/") && path[2].split(separator: "/").count > 1
            && path.allSatisfy { part in
                part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
                    && !part.split(separator: "/").contains { $0 == "." || $0 == ".." }
            }
    }

    private static let formats = ["maildir", "mdbox", "sdbox"]

    /// Another folder could be another one's, another format is none that Dovecot has: `Contract.md` 7.2.
    /// - Returns: whether the API would take both.
    private static func checkStorage(_ draft: inout Draft) -> Bool {
        if draft.has("mailboxformat") {
            let format = draft.text("mailboxformat").lowercased()
            guard formats.contains(format) else { return false }
            draft["mailboxformat"] = .text(format)
        }
        guard draft.has("mailboxfolder") else { return true }
        let folder = draft.text("mailboxfolder").unicodeScalars
        return (1...20).contains(folder.count)
            && folder.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) }
    }

    /// No mailbox lies in another one's directory here: deleting one would delete the other's mail.
    func leaveOutNestedMailboxes() throws {
        for (address, other) in try staged.leaveOutNestedMailboxes() {
            note(
                .leftOut, "mailbox", address,
                other.map { "its directory is that of \($0), or lies around it or in it" }
                    ?? "its directory leads upwards")
            note(.differs, "mailbox", address, Self.mailboxIsGone)
        }
    }

    /// Nobody gets more rights than the two places together say, and with single domains none beyond them.
    private func checkAdmin(_ draft: inout Draft, _ hasAll: Bool) {
        if !takesServer { return keepWithinDomains(&draft) }
        guard draft.number("isglobaladmin") == 1 else { return }
        guard !hasAll else { return draft["isadmin"] = .integer(1) }
        draft["isglobaladmin"] = .integer(0)
        note(
            .changed, "mailbox", draft.text("username"),
            "it is no global admin any more: domain_admins has no row that says so, too")
    }

    /// An admin's limits stay.
    private func keepWithinDomains(_ draft: inout Draft) {
        if draft.number("isglobaladmin") != 0 {
            draft["isglobaladmin"] = .integer(0)
            note(.changed, "mailbox", draft.text("username"), "it is no global admin here: \(Self.isNotForAll)")
        }
        var settings = AccountSettings(stored: draft.text("settings"))
        guard settings[Self.creation] != nil else { return }
        settings[Self.creation] = nil
        draft["settings"] = settings.sqlValue
        note(.changed, "mailbox", draft.text("username"), "it may not create domains here: \(Self.isNotForAll)")
    }

    /// The key of `settings` that gives a right beyond the domains of an admin: `Contract.md` 4.
    private static let creation = "create_new_domains"
    private static let isNotForAll = "with single domains nobody gets rights beyond them"

    private func checkActive(_ draft: inout Draft, _ key: SourceKey, _ domain: DomainName, _ row: SourceRow) {
        guard draft.number("active") == 1, let now = domains[domain.text] else { return }
        let wasActive = key.isFound && row["domain_is_active"] == "1"
        if !wasActive, now.isActive {
            draft["active"] = .integer(0)
            note(.changed, "mailbox", key.raw, "it is switched off: Postfix and Dovecot did not find it")
        } else if wasActive, !now.isActive {
            note(
                .differs, "mailbox", key.raw,
                "\(source.domainsDecideOnLogins ? "it no longer gets mail" : "nobody can log in any more"): its domain is switched off"
            )
        } else if key.isFound, row["domain_receives"] == "1", !now.receives {
            note(.differs, "mailbox", key.raw, "nobody can log in any more: its domain is only relayed")
        } else if wasActive, let stored = row["domain"], sourceKey(stored).text != domain.text {
            note(
                .differs, "mailbox", key.raw,
                "it may send: its column domain was \(stored), and not that of its address")
        }
    }

    func readAdmins(_ session: any SourceSession) throws {
        let admin = try shape("admin", session)
        try forEachRow(of: admin, session, order: session.dialect.order("t.username")) { row in
            let key = sourceKey(row["username"])
            guard takesServer else { return }
            guard let address = MailAddress(key.text) else {
                return note(.leftOut, "admin", key.raw, "it is no mail address")
            }
            guard try !has("mailbox", "username", address.text) else {
                return note(
                    .leftOut, "admin", key.raw,
                    "there is a mailbox of this address, and its password is the one that counts")
            }
            if try hasTwin(key, "admin", "username") { return }
            var draft = draft(admin, row, named: address.text)
            draft["username"] = address.sqlValue
            if !key.isFound, draft.number("active") == 1 {
                draft["active"] = .integer(0)
                note(.changed, "admin", key.raw, "it is switched off: nobody could log in by it")
            }
            try add(draft, for: key)
        }
        try readDomainAdmins(session)
    }

    private func readDomainAdmins(_ session: any SourceSession) throws {
        let shape = try shape("domain_admins", session)
        try forEachRow(
            of: shape, session, joining: "LEFT JOIN \(session.dialect.table("admin")) AS s ON s.username = t.username",
            further: ["is_standalone": flag("s.username IS NOT NULL")],
            order: "\(session.dialect.order("t.username")), \(session.dialect.order("t.domain"))"
        ) { row in
            let admin = sourceKey(row["username"])
            let stored = row["domain"] ?? ""
            let isAll = ignoresCase ? stored.uppercased() == "ALL" : stored == "ALL"
            let domain = sourceKey(isAll ? "ALL" : stored)
            let name = "\(admin.raw) \(stored)"
            if isAll ? !takesServer && isOthers(admin) : isOthers(domain) { return }
            guard let address = MailAddress(admin.text) else {
                return note(.leftOut, "domain_admins", name, "it is no mail address")
            }
            guard !isAll || takesServer else {
                return note(.leftOut, "domain_admins", name, Self.isNotForAll)
            }
            guard isAll || domains[domain.text] != nil else {
                return note(.leftOut, "domain_admins", name, "there is no domain \(domain.text)")
            }
            guard admin.isFound, isAll || domain.isFound else {
                return note(.leftOut, "domain_admins", name, "it gave no rights: it is not written in small letters")
            }
            // A mailbox has rights only when its own row says that it is an admin.
            let column = isAll ? "isglobaladmin" : "isadmin"
            let isMailbox = try has("mailbox", "username", address.text)
            let mayBe = try staged.contains(
                "mailbox", where: [("username", address.sqlValue), (column, .integer(1))])
            // With single domains standalone admins stay behind; here there may be one of this name.
            let isStandalone =
                takesServer
                ? try has("admin", "username", address.text) : row["is_standalone"] == "1" && !isMailbox
            guard isStandalone || mayBe else {
                let reason = isMailbox ? "its mailbox has \(column) 0" : "there is no such admin"
                return note(.leftOut, "domain_admins", name, reason)
            }
            var draft = draft(shape, row, named: name)
            draft["username"] = address.sqlValue
            draft["domain"] = .text(isAll ? "ALL" : domain.text)
            guard try put(draft, named: name) else {
                return note(.leftOut, "domain_admins", name, "there is another such row")
            }
        }
    }
}
