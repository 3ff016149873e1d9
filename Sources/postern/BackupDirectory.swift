import FoundationEssentials
import Glibc
import MailStore

/// A backup as `postern backup` makes it: one file for each database, and a manifest.
struct BackupDirectory {
    /// Absolute.
    let path: String
    let manifest: Manifest

    static let manifestName = "manifest.json"

    /// The content of `manifest.json`.
    struct Manifest: Codable {
        /// The version of the program that made the backup.
        let postern: String
        /// When the copies were taken: `YYYY-MM-DD HH:MM:SS` in UTC.
        let taken: String
        let files: [Entry]

        struct Entry: Codable {
            /// The `rawValue` of a `StoreFile`.
            let name: String
            /// The schema's version.
            let version: Int
            let bytes: Int
            /// Lower-case hex.
            let sha256: String
        }
    }

    static func name(of file: StoreFile) -> String { "\(file.rawValue).db" }

    static func copy(of file: StoreFile, in path: String) -> String { "\(path)/\(name(of: file))" }

    init(_ path: String, _ manifest: Manifest) {
        self.path = path
        self.manifest = manifest
    }

    /// Reads the manifest of a backup and none of its databases.
    init(at path: String) throws {
        let path = URL(fileURLWithPath: path).standardizedFileURL.path
        let manifest = "\(path)/\(Self.manifestName)"
        guard access(manifest, R_OK) == 0 else {
            throw ExitError(
                "\(path) is no backup of `postern backup`: \(manifest): \(String(cString: strerror(errno)))",
                code: .unusableData)
        }
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: manifest))
            self.init(path, try JSONDecoder().decode(Manifest.self, from: data))
        } catch {
            throw ExitError("\(manifest) cannot be read as a manifest", code: .unusableData)
        }
    }

    /// Checks that every database is there, has the length and digest of the manifest, is not damaged, and has a schema
    /// that this program knows.
    func verify() throws {
        for file in StoreFile.allCases {
            let copy = Self.copy(of: file, in: path)
            guard let entry = manifest.files.first(where: { $0.name == file.rawValue }), access(copy, F_OK) == 0 else {
                throw ExitError("the backup is not complete: \(copy) is missing", code: .unusableData)
            }
            let digest = try DurableFile.digest(of: copy)
            guard digest.bytes == entry.bytes, digest.sha256 == entry.sha256 else {
                throw ExitError("\(copy) is not the file it was when it was kept", code: .unusableData)
            }
            guard try Self.version(file, at: copy) == entry.version else {
                throw ExitError("\(copy) has another version than the manifest says", code: .unusableData)
            }
        }
    }

    /// Checks a copy from its first page to its last.
    /// - Returns: its schema version.
    static func version(_ file: StoreFile, at path: String) throws -> Int {
        do {
            return try BackupCopy.verify(file, at: path)
        } catch let error as Migrator.Failure {
            throw ExitError("the copy of \(file.relativePath) cannot be used: \(error)", code: .unusableData)
        }
    }
}
