/// Reads the rows that a client prints, up to the row of one field, `RowReader.end`, that follows the last one.
struct RowReader {
    static let end = "end"

    /// How the client prints a row.
    enum Format: Sendable {
        /// `mysql --batch`: fields between tabs; `\t`, `\n`, `\\` and `\0` stand for themselves. A value begins with `=`,
        /// and NULL is `-`.
        case batch
        /// PostgreSQL's CSV: NULL is an empty field without quotes.
        case csv
    }

    private let format: Format
    private let client: ClientProcess
    private var bytes: [UInt8] = []
    private var fields: [Range<Int>?] = []

    /// Longer than any row of such tables: an output that is no table does not fill the memory.
    private static let longestRow = 64 << 20

    init(_ format: Format, _ client: ClientProcess) {
        self.format = format
        self.client = client
    }

    /// - Parameter names: the places of the columns, of which there are at least two.
    /// - Returns: nil after the last row.
    /// - Throws: when the client ends before, or prints something else.
    mutating func next(_ names: [String: Int], count: Int) throws(SourceFailure) -> SourceRow? {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        switch format {
        case .batch: try readBatch()
        case .csv: try readCSV()
        }
        if fields.count == 1, let field = fields[0], bytes[field].elementsEqual(Self.end.utf8) { return nil }
        guard fields.count == count else {
            throw SourceFailure("the client prints \(fields.count) columns where \(count) were asked for")
        }
        return SourceRow(names: names, bytes: bytes, fields: fields)
    }

    private mutating func readBatch() throws(SourceFailure) {
        var start = 0
        while true {
            let byte = try client.next()
            switch byte {
            case UInt8(ascii: "\t"), UInt8(ascii: "\n"):
                switch bytes.count > start ? bytes[start] : 0 {
                case UInt8(ascii: "="): fields.append(start + 1..<bytes.count)
                case UInt8(ascii: "-") where bytes.count == start + 1: fields.append(nil)
                default: throw SourceFailure("the client prints a field that was not asked for")
                }
                start = bytes.count
                if byte == UInt8(ascii: "\n") { return }
            case UInt8(ascii: "\\"):
                switch try client.next() {
                case UInt8(ascii: "t"): bytes.append(UInt8(ascii: "\t"))
                case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "0"): bytes.append(0)
                case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
                default: throw SourceFailure("the client prints an escape that is not known")
                }
            default: bytes.append(byte)
            }
            guard bytes.count < Self.longestRow else { throw Self.tooLong }
        }
    }

    private mutating func readCSV() throws(SourceFailure) {
        var start = 0
        var isQuoted = false
        var isOpen = false
        while true {
            let byte = try client.next()
            guard bytes.count < Self.longestRow else { throw Self.tooLong }
            if byte == UInt8(ascii: "\"") {
                // The second of two quotes inside of quotes stands for one.
                if !isOpen, isQuoted { bytes.append(byte) }
                isOpen.toggle()
                isQuoted = true
            } else if isOpen {
                bytes.append(byte)
            } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") {
                fields.append(isQuoted || bytes.count > start ? start..<bytes.count : nil)
                start = bytes.count
                isQuoted = false
                if byte == UInt8(ascii: "\n") { return }
            } else {
                guard !isQuoted else { throw SourceFailure("the client prints text behind a closing quote") }
                bytes.append(byte)
            }
        }
    }

    private static let tooLong = SourceFailure("the client prints a row of more than \(longestRow >> 20) MiB")
}
