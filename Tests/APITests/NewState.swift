import Foundation
import MailStore
import SQLite

/// The databases of a new state, made once and copied for every test.
struct NewState: Sendable {
    private let contents: [StoreFile: Data]

    static let shared = Result { try NewState() }

    private init() throws {
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
        contents = try Dictionary(
            uniqueKeysWithValues: StoreFile.allCases.map { file in
                let path = "\(api.directory)/\(file.relativePath)"
                try Connection(path, .writer(synchronous: .normal)).script("PRAGMA wal_checkpoint(TRUNCATE)")
                return (file, try Data(contentsOf: URL(filePath: path)))
            })
    }

    func write(to directory: String) throws {
        for (file, data) in contents { try Self.place(file, in: directory, data) }
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
