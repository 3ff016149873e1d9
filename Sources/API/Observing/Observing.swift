import Gateway
import MailStore

/// Health and figures of the running service.
///
/// `API` makes a `RequestRecord` of each answer; it becomes a line of the request log and is added to `Metrics`.
/// `Figures` joins those with the `Gauge` values that the executable reads. They are shown to Prometheus
/// (`PrometheusText`), and as JSON to `postern status`. Source: `Contract.md` 3.5.
enum Observing {
    static let routes = [
        Route(
            .get, "/api/health", "get_health", .open, "Whether the accounts can be read and written.",
            answers: .health, health
        ).waitingForWriter().extra(),
        Route(
            .get, "/api/metrics", "get_metrics", .monitor, "Figures of the service, in Prometheus' text format.",
            metrics
        ).answering(PrometheusText.type).withoutStore().extra(),
    ]

    static let operatorRoutes = [
        Route(.get, "/postern/status", "get_status", .operator, "Figures of the service.", status)
    ]

    /// Shows that accounts can be read. The answer then waits until the writer has answered (`Route.waitingForWriter`).
    static func health(_ call: Call) throws -> Reply {
        _ = try call.store.domains.hasAny()
        return Reply.data { json in
            json.object { json in json.member("status", "ok") }
        }
    }

    static func metrics(_ call: Call) throws -> Reply {
        Reply(
            data: .plain(
                Array(PrometheusText(call.figures).text.utf8), type: PrometheusText.type))
    }

    static func status(_ call: Call) throws -> Reply {
        let figures = call.figures
        return Reply.data { json in json.value(figures) }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ figures: Figures) {
        object { json in
            json.member("uptime", figures.metrics.uptime)
            json.name("gauges")
            json.open("[")
            for gauge in figures.gauges {
                json.object { json in
                    json.member("name", gauge.name)
                    json.member("meaning", gauge.meaning)
                    json.member("value", gauge.value)
                }
            }
            json.close("]")
            json.name("routes")
            json.open("[")
            for route in figures.metrics.all {
                json.object { json in
                    json.member("method", route.method)
                    json.member("path", route.path)
                    json.member("requests", route.times.count)
                    json.member("refused", route.words.values.reduce(0, +))
                    json.member("p50_us", route.times.quantile(0.5))
                    json.member("p99_us", route.times.quantile(0.99))
                }
            }
            json.close("]")
        }
    }
}

/// The sources of all figures of the service.
struct Figures: Sendable {
    let metrics: Metrics
    /// Called each time the figures are shown.
    let readGauges: @Sendable () -> [Gauge]

    var gauges: [Gauge] { readGauges() }

    /// One JSON object.
    var json: [UInt8] {
        var json = JSONWriter()
        json.value(self)
        return json.bytes
    }
}

/// Prometheus' text format, version 0.0.4.
struct PrometheusText {
    static let type = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    init(_ figures: Figures) {
        describe("postern_uptime_seconds", "gauge", "Seconds since the start.")
        text += "postern_uptime_seconds \(figures.metrics.uptime)\n"
        for gauge in figures.gauges {
            describe(gauge.name, gauge.name.hasSuffix("_total") ? "counter" : "gauge", gauge.meaning)
            text += "\(gauge.name) \(gauge.value)\n"
        }
        let routes = figures.metrics.all
        describe("postern_requests_total", "counter", "Requests answered, by route and HTTP status.")
        for route in routes {
            for (status, count) in route.statuses.sorted(by: { $0.key < $1.key }) {
                text += "postern_requests_total{\(labels(route)),status=\"\(status)\"} \(count)\n"
            }
        }
        describe("postern_refusals_total", "counter", "Requests refused, by route and word.")
        for route in routes {
            for (word, count) in route.words.sorted(by: { $0.key < $1.key }) {
                text += "postern_refusals_total{\(labels(route)),word=\"\(word)\"} \(count)\n"
            }
        }
        describe(
            "postern_request_duration_seconds", "summary", "Time from a request to the end of its answer, by route.")
        for route in routes {
            for part in [0.5, 0.99] {
                text +=
                    "postern_request_duration_seconds{\(labels(route)),quantile=\"\(part)\"} "
                    + "\(Double(route.times.quantile(part)) / 1_000_000)\n"
            }
            text += "postern_request_duration_seconds_sum{\(labels(route))} \(Double(route.times.sum) / 1_000_000)\n"
            text += "postern_request_duration_seconds_count{\(labels(route))} \(route.times.count)\n"
        }
    }

    private mutating func describe(_ name: String, _ type: String, _ meaning: String) {
        text += "# HELP \(name) \(meaning)\n# TYPE \(name) \(type)\n"
    }

    private func labels(_ route: Metrics.RouteFigures) -> String {
        "method=\"\(route.method)\",route=\"\(route.path)\""
    }
}

extension Shape {
    package static let health: Shape = .object(
        [Member("status", .word(["ok"], "What is wrong is told by a refusal."))],
        "The accounts can be read and written.", name: "Health")
}
