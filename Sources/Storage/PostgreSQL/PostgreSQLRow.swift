import CLibPQ
import Glibc

/// What is needed to read the columns of a result.
final class PostgreSQLColumns {
    /// The types, by their numbers in `pg_type`.
    fileprivate let types: [Oid]
    fileprivate let getvalue: postern_PQgetvalue
    fileprivate let getlength: postern_PQgetlength
    fileprivate let getisnull: postern_PQgetisnull
    /// The last value that had to be decoded: its bytes outlive the call, and are gone at the next one. A NUL follows, as
    /// with the library's values.
    private var decoded = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(_ types: [Oid], _ library: LibPQ) {
        self.types = types
        getvalue = library.getvalue
        getlength = library.getlength
        getisnull = library.getisnull
    }

    deinit { decoded.deallocate() }

    fileprivate func keep(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        decoded.deallocate()
        decoded = .allocate(byteCount: bytes.count + 1, alignment: 1)
        decoded.copyBytes(from: bytes)
        decoded[bytes.count] = 0
        return UnsafeRawBufferPointer(rebasing: decoded.dropLast())
    }
}

/// The numbers of types in `pg_type`, which never change.
enum TypeNumber {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let char: Oid = 1042
    static let float4: Oid = 700
    static let float8: Oid = 701
    static let timestamp: Oid = 1114
    static let numeric: Oid = 1700
}

/// A row of a result, whose values the server has sent as texts.
struct PostgreSQLRow {
    private let result: OpaquePointer?
    private let index: Int32

    static var none: PostgreSQLRow { PostgreSQLRow(nil, 0) }

    /// - Parameter result: must outlive the row.
    init(_ result: OpaquePointer?, _ index: Int32) {
        self.result = result
        self.index = index
    }

    func isNull(_ column: Int, of columns: ResultColumns) -> Bool {
        columns.postgresql?.getisnull(result, index, Int32(column)) != 0
    }

    /// Empty for NULL.
    func bytes(_ column: Int, of columns: ResultColumns) -> UnsafeRawBufferPointer {
        guard let access = columns.postgresql, let start = access.getvalue(result, index, Int32(column)) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let bytes = UnsafeRawBufferPointer(
            start: start, count: Int(access.getlength(result, index, Int32(column))))
        return Self.decoded(bytes, access.types[column]).map(access.keep) ?? bytes
    }

    /// A value's text, where SQLite would have another one than the server.
    private static func decoded(_ bytes: UnsafeRawBufferPointer, _ type: Oid) -> [UInt8]? {
        switch type {
        case TypeNumber.bool where !bytes.isEmpty:
            return [bytes.first == UInt8(ascii: "t") ? UInt8(ascii: "1") : UInt8(ascii: "0")]
        case TypeNumber.float4, TypeNumber.float8:
            // As SQLite has it: 5.0, and not 5.
            let isWhole = !bytes.isEmpty && bytes.allSatisfy { $0 == UInt8(ascii: "-") || (48...57).contains($0) }
            return isWhole ? Array(bytes) + Array(".0".utf8) : nil
        case TypeNumber.bytea where bytes.contains(UInt8(ascii: "\\")): return unescaped(bytes)
        // CHAR(1) is filled up with a space.
        case TypeNumber.char: return Array(bytes.prefix { $0 != UInt8(ascii: " ") })
        // Another program's tables may have fractions of seconds.
        case TypeNumber.timestamp where bytes.contains(UInt8(ascii: ".")):
            return Array(bytes.prefix { $0 != UInt8(ascii: ".") })
        default: return nil
        }
    }

    /// `bytea_output=escape`: `\\` is a backslash, and `\303` the byte of that octal number.
    private static func unescaped(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            if rest.first == byte {
                rest = rest.dropFirst()
                result.append(byte)
            } else {
                result.append(rest.prefix(3).reduce(0) { $0 &* 8 &+ ($1 &- UInt8(ascii: "0")) })
                rest = rest.dropFirst(3)
            }
        }
        return result
    }

    func integer(_ column: Int, of columns: ResultColumns) -> Int {
        let text = bytes(column, of: columns)
        return Self.integer(text) ?? Int(exactly: real(column, of: columns).rounded(.towardZero)) ?? 0
    }

    private static func integer(_ text: UnsafeRawBufferPointer) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        var number = 0
        for byte in text.dropFirst(isNegative ? 1 : 0) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let digit = Int(byte - UInt8(ascii: "0"))
            let (sum, isOver) = tens.subtractingReportingOverflow(digit)
            guard !isTooLarge, !isOver else { return isNegative ? .min : .max }
            number = sum
        }
        // Counted downwards, because the least number has no counterpart.
        return isNegative ? number : number == .min ? .max : -number
    }

    func real(_ column: Int, of columns: ResultColumns) -> Double {
        // The library ends each value with a NUL.
        bytes(column, of: columns).baseAddress.map { strtod($0.assumingMemoryBound(to: CChar.self), nil) } ?? 0
    }

    func cell(_ column: Int, of columns: ResultColumns) -> Row.Cell {
        guard let access = columns.postgresql, !isNull(column, of: columns) else { return .null }
        return Self.cell(bytes(column, of: columns), access.types[column])
    }

    /// - Parameter bytes: decoded.
    private static func cell(_ bytes: UnsafeRawBufferPointer, _ type: Oid) -> Row.Cell {
        func real() -> Double { Double(String(decoding: bytes, as: UTF8.self)) ?? 0 }
        switch type {
        case TypeNumber.int2, TypeNumber.int4, TypeNumber.int8, TypeNumber.bool: return .integer(integer(bytes) ?? 0)
        case TypeNumber.numeric: return integer(bytes).map { .integer($0) } ?? .real(real())
        case TypeNumber.float4, TypeNumber.float8: return .real(real())
        default: return .text(bytes)
        }
    }

    /// The value that the server writes so.
    static func value(_ bytes: UnsafeRawBufferPointer, _ type: Oid) -> SQL.Value {
        func value(_ bytes: UnsafeRawBufferPointer) -> SQL.Value {
            switch cell(bytes, type) {
            case .null: .null
            case .integer(let number): .integer(number)
            case .real(let number): .real(number)
            case .text(let text): .text(String(decoding: text, as: UTF8.self))
            }
        }
        return decoded(bytes, type).map { $0.withUnsafeBytes(value) } ?? value(bytes)
    }
}
