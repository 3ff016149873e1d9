import Mail

/// A time of a server's table as it is stored here: `YYYY-MM-DD HH:MM:SS`.
enum SourceTime {
    /// What a column of our tables holds until something happens.
    static let none = "1970-01-01 01:01:01"
    /// What `expired` holds in a row that does not expire.
    static let never = "9999-12-31 00:00:00"
    private static let noDate = "0001-01-01"

    /// Fractions are cut off. A time that lies too far ahead (`infinity`, the year 10000) is the last one; one that is
    /// none (a zero date, `-infinity`, before Christ) is that of a row to which nothing has happened.
    static func stored(_ text: String) -> String {
        if isBeyond(text) { return never }
        let seconds = String(text.prefix(19))
        guard let date = day(text), seconds.utf8.count == 19, isTimeOfDay(seconds.dropFirst(10)) else { return none }
        // iRedMail's "never" at PostgreSQL has the hour of its "none".
        return date == "9999-12-31" ? never : seconds
    }

    /// A date; nil for one that never comes, or is none.
    static func date(_ text: String) -> String? { isBeyond(text) ? nil : day(text).flatMap { $0 == noDate ? nil : $0 } }

    private static func isBeyond(_ text: String) -> Bool {
        text == "infinity"
            || text.prefix { $0 != "-" }.count > 4 && text.first?.isNumber == true && !text.hasSuffix("BC")
    }

    /// The day at the beginning of a time; nil when it is none.
    private static func day(_ text: String) -> String? {
        let day = text.prefix(10)
        let parts = day.split(separator: "-", omittingEmptySubsequences: false)
        guard !text.hasSuffix("BC"), parts.map(\.utf8.count) == [4, 2, 2],
            let year = UInt(parts[0]), year > 0, let month = UInt(parts[1]), (1...12).contains(month),
            let number = UInt(parts[2]), (1...31).contains(number)
        else { return nil }
        return String(day)
    }

    /// ` HH:MM:SS`
    private static func isTimeOfDay(_ text: Substring) -> Bool {
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard text.first == " ", parts.map(\.utf8.count) == [2, 2, 2] else { return false }
        return zip(parts.map { UInt($0) ?? 99 }, [23, 59, 60]).allSatisfy { $0 <= $1 }
    }
}
