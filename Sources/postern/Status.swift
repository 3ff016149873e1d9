import FoundationEssentials
import Gateway
import Glibc

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
        let figures = try OperatorChannel(arguments, needsServer: true)
            .ask(ServiceFigures.self, .get, "/postern/status")
        guard arguments.has(json) else { return Postern.say(StatusText(figures).lines.joined(separator: "\n")) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Postern.say(String(decoding: try encoder.encode(figures), as: UTF8.self))
    }
}

/// The answer of `GET /postern/status`.
struct ServiceFigures: Codable {
    struct ShownGauge: Codable {
        let name: String
        let meaning: String
        let value: Int
    }

    struct ShownRoute: Codable {
        let method: String
        let path: String
        let requests: Int
        let refused: Int
        let p50_us: Int
        let p99_us: Int
    }

    /// Unit: seconds.
    let uptime: Int
    let gauges: [ShownGauge]
    let routes: [ShownRoute]
}

/// The figures as lines for a person to read.
struct StatusText {
    let lines: [String]

    init(_ figures: ServiceFigures) {
        let requests = figures.routes.reduce(0) { $0 + $1.requests }
        var lines = ["up \(Self.span(figures.uptime)), \(requests) requests"]
        for gauge in figures.gauges { lines.append("\(Self.right(String(gauge.value), 12))  \(gauge.meaning)") }
        if !figures.routes.isEmpty {
            lines.append("    requests     refused     p50 ms     p99 ms  route")
        }
        for route in figures.routes.sorted(by: { $0.requests > $1.requests }) {
            lines.append(
                Self.right(String(route.requests), 12) + Self.right(String(route.refused), 12)
                    + Self.right(Self.milliseconds(route.p50_us), 11) + Self.right(Self.milliseconds(route.p99_us), 11)
                    + "  \(route.method) \(route.path)")
        }
        self.lines = lines
    }

    /// - Parameter seconds: e.g. 93784, which is `1d 2h 3m 4s`.
    static func span(_ seconds: Int) -> String {
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
        ]
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
