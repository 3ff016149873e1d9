import Foundation
import Gateway

/// One answer of the API, its streamed pieces joined.
struct Answer: Sendable {
    let status: HTTPStatus
    let headers: [String: String]
    let body: String
    /// In how many pieces the body came.
    let pieces: Int
    /// What ended a streamed answer early; nil for a whole one.
    let failure: String?

    init(_ response: Response) {
        status = response.status
        headers = Dictionary(response.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        var failure: String?
        var pieces = 1
        switch response.body {
        case .bytes(let bytes):
            body = String(decoding: bytes, as: UTF8.self)
        case .stream(let stream):
            var bytes: [UInt8] = []
            pieces = 0
            do {
                try stream { piece in
                    bytes += piece
                    pieces += 1
                }
            } catch {
                failure = "\(error)"
            }
            body = String(decoding: bytes, as: UTF8.self)
        }
        self.pieces = pieces
        self.failure = failure
    }

    static let done = #"{"_success": true}"#

    var isSuccess: Bool { object["_success"] as? Bool == true }

    /// `_msg` of a refusal; nil for a success.
    var word: String? { object["_msg"] as? String }

    /// `_data`, as Foundation reads it.
    var data: Any? { object["_data"] }

    /// A member of `_data`.
    func member(_ name: String) -> Any? { (data as? [String: Any])?[name] }

    func text(_ name: String) -> String? { member(name) as? String }
    func number(_ name: String) -> Int? { member(name) as? Int }
    func texts(_ name: String) -> [String]? { member(name) as? [String] }

    /// The session's cookie as a client would send it back; nil when none was set.
    var cookie: String? { headers["Set-Cookie"].map { String($0.prefix { $0 != ";" }) } }

    private var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
}

/// The API did not answer.
struct NoAnswer: Error {}
