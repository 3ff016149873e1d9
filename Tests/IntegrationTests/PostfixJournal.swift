import Foundation

/// What Postfix has written about its messages. Each process writes before it answers another one, so a message that
/// has led to others ends after they have begun.
final class PostfixJournal {
    private let path: String
    private var offset: UInt64 = 0
    private var begun: Set<String> = []
    private var tried: Set<String> = []
    private var ended: Set<String> = []

    init(path: String) { self.path = path }

    /// Whether every message has ended.
    var isQuiet: Bool { begun.isSubset(of: ended) }

    func hasEnded(_ number: String) -> Bool { ended.contains(number) }
    func hasBeenTried(_ number: String) -> Bool { tried.contains(number) }

    /// Everything that has begun was thrown away.
    func endAll() { ended.formUnion(begun) }

    /// Reads on, up to the last whole line.
    func read() throws {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        try file.seek(toOffset: offset)
        guard let data = try file.readToEnd(), let end = data.lastIndex(of: 10) else { return }
        offset += UInt64(end - data.startIndex) + 1
        for line in String(decoding: data[..<end], as: UTF8.self).split(separator: "\n") {
            // Date, host and process; the message's number; what happens to it.
            let parts = line.split(separator: ": ", maxSplits: 2)
            guard parts.count == 3 else { continue }
            let number = String(parts[1])
            if parts[2].hasPrefix("message-id=") || parts[2].hasPrefix("client=") { begun.insert(number) }
            if parts[2].contains("status=") { tried.insert(number) }
            if parts[2] == "removed" { ended.insert(number) }
        }
    }
}
