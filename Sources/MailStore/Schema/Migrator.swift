import Glibc
import Storage

/// Makes the files of a state directory, and brings older ones up to the schema this program knows.
package enum Migrator {
    /// Why a file cannot be used as it is: one sentence with the way out.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Fills a file that must exist and be empty (made beforehand with its final mode and group, which the
    /// write-ahead log's files take over).
    ///
    /// - Parameter greylisting: whether greylisting starts switched on for everybody.
    package static func fill(_ file: StoreFile, at path: String, greylisting: Bool = true) throws {
        let database = try Database(path, .creator)
        try database.script("BEGIN IMMEDIATE")
        for statement in Schema.statements(for: file) + Schema.seed(for: file, greylisting: greylisting) {
            try database.script(statement)
        }
        try database.script("PRAGMA user_version=\(file.schemaVersion)")
        try database.script("COMMIT")
    }

    /// The schema version a file has; 0 is a file that is no database of ours.
    package static func version(at path: String) throws -> Int {
        try version(of: Database(path, .reader))
    }

    /// Brings one file up to date: additive, in one transaction, after a copy of the file as it was. Cut short at any
    /// moment, it leaves the old version, and can be begun again.
    ///
    /// - Parameter mended: is told how many rows of addresses were switched, if any: mail takes another way from now
    ///   on.
    /// - Returns: the path of the copy; nil when nothing had to be done.
    /// - Throws: for a file that is empty, or newer than this program.
    package static func update(
        _ file: StoreFile, at path: String, mended: (_ addresses: Int) -> Void = { _ in }
    ) throws -> String? {
        try update(file, at: path, by: Schema.migrations(for: file), mended: mended)
    }

    /// - Parameter steps: as of `Schema.migrations`. A test also tries one that the schema does not have.
    static func update(
        _ file: StoreFile, at path: String, by steps: [[String]], mended: (_ addresses: Int) -> Void = { _ in }
    ) throws -> String? {
        // Opened for writing, so that a log left by a killed process is recovered first.
        let database = try Database(path, .writer(synchronous: .full))
        let version = try version(of: database)
        try require(version, of: file, at: path)
        guard version < steps.count else { return nil }
        let copy = "\(path).version-\(version)"
        try keep(copy, of: database)
        try database.script("BEGIN IMMEDIATE")
        var switched = 0
        for step in steps[version...] {
            for statement in step {
                if statement.hasPrefix("UPDATE forwardings") {
                    switched += try database.execute(SQL(trusted: statement))
                } else {
                    try database.script(statement)
                }
            }
        }
        try database.script("PRAGMA user_version=\(steps.count)")
        try database.script("COMMIT")
        if switched > 0 { mended(switched) }
        return copy
    }

    /// Writes a copy that is whole as soon as it has its name; one of an update that was cut short makes way, and so
    /// does whatever the mail programs put there. No name is followed: SQLite opens the empty file made here or none.
    private static func keep(_ copy: String, of database: Database) throws {
        let unfinished = "\(copy).unfinished"
        unlink(unfinished)
        let empty = open(unfinished, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard empty >= 0 else {
            throw Failure(description: "cannot make \(unfinished): \(String(cString: strerror(errno)))")
        }
        close(empty)
        try database.execute("VACUUM INTO \(unfinished)")
        guard rename(unfinished, copy) == 0 else {
            throw Failure(description: "cannot name \(copy): \(String(cString: strerror(errno)))")
        }
    }

    /// - Throws: for a version this program cannot work with or bring up to date.
    package static func require(_ version: Int, of file: StoreFile, at path: String) throws(Failure) {
        if version == 0 {
            throw Failure(description: "\(path) holds no Postern database; make a state with `postern init`")
        }
        if version > file.schemaVersion {
            throw Failure(
                description: """
                    \(path) has schema version \(version), newer than version \(file.schemaVersion) of this program; \
                    install the newer Postern
                    """)
        }
    }

    /// What SQLite's own check says of a file: `["ok"]` for a sound one.
    package static func integrity(at path: String) throws -> [String] {
        try Database(path, .reader).texts("PRAGMA integrity_check(20)")
    }

    static func version(of database: Database) throws -> Int {
        try database.number("PRAGMA user_version")
    }
}
