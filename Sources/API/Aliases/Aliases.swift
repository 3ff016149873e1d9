import Gateway

/// Alias accounts and mailing lists: addresses that stand for their members. Both kinds share their handlers.
enum Aliases {
    static let routes = [
        Route(.get, "/api/maillist/<mail>", .domainAdmin, "Profile of a mailing list.", on: .mailingList, show),
        Route(
            .post, "/api/maillist/<mail>", .domainAdmin, "Creates a mailing list.", on: .domainOfNewAccount, createList),
        Route(.put, "/api/maillist/<mail>", .domainAdmin, "Changes a mailing list.", on: .mailingList, update),
        Route(.delete, "/api/maillist/<mail>", .domainAdmin, "Deletes a mailing list.", on: .mailingList, deleteList),
        Route(.get, "/api/alias/<mail>", .domainAdmin, "Profile of an alias.", on: .alias, show),
        Route(.post, "/api/alias/<mail>", .domainAdmin, "Creates an alias.", on: .domainOfNewAccount, createAlias),
        Route(.put, "/api/alias/<mail>", .domainAdmin, "Changes an alias.", on: .alias, update),
        Route(.delete, "/api/alias/<mail>", .domainAdmin, "Deletes an alias.", on: .alias, delete),
        Route(
            .post, "/api/alias/<mail>/change_email/<new_mail>", .domainAdmin, "Gives an alias another address.",
            on: .alias, rename),
        Route(.get, "/api/aliases/<domain>", .domainAdmin, "Profiles of all aliases of a domain.", on: .domain, list),
    ]
}
