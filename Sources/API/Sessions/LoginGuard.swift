import Glibc
import Mail
import Synchronization

/// Makes guessing of passwords slow without letting anybody lock somebody else out. Source: `Security.md` A1, A2.
///
/// Guesses from one address, at one account or at many, wait longer and longer, one after the other. Guesses at one
/// account from many addresses make its logins wait two seconds at most; very many guesses in total make all logins
/// wait one second at most. Neither holds for an address from which the account has logged in before.
///
///     guard let (attempt, wait) = loginGuard.begin(at: account, from: client, delays: true) else { return refuse() }
///     // After `wait` the password is checked. Then:
///     attempt.settle(isRight)
final class LoginGuard: Sendable {
    let state = Mutex(LoginHistory())

    /// An attempt that would wait longer is refused: clients do not wait so long.
    private static let longestWait = Duration.seconds(15)

    /// Counts an attempt that is about to begin.
    ///
    /// - Parameters:
    ///   - account: the address that was sent, whether there is such an account or not.
    ///   - client: the client's IP address in canonical text.
    ///   - delays: false when nobody has to wait.
    /// - Returns: the attempt, and how long its check has to wait; nil when so many attempts wait already that this one
    ///   is refused.
    func begin(at account: String, from client: String, delays: Bool) -> (attempt: LoginAttempt, wait: Duration)? {
        var wait = Duration.zero
        if delays {
            guard let needed = self.wait(for: account, from: client) else { return nil }
            wait = needed
        } else {
            countPending(account, from: client)
        }
        return (LoginAttempt(at: account, from: client, self), wait)
    }

    /// How long to wait before a password is checked.
    ///
    /// After each call that does not return nil, `finished` must be called once.
    ///
    /// - Returns: nil when so many attempts wait already that this one is refused.
    func wait(for account: String, from client: String, at now: ContinuousClock.Instant = .now) -> Duration? {
        let keys = Keys(account, client)
        return state.withLock { state in
            state.prune(now)
            let isKnown = state.known[keys.pair] != nil
            var pair = state.record(keys.pair, now)
            var address = state.record(keys.address, now)
            var wait = max(
                pair.place(at: now, .pair, isTrusted: isKnown), address.place(at: now, .address, isTrusted: isKnown))
            if !isKnown {
                wait += min(Backoff.account.wait(after: state.record(.account(account), now).count), .seconds(2))
                wait += min(Backoff.everybody.wait(after: state.record(.everybody, now).count), .seconds(1))
            }
            // A refused attempt takes no place in the queue; otherwise a flood would make the queue longer without end.
            guard wait <= Self.longestWait else { return nil }
            state.records[keys.pair] = pair
            state.records[keys.address] = address
            for key in keys.all { state.records[key, default: Attempts(at: now)].pending += 1 }
            return wait
        }
    }

    /// Counts an attempt while nobody has to wait: the settings may change before it ends.
    private func countPending(_ account: String, from client: String) {
        let now = ContinuousClock.now
        let keys = Keys(account, client)
        state.withLock { state in
            state.prune(now)
            for key in keys.all { state.records[key, default: Attempts(at: now)].pending += 1 }
        }
    }

    /// Records the outcome of an attempt.
    /// - Parameter isRight: nil when the password was not checked.
    func finished(_ isRight: Bool?, _ account: String, from client: String, at now: ContinuousClock.Instant = .now) {
        let keys = Keys(account, client)
        state.withLock { state in
            for key in keys.all {
                var record = state.record(key, now)
                record.pending = max(0, record.pending - 1)
                if isRight == false { record.failures += 1 }
                state.records[key] = record
            }
            guard isRight == true else { return }
            state.records[keys.pair]?.failures = 0
            state.known[keys.pair] = now
        }
    }
}

/// Attempts are counted four times: by account and address, by address, by account, and all together.
enum AttemptKey: Hashable {
    case pair(account: String, address: String)
    case address(String)
    case account(String)
    case everybody
}

/// The keys under which one attempt is counted.
private struct Keys {
    let pair: AttemptKey
    let address: AttemptKey
    let all: [AttemptKey]

    init(_ account: String, _ client: String) {
        let network = Self.network(of: client)
        pair = .pair(account: account, address: network)
        address = .address(network)
        all = [pair, address, .account(account), .everybody]
    }

    /// The address, or of an IPv6 address its network of 64 bits: one client may have all addresses in it.
    private static func network(of client: String) -> String {
        guard let address = IPAddress(client), !address.isIPv4 else { return client }
        return IPNetwork(around: address, prefixLength: 64)?.description ?? client
    }
}

/// How the wait grows with the failures: half a second from `freeFailures` of them on, doubled by every further `step`,
/// at most eight seconds.
struct Backoff {
    let freeFailures: Double
    let step: Double

    static let pair = Backoff(freeFailures: 3, step: 1)
    static let address = Backoff(freeFailures: 20, step: 10)
    static let account = Backoff(freeFailures: 10, step: 10)
    static let everybody = Backoff(freeFailures: 600, step: 200)

    func wait(after count: Double) -> Duration {
        guard count >= freeFailures else { return .zero }
        return .milliseconds(500 << min(Int((count - freeFailures) / step), 4))
    }
}

/// What is remembered under one key.
struct Attempts {
    /// Half of them are forgotten in five minutes.
    var failures = 0.0
    /// Attempts that are being checked. Until their outcome is known they count as failures; otherwise many at once
    /// would pass before the first has failed.
    var pending = 0
    /// Up to when `failures` is computed.
    private var last: ContinuousClock.Instant
    /// When the next attempt may begin.
    private var next: ContinuousClock.Instant

    init(at now: ContinuousClock.Instant) {
        last = now
        next = now
    }

    var count: Double { failures + Double(pending) }

    mutating func age(to now: ContinuousClock.Instant) {
        let (seconds, _) = (now - last).components
        guard seconds > 0 else { return }
        failures *= pow(0.5, Double(seconds) / 300)
        if failures < 0.5 { failures = 0 }
        last = now
    }

    /// How long an attempt waits for those before it. Those after it will wait for this one.
    ///
    /// - Parameter isTrusted: whether attempts that are being checked do not count as failures: several programs of one
    ///   host may log in at once. How many guesses then pass at once is limited by the queue of the pool.
    mutating func place(at now: ContinuousClock.Instant, _ pace: Backoff, isTrusted: Bool) -> Duration {
        let begin = max(now, next)
        next = begin + pace.wait(after: isTrusted ? failures : count + 1)
        return begin - now
    }

    func isIdle(at now: ContinuousClock.Instant) -> Bool { pending == 0 && failures == 0 && next <= now }
}

struct LoginHistory {
    var records: [AttemptKey: Attempts] = [:]
    /// Where an account has logged in from, and when last.
    var known: [AttemptKey: ContinuousClock.Instant] = [:]

    /// How many accounts and addresses are remembered at a time.
    private static let capacity = 10_000

    func record(_ key: AttemptKey, _ now: ContinuousClock.Instant) -> Attempts {
        var record = records[key] ?? Attempts(at: now)
        record.age(to: now)
        return record
    }

    mutating func prune(_ now: ContinuousClock.Instant) {
        if known.count > Self.capacity { known.removeAll() }
        guard records.count > Self.capacity else { return }
        records = Dictionary(
            uniqueKeysWithValues: records.keys.map { ($0, record($0, now)) }.filter { !$0.1.isIdle(at: now) })
        // A flood from ever new addresses: single ones are forgotten to save memory, the total is kept.
        if records.count > Self.capacity {
            records = records.filter { $0.value.pending > 0 || $0.key == .everybody }
        }
    }
}
