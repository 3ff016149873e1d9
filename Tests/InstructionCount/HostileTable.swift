import FastCGI
import Gateway
import Glibc

/// What each of the hostile requests costs, from its bytes on Postern's socket to the answer: the check of the records,
/// the parameters, the whole API. Not counted: what libfcgi and the hash of a password cost.
enum HostileTable {
    /// What the worst of them may cost on the thread that serves it, milliseconds.
    static let limit = 20.0

    /// Prints a line for each, dearest first.
    /// - Throws: when one costs more than the limit.
    static func print(on directory: String) throws {
        let api = try LoneAPI(on: directory, report: { _ in })
        defer { api.stop() }
        var rows: [(request: HostileRequest, milliseconds: Double)] = []
        for request in HostileRequest.all {
            let wire = Wire(request.request)
            rows.append((request, best { serve(wire, request.kind == .list, api) }))
        }
        Swift.print("  ms   plain  kind       request")
        for row in rows.sorted(by: { $0.milliseconds > $1.milliseconds }) {
            let plain = rows.first { $0.request.kind == row.request.kind }?.milliseconds ?? 0
            Swift.print(
                column(row.milliseconds), column(plain), "", padded(row.request.kind.rawValue), row.request.name)
        }
        let dear = rows.filter { $0.milliseconds > limit }.map(\.request.name)
        guard dear.isEmpty else {
            throw Refusal(description: "more than \(limit) ms: \(dear.joined(separator: "; "))")
        }
    }

    /// Everything that the thread that serves a request does with it.
    private static func serve(_ wire: Wire, _ inSession: Bool, _ api: LoneAPI) {
        var scanner = RecordScanner()
        let verdict = scanner.feed(wire.records.span)
        precondition(verdict == .complete, "no request passes the check that is longer")
        var request = wire.withParameters { Parameters($0).request(bodyLength: wire.body.count) }
        if request.fault == nil { request.body = wire.body }
        api.take(request, inSession: inSession)
    }

    /// The least of three times, milliseconds of this thread.
    private static func best(_ body: () -> Void) -> Double {
        (0..<3).map { _ in
            let start = now
            body()
            return now - start
        }.min() ?? 0
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    private static func column(_ milliseconds: Double) -> String {
        let text = String((milliseconds * 100).rounded() / 100)
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 10 - text.count))
    }
}
