import Gateway

/// Mail users: one mailbox each.
enum Mailboxes {
    static let routes = [
        Route(.get, "/api/user/<mail>", .domainClaimant, "Profile of a mail user.", show),
        Route(
            .post, "/api/user/<mail>", .domainClaimant, "Creates a mail user.", on: .domainOfNewAccount,
            admit: admitNew, create),
        Route(
            .put, "/api/user/<mail>", .domainClaimant, "Changes a mail user.", on: .mailboxToChange,
            admit: admitChanges, update),
        Route(.delete, "/api/user/<mail>", .domainClaimant, "Deletes a mail user.", on: .mailboxToChange, delete),
        Route(
            .delete, "/api/user/<mail>/keep_mailbox_days/<number>", .domainClaimant,
            "Deletes a mail user and keeps the messages for some days.", on: .mailboxToChange, delete),
        Route(
            .post, "/api/user/<mail>/change_email/<new_mail>", .domainAdmin, "Gives a mail user another address.",
            on: .mailboxToChange, rename),
        Route(
            .get, "/api/users/<domain>", .domainClaimant, "Profiles of all mail users of a domain.", on: .domain, list),
        Route(
            .put, "/api/users/<domain>", .domainClaimant, "Changes all mail users of a domain.", on: .domainOfUsers,
            admit: admitChangesOfAll, updateAll),
    ]
}
