import API
import Gateway
import Storage
import Testing

/// `Changing.md` 2.
struct ParameterExampleTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    /// As that of `UpdateMailboxTests`, where the page puts its tests.
    init() throws {
        api = try TestAPI(serving: [ParameterExample.route])
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    // example: parameter, tests
    @Test(arguments: [("1990-12-31", "1990-12-31"), ("2000-02-29", "2000-02-29"), ("", "0001-01-01")])
    func theBirthdayIsStoredAndShown(_ sent: String, _ stored: String) throws {
        try admin.done(.put, "/api/user/jo@a.example", "birthday=2001-01-01")
        try admin.done(.put, "/api/user/jo@a.example", "birthday=\(sent)")
        #expect(try admin.send(.get, "/api/user/jo@a.example").text("birthday") == stored)
        #expect(try api.rows("SELECT birthday FROM mailbox") == [stored])
    }

    @Test(arguments: ["1990-02-30", "1990-13-01", "31.12.1990", "1990-12-31 00", "never"])
    func whatIsNoBirthdayIsRefused(_ sent: String) throws {
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "birthday=\(sent)") == "INVALID_PARAMETER")
    }
    // end

    @Test func theOtherParametersAreStillThere() throws {
        try admin.done(.put, "/api/user/jo@a.example", "name=Jo&birthday=1990-12-31")
        #expect(try api.rows("SELECT name, birthday FROM mailbox") == ["Jo|1990-12-31"])
        try admin.done(.put, "/api/user/jo@a.example", "name=Al")
        #expect(try api.rows("SELECT name, birthday FROM mailbox") == ["Al|1990-12-31"])
    }

    @Test func itIsDescribed() throws {
        let field = try #require(ParameterExample.route.parameters.first { $0.name == "birthday" })
        #expect(field.access.meaning == "whoever may use the operation")
        #expect(field.kind.hasPrefix("day such as"))
        #expect(ParameterExample.route.extraParameters.contains("birthday"))
    }

    @Test func theRandomValuesAreOfEveryKind() throws {
        guard case .oneOf(let values)? = ParameterExample.values["birthday"] else { return }
        let words = try values.map { try admin.send(.put, "/api/user/jo@a.example", "birthday=\($0)").word }
        #expect(words == [nil, "INVALID_PARAMETER", nil])
    }
}
