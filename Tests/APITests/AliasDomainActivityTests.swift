import Gateway
import Settings
import Storage
import Testing

/// A per-user alias counts only while the domain it lies under does: otherwise an admin would get the local mail for
/// any address outside.
struct AliasDomainActivityTests {
    private let api: TestAPI
    private let root: TestAPI.Client
    private let dan: TestAPI.Client
    private let user = "/api/user/u@a.example"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: "create_new_domains:yes;")
        try api.addMailbox("u@a.example")
        root = try api.globalAdmin()
        dan = try api.client("dan@office.example")
    }

    private func addresses() throws -> [String] {
        try api.rows("SELECT address, active FROM forwardings WHERE is_alias = 1 ORDER BY 1")
    }

    @Test func aWaitingAliasDomainGivesNobodyAnAddress() throws {
        try dan.done(.put, "/api/domain/a.example", "addAliasDomain=big.example")
        for client in [dan, root] {
            _ = try client.send(.put, user, "addAlias=ceo@big.example")
            #expect(try addresses() == [])
        }
        try root.done(.put, "/api/domain/a.example", "addAliasDomain=big.example")
        try dan.done(.put, user, "addAlias=ceo@big.example")
        #expect(try addresses() == ["ceo@big.example|1"])
    }

    @Test func aWaitingOrDisabledDomainGivesNobodyAnAddress() throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.userAliasesCrossDomains, true))
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        _ = try dan.send(.put, user, "addAlias=ceo@big.example")
        #expect(try addresses() == [])
        try root.done(.put, "/api/domain/big.example", "accountStatus=active")
        try dan.done(.put, user, "addAlias=ceo@big.example")
        #expect(try addresses() == ["ceo@big.example|1"])
        try root.done(.put, "/api/domain/big.example", "accountStatus=disabled")
        #expect(try addresses() == ["ceo@big.example|0"])
        _ = try dan.send(.put, user, "addAlias=vice@big.example")
        #expect(try addresses() == ["ceo@big.example|0"])
        // Nothing else brings it back.
        try dan.done(.put, user, "accountStatus=disabled")
        try dan.done(.put, user, "accountStatus=active")
        #expect(try addresses() == ["ceo@big.example|0"])
        try root.done(.put, "/api/domain/big.example", "accountStatus=active")
        #expect(try addresses() == ["ceo@big.example|1"])
    }

    @Test func anAddressUnderTheOwnDomainFollowsIt() throws {
        try dan.done(.put, user, "addAlias=extra@a.example")
        try root.done(.put, "/api/domain/a.example", "accountStatus=disabled")
        try dan.done(.put, user, "addAlias=more@a.example")
        #expect(try addresses() == ["extra@a.example|0", "more@a.example|0"])
        try root.done(.put, "/api/domain/a.example", "accountStatus=active")
        #expect(try addresses() == ["extra@a.example|1", "more@a.example|1"])
    }

    @Test func addressesFollowAnAliasDomainThatAGlobalAdminNames() throws {
        try dan.done(.put, "/api/domain/a.example", "addAliasDomain=big.example,other.example")
        for name in ["big", "other"] {
            try api.addForwarding(
                "x@\(name).example", to: "u@a.example", flag: .isAlias, domain: "a.example", active: false)
        }
        try root.done(.put, "/api/domain/a.example", "addAliasDomain=big.example")
        #expect(try addresses() == ["x@big.example|1", "x@other.example|0"])
        #expect(try api.rows("SELECT alias_domain FROM domain_ownership") == ["other.example"])
        try root.done(.put, "/api/domain/a.example", "aliasDomains=big.example,other.example")
        #expect(try addresses() == ["x@big.example|1", "x@other.example|1"])
        #expect(
            try api.rows("SELECT alias_domain FROM alias_domain WHERE active = 1") == ["big.example", "other.example"])
        #expect(try api.rows("SELECT alias_domain FROM domain_ownership") == [])
    }

    @Test func aWaitingOneIsNotExported() throws {
        try root.done(.put, "/api/domain/a.example", "addAliasDomain=live.example")
        try dan.done(.put, "/api/domain/a.example", "addAliasDomain=big.example")
        try api.addForwarding("x@big.example", to: "u@a.example", flag: .isAlias, domain: "a.example", active: false)
        try api.addForwarding("x@a.example", to: "u@a.example", flag: .isAlias)
        try api.addAlias("team@a.example", members: ["u@a.example"])
        for target in ["domain/a.example", "user/u@a.example", "alias/team@a.example"] {
            let text = try root.send(.get, "/api/ldif/\(target)").body
            #expect(text.contains("live.example") && !text.contains("big.example"), "\(text)")
        }
        #expect(try root.send(.get, "/api/ldif/user/u@a.example").body.contains("x@a.example"))
        try root.done(.put, "/api/domain/a.example", "removeAliasDomain=live.example")
        #expect(try !root.send(.get, "/api/ldif/domain/a.example").body.contains("domainalias"))
    }

    @Test func aWaitingOneIsShownAsSuch() throws {
        try root.done(.put, "/api/domain/a.example", "addAliasDomain=live.example")
        try dan.done(.put, "/api/domain/a.example", "addAliasDomain=big.example")
        let shown = try dan.send(.get, "/api/domain/a.example")
        #expect(shown.texts("alias_domains") == ["big.example", "live.example"])
        #expect(shown.texts("waiting_alias_domains") == ["big.example"])
        #expect(try root.send(.get, "/api/domain/b.example").texts("waiting_alias_domains") == [])
    }
}
