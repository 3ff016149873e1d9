@testable import API
import Foundation
import Gateway
import Mail
import MailStore
import Storage
import Synchronization
import Testing

/// `query_dns_immediately`: `Contract.md` 16.3.
struct SPFLookupsTests {
    private static let target = "/api/greylisting/whitelist_spf_domains"

    /// A service that finds what it is told to find.
    private final class Service: Sendable {
        let asked = Mutex<[[String]]>([])
        let found = Mutex<[SPFLookups.Outcome]>([])

        var lookUp: API.LookUp {
            { [self] domains, answer in
                asked.withLock { $0.append(domains.map(\.text)) }
                answer(SPFLookups(of: domains, found: found.withLock(\.self), othersPending: "Not asked."))
            }
        }
    }

    private let service = Service()
    private let api: TestAPI
    private let client: TestAPI.Client

    init() throws {
        api = try TestAPI(lookUp: service.lookUp)
        client = try api.globalAdmin()
    }

    private func outcome(
        _ domain: String, _ status: SPFLookups.Outcome.Resolution, _ reason: String = "", _ senders: [String] = []
    ) throws -> SPFLookups.Outcome {
        .init(
            try #require(SPFDomain(domain)), status, reason, count: senders.count,
            senders: try senders.map { try IPNetwork($0) })
    }

    /// `domain status` of each, in the order of the answer; `others N` for what it has no room for.
    private func told(_ answer: Answer) throws -> [String] {
        let data = try #require(answer.data as? [String: Any], "\(answer.body)")
        let others = try #require(data["others"] as? Int)
        return try #require(data["domains"] as? [[String: Any]]).map { "\($0["domain"] ?? "") \($0["status"] ?? "")" }
            + (others == 0 ? [] : ["others \(others)"])
    }

    private func listed() throws -> [String] {
        try api.rows("SELECT domain FROM greylisting_whitelist_domains ORDER BY domain", in: .iredapd)
    }

    @Test func whatWasFoundIsToldAfterTheCommit() throws {
        let found = [
            try outcome("b.test", .ok, "", ["192.0.2.0/24", "2001:db8::1"]),
            try outcome("a.test", .failed, "a.test TXT: SERVFAIL"),
        ]
        service.found.withLock { $0 = found }
        let answer = try client.send(.post, Self.target, "domains=b.test,a.test,c.test&query_dns_immediately=yes")
        #expect(
            answer.body == """
                {"_success": true, "_data": {"domains": [\
                {"domain": "c.test", "status": "pending", "reason": "Not asked.", "count": 0, "senders": []}, \
                {"domain": "a.test", "status": "failed", "reason": "a.test TXT: SERVFAIL", "count": 0, "senders": []}, \
                {"domain": "b.test", "status": "ok", "reason": null, "count": 2, "senders": \
                ["192.0.2.0/24", "2001:db8::1"]}], "others": 0}}
                """)
        #expect(service.asked.withLock(\.self) == [["b.test", "a.test", "c.test"]])
        #expect(try listed() == ["a.test", "b.test", "c.test"])
        #expect(try api.log().last?.contains("domains exempt from greylisting") == true)
    }

    /// Those that are added, whether or not they were listed; none that is removed.
    @Test func onlyDomainsToBeListedAreLookedUp() throws {
        try client.done(.post, Self.target, "domains=a.test,b.test")
        let form = "addDomains=c.test,b.test,nonsense&removeDomains=a.test&query_dns_immediately=yes"
        #expect(try told(client.send(.post, Self.target, form)) == ["c.test pending", "b.test pending"])
        #expect(try client.send(.post, Self.target, "removeDomains=b.test&query_dns_immediately=yes").data == nil)
        #expect(try listed() == ["c.test"])
        #expect(service.asked.withLock(\.self) == [["c.test", "b.test"]])
    }

    @Test(arguments: ["", "&query_dns_immediately=no", "&query_dns_immediately="])
    func nothingIsLookedUpUnlessItIsAskedFor(_ parameter: String) throws {
        let answer = try client.send(.post, Self.target, "addDomains=a.test\(parameter)")
        #expect(answer.body == #"{"_success": true}"#)
        #expect(service.asked.withLock(\.self) == [])
    }

    @Test(arguments: [
        ("domains=nonsense&query_dns_immediately=yes", "INVALID_DOMAIN_NAME"),
        ("query_dns_immediately=yes", "MISSING_PARAMETER"),
        ("addDomains=a.test&query_dns_immediately=soon", "INVALID_PARAMETER"),
    ])
    func aRefusedRequestLooksNothingUp(_ form: String, _ word: String) throws {
        #expect(try client.refusal(.post, Self.target, form) == word)
        #expect(service.asked.withLock(\.self) == [])
        #expect(try listed() == [])
    }

    @Test func aDryRunLooksNothingUp() throws {
        let answer = try api.dryRun(
            client.request(.post, Self.target, "addDomains=a.test&query_dns_immediately=yes"))
        #expect(answer.isSuccess)
        #expect(service.asked.withLock(\.self) == [])
        #expect(try listed() == [])
    }

    @Test func withoutTheServiceItIsToldThatNothingWasLookedUp() throws {
        let api = try TestAPI()
        let answer = try api.globalAdmin().send(
            .post, Self.target, "addDomains=a.test&query_dns_immediately=yes")
        #expect(try told(answer) == ["a.test pending"])
        #expect(answer.body.contains("No service looks them up at once here."))
        #expect(try api.rows("SELECT domain FROM greylisting_whitelist_domains", in: .iredapd) == ["a.test"])
    }

    /// It is sent by a thread that may not wait for its reader; however long what was found is.
    @Test(arguments: [1, 2, 1000])
    func theAnswerIsCutToFit(_ count: Int) throws {
        let label = String(repeating: "x", count: 63)
        let names = (0..<count).map { "\(label).\(label).\(label).\(String(repeating: "y", count: 50))\($0).test" }
        let senders = (0..<10).map { "2001:db8:1111:2222:3333:4444:5555:\(String(0x1000 + $0, radix: 16))" }
        let reason = String(repeating: "\"", count: 5000)
        let found = try names.map { try outcome($0, .partial, reason, senders) }
        service.found.withLock { $0 = found }
        let domains = names.joined(separator: ",")
        let answer = try client.send(.post, Self.target, "domains=\(domains)&query_dns_immediately=yes")
        #expect(answer.body.utf8.count < 3300)
        let told = try told(answer)
        #expect(told.first == "\(names[0]) partial")
        let isCut = told.last?.hasPrefix("others ") == true
        #expect(isCut == (count == 1000))
        if isCut { #expect(told.last == "others \(count - told.count + 1)") }
        #expect(try listed().count == count)
    }
}
