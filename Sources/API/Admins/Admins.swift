import Gateway

/// Standalone admins: admins without a mailbox here.
enum Admins {
    static let routes = [
        Route(.get, "/api/admin/<mail>", .globalAdmin, "Profile of a standalone admin.", on: .admin, show),
        Route(.post, "/api/admin/<mail>", .globalAdmin, "Creates a standalone admin.", admit: admitNew, create),
        Route(
            .put, "/api/admin/<mail>", .globalAdmin, "Changes a standalone admin.", on: .admin, admit: admitChanges,
            update),
        Route(.delete, "/api/admin/<mail>", .globalAdmin, "Deletes a standalone admin.", on: .admin, delete),
    ]
}
