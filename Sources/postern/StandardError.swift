import Glibc

/// Standard error, which is the operator's log. For the journal each line begins with its priority: sd-daemon(3).
enum StandardError {
    /// As in syslog(3).
    enum Priority: Int {
        case error = 3
        case warning = 4
        case notice = 5
        case information = 6
    }

    /// Whether the journal reads standard error: `JOURNAL_STREAM` (systemd.exec(5)) names the same file.
    private static let isJournal: Bool = {
        guard let variable = getenv("JOURNAL_STREAM") else { return false }
        var file = stat()
        guard fstat(STDERR_FILENO, &file) == 0 else { return false }
        return String(cString: variable) == "\(file.st_dev):\(file.st_ino)"
    }()

    /// The beginning of a line.
    static func prefix(_ priority: Priority) -> String { isJournal ? "<\(priority.rawValue)>postern: " : "postern: " }

    /// Writes all of the bytes.
    ///
    /// - Returns: false when that failed; some may be written.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
