/// How much mail a mailbox or a domain may hold.
///
/// - Unit: megabytes of 1,048,576 bytes, in the API, in `mailbox.quota` and in `domain.maxquota`.
/// - Zero means no limit.
/// Source: iRedAdmin-Pro RESTful API, "Domain" and "Mail User", `quota`; Dovecot is given bytes.
package struct Quota: Sendable, Hashable, Comparable {
    package let megabytes: Int

    /// Nil when `megabytes` is negative or its byte count would not fit 64 bits.
    package init?(megabytes: Int) {
        guard megabytes >= 0, !megabytes.multipliedReportingOverflow(by: 1_048_576).overflow else { return nil }
        self.megabytes = megabytes
    }

    private init(checked megabytes: Int) { self.megabytes = megabytes }

    package static let unlimited = Quota(checked: 0)

    package var isUnlimited: Bool { megabytes == 0 }

    package static func < (left: Self, right: Self) -> Bool { left.megabytes < right.megabytes }
}
