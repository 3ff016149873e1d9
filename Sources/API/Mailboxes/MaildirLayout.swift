import Mail
import MailStore
import Settings

/// Where the messages of a new mailbox lie: iRedMail's layout, such as `example.com/u/s/e/user-2026.01.31.23.59.59/`
/// below `storage_base_directory`. Source: `Contract.md` 5.6.
struct MaildirLayout: Sendable {
    let appendsTimestamp: Bool
    private let base: String
    private let node: String
    private let isHashed: Bool
    private let prependsDomain: Bool
    private let isDomainHashed: Bool

    init(_ settings: Settings) {
        let directory = settings[Settings.storageBaseDirectory]
        let cut = directory.lastIndex(of: "/") ?? directory.startIndex
        base = String(directory[..<cut])
        node = String(directory[cut...].dropFirst())
        isHashed = settings[Settings.maildirHashed]
        prependsDomain = settings[Settings.maildirPrependsDomain]
        appendsTimestamp = settings[Settings.maildirAppendsTimestamp]
        isDomainHashed = settings[Settings.maildirDomainHashed]
    }

    /// A path that was sent, split into the three columns. Below the storage directory, base and node become those of
    /// the settings; the columns joined by `/` are the same path as before.
    func placed(_ path: MailboxPath) -> MailboxPath {
        guard path.directory.hasPrefix(storage) else { return path }
        return MailboxPath(base: base, node: node, maildir: String(path.directory.dropFirst(storage.count)))
    }

    /// The directory of all mailboxes, with its final `/`.
    var storage: String { "\(base)/\(node)/" }

    /// The directory of a domain's mailboxes, with its final `/`; nil where the layout does not name the domain.
    func directory(of domain: DomainName) -> String? {
        prependsDomain ? storage + beginning(of: domain) : nil
    }

    /// What the paths of a domain's mailboxes begin with, below the storage directory; may be empty.
    private func beginning(of domain: DomainName) -> String {
        let pieces = (isDomainHashed ? Self.hash(of: domain) : []) + (prependsDomain ? [domain.text] : [])
        return pieces.map { $0 + "/" }.joined()
    }

    /// - Parameter created: the time in the directory's name, shown in the server's time zone.
    func path(of address: MailAddress, created: Moment) -> MailboxPath {
        let local = address.localPart
        var maildir = beginning(of: address.domain)
        if isHashed { Self.addHash(of: local, to: &maildir) }
        maildir += local
        if appendsTimestamp { maildir += "-" + created.maildirStamp }
        return MailboxPath(base: base, node: node, maildir: maildir + "/")
    }

    /// Three directories named by the first three characters; `_` where there is none, and for `.` and `~`.
    private static func addHash(of local: String, to path: inout String) {
        var characters = local.unicodeScalars.makeIterator()
        for _ in 0..<3 {
            let character = characters.next() ?? "_"
            path.unicodeScalars.append(character == "." || character == "~" ? "_" : character)
            path += "/"
        }
    }

    /// Two directories named by the first two characters of the first label.
    private static func hash(of domain: DomainName) -> [String] {
        let label = Array(domain.text.prefix { $0 != "." })
        return (0..<2).map { index in
            guard index < label.count, label[index].isLetter || label[index].isNumber else { return "_" }
            return String(label[index])
        }
    }
}
