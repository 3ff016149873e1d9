import Gateway
import Mail
import MailStore

/// Operations for Postern's own commands, beside the published API; for everybody else these paths do not exist.
///
/// This file serves `postern admin` and `postern purge`, for root and the service's own user (`Access.operator`).
/// `DomainClaims` serves `postern verify-domains`, `SPFWhitelisting` serves `postern spf-refresh`: these ask the DNS
/// and run as a user who may use nothing else (`Access.lookup`). Source: `Contract.md` 3.6.
enum Operator {
    static let routes = [
        Route(.get, "/postern/admins", "list_admins", .operator, "All admins of both kinds.", admins),
        Route(
            .get, "/postern/deleted_mailboxes", "list_deleted_mailboxes", .operator,
            "Kept directories whose date has come.", dueDirectories),
        Route(
            .delete, "/postern/deleted_mailboxes/<number>", "forget_deleted_mailbox", .operator,
            "Forgets a kept directory that is gone.",
            forgetDirectory),
    ]

    static func admins(_ call: Call) throws -> Reply {
        let all = try call.store.admins.all()
        return .list { element in
            for admin in all {
                try element { json in
                    json.object { json in
                        json.member("username", admin.username)
                        json.member("active", admin.status == .active)
                        json.member("is_global", admin.isGlobal)
                        json.member("is_user", admin.isMailbox)
                        json.member("domains", admin.domains)
                    }
                }
            }
        }
    }

    static func dueDirectories(_ call: Call) throws -> Reply {
        let due = try call.store.mailboxes.dueDirectories(on: call.now)
        return .list { element in
            for directory in due {
                try element { json in
                    json.object { json in
                        json.member("id", directory.id)
                        json.member("username", directory.username)
                        json.member("maildir", directory.path)
                        json.member("delete_date", directory.deleteDate)
                        json.member("in_use", directory.isInUse)
                    }
                }
            }
        }
    }

    static func forgetDirectory(_ call: Call) throws -> Reply {
        guard let id = call.path.number else { throw APIError.notFound }
        guard try call.store.mailboxes.deleteDirectoryRecord(id) else { throw APIError.noSuchAccount }
        return .unlogged
    }
}
