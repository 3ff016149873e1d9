import Foundation

/// The entries of an LDIF text, read as RFC 2849 has them.
struct LDIFText {
    typealias Entry = [(name: String, value: String)]

    let entries: [Entry]

    /// Nil for a line of more than 76 bytes, or of anything but printable ASCII, for a line without a value, for an
    /// entry that does not begin with its name or does not end with an empty line.
    init?(_ text: String) {
        guard text.hasSuffix("\n\n") else { return nil }
        var entries: [Entry] = []
        for paragraph in text.dropLast(2).split(separator: "\n\n", omittingEmptySubsequences: false) {
            var entry: Entry = []
            let lines = paragraph.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.allSatisfy({ $0.utf8.count <= 76 && $0.utf8.allSatisfy { (0x20..<0x7f).contains($0) } }) else {
                return nil
            }
            for line in paragraph.replacing("\n ", with: "").split(separator: "\n", omittingEmptySubsequences: false) {
                guard let pair = Self.pair(line) else { return nil }
                entry.append(pair)
            }
            guard entry.first?.name == "dn", entry.count(where: { $0.name == "dn" }) == 1 else { return nil }
            entries.append(entry)
        }
        self.entries = entries
    }

    private static func pair(_ line: Substring) -> (String, String)? {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { return nil }
        let name = String(line[..<colon])
        let rest = line[line.index(after: colon)...]
        if rest.hasPrefix(": ") {
            guard let data = Data(base64Encoded: String(rest.dropFirst(2))), !data.isEmpty else { return nil }
            return String(data: data, encoding: .utf8).map { (name, $0) }
        }
        guard rest.hasPrefix(" "), let first = rest.dropFirst().first, !" :<".contains(first), rest.last != " " else {
            return nil
        }
        return (name, String(rest.dropFirst()))
    }

    /// The values of an attribute in an entry; empty where there is none.
    func values(_ name: String, at index: Int = 0) -> [String] {
        entries.indices.contains(index) ? entries[index].filter { $0.name == name }.map(\.value) : []
    }
}
