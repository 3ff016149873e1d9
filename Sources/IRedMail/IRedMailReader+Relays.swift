import Mail
import MailStore
import Storage

extension IRedMailReader {
    func readRelays(_ session: any SourceSession) throws {
        for side in ["sender", "recipient"] {
            try readCopies("\(side)_bcc_user", session)
            try readDomainCopies("\(side)_bcc_domain", session)
        }
        try readSenderRelays(session)
    }

    private func readCopies(_ table: String, _ session: any SourceSession) throws {
        let shape = try shape(table, session)
        try forEachRow(
            of: shape, session, joining: joiningDomain("domain", session),
            further: ["domain_receives": findsActive(session)],
            order: session.dialect.order("t.username")
        ) { row in
            let key = sourceKey(row["username"])
            let address = MailAddress(key.text)
            if isOthers(key) { return }
            let isActive = row["active"] == "1"
            let answers =
                key.isFound && isActive && row["domain_receives"] == "1"
                && sourceKey(row["domain"]).text == address?.domain.text
            guard let address, try has("mailbox", "username", address.text) else {
                return leaveOut(table, key, "there is no such mailbox", answers)
            }
            guard let copy = SourceKey.destination(row["bcc_address"] ?? "") else {
                return leaveOut(table, key, "\(row["bcc_address"] ?? "") is no mail address", answers)
            }
            if try hasTwin(key, table, "username") { return }
            var draft = draft(shape, row, named: address.text)
            draft["username"] = address.sqlValue
            draft["domain"] = address.domain.sqlValue
            draft["bcc_address"] = copy.sqlValue
            let willAnswer = domains[address.domain.text]?.receives == true
            if isActive, !answers, willAnswer {
                draft["active"] = .integer(0)
                note(.changed, table, key.raw, "it is switched off: Postfix did not find it")
            } else if answers, !willAnswer {
                note(.differs, table, key.raw, "it no longer answers: its domain is switched off or only relayed")
            }
            try add(draft, for: key)
        }
    }

    private func readDomainCopies(_ table: String, _ session: any SourceSession) throws {
        let shape = try shape(table, session)
        try forEachRow(
            of: shape, session, joining: joiningDomain("domain", session),
            further: ["domain_is_active": flag("d.active = 1")],
            order: session.dialect.order("t.domain")
        ) { row in
            let key = sourceKey(row["domain"])
            let domain = DomainName(key.text)
            if isOthers(key) { return }
            let answers = key.isFound && row["domain_is_active"] == "1"
            guard let domain, let here = domains[domain.text] else {
                return leaveOut(table, key, "there is no such domain", answers)
            }
            guard let copy = SourceKey.destination(row["bcc_address"] ?? "") else {
                return leaveOut(table, key, "\(row["bcc_address"] ?? "") is no mail address", answers)
            }
            // Postfix does not look at `active` here.
            guard answers || !here.isActive else { return leaveOut(table, key, "Postfix did not find it", false) }
            if answers, !here.isActive {
                note(.differs, table, key.raw, "it no longer answers: its domain is switched off")
            }
            var draft = draft(shape, row, named: domain.text)
            draft["domain"] = domain.sqlValue
            draft["bcc_address"] = copy.sqlValue
            try add(draft, for: key)
        }
    }

    private func readSenderRelays(_ session: any SourceSession) throws {
        let shape = try shape("sender_relayhost", session)
        try forEachRow(of: shape, session, order: session.dialect.order("t.account")) { row in
            let key = sourceKey(row["account"])
            let domain = key.text.hasPrefix("@") ? DomainName(key.text.dropFirst()) : MailAddress(key.text)?.domain
            if isOthers(key) { return }
            guard let domain,
                try key.text.hasPrefix("@") ? domains[domain.text] != nil : has("mailbox", "username", key.text)
            else { return leaveOut("sender_relayhost", key, "there is no such mailbox or domain", key.isFound) }
            var draft = draft(shape, row, named: key.text)
            let relay = draft.text("relayhost")
            guard !relay.isEmpty, Transport.isNextHop(relay) else {
                return leaveOut("sender_relayhost", key, "\(relay) is no next hop", key.isFound)
            }
            guard key.isFound else { return leaveOut("sender_relayhost", key, "Postfix did not find it", false) }
            if domains[domain.text]?.isActive == false {
                note(.differs, "sender_relayhost", key.raw, "it no longer answers: its domain is switched off")
            }
            draft["account"] = .text(key.text)
            try add(draft, for: key)
        }
    }

    private func leaveOut(_ table: String, _ key: SourceKey, _ reason: String, _ answered: Bool) {
        note(.leftOut, table, key.raw, reason)
        if answered { note(.differs, table, key.raw, "it no longer answers") }
    }
}
