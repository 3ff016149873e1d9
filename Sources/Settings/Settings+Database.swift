extension Settings {
    /// What libpq makes of it is asked when it is used: https://www.postgresql.org/docs/15/libpq-connect.html
    package static let database = Setting<String>(
        "DATABASE",
        "Where the databases are: empty for SQLite's files in the state directory, or a PostgreSQL server as libpq names "
            + "it, such as postgresql://postern@host1,host2/ or host=/run/postgresql. The database names are fixed; a "
            + "password belongs into a passfile.",
        connection,
        default: ""
    )

    package static let databaseToRead = Setting<String>(
        "DATABASE_READ",
        "A standby of the server in DATABASE, or several, from which what GET requests show is read as long as it is as "
            + "new as the primary; empty for the primary.",
        connection,
        default: ""
    )

    private static let connection = SettingKind.text(
        "empty, a URI that begins with postgresql://, or words like host=NAME; without a password"
    ) { text in
        let isURI = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
        return text.isEmpty || (isURI || text.contains("=")) && !hasPassword(text, isURI: isURI)
    }

    /// The settings file is shown by `postern check`, and kept in backups and version control.
    private static func hasPassword(_ text: String, isURI: Bool) -> Bool {
        if text.filter({ !$0.isWhitespace }).contains("password=") { return true }
        guard isURI, let start = text.firstRange(of: "://") else { return false }
        let authority = text[start.upperBound...].prefix { $0 != "/" && $0 != "?" }
        return authority.split(separator: "@").dropLast().contains { $0.contains(":") }
    }

    static let databases = [AnySetting(database), AnySetting(databaseToRead)]
}
