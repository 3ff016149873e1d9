import Gateway

/// What a request is made of while things are made wrong with it.
struct DraftRequest {
    /// Without target and body.
    var request: Request
    var path: String
    /// The fields that a sound request has.
    var fields: [String]
    var query: [String] = []
    /// Whether it finds the API switched off.
    var isSwitchedOff = false

    var finished: Request {
        var request = request
        let query = request.method == .get ? query + fields : query
        request.target = query.isEmpty ? path : path + "?" + query.joined(separator: "&")
        // A request with a fault comes without its body.
        if request.method != .get, request.fault == nil { request.body = Array(fields.joined(separator: "&").utf8) }
        return request
    }
}

/// One thing a request is refused for, and the answer.
struct Offence: Sendable {
    let name: String
    /// What of the request it changes: two that change the same cannot both be wrong with one request.
    let parts: Set<String>
    let refusal: Refusal
    var isForNormalAdminsOnly = false
    /// Passed over by the default handling.
    var isForStrictHandlingOnly = false
    /// Wrong with every request of that caller.
    var isInherent = false
    let commit: @Sendable (inout DraftRequest) -> Void

    struct Refusal: Equatable {
        let word: String
        let status: HTTPStatus
        var parameter: String?
    }

    init(
        _ name: String, changing parts: Set<String>, _ word: String, _ status: HTTPStatus, at parameter: String? = nil,
        _ commit: @escaping @Sendable (inout DraftRequest) -> Void
    ) {
        self.name = name
        self.parts = parts
        refusal = Refusal(word: word, status: status, parameter: parameter)
        self.commit = commit
    }

    var ofNormalAdmins: Offence {
        var offence = self
        offence.isForNormalAdminsOnly = true
        return offence
    }

    var underStrictHandling: Offence {
        var offence = self
        offence.isForStrictHandlingOnly = true
        return offence
    }

    /// The answer; the default handling tells only some refusals by their status, and names no parameter.
    func refusal(isStrict: Bool) -> Refusal {
        if isStrict { return refusal }
        let isTold = [.badRequest, .methodNotAllowed, .contentTooLarge, .unsupportedMediaType].contains(refusal.status)
        return Refusal(
            word: refusal.word, status: isTold || refusal.word == "NOT_FOUND" ? refusal.status : .ok, parameter: nil)
    }
}

/// What comes before the parameters.
extension Offence {
    /// From the switch to the session, in their order.
    static let ofEveryRequest =
        [
            Offence("the API is off", changing: ["switch"], "NOT_FOUND", .notFound) { $0.isSwitchedOff = true },
            Offence("a foreign client", changing: ["client"], "NOT_AUTHORIZED", .forbidden) {
                $0.request.remoteAddress = "192.0.2.9"
            },
            Offence("a malformed request", changing: ["fault"], "INVALID_PARAMETER", .badRequest) {
                $0.request.fault = .malformed
            },
            Offence("a body too large", changing: ["fault"], "INVALID_PARAMETER", .contentTooLarge) {
                $0.request.fault = .tooLarge
            },
            path("an unknown route", "/api/nothing", "NOT_FOUND", .notFound),
            Offence("another method", changing: ["method"], "METHOD_NOT_ALLOWED", .methodNotAllowed) {
                $0.request.method = .other("PATCH")
            },
            Offence("another site's page", changing: ["origin"], "PERMISSION_DENIED", .forbidden) {
                $0.request.host = "mail.example"
                $0.request.origin = "https://evil.example"
            },
        ]
        + [nil, "iRedAdmin=none", "iRedAdmin=" + String(repeating: "A", count: 43)].map { cookie in
            Offence("the cookie \(cookie ?? "missing")", changing: [session], "LOGIN_REQUIRED", .unauthorized) {
                $0.request.cookie = cookie
            }
        }

    /// The part that a route without a session does not ask for.
    static let session = "session"

    static func path(_ name: String, _ path: String, _ word: String, _ status: HTTPStatus) -> Offence {
        Offence(name, changing: ["path"], word, status) { $0.path = path }
    }

    static func malformed(_ path: String, _ word: String) -> Offence {
        .path("a malformed URL", path, word, .unprocessable)
    }

    static func foreign(_ path: String) -> Offence {
        .path("a foreign domain", path, "PERMISSION_DENIED", .forbidden).ofNormalAdmins
    }

    static func missing(_ path: String, _ word: String) -> Offence { .path("a missing target", path, word, .notFound) }

    /// Of a route that is not for admins who only manage domains.
    static var noRight: Offence {
        var offence = Offence("no right", changing: [], "PERMISSION_DENIED", .forbidden) { _ in }
        offence.isInherent = true
        return offence.ofNormalAdmins
    }
}

/// The parameters.
extension Offence {
    /// A form that cannot be taken apart. Which of these comes first is left open.
    static let forms =
        [
            form("an unreadable body", .badRequest) { $0.fields.append("%ff") },
            form("bad JSON", .badRequest) {
                $0.fields.append("x=1")
                $0.request.contentType = "application/json"
            },
            form("an unknown type", .unsupportedMediaType) {
                $0.fields.append("x=1")
                $0.request.contentType = "text/plain"
            },
            form("too many fields", .contentTooLarge) { $0.fields += (0...200).map { "f\($0)=" } },
        ] + formsWithoutBody

    /// Those that a request without a body can have too.
    static let formsWithoutBody = [
        form("an unreadable query", .badRequest) { $0.query.append("%ff") },
        form("too many fields with those of the query", .contentTooLarge) {
            $0.fields += (0..<100).map { "f\($0)=" }
            $0.query += (100...200).map { "f\($0)=" }
        },
        form("a NUL", .unprocessable, at: "f") { $0.fields.append("f=%00") },
    ]

    private static func form(
        _ name: String, _ status: HTTPStatus, at parameter: String? = nil,
        _ commit: @escaping @Sendable (inout DraftRequest) -> Void
    ) -> Offence {
        Offence(name, changing: ["form"], "INVALID_PARAMETER", status, at: parameter, commit)
    }

    /// Fields beside the sound ones; one of the same name counts in its place.
    static func fields(
        _ fields: String, _ word: String, _ status: HTTPStatus = .unprocessable, at parameter: String? = nil
    ) -> Offence {
        let names = fields.split(separator: "&").map { String($0.prefix { $0 != "=" }) }
        return Offence(fields, changing: Set(names), word, status, at: parameter) { $0.fields.append(fields) }
    }

    static func closed(_ field: String, at parameter: String) -> Offence {
        .fields(field, "PERMISSION_DENIED", .forbidden, at: parameter).ofNormalAdmins
    }

    static func conflict(_ fields: String, at parameter: String) -> Offence {
        .fields(fields, "PARAMETER_CONFLICT", .conflict, at: parameter)
    }

    static func value(_ field: String, at parameter: String, _ word: String = "INVALID_PARAMETER") -> Offence {
        .fields(field, word, at: parameter)
    }

    /// The sound fields are not sent.
    static func nothingSent(_ word: String, at parameter: String? = nil) -> Offence {
        Offence("nothing sent", changing: ["sound"], word, .unprocessable, at: parameter) { $0.fields.removeFirst() }
    }

    static var unknown: Offence {
        .fields("bogus=1", "INVALID_PARAMETER", at: "bogus").underStrictHandling
    }
}
