import Foundation
import MailStore
import Storage
import StoreSupport

/// The databases of a new state, made once and copied for every test.
struct NewState: Sendable {
    private let contents: [StoreFile: Data]
    /// Of databases at a server, where the tests use one; nil for a new state.
    private let rows: ServerDatabases.Rows?

    static let shared = Result { try NewState() }

    /// Whether the tests use databases at a PostgreSQL server.
    static var isOnServer: Bool { ServerDatabases.shared != nil }

    /// Whether tests with random calls are to be short: at a server, where they take long, except in `Tests/soak`.
    static var isShort: Bool { isOnServer && ProcessInfo.processInfo.environment["POSTERN_SOAK"] == nil }

    /// The seeds of a test with random calls.
    static func seeds(_ all: [UInt64]) -> [UInt64] { isShort ? Array(all.prefix(2)) : all }

    private init() throws {
        rows = nil
        guard !Self.isOnServer else {
            contents = [:]
            return
        }
        let directory = FileManager.default.temporaryDirectory.appending(path: "postern-test-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var contents: [StoreFile: Data] = [:]
        for file in StoreFile.allCases {
            let path = try Self.place(file, in: directory, Data())
            try Migrator.fill(file, at: path)
            // Its last connection has closed: the write-ahead log is in the file.
            contents[file] = try Data(contentsOf: URL(filePath: path))
        }
        self.contents = contents
    }

    /// What an API has made so far, to begin other tests with.
    init(of api: TestAPI) throws {
        if case .server(let server) = api.place {
            contents = [:]
            rows = try ServerDatabases.Rows(of: server)
            return
        }
        rows = nil
        contents = try Dictionary(
            uniqueKeysWithValues: StoreFile.allCases.map { file in
                let path = "\(api.directory)/\(file.relativePath)"
                try SQLiteConnection(path, .writer(synchronous: .normal)).script("PRAGMA wal_checkpoint(TRUNCATE)")
                return (file, try Data(contentsOf: URL(filePath: path)))
            })
    }

    /// Makes the state.
    /// - Parameter directory: for its files.
    func make(in directory: String) throws -> StatePlace {
        if let server = ServerDatabases.shared { return .server(try server.take(rows)) }
        for (file, data) in contents { try Self.place(file, in: directory, data) }
        return .files(directory)
    }

    @discardableResult
    private static func place(_ file: StoreFile, in directory: String, _ data: Data) throws -> String {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/\(file.directory)", withIntermediateDirectories: true)
        let path = "\(directory)/\(file.relativePath)"
        try data.write(to: URL(filePath: path))
        return path
    }
}
