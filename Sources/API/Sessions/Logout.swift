import MailStore
import SQLite

extension Sessions {
    static func logout(_ call: Call) throws(APIError) -> Reply {
        if let session = call.session {
            try stored { try call.store.sessions.end(session) }
        }
        return Reply(cookie: "")
    }
}
