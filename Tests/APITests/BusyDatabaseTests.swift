import Gateway
import MailStore
import SQLite
import Testing

/// A lock held by another process: `security.md` G5.
struct BusyDatabaseTests {
    @Test(arguments: [StoreFile.vmail, .usage])
    func aWriteIsRefusedWithNothingDoneAndReadsGoOn(_ file: StoreFile) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        let admin = try api.globalAdmin()
        let other = try Connection("\(api.directory)/\(file.relativePath)", .writer(synchronous: .normal))
        try other.execute("BEGIN IMMEDIATE")
        let clock = ContinuousClock()
        let start = clock.now
        var delete = Request(.delete, "/api/user/jo@a.example")
        delete.cookie = admin.cookie
        var read = Request(.get, "/api/user/jo@a.example")
        read.cookie = admin.cookie
        let before = try api.contents() + api.log()
        let answers = try api.sendAtOnce([delete, read])
        #expect(answers[0].body == #"{"_success": false, "_msg": "DATABASE_BUSY"}"#)
        #expect(answers[0].status == .unavailable)
        #expect(answers[0].headers["Retry-After"] != nil)
        #expect(answers[1].isSuccess)
        #expect(clock.now - start < .seconds(7))
        #expect(try api.contents() + api.log() == before)
        try other.execute("ROLLBACK")
        try admin.done(.delete, "/api/user/jo@a.example")
    }
}
