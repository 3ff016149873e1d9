import FoundationEssentials
import Glibc
package import Storage

/// A state that is to be taken over, in temporary databases with Postern's own tables: whatever it is read from, it is
/// checked and compared here before anything of the real state is changed. What it holds may be larger than the memory.
///
/// The databases are files with mode 0600 in a directory of their own, which goes with the value. What a process left
/// that was killed is removed by the next one.
package final class StagedState {
    /// The databases that a state is taken over with. Sessions are nobody's to bring along.
    package static let files: [StoreFile] = [.vmail, .amavisd, .iredapd, .usage]

    private let directory: PrivateDirectory
    private let databases: [StoreFile: Database]
    private let fileOfTable: [String: StoreFile]
    /// How many further databases there are.
    private var furtherCount = 0
    /// By table and name: the columns of an export that hold values of their own. A result, since what is made at its first
    /// use cannot throw.
    private lazy var ownColumns = Result {
        try Dictionary(
            uniqueKeysWithValues: ExportedTable.all(usage: true).map { table in
                (
                    table.name,
                    Dictionary(uniqueKeysWithValues: table.columns.filter { $0.named == nil }.map { ($0.name, $0) })
                )
            })
    }

    /// - Parameter directory: where the directory is made; nobody else may write there.
    /// - Throws: `StoreError`.
    package init(in directory: String) throws {
        let own = try PrivateDirectory(in: directory)
        self.directory = own
        databases = try Dictionary(
            uniqueKeysWithValues: Self.files.map {
                (
                    $0,
                    try Self.make(
                        Schema.statements(for: $0), at: own.make($0.rawValue), cache: $0.cache(isWriter: true))
                )
            })
        fileOfTable = Dictionary(
            uniqueKeysWithValues: Self.files.flatMap { file in Schema.references(for: file).map { ($0.table, file) } })
    }

    private static func make(_ statements: [String], at path: String, cache: Int?) throws -> Database {
        let database = try Database(path, .archive, cache: cache)
        // Nothing of it outlives the process, so nothing needs to be on the disk; and it is one transaction that never
        // commits.
        try database.script("PRAGMA synchronous=OFF; PRAGMA secure_delete=0; BEGIN IMMEDIATE")
        for statement in statements { try database.script(statement) }
        return database
    }

    /// A further temporary database, for what is read on the way to the staged tables; it goes with the value, too.
    /// - Parameter statements: which make its tables.
    func makeFurther(_ statements: [String]) throws -> Database {
        furtherCount += 1
        return try Self.make(
            statements, at: directory.make("further\(furtherCount)"), cache: StoreFile.vmail.cache(isWriter: true))
    }

    /// For queries, and for changes of many rows.
    package func database(_ file: StoreFile) throws -> Database {
        guard let database = databases[file] else { throw StoreError(.other, "\(file)", "is not staged") }
        return database
    }

    /// The database with a table of this name.
    /// - Throws: `StoreError` when there is none.
    package func database(with table: String) throws -> Database {
        guard let file = fileOfTable[table] else { throw StoreError(.other, table, "is not staged") }
        return try database(file)
    }

    /// Adds a row. Columns that are not given get their default.
    ///
    /// - Returns: false, with nothing changed, when a row with the same key is there already.
    /// - Throws: `StoreError`; of the kind `constraint` when the table takes no such value.
    @discardableResult
    package func add(_ table: String, _ values: [(column: String, value: SQL.Value)]) throws -> Bool {
        let columns = values.map { "\"\($0.column)\"" }.joined(separator: ", ")
        let places = values.map { _ in "?" }.joined(separator: ", ")
        let text = """
            INSERT INTO \(table) \(values.isEmpty ? "DEFAULT VALUES" : "(\(columns)) VALUES (\(places))") \
            ON CONFLICT DO NOTHING
            """
        return try database(with: table).execute(SQL(trusted: text, values.map(\.value))) > 0
    }

    /// A value that `import` would refuse in a file.
    package struct UnfitValue {
        package let column: String
        /// What it should be.
        package let demand: String
        /// What a row has that does not name the column.
        package let fallback: SQL.Value
    }

    /// Those of a row's values that would be refused in a file, each by itself; passwords are not looked at.
    package func unfitValues(_ values: [(column: String, value: SQL.Value)], of table: String) throws -> [UnfitValue] {
        guard let columns = try ownColumns.get()[table] else { return [] }
        return values.compactMap { name, value in
            guard let column = columns[name], !column.isSecret, let demand = column.rule.demand(of: value) else {
                return nil
            }
            return UnfitValue(column: name, demand: demand, fallback: column.fallback)
        }
    }
}

/// A directory with mode 0700 that is removed with the value. It is locked meanwhile, so that others can tell it from
/// what a killed process has left.
private final class PrivateDirectory {
    private let path: String
    private let descriptor: Int32

    private static let prefix = "staged-"

    init(in parent: String) throws {
        Self.removeLeftovers(in: parent)
        path = "\(parent)/\(Self.prefix)\(getpid())-\(UInt64.random(in: 0 ... .max))"
        guard mkdir(path, 0o700) == 0 else { throw Self.failure("cannot make", path) }
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let failure = Self.failure("cannot lock", path)
            rmdir(path)
            throw failure
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        close(descriptor)
    }

    /// Makes the empty file of a database.
    func make(_ database: String) throws -> String {
        let name = "\(path)/\(database).db"
        let descriptor = Glibc.open(name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot make", name) }
        close(descriptor)
        return name
    }

    /// One that cannot be removed is no reason to stop: the next run tries again.
    private static func removeLeftovers(in parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            let descriptor = Glibc.open("\(parent)/\(name)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
            }
        }
    }

    private static func failure(_ what: String, _ path: String) -> StoreError {
        StoreError(errno == ENOSPC ? .full : .other, path, "\(what): \(String(cString: strerror(errno)))")
    }
}
