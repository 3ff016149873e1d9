import MailStore

extension Sessions {
    static func logout(_ call: Call) throws -> Reply {
        if let session = call.session {
            try call.store.sessions.end(session)
        }
        return Reply(cookie: "")
    }
}
