import API
import Foundation
import Gateway
import Synchronization
import Testing

extension Route: CustomTestStringConvertible {
    public var testDescription: String { "\(method.text) \(path)" }
}

/// Compares every answer that a test gets with what its operation declares, and remembers which refusals and members
/// occurred: `AnsweredContractTests` judges that when all tests have run.
enum AnswerCheck {
    /// Where to remember it: a file that Tests/run names; nil for nowhere.
    private static let file = ProcessInfo.processInfo.environment["POSTERN_ANSWERED"].flatMap { path -> Int32? in
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        return file < 0 ? nil : file
    }
    /// Lines that are there already, and answers that were looked at: many tests get the same ones.
    private static let known = Mutex<Set<String>>([])

    static func look(at answer: Answer, to request: Request) {
        guard answer.failure == nil, let route = route(of: request) else { return }
        let status = answer.status.rawValue
        guard isNew("\(route.id) \(status) \(answer.headers["Content-Type"] ?? "") \(answer.body)") else { return }
        let wrong = answer.isSuccess ? unlikeSuccess(answer, route) : unlikeRefusal(answer, route)
        for reason in wrong {
            Issue.record("\(route.method.text) \(route.path): \(reason): \(status) \(answer.body.prefix(2000))")
        }
    }

    private static func unlikeSuccess(_ answer: Answer, _ route: Route) -> [String] {
        var wrong: [String] = []
        if answer.status != .ok { wrong.append("a success with another status than 200") }
        if answer.headers["Content-Type"] != "application/json" { wrong.append("an envelope of another type") }
        if answer.headers["Link"] != nil, !route.isPaged { wrong.append("a link of what has no parts") }
        switch (answer.data, route.answer) {
        case (nil, nil): break
        case (let data?, let shape?):
            wrong += shape.mismatches(data)
            for member in shape.occurring(in: data) { remember("member \(member)") }
        case (_?, nil): wrong.append("data that nobody declared")
        case (nil, _?): wrong.append("no data")
        }
        return wrong
    }

    private static func unlikeRefusal(_ answer: Answer, _ route: Route) -> [String] {
        guard let word = answer.word else {
            return route.documentType == answer.headers["Content-Type"] ? [] : ["no envelope"]
        }
        return word.split(separator: ",").compactMap { word in
            let refusals = route.refusals.filter { $0.word == word }
            for refusal in refusals where refusal.strictStatus == answer.status || answer.status == .ok {
                remember("refusal \(route.id) \(word) \(refusal.strictStatus.rawValue)")
            }
            let isDeclared = refusals.contains { $0.status == answer.status || $0.strictStatus == answer.status }
            return isDeclared ? nil : "the word \(word) is not declared with this status"
        }
    }

    /// The operation by its path alone: what the router makes of it is checked by this.
    private static func route(of request: Request) -> Route? {
        let pieces = request.target.prefix { $0 != "?" }.split(separator: "/").map { $0.removingPercentEncoding ?? "" }
        let fitting = API.routes.filter { route in
            let pattern = route.path.split(separator: "/")
            return route.method == request.method && pattern.count == pieces.count
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
