/// A row of a server's table: its columns as text, by name.
struct SourceRow {
    private let names: [String: Int]
    private let bytes: [UInt8]
    /// Nil for NULL.
    private let fields: [Range<Int>?]

    init(names: [String: Int], bytes: [UInt8], fields: [Range<Int>?]) {
        self.names = names
        self.bytes = bytes
        self.fields = fields
    }

    /// Nil for NULL, and for a column that the table does not have. What is no UTF-8 is replaced by U+FFFD, and NUL,
    /// which not every database takes, is left out.
    subscript(name: String) -> String? {
        guard let index = names[name], let range = fields[index] else { return nil }
        return Self.text(bytes[range])
    }

    /// 0 for NULL and for what is no number.
    func number(_ name: String) -> Int { self[name].flatMap { Int($0) } ?? 0 }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.contains(0)
            ? String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self) : String(decoding: bytes, as: UTF8.self)
    }
}
