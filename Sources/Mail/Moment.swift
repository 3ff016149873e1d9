import Glibc

/// A point in time by the wall clock, in whole seconds, and the texts for it in the tables.
package struct Moment: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package let epoch: Int

    package init(epoch: Int) { self.epoch = epoch }

    /// A timestamp as stored, `YYYY-MM-DD HH:MM:SS` in UTC; nil for a text of another shape, and for one that names no time,
    /// such as a 13th month.
    package init?(timestamp: String) {
        let shape = "0000-00-00 00:00:00".utf8
        guard timestamp.utf8.count == shape.count else { return nil }
        var numbers: [Int32] = [0]
        for (byte, wanted) in zip(timestamp.utf8, shape) {
            if wanted == UInt8(ascii: "0") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                numbers[numbers.count - 1] = 10 * numbers[numbers.count - 1] + Int32(byte - UInt8(ascii: "0"))
            } else {
                guard byte == wanted else { return nil }
                numbers.append(0)
            }
        }
        var parts = tm()
        parts.tm_year = numbers[0] - 1900
        parts.tm_mon = numbers[1] - 1
        parts.tm_mday = numbers[2]
        parts.tm_hour = numbers[3]
        parts.tm_min = numbers[4]
        parts.tm_sec = numbers[5]
        epoch = timegm(&parts)
        // What was none has become another one: of February 30 the 2nd of March.
        let read = [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
        guard numbers[0] > 0, read == numbers else { return nil }
    }

    package static func now() -> Moment { Moment(epoch: time(nil)) }

    package static func < (left: Self, right: Self) -> Bool { left.epoch < right.epoch }

    /// `YYYY-MM-DD HH:MM:SS` in UTC, as stored.
    package var timestamp: String { Self.text(broken(gmtime_r), "%Y-%m-%d %H:%M:%S") }

    /// `YYYY.MM.DD.HH.MM.SS` in the server's time zone: the end of a new maildir's name.
    package var maildirStamp: String { Self.text(broken(localtime_r), "%Y.%m.%d.%H.%M.%S") }

    /// The date `days` days later, `YYYY-MM-DD` in UTC; nil beyond the year 9999.
    package func date(addingDays days: Int) -> String? {
        let (added, overflow) = days.multipliedReportingOverflow(by: 86_400)
        guard !overflow, added <= 400_000_000_000 else { return nil }
        let parts = Moment(epoch: epoch + added).broken(gmtime_r)
        return parts.tm_year + 1900 <= 9999 ? Self.text(parts, "%Y-%m-%d") : nil
    }

    private func broken(
        _ convert: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?
    ) -> tm {
        var seconds = time_t(epoch)
        var parts = tm()
        _ = convert(&seconds, &parts)
        return parts
    }

    private static func text(_ parts: tm, _ format: StaticString) -> String {
        // A year has at most eleven characters.
        String(unsafeUninitializedCapacity: 32) { text in
            withUnsafePointer(to: parts) { parts in
                format.utf8Start.withMemoryRebound(to: CChar.self, capacity: format.utf8CodeUnitCount + 1) { format in
                    text.withMemoryRebound(to: CChar.self) { text in
                        text.baseAddress.map { strftime($0, text.count, format, parts) } ?? 0
                    }
                }
            }
        }
    }
}
