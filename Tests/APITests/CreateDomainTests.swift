import Gateway
import SQLite
import Testing

struct CreateDomainTests {
    @Test func storesTheQuotaInMegabytes() throws {
        let api = try TestAPI()
        let answer = try api.globalAdmin().send(.post, "/api/domain/example.com", "name=Example+Ltd&quota=2048")
        #expect(answer.body == Answer.done)
        #expect(try api.rows("SELECT domain, description, maxquota, active FROM domain") == ["example.com|Example Ltd|2048|1"])
    }
}
