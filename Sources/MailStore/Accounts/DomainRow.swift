package import Mail
import Storage

/// A hosted domain: the columns of `domain` on which rules depend.
package struct DomainRow: Sendable, Equatable {
    package var name: DomainName
    /// The column `description`: a name for people.
    package var title: String
    package var status: AccountStatus
    /// Mail is relayed to the primary MX, and no mailbox here receives any.
    package var isBackupMX = false
    package var transport: String
    /// The column `maxquota`, for all mailboxes together.
    package var quota: Quota
    /// How many accounts of each kind the domain may have.
    package var mailboxLimit: AccountLimit
    package var aliasLimit: AccountLimit
    package var listLimit: AccountLimit
    package var settings: AccountSettings

    package init(
        name: DomainName, title: String, status: AccountStatus, transport: String, quota: Quota,
        mailboxLimit: AccountLimit, aliasLimit: AccountLimit, listLimit: AccountLimit, settings: AccountSettings
    ) {
        self.name = name
        self.title = title
        self.status = status
        self.transport = transport
        self.quota = quota
        self.mailboxLimit = mailboxLimit
        self.aliasLimit = aliasLimit
        self.listLimit = listLimit
        self.settings = settings
    }

    init(_ row: Row) throws {
        name = try row.get("domain", DomainName.init)
        title = try row.text("description")
        status = try row.status("active")
        isBackupMX = try row.integer("backupmx") != 0
        transport = try row.text("transport")
        quota = try row.quota("maxquota")
        mailboxLimit = try row.limit("mailboxes")
        aliasLimit = try row.limit("aliases")
        listLimit = try row.limit("maillists")
        settings = AccountSettings(stored: try row.text("settings"))
    }
}
