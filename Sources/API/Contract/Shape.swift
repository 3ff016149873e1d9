/// What a JSON value looks like, with what it means: the part of JSON Schema that the contract needs.
///
/// The shape of an answer is declared beside the code that writes it; that of a parameter is part of its `FieldType`.
/// `OpenAPI` and `ReferencePage` show shapes, and the tests compare every answer with its shape.
package struct Shape: Sendable {
    package indirect enum Kind: Sendable {
        /// - Parameters:
        ///   - format: a `format` of JSON Schema; nil for none.
        ///   - pattern: a regular expression of ECMA-262; nil for none.
        ///   - length: the most characters; nil for no limit.
        case text(format: String? = nil, pattern: String? = nil, length: Int? = nil)
        /// One of these words.
        case word([String])
        /// A whole number.
        case number(ClosedRange<Int>)
        /// A number that may have a fraction.
        case decimal(ClosedRange<Double>)
        /// True or false.
        case flag
        case list(Shape)
        case object([Member])
        /// An object that may have any other members as well.
        case openObject([Member])
        /// An object whose members have any names and values of this shape.
        case table(Shape)
        /// Any of these.
        case either([Shape])
        case null
    }

    package struct Member: Sendable {
        package let name: String
        package let shape: Shape
        /// Whether it may be missing.
        package let isOptional: Bool

        package init(_ name: String, _ shape: Shape, isOptional: Bool = false) {
            self.name = name
            self.shape = shape
            self.isOptional = isOptional
        }
    }

    package var kind: Kind
    /// One sentence for people, with the unit of a number; empty where the name says it all.
    package var meaning: String
    /// The name under which the documents have it once, for all uses; nil for a shape that is written in place.
    package var name: String?

    package init(_ kind: Kind, _ meaning: String = "", name: String? = nil) {
        self.kind = kind
        self.meaning = meaning
        self.name = name
    }
}

extension Shape {
    package static func text(_ meaning: String) -> Shape { Shape(.text(), meaning) }
    package static func address(_ meaning: String) -> Shape { Shape(.text(format: "email"), meaning) }
    package static func domain(_ meaning: String) -> Shape { Shape(.text(format: "hostname"), meaning) }
    /// `YYYY-MM-DD HH:MM:SS`, UTC.
    package static func time(_ meaning: String) -> Shape {
        Shape(.text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"), meaning)
    }
    package static func number(_ meaning: String) -> Shape { Shape(.number(.min ... .max), meaning) }
    /// A whole number from 0.
    package static func count(_ meaning: String) -> Shape { Shape(.number(0 ... .max), meaning) }
    /// A whole number from -1.
    package static func limit(_ meaning: String) -> Shape { Shape(.number(-1 ... .max), meaning) }
    /// Any number.
    package static func decimal(_ meaning: String) -> Shape {
        Shape(.decimal(-.greatestFiniteMagnitude ... .greatestFiniteMagnitude), meaning)
    }
    /// 0 or 1, as columns have it.
    package static func bit(_ meaning: String) -> Shape { Shape(.number(0...1), meaning) }
    package static func flag(_ meaning: String) -> Shape { Shape(.flag, meaning) }
    package static func word(_ words: [String], _ meaning: String) -> Shape { Shape(.word(words), meaning) }
    package static func list(_ item: Shape, _ meaning: String) -> Shape { Shape(.list(item), meaning) }
    package static func addresses(_ meaning: String) -> Shape { list(.address(""), meaning) }
    package static func domains(_ meaning: String) -> Shape { list(.domain(""), meaning) }
    package static func object(_ members: [Member], _ meaning: String = "", name: String? = nil) -> Shape {
        Shape(.object(members), meaning, name: name)
    }
    package static func either(_ shapes: [Shape], _ meaning: String = "") -> Shape { Shape(.either(shapes), meaning) }
    /// This, or null.
    package var orNull: Shape { Shape(.either([self, Shape(.null)]), meaning) }

    /// Whether null is such a value. An operation whose answer is one may leave `_data` out instead.
    package var takesNull: Bool {
        switch kind {
        case .null: true
        case .either(let shapes): shapes.contains(where: \.takesNull)
        default: false
        }
    }
}
