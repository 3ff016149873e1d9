import Gateway
import PasswordHash

/// The typed parameters of an operation. `init` is the only place where a field is named: on a request it parses and
/// validates, without one it describes. It has no branches, so that every run meets every field, in the same order.
///
///     init(_ form: inout Form) throws(APIError) {
///         title = try form.optional("name", .text, by: .caller, "Short description.", example: "Example Ltd")
///     }
protocol FormInput: Sendable {
    init(_ form: inout Form) throws(APIError)
    /// Rules across fields that depend on their values; called after `init`.
    func check() throws(APIError)
}

extension FormInput {
    func check() throws(APIError) {}
}

/// The parts of a request that its parameters are read from.
struct FormSource {
    let query: Substring
    /// Nil for GET and DELETE.
    let body: [UInt8]?
    let contentType: String?
    let isStrict: Bool
}

/// A password that was sent, and what is to be done with it.
struct SentPassword: Sendable {
    let kind: SecretKind
    let secret: Secret
}

/// The fields of one request while an input type reads them.
struct Form {
    private struct Value {
        var text: String
        /// True also when the body has the field too: the query string is in the web server's log.
        var isInQuery: Bool
    }

    /// Nil in a run that describes.
    private let table: FieldTable?
    private let isStrict: Bool
    /// By `FieldTable.place(of:)`.
    private var values: [Value?] = []
    /// Names that the table does not have.
    private var unknown: [FieldName: Value] = [:]
    /// The number of the field that is read next.
    private var next = 0
    /// A bit for each field that has a value.
    private var present: UInt64 = 0
    private(set) var described: [Field] = []
    private(set) var unread: [(names: [String], condition: String)] = []
    /// The password that was sent; no form has fields for two of them.
    private(set) var password: SentPassword?

    init(describing: Void) {
        table = nil
        isStrict = true
    }

    /// - Throws: for what cannot be read as a form.
    init(_ sent: FormSource, _ table: FieldTable) throws(APIError) {
        self.table = table
        isStrict = sent.isStrict
        let query: [FormField]
        let body: [FormField]
        do throws(FormError) {
            query = sent.query.isEmpty ? [] : try FormField.urlEncoded(sent.query)
            body =
                try sent.body.map { (body) throws(FormError) in
                    try FormField.body(body, contentType: sent.contentType)
                } ?? []
        } catch {
            switch error {
            case .unreadable: throw .unreadable
            case .unsupportedType: throw .unsupportedMediaType
            case .tooMany: throw .tooLarge
            }
        }
        values = [Value?](repeating: nil, count: table.fields.count * 2)
        guard !query.isEmpty || !body.isEmpty else { return }
        // The body's value counts for a name in both, the last value for a name that is repeated.
        for field in query { add(field, isFromBody: false, table) }
        for field in body { add(field, isFromBody: true, table) }
        guard unknown.count + values.lazy.filter({ $0 != nil }).count <= FormField.limit else { throw .tooLarge }
        // No valid name or value contains NUL.
        var cut: [String] = unknown.filter { $0.key.text.utf8.contains(0) || $0.value.text.utf8.contains(0) }.map(
            \.key.text)
        for (place, value) in values.enumerated() where value?.text.utf8.contains(0) == true {
            let field = table.fields[place / 2]
            cut.append(place % 2 == 0 ? field.name : field.older ?? field.name)
        }
        if let name = cut.min() { throw .invalidParameter.at(name) }
    }

    private mutating func add(_ field: FormField, isFromBody: Bool, _ table: FieldTable) {
        let name = FieldName(field.name)
        if let place = table.place(of: name) {
            let wasInQuery = values[place]?.isInQuery == true
            values[place] = Value(text: field.value.trimmed, isInQuery: wasInQuery || !isFromBody)
        } else {
            unknown[name] = Value(text: field.value.trimmed, isInQuery: !isFromBody)
        }
    }

    /// The fields sent that not every caller may set: who may, and the name under which each was sent.
    var restricted: [(access: FieldAccess, field: String)] {
        guard let table else { return [] }
        var restricted: [(access: FieldAccess, field: String)] = []
        for (index, field) in table.fields.enumerated() where !field.access.isEmpty {
            if values[index * 2] != nil {
                restricted.append((field.access, field.name))
            } else if values[index * 2 + 1] != nil {
                restricted.append((field.access, field.older ?? field.name))
            }
        }
        return restricted
    }

    /// - Throws: when fields were sent that exclude each other.
    func refuseConflicts() throws(APIError) {
        guard let table else { return }
        for (field, others) in table.conflicts where isSent(field) {
            for other in others where isSent(other) { throw .parameterConflict.at(table.fields[other].name) }
        }
    }

