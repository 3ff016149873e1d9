extension Settings {
    package static let mailingListSocket = Setting<String>(
        "MAILING_LIST_SOCKET",
        "Socket of the helper for subscribable mailing lists, which has the rights over mlmmj's files.",
        .text("the absolute path of a socket") { path in path.hasPrefix("/") && hasNoControls(path) },
        default: "/run/postern/lists.sock"
    )

    package static let mailingListSpool = Setting<String>(
        "MLMMJ_SPOOL_DIR",
        "Directory of mlmmj's lists, for the printed configuration of Postfix. The helper needs the same one as --spool, and "
            + "its units as ReadWritePaths=.",
        .text("an absolute path of letters, digits, . _ and -, without / at its end") { path in
            isPath(path, of: "._-")
        },
        default: "/var/spool/mlmmj"
    )

    static let mailingLists = [AnySetting(mailingListSocket), AnySetting(mailingListSpool)]
}
