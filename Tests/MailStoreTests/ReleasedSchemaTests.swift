import Foundation
import MailStore
import Storage
import Support
import Testing

/// What was released stays as it is, and every released file becomes what a new one is. `POSTERN_RECORD=1` writes the
/// text of a version that has none yet.
struct ReleasedSchemaTests {
    @Test(arguments: StoreFile.allCases)
    func theReleasedStepsAreFrozen(_ file: StoreFile) throws {
        let released = ReleasedSchema(file: file)
        let steps = Schema.migrations(for: file)
        if ProcessInfo.processInfo.environment["POSTERN_RECORD"] == "1" {
            for version in steps.indices.map({ $0 + 1 }) where version > released.newest {
                try released.record(steps[version - 1], as: version)
            }
        }
        #expect(
            steps.count == released.newest,
            "POSTERN_RECORD=1 writes the text of a new version of \(file.rawValue); a released one is never taken back")
        for (index, step) in steps.enumerated() where index < released.newest {
            #expect(
                try ReleasedSchema.text(step) == released.text(of: index + 1),
                "version \(index + 1) of \(file.rawValue) is released: mend it by a further version")
        }
    }

    @Test(arguments: StoreFile.allCases)
    func everyReleasedVersionBecomesTheNewest(_ file: StoreFile) throws {
        let directory = try TemporaryDirectory()
        let fresh = "\(directory.path)/fresh.db"
        try directory.write("fresh.db", "")
        try Migrator.fill(file, at: fresh)
        for version in 1...ReleasedSchema(file: file).newest {
            let path = "\(directory.path)/\(version).db"
            _ = try ReleasedSchema(file: file).make(version, at: path)
            _ = try Migrator.update(file, at: path)
            #expect(try Migrator.version(at: path) == file.schemaVersion)
            #expect(try Self.objects(path) == Self.objects(fresh), "from version \(version)")
            #expect(try Migrator.integrity(at: path) == ["ok"])
        }
    }

    private static func objects(_ path: String) throws -> [String] {
        try SQLiteConnection(path, .reader).all(
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1"
        ) {
            row in row.text(0)
        }
    }
}
