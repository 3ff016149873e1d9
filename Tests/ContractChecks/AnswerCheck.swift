import API
import Foundation
package import Gateway
import Synchronization

/// Compares every answer that a test gets with what its operation declares, and remembers which refusals and members
/// occurred: `AnsweredContractTests` judges that when all tests have run.
package enum AnswerCheck {
    /// An answer, and what it answers.
    package struct Seen {
        let method: Gateway.Method
        let target: String
        let status: Int
        let type: String
        let hasLink: Bool
        let body: String

        /// - Parameters:
        ///   - target: path and query as sent.
        ///   - type: the content type; nil counts as none.
        ///   - hasLink: whether there is a header `Link`.
        package init(
            _ method: Gateway.Method, _ target: String, status: Int, type: String?, hasLink: Bool, body: String
        ) {
            self.method = method
            self.target = target
            self.status = status
            self.type = type ?? ""
            self.hasLink = hasLink
            self.body = body
        }
    }

    /// Where to remember it: a file that Tests/run names; nil for nowhere.
    private static let file = ProcessInfo.processInfo.environment["POSTERN_ANSWERED"].flatMap { path -> Int32? in
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        return file < 0 ? nil : file
    }
    /// Lines that are there already, and answers that were looked at: many tests get the same ones.
    private static let known = Mutex<Set<String>>([])

    /// The web server's own refusals; their form is that of the others.
    private static let ofWebServer: [Int: String] = [
        400: "INVALID_PARAMETER", 403: "NOT_AUTHORIZED", 405: "METHOD_NOT_ALLOWED", 413: "INVALID_PARAMETER",
        429: "TOO_MANY_REQUESTS", 500: "INTERNAL_ERROR", 502: "INTERNAL_ERROR", 503: "INTERNAL_ERROR",
        504: "INTERNAL_ERROR",
    ]

    /// In what an answer is not as declared, in words; nothing for a request that is of no operation.
    package static func faults(in seen: Seen) -> [String] {
        guard let route = route(of: seen),
            isNew("\(route.id) \(seen.status) \(seen.type) \(seen.body.utf8.count) \(seen.body.hashValue)")
        else { return [] }
        let envelope = try? JSONSerialization.jsonObject(with: Data(seen.body.utf8)) as? [String: Any]
        let faults =
            if envelope?["_success"] as? Bool == true {
                faults(in: seen, ofSuccess: envelope?["_data"], route)
            } else {
                faults(in: seen, ofRefusal: envelope?["_msg"] as? String, route)
            }
        return faults.map { "\(route.method.text) \(route.path): \($0): \(seen.status) \(seen.body.prefix(2000))" }
    }

    private static func faults(in seen: Seen, ofSuccess data: Any?, _ route: Route) -> [String] {
        var faults: [String] = []
        if seen.status != 200 { faults.append("a success with another status than 200") }
        if seen.type != "application/json" { faults.append("an envelope of another type") }
        if seen.hasLink, !route.isPaged { faults.append("a link of what has no parts") }
        switch (data, route.answer) {
        case (nil, nil): break
        case (let data?, let shape?):
            faults += shape.mismatches(data)
            for member in shape.occurring(in: data) { remember("member \(member)") }
        case (_?, nil): faults.append("data that nobody declared")
        case (nil, let shape?) where shape.takesNull: break
        case (nil, _?): faults.append("no data")
        }
        return faults
    }

    private static func faults(in seen: Seen, ofRefusal word: String?, _ route: Route) -> [String] {
        guard let word else { return route.documentType == seen.type ? [] : ["no envelope"] }
        if ofWebServer[seen.status] == word { return [] }
        return word.split(separator: ",").compactMap { word in
            let refusals = route.refusals.filter { $0.word == word }
            for refusal in refusals where refusal.strictStatus.rawValue == seen.status || seen.status == 200 {
                remember("refusal \(route.id) \(word) \(refusal.strictStatus.rawValue)")
            }
            let isDeclared = refusals.contains {
                $0.status.rawValue == seen.status || $0.strictStatus.rawValue == seen.status
            }
            return isDeclared ? nil : "the word \(word) is not declared with this status"
        }
    }

    /// The operation by its path alone: what the router makes of it is checked by this.
    private static func route(of seen: Seen) -> Route? {
        let pieces = seen.target.prefix { $0 != "?" }.split(separator: "/").map { $0.removingPercentEncoding ?? "" }
        // A web server refuses this itself, with a page of its own.
        guard !pieces.contains(where: { $0.contains("\0") }) else { return nil }
        let fitting = API.routes.filter { route in
            let pattern = route.path.split(separator: "/")
            return route.method == seen.method && pattern.count == pieces.count
                && zip(pattern, pieces).allSatisfy { pattern, piece in
                    switch pattern {
                    case "<mail>", "<new_mail>": piece.contains("@")
                    case "<domain>": !piece.contains("@")
                    case "<number>": !piece.isEmpty && piece.allSatisfy(\.isNumber)
                    default: pattern == piece
                    }
                }
        }
        // What a path says word by word goes before what could stand there.
        return fitting.min { $0.path.count { $0 == "<" } < $1.path.count { $0 == "<" } }
    }

    private static func isNew(_ text: String) -> Bool { known.withLock { $0.insert(text).inserted } }

    private static func remember(_ line: String) {
        guard isNew(line), let file else { return }
        let bytes = Array("\(line)\n".utf8)
        _ = write(file, bytes, bytes.count)
    }
}
