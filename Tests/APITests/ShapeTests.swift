import API
import ContractChecks
import Foundation
import Gateway
import Testing

/// The checker of answers, and every answer of a read as it is declared.
struct ShapeTests {
    private static func json(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    private static let pair: Shape = .object(
        [.init("a", .number("")), .init("b", .flag(""), isOptional: true)], name: "Pair")

    private static let examples: [(shape: Shape, right: [String], wrong: [String])] = [
        (Shape.text(""), [#""""#, #""é""#], ["1", "true", "null", "[]", "{}"]),
        (Shape(.text(pattern: "^[a-z]+$", length: 3)), [#""abc""#], [#""""#, #""abcd""#, #""A""#]),
        (.address(""), [#""jo@a.example""#], [#""""#, #""jo""#]),
        (.domain(""), [#""a.example""#], [#""""#, #""jo@a.example""#]),
        (.time(""), [#""2026-01-31 23:59:59""#], [#""2026-01-31""#, #""2026-01-31T23:59:59Z""#, "0"]),
        (Shape(.text(format: "date")), [#""0001-01-01""#], [#""2026-13-01""#, #""today""#]),
        (.word(["y", "n"], ""), [#""y""#], [#""Y""#, #""""#, "1"]),
        (.number(""), ["0", "-7", "9223372036854775807"], ["true", "false", "1.5", #""1""#, "null"]),
        (.count(""), ["0"], ["-1"]),
        (.bit(""), ["0", "1"], ["2", "true"]),
        (.decimal(""), ["5.5", "5", "-100"], ["true", #""5""#]),
        (Shape(.decimal(0...1)), ["0.5", "1"], ["1.5", "2"]),
        (.flag(""), ["true", "false"], ["1", "0", #""true""#]),
        (Shape(.null), ["null"], ["0", "false", #""""#]),
        (.list(.bit(""), ""), ["[]", "[1, 0]"], ["[1, 2]", "[true]", "{}", "1"]),
        (pair, [#"{"a": 1}"#, #"{"a": 1, "b": true}"#], ["{}", #"{"a": 1, "c": 1}"#, #"{"a": 1, "b": 1}"#, "[]"]),
        (Shape(.openObject([.init("a", .number(""))])), [#"{"a": 1, "c": []}"#], ["{}", #"{"a": "1"}"#]),
        (Shape(.table(.number(""))), ["{}", #"{"x": 1}"#], [#"{"x": "1"}"#, "[]"]),
        (.either([.list(pair, ""), .addresses("")]), ["[]", #"[{"a": 1}]"#, #"["jo@a.example"]"#], ["[1]", "null"]),
        (Shape.text("").orNull, ["null", #""x""#], ["1"]),
    ]

    @Test(arguments: examples)
    func aValueIsAsDeclaredOrNot(_ shape: Shape, _ right: [String], _ wrong: [String]) throws {
        for text in right { #expect(try shape.mismatches(Self.json(text)) == [], "\(text)") }
        for text in wrong { #expect(try shape.mismatches(Self.json(text)) != [], "\(text)") }
    }

    @Test func aMismatchIsToldWithItsPath() throws {
        let shape: Shape = .list(Self.pair, "")
        #expect(
            try shape.mismatches(Self.json(#"[{"a": 1}, {"b": 1, "c": 2}]"#)) == [
                "_data[1].a: missing", "_data[1].b: number(1) is of another type", "_data[1].c: undeclared",
            ])
    }

    @Test func membersAreNamedFromTheInnermostNamedObject() throws {
        let shape: Shape = .object([
            .init("pairs", .list(Self.pair.orNull, "")),
            .init("items", .list(.object([.init("x", .text("")), .init("y", .text(""))]), "")),
            .init("table", Shape(.table(.either([.text(""), Self.pair])))),
        ])
        let all: Set = [
            "_data.pairs", "Pair.a", "Pair.b", "_data.items", "_data.items[].x", "_data.items[].y", "_data.table",
            "_data.table.*",
        ]
        #expect(shape.memberPaths == all)
        let json = try Self.json(#"{"pairs": [null, {"a": 1}], "items": [{"x": ""}, {}], "table": {}}"#)
        #expect(
            shape.occurring(in: json) == ["_data.pairs", "Pair.a", "_data.items", "_data.items[].x", "_data.table"])
    }

    @Test func everyMemberSaysOnceWhatItMeans() {
        func look(_ shape: Shape, _ path: String) {
            switch shape.kind {
            case .object(let members), .openObject(let members):
                #expect(Set(members.map(\.name)).count == members.count, "\(path)")
                for member in members {
                    let meaning = member.shape.meaning
                    // A value means what the object does whose member it is.
                    let isClear = meaning.hasSuffix(".") && meaning.contains(" ") || member.name == "value"
                    #expect(isClear, "\(path).\(member.name)")
                    look(member.shape, "\(path).\(member.name)")
                }
            case .list(let item), .table(let item): look(item, "\(path)[]")
            case .either(let shapes): for shape in shapes { look(shape, path) }
            case .text, .word, .number, .decimal, .flag, .null: break
            }
        }
        for (path, shape) in DeclaredAnswers.all {
            #expect(shape.meaning.hasSuffix("."), "\(path)")
            look(shape, path)
        }
    }

    @Test func everyAnswerIsAsDeclaredAndShowsEveryMember() throws {
        let api = try DeclaredAnswers.populated()
        let root = try api.globalAdmin()
        let dan = try api.client("dan@office.example")
        var occurring: Set<String> = []
        for (target, shape) in DeclaredAnswers.all {
            let answer = try root.send(.get, target)
            let data = try #require(answer.data, "\(target): \(answer.body)")
            #expect(shape.mismatches(data) == [], "\(target)")
            occurring.formUnion(shape.occurring(in: data))
            // Of a domain's admin some are refused, others show less.
            if let data = try dan.send(.get, target).data { #expect(shape.mismatches(data) == [], "\(target)") }
        }
        let declared = DeclaredAnswers.all.reduce(into: Set<String>()) { $0.formUnion($1.shape.memberPaths) }
        #expect(declared.subtracting(occurring) == [])
    }

    @Test func whatIsNotThereIsAsDeclared() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        let root = try api.globalAdmin()
        for (target, shape) in [
            ("/api/domain/a.example", Shape.domainProfile), ("/api/users/a.example", .mailboxListing),
            ("/api/aliases/a.example", .aliasListing), ("/api/spampolicy/domain/a.example", .spamPolicy),
            ("/api/throttle/a.example/inbound", .throttle), ("/api/greylisting/a.example", .greylistingSetting),
            ("/api/greylisting/a.example/whitelists", .exemptSenders),
            ("/api/wblist/inbound/whitelist/a.example", .listedPeers),
        ] {
            let answer = try root.send(.get, target)
            #expect(shape.mismatches(try #require(answer.data)) == [], "\(target)")
        }
    }
}
