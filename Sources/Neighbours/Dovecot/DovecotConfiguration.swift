import MailStore

/// The files Dovecot needs to read the accounts and to write used quota, last logins and shared folders.
///
/// Queries and services are the same for both versions and stand here, the dictionaries in `DovecotDictionary`. How
/// each version writes them stands in `DovecotConfiguration+2_3.swift` and `DovecotConfiguration+2_4.swift`.
///
/// Source: `Storage.md` 3, `Contract.md` Appendix A; tried with Dovecot 2.3.19 and 2.4.1.
package struct DovecotConfiguration: Sendable {
    private let version: DovecotVersion
    private let databases: ConfiguredDatabases
    let installDirectory: String

    /// - Parameters:
    ///   - version: the Dovecot that will read the files.
    ///   - databases: where the accounts are, and the tables that Dovecot writes.
    ///   - installDirectory: absolute; where the files will lie.
    package init(
        for version: DovecotVersion, databases: ConfiguredDatabases, installDirectory: String = Self.defaultDirectory
    ) {
        self.version = version
        self.databases = databases
        self.installDirectory = installDirectory
    }

    /// The default of `installDirectory`.
    package static let defaultDirectory = "/etc/dovecot/postern"
    /// The owner of the stored mail, and its group.
    private static let mailUser = "vmail"
    private static let mailGroup = "vmail"
    /// Postfix's queue directory, where Dovecot puts its sockets.
    private static let postfixDirectory = "/var/spool/postfix"
    /// The file that `dovecot.conf` includes.
    package static let mainFileName = "postern.conf"

    /// A namespace that only our files have: if `doveconf` shows it, Dovecot reads one of them.
    static let sharedNamespace = "postern_shared"
    /// The file with the queries; for 2.3 only.
    static let queryFileName = "dovecot-sql.conf.ext"

    package var files: [(name: String, text: String)] {
        switch version {
        case .v2_3: filesOf2_3
        case .v2_4: filesOf2_4
        }
    }

    /// The Dovecot that a printed main file is for, from its first line; nil for a file that is none of ours.
    package static func version(ofText text: String) -> DovecotVersion? {
        DovecotVersion.allCases.first { text.hasPrefix(mark(of: $0)) }
    }

    /// Names of the files that are printed for other versions only.
    package var filesOfOtherVersions: [String] {
        let names = files.map(\.name)
        return DovecotVersion.allCases.flatMap { Self(for: $0, databases: databases).files.map(\.name) }
            .filter { !names.contains($0) }
    }

    /// How the main file begins. It must never change: files that were printed long ago are recognised by it.
    private static func mark(of version: DovecotVersion) -> String {
        "# Dovecot \(version.rawValue) on Postern's tables."
    }

    // MARK: Databases

    /// The name of Dovecot's driver.
    var driver: String { databases.engineName }

    /// Where the tables of a file are, as 2.3 is told: a path, or parameters for libpq.
    static func connection(to file: StoreFile, _ databases: ConfiguredDatabases) -> String {
        switch databases {
        case .files(let stateDirectory): ConfiguredDatabases.path(of: file, in: stateDirectory)
        case .server(let access): access.text(of: .dovecot, in: ServerDatabase(holding: file), separator: " ")
        }
    }

    func connection(to file: StoreFile) -> String { Self.connection(to: file, databases) }

    /// The same as settings of 2.4: a line each.
    func connectionSettings(to file: StoreFile) -> [String] {
        switch databases {
        case .files(let stateDirectory):
            ["sql_driver = sqlite", "sqlite_path = \(ConfiguredDatabases.path(of: file, in: stateDirectory))"]
                + (file == .usage ? [] : ["sqlite_readonly = yes"])
        case .server(let access):
            ["sql_driver = pgsql", "pgsql postern {", "  parameters {"]
                + access.parameters(of: .dovecot, in: ServerDatabase(holding: file)).map {
                    "    \($0.name) = \($0.value)"
                }
                + ["  }", "}"]
        }
    }

    /// What `doveconf -n` of 2.4 shows when Dovecot reads these accounts: each of these texts.
    static func settings(naming databases: ConfiguredDatabases) -> [String] {
        switch databases {
        case .files: [" \(connection(to: .vmail, databases))\n"]
        case .server(let access):
            access.parameters(of: .dovecot, in: .vmail).map { " \($0.name) = \($0.value)\n" }
        }
    }

    /// What the queries read, and what the dictionaries write.
    package static let grants: [DatabaseGrant] =
        [
            DatabaseGrant(.dovecot, .vmail, "domain", ["domain", "backupmx", "active"]),
            DatabaseGrant(
                .dovecot, .vmail, "mailbox",
                [
                    "username", "password", "allow_nets", "domain", "storagebasedirectory", "storagenode", "maildir",
                    "mailboxformat", "mailboxfolder", "quota", "active",
                ] + MailService.allCases.map(\.column)),
        ]
        + Set(DovecotDictionary.all.flatMap(\.maps).map(\.table)).sorted().map {
            DatabaseGrant(.dovecot, .vmail, $0, nil, [.select, .insert, .update, .delete])
        }

    /// The comment at the beginning of the main file: the steps of the installation.
    ///
    /// - Parameter steps: further steps for this version; each line is a comment.
    func head(_ steps: String) -> String {
        """
        \(Self.mark(of: version)) What is to be done:
        # - install  dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved dovecot-\(driver)
        \(steps)
        # - add to /etc/dovecot/dovecot.conf, as its last line:  !include \(installDirectory)/\(Self.mainFileName)
        # - take the line "!include auth-system.conf.ext" out of conf.d/10-auth.conf
        # - doveconf -n >/dev/null && systemctl restart dovecot
        \(access)
        """
    }

    private var access: String {
        switch databases {
        case .files:
            """
            # Look into the databases by hand with  sqlite3 -readonly FILE  only. If root opens one for writing and closes it
            # last, its -wal and -shm are deleted and the readers are locked out.
            """
        case .server(let access): access.comment(about: .dovecot)
        }
    }

    // MARK: Queries

    /// For passdb: who may log in.
    ///
    /// - Parameters:
    ///   - user: the variable that holds the name in lower case.
    ///   - service: the variables for protocol and security of the connection. Behind `enable` they name the column of
    ///     the service, e.g. `enableimaptls`.
    func passwordQuery(user: String, service: String) -> String {
        // allow_nets is NULL when every network may log in.
        Self.continued("SELECT mailbox.password, mailbox.allow_nets" + fromClause(user: user, service: service))
    }

    /// For userdb: where the mail lies.
    ///
    /// - Parameter columns: what this version is told besides the home directory.
    func userQuery(_ columns: [String], user: String, service: String) -> String {
        let home = "lower(mailbox.storagebasedirectory || '/' || mailbox.storagenode || '/' || mailbox.maildir) AS home"
        let list = ([home] + columns).joined(separator: ",\n       ")
        return Self.continued("SELECT\n       \(list)" + fromClause(user: user, service: service))
    }

    /// For `doveadm -A`.
    var iterateQuery: String { "SELECT username AS user FROM mailbox" }

    private func fromClause(user: String, service: String) -> String {
        // Quoted, because the names of some of these columns have a "-".
        """

          FROM mailbox
          JOIN domain ON domain.domain = mailbox.domain
         WHERE mailbox.username = '\(user)'
           AND mailbox."enable\(service)" = 1
           AND mailbox.active = 1 AND domain.active = 1 AND domain.backupmx = 0
        """
    }

    private static func continued(_ query: String) -> String { query.replacing("\n", with: " \\\n  ") }

    // MARK: Services

    private var authWorker: String {
        switch databases {
        case .files:
            """
            # The default user is root. If root closes vmail.db last, its -wal and -shm are deleted and the other readers are
            # locked out.
            """
        case .server: "# The default user is root, which has no role."
        }
    }

    private var dict: String {
        switch databases {
        case .files: "# The only service that writes usage.db, as the owner of that file."
        case .server: "# The only service that writes used quota, last logins and shared folders."
        }
    }

    private var extraGroups: String {
        switch databases {
        case .files: "  extra_groups = \(StoreFile.vmail.group)\n"
        case .server: ""
        }
    }

    /// The owner of the mail, and the services that read or write our files, with their users and sockets.
    var services: String {
        """
        # All mail belongs to one user; home and mail location come from the database.
        mail_uid = \(Self.mailUser)
        mail_gid = \(Self.mailGroup)
        # Debian numbers system users from 100; Dovecot would refuse to work as one below 500.
        first_valid_uid = 100

        \(authWorker)
        service auth-worker {
          user = dovecot
        \(extraGroups)}

        service auth {
          # Postfix asks here for logins (smtpd_sasl_path = private/auth).
          unix_listener \(Self.postfixDirectory)/private/auth {
            user = postfix
            group = postfix
            mode = 0660
          }
          # dovecot-lda, run by Postfix as the owner of the mail, asks here for the mailbox.
          unix_listener auth-userdb {
            user = \(Self.mailUser)
            group = \(Self.mailGroup)
            mode = 0660
          }
        }

        # dovecot-lda reports here too; otherwise it logs an error at each delivery.
        service stats {
          unix_listener stats-writer {
            user = \(Self.mailUser)
            group = \(Self.mailGroup)
            mode = 0660
          }
        }

        service lmtp {
          unix_listener \(Self.postfixDirectory)/private/dovecot-lmtp {
            user = postfix
            group = postfix
            mode = 0600
          }
        }

        \(dict) Mail processes reach it through the socket.
        service dict {
          user = dovecot
        \(extraGroups)  unix_listener dict {
            user = \(Self.mailUser)
            group = \(Self.mailGroup)
            mode = 0660
          }
        }
        """
    }
}
