/// The parts of a stored text `{SSHA512.HEX}content`.
struct LabelledHash {
    /// In upper case, without the suffix.
    let name: String
    /// With its dot, in upper case, such as `.HEX`; empty without one.
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

    /// Nil for an unknown name or suffix, and when nothing follows the braces.
    var scheme: StoredScheme? {
        guard !content.isEmpty, dottedSuffix.isEmpty || encoding != nil else { return nil }
        return StoredScheme(rawValue: name)
    }

    /// Nil without a known suffix.
    var encoding: TextEncoding? { TextEncoding(suffix: dottedSuffix.dropFirst()) }
}
