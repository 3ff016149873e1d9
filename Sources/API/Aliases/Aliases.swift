import Gateway

/// Alias accounts and mailing lists: addresses that stand for their members. Both kinds share their functions.
enum Aliases {
    private static let moderators = ["moderators", "addModerator", "removeModerator"]

    static let routes = [
        Route(
            .get, "/api/maillist/<mail>", "get_mailing_list", .domainClaimant, "Profile of a mailing list.",
            on: .mailingList, answers: .mailingListProfile, show),
        Route(
            .post, "/api/maillist/<mail>", "create_mailing_list", .domainClaimant, "Creates a mailing list.",
            on: .domainOfNewAccount, refuses: [.alreadyExists, .permissionDenied] + AccountRoom.lists.refusals,
            createList
        ).extra(parameters: ["moderators"]),
        Route(
            .put, "/api/maillist/<mail>", "update_mailing_list", .domainClaimant, "Changes a mailing list.",
            on: .mailingList, refuses: [.permissionDenied], update
        ).extra(parameters: ["accountStatus"] + moderators),
        Route(
            .delete, "/api/maillist/<mail>", "delete_mailing_list", .domainClaimant, "Deletes a mailing list.",
            on: .mailingList, deleteList),
        Route(
            .get, "/api/alias/<mail>", "get_alias", .domainClaimant, "Profile of an alias.", on: .alias,
            answers: .aliasProfile, show),
        Route(
            .post, "/api/alias/<mail>", "create_alias", .domainClaimant, "Creates an alias.", on: .domainOfNewAccount,
            refuses: [.alreadyExists, .permissionDenied] + AccountRoom.aliases.refusals, createAlias
        ).extra(parameters: ["moderators"]),
        Route(
            .put, "/api/alias/<mail>", "update_alias", .domainClaimant, "Changes an alias.", on: .alias,
            refuses: [.permissionDenied], update
        ).extra(parameters: moderators),
        Route(
            .delete, "/api/alias/<mail>", "delete_alias", .domainClaimant, "Deletes an alias.", on: .alias, delete),
        Route(
            .post, "/api/alias/<mail>/change_email/<new_mail>", "rename_alias", .domainAdmin,
            "Gives an alias another address.", on: .alias,
            refuses: [.noSuchDomain, .alreadyExists] + AccountRoom.aliases.domainRefusals, rename),
        Route(
            .get, "/api/aliases/<domain>", "list_aliases", .domainClaimant, "Profiles of all aliases of a domain.",
            on: .domain, answers: .aliasListing, list
        ).extra(parameters: Paging.parameters),
    ]
}
