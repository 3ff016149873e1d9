import Gateway

/// Login and logout.
enum Sessions {
    static let routes = [
        Route(
            .post, "/api/login", "login", .open, "Begins a session.", refuses: [.invalidCredentials, .notAllowedIP],
            admit: admitLogin, login),
        Route(.post, "/api/logout", "logout", .anyAdmin, "Ends the session.", logout).extra(),
    ]
}
