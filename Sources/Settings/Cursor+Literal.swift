extension Cursor {
    /// Reads the value of an assignment: a literal, and behind it nothing but a comment up to the line end or `;`.
    mutating func assignedLiteral() throws(LineError) -> Literal {
        skipBlanks()
        let literal = try literal(depth: 0)
        skipBlanks()
        skipComment()
        if byte == nil || isAt("\n") || isAt(";") { return literal }
        if isAt(",") { throw LineError(line, "several values need brackets; write a list: [ … ]") }
        if isQuote(byte) { throw LineError(line, "two strings side by side are not joined; write one string") }
        throw LineError(line, "\(shown) stands behind the value; nothing is calculated here, write the result")
    }

    private mutating func literal(depth: Int) throws(LineError) -> Literal {
        let start = line
        guard let byte, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "#") else {
            throw LineError(start, "the value is missing; write it behind the =")
        }
        if isQuote(byte) { return try Literal(value: .text(text(prefix: "")), line: start) }
        if isDigit(byte) || byte == UInt8(ascii: "-") { return try Literal(value: number(), line: start) }
        if isPartOfName(byte) { return try Literal(value: named(), line: start) }
        if skip("[") { return try Literal(value: .list(items(until: "]", from: start, depth: depth).all), line: start) }
        if skip("(") {
            let (all, comma) = try items(until: ")", from: start, depth: depth)
            // As in Python, `(1)` is a number and `(1,)` a tuple.
            if all.count == 1, !comma { return all[0] }
            return Literal(value: .list(all), line: start)
        }
        if isAt("{") { throw LineError(start, "a dictionary is not a value Postern reads; write a list: [ … ]") }
        throw LineError(start, "\(shown) does not begin a value; write True, False, a number, a string or a list")
    }

    /// `True`, `False`, `None`, or a string with a prefix.
    private mutating func named() throws(LineError) -> Literal.Value {
        let start = line
        let word = word(alsoDots: true)
        if isQuote(byte), isStringPrefix(word) { return .text(try text(prefix: word.lowercased())) }
        switch word {
        case "True": return .truth(true)
        case "False": return .truth(false)
        case "None": return .none
        case "true", "false": throw LineError(start, "\(word) is not a value; write True or False")
        default:
            throw LineError(
                start, "\(word) is not a value: names and calls are not looked up; write the value itself")
        }
    }

    /// A whole number, or one with a decimal point and digits on both sides of it.
    private mutating func number() throws(LineError) -> Literal.Value {
        let start = line
        let sign = skip("-") ? "-" : ""
        let digits = word(alsoDots: true)
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }
        guard isPlain, parts[0] == "0" || !parts[0].hasPrefix("0") else {
            throw LineError(start, "\(sign + digits) is not a number; write it in plain decimal digits")
        }
        if parts.count == 2, let number = Double(sign + digits) { return .decimal(number) }
        guard let number = Int(sign + digits) else {
            throw LineError(start, "\(sign + digits) is too large a number")
        }
        return .number(number)
    }

    /// Reads the items of a list, and its closing bracket `end`. The opening one, on line `start`, has been read.
    ///
    /// - Returns: the items, and whether there was a comma.
    private mutating func items(
        until end: Unicode.Scalar, from start: Int, depth: Int
    ) throws(LineError) -> (all: [Literal], comma: Bool) {
        guard depth < 4 else { throw LineError(start, "the lists are nested too deeply; write one flat list") }
        var all: [Literal] = []
        var comma = false
        while true {
            skipSpace()
            if skip(end) { return (all, comma) }
            guard byte != nil else {
                throw LineError(start, "the list that begins here is not closed; add the \(end)")
            }
            all.append(try literal(depth: depth + 1))
            skipSpace()
            if skip(",") {
                comma = true
            } else if isQuote(byte) {
                throw LineError(line, "a comma is missing before this string")
            } else if byte != nil, !isAt(end) {
                throw LineError(line, "\(shown) stands where a comma or \(end) belongs")
            }
        }
    }

    private mutating func text(prefix: String) throws(LineError) -> String {
        let quotation = try quotation()
        guard !quotation.isTriple, ["", "r", "u"].contains(prefix) else {
            throw LineError(quotation.line, "only plain strings are read; write it as '…'")
        }
        if prefix == "r" { return String(decoding: quotation.body, as: UTF8.self) }
        return try unescaped(quotation)
    }
}

/// Replaces the backslash escapes of a string as Python does. An unknown escape stays, with its backslash.
private func unescaped(_ quotation: Cursor.Quotation) throws(LineError) -> String {
    let plain: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "\\"): "\\", UInt8(ascii: "'"): "'", UInt8(ascii: "\""): "\"", UInt8(ascii: "n"): "\n",
        UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t", UInt8(ascii: "a"): "\u{7}", UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "v"): "\u{b}",
    ]
    let coded: [UInt8: Int] = [UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8]
    var result: [UInt8] = []
    var rest = quotation.body
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
            result.append(byte)
            continue
        }
        if let scalar = plain[escape] {
            result += scalar.utf8
        } else if let length = coded[escape] {
            let digits = rest.prefix(length)
            rest = rest.dropFirst(length)
            result += try scalar(digits, count: length, radix: 16, line: quotation.line).utf8
        } else if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(escape) {
            let more = rest.prefix(2).prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
            rest = rest.dropFirst(more.count)
            result += try scalar([escape] + more, count: 1 + more.count, radix: 8, line: quotation.line).utf8
        } else if escape == UInt8(ascii: "N") {
            throw LineError(quotation.line, "\\N{…} is not read; write the character itself")
        } else if escape != UInt8(ascii: "\n") {
            result += [byte, escape]
        }
    }
    return String(decoding: result, as: UTF8.self)
}

private func scalar(
    _ digits: ArraySlice<UInt8>, count: Int, radix: Int, line: Int
) throws(LineError) -> Unicode.Scalar {
    let text = String(decoding: digits, as: UTF8.self)
    guard text.utf8.count == count, text.utf8.allSatisfy({ isDigit($0) || isLetter($0) }),
        let code = UInt32(text, radix: radix), let scalar = Unicode.Scalar(code)
    else { throw LineError(line, "the string has a broken \\ escape; write \\\\ for a backslash") }
    return scalar
}
