import API
import Gateway
import Testing

/// `Contract.md` names every operation once, with the words of refusal that its declaration has as its own.
struct ContractPageTests {
    private struct Row {
        let operations: [String]
        let words: [String]
    }

    private static func rows() throws -> [Row] {
        try Page("\(Repository.pageFolder)/Contract.md").lines.compactMap { line in
            let cells = line.replacing(/\\\|/, with: "¦").split(separator: "|", omittingEmptySubsequences: false)
            guard cells.count == 5 else { return nil }
            let operations = cells[1].matches(of: /`((?:GET|POST|PUT|DELETE) \/[^`]*)`/).map { String($0.1) }
            guard !operations.isEmpty else { return nil }
            return Row(
                operations: operations, words: cells[3].matches(of: /`([A-Z_]+)`/).map { String($0.1) })
        }
    }

    @Test func everyOperationStandsInOneRow() throws {
        let named = try Self.rows().flatMap(\.operations)
        let served = API.routes.map { "\($0.method.text) \($0.path)" }
        #expect(Set(named).count == named.count, "named twice: \(Self.repeated(named))")
        #expect(Set(served).subtracting(named).sorted() == [], "of no row")
        #expect(Set(named).subtracting(served).sorted() == [], "not served")
    }

    @Test func theWordsAreThoseOfTheDeclaration() throws {
        let rows = try Self.rows()
        for route in API.routes {
            let operation = "\(route.method.text) \(route.path)"
            let row = rows.first { $0.operations.contains(operation) }
            #expect(row?.words == route.ownRefusals.map(\.word), "\(operation)")
        }
    }

    private static func repeated(_ names: [String]) -> [String] {
        Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
    }
}
