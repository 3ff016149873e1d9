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

    /// Nil for NULL, and for a column that the row does not have. What is no UTF-8 is shown as U+FFFD: see `flaw`.
    subscript(name: String) -> String? {
        guard let index = names[name], let range = fields[index] else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// A column with bytes that are no text everywhere: no UTF-8, or a NUL. Nil when there is none.
    var flaw: String? {
        names.keys.sorted().first { name in
            guard let index = names[name], let range = fields[index] else { return false }
            return bytes[range].contains(0) || String(validating: bytes[range], as: UTF8.self) == nil
        }
    }

    /// 0 for NULL and for what is no number.
    func number(_ name: String) -> Int { self[name].flatMap { Int($0) } ?? 0 }
}
