import Gateway

/// Mail domains.
enum Domains {
    static let routes = [
        Route(
            .get, "/api/domains", "list_domains", .anyAdmin, "Profiles of all mail domains that the caller manages.",
            answers: .domainListing, list
        ).extra(parameters: Paging.parameters),
        Route(
            .get, "/api/domain/<domain>", "get_domain", .domainClaimant, "Profile of a mail domain.", on: .domain,
            answers: .domainProfile, show),
        Route(
            .post, "/api/domain/<domain>", "create_domain", .domainCreator, "Creates a mail domain.",
            refuses: [.alreadyExists, .exceededDomains] + DomainAllowance.refusals, create),
        Route(
            .put, "/api/domain/<domain>", "update_domain", .domainClaimant, "Changes a mail domain.",
            on: .domainToChange, refuses: [.alreadyExists] + DomainAllowance.refusals, update
        ).extra(parameters: ["numberOfLists"]),
        Route(
            .delete, "/api/domain/<domain>", "delete_domain", .domainOwner,
            "Deletes a mail domain; its messages stay on the disk.", on: .domain,
            refuses: [.permissionDeniedForGlobalAdmin], delete),
        Route(
            .delete, "/api/domain/<domain>/keep_mailbox_days/<number>", "delete_domain_and_purge_later",
            .domainOwner, "Deletes a mail domain; its messages are removed after some days.", on: .domain,
            refuses: [.permissionDeniedForGlobalAdmin], delete),
        Route(
            .put, "/api/domain/admins/<domain>", "update_domain_admins", .domainAdmin,
            "Appoints and removes admins of a domain.", on: .domain, changeAdmins),
    ]
}
