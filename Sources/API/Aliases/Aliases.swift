import Gateway

/// Alias accounts and mailing lists: addresses that stand for their members. Both kinds share their functions.
enum Aliases {
    static let routes = [
        Route(.get, "/api/maillist/<mail>", .domainClaimant, "Profile of a mailing list.", on: .mailingList, show),
        Route(
            .post, "/api/maillist/<mail>", .domainClaimant, "Creates a mailing list.", on: .domainOfNewAccount,
            createList),
        Route(.put, "/api/maillist/<mail>", .domainClaimant, "Changes a mailing list.", on: .mailingList, update),
        Route(
            .delete, "/api/maillist/<mail>", .domainClaimant, "Deletes a mailing list.", on: .mailingList, deleteList),
        Route(.get, "/api/alias/<mail>", .domainClaimant, "Profile of an alias.", on: .alias, show),
        Route(.post, "/api/alias/<mail>", .domainClaimant, "Creates an alias.", on: .domainOfNewAccount, createAlias),
        Route(.put, "/api/alias/<mail>", .domainClaimant, "Changes an alias.", on: .alias, update),
        Route(.delete, "/api/alias/<mail>", .domainClaimant, "Deletes an alias.", on: .alias, delete),
        Route(
            .post, "/api/alias/<mail>/change_email/<new_mail>", .domainAdmin, "Gives an alias another address.",
            on: .alias, rename),
        Route(
            .get, "/api/aliases/<domain>", .domainClaimant, "Profiles of all aliases of a domain.", on: .domain, list),
    ]
}
