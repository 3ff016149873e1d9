import Foundation
import Gateway

/// All accounts as the API shows them to a global admin.
struct ReportedAccounts {
    typealias Profile = [String: Any]

    let domains: [Profile]
    let mailboxes: [Profile]
    let aliases: [Profile]
    let lists: [Profile]
    let subscribableLists: [Profile]

    /// - Parameter listNames: the addresses of the other mailing lists, which no call lists.
    init(_ client: TestAPI.Client, listNames: [String]) throws {
        func profiles(_ target: String) throws -> [Profile] {
            let answer = try client.send(.get, target)
            if let list = answer.data as? [Profile] { return list }
            guard let profile = answer.data as? Profile else { throw NoAnswer() }
            return [profile]
        }
        domains = try profiles("/api/domains")
        let names = domains.map { $0.text("domain") }
        mailboxes = try names.flatMap { try profiles("/api/users/\($0)") }
        aliases = try names.flatMap { try profiles("/api/aliases/\($0)") }
        subscribableLists = try names.flatMap { try profiles("/api/mls/\($0)") }
            .flatMap { try profiles("/api/ml/\($0.text("address"))") }
        lists = try listNames.flatMap { try profiles("/api/maillist/\($0)") }
    }
}

extension [String: Any] {
    func text(_ name: String) -> String { self[name] as? String ?? "missing" }
    func texts(_ name: String) -> [String] { self[name] as? [String] ?? ["missing"] }
    var isActive: Bool { self["active"] as? Int == 1 }
    /// Whether mail for its accounts is delivered here; of a domain.
    var isServed: Bool { isActive && self["backupmx"] as? Int == 0 }
}
