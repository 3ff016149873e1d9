import FastCGI
import Synchronization

/// Gives systemd's watchdog its signs of life, as long as the writer answers and no worker hangs.
final class Heartbeat {
    /// The time between two calls of `beat`; nil without a watchdog.
    let pause: Duration?

    private let manager: ServiceManager
    private let longestBusy: () -> Duration
    private let askWriter: (@escaping @Sendable () -> Void) -> Bool
    /// A worker that takes longer for one request hangs; `ResponderLimits.answerOnWorker` is shorter.
    private let busyLimit: Duration
    private let writer = WriterPulse()
    /// Whether the writer was asked at the last beat.
    private var isAsking = false

    /// Set by the writer's thread.
    private final class WriterPulse: Sendable {
        let hasAnswered = Atomic(false)
    }

    /// - Parameters:
    ///   - longestBusy: as `Responder.longestBusy`.
    ///   - askWriter: as `Service.askWriter`.
    init(
        for manager: ServiceManager, busyLimit: Duration = .seconds(60), longestBusy: @escaping () -> Duration,
        askWriter: @escaping (@escaping @Sendable () -> Void) -> Bool
    ) {
        self.manager = manager
        self.busyLimit = busyLimit
        self.longestBusy = longestBusy
        self.askWriter = askWriter
        // Two beats may be missed.
        pause = manager.watchdog.map { $0 / 4 }
    }

    convenience init(of service: Service, _ responder: Responder, for manager: ServiceManager) {
        self.init(for: manager, longestBusy: { responder.longestBusy }, askWriter: service.askWriter)
    }

    /// Gives a sign of life, if the writer has answered since the last call and no worker hangs. Then asks the writer
    /// again.
    func beat() {
        guard pause != nil else { return }
        if isAsking {
            guard writer.hasAnswered.load(ordering: .acquiring) else { return }
            if longestBusy() < busyLimit { manager.pingWatchdog() }
        }
        writer.hasAnswered.store(false, ordering: .releasing)
        // When the writer's queue is full, it is asked again next time; until then there is no sign of life.
        isAsking = askWriter { [writer] in writer.hasAnswered.store(true, ordering: .releasing) }
    }
}
