import Gateway

/// Login and logout.
enum Sessions {
    static let routes = [
        Route(.post, "/api/login", .open, "Begins a session.", admit: admitLogin, login),
        Route(.post, "/api/logout", .anyAdmin, "Ends the session.", logout),
    ]
}
