import Glibc

/// The subscribers of a list: files in three directories, one for each `Subscription`, named by the first character of
/// the addresses in it, one address a line.
///
/// mlmmj changes them, too, while people subscribe and unsubscribe by mail: version 1.3 under a lock (fcntl(2)), 1.5
/// without one. It appends, or writes a new file and gives it the old one's name. It mails to each line of each file in
/// these directories, drafts included, so drafts lie elsewhere. An empty line would match every address in 1.5.
struct SubscriberFiles {
    /// The list's directory.
    let directory: String

    /// Everybody, by address, each once.
    func all() throws(ListFailure) -> [ListState.Subscriber] {
        var found: [String: Subscription] = [:]
        for subscription in Subscription.allCases {
            for path in try paths(of: subscription) {
                for address in Self.lines(try SpoolFile.read(path) ?? []) {
                    found[address.lowercased()] = found[address.lowercased()] ?? subscription
                }
            }
        }
        return found.sorted { $0.key < $1.key }.map { ListState.Subscriber(mail: $0.key, subscription: $0.value) }
    }

    /// Subscribes addresses, or gives them another kind of subscription.
    func add(_ addresses: [String], _ subscription: Subscription) throws(ListFailure) {
        for (name, group) in Self.grouped(addresses) {
            // Into the new directory first: cut short, somebody is in two, and nobody in none.
            try change(path(name, subscription), isMade: true) { lines in
                let known = Set(lines.map { $0.lowercased() })
                return lines + group.filter { !known.contains($0) }
            }
        }
        for other in Subscription.allCases where other != subscription { try remove(addresses, other) }
    }

    func remove(_ addresses: [String]) throws(ListFailure) {
        for subscription in Subscription.allCases { try remove(addresses, subscription) }
    }

    private func remove(_ addresses: [String], _ subscription: Subscription) throws(ListFailure) {
        for (name, group) in Self.grouped(addresses) {
            let gone = Set(group)
            // Who subscribed by mail in capitals is in a file of that name.
            for name in Set([name, name.uppercased()]) {
                try change(path(name, subscription), isMade: false) { lines in
                    lines.filter { !gone.contains($0.lowercased()) }
                }
            }
        }
    }

    /// Gives a subscriber another address with the same subscription, or ends the subscription.
    func replace(_ address: String, by new: String?) throws(ListFailure) {
        guard let subscription = try subscription(of: address) else { return }
        if let new, try self.subscription(of: new) == nil { try add([new], subscription) }
        try remove([address])
    }

    private func subscription(of address: String) throws(ListFailure) -> Subscription? {
        for subscription in Subscription.allCases {
            for name in Set([address.prefix(1).lowercased(), address.prefix(1).uppercased()]) {
                let bytes = try SpoolFile.read(path(name, subscription)) ?? []
                if Self.lines(bytes).contains(where: { $0.lowercased() == address }) { return subscription }
            }
        }
        return nil
    }

    private func path(_ name: String, _ subscription: Subscription) -> String {
        "\(directory)/\(subscription.directory)/\(name)"
    }

    private func paths(of subscription: Subscription) throws(ListFailure) -> [String] {
        // A longer name is a draft of mlmmj's.
        try SpoolFile.names(in: "\(directory)/\(subscription.directory)").filter { $0.utf8.count == 1 }
            .map { path($0, subscription) }
    }

    private static func grouped(_ addresses: [String]) -> [(name: String, addresses: [String])] {
        Dictionary(grouping: addresses) { String($0.prefix(1)) }.map { ($0.key, $0.value) }
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
            .filter { !$0.allSatisfy(\.isWhitespace) }
    }

    // MARK: Changing one file

    /// How long another process may hold the lock.
    private static let lockLimit = Duration.seconds(1)
    /// How long to wait for processes that have opened the old file and may still write into it.
    private static let settleLimit = Duration.milliseconds(500)

    /// How often a change is made anew that another process has undone meanwhile.
    private static let attempts = 100

    /// - Parameters:
    ///   - isMade: whether a file that is missing is made.
    ///   - body: takes the lines and returns those that are to be there. Applied to its own result, it changes nothing.
    private func change(_ path: String, isMade: Bool, _ body: ([String]) -> [String]) throws(ListFailure) {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (isMade ? O_CREAT : 0)
        // Lines that another process appended to a file that this one replaced at the same time.
        var late: [String] = []
        for _ in 0..<Self.attempts {
            let descriptor = open(path, flags, 0o600)
            guard descriptor >= 0 else {
                if errno == ENOENT, !isMade { return }
                throw SpoolFile.failure("cannot open \(path)")
            }
            defer { close(descriptor) }
            try Self.lock(descriptor, path)
            // Another process may have replaced the file while this one waited for the lock.
            guard Self.isStill(descriptor, path) else { continue }
            let lines = Self.lines(try SpoolFile.read(descriptor, path))
            let changed = body(lines + late.filter { !lines.contains($0) })
            if changed == lines { return }
            try SpoolFile.replace(
                path, with: Array(changed.map { $0 + "\n" }.joined().utf8), draft: "\(directory)/.new-subscribers")
            Self.unlock(descriptor)
            // Whoever had the old file open may have appended to it, or may now put its content in place of the new
            // one. So this looks again, until there is nothing to change.
            Self.settle(descriptor)
            late += Self.lines(try SpoolFile.read(descriptor, path)).dropFirst(lines.count)
        }
        throw ListFailure(.failed, "\(path) is changed by other processes all the time")
    }

    private static func unlock(_ descriptor: Int32) {
        var lock = flock(l_type: Int16(F_UNLCK), l_whence: 0, l_start: 0, l_len: 0, l_pid: 0)
        _ = fcntl(descriptor, F_SETLK, &lock)
    }

    private static func lock(_ descriptor: Int32, _ path: String) throws(ListFailure) {
        let end = ContinuousClock.now + lockLimit
        while true {
            var lock = flock(l_type: Int16(F_WRLCK), l_whence: 0, l_start: 0, l_len: 0, l_pid: 0)
            if fcntl(descriptor, F_SETLK, &lock) == 0 { return }
            guard errno == EAGAIN || errno == EACCES || errno == EINTR, .now < end else {
                throw SpoolFile.failure("cannot lock \(path)")
            }
            usleep(10_000)
        }
    }

    private static func isStill(_ descriptor: Int32, _ path: String) -> Bool {
        var (own, named) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && lstat(path, &named) == 0 && own.st_ino == named.st_ino
            && own.st_dev == named.st_dev
    }

    /// Waits until no other process has the file open: a lease for writing is only given then (fcntl(2)).
    private static func settle(_ descriptor: Int32) {
        let setLease: Int32 = 1024  // F_SETLEASE, which <fcntl.h> shows only with _GNU_SOURCE.
        let end = ContinuousClock.now + settleLimit
        while fcntl(descriptor, setLease, F_WRLCK) != 0 {
            guard errno == EAGAIN, .now < end else { return }
            usleep(5_000)
        }
        _ = fcntl(descriptor, setLease, F_UNLCK)
    }
}
