import Gateway

/// `Contract.md` Appendix B, 10: every export reads back as the account that the API shows.
extension TestAPI {
    func exportViolations(_ reported: ReportedAccounts, _ client: Client, admins: [String]) throws -> [String] {
        var lines: [String] = []
        func compare(_ path: String, _ expected: [(attribute: String, values: [String])], at index: Int = 0) throws {
            let answer = try client.send(.get, "/api/ldif/\(path)")
            guard let text = answer.data as? String, let ldif = LDIFText(text) else {
                lines.append("10 \(path): no LDIF: \(answer.body)")
                return
            }
            for (attribute, values) in expected where ldif.values(attribute, at: index).sorted() != values.sorted() {
                lines.append("10 \(path): \(attribute) is \(ldif.values(attribute, at: index)), shown as \(values)")
            }
        }
        for domain in reported.domains {
            let name = domain.text("domain")
            // One that waits for its proof is shown, and not exported.
            let waiting = Set(domain.texts("waiting_alias_domains"))
            let active = domain.texts("alias_domains").filter { !waiting.contains($0) }
            try compare(
                "domain/\(name)",
                [
                    ("domainName", [name]), ("accountStatus", [domain.status]),
                    ("mtaTransport", [domain.text("transport")]),
                    ("domainAliasName", active), ("cn", domain.unlessEmpty("description")),
                    ("domainAdmin", domain.texts("admins")),
                ])
            let catchAll = domain.texts("catchall")
            if catchAll.isEmpty {
                let word = try client.send(.get, "/api/ldif/catchall/\(name)").word
                if word != "NO_SUCH_ACCOUNT" { lines.append("10 catchall/\(name): \(word ?? "there is one")") }
            } else {
                try compare("catchall/\(name)", [("mailForwardingAddress", catchAll), ("mail", ["@\(name)"])])
            }
        }
        for user in reported.mailboxes {
            let name = user.text("username")
            let forwardings = user.texts("forwardings")
            try compare(
                "user/\(name)",
                [
                    ("mail", [name]), ("accountStatus", [user.status]),
                    ("employeeNumber", user.unlessEmpty("employeeid")),
                    ("mailForwardingAddress", forwardings == [name] ? [] : forwardings),
                    ("memberOfGroup", user.texts("member_of_maillists")),
                    ("givenName", user.unlessEmpty("first_name")),
                ])
        }
        for alias in reported.aliases {
            try compare(
                "alias/\(alias.text("address"))",
                [
                    ("mail", [alias.text("address")]), ("accountStatus", [alias.status]),
                    ("mailForwardingAddress", alias.texts("members")), ("listModerator", alias.texts("moderators")),
                ])
        }
        for list in reported.lists {
            try compare(
                "maillist/\(list.text("address"))",
                [
                    ("mail", [list.text("address")]), ("mailingListID", [list.text("mlid")]),
                    ("accountStatus", [list.status]),
                    ("listModerator", list.texts("moderators")),
                ])
        }
        for admin in admins { try compare("admin/\(admin)", [("mail", [admin])]) }
        return lines
    }
}

extension [String: Any] {
    fileprivate var status: String { isActive ? "active" : "disabled" }

    /// The value of an attribute that is left out when it is empty.
    fileprivate func unlessEmpty(_ name: String) -> [String] { text(name).isEmpty ? [] : [text(name)] }
}
