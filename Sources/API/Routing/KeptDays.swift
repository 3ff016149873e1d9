import Mail
import MailStore
import Settings

extension Call {
    /// From which day on the message files of what is deleted now may be purged: after the number of days in the path,
    /// which a normal admin cannot set beyond the largest of `DAYS_TO_KEEP_REMOVED_MAILBOX`.
    ///
    /// Nil, for a path without a number or with 0: never.
    var deleteDate: String? {
        get throws {
            guard var days = path.number, days > 0 else { return nil }
            if try !caller.isGlobal {
                days = min(days, configuration.settings[Settings.daysToKeepRemovedMailbox].max() ?? days)
                if days == 0 { return nil }
            }
            guard let date = now.date(addingDays: days) else {
                throw APIError.invalidParameter.explained("The mailbox cannot be kept beyond the year 9999.")
            }
            return date
        }
    }
}
