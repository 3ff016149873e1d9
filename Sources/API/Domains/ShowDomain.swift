import MailStore
import SQLite

extension Domains {
    static func show(_ call: Call, _ domain: DomainRow) throws(APIError) -> Reply {
        try stored {
            try Reply.data { (json) throws(SQLiteError) in _ = try json.domainProfile(domain.name, call.store) }
        }
    }
}
