import Gateway

/// Mail users: one mailbox each.
enum Mailboxes {
    static let routes = [
        Route(
            .get, "/api/user/<mail>", "get_user", .domainClaimant, "Profile of a mail user.",
            answers: .mailboxProfile, show),
        Route(
            .post, "/api/user/<mail>", "create_user", .domainClaimant, "Creates a mail user.",
            on: .domainOfNewAccount,
            refuses: [.alreadyExists, .exceededDomainQuota, .permissionDenied] + AccountRoom.mailboxes.refusals,
            admit: admitNew, create),
        Route(
            .put, "/api/user/<mail>", "update_user", .domainClaimant, "Changes a mail user.", on: .mailboxToChange,
            refuses: [.alreadyExists, .exceededDomainQuota], admit: admitChanges, update
        ).extra(parameters: ["outboundRelay"]),
        Route(
            .delete, "/api/user/<mail>", "delete_user", .domainClaimant,
            "Deletes a mail user; the messages stay on the disk.", on: .mailboxToChange,
            delete),
        Route(
            .delete, "/api/user/<mail>/keep_mailbox_days/<number>", "delete_user_and_purge_later", .domainClaimant,
            "Deletes a mail user; the messages are removed after some days.", on: .mailboxToChange, delete),
        Route(
            .post, "/api/user/<mail>/change_email/<new_mail>", "rename_user", .domainAdmin,
            "Gives a mail user another address.", on: .mailboxToChange,
            refuses: [.noSuchDomain, .alreadyExists, .exceededDomainQuota] + AccountRoom.mailboxes.domainRefusals,
            rename),
        Route(
            .get, "/api/users/<domain>", "list_users", .domainClaimant, "Profiles of all mail users of a domain.",
            on: .domain, answers: .mailboxListing, list
        ).extra(parameters: Paging.parameters),
        Route(
            .put, "/api/users/<domain>", "update_users", .domainClaimant, "Changes all mail users of a domain.",
            on: .domainOfUsers, admit: admitChangesOfAll, updateAll),
    ]
}
