package import API
import Foundation
import Mail

/// A value as `JSONSerialization` reads it, its flags and numbers told apart.
private enum JSONValue {
    case null
    case flag(Bool)
    case number(Int)
    /// One with a fraction, or too large for an `Int`.
    case decimal(Double)
    case text(String)
    case list([Any])
    case object([String: Any])

    /// Nil for what is no JSON.
    init?(_ value: Any) {
        switch value {
        case is NSNull: self = .null
        case let text as String: self = .text(text)
        case let list as [Any]: self = .list(list)
        case let object as [String: Any]: self = .object(object)
        case let number as NSNumber:
            // Of a char or a bool: JSON has no such numbers.
            if ["c", "B"].contains(String(cString: number.objCType)) {
                self = .flag(number.boolValue)
            } else if let whole = Int(exactly: number) ?? Int(exactly: number.doubleValue) {
                self = .number(whole)
            } else {
                self = .decimal(number.doubleValue)
            }
        default: return nil
        }
    }
}

extension Shape {
    /// Where a value, as `JSONSerialization` reads it, is not as declared, and how: `path: what`.
    ///
    /// - Parameter path: of the value; what is told begins with it.
    package func mismatches(_ json: Any, at path: String = "_data") -> [String] {
        guard let value = JSONValue(json) else { return ["\(path): no JSON"] }
        switch (kind, value) {
        case (.text(let format, let pattern, let length), .text(let text)):
            return Self.defect(of: text, format, pattern, length).map { ["\(path): \(text) is \($0)"] } ?? []
        case (.word(let words), .text(let text)):
            return words.contains(text) ? [] : ["\(path): \(text) is none of the words"]
        case (.number(let range), .number(let number)):
            return range.contains(number) ? [] : ["\(path): \(number) is out of bounds"]
        case (.decimal(let range), .number(let number)):
            return range.contains(Double(number)) ? [] : ["\(path): \(number) is out of bounds"]
        case (.decimal(let range), .decimal(let number)):
            return range.contains(number) ? [] : ["\(path): \(number) is out of bounds"]
        case (.flag, .flag), (.null, .null):
            return []
        case (.list(let item), .list(let items)):
            return items.enumerated().flatMap { index, json in item.mismatches(json, at: "\(path)[\(index)]") }
        case (.object(let members), .object(let object)):
            let undeclared = Set(object.keys).subtracting(members.map(\.name)).sorted()
            return Self.mismatches(of: members, object, path) + undeclared.map { "\(path).\($0): undeclared" }
        case (.openObject(let members), .object(let object)):
            return Self.mismatches(of: members, object, path)
        case (.table(let shape), .object(let object)):
            return object.sorted { $0.key < $1.key }.flatMap { shape.mismatches($0.value, at: "\(path).\($0.key)") }
        case (.either(let shapes), _):
            // Of the alternative that is nearest.
            return shapes.map { $0.mismatches(json, at: path) }.min { $0.count < $1.count } ?? []
        case (_, let value):
            return ["\(path): \(value) is of another type"]
        }
    }

    private static func mismatches(of members: [Member], _ object: [String: Any], _ path: String) -> [String] {
        members.flatMap { member -> [String] in
            guard let json = object[member.name] else {
                return member.isOptional ? [] : ["\(path).\(member.name): missing"]
            }
            return member.shape.mismatches(json, at: "\(path).\(member.name)")
        }
    }

    private static func defect(of text: String, _ format: String?, _ pattern: String?, _ length: Int?) -> String? {
        if let length, text.unicodeScalars.count > length { return "too long" }
        if let pattern, text.range(of: pattern, options: .regularExpression) == nil { return "not of the pattern" }
        switch format {
        case "email": return MailAddress(text) == nil ? "no address" : nil
        case "hostname": return DomainName(text) == nil ? "no domain" : nil
        case "date":
            let date = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
            return text.range(of: date, options: .regularExpression) == nil ? "no date" : nil
        default: return nil
        }
    }

    /// The declared members that occur in a value, by path: `Name.member`, from the innermost object that has a name;
    /// the items of a list are `[]`, the members of a table `*`.
    ///
    /// - Parameter path: for what is in no object that has a name.
    package func occurring(in json: Any, at path: String = "_data") -> Set<String> {
        let root = name ?? path
        switch (kind, JSONValue(json)) {
        case (.list(let item), .list(let items)):
            return items.reduce(into: []) { $0.formUnion(item.occurring(in: $1, at: "\(root)[]")) }
        case (.object(let members), .object(let object)), (.openObject(let members), .object(let object)):
            return members.reduce(into: []) { paths, member in
                guard let json = object[member.name] else { return }
                paths.insert("\(root).\(member.name)")
                paths.formUnion(member.shape.occurring(in: json, at: "\(root).\(member.name)"))
            }
        case (.table(let shape), .object(let object)):
            return object.values.reduce(into: []) { paths, json in
                paths.insert("\(root).*")
                paths.formUnion(shape.occurring(in: json, at: "\(root).*"))
            }
        case (.either(let shapes), _):
            return shapes.first { $0.mismatches(json).isEmpty }?.occurring(in: json, at: root) ?? []
        default: return []
        }
    }

    /// All the paths that `occurring` could find.
    package var memberPaths: Set<String> { memberPaths(at: "_data") }

    private func memberPaths(at path: String) -> Set<String> {
        let root = name ?? path
        return switch kind {
        case .list(let item): item.memberPaths(at: "\(root)[]")
        case .object(let members), .openObject(let members):
            members.reduce(into: []) { paths, member in
                paths.insert("\(root).\(member.name)")
                paths.formUnion(member.shape.memberPaths(at: "\(root).\(member.name)"))
            }
        case .table(let shape): shape.memberPaths(at: "\(root).*").union(["\(root).*"])
        case .either(let shapes): shapes.reduce(into: []) { $0.formUnion($1.memberPaths(at: root)) }
        case .text, .word, .number, .decimal, .flag, .null: []
        }
    }
}
