import Storage

/// A part of a list that is sorted by its key.
package struct Page: Sendable {
    /// The part begins with the first key greater than this one; empty: with the first of all.
    package let after: String
    /// How many keys at most; nil for no limit.
    package let limit: Int?

    package static let all = Page(after: "", limit: nil)

    package init(after: String, limit: Int?) {
        self.after = after
        self.limit = limit
    }

    /// For the end of a query: `AND key > ? ORDER BY key LIMIT ?`.
    func clause(_ key: String) -> (text: String, values: [SQL.Value]) {
        (Self.following(key) + " LIMIT ?", [after.sqlValue, (limit ?? .max).sqlValue])
    }

    private static func following(_ key: String) -> String {
        "AND \(key) COLLATE BINARY > ? ORDER BY \(key) COLLATE BINARY"
    }

    /// The last key of this part; nil when nothing follows the part.
    ///
    /// - Parameter query: a SELECT of the key that ends with a condition of its WHERE.
    func last(_ query: String, _ key: String, _ values: [SQL.Value], in database: Database) throws
        -> String?
    {
        guard let limit else { return nil }
        let keys = try database.texts(
            SQL(
                trusted: "\(query) \(Self.following(key)) LIMIT 2 OFFSET ?",
                values + [after.sqlValue, (limit - 1).sqlValue])
        )
        return keys.count == 2 ? keys.first : nil
    }
}
