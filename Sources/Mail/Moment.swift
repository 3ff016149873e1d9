import Glibc

/// A point in time by the wall clock, in whole seconds, and the ways the tables write it.
package struct Moment: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package let epoch: Int

    package init(epoch: Int) { self.epoch = epoch }

    /// A timestamp as stored, `YYYY-MM-DD HH:MM:SS` in UTC; nil for any other text.
    package init?(timestamp: String) {
        let numbers = timestamp.split { "- :".contains($0) }.compactMap { Int32($0) }
        guard timestamp.utf8.count == 19, numbers.count == 6 else { return nil }
        var parts = tm()
        parts.tm_year = numbers[0] - 1900
        parts.tm_mon = numbers[1] - 1
        parts.tm_mday = numbers[2]
        parts.tm_hour = numbers[3]
        parts.tm_min = numbers[4]
        parts.tm_sec = numbers[5]
        epoch = timegm(&parts)
    }

    package static func now() -> Moment { Moment(epoch: time(nil)) }

    package static func < (left: Self, right: Self) -> Bool { left.epoch < right.epoch }

    /// `YYYY-MM-DD HH:MM:SS` in UTC: how timestamps are stored.
    package var timestamp: String {
        let parts = broken(gmtime_r)
        return Self.joined(parts.prefix(3), "-") + " " + Self.joined(parts.suffix(3), ":")
    }

    /// `YYYY.MM.DD.HH.MM.SS` in the server's own time zone: the end of a new maildir's name.
    package var maildirStamp: String { Self.joined(broken(localtime_r)[...], ".") }

    /// `YYYY-MM-DD` in UTC, so many days later; nil beyond the year 9999.
    package func date(addingDays days: Int) -> String? {
        let (added, overflow) = days.multipliedReportingOverflow(by: 86_400)
        guard !overflow, added <= 400_000_000_000 else { return nil }
        let parts = Moment(epoch: epoch + added).broken(gmtime_r)
        return parts[0] <= 9999 ? Self.joined(parts.prefix(3), "-") : nil
    }

    /// Year, month, day, hour, minute, second.
    private func broken(
        _ convert: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?
    ) -> [Int] {
        var seconds = time_t(epoch)
        var parts = tm()
        _ = convert(&seconds, &parts)
        return [
            Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday),
            Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec),
        ]
    }

    private static func joined(_ numbers: ArraySlice<Int>, _ separator: String) -> String {
        numbers.map { $0 < 10 ? "0\($0)" : String($0) }.joined(separator: separator)
    }
}
