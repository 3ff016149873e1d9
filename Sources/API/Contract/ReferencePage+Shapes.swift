// The members of answers, as tables.

extension Shape {
    /// Whether its members are listed in place. Those of a shape with a name are listed once, under "Answers".
    var listsMembers: Bool { !rows.isEmpty && name == nil }

    /// Every shape that has a name, in the order in which the answers use them.
    static func named(in answers: [Shape]) -> [Shape] {
        var seen: Set<String> = []
        var named: [Shape] = []
        func look(_ shape: Shape) {
            if let name = shape.name {
                guard seen.insert(name).inserted else { return }
                named.append(shape)
            }
            switch shape.kind {
            case .object(let members), .openObject(let members): for member in members { look(member.shape) }
            case .list(let item), .table(let item): look(item)
            case .either(let shapes): for shape in shapes { look(shape) }
            case .text, .word, .number, .decimal, .flag, .null: break
            }
        }
        for answer in answers { look(answer) }
        return named
    }

    /// Its members and their members, by dotted names, down to shapes that have a name.
    fileprivate var rows: [(name: String, member: Member)] {
        switch kind {
        case .object(let members), .openObject(let members):
            members.flatMap { member in
                [(member.name, member)]
                    + member.shape.rowsWithin.map { row in ("\(member.name)\(row.name)", row.member) }
            }
        default: rowsWithin.map { row in (String(row.name.drop { $0 == "." }), row.member) }
        }
    }

    /// The rows below a member of this shape. Their names begin with `.`, `[]` or `.*`, to follow the member's name.
    private var rowsWithin: [(name: String, member: Member)] {
        if name != nil { return [] }
        return switch kind {
        case .object, .openObject: rows.map { row in (".\(row.name)", row.member) }
        case .list(let item): item.rowsWithin.map { row in ("[]\(row.name)", row.member) }
        case .table(let value): value.rowsWithin.map { row in (".*\(row.name)", row.member) }
        case .either(let shapes): shapes.flatMap(\.rowsWithin)
        case .text, .word, .number, .decimal, .flag, .null: []
        }
    }
}

extension HTMLWriter {
    /// A table of a shape's members.
    mutating func members(of shape: Shape) {
        let rows = shape.rows
        // If any member may be missing, one sentence says so instead of a mark at each.
        let allOptional = rows.allSatisfy(\.member.isOptional)
        if allOptional { element("p", "Any member may be missing.") }
        table("Members", "members", columns: ["Name", "Value", "Meaning"]) { page in
            for (name, member) in rows {
                page.element("tr") { page in
                    page.rowHeading { page in
                        page.code(name)
                        if member.isOptional && !allOptional {
                            page.raw(" ")
                            page.element("span", ["class": "mark"], "may be missing")
                        }
                    }
                    page.element("td") { $0.type(of: member.shape) }
                    page.element("td", member.shape.meaning)
                }
            }
        }
    }

    /// What a value looks like, in words.
    mutating func type(of shape: Shape, plural: Bool = false) {
        if let name = shape.name { return link(name, name) }
        switch shape.kind {
        case .text(let format, let pattern, _):
            switch format {
            case "email": text(plural ? "mail addresses" : "mail address")
            case "hostname": text(plural ? "domain names" : "domain name")
            case "date": code("YYYY-MM-DD")
            default:
                if pattern?.contains(":") == true {
                    code("YYYY-MM-DD HH:MM:SS")
                } else {
                    text(plural ? "texts" : "text")
                }
            }
        case .word(let words):
            codes(words, " or ")
        case .number(0...1): codes(["0", "1"], " or ")
        case .number(let range):
            text(plural ? "whole numbers" : "whole number")
            if range.lowerBound > .min { text(" from \(range.lowerBound)") }
            if range.upperBound < .max { text(" to \(range.upperBound)") }
        case .decimal: text(plural ? "numbers" : "number")
        case .flag: codes(["true", "false"], " or ")
        case .null: code("null")
        case .list(let item):
            text(plural ? "lists of " : "list of ")
            type(of: item, plural: true)
        case .object, .openObject: text(plural ? "objects" : "object")
        case .table(let value):
            text("object of any names with values: ")
            type(of: value)
        case .either(let shapes):
            for (index, shape) in shapes.enumerated() {
                if index > 0 { text(index == shapes.count - 1 ? " or " : ", ") }
                type(of: shape, plural: plural)
            }
        }
    }
}
