import Gateway

/// Standalone admins: admins without a mailbox here.
enum Admins {
    static let routes = [
        Route(
            .get, "/api/admin/<mail>", "get_admin", .globalAdmin, "Profile of a standalone admin.", on: .admin,
            answers: .adminProfile, show),
        Route(
            .post, "/api/admin/<mail>", "create_admin", .globalAdmin, "Creates a standalone admin.",
            refuses: [.cannotBeLocalDomain, .alreadyExists, .missingParameter], admit: admitNew, create),
        Route(
            .put, "/api/admin/<mail>", "update_admin", .globalAdmin, "Changes a standalone admin.", on: .admin,
            admit: admitChanges, update),
        Route(
            .delete, "/api/admin/<mail>", "delete_admin", .globalAdmin, "Deletes a standalone admin.", on: .admin,
            delete),
    ]
}
