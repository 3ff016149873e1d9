/// Writes HTML that is well-formed XML as well, straight into bytes.
struct HTMLWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Text of any origin, escaped.
    mutating func text(_ text: String) { escape(text, isInAttribute: false) }

    private mutating func escape(_ text: String, isInAttribute: Bool) {
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            var index = 0
            while index < utf8.count {
                let reference: StaticString
                switch utf8[index] {
                case UInt8(ascii: "&"): reference = "&amp;"
                case UInt8(ascii: "<"): reference = "&lt;"
                case UInt8(ascii: ">"): reference = "&gt;"
                case UInt8(ascii: "\"") where isInAttribute: reference = "&quot;"
                default:
                    index += 1
                    continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                raw(reference)
                index += 1
                start = index
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
    }

    /// Markup of the page itself, not escaped.
    mutating func raw(_ markup: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: markup.utf8Start, count: markup.utf8CodeUnitCount))
    }

    typealias Attributes = KeyValuePairs<StaticString, String>

    mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ content: (inout HTMLWriter) -> Void) {
        open(name, attributes)
        raw(">")
        content(&self)
        raw("</")
        raw(name)
        raw(">")
    }

    mutating func element(_ name: StaticString, _ attributes: Attributes, _ content: String) {
        element(name, attributes) { $0.text(content) }
    }

    mutating func element(_ name: StaticString, _ content: String) { element(name, [:], content) }

    /// An element that has no content.
    mutating func void(_ name: StaticString, _ attributes: Attributes) {
        open(name, attributes)
        raw("/>")
    }

    private mutating func open(_ name: StaticString, _ attributes: Attributes) {
        raw("<")
        raw(name)
        for (name, value) in attributes {
            raw(" ")
            raw(name)
            raw("=\"")
            escape(value, isInAttribute: true)
            raw("\"")
        }
    }
}

extension HTMLWriter {
    mutating func code(_ text: String) { element("code", text) }

    /// A link to a part of the page.
    mutating func link(_ id: String, _ text: String) { element("a", ["href": "#\(id)"], text) }

    /// Text with code between back quotes.
    mutating func prose(_ text: String) {
        for (index, piece) in text.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 0 { self.text(String(piece)) } else { code(String(piece)) }
        }
    }

    mutating func paragraph(_ text: String) { element("p") { $0.prose(text) } }

    /// Code on lines of its own.
    mutating func block(_ text: String) {
        element("pre") { $0.code(text) }
    }

    /// - Parameter kind: its class in the style sheet.
    mutating func table(
        _ caption: String, _ kind: String, columns: [String], _ rows: (inout HTMLWriter) -> Void
    ) {
        element("table", ["class": kind]) { page in
            page.element("caption", caption)
            page.element("thead") { page in
                page.element("tr") { page in
                    for column in columns { page.element("th", ["scope": "col"], column) }
                }
            }
            page.element("tbody", [:], rows)
        }
        raw("\n")
    }

    /// A cell that names its row.
    mutating func rowHeading(_ content: (inout HTMLWriter) -> Void) { element("th", ["scope": "row"], content) }
}
