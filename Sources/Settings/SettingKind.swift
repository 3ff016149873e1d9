import Mail

/// How a setting's value is read, validated and printed.
struct SettingKind<Value: Sendable>: Sendable {
    /// What may be written, as an error message has it after "expected".
    let expectation: String
    let read: @Sendable (Literal) throws(LineError) -> Value
    /// The value as it is written in a settings file.
    let text: @Sendable (Value) -> String
}

extension SettingKind<Bool> {
    static func truth() -> Self {
        let expectation = "True or False"
        return SettingKind(expectation: expectation) { literal throws(LineError) in
            guard case .truth(let truth) = literal.value else { throw literal.notFitting(expectation) }
            return truth
        } text: {
            $0 ? "True" : "False"
        }
    }
}

extension SettingKind<Int> {
    static func number(_ range: ClosedRange<Int>) -> Self {
        let expectation = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return SettingKind(expectation: expectation) { literal throws(LineError) in
            guard case .number(let number) = literal.value, range.contains(number) else {
                throw literal.notFitting(expectation)
            }
            return number
        } text: {
            String($0)
        }
    }
}

extension SettingKind<Double> {
    static func decimal(_ range: ClosedRange<Double>) -> Self {
        let expectation = "a number from \(range.lowerBound) to \(range.upperBound)"
        return SettingKind(expectation: expectation) { literal throws(LineError) in
            let number: Double? =
                switch literal.value {
                case .number(let whole): Double(whole)
                case .decimal(let number): number
                default: nil
                }
            guard let number, range.contains(number) else { throw literal.notFitting(expectation) }
            return number
        } text: {
            String($0)
        }
    }
}

extension SettingKind<String> {
    /// - Parameter isFit: whether a text is what `expectation` describes.
    static func text(_ expectation: String, isFit: @escaping @Sendable (String) -> Bool) -> Self {
        SettingKind(expectation: expectation) { literal throws(LineError) in
            guard case .text(let text) = literal.value, isFit(text) else { throw literal.notFitting(expectation) }
            return text
        } text: {
            quoted($0)
        }
    }

    /// One of these words. Case does not matter in the file; the value has the spelling of `words`.
    static func choice(_ words: [String]) -> Self {
        let list = words.map(quoted).joined(separator: ", ")
        let expectation = words.count == 1 ? list : "one of \(list)"
        return SettingKind(expectation: expectation) { literal throws(LineError) in
            guard case .text(let text) = literal.value,
                let word = words.first(where: { $0.lowercased() == text.lowercased() })
            else { throw literal.notFitting(expectation) }
            return word
        } text: {
            quoted($0)
        }
    }
}

extension SettingKind<IPNetwork> {
    static func addressRange() -> Self {
        let expectation = "an IP address or network as a string"
        return SettingKind(expectation: expectation) { literal throws(LineError) in
            guard case .text(let text) = literal.value else { throw literal.notFitting(expectation) }
            do throws(IPNetwork.ParseError) {
                return try IPNetwork(text)
            } catch {
                throw literal.refused(error.reason)
            }
        } text: {
            quoted($0.description)
        }
    }
}

extension SettingKind<ServerAddress> {
    static func serverAddress(usualPort: UInt16) -> Self {
        let expectation =
            "an IP address as a string, with or without a port, such as '192.0.2.1:53' or '[2001:db8::1]:53'"
        return SettingKind(expectation: expectation) { literal throws(LineError) in
            guard case .text(let text) = literal.value, let server = ServerAddress(text, usualPort: usualPort) else {
                throw literal.notFitting(expectation)
            }
            return server
        } text: {
            quoted($0.description)
        }
    }
}

extension SettingKind {
    /// - Parameter expectation: of the list as a whole.
    static func list<Element>(
        _ expectation: String, of element: SettingKind<Element>, canBeEmpty: Bool = true
    ) -> Self where Value == [Element] {
        SettingKind(expectation: expectation) { literal throws(LineError) in
            guard case .list(let items) = literal.value else {
                let wayOut = literal.suggestsList ? "; write [\(literal.shown)]" : ""
                throw literal.notFitting(expectation + wayOut)
            }
            guard canBeEmpty || !items.isEmpty else {
                throw literal.refused("found an empty list, expected \(expectation)")
            }
            var values: [Element] = []
            for item in items { values.append(try element.read(item)) }
            return values
        } text: { values in
            "[" + values.map(element.text).joined(separator: ", ") + "]"
        }
    }
}

extension Literal {
    /// Whether an error message should propose a list with this as its only item.
    fileprivate var suggestsList: Bool {
        switch value {
        case .text(let text): !text.isEmpty
        case .number, .decimal: true
        case .truth, .list, .none: false
        }
    }

    fileprivate func notFitting(_ expectation: String) -> LineError {
        refused("found \(shown), expected \(expectation)")
    }
}
