import API
import ContractChecks
import Foundation
import Gateway
import Testing

/// What all tests together have got, compared with what is declared. The last step of Tests/run.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["POSTERN_JUDGED"] != nil,
        "Tests/run tells what the other tests have got"))
struct AnsweredContractTests {
    private let answered: Set<String>

    init() throws {
        let path = try #require(ProcessInfo.processInfo.environment["POSTERN_JUDGED"])
        answered = Set(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init))
    }

    @Test func everyDeclaredMemberOccurs() {
        let declared = API.routes.compactMap(\.answer).reduce(into: Set<String>()) { $0.formUnion($1.memberPaths) }
        #expect(declared.filter { !answered.contains("member \($0)") }.sorted() == [])
    }

    /// Operations that differ in their scope only count together.
    @Test func everyRefusalOfAnOperationsOwnIsProvoked() {
        func name(_ id: String) -> String {
            ["global", "domain", "account"].reduce(id) { id, scope in id.replacing("_\(scope)_", with: "_<scope>_") }
        }
        let provoked = Set(
            answered.filter { $0.hasPrefix("refusal ") }.map { line in
                let words = line.split(separator: " ").map(String.init)
                return "\(name(words[1])) \(words[2]) \(words[3])"
            })
        let declared = Set(
            API.routes.flatMap { route in
                route.ownRefusals.map { "\(name(route.id)) \($0.word) \($0.strictStatus.rawValue)" }
            })
        #expect(declared.subtracting(provoked).sorted() == [])
    }
}
