import Glibc
import Mail
import Synchronization

/// Makes guessing of passwords slow without letting anybody lock somebody else out.
///
/// Whoever guesses at one account from one address, or at many accounts from one address, waits longer and longer, one
/// attempt after the other. Guesses at one account from many addresses, and very many guesses altogether, cost everybody
/// a short wait, except where that account has logged in from that address before. Source: `Security.md` A1, A2.
final class LoginGuard: Sendable {
    let state = Mutex(LoginHistory())

    /// A longer wait is none that a client sits through.
    private static let longestWait = Duration.seconds(15)

    /// A check that is about to begin, and how long it is to wait.
    ///
    /// - Parameter delays: false when nobody has to wait.
    /// - Returns: nil when so many attempts wait already that this one is refused.
    func begin(at account: String, from client: String, delays: Bool) -> (attempt: LoginAttempt, wait: Duration)? {
        guard let wait = delays ? wait(for: account, from: client) : noWait(for: account, from: client) else {
            return nil
        }
        return (LoginAttempt(at: account, from: client, self), wait)
    }

    /// How long to wait before a password is checked.
    ///
    /// Each call that does not return nil is to be followed by one of `finished`.
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
                wait += min(Pace.account.wait(after: state.record(.account(account), now).count), .seconds(2))
                wait += min(Pace.everybody.wait(after: state.record(.everybody, now).count), .seconds(1))
            }
            // A refused attempt takes no place: else a flood would push the next one away for ever.
            guard wait <= Self.longestWait else { return nil }
            state.records[keys.pair] = pair
            state.records[keys.address] = address
            for key in keys.all { state.records[key, default: Attempts(at: now)].pending += 1 }
            return wait
        }
    }

    /// An attempt counts also while nobody has to wait: the settings may change before it ends.
    private func noWait(for account: String, from client: String, at now: ContinuousClock.Instant = .now) -> Duration {
        let keys = Keys(account, client)
        state.withLock { state in
            state.prune(now)
            for key in keys.all { state.records[key, default: Attempts(at: now)].pending += 1 }
        }
        return .zero
    }

    /// What came of an attempt; nil when it was not checked after all.
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

/// What attempts have in common that count together.
enum ClientKey: Hashable {
    case pair(account: String, address: String)
    case address(String)
    case account(String)
    case everybody
}

private struct Keys {
    let pair: ClientKey
    let address: ClientKey
    let all: [ClientKey]

    init(_ account: String, _ client: String) {
        let network = Self.network(of: client)
        pair = .pair(account: account, address: network)
        address = .address(network)
        all = [pair, address, .account(account), .everybody]
    }

    /// What one client has at its disposal: an IPv6 address' first 64 bits.
    private static func network(of client: String) -> String {
        guard let address = IPAddress(client), !address.isIPv4 else { return client }
        return IPNetwork(around: address, prefixLength: 64)?.description ?? client
    }
}

/// How the wait grows: half a second after so many failures, doubled with every further so many, at most eight.
struct Pace {
    let free: Double
    let step: Double

    static let pair = Pace(free: 3, step: 1)
    static let address = Pace(free: 20, step: 10)
    static let account = Pace(free: 10, step: 10)
    static let everybody = Pace(free: 600, step: 200)

    func wait(after count: Double) -> Duration {
        guard count >= free else { return .zero }
        return .milliseconds(500 << min(Int((count - free) / step), 4))
    }
}

struct Attempts {
    /// Half of them are forgotten in five minutes.
    var failures = 0.0
    /// Attempts that are being checked: as long as nothing is known of them they count as failures, else many at once
    /// would pass before the first has failed.
    var pending = 0
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

    /// How long an attempt waits for those before it; makes those after it wait in turn.
    ///
    /// - Parameter isTrusted: whether attempts that are being checked are no failures: several programs of one host may
    ///   log in at once. How many guesses that lets through at once is limited by the queue of the hash pool.
    mutating func place(at now: ContinuousClock.Instant, _ pace: Pace, isTrusted: Bool) -> Duration {
        let begin = max(now, next)
        next = begin + pace.wait(after: isTrusted ? failures : count + 1)
        return begin - now
    }

    func isIdle(at now: ContinuousClock.Instant) -> Bool { pending == 0 && failures == 0 && next <= now }
}

struct LoginHistory {
    var records: [ClientKey: Attempts] = [:]
    /// Where an account has logged in from, and when last.
    var known: [ClientKey: ContinuousClock.Instant] = [:]

    /// How many accounts and addresses are remembered at a time.
    private static let capacity = 10_000

    func record(_ key: ClientKey, _ now: ContinuousClock.Instant) -> Attempts {
        var record = records[key] ?? Attempts(at: now)
        record.age(to: now)
        return record
    }

    mutating func prune(_ now: ContinuousClock.Instant) {
        if known.count > Self.capacity { known.removeAll() }
        guard records.count > Self.capacity else { return }
        records = Dictionary(
            uniqueKeysWithValues: records.keys.map { ($0, record($0, now)) }.filter { !$0.1.isIdle(at: now) })
        // A flood from ever new addresses: what is remembered of single ones is worth less than the memory.
        if records.count > Self.capacity {
            records = records.filter { $0.value.pending > 0 || $0.key == .everybody }
        }
    }
}
