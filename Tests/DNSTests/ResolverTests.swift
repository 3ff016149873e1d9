@testable import DNS
import Foundation
import Mail
import Support
import Testing

/// The answers of a real name server on loopback.
@Suite(.serialized, .enabled(if: NameServer.isInstalled, "needs nsd"))
struct ResolverTests {
    /// More than a packet without extensions holds.
    private static let long = (0..<9).map { "\"\(String(repeating: "\($0)", count: 250))\"" }.joined(separator: " ")

    private static let records = [
        "@ IN TXT \"v=spf1 ip4:192.0.2.0/24\" \" include:inc.a.test\"", "@ IN TXT \"other\"",
        "@ IN MX 20 second", "@ IN MX 10 First", "nullmx IN MX 0 .",
        "second IN A 192.0.2.2", "first IN A 192.0.2.1", "first IN AAAA 2001:db8::1", "mapped IN AAAA ::ffff:192.0.2.9",
        "one IN CNAME two", "two IN CNAME three", "three IN A 192.0.2.3", "three IN TXT \"three\"",
        "loop IN CNAME pool", "pool IN CNAME loop", "away IN CNAME nowhere.elsewhere.test.",
        "bytes IN TXT \"\\255\\000\\195\\040\"", "empty IN TXT \"\"", "long IN TXT \(long)",
        "_under.score IN TXT \"under\"", "*.wild IN A 192.0.2.4", "single IN A 192.0.2.5",
    ]

    private let server: NameServer
    private let resolver: Resolver

    init() throws {
        server = try NameServer(zones: ["a.test": Self.records], broken: ["down.test"])
        resolver = try Self.resolver(server.address)
    }

    private static func resolver(_ servers: String..., timeout: Duration = .seconds(3), tries: Int = 2) throws
        -> Resolver
    {
        Resolver(
            servers: try servers.map { try #require(ServerAddress($0, usualPort: 53)) }, timeout: timeout, tries: tries)
    }

    private func texts(_ name: String) throws -> Set<String> {
        Set(try resolver.texts(of: name).map { String(decoding: $0, as: UTF8.self) })
    }

    private func addresses(_ name: String) throws -> [String] { try resolver.addresses(of: name).map(\.description) }

    @Test func theStringsOfOneRecordAreJoined() throws {
        #expect(try texts("a.test") == ["v=spf1 ip4:192.0.2.0/24 include:inc.a.test", "other"])
        #expect(try texts("_Under.Score.A.TEST") == ["under"])
        #expect(try texts("empty.a.test") == [""])
    }

    @Test func aTextMayHoldAnyBytes() throws {
        #expect(try resolver.texts(of: "bytes.a.test") == [[255, 0, 195, 40]])
    }

    @Test func bothFamiliesOfAddressesCount() throws {
        #expect(try addresses("first.a.test") == ["192.0.2.1", "2001:db8::1"])
        #expect(try addresses("second.a.test.") == ["192.0.2.2"])
        #expect(try addresses("any.wild.a.test") == ["192.0.2.4"])
        #expect(try addresses("mapped.a.test") == [], "an IPv4 address is no answer to a question for IPv6")
    }

    @Test func mailHostsHavePreferenceAndLowerCasedName() throws {
        let hosts = Set(try resolver.mailExchangers(of: "a.test"))
        #expect(
            hosts == [
                MailExchanger(preference: 10, host: "first.a.test"),
                MailExchanger(preference: 20, host: "second.a.test"),
            ])
        #expect(try resolver.mailExchangers(of: "nullmx.a.test") == [MailExchanger(preference: 0, host: "")])
    }

    @Test func aliasesAreFollowedAsTheAnswerHasThem() throws {
        #expect(try addresses("one.a.test") == ["192.0.2.3"])
        #expect(try texts("one.a.test") == ["three"])
        #expect(try addresses("away.a.test") == [])
    }

    @Test(arguments: [
        "nowhere.a.test", "first.a.test.nowhere.a.test", "single", "single.", "", ".", "..", "a..test", ".a.test",
        "with space.a.test", "quo\"te.a.test", "back\\slash.a.test", "\u{e4}.a.test", "nul\0.a.test",
        String(repeating: "a", count: 64) + ".a.test", String(repeating: "a.", count: 127) + "a.test",
    ])
    func aNameWithoutRecordsHasAnEmptyAnswer(_ name: String) throws {
        // A name of one label is asked as it stands: nsd refuses what lies in no zone of its.
        if name.hasPrefix("single") {
            #expect(throws: TemporaryError(reason: .refused, question: "single TXT")) { try texts(name) }
            return
        }
        #expect(try texts(name) == [])
        #expect(try addresses(name) == [])
        #expect(try resolver.mailExchangers(of: name) == [])
    }

    @Test func noDataIsAnEmptyAnswer() throws {
        #expect(try texts("first.a.test") == [])
        #expect(try resolver.mailExchangers(of: "first.a.test") == [])
    }

    @Test func aTruncatedAnswerIsAskedForAgainOverTCP() throws {
        let text = try #require(try resolver.texts(of: "long.a.test").first)
        #expect(text.count == 2250)
        #expect(text.prefix(251) == ArraySlice(Array(repeating: UInt8(ascii: "0"), count: 250) + [UInt8(ascii: "1")]))
    }

    @Test func serverFailureAndRefusalAreTemporary() throws {
        #expect(throws: TemporaryError(reason: .serverFailure, question: "down.test TXT")) { try texts("down.test") }
        #expect(throws: TemporaryError(reason: .serverFailure, question: "x.down.test MX")) {
            try resolver.mailExchangers(of: "x.down.test")
        }
        let error = #expect(throws: TemporaryError.self) { try addresses("elsewhere.test") }
        #expect(error?.description == "elsewhere.test A: REFUSED")
    }

