import Mail
import MailStore
import Storage

extension IRedMailReader {
    func readDomains(_ session: any SourceSession) throws {
        let domain = try shape("domain", session)
        try forEachRow(of: domain, session, order: session.dialect.order("t.domain")) { row in
            let key = sourceKey(row["domain"])
            if isOthers(key) { return }
            guard let name = DomainName(key.text) else {
                note(.leftOut, "domain", key.raw, "it is no domain name, and so is nothing below it")
                if row["active"] == "1" { note(.differs, "domain", key.raw, "it no longer gets mail") }
                return
            }
            guard try !hasTwin(key, "domain", "domain") else { return }
            var draft = draft(domain, row, named: name.text)
            draft["domain"] = name.sqlValue
            if !key.isFound, draft.number("active") != 0 {
                draft["active"] = .integer(0)
                note(.changed, "domain", key.raw, "it is switched off: Postfix and Dovecot did not find it")
            }
            checkTransport(&draft, name.text, fallback: "dovecot")
            for column in ["aliases", "mailboxes", "maillists"] where draft.number(column) < -1 {
                draft[column] = .integer(-1)
            }
            checkQuota(&draft, "maxquota", name.text)
            guard try add(draft, for: key) else { return }
            domains[name.text] = Domain(
                isActive: draft.number("active") == 1, isBackupMX: draft.number("backupmx") == 1)
        }
        try readAliasDomains(session)
    }

    private func readAliasDomains(_ session: any SourceSession) throws {
        let shape = try shape("alias_domain", session)
        try forEachRow(
            of: shape, session, joining: joiningDomain("target_domain", session),
            further: ["has_target": flag("d.domain IS NOT NULL")], order: session.dialect.order("t.alias_domain")
        ) { row in
            let key = sourceKey(row["alias_domain"])
            let owner = sourceKey(row["target_domain"])
            if isOthers(owner) { return }
            let target = owner.text
            guard let name = DomainName(key.text) else {
                note(.leftOut, "alias_domain", key.raw, "it is no domain name")
                if row["active"] == "1", row["has_target"] == "1" {
                    note(.differs, "alias_domain", key.raw, "it no longer gets mail")
                }
                return
            }
            guard domains[target] != nil else {
                return note(.leftOut, "alias_domain", key.raw, "there is no domain \(target)")
            }
            guard domains[name.text] == nil else {
                return note(.leftOut, "alias_domain", key.raw, "there is a domain of this name")
            }
            if try hasTwin(key, "alias_domain", "alias_domain") { return }
            var draft = draft(shape, row, named: name.text)
            draft["alias_domain"] = name.sqlValue
            draft["target_domain"] = .text(target)
            if !key.isFound || row["has_target"] != "1", draft.number("active") != 0 {
                draft["active"] = .integer(0)
                note(.changed, "alias_domain", key.raw, "it is switched off: Postfix did not find it")
            }
            guard try add(draft, for: key) else { return }
            aliasDomains[name.text] = AliasDomain(target: target, isActive: draft.number("active") == 1)
        }
    }

    /// iRedMail's maps for alias domains do not look at everything that ours look at.
    func tellOfAliasDomains() throws {
        for (name, alias) in aliasDomains.sorted(by: { $0.key < $1.key }) where alias.isActive {
            guard let target = domains[alias.target] else { continue }
            if !target.isActive {
                note(.differs, "alias_domain", name, "no address answers: its domain \(alias.target) is switched off")
            } else if target.isBackupMX {
                note(.differs, "alias_domain", name, "its catch-all does not answer: \(alias.target) is only relayed")
            } else if source.aliasDomainsHaveCatchAlls, try has("forwardings", "address", alias.target) {
                note(
                    .differs, "alias_domain", name,
                    "mail to an address with an extension (user+text) goes to the user, and not to the catch-all")
            }
        }
    }

    /// - Parameter fallback: stands for an empty transport, and for one that cannot be taken.
    func checkTransport(_ draft: inout Draft, _ name: String, fallback: String) {
        let text = draft.text("transport")
        guard Transport(text) == nil, text != fallback else { return }
        draft["transport"] = .text(fallback)
        guard !text.isEmpty else { return }
        note(
            .differs, draft.table, name,
            "\(text) is no transport; it gets \(fallback.isEmpty ? "its domain's" : fallback)")
    }

    /// Nothing counts as no limit that Dovecot can do nothing with: less than nothing, and what in bytes is more than
    /// 63 bits.
    func checkQuota(_ draft: inout Draft, _ column: String, _ name: String) {
        let quota = draft.number(column)
        guard Quota(megabytes: quota) == nil else { return }
        draft[column] = .integer(0)
        note(
            draft.table == "mailbox" ? .differs : .changed, draft.table, name,
            "a \(column) of \(quota) MB is taken as no limit\(draft.table == "mailbox" ? ": Dovecot's query failed" : "")"
        )
    }
}
