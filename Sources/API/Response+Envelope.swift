import Gateway

extension Response {
    /// The envelope of a success.
    init(_ reply: Reply, _ request: PreparedRequest) {
        self.init(headers: Self.headers(isStrict: request.isStrict))
        if let cookie = reply.cookie {
            headers.append(("Set-Cookie", SessionID.cookie(cookie, isSecure: request.isSecure)))
        }
        if let link = reply.link { headers.append(("Link", link)) }
        headers += reply.headers
        switch reply.data {
        case nil:
            body = .bytes(Array(#"{"_success": true}"#.utf8))
        case .plain(let bytes, let type):
            headers = headers.filter { $0.name != "Content-Type" } + [("Content-Type", type)]
            body = .bytes(bytes)
        case .whole(let json):
            body = .bytes(Self.opening + json + Self.closing)
        case .pieces(let pieces):
            body = .stream { send in
                try send(Self.opening)
                try pieces(send)
                try send(Self.closing)
            }
        }
    }

    /// The envelope of a refusal.
    ///
    /// - Parameter forgetsSession: whether to remove the cookie of a session that is over. False for a request that has
    ///   waited: the client may have logged in again meanwhile.
    init(_ error: APIError, isStrict: Bool, isSecure: Bool, forgetsSession: Bool = false) {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.member("_success", false)
            json.member("_msg", error.word)
            if isStrict {
                // An unknown parameter has the name that the client chose, of any length.
                if let parameter = error.parameter { json.member("_param", parameter.prefix(bytes: 255)) }
                if let detail = error.detail { json.member("_detail", detail) }
            }
        }
        self.init(
            isStrict ? error.strictStatus : error.status, headers: Self.headers(isStrict: isStrict),
            body: .bytes(json.bytes))
        if let allowed = error.allowedMethods {
            headers.append(("Allow", allowed.map(\.text).joined(separator: ", ")))
        }
        if forgetsSession, error.word == APIError.loginRequired.word {
            headers.append(("Set-Cookie", SessionID.cookie("", isSecure: isSecure)))
        }
        if status == .unavailable { headers.append(("Retry-After", "1")) }
    }

    private static let opening = Array(#"{"_success": true, "_data": "#.utf8)
    private static let closing = Array("}".utf8)

    private static func headers(isStrict: Bool) -> [(name: String, value: String)] {
        var headers = [(name: "Content-Type", value: "application/json")]
        if isStrict { headers.append(("Preference-Applied", "handling=strict")) }
        return headers
    }
}

extension String {
    /// The beginning, at most `limit` bytes of UTF-8, without part of a Unicode scalar at its end.
    fileprivate func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { utf8.formIndex(before: &end) }
        return String(self[..<end])
    }
}
