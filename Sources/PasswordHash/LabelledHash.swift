/// A stored text cut into its parts: `{SSHA512.HEX}content`.
struct LabelledHash {
    /// In upper case, without the suffix.
    let name: String
    /// `.B64`, `.HEX` or empty; in upper case.
    let dottedSuffix: String
    let content: Substring

    /// Nil when the text does not begin with a name in braces.
    init?(_ text: String) {
        guard text.hasPrefix("{"), let end = text.firstIndex(of: "}") else { return nil }
        let label = text[text.index(after: text.startIndex)..<end].uppercased()
        let dot = label.firstIndex(of: ".") ?? label.endIndex
        name = String(label[..<dot])
        dottedSuffix = String(label[dot...])
        content = text[text.index(after: end)...]
    }

    /// Nil when we do not know it, or its suffix, or when nothing follows it.
    var scheme: StoredScheme? {
        guard !content.isEmpty, dottedSuffix.isEmpty || encoding != nil else { return nil }
        return StoredScheme(rawValue: name)
    }

    /// Nil when no suffix names one.
    var encoding: TextEncoding? { TextEncoding(suffix: dottedSuffix.dropFirst()) }
}
