import Glibc
import MailStore

/// Notices that a write-ahead log has grown, because a reader that keeps an old view of the database prevents its
/// checkpoint: `Storage.md` 7, `Security.md` F5, G16.
struct WriteAheadLogWatch {
    /// Unit: bytes; the writer's `journal_size_limit`.
    static let limit = 67_108_864

    /// How often to look.
    static let pause = Duration.seconds(60)

    private let state: StateDirectory
    private var grown: Set<StoreFile> = []

    init(_ state: StateDirectory) { self.state = state }

    /// - Returns: a line for each log that has grown over the limit, or shrunk below it, since the last look.
    mutating func look() -> [String] {
        state.files.compactMap { file in
            var status = stat()
            let path = state.path(of: file) + "-wal"
            let size = stat(path, &status) == 0 ? Int(status.st_size) : 0
            if size > Self.limit, grown.insert(file).inserted {
                return "\(path) has grown to \(size / 1_048_576) MB: a program that reads this database keeps it from "
                    + "being written back; see which one with: fuser -v \(state.path(of: file))"
            }
            if size <= Self.limit, grown.remove(file) != nil { return "\(path) is below 64 MB again" }
            return nil
        }
    }
}