    /// - Parameters:
    ///   - older: a name that the field had before, which is still taken.
    ///   - access: who may set the field, of those who may use the operation.
    ///   - conflicts: names of fields that cannot be sent beside it.
    ///   - needs: the field without which this one means nothing.
    ///   - usual: the value that counts when the field is not sent; nil where no fixed value does.
    /// - Returns: nil when the field was not sent, or was sent empty where that means the same.
    /// - Throws: the word for a bad value.
    mutating func optional<Result>(
        _ name: @autoclosure () -> String, older: String? = nil, _ type: FieldType<Result>, by access: FieldAccess,
        conflicts: @autoclosure () -> [String] = [], needs: String? = nil, _ summary: @autoclosure () -> String,
        example: @autoclosure () -> String, default defaultValue: String? = nil
    ) throws(APIError) -> Result? {
        guard let table else {
            return try describe(
                name(), older, type, access, conflicts(), needs, summary(), example: example(), defaultValue,
                missing: nil)
        }
        return try read(type, table)
    }

    /// - Parameter missing: the word for a field that is absent or empty.
    mutating func required<Result>(
        _ name: @autoclosure () -> String, older: String? = nil, _ type: FieldType<Result>, by access: FieldAccess,
        _ summary: @autoclosure () -> String, example: @autoclosure () -> String,
        missing: APIError = .missingParameter
    ) throws(APIError) -> Result {
        guard let table else {
            let value = try describe(
                name(), older, type, access, [], nil, summary(), example: example(), nil, missing: missing)
            guard let value else { throw missing.at(name()) }
            return value
        }
        let field = next
        if value(of: field)?.text.isEmpty != false { throw missing.at(table.fields[field].name) }
        guard let value = try read(type, table) else { throw missing.at(table.fields[field].name) }
        return value
    }

    /// Makes fields count as not sent, whatever they hold, when another field leaves them no meaning. Strict handling
    /// does not take them for unknown. To be called before they are read.
    /// - Parameter condition: the other field and its value, such as `isGlobalAdmin=yes`.
    mutating func leaveUnread(_ names: String..., beside condition: String, when isMeaningless: Bool) {
        guard let table else { return unread.append((names, condition)) }
        guard isMeaningless else { return }
        for name in names {
            guard let place = table.place(of: FieldName(name)) else { continue }
            values[place] = nil
        }
    }

    /// - Throws: under strict handling, when a parameter was sent that the operation does not have.
    func refuseUnknown() throws(APIError) {
        guard isStrict, let name = unknown.keys.map(\.text).min() else { return }
        throw .invalidParameter.at(name, "This parameter is not known here.")
    }

    /// - Throws: when a field has a value and the field that it needs has none.
    func refuseIncomplete() throws(APIError) {
        guard let table else { return }
        for (field, needed) in table.needs where present & 1 << field != 0 && present & 1 << needed == 0 {
            throw .missingParameter.at(table.fields[needed].name)
        }
    }

    private mutating func describe<Result>(
        _ name: String, _ older: String?, _ type: FieldType<Result>, _ access: FieldAccess, _ conflicts: [String],
        _ needs: String?, _ summary: String, example: String, _ defaultValue: String?, missing: APIError?
    ) throws(APIError) -> Result? {
        let wrong = type.namesParameter ? [APIError.invalidValue(of: name)] : type.refusals()
        described.append(
            Field(
                name: name, older: older, summary: summary, example: example, defaultValue: defaultValue,
                isRequired: missing != nil,
                kind: type.kind(),
                shape: type.shape(), secret: type.secret, access: access, conflicts: conflicts, needs: needs,
                refusals: wrong + [missing].compactMap(\.self)))
        return try type.parse(example, true)
    }

    private mutating func read<Result>(_ type: FieldType<Result>, _ table: FieldTable) throws(APIError) -> Result? {
        let field = next
        next += 1
        guard let value = value(of: field) else { return nil }
        let (name, older) = (table.fields[field].name, table.fields[field].older)
        if isStrict, let older, values[field * 2] != nil, values[field * 2 + 1] != nil {
            throw .invalidParameter.at(older, "This is the older name of \(name), which was sent too.")
        }
        guard type.secret == nil || !value.isInQuery else {
            throw .invalidParameter.at(name, "A secret counts only in the body: query strings are logged.")
        }
        do throws(APIError) {
            let result = try type.parse(value.text, isStrict)
            if result != nil { present |= 1 << field }
            if let kind = type.secret, let secret = result as? Secret {
                password = SentPassword(kind: kind, secret: secret)
            }
            return result
        } catch {
            throw type.namesParameter ? .invalidValue(of: name) : error.at(name)
        }
    }

    private func value(of field: Int) -> Value? { values[field * 2] ?? values[field * 2 + 1] }

    private func isSent(_ field: Int) -> Bool { values[field * 2] != nil }
}

extension String {
    /// Without white space at both ends.
    package var trimmed: String {
        guard let first = utf8.first, let last = utf8.last,
            first <= 0x20 || last <= 0x20 || first >= 0x80 || last >= 0x80
        else { return self }
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[start...end])
    }
}
