import Gateway
import Mail
import MailStore
import PasswordHash
import SQLite
import Testing
struct SpeedTests {
    @Test(arguments: 0..<40) func speed(_ n: Int) throws { let api = try TestAPI(); _ = try api.globalAdmin() }
}
