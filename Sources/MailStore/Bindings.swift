package import Mail
package import Storage

// How the types of `Mail` are stored in a column, and read back.

extension DomainName: Bindable {
    package var sqlValue: SQL.Value { .text(text) }
}

extension MailAddress: Bindable {
    package var sqlValue: SQL.Value { .text(text) }
}

/// Megabytes; 0 is no limit.
extension Quota: Bindable {
    package var sqlValue: SQL.Value { .integer(megabytes) }
}

/// 1 active, 0 disabled.
extension AccountStatus: Bindable {
    package var sqlValue: SQL.Value { .integer(rawValue) }
}

/// 0 no limit, -1 none allowed, n at most n.
extension AccountLimit: Bindable {
    package var sqlValue: SQL.Value { .integer(stored) }
}

extension Transport: Bindable {
    package var sqlValue: SQL.Value { .text(text) }
}

/// `YYYY-MM-DD HH:MM:SS`, UTC.
extension Moment: Bindable {
    package var sqlValue: SQL.Value { .text(timestamp) }
}

extension Row {
    /// Any number but 0 counts as active.
    func status(_ name: String) throws -> AccountStatus {
        try integer(name) == 0 ? .disabled : .active
    }

    /// A number below -1 counts as -1.
    func limit(_ name: String) throws -> AccountLimit {
        AccountLimit(stored: try integer(name)) ?? .none
    }

    /// A negative number, or one whose bytes do not fit in 64 bits, counts as 0.
    func quota(_ name: String) throws -> Quota {
        Quota(megabytes: try integer(name)) ?? .unlimited
    }
}
