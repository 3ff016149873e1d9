package import Mail
import SQLite

/// A mailbox (the API's "user"): what decides about it.
package struct MailboxRow: Sendable {
    package var address: MailAddress
    package var status: AccountStatus
    package var quota: Quota
    /// Administers at least one domain.
    package var isAdmin: Bool
    package var isGlobalAdmin: Bool
    package var password: String

    init(_ row: Row) throws {
        address = try row.get("username", MailAddress.init)
        status = try row.status("active")
        quota = try row.quota("quota")
        isAdmin = try row.integer("isadmin") != 0
        isGlobalAdmin = try row.integer("isglobaladmin") != 0
        password = try row.text("password")
    }
}

/// A mailbox to be made.
package struct NewMailbox: Sendable {
    package var address: MailAddress
    package var name: String
    /// The hash as stored.
    package var password: String
    package var language: String
    package var quota: Quota
    package var path: MailboxPath
    package var format: String
    package var folder: String
    /// Columns `enable…` written as off (or on), beside the schema's defaults.
    package var services: [(service: MailService, isOn: Bool)]

    package init(
        address: MailAddress, name: String, password: String, language: String, quota: Quota, path: MailboxPath,
        format: String, folder: String, services: [(service: MailService, isOn: Bool)]
    ) {
        self.address = address
        self.name = name
        self.password = password
        self.language = language
        self.quota = quota
        self.path = path
        self.format = format
        self.folder = folder
        self.services = services
    }
}

/// Where a mailbox's messages lie: the three columns that, joined by `/`, are the directory.
package struct MailboxPath: Sendable, Hashable {
    /// `storagebasedirectory`, e.g. `/var/vmail`.
    package let base: String
    /// `storagenode`, e.g. `vmail1`.
    package let node: String
    /// `maildir`, with its final `/`, e.g. `example.com/u/s/e/user-2026.01.31.23.59.59/`.
    package let maildir: String

    package init(base: String, node: String, maildir: String) {
        self.base = base
        self.node = node
        self.maildir = maildir
    }

    package var directory: String { "\(base)/\(node)/\(maildir)" }
}
