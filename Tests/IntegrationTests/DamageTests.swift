import Foundation
import Support
import Testing

extension IntegrationTests {
    /// A database that is found damaged while it is in use: `Security.md` G6.
    struct DamageTests {
        @Test func aDamagedFileIsNotWrittenToAndToldOnce() throws {
            let postern = try RunningPostern()
            #expect(postern.stop() == 0)
            let root = try postern.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'alias';")
            let offset = UInt64((try #require(Int(root.dropLast())) - 1) * 4096)
            let path = "\(postern.state)/vmail/vmail.db"
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            try file.seek(toOffset: offset)
            try file.write(contentsOf: Data(repeating: 0xa5, count: 64))
            try postern.start()
            let cookie = try logIn(postern)
            let made = try send(postern, "POST", "/api/domain/open.example", cookie, "name=Open")
            #expect(made.contains(#""_success": true"#))
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            // Creating an alias meets the damaged page.
            let met = try send(postern, "POST", "/api/alias/team@open.example", cookie, "name=x")
            #expect(met.contains("INTERNAL_ERROR") && met.contains("Status: 500"))
            for number in 1...3 {
                let answer = try send(postern, "POST", "/api/domain/other\(number).example", cookie, "name=Other")
                #expect(answer.contains("INTERNAL_ERROR"), "\(answer)")
            }
            let read = try send(postern, "GET", "/api/domain/open.example", cookie)
            #expect(read.contains("open.example"), "reads go on")
            #expect(try send(postern, "GET", "/api/health", nil).contains("Status: 500"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            let lines = postern.log.split(separator: "\n").filter { $0.contains("nothing is written any more") }
            #expect(lines.count == 1 && lines.first?.contains("\(path): ") == true, "\(postern.log)")
            #expect(postern.process?.isRunning == true)
            #expect(postern.stop() == 0)
            #expect(try postern.check().status == 65)
        }

        private func send(
            _ postern: RunningPostern, _ method: String, _ target: String, _ cookie: String?, _ form: String = ""
        ) throws -> String {
            let body = Array(form.utf8)
            let pairs = Records.usual(method, target, cookie: cookie, length: body.isEmpty ? "" : "\(body.count)")
            return try FastCGIClient(postern.socket).exchange(Records.request(pairs, body: body, keep: false)) ?? ""
        }

        private func logIn(_ postern: RunningPostern) throws -> String {
            let form = "username=\(RunningPostern.admin)&password=\(RunningPostern.password)"
            let answer = try send(postern, "POST", "/api/login", nil, form)
            let start = try #require(answer.range(of: "Set-Cookie: "))
            return String(answer[start.upperBound...].prefix { $0 != ";" })
        }
    }
}