    @Test func theNextServerIsAskedWhenOneDoesNotAnswerOrRefuses() throws {
        let silent = try UDPPeer { _ in [] }
        let other = try NameServer(zones: ["b.test": ["@ IN TXT \"b\""]])
        let resolver = try Self.resolver(silent.address, server.address, other.address, timeout: .milliseconds(300))
        #expect(try resolver.texts(of: "b.test") == [Array("b".utf8)])
    }

    @Test func aServerThatDoesNotAnswerIsAskedTwiceAndThenGivenUp() throws {
        let silent = try UDPPeer { _ in [] }
        let resolver = try Self.resolver(silent.address, timeout: .milliseconds(200))
        let start = ContinuousClock.now
        #expect(throws: TemporaryError(reason: .timeout, question: "a.test TXT")) { try resolver.texts(of: "a.test") }
        #expect(ContinuousClock.now - start >= .milliseconds(400))
        #expect(silent.received == 2)
    }

    @Test func afterTheDeadlineNothingIsAskedAnyMore() throws {
        let silent = try UDPPeer { _ in [] }
        let start = ContinuousClock.now
        let resolver = try Self.resolver(silent.address, silent.address, timeout: .seconds(3))
            .until(start + .milliseconds(300))
        for _ in 0..<50 {
            #expect(throws: TemporaryError(reason: .timeout, question: "a.test TXT")) {
                try resolver.texts(of: "a.test")
            }
        }
        #expect(ContinuousClock.now - start < .seconds(1))
        #expect(silent.received == 1)
        #expect(try self.resolver.until(.now + .seconds(9)).addresses(of: "second.a.test").count == 1)
    }

    @Test func aFloodOfWrongPacketsKeepsNobodyBeyondTheTime() throws {
        let flood = try UDPPeer { _ in Array(repeating: [1, 2, 3], count: 300_000) }
        let resolver = try Self.resolver(flood.address, timeout: .milliseconds(200), tries: 1)
        let start = ContinuousClock.now
        #expect(throws: TemporaryError(reason: .timeout, question: "a.test TXT")) { try resolver.texts(of: "a.test") }
        #expect(ContinuousClock.now - start < .milliseconds(400))
    }

    @Test func whatAnAliasLeadsToIsNotTheNamesOwn() throws {
        #expect(try resolver.texts(of: "one.a.test") == [Array("three".utf8)])
        #expect(try resolver.ownTexts(of: "one.a.test") == [])
        #expect(try resolver.ownTexts(of: "Three.a.test") == [Array("three".utf8)])
        #expect(try resolver.ownTexts(of: "away.a.test") == [] && resolver.ownTexts(of: "nowhere.a.test") == [])
    }

    @Test func aPortThatNobodyHasIsTemporaryToo() throws {
        let resolver = try Self.resolver("127.0.0.1:\(try Loopback.freePort())", timeout: .seconds(2))
        let error = #expect(throws: TemporaryError.self) { try resolver.texts(of: "a.test") }
        #expect(error?.reason == .unreachable("Connection refused"))
    }

    @Test(.enabled(if: Loopback.hasIPv6, "needs ::1"))
    func aServerMayHaveAnIPv6Address() throws {
        let resolver = try Self.resolver(server.addressOverIPv6)
        #expect(try resolver.addresses(of: "second.a.test").map(\.description) == ["192.0.2.2"])
        #expect(try resolver.texts(of: "long.a.test").first?.count == 2250)
    }

    @Test func theSystemsServersAreThoseOfItsConfiguration() throws {
        let text = try String(contentsOfFile: "/etc/resolv.conf", encoding: .utf8)
        var named: [IPAddress] = []
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.count > 1, words[0] == "nameserver", let address = IPAddress(words[1]) { named.append(address) }
        }
        // The resolver's own assumption.
        if named.isEmpty { named.append(try #require(IPAddress("127.0.0.1"))) }
        #expect(SystemServers.all() == named.prefix(3).map { ServerAddress($0, port: 53) })
    }

    @Test func manyThreadsMayAskTheSameResolver() async throws {
        let resolver = resolver
        try await withThrowingTaskGroup { group in
            for number in 0..<60 {
                group.addTask {
                    let address = try resolver.addresses(of: number % 2 == 0 ? "first.a.test" : "one.a.test")
                    #expect(address.first?.description == (number % 2 == 0 ? "192.0.2.1" : "192.0.2.3"))
                    #expect(try resolver.texts(of: "long.a.test").first?.count == 2250)
                }
            }
            try await group.waitForAll()
        }
    }
}
