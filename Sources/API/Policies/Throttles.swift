import Gateway
import Mail
import MailStore

/// Throttling: how much mail an account may send or receive in a period. Source: `Contract.md` 14.
enum Throttles {
    static let routes =
        routes(.inbound, "/api/throttle/<scope>/inbound", "mail received by")
        + routes(.outbound, "/api/throttle/<scope>/outbound", "mail sent by")

    private static func routes(_ kind: ThrottleKind, _ path: String, _ mail: String) -> [Route] {
        Route.forEveryScope(
            .get, path, "get_<scope>_\(kind.rawValue)_throttle", .throttle, "Throttle of the \(mail)",
            answers: .throttle
        ) { call, scope in
            try show(call, scope, kind)
        }
            + Route.forEveryScope(
                .post, path, "set_<scope>_\(kind.rawValue)_throttle", .throttle, "Sets the throttle of the \(mail)"
            ) {
                (call, scope, input: ThrottleInput) in
                try set(call, scope, kind, input)
            }.map { $0.extra(parameters: [ThrottleLimit.recipients.rawValue]) }
            + Route.forEveryScope(
                .delete, path, "delete_<scope>_\(kind.rawValue)_throttle", .throttle,
                "Removes the throttle of the \(mail)"
            ) {
                call, scope in
                try remove(call, scope, kind)
            }.map { $0.extra() }
    }

    private static func show(_ call: Call, _ scope: Scope, _ kind: ThrottleKind) throws -> Reply {
        let row = try call.store.throttles.find(scope, kind)
        return Reply.data { json in
            json.open("{")
            if let row { json.members(of: row, kind) }
            json.close("}")
        }
    }

    private static func set(
        _ call: Call, _ scope: Scope, _ kind: ThrottleKind, _ input: ThrottleInput
    ) throws -> Reply {
        // iRedAPD skips a row with a period of 0.
        if input.period == 0 { return try remove(call, scope, kind) }
        try call.store.throttles.write(scope, kind, period: input.period, limits: input.limits)
        return .changed(LogEntry(.update, policy: "\(kind.rawValue) throttle", of: scope))
    }

    private static func remove(_ call: Call, _ scope: Scope, _ kind: ThrottleKind) throws -> Reply {
        guard try call.store.throttles.remove(scope, kind) else { return .unlogged }
        return .changed(LogEntry(.delete, policy: "\(kind.rawValue) throttle", of: scope))
    }
}

struct ThrottleInput: FormInput {
    /// Seconds; 0 removes the throttle.
    let period: Int
    /// 0 is no limit, -1 leaves it to the next scope; a limit that was not sent is missing.
    let limits: [ThrottleLimit: Int]

    init(_ form: inout Form) throws(APIError) {
        period = try form.required(
            "period", .seconds, by: .caller, "Length of a period, in seconds; 0 removes the throttle.", example: "3600")
        var limits: [ThrottleLimit: Int] = [:]
        for limit in ThrottleLimit.allCases {
            limits[limit] = try form.optional(
                limit.rawValue, .throttleLimit, by: .caller, limit.summary, example: limit.example,
                default: limit == .recipients ? nil : "-1")
        }
        self.limits = limits
    }
}

extension ThrottleLimit {
    /// For the documentation of the API; without a full stop.
    var meaning: String {
        switch self {
        case .messageSize: "Largest size of one message, in bytes"
        case .messages: "Messages in one period, counted per recipient"
        case .quota: "Size of all messages of one period together, in bytes"
        case .recipients: "Recipients of one message"
        }
    }

    /// For the documentation of the API: a limit that lets ordinary mail through.
    fileprivate var example: String {
        switch self {
        case .messageSize: "10485760"
        case .messages: "100"
        case .quota: "104857600"
        case .recipients: "50"
        }
    }

    fileprivate var summary: String {
        self == .recipients ? "\(meaning); not sent, it stays as it is." : "\(meaning)."
    }
}

extension JSONWriter {
    mutating func members(of row: ThrottleRow, _ kind: ThrottleKind) {
        member("account", row.account)
        member("kind", kind.rawValue)
        member("period", row.period)
        for limit in ThrottleLimit.allCases { member(limit.rawValue, row.limits[limit] ?? -1) }
    }
}

extension FieldType where Value == Int {
    fileprivate static var seconds: Self {
        let periods = ThrottleRow.periods
        return FieldType(
            kind: "number of seconds, at most \(periods.upperBound)", Shape(.number(periods)), namesParameter: true
        ) {
            text, isStrict throws(APIError) in
            guard let number = try number.parse(text, isStrict) else { return nil }
            guard periods.contains(number) else { throw .invalidParameter }
            return number
        }
    }

    fileprivate static var throttleLimit: Self {
        FieldType(
            kind: "number; 0 for no limit, -1 for what the next scope says", Shape(.number(ThrottleLimit.values)),
            namesParameter: true
        ) {
            text, isStrict throws(APIError) in
            text == "-1" ? -1 : try number.parse(text, isStrict)
        }
    }
}
