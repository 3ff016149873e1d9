import Gateway
import Mail
import MailStore

/// What an operation answers when all went well.
package struct Reply {
    enum Data {
        /// JSON text.
        case whole([UInt8])
        /// Called once, on the same thread as the operation, inside the same snapshot or, for a long list, newer ones.
        case pieces((_ send: ([UInt8]) throws -> Void) throws -> Void)
        /// A document of its own, without the envelope.
        case plain([UInt8], type: String)
    }

    /// `_data`; nil for a bare success.
    var data: Data?
    /// The line of the admin log; nil when nothing changed.
    var log: LogEntry?
    /// A `Link` header (RFC 8288); nil for none.
    var link: String?
    /// A domain whose change as a whole is still going on: the answer waits for its end.
    var unfinished: DomainName?
    /// Whether changes of whole domains have begun that nobody waits for.
    var leftover = false
    /// The session cookie to be set; the empty text removes it.
    var cookie: String?
    /// Further headers.
    var headers: [(name: String, value: String)] = []

    /// `_data` as a whole, which another thread can send as well; nil for a bare success, and for what is sent in pieces.
    var json: [UInt8]? { if case .whole(let json) = data { json } else { nil } }

    init(data: Data? = nil, log: LogEntry? = nil, cookie: String? = nil) {
        self.data = data
        self.log = log
        self.cookie = cookie
    }

    /// - Parameter json: `_data`; nil for a bare success.
    init(json: [UInt8]?) { data = json.map { .whole($0) } }

    /// A success that changed nothing.
    static var unchanged: Reply { Reply() }

    /// A success that changed what the line says.
    static func changed(_ log: LogEntry) -> Reply { Reply(log: log) }

    static func data(_ write: (inout JSONWriter) throws -> Void) rethrows -> Reply {
        var json = JSONWriter()
        try write(&json)
        return Reply(data: .whole(json.bytes))
    }

    /// A JSON array, sent in pieces while its elements are written.
    /// - Parameter elements: calls the function it is given once for each element.
    static func list(
        _ elements: @escaping (_ element: ((inout JSONWriter) throws -> Void) throws -> Void) throws -> Void
    ) -> Reply {
        .pieces { send in
            var json = JSONWriter(capacity: pieceSize + 4096)
            json.open("[")
            try elements { write in
                try write(&json)
                if json.count > pieceSize { try send(json.take()) }
            }
            json.close("]")
            try send(json.take())
        }
    }

    /// One JSON string, sent in pieces.
    /// - Parameter pieces: calls the function it is given with one piece after the other.
    static func text(_ pieces: @escaping (_ piece: (String) throws -> Void) throws -> Void) -> Reply {
        .pieces { send in
            var json = JSONWriter(capacity: pieceSize + 4096)
            json.openText()
            try pieces { piece in
                json.more(piece)
                if json.count > pieceSize { try send(json.take()) }
            }
            json.closeText()
            try send(json.take())
        }
    }

    /// How much is written before it is sent, bytes. The web server wakes for what comes one by one, and passes it on one
    /// by one: it takes twice its processor time for pieces of 12 KiB.
    private static let pieceSize = 60 * 1024

    private static func pieces(_ body: @escaping (_ send: ([UInt8]) throws -> Void) throws -> Void) -> Reply {
        Reply(data: .pieces(body))
    }
}
