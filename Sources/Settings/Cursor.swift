/// A position in the text of a settings file, which only moves forward.
struct Cursor {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var line = 1

    /// CR LF and CR become LF; a byte order mark is left out.
    init(_ text: String) {
        var bytes: [UInt8] = []
        for byte in text.utf8.starts(with: [0xef, 0xbb, 0xbf]) ? text.utf8.dropFirst(3) : text.utf8[...] {
            if byte == UInt8(ascii: "\n"), bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            bytes.append(byte)
        }
        self.bytes = bytes.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 }
    }

    /// The byte here; nil at the end of the text.
    var byte: UInt8? { peek(0) }

    /// The byte `distance` places further on, 0 being the one here; nil beyond the end of the text.
    func peek(_ distance: Int) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    func isAt(_ character: Unicode.Scalar) -> Bool {
        byte == UInt8(ascii: character)
    }

    /// What stands here, for an error message.
    var shown: String {
        guard let byte else { return "the end of the file" }
        if byte == UInt8(ascii: "\n") { return "the end of the line" }
        return String(String(decoding: bytes[position...].prefix(64), as: UTF8.self).prefix(1))
    }

    mutating func advance() {
        guard let byte else { return }
        if byte == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    /// Passes this character, if it stands here.
    ///
    /// - Returns: whether it stood here.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        advance()
        return true
    }

    /// Passes blanks, and line ends that have a backslash before them.
    mutating func skipBlanks() {
        while let byte {
            if isBlank(byte) {
                advance()
            } else if byte == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "\n") {
                advance()
                advance()
            } else {
                return
            }
        }
    }

    /// Passes a comment, if one begins here, up to the end of its line.
    mutating func skipComment() {
        guard isAt("#") else { return }
        while let byte, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Passes what has no meaning inside brackets: blanks, line ends and comments.
    mutating func skipSpace() {
        while true {
            skipBlanks()
            skipComment()
            guard skip("\n") else { return }
        }
    }

    /// Reads all bytes from here on that may be part of a name or a number; empty when there are none.
    mutating func word(alsoDots: Bool = false) -> String {
        let start = position
        while let byte, isPartOfName(byte) || alsoDots && byte == UInt8(ascii: ".") { advance() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A string literal; its escapes are not replaced yet.
    struct Quotation {
        let body: ArraySlice<UInt8>
        let isTriple: Bool
        let line: Int
    }

    /// Reads the string whose opening quote stands here.
    mutating func quotation() throws(LineError) -> Quotation {
        let opening = line
        let quote = byte
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        let start = position
        while let byte, isTriple || byte != UInt8(ascii: "\n") {
            if byte == quote, !isTriple || peek(1) == quote && peek(2) == quote {
                let body = bytes[start..<position]
                position += isTriple ? 3 : 1
                return Quotation(body: body, isTriple: isTriple, line: opening)
            }
            if byte == UInt8(ascii: "\\") { advance() }
            advance()
        }
        throw LineError(opening, "the string that begins here is not closed; add the closing quote")
    }
}

func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 0x0c
}

func isPartOfName(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
}

func isQuote(_ byte: UInt8?) -> Bool {
    byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"")
}

/// Whether a word directly before a quote belongs to the string, as `r` and `f` do in Python.
func isStringPrefix(_ word: String) -> Bool {
    ["r", "u", "b", "f", "br", "rb", "fr", "rf"].contains(word.lowercased())
}
