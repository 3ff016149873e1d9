/// One statement and the values bound to it. Each `\(…)` is a bound value; text cannot be interpolated,
/// so nothing needs escaping.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    package let text: String
    package let values: [Value]

    /// What SQLite stores.
    package enum Value: Sendable, Hashable {
        case null
        case integer(Int)
        case real(Double)
        case text(String)
    }

    package init(stringLiteral text: String) {
        self.text = text
        values = []
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        values = stringInterpolation.values
    }

    /// A statement put together from the schema's own names. Never from anything a client sent.
    package init(trusted text: String, _ values: [Value] = []) {
        self.text = text
        self.values = values
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text: String
        var values: [Value]

        package init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 2)
            values = []
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: some Bindable) {
            values.append(value.sqlValue)
            text += "?"
        }

        /// The name of a table or a column: one that stands in our own source.
        package mutating func appendInterpolation(name: StaticString) {
            text += name.description
        }

        package mutating func appendInterpolation(_ value: (some Bindable)?) {
            values.append(value?.sqlValue ?? .null)
            text += "?"
        }
    }
}

/// Something a column can hold.
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
