import FastCGI
import Synchronization

/// The signs of life that systemd's watchdog waits for, given only while the threads that do the work show theirs.
final class Heartbeat {
    /// Between two beats; nil when nobody waits for them.
    let pause: Duration?

    private let manager: ServiceManager
    private let longestBusy: () -> Duration
    private let askWriter: (@escaping @Sendable () -> Void) -> Bool
    /// A worker that is longer at one thing hangs: an answer may take 30 s.
    private let busyLimit: Duration
    private let writer = WriterPulse()
    /// A question to the writer is open.
    private var isAsking = false

    /// Set by the writer's thread.
    private final class WriterPulse: Sendable {
        let hasAnswered = Atomic(false)
    }

    /// - Parameters:
    ///   - longestBusy: how long the worker that is longest at one thing has been at it.
    ///   - askWriter: has the writer call a function when it comes to that; false when it takes nothing more.
    init(
        for manager: ServiceManager, busyLimit: Duration = .seconds(60), longestBusy: @escaping () -> Duration,
        askWriter: @escaping (@escaping @Sendable () -> Void) -> Bool
    ) {
        self.manager = manager
        self.busyLimit = busyLimit
        self.longestBusy = longestBusy
        self.askWriter = askWriter
        // Two may be late without harm.
        pause = manager.watchdog.map { $0 / 4 }
    }

    convenience init(of service: Service, _ responder: Responder, for manager: ServiceManager) {
        self.init(for: manager, longestBusy: { responder.longestBusy }, askWriter: service.askWriter)
    }

    /// Passes on that the writer has answered the last question and that no worker hangs, and asks anew.
    func beat() {
        guard pause != nil else { return }
        if isAsking {
            guard writer.hasAnswered.load(ordering: .acquiring) else { return }
            if longestBusy() < busyLimit { manager.isAlive() }
        }
        writer.hasAnswered.store(false, ordering: .releasing)
        // Refused by a full queue, it is asked again next time; until then that is no sign of life.
        isAsking = askWriter { [writer] in writer.hasAnswered.store(true, ordering: .releasing) }
    }
}
