/// The SQLite files below the state directory: one directory per database, because the setgid bit and the right to
/// write belong to the directory, and `-wal` and `-shm` lie beside the file.
/// Source: `Storage.md` 1.
package enum StoreFile: String, CaseIterable, Sendable {
    /// Accounts and the admin log. Postfix, Dovecot and iRedAPD read it; it holds the password hashes.
    case vmail
    /// Spam policy and white/blacklists, read by amavisd and, the lists of both directions, by iRedAPD.
    case amavisd
    /// Throttling and greylisting, read by iRedAPD, which writes its tracking rows here.
    case iredapd
    /// What Dovecot's dictionaries write: used quota, last logins, shared folders.
    case usage
    /// Sessions: nobody else's business.
    case api

    /// Below the state directory, e.g. `vmail/vmail.db`.
    package var relativePath: String { "\(directory)/\(rawValue).db" }

    /// Below the state directory.
    package var directory: String { rawValue }

    /// The user owning directory and file.
    package var owner: String { self == .usage ? "dovecot" : "postern" }

    /// The group of directory and file. amavisd drops its supplementary groups, so it needs its own group here.
    package var group: String {
        switch self {
        case .vmail, .iredapd, .usage: "mailsql"
        case .amavisd: "amavis"
        case .api: "postern"
        }
    }

    /// Setgid, so that `-wal` and `-shm` get the directory's group whoever creates them.
    package var directoryMode: UInt32 {
        switch self {
        case .vmail, .amavisd: 0o2750
        case .iredapd, .usage: 0o2770
        case .api: 0o700
        }
    }

    /// Never 0640 in a 2770 directory: a reader could own `-shm` and lock the owner out.
    package var fileMode: UInt32 {
        switch self {
        case .vmail, .amavisd: 0o640
        case .iredapd, .usage: 0o660
        case .api: 0o600
        }
    }

    /// Programs other than Postern that open the file.
    package var readers: [String] {
        switch self {
        case .vmail: ["postfix", "dovecot", "iredapd"]
        case .amavisd: ["amavis", "iredapd"]
        case .iredapd: ["iredapd"]
        case .usage: ["dovecot"]
        case .api: []
        }
    }

    /// How many KiB of pages a connection keeps: the upper part of the trees that requests go down. The leaves of a
    /// large file are the kernel's to keep, once for all.
    ///
    /// - Parameter isWriter: it also keeps what a group of changes has made of them; when they are more, it writes
    ///   twice.
    package func cache(isWriter: Bool) -> Int {
        switch self {
        case .vmail: isWriter ? 4000 : 1500
        case .amavisd, .iredapd, .usage, .api: 400
        }
    }

    /// What `PRAGMA synchronous` is on the writing connection.
    package var synchronous: Synchronous {
        switch self {
        case .vmail, .amavisd, .api: .full
        case .iredapd, .usage: .normal
        }
    }

    package enum Synchronous: String, Sendable {
        /// An acknowledged commit survives a power loss.
        case full = "FULL"
        /// The last commits may be lost at a power loss; the file stays whole.
        case normal = "NORMAL"
    }

    /// `PRAGMA user_version` of a file this program can use. A file with a larger number is refused.
    package var schemaVersion: Int { Schema.migrations(for: self).count }
}
