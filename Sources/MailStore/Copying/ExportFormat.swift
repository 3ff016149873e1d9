import Storage

/// The file of an export: lines of JSON, of which the first is the header, the last tells how many rows there were, and
/// each between is a row.
///
///     {"format":"postern-export","version":1,"domains":["example.com"],"server":false,"passwords":false,"usage":false}
///     {"table":"domain","row":{"domain":"example.com","description":"Example Ltd",…}}
///     {"end":{"rows":1}}
package enum ExportFormat {
    static let name = "postern-export"
    /// Rises when an older program would misunderstand the file.
    static let version = 1
    /// Unit: bytes, without the line's end.
    package static let longestLine = 4 << 20

    /// What a file holds.
    package struct Header: Sendable, Equatable {
        /// Sorted by their bytes.
        package let domains: [String]
        package let hasServer: Bool
        package let hasPasswords: Bool
        package let hasUsage: Bool

        package init(domains: [String], hasServer: Bool, hasPasswords: Bool, hasUsage: Bool) {
            self.domains = domains
            self.hasServer = hasServer
            self.hasPasswords = hasPasswords
            self.hasUsage = hasUsage
        }

        /// In the order of the file.
        package var parts: [StatePart] { (hasServer ? [.server] : []) + domains.map { .domain($0) } }

        var line: String {
            let names = domains.map(JSONValue.quoted).joined(separator: ",")
            return """
                {"format":\(JSONValue.quoted(ExportFormat.name)),"version":\(ExportFormat.version),"domains":[\(names)],\
                "server":\(hasServer),"passwords":\(hasPasswords),"usage":\(hasUsage)}
                """
        }
    }

    static func end(rows: Int) -> String { "{\"end\":{\"rows\":\(rows)}}" }

    /// - Parameter showsSecrets: whether secret columns are written.
    static func line(of row: [SQL.Value], in table: ExportedTable, showsSecrets: Bool) -> [UInt8] {
        var bytes = Array("{\"table\":\"\(table.name)\",\"row\":{".utf8)
        var isFirst = true
        for (column, value) in zip(table.columns, row) where showsSecrets || !column.isSecret {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            JSONValue.append(quoted: column.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            switch value {
            case .null: bytes += "null".utf8
            case .integer(let number): bytes += String(number).utf8
            case .real(let number): bytes += String(number).utf8
            case .text(let text): JSONValue.append(quoted: text, to: &bytes)
            }
        }
        bytes += "}}".utf8
        return bytes
    }
}

/// Why an export cannot be written or taken over: one sentence.
package struct ExportFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ reason: String) { description = reason }
}

/// Writes an export.
package struct StateExport {
    package let header: ExportFormat.Header
    private let rows: StateRows
    private let tables: [ExportedTable]

    /// - Parameter domains: nil for all, with what belongs to none.
    /// - Throws: `ExportFailure` for a domain that is not there; `StoreError`.
    package init(of rows: StateRows, domains: [String]?, passwords: Bool, usage: Bool) throws {
        let there = rows.domains
        if let missing = domains?.first(where: { !there.contains($0) }) {
            let alias = rows.primary(of: missing).map { "\(missing) is an alias domain of \($0)" }
            throw ExportFailure(alias.map { "\($0); export that" } ?? "there is no domain \(missing)")
        }
        self.rows = rows
        tables = try ExportedTable.all(usage: usage)
        let wanted = domains.map(Set.init)
        header = ExportFormat.Header(
            domains: there.filter { wanted?.contains($0) ?? true }, hasServer: domains == nil, hasPasswords: passwords,
            hasUsage: usage)
    }

    /// Calls `write` with the lines, each with its end. Rows that are left over from accounts that are gone stay out.
    ///
    /// - Parameter progress: called with the number of parts written.
    /// - Returns: the number of rows.
    /// - Throws: `ExportFailure` for a row that no line takes; `StoreError`; what `write` throws.
    @discardableResult
    package func write(_ write: ([UInt8]) throws -> Void, progress: (_ parts: Int) -> Void = { _ in }) throws -> Int {
        func writeLine(_ bytes: [UInt8], _ what: @autoclosure () -> String) throws {
            guard bytes.count <= ExportFormat.longestLine else {
                throw ExportFailure("\(what()) is longer than a line may be, \(ExportFormat.longestLine) bytes")
            }
            try write(bytes + [UInt8(ascii: "\n")])
        }
        try writeLine(Array(header.line.utf8), "the list of domains")
        let domains = Set(header.domains)
        var count = 0
        for (index, part) in header.parts.enumerated() {
            var names: [String] = []
            if case .domain(let domain) = part { names = try rows.aliasDomains(of: domain) }
            for table in tables {
                let stream = try rows.stream(table, of: part, names: names)
                while let row = try stream.next() {
                    if try rows.isLeftover(row, of: table) { continue }
                    let own = try rows.row(row, of: table, within: domains)
                    try writeLine(
                        ExportFormat.line(of: own, in: table, showsSecrets: header.hasPasswords),
                        "the row \(table.name(of: row)) of \(table.name)")
                    count += 1
                }
            }
            progress(index + 1)
        }
        try writeLine(Array(ExportFormat.end(rows: count).utf8), "the end")
        return count
    }
}
