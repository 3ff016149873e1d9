package import Mail
import Storage

/// A mailbox, in the API a user: the columns of `mailbox` on which rules depend.
package struct MailboxRow: Sendable {
    package var address: MailAddress
    package var status: AccountStatus
    package var quota: Quota
    /// Whether the column `isadmin` is set; by itself it gives no right over a domain.
    package var isAdmin: Bool
    package var isGlobalAdmin: Bool
    /// The hash as stored.
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

/// A mailbox to be made. `Schema.mailboxes` explains the columns.
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
    /// The services to switch. The others get the default of the schema, which is on.
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

/// The home directory of a mailbox: three columns, to be joined by `/`. `Contract.md` 5.6 tells how it is made up.
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

    /// A directory as Dovecot and the file system take it, however it is written, to tell whether two are the same or one
    /// lies in the other: in lower case, without empty parts and `.`, with a slash before and behind each part. `..` stays.
    package static func place(of directory: String) -> String {
        let parts = directory.lowercased().utf8.split(separator: UInt8(ascii: "/"))
        return parts.filter { !$0.elementsEqual(".".utf8) }.map { "/\(Substring($0))" }.joined() + "/"
    }
}

/// What Dovecot keeps in a mailbox' directory, and where in it. It stands in Dovecot's answer without quotes, so nothing
/// else may be stored.
package enum MailboxStorage {
    package static let formats = ["maildir", "mdbox", "sdbox"]

    /// 1 to 20 letters and digits.
    package static func isFolder(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: false
                }
            }
    }
}
