import MailStore
import SQLite
import Settings

extension Admins {
    static func show(_ call: Call, _ admin: StandaloneAdminRow) throws(APIError) -> Reply {
        let store = call.store
        // The hash is never shown, whatever the setting says.
        let hidden = Set(call.configuration.settings[Settings.hiddenAdminProfiles]).union(["password"])
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
