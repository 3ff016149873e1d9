package import Mail

extension Settings {
    package static let logsRequests = Setting<Bool>(
        "LOG_REQUESTS",
        "Whether each request gets a line in the log: who, what, outcome, time.",
        fallback: true
    )

    package static let metricsClients = Setting<[IPNetwork]>(
        "METRICS_CLIENTS",
        "Addresses and networks that may read /api/metrics without a login.",
        fallback: []
    )

    static let observing = [AnySetting(logsRequests), AnySetting(metricsClients)]
}
