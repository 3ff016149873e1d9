import CLibPQ

/// A server, or several that stand in for each other, by a connection string of libpq: keywords and values, or a URI.
/// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
package struct PostgreSQLServer: Sendable, Hashable {
    package let connection: String
    /// The role to work as when the string names none; nil for that of the system's user.
    package let user: String?

    package init(_ connection: String, user: String? = nil) {
        self.connection = connection
        self.user = user
    }

    /// The parameters that the string names, and their values; by libpq's own reading, without its defaults.
    ///
    /// - Throws: `PostgreSQLError` when it is no connection string; the message is libpq's.
    package func parameters() throws -> [String: String] {
        // A word alone is a database's name to libpq.
        guard connection.isEmpty || connection.contains("=") || connection.contains("://") else {
            throw PostgreSQLError("this is no connection string; write host=NAME or postgresql://NAME/")
        }
        let library = try LibPQ.loaded.get()
        var failure: UnsafeMutablePointer<CChar>?
        guard let options = library.conninfoParse(connection, &failure) else {
            defer { library.freemem(failure) }
            throw PostgreSQLError(failure.map { String(cString: $0) } ?? "no memory")
        }
        defer { library.conninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parameters
    }
}
