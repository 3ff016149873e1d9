import MailStore
import SQLite

extension Admins {
    static func show(_ call: Call, _ admin: StandaloneAdminRow) throws(APIError) -> Reply {
        let store = call.store
        let hidden = call.configuration.hiddenAdminColumns
        return try stored {
            try Reply.data { (json) throws(SQLiteError) in
                json.open("{")
                _ = try store.standaloneAdmins.withProfile(of: admin.username) { (row) throws(SQLiteError) in
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
}
