import Foundation
import Gateway

/// `postern status`: the figures of the running server.
enum Status: Command {
    static let name = "status"
    static let summary = "Shows the figures of the running server: requests, times, queues, connections, sizes."
    static let options = [Option.state, .settings, json]
    static let notes = """
        Times are of requests since the start, in milliseconds: half of them took at most p50, all but one in a hundred
        at most p99. The same figures are at GET /api/metrics in Prometheus' format, and SIGUSR1 writes them to the log.
        It ends with 0 when the server answered, with 1 when it does not run or does not answer.
        """

    private static let json = Option(name: "--json", value: nil, meaning: "Prints them as one JSON object.")

    static func run(_ arguments: Arguments) throws {
        let answer = try OperatorChannel(arguments, needsServer: true).send(.get, "/postern/status")
        let figures = answer.data as? [String: Any] ?? [:]
        guard arguments.has(json) else { return Postern.say(StatusText(figures).lines.joined(separator: "\n")) }
        let data = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
        Postern.say(String(decoding: data, as: UTF8.self))
    }
}

/// The figures of `GET /postern/status`, for a person.
struct StatusText {
    let lines: [String]

    init(_ figures: [String: Any]) {
        let routes = figures["routes"] as? [[String: Any]] ?? []
        let gauges = figures["gauges"] as? [[String: Any]] ?? []
        func number(_ row: [String: Any], _ name: String) -> Int { row[name] as? Int ?? 0 }
        let requests = routes.reduce(0) { $0 + number($1, "requests") }
        var lines = ["up \(Self.span(figures["uptime"] as? Int ?? 0)), \(requests) requests"]
        for gauge in gauges {
            lines.append("\(Self.right(String(number(gauge, "value")), 12))  \(gauge["meaning"] as? String ?? "")")
        }
        if !routes.isEmpty {
            lines.append("    requests     refused     p50 ms     p99 ms  route")
        }
        for route in routes.sorted(by: { number($0, "requests") > number($1, "requests") }) {
            lines.append(
                Self.right(String(number(route, "requests")), 12) + Self.right(String(number(route, "refused")), 12)
                    + Self.right(Self.milliseconds(number(route, "p50_us")), 11)
                    + Self.right(Self.milliseconds(number(route, "p99_us")), 11)
                    + "  \(route["method"] ?? "") \(route["path"] ?? "")")
        }
        self.lines = lines
    }

    /// - Parameter seconds: e.g. 93784, which is `1d 2h 3m 4s`.
    static func span(_ seconds: Int) -> String {
        let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
        let shown = parts.drop { $0.0 == 0 && $0.1 != "s" }
        return shown.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }

    private static func milliseconds(_ microseconds: Int) -> String {
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
