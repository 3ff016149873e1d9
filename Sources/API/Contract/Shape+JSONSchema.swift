/// Shapes as JSON Schema 2020-12, which OpenAPI 3.1 uses.
extension JSONWriter {
    /// For a shape with a name only a reference.
    mutating func schema(of shape: Shape, example: String? = nil) {
        open("{")
        if let name = shape.name {
            member("$ref", "#/components/schemas/\(name)")
        } else {
            if !shape.meaning.isEmpty { member("description", shape.meaning) }
            keywords(shape)
            if let example {
                name("examples")
                open("[")
                value(example, as: shape)
                close("]")
            }
        }
        close("}")
    }

    /// Type and bounds.
    mutating func keywords(_ shape: Shape) {
        switch shape.kind {
        case .text(let format, let pattern, let length):
            member("type", "string")
            if let format { member("format", format) }
            if let pattern { member("pattern", pattern) }
            if let length { member("maxLength", length) }
        case .word(let words):
            member("type", "string")
            member("enum", words)
        case .number(let range):
            member("type", "integer")
            if range.lowerBound != .min { member("minimum", range.lowerBound) }
            if range.upperBound != .max { member("maximum", range.upperBound) }
        case .decimal(let range):
            member("type", "number")
            if range.lowerBound > -.greatestFiniteMagnitude {
                name("minimum")
                value(range.lowerBound)
            }
            if range.upperBound < .greatestFiniteMagnitude {
                name("maximum")
                value(range.upperBound)
            }
        case .flag: member("type", "boolean")
        case .null: member("type", "null")
        case .list(let item):
            member("type", "array")
            name("items")
            schema(of: item)
        case .table(let item):
            member("type", "object")
            name("additionalProperties")
            schema(of: item)
        case .object(let members):
            object(members)
            member("additionalProperties", false)
        case .openObject(let members): object(members)
        case .either(let shapes):
            name("anyOf")
            open("[")
            for shape in shapes { schema(of: shape) }
            close("]")
        }
    }

    private mutating func object(_ members: [Shape.Member]) {
        member("type", "object")
        name("properties")
        open("{")
        for member in members {
            name(member.name)
            schema(of: member.shape)
        }
        close("}")
        let required = members.filter { !$0.isOptional }.map(\.name)
        if !required.isEmpty { member("required", required) }
    }

    /// Writes an example or default, which is declared as text, as a JSON value of this shape.
    mutating func value(_ text: String, as shape: Shape) {
        switch shape.kind {
        case .number: if let number = Int(text) { value(number) } else { value(text) }
        case .decimal: if let number = Double(text) { value(number) } else { value(text) }
        case .flag: json(text == "yes" ? "true" : "false")
        case .list: array(text.split(separator: ",").map(String.init))
        case .either(let shapes):
            if let first = shapes.first { value(text, as: first) } else { value(text) }
        case .text, .word, .table, .object, .openObject, .null: value(text)
        }
    }
}

extension Shape {
    /// The shape of the same value in a form, which has only texts.
    var inForm: Shape {
        switch kind {
        case .flag: Shape(.word(["yes", "no"]), meaning)
        case .list: Shape(.text(), meaning)
        case .either(let shapes): shapes.first?.inForm.emptyToo ?? self
        case .text, .word, .number, .decimal, .table, .object, .openObject, .null: self
        }
    }

    /// The same or the empty text, which stands for null.
    private var emptyToo: Shape {
        switch kind {
        case .word(let words): Shape(.word(words + [""]), meaning)
        default: Shape(.either([self, Shape(.word([""]))]), meaning)
        }
    }

    /// Adds every shape with a name that is part of this one, itself included.
    func collectNamed(_ found: inout [String: Shape]) {
        if let name { found[name] = self }
        switch kind {
        case .list(let item), .table(let item): item.collectNamed(&found)
        case .object(let members), .openObject(let members): for member in members { member.shape.collectNamed(&found) }
        case .either(let shapes): for shape in shapes { shape.collectNamed(&found) }
        case .text, .word, .number, .decimal, .flag, .null: break
        }
    }
}
