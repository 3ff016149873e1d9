import Gateway

/// Mail domains.
enum Domains {
    static let routes = [
        Route(.get, "/api/domains", .anyAdmin, "Profiles of all mail domains one may manage.", list),
        Route(.get, "/api/domain/<domain>", .domainClaimant, "Profile of a mail domain.", on: .domain, show),
        Route(.post, "/api/domain/<domain>", .domainCreator, "Creates a mail domain.", create),
        Route(.put, "/api/domain/<domain>", .domainClaimant, "Changes a mail domain.", on: .domainToChange, update),
        Route(.delete, "/api/domain/<domain>", .domainOwner, "Deletes a mail domain.", on: .domain, delete),
        Route(
            .delete, "/api/domain/<domain>/keep_mailbox_days/<number>", .domainOwner,
            "Deletes a mail domain and keeps its messages for some days.", on: .domain, delete),
        Route(
            .put, "/api/domain/admins/<domain>", .domainAdmin, "Appoints and removes admins of a domain.", on: .domain,
            changeAdmins),
    ]
}
