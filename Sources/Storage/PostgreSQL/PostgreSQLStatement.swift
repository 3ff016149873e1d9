import CLibPQ
import Glibc

/// A prepared statement, kept for the life of its connection.
final class PostgreSQLStatement {
    let name: String
    let columns: ResultColumns
    /// Whether the server takes a parameter for a bytea, in which a backslash begins an escape.
    private let isBytea: [Bool]

    /// - Parameter description: what the server says of the statement, `PQdescribePrepared`.
    init(_ name: String, _ description: PostgreSQLResult, of database: String) {
        self.name = name
        let library = description.library
        let pointer = description.pointer
        isBytea = (0..<library.nparams(pointer)).map { library.paramtype(pointer, $0) == TypeNumber.bytea }
        let fields = 0..<library.nfields(pointer)
        columns = ResultColumns(
            fields.map { field in library.fname(pointer, field).map { String(cString: $0) } ?? "" }, of: database,
            PostgreSQLColumns(fields.map { library.ftype(pointer, $0) }, library))
    }

    /// - Throws: for a text that cannot be stored.
    func parameters(_ values: [SQL.Value], of database: String) throws -> PostgreSQLParameters {
        guard values.count == isBytea.count else {
            throw PostgreSQLError("wrong number of bound values", database: database)
        }
        var bytes: [UInt8] = []
        var starts: [Int?] = []
        bytes.reserveCapacity(32 * values.count)
        starts.reserveCapacity(values.count)
        for (value, isBytea) in zip(values, isBytea) {
            starts.append(value == .null ? nil : bytes.count)
            switch value {
            case .null: continue
            case .integer(let number): bytes += String(number).utf8
            case .real(let number): bytes += String(number).utf8
            case .text(let text):
                let start = bytes.count
                if isBytea, text.utf8.contains(UInt8(ascii: "\\")) {
                    bytes += text.replacing("\\", with: "\\\\").utf8
                } else {
                    bytes += text.utf8
                }
                let hasNUL = bytes[start...].withUnsafeBytes { bytes in
                    bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
                }
                guard !hasNUL else {
                    throw PostgreSQLError(
                        "a text with a NUL cannot be stored", sqlState: Self.untranslatable, database: database)
                }
            }
            bytes.append(0)
        }
        return PostgreSQLParameters(bytes: bytes, starts: starts)
    }

    /// CHARACTER_NOT_IN_REPERTOIRE, as the server itself would say.
    private static let untranslatable = "22021"
}

/// The values of a statement as texts, as the library takes them.
struct PostgreSQLParameters {
    /// Each ends with a NUL.
    fileprivate let bytes: [UInt8]
    /// Where each begins; nil for NULL.
    fileprivate let starts: [Int?]

    func withPointers<Result>(
        _ body: (_ count: Int32, UnsafePointer<UnsafePointer<CChar>?>?) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { bytes in
            let pointers = starts.map { start in
                start.map { UnsafePointer(bytes.baseAddress!.assumingMemoryBound(to: CChar.self) + $0) }
            }
            return try pointers.withUnsafeBufferPointer { try body(Int32($0.count), $0.baseAddress) }
        }
    }
}

/// What the server has answered; freed with the value.
final class PostgreSQLResult {
    let pointer: OpaquePointer
    let library: LibPQ

    init(_ pointer: OpaquePointer, _ library: LibPQ) {
        self.pointer = pointer
        self.library = library
    }

    deinit { library.clear(pointer) }

    var rowCount: Int32 { library.ntuples(pointer) }

    /// How many rows an INSERT, UPDATE or DELETE changed.
    var changedRows: Int { library.cmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// A value as text; empty for NULL.
    func text(_ row: Int32, _ column: Int32) -> String {
        library.getvalue(pointer, row, column).map { String(cString: $0) } ?? ""
    }

    /// Whether the statement was carried out.
    var isDone: Bool {
        let status = library.resultStatus(pointer)
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC
            || status == PGRES_EMPTY_QUERY
    }

    /// Whether it was left out because one before it had failed.
    var isSkipped: Bool { library.resultStatus(pointer) == PGRES_PIPELINE_ABORTED }

    /// Whether it only marks the end of statements that were sent together.
    var isMark: Bool { library.resultStatus(pointer) == PGRES_PIPELINE_SYNC }

    func error(_ database: String, isLost: Bool) -> PostgreSQLError {
        func field(_ code: Int32) -> String? { library.resultErrorField(pointer, code).map { String(cString: $0) } }
        let message = field(postern_PG_DIAG_MESSAGE_PRIMARY)
        let detail = field(postern_PG_DIAG_MESSAGE_DETAIL).map { ": " + $0 } ?? ""
        let sqlState = field(postern_PG_DIAG_SQLSTATE) ?? ""
        return PostgreSQLError(
            (message ?? library.resultErrorMessage(pointer).map { String(cString: $0) } ?? "") + detail,
            sqlState: sqlState, database: database,
            // The server says goodbye before it closes.
            isLost: isLost || sqlState.hasPrefix("57P") || sqlState.hasPrefix("08"))
    }
}
