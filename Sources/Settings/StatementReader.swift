/// Reads a settings file as a sequence of Python statements, of which only `NAME = value` has a meaning.
///
/// Nothing is executed. A statement that cannot change a known key is skipped. One that could, but is no plain
/// assignment, is an error, so that no line the admin relies on is ignored silently.
struct StatementReader {
    /// An assignment to a known key.
    struct Line {
        let key: String
        let line: Int
        let literal: Literal
    }

    struct Warning {
        let line: Int
        let text: String
    }

    /// A name in a statement that is skipped.
    private struct Mention {
        let name: String
        let line: Int
        /// Whether `=` follows, outside of brackets.
        let isAssigned: Bool
    }

    private let file: String
    private let isKnown: (String) -> Bool
    private var cursor: Cursor
    private(set) var assignments: [Line] = []
    /// About skipped statements that the admin may have meant as settings.
    private(set) var warnings: [Warning] = []

    init(_ text: String, file: String, isKnown: @escaping (String) -> Bool) {
        cursor = Cursor(text)
        self.file = file
        self.isKnown = isKnown
    }

    mutating func readAll() throws(SettingsError) {
        var isIndented = false
        while let byte = cursor.byte {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: ";") {
                if byte == UInt8(ascii: "\n") { isIndented = false }
                cursor.advance()
            } else if isBlank(byte) || byte == UInt8(ascii: "\\") && cursor.peek(1) == UInt8(ascii: "\n") {
                isIndented = true
                cursor.skipBlanks()
            } else if byte == UInt8(ascii: "#") {
                cursor.skipComment()
            } else {
                try statement(isIndented: isIndented)
                // Blanks behind a `;` do not indent what follows.
                if cursor.skip(";") { cursor.skipBlanks() }
            }
        }
    }

    private mutating func statement(isIndented: Bool) throws(SettingsError) {
        let line = cursor.line
        let start = cursor
        let word = cursor.word()
        cursor.skipBlanks()
        guard !word.isEmpty, cursor.isAt("="), cursor.peek(1) != UInt8(ascii: "=") else {
            cursor = start
            return try other(word, line: line, isIndented: isIndented)
        }
        cursor.advance()
        do throws(LineError) {
            if isKnown(word) {
                if isIndented {
                    throw LineError(line, "the line is indented; write it at the left margin, outside of any block")
                }
                assignments.append(Line(key: word, line: line, literal: try cursor.assignedLiteral()))
                return
            }
            for mention in try passOver() where mention.isAssigned && isKnown(mention.name) {
                throw LineError(mention.line, "\(mention.name) is set here too; give it a line of its own")
            }
        } catch {
            throw SettingsError(file, line: error.line, key: word, error.reason)
        }
        warn(line, "\(word) is not a setting of Postern and is ignored")
    }

    /// Skips a statement that is no plain assignment.
    ///
    /// - Parameter word: the name at its beginning; empty for none.
    /// - Throws: when the statement names a known key.
    private mutating func other(_ word: String, line: Int, isIndented: Bool) throws(SettingsError) {
        let isText = isQuote(cursor.byte)
        let mentions: [Mention]
        do throws(LineError) {
            mentions = try passOver()
        } catch {
            throw SettingsError(file, line: error.line, error.reason)
        }
        if let mention = mentions.first(where: { isKnown($0.name) }) {
            throw SettingsError(
                file, line: mention.line, key: mention.name,
                "only lines of the form \(mention.name) = value are read; write it so, or remove this one")
        }
        switch word {
        case "from" where mentions.last?.name == "import":
            warn(line, "what this line imports is not read; write its settings into this file")
        case "import", "from", "pass": break
        default:
            if !isText && !isIndented { warn(line, "this is not a line of the form NAME = value and is ignored") }
        }
    }

    private mutating func warn(_ line: Int, _ text: String) {
        warnings.append(Warning(line: line, text: text))
    }

    /// Skips the rest of the statement, with its brackets, strings and joined lines.
    ///
    /// - Returns: the names in it, but for those in strings and comments.
    private mutating func passOver() throws(LineError) -> [Mention] {
        let closing: [UInt8: UInt8] = [
            UInt8(ascii: "("): UInt8(ascii: ")"), UInt8(ascii: "["): UInt8(ascii: "]"),
            UInt8(ascii: "{"): UInt8(ascii: "}"),
        ]
        var mentions: [Mention] = []
        var open: [(closing: UInt8, line: Int)] = []
        while true {
            if open.isEmpty { cursor.skipBlanks() } else { cursor.skipSpace() }
            cursor.skipComment()
            guard let byte = cursor.byte else {
                guard let last = open.last else { return mentions }
                throw LineError(last.line, "the bracket opened here is not closed")
            }
            if open.isEmpty, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: ";") { return mentions }
            if isQuote(byte) {
                _ = try cursor.quotation()
            } else if isPartOfName(byte) {
                let line = cursor.line
                let name = cursor.word()
                if isQuote(cursor.byte), isStringPrefix(name) { continue }
                cursor.skipBlanks()
                let isAssigned = open.isEmpty && cursor.isAt("=") && cursor.peek(1) != UInt8(ascii: "=")
                mentions.append(Mention(name: name, line: line, isAssigned: isAssigned))
            } else {
                if let end = closing[byte] {
                    open.append((end, cursor.line))
                } else if closing.values.contains(byte), open.popLast()?.closing != byte {
                    throw LineError(cursor.line, "\(cursor.shown) closes a bracket that is not open")
                }
                cursor.advance()
            }
        }
    }
}
