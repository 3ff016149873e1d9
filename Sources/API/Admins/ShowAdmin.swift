import MailStore

extension Admins {
    static func show(_ call: Call, _ admin: StandaloneAdminRow) throws -> Reply {
        let store = call.store
        let hidden = call.configuration.hiddenAdminColumns
        return try Reply.data { json in
            json.open("{")
            _ = try store.standaloneAdmins.withProfile(of: admin.username) { row in
                json.members(of: row, hiding: hidden)
            }
            json.member("isglobaladmin", admin.isGlobal ? 1 : 0)
            let managed =
                admin.isGlobal
                ? try store.domains.names() : try store.admins.managedDomains(of: admin.username)
            json.member("managed_domains", managed)
            json.close("}")
        }
    }
}
