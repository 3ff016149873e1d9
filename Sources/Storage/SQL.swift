/// One statement and the values bound to it. Each `\(…)` is a bound value. Text cannot become part of the statement, so
/// nothing needs escaping (`Security.md` C1).
package struct SQL: ExpressibleByStringInterpolation, Sendable, Hashable {
    let source: Source
    package let values: [Value]

    /// A value that SQLite stores. Blobs are read as text.
    package enum Value: Sendable, Hashable {
        case null
        case integer(Int)
        case real(Double)
        case text(String)
    }

    /// The statement with `?` for each value.
    package var text: String { source.text }

    package init(stringLiteral text: StaticString) {
        source = .pieces([Source.Piece(text)])
        values = []
    }

    package init(stringInterpolation: StringInterpolation) {
        source = .pieces(stringInterpolation.pieces)
        values = stringInterpolation.values
    }

    /// A statement put together from names of the schema. Never from text that a client sent.
    package init(trusted text: String, _ values: [Value] = []) {
        source = .text(text)
        self.values = values
    }

    /// A command of an engine's own, perhaps with a statement as its end, whose values stay bound.
    init(command text: String, _ values: [Value] = []) {
        source = .text(text)
        self.values = values
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Source.Piece] = []
        fileprivate var values: [Value] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) {
            if literal.utf8CodeUnitCount > 0 { pieces.append(Source.Piece(literal)) }
        }

        package mutating func appendInterpolation(_ value: some Bindable) { append(value.sqlValue) }

        package mutating func appendInterpolation(_ value: (some Bindable)?) { append(value?.sqlValue ?? .null) }

        /// The name of a table or a column, as a literal of the source.
        package mutating func appendInterpolation(name: StaticString) { appendLiteral(name) }

        private mutating func append(_ value: Value) {
            values.append(value)
            pieces.append(.value)
        }
    }

    /// The text of a statement in pieces. To find a prepared statement the pieces are compared; the text is joined only
    /// when the statement is prepared.
    enum Source: Hashable, Sendable {
        case pieces([Piece])
        case text(String)

        /// A literal of the source, or the place of a value.
        ///
        /// `@unchecked Sendable`: `start` points to a constant of the program.
        struct Piece: Equatable, @unchecked Sendable {
            fileprivate let start: UnsafePointer<UInt8>?
            fileprivate let count: Int

            fileprivate static let value = Piece()

            fileprivate init(_ text: StaticString) {
                start = text.utf8Start
                count = text.utf8CodeUnitCount
            }

            private init() {
                start = nil
                count = 0
            }

            fileprivate var text: String {
                guard let start else { return "?" }
                return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
            }
        }

        var text: String {
            switch self {
            case .pieces(let pieces): pieces.map(\.text).joined()
            case .text(let text): text
            }
        }

        func hash(into hasher: inout Hasher) {
            switch self {
            case .pieces(let pieces):
                var print = pieces.count
                for piece in pieces { print = print &* 31 &+ Int(bitPattern: piece.start) }
                hasher.combine(print)
            case .text(let text):
                // The length tells most statements apart, and is cheaper than hashing the text.
                hasher.combine(text.utf8.count)
            }
        }
    }
}

/// What can be bound to a statement.
package protocol Bindable {
    var sqlValue: SQL.Value { get }
}

extension Int: Bindable {
    package var sqlValue: SQL.Value { .integer(self) }
}

extension Double: Bindable {
    package var sqlValue: SQL.Value { .real(self) }
}

extension String: Bindable {
    package var sqlValue: SQL.Value { .text(self) }
}
