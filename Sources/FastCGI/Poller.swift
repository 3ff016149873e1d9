import CFastCGI
import Glibc

/// The one epoll(7) instance that all workers wait on, with a timer and an event that tells that stopping has begun.
struct Poller: Sendable {
    /// What an event is about.
    enum Source: Hashable {
        case listener
        /// The timer has expired: the time limits are to be checked.
        case tick
        /// Stopping has begun. From then on reported at every wait, to every worker.
        case stop
        case connection(ConnectionID)
    }

    struct Event {
        let source: Source
        /// The peer has closed its side, or the connection is broken.
        let isHungUp: Bool
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let listenerTag: UInt64 = .max
    private static let tickTag: UInt64 = .max - 1
    private static let stopTag: UInt64 = .max - 2

    private let epoll: Int32
    private let timer: Int32
    private let stopEvent: Int32

    init(tick: MonotonicTime.Span) throws(Failure) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        stopEvent = eventfd(0, Int32(EFD_CLOEXEC))
        var period = itimerspec(it_interval: tick.asTimespec, it_value: tick.asTimespec)
        // The timer is edge-triggered, so each tick wakes one worker.
        guard epoll >= 0, timer >= 0, stopEvent >= 0, timerfd_settime(timer, 0, &period, nil) == 0,
            control(EPOLL_CTL_ADD, timer, Self.tickTag, EPOLLET), control(EPOLL_CTL_ADD, stopEvent, Self.stopTag)
        else {
            let reason = String(cString: strerror(errno))
            close()
            throw Failure(description: "the connections cannot be watched: \(reason)")
        }
    }

    func close() {
        for descriptor in [epoll, timer, stopEvent] where descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Level-triggered; a connection wakes one waiting worker, not all.
    func add(listener: Int32) -> Bool { control(EPOLL_CTL_ADD, listener, Self.listenerTag, EPOLLEXCLUSIVE) }

    func remove(listener: Int32) { _ = control(EPOLL_CTL_DEL, listener, Self.listenerTag) }

    /// From now on reports what the connection has received already, and each arrival once. Edge-triggered, not
    /// one-shot: bytes that were peeked at stay in the socket, and each new arming would report them again.
    func add(_ descriptor: Int32, _ id: ConnectionID) -> Bool {
        control(EPOLL_CTL_ADD, descriptor, id.rawValue, EPOLLET, EPOLLRDHUP)
    }

    /// Reports once more what the connection has received already.
    func reportAgain(_ descriptor: Int32, _ id: ConnectionID) -> Bool {
        control(EPOLL_CTL_MOD, descriptor, id.rawValue, EPOLLET, EPOLLRDHUP)
    }

    /// To be called at each tick: the edge-triggered timer reports again only after it has been read.
    func readTimer() {
        var ticks: UInt64 = 0
        _ = read(timer, &ticks, MemoryLayout<UInt64>.size)
    }

    /// Makes `stop` ready, for good.
    func wakeAll() { eventfd_write(stopEvent, 1) }

    /// Fills `events` with what is ready and returns how many there are. Waits for the first, unless `atOnce`.
    func wait(_ events: UnsafeMutableBufferPointer<epoll_event>, atOnce: Bool) -> Int {
        guard let first = events.baseAddress else { return 0 }
        // EINTR counts as no event.
        return max(0, Int(epoll_wait(epoll, first, Int32(events.count), atOnce ? 0 : -1)))
    }

    static func event(_ event: epoll_event) -> Event {
        let source: Source =
            switch event.data.u64 {
            case listenerTag: .listener
            case tickTag: .tick
            case stopTag: .stop
            case let tag: .connection(ConnectionID(rawValue: tag))
            }
        let hangUp = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
        return Event(source: source, isHungUp: event.events & hangUp != 0)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ tag: UInt64, _ flags: EPOLL_EVENTS...) -> Bool {
        var event = epoll_event()
        event.events = flags.reduce(EPOLLIN.rawValue) { $0 | $1.rawValue }
        event.data.u64 = tag
        return epoll_ctl(epoll, operation, descriptor, &event) == 0
    }
}
