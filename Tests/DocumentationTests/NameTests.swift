import Testing

/// One name means one thing in the whole program.
struct NameTests {
    private struct Declaration {
        let name: String
        let file: String
        let isNested: Bool
    }

    private static func declarations() throws -> [Declaration] {
        let pattern =
            /^( *)(?:@[A-Za-z]+(?:\([^)]*\))? |package |public |private |fileprivate |internal |final |indirect )*(?:struct|class|enum|actor|protocol|typealias) ([A-Z][A-Za-z0-9_]*)/
        return try Repository.files(below: ["Sources"]).filter { $0.hasSuffix(".swift") }.flatMap { file in
            try Repository.text(file).split(separator: "\n").compactMap { line in
                line.prefixMatch(of: pattern).map {
                    Declaration(name: String($0.2), file: file, isNested: !$0.1.isEmpty)
                }
            }
        }
    }

    /// Neither do two types share a name, nor a type and one that is nested in another, where a reader would take the
    /// one for the other.
    @Test func noTypeHasTheNameOfAnother() throws {
        let all = try Self.declarations()
        #expect(all.count > 300)
        let byName = Dictionary(grouping: all, by: \.name)
        for (name, same) in byName where same.count > 1 && same.contains(where: { !$0.isNested }) {
            Issue.record("\(name): \(same.map(\.file).sorted().joined(separator: ", "))")
        }
    }
}
