import API
import Foundation
import Gateway
import Testing

/// The document for machines, read as a client reads it, beside the operations and the published API.
struct OpenAPITests {
    private struct Described {
        let operation: [String: Any]
        let parameters: Set<String>
        let older: Set<String>
        let extra: Set<String>
    }

    private let document: [String: Any]

    init() throws {
        let json = Data(ContractDocuments.of(basePath: "").openAPI)
        document = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    }

    /// What a reference leads to, or the value itself.
    private func resolved(_ value: Any?) -> [String: Any] {
        guard let value = value as? [String: Any] else { return [:] }
        guard let path = value["$ref"] as? String else { return value }
        return path.split(separator: "/").dropFirst().reduce(document) { $0[String($1)] as? [String: Any] ?? [:] }
    }

    /// By method and path as published; an operation that stands for two paths under both.
    private func described() -> [String: Described] {
        var described: [String: Described] = [:]
        for (path, item) in document["paths"] as? [String: [String: Any]] ?? [:] {
            for (method, value) in item {
                let operation = value as? [String: Any] ?? [:]
                var properties: [String: Any] = [:]
                for parameter in (operation["parameters"] as? [Any] ?? []).map(resolved)
                where parameter["in"] as? String == "query" {
                    properties[parameter["name"] as? String ?? ""] = parameter
                }
                let content = resolved(operation["requestBody"])["content"] as? [String: Any]
                let json = resolved(resolved(content?["application/json"])["schema"])["properties"] as? [String: Any]
                properties.merge(json ?? [:]) { $1 }
                func names(_ mark: String) -> Set<String> {
                    Set(properties.filter { resolved($0.value)[mark] as? Bool == true }.keys)
                }
                let older = names("deprecated")
                let one = Described(
                    operation: operation, parameters: Set(properties.keys).subtracting(older), older: older,
                    extra: names("x-postern-extra"))
                let own = path.replacing("{", with: "<").replacing("}", with: ">")
                for published in operation["x-postern-paths"] as? [String] ?? [own] {
                    described["\(method.uppercased()) \(published)"] = one
                }
            }
        }
        return described
    }

    @Test func everyOperationIsDescribedAndNoOther() {
        let described = described()
        #expect(Set(described.keys) == Set(API.routes.map { "\($0.method.text) \($0.path)" }))
        let ids = Set(described.values.compactMap { $0.operation["operationId"] as? String })
        #expect(ids == Set(API.routes.map { $0.merged?.id ?? $0.id }))
    }

    /// Both ways, the parameters too.
    @Test func itAgreesWithThePublishedAPI() {
        let described = described()
        let published = described.filter { $0.value.operation["x-postern-extra"] == nil }
        #expect(Set(published.keys) == Set(PublishedAPI.parameters.keys))
        for (name, parameters) in PublishedAPI.parameters {
            let one = published[name]
            let own = (one?.parameters ?? []).subtracting(one?.extra ?? [])
            #expect(own.subtracting(parameters) == [], "\(name)")
            #expect(parameters.subtracting(own).subtracting(one?.older ?? []) == [], "\(name)")
        }
    }

    /// What one description says of two paths is true of both.
    @Test func whatIsMergedIsAlike() {
        let merged = Dictionary(grouping: API.routes.filter { $0.merged != nil }) { $0.merged?.id ?? "" }
        for (id, routes) in merged {
            #expect(Set(routes.map(\.access)).count == 1 && Set(routes.map(\.who)).count == 1, "\(id)")
            #expect(Set(routes.map { ObjectIdentifier($0.fields) }).count == 1, "\(id)")
            #expect(Set(routes.map(\.extraParameters)).count == 1 && Set(routes.map(\.isExtra)).count == 1, "\(id)")
            #expect(Set(routes.map { "\($0.answer as Any)" }).count == 1, "\(id)")
        }
    }

    @Test func everyReferenceLeadsSomewhere() {
        func look(_ value: Any) {
            if let object = value as? [String: Any] {
                if object["$ref"] is String { #expect(!resolved(object).isEmpty, "\(object)") }
                object.values.forEach(look)
            } else if let list = value as? [Any] {
                list.forEach(look)
            }
        }
        look(document)
    }
}
