import API
import ContractChecks
import Foundation
import Gateway
import Mail
import Storage
import Testing

/// The examples that the documentation shows are what the API answers. `POSTERN_RECORD=1` records them anew.
struct RecordedExampleTests {
    /// Of `TestAPI.password`, with a salt that stays: LDIF shows hashes.
    private static let hash =
        "{SSHA512}pp07AIeFNWFsEweV3ttS4aqXN8nHDZfxFI4vjz0d7WSLdJmKovN"
        + "tJ5rYQxg9noOCCmpVoeIFaiZQ7I4ie9LLcWV4YW1wbGVz"

    @Test func everyOperationAnswersAsRecorded() throws {
        let answers = try Self.answers()
        if ProcessInfo.processInfo.environment["POSTERN_RECORD"] == "1" {
            return try RecordedExamplesFile(answers).write()
        }
        for (route, answer) in answers {
            let recorded = try #require(RecordedExample.recorded[route.id], "\(route.id)")
            #expect(recorded.target == answer.target && recorded.form == answer.form, "\(route.id)")
            #expect(
                recorded.answer.utf8.elementsEqual(answer.answer.utf8),
                "\(route.id) answers otherwise; POSTERN_RECORD=1 records it anew: \(answer.answer)")
        }
        #expect(Set(RecordedExample.recorded.keys) == Set(API.routes.map(\.id)))
    }

    /// In the order of the documentation.
    private static func answers() throws -> [(Route, RecordedExample)] {
        let senders = try ["192.0.2.0/24", "2001:db8::25"].map { try IPNetwork($0) }
        let api = try TestAPI(
            lookUp: { domains, answer in
                let found = domains.map { SPFLookups.Outcome($0, .ok, "", count: senders.count, senders: senders) }
                answer(SPFLookups(of: domains, found: found, othersPending: ""))
            }, lists: TestListHelper())
        var client = api.nobody
        var answers: [String: RecordedExample] = [:]
        for step in ExampleScenario.steps {
            switch step {
            case .preparation(let method, let target, let form):
                let answer = try client.send(method, target, form)
                #expect(answer.isSuccess, "\(target): \(answer.body)")
            case .example(let id, let target, let form):
                let route = try #require(API.routes.first { $0.id == id }, "\(id)")
                if route.method == .get { try settleWhatIsRandom(api) }
                let answer = try client.send(route.method, target, form)
                if id == "login" { client.cookie = answer.cookie }
                let isEnvelope = route.documentType == nil
                #expect(isEnvelope ? answer.isSuccess : answer.status == .ok, "\(id): \(answer.body)")
                if isEnvelope, let shape = route.answer {
                    #expect(try shape.mismatches(#require(answer.data)) == [], "\(id)")
                }
                let example = RecordedExample(
                    target: target, form: form, answer: isEnvelope ? JSONIndent(answer.body).text : "")
                #expect(answers.updateValue(example, forKey: id) == nil, "\(id) is there twice")
            }
        }
        return try API.routes.map { route in (route, try #require(answers[route.id], "\(route.id) has no example")) }
    }

    private static func settleWhatIsRandom(_ api: TestAPI) throws {
        try api.run("UPDATE mailbox SET password = \(hash)")
        try api.run("UPDATE admin SET password = \(hash) WHERE username <> \(TestAPI.admin)")
        try api.run("UPDATE maillists SET mlid = '6fa1c2f4-0d5e-4c39-9d7b-2a1e8c5b7f3' || (id - 1)")
    }

    @Test(
        arguments: [
            ("{\"a\": [], \"b\": {}}", "{\"a\": [], \"b\": {}}"),
            ("[\"a, \\\"]\", 1]", "[\"a, \\\"]\", 1]"),
            (
                "{\"\(String(repeating: "x", count: 60))\": [1, 2], \"y\": {\"z\": \"\(String(repeating: "y", count: 80))\"}}",
                """
                {
                    "\(String(repeating: "x", count: 60))": [1, 2],
                    "y": {
                        "z": "\(String(repeating: "y", count: 80))"
                    }
                }
                """
            ),
        ])
    func whatIsShortStaysOnOneLine(_ json: String, _ indented: String) { #expect(JSONIndent(json).text == indented) }
}

/// JSON as the server writes it, on several lines: what is short stays on one.
struct JSONIndent {
    private(set) var text = ""
    private let json: [UInt8]
    private var index = 0

    init(_ json: String) {
        self.json = Array(json.utf8)
        write(0)
    }

    /// Writes the value that begins here.
    private mutating func write(_ depth: Int) {
        let end = end(of: index)
        guard json[index] == UInt8(ascii: "{") || json[index] == UInt8(ascii: "["), end - index > 76 - 4 * depth else {
            text += String(decoding: json[index..<end], as: UTF8.self)
            index = end
            return
        }
        let indent = "\n" + String(repeating: "    ", count: depth)
        text.unicodeScalars.append(Unicode.Scalar(json[index]))
        index += 1
        while index < end - 1 {
            text += indent + "    "
            if json[end - 1] == UInt8(ascii: "}") {
                let colon = self.end(of: index) + 2
                text += String(decoding: json[index..<colon], as: UTF8.self)
                index = colon
            }
            write(depth + 1)
            if json[index] == UInt8(ascii: ",") {
                text += ","
                index += 2
            }
        }
        text += indent
        text.unicodeScalars.append(Unicode.Scalar(json[index]))
        index += 1
    }

    /// Where the value ends that begins there.
    private func end(of start: Int) -> Int {
        var (depth, isInText, index) = (0, false, start)
        repeat {
            switch json[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "\""): isInText.toggle()
            case UInt8(ascii: "{") where !isInText, UInt8(ascii: "[") where !isInText: depth += 1
            case UInt8(ascii: "}") where !isInText, UInt8(ascii: "]") where !isInText: depth -= 1
            default: break
            }
            index += 1
        } while isInText || depth > 0
            || index < json.count && ![",", ":", "]", "}"].contains(Unicode.Scalar(json[index]))
        return index
    }
}
