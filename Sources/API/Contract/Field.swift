import Synchronization

/// One parameter of an operation, as declared. The documentation and the tests read it.
package struct Field: Sendable {
    package let name: String
    /// A name that the parameter had before, which is still taken; nil for none.
    package let older: String?
    /// One sentence.
    package let summary: String
    package let example: String
    /// The value that counts when the parameter is not sent; nil where no fixed value does.
    package let defaultValue: String?
    package let isRequired: Bool
    /// What a value looks like, in words.
    package let kind: String
    /// What a value looks like in a JSON body.
    package let shape: Shape
    /// What is done with a secret; nil for other values.
    package let secret: SecretKind?
    package let access: FieldAccess
    /// Names of parameters that cannot be sent beside it.
    package fileprivate(set) var conflicts: [String]
    /// The parameter without which this one means nothing; nil for none.
    package let needs: String?
    /// For a bad value, and for a missing one if the parameter is required.
    let refusals: [APIError]
    /// The parameter and value, such as `isGlobalAdmin=yes`, beside which this one is ignored; nil for none.
    package fileprivate(set) var unreadBeside: String?
}

/// The parameters of an operation and the rules across them. Made once, by a run of the input type that describes.
package final class FieldTable: Sendable {
    package let fields: [Field]
    /// For each name that may be sent: twice the index of its field, and one more for the older name.
    private let places: [FieldName: Int]
    /// Indices of fields that cannot be sent together.
    let conflicts: [(field: Int, others: [Int])]
    /// Indices of fields, each with the field that it needs.
    let needs: [(field: Int, needed: Int)]

    private static let known = Mutex<[ObjectIdentifier: FieldTable]>([:])

    /// The table of an input type, which many operations may share.
    static func of<Input: FormInput>(_ type: Input.Type) -> FieldTable {
        known.withLock { known in
            if let table = known[ObjectIdentifier(type)] { return table }
            let table = FieldTable("\(type)") { (form) throws(APIError) in _ = try Input(&form) }
            known[ObjectIdentifier(type)] = table
            return table
        }
    }

    /// Stops the program for a declaration that contradicts itself. It is a mistake in the program, which every start
    /// would meet, and such a parameter must not be served.
    ///
    /// - Parameter describe: runs the input on a form that describes.
    private init(_ input: String, _ describe: (inout Form) throws(APIError) -> Void) {
        var form = Form(describing: ())
        do throws(APIError) {
            try describe(&form)
        } catch {
            fatalError("\(input): an example is refused: \(error.parameter ?? "?"): \(error.word)")
        }
        var fields = form.described
        guard fields.count <= UInt64.bitWidth else {
            fatalError("\(input): more fields than there are bits for them")
        }
        var places: [FieldName: Int] = [:]
        func add(_ name: String, _ place: Int) {
            guard places.updateValue(place, forKey: FieldName(name)) == nil else {
                fatalError("\(input): \(name) stands there twice")
            }
        }
        for (index, field) in fields.enumerated() {
            add(field.name, index * 2)
            if let older = field.older { add(older, index * 2 + 1) }
        }
        func number(_ name: String) -> Int {
            guard let place = places[FieldName(name)] else {
                fatalError("\(input): nobody declared \(name)")
            }
            return place / 2
        }
        for (names, condition) in form.unread {
            for name in names { fields[number(name)].unreadBeside = condition }
        }
        conflicts = fields.enumerated().filter { !$0.element.conflicts.isEmpty }
            .map { ($0.offset, $0.element.conflicts.map(number)) }
        needs = fields.enumerated().compactMap { index, field in field.needs.map { (index, number($0)) } }
        for (field, others) in conflicts {
            for other in others where !fields[other].conflicts.contains(fields[field].name) {
                fields[other].conflicts.append(fields[field].name)
            }
        }
        let crossing = conflicts.flatMap { [$0.field] + $0.others } + needs.flatMap { [$0.field, $0.needed] }
        guard crossing.allSatisfy({ fields[$0].older == nil }),
            fields.allSatisfy({ $0.unreadBeside == nil || $0.older == nil })
        else { fatalError("\(input): rules across fields look at newer names only") }
        self.fields = fields
        self.places = places
    }

    func place(of name: FieldName) -> Int? { places[name] }
}

/// A parameter's name, compared byte by byte: declared names are ASCII, and `String` would first bring what a client
/// sends into its normal form, which costs time.
struct FieldName: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: FieldName, right: FieldName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
