import Mail
import Storage

// Whose mail lies where, after an import: nobody may get another's.
extension StatePlan {
    /// Looks at the directories of all mailboxes that there will be, and of those that are kept after a deletion. They are
    /// compared as Dovecot finds them: in lower case, and however many slashes there are.
    ///
    /// - Throws: `ExportFailure` when one of the file is another's, lies in it or around it.
    func checkPlaces() throws {
        let list = try staged.database(.vmail)
        try list.script("CREATE TEMP TABLE places (place TEXT, owner TEXT, domain TEXT, kind INTEGER)")
        defer { try? list.script("DROP TABLE places") }
        func add(_ path: String, _ owner: String, _ domain: String, _ kind: Place.Kind) throws {
            let place = MailboxPath.place(of: path)
            // A mailbox without a directory has none that could be another one's.
            if place == "/" { return }
            try list.execute("INSERT INTO places VALUES (\(place), \(owner), \(domain), \(kind.rawValue))")
        }
        let living =
            "SELECT username, domain, storagebasedirectory || '/' || storagenode || '/' || maildir FROM mailbox"
        let own = Set(header.domains)
        for (database, kind) in [(list, Place.Kind.staged), (try target.database(.vmail), .living)] {
            try database.forEach(SQL(trusted: living)) { row in
                if kind == .living, own.contains(row.text(1)) { return }
                try add(row.text(2), row.text(0), row.text(1), kind)
            }
        }
        try target.database(.vmail).forEach("SELECT DISTINCT username, domain, maildir FROM deleted_mailboxes") { row in
            try add(row.text(2), row.text(0), row.text(1), .deleted)
        }
        var around: [Place] = []
        let all: SQL = "SELECT place, owner, domain, kind FROM places ORDER BY place COLLATE BINARY, kind"
        try list.forEach(all) { row in
            let place = Place(row)
            while let last = around.last, !place.path.utf8.starts(with: last.path.utf8) { around.removeLast() }
            for other in around where try conflict(place, other) {
                let (mine, others) = place.kind == .staged ? (place, other) : (other, place)
                throw ExportFailure(
                    "\(mine.owner): its directory \(mine.path) is that of \(others.owner), lies in it or around it"
                        + (others.kind == .deleted ? ", who is deleted and whose mail is kept" : ""))
            }
            // Of those that are not compared with each other one is enough.
            if let last = around.last, last.kind == place.kind, last.path == place.path, last.owner == place.owner {
                return
            }
            around.append(place)
        }
    }

    private func conflict(_ one: Place, _ other: Place) throws -> Bool {
        guard one.kind == .staged || other.kind == .staged else { return false }
        for (mine, kept) in [(one, other), (other, one)] where kept.kind == .deleted {
            // A mailbox that comes back finds its mail. What somebody of these domains has left who is not in the file
            // may change hands as a whole.
            if kept.owner == mine.owner { return false }
            if kept.path == mine.path, header.domains.contains(kept.domain),
                try !staged.contains("mailbox", where: [("username", kept.owner.sqlValue)])
            {
                return false
            }
        }
        return true
    }
}

/// A directory, and who has it.
private struct Place {
    enum Kind: Int {
        case staged
        /// In a domain that is not taken over.
        case living
        case deleted
    }

    let path: String
    let owner: String
    let domain: String
    let kind: Kind

    init(_ row: Row) {
        path = row.text(0)
        owner = row.text(1)
        domain = row.text(2)
        kind = Kind(rawValue: row.integer(3)) ?? .living
    }
}
