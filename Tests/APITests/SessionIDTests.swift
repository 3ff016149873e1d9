import Foundation
import Gateway
import MailStore
import Storage
import Testing

/// The secret a client shows: `Security.md` A5 to A8, A17.
struct SessionIDTests {
    private func id(_ cookie: String?) throws -> String {
        let cookie = try #require(cookie)
        #expect(cookie.hasPrefix("iRedAdmin="))
        return String(cookie.dropFirst("iRedAdmin=".count))
    }

    @Test func hasTheLengthAndAlphabetOfThirtyTwoRandomBytes() throws {
        let api = try TestAPI()
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var seen: Set<String> = []
        var used: Set<Character> = []
        for _ in 0..<100 {
            let id = try id(try api.globalAdmin().cookie)
            #expect(id.count == 43)
            #expect(id.allSatisfy(alphabet.contains))
            seen.insert(id)
            used.formUnion(id)
        }
        #expect(seen.count == 100)
        #expect(used == alphabet)
    }

    @Test func theDatabaseNeverHoldsIt() throws {
        let api = try TestAPI()
        let id = try id(try api.globalAdmin().cookie)
        let stored = try api.rows("SELECT session_id FROM sessions", in: .api)
        #expect(stored.count == 1)
        #expect(stored.allSatisfy { $0.count == 64 && $0.allSatisfy(\.isHexDigit) })
        for name in NewState.isOnServer ? [] : ["api.db", "api.db-wal"] {
            let bytes = try Data(contentsOf: URL(filePath: "\(api.directory)/api/\(name)"))
            #expect(bytes.range(of: Data(id.utf8)) == nil)
        }
    }

    @Test(arguments: [
        (false, "; Path=/; HttpOnly; SameSite=Strict"), (true, "; Path=/; HttpOnly; SameSite=Strict; Secure"),
    ])
    func theCookieStaysWithTheBrowserAndTheSite(_ isSecure: Bool, _ attributes: String) throws {
        let api = try TestAPI()
        var request = Request(.post, "/api/login")
        request.body = Array("username=\(TestAPI.admin)&password=\(TestAPI.password)".utf8)
        request.isSecure = isSecure
        let header = try #require(try api.send(request).headers["Set-Cookie"])
        #expect(header.drop { $0 != ";" } == attributes)
    }

    @Test func aPresentedIDIsNeverAdopted() throws {
        let api = try TestAPI()
        var client = api.nobody
        let chosen = "iRedAdmin=" + String(repeating: "A", count: 43)
        client.cookie = chosen
        let answer = try client.send(.post, "/api/login", "username=\(TestAPI.admin)&password=\(TestAPI.password)")
        #expect(answer.cookie != chosen)
        #expect(try client.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aLoginEndsTheSessionItWasSentWith() throws {
        let api = try TestAPI()
        let old = try api.globalAdmin()
        let answer = try old.send(.post, "/api/login", "username=\(TestAPI.admin)&password=\(TestAPI.password)")
        #expect(try old.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        var new = old
        new.cookie = answer.cookie
        #expect(try new.send(.get, "/api/domains").isSuccess)
    }

    @Test func aFailedLoginLeavesTheSessionItWasSentWith() throws {
        let admin = try TestAPI().globalAdmin()
        _ = try admin.send(.post, "/api/login", "username=\(TestAPI.admin)&password=Wrong-1234")
        #expect(try admin.send(.get, "/api/domains").isSuccess)
    }

    /// `*` stands for the right id, `#` for one of the right shape that is none of ours.
    @Test(arguments: [
        ("iRedAdmin=*", true), ("a=b; iRedAdmin=*", true), ("iRedAdmin=*; a=b", true), ("a=b;iRedAdmin=*", true),
        ("iRedAdmin=; iRedAdmin=*", true), ("iRedAdmin=x; iRedAdmin=*", true), ("iRedAdmin=*; iRedAdmin=#", true),
        ("iRedAdmin=#; iRedAdmin=*", false), ("", false), ("*", false), ("iRedAdmin", false), ("iRedAdmin=", false),
        ("iRedAdmin=*x", false), ("iRedAdmin=x*", false), ("iRedAdmin=\"*\"", false), ("iredadmin=*", false),
        ("IREDADMIN=*", false),
        ("iRedAdmin =*", false), ("iRedAdmin= *", false), ("iRedAdmin=* ", false), ("XiRedAdmin=*", false),
        ("iRedAdmin=#", false),
        ("iRedAdmin=*%00", false), ("iRedAdmin=*\u{e9}", false), ("iRedAdmin=*,iRedAdmin=*", false),
        ("session=*", false),
    ])
    func theFirstWellFormedCookieCounts(_ header: String, _ isGood: Bool) throws {
        let api = try TestAPI()
        let id = try id(try api.globalAdmin().cookie)
        var client = api.nobody
        client.cookie = header.replacing("*", with: id).replacing("#", with: String(repeating: "A", count: 43))
        #expect(try client.send(.get, "/api/domains").word == (isGood ? nil : "LOGIN_REQUIRED"))
    }

    @Test func aHugeCookieIsRefused() throws {
        let api = try TestAPI()
        var client = api.nobody
        client.cookie = "iRedAdmin=" + String(repeating: "A", count: 8192)
        #expect(try client.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        client.cookie = String(repeating: "\u{fffd}", count: 8192)
        #expect(try client.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func oneCharacterOffIsAnotherID() throws {
        let api = try TestAPI()
        let id = try id(try api.globalAdmin().cookie)
        var client = api.nobody
        for index in id.indices.dropLast() {
            let other: Character = id[index] == "A" ? "B" : "A"
            client.cookie = "iRedAdmin=" + id[..<index] + String(other) + id[id.index(after: index)...]
            #expect(try client.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        }
    }
}
