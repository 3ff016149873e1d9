/// A value as written in a settings file. A tuple is a list.
struct Literal: Sendable {
    enum Value: Sendable {
        case truth(Bool)
        case number(Int)
        case decimal(Double)
        case text(String)
        case list([Literal])
        case none
    }

    let value: Value
    /// The line of the file on which the value begins.
    let line: Int

    /// The value as an error message shows it: of a text the first 80 characters.
    var shown: String {
        switch value {
        case .truth(let truth): truth ? "True" : "False"
        case .number(let number): String(number)
        case .decimal(let number): String(number)
        case .text(let text): quoted(text.count > 80 ? text.prefix(80) + "…" : text)
        case .list: "a list"
        case .none: "None"
        }
    }

    func refused(_ reason: String) -> LineError {
        LineError(line, reason)
    }
}

/// A text as a quoted string of the settings file.
func quoted(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\", "'": result += "\\\(scalar)"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7f:
            result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "'"
}
