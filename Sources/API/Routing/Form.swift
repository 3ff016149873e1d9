import Gateway
import PasswordHash

/// The typed parameters of a route. Its `init` is the only place where a field is named: run on a request it parses and
/// validates, run without one it describes itself. Straight-line code, so that the describing run meets every field.
protocol FormInput: Sendable {
    init(_ form: inout Form) throws(APIError)
    /// Rules across fields, asked of the finished value.
    func check() throws(APIError)
}

extension FormInput {
    func check() throws(APIError) {}
}

/// One documented parameter.
package struct ParameterDescription: Sendable {
    package let name: String
    package let summary: String
    package let example: String
    package let isRequired: Bool
    /// What a value looks like, in words.
    package let kind: String
    package let secret: SecretKind?
}

/// What of a request its parameters come from: nothing of it says who asks.
struct SentForm {
    let query: Substring
    /// Nil when the method has none.
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
    private enum Mode { case parsing, describing }

    private struct Value {
        var text: String
        /// Also when the body has it too: what stood in the query string is in the web server's log.
        var isInQuery: Bool
    }

    /// Compared byte by byte: names are ASCII, and the normal form of what else a client invents costs time.
    private struct Name: Hashable {
        let text: String

        init(_ text: String) { self.text = text }

        static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    private let mode: Mode
    private let isStrict: Bool
    private var values: [Name: Value] = [:]
    /// The names that were asked for; kept under strict handling only.
    private var known: Set<Name> = []
    private(set) var described: [ParameterDescription] = []
    /// The parts of a profile that the request wants to change, each with the first of its fields that was sent.
    private(set) var touched: [(profile: String, field: String)] = []
    /// The password that was sent; no form has fields for two of them.
    private(set) var password: SentPassword?

    init(describing: Void) {
        mode = .describing
        isStrict = true
    }

    /// - Throws: for what cannot be read as a form.
    init(_ sent: SentForm) throws(APIError) {
        mode = .parsing
        isStrict = sent.isStrict
        do throws(FormError) {
            // A name in both takes the body's value; of a repeated one the last counts.
            if !sent.query.isEmpty { add(try FormField.urlEncoded(sent.query), isFromBody: false) }
            if let body = sent.body { add(try FormField.body(body, contentType: sent.contentType), isFromBody: true) }
        } catch {
            switch error {
            case .unreadable: throw .unreadable
            case .unsupportedType: throw .unsupportedMediaType
            case .tooMany: throw .tooLarge
            }
        }
        guard !values.isEmpty else { return }
        guard values.count <= FormField.limit else { throw .tooLarge }
        let cut = values.lazy.filter { $0.key.text.utf8.contains(0) || $0.value.text.utf8.contains(0) }
        if let name = cut.map(\.key.text).min() {
            throw .invalidParameter.at(name)
        }
    }

    private mutating func add(_ fields: [FormField], isFromBody: Bool) {
        for field in fields {
            let name = Name(field.name)
            let wasInQuery = values[name]?.isInQuery == true
            values[name] = Value(text: field.value.trimmed, isInQuery: wasInQuery || !isFromBody)
        }
    }

    /// - Returns: nil when the field was not sent, or was sent empty where that means the same.
    mutating func optional<Result>(
        _ name: String, legacy: String? = nil, _ type: FieldType<Result>, _ summary: String, example: String
    ) throws(APIError) -> Result? {
        try field(name, legacy: legacy, type, summary, example: example, isRequired: false)
    }

    /// - Parameter missing: the word for a field that is absent or empty.
    mutating func required<Result>(
        _ name: String, legacy: String? = nil, _ type: FieldType<Result>, _ summary: String, example: String,
        missing: APIError = .missingParameter
    ) throws(APIError) -> Result {
        if mode == .parsing, text(name, legacy)?.text.isEmpty != false { throw missing.at(name) }
        let value = try field(name, legacy: legacy, type, summary, example: example, isRequired: true)
        guard let value else { throw missing.at(name) }
        return value
    }

    /// Fields of a part of the profile that may be closed to the caller; declared before the fields are read, so that
    /// nobody learns of a field that is none of his business whether its value would do.
    mutating func closed(by profile: String, _ names: String...) {
        if let name = names.first(where: isSent) { touched.append((profile, name)) }
    }

    /// Refuses a request that has `name` and one of the others.
    func exclusive(_ name: String, _ others: String...) throws(APIError) {
        guard isSent(name) else { return }
        for other in others where isSent(other) { throw .parameterConflict.at(other) }
    }

    /// Fields that count as not sent, whatever they hold, when something else that was sent leaves them no meaning. They
    /// are known all the same.
    mutating func discard(_ names: String..., when isMeaningless: Bool) {
        guard isMeaningless else { return }
        for name in names { values[Name(name)] = nil }
    }

    /// Strict handling refuses what it does not know.
    func refuseUnknown() throws(APIError) {
        guard isStrict, mode == .parsing else { return }
        if let unknown = values.keys.filter({ !known.contains($0) }).map(\.text).min() {
            throw .invalidParameter.at(unknown, "This parameter is not known here.")
        }
    }

    private mutating func field<Result>(
        _ name: String, legacy: String?, _ type: FieldType<Result>, _ summary: String, example: String, isRequired: Bool
    ) throws(APIError) -> Result? {
        if mode == .describing {
            described.append(
                ParameterDescription(
                    name: name, summary: summary, example: example, isRequired: isRequired, kind: type.kind,
                    secret: type.secret))
            return try type.parse(example, true)
        }
        if isStrict {
            known.formUnion([name, legacy].compactMap(\.self).map(Name.init))
            if let legacy, isSent(name), isSent(legacy) {
                throw .invalidParameter.at(legacy, "This is the older name of \(name), which was sent too.")
            }
        }
        guard let value = text(name, legacy) else { return nil }
        guard type.secret == nil || !value.isInQuery else {
            throw .invalidParameter.at(name, "A secret counts only in the body: query strings are logged.")
        }
        do throws(APIError) {
            let result = try type.parse(value.text, isStrict)
            if let kind = type.secret, let secret = result as? Secret {
                password = SentPassword(kind: kind, secret: secret)
            }
            return result
        } catch {
            throw type.namesParameter ? .invalidValue(of: name) : error.at(name)
        }
    }

    private func text(_ name: String, _ legacy: String?) -> Value? {
        values[Name(name)] ?? legacy.flatMap { values[Name($0)] }
    }

    private func isSent(_ name: String) -> Bool { values[Name(name)] != nil }
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
