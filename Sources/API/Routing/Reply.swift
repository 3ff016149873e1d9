import Mail
import MailStore

/// What an operation answers when all went well.
package struct Reply {
    enum Data {
        /// JSON text.
        case whole([UInt8])
        /// Sends JSON text in pieces. Called once, on the operation's thread, within its snapshot; a long list goes on
        /// in newer ones.
        case pieces((_ send: ([UInt8]) throws -> Void) throws -> Void)
        /// A document of its own, without the envelope.
        case plain([UInt8], type: String)
    }

    /// `_data`; nil for a bare success.
    var data: Data?
    /// The line for the admin log; nil for none.
    var log: LogEntry?
    /// A `Link` header (RFC 8288); nil for none.
    var link: String?
    /// A domain whose change as a whole is not finished: the answer waits for its end. Nil for none.
    var unfinishedDomain: DomainName?
    /// Whether the operation has begun changes of whole domains for which no answer waits.
    var hasBegunLongChanges = false
    /// Domains to look up in the DNS after the commit: the answer waits for that, and tells what was found.
    var lookups: [SPFDomain] = []
    /// The session cookie to be set; the empty text removes it, nil leaves it.
    var cookie: String?
    /// Further headers.
    var headers: [(name: String, value: String)] = []

    /// `_data` as a whole, which any thread can send; nil for a bare success, and for any other kind of answer.
    var json: [UInt8]? { if case .whole(let json) = data { json } else { nil } }

    init(data: Data? = nil, log: LogEntry? = nil, cookie: String? = nil) {
        self.data = data
        self.log = log
        self.cookie = cookie
    }

    /// - Parameter json: `_data`; nil for a bare success.
    init(json: [UInt8]?) { data = json.map { .whole($0) } }

    /// A bare success without a line in the admin log.
    static var unlogged: Reply { Reply() }

    /// A success whose change the line of the admin log tells.
    static func changed(_ log: LogEntry) -> Reply { Reply(log: log) }

    /// A success whose `_data` is what `write` writes.
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

    /// Bytes that are written before they are sent. nginx handles each piece by itself: for pieces of 12 KiB it takes
    /// twice the processor time.
    private static let pieceSize = 60 * 1024

    private static func pieces(_ body: @escaping (_ send: ([UInt8]) throws -> Void) throws -> Void) -> Reply {
        Reply(data: .pieces(body))
    }
}
