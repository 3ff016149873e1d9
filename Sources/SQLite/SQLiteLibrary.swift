import CSQLite

/// How the library was built that this program and the mail programs of the machine share.
package enum SQLiteLibrary {
    /// Whether every program may give a file's name as `file:…?mode=ro`: Debian's library allows it.
    package static var readsURIs: Bool { sqlite3_compileoption_used("USE_URI") != 0 }
}
