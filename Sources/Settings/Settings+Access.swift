package import Mail

extension Settings {
    package static let apiEnabled = Setting<Bool>(
        "ENABLE_RESTFUL_API",
        "Whether the API is served; when it is not, every path below /api/ is answered with 404.",
        default: false
    )

    package static let restrictsClients = Setting<Bool>(
        "RESTRICT_API_ACCESS",
        "Whether only RESTFUL_API_CLIENTS may use the API. A list that is not empty has the same effect; True with an "
            + "empty list refuses everybody.",
        default: false
    )

    package static let clients = Setting<[IPNetwork]>(
        "RESTFUL_API_CLIENTS",
        "Addresses and networks that may use the API, compared with REMOTE_ADDR.",
        default: []
    )

    package static let adminLoginClients = Setting<[IPNetwork]>(
        "ADMIN_LOGIN_IP_LIST",
        "Addresses and networks from which admins may log in; an empty list allows all.",
        default: []
    )

    package static let globalAdminClients = Setting<[IPNetwork]>(
        "GLOBAL_ADMIN_IP_LIST",
        "Addresses and networks from which global admins may log in; an empty list allows all.",
        default: []
    )

    package static let basePath = Setting<String>(
        "API_BASE_PATH",
        "Path in front of /api/, as the web server passes it on, e.g. '/iredadmin'.",
        .text("'' or a path that begins with / and does not end with one, of letters, digits, . _ ~ and -") { path in
            path.isEmpty || isPath(path, of: "._~-")
        },
        default: ""
    )

    package static let fastCGIPeers = Setting<[String]>(
        "FASTCGI_PEERS",
        "Users whose processes may connect to the FastCGI socket: the web server's and Postern's own; beside them "
            + "postern-spf may, for its own requests only.",
        .list("a list of user names, at least one", of: .text("a user name", isFit: isUserName), canBeEmpty: false),
        default: ["root", "postern", "www-data", "nginx"]
    )

    package static let fastCGIGateFile = Setting<String>(
        "FASTCGI_GATE_FILE",
        "File with the secret that the web server must send with every request as POSTERN_GATE; '' asks for none.",
        .text("'' or the absolute path of a file") { path in
            path.isEmpty || path.hasPrefix("/") && !path.hasSuffix("/") && hasNoControls(path)
        },
        default: ""
    )

    static let access = [
        AnySetting(apiEnabled), AnySetting(restrictsClients), AnySetting(clients), AnySetting(adminLoginClients),
        AnySetting(globalAdminClients), AnySetting(basePath), AnySetting(fastCGIPeers), AnySetting(fastCGIGateFile),
    ]
}
