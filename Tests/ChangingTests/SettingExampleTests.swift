import API
import Gateway
import Storage
import Testing

@testable import Settings

/// `Changing.md` 5.
struct SettingExampleTests {
    private static let setting = AnySetting(Settings.earliestBirthday)

    /// What `Settings.read` does with the settings of its list.
    private static func read(_ text: String) throws -> Settings {
        var reader = StatementReader(text, file: "settings.py") { $0 == setting.name }
        try reader.readAll()
        var settings = Settings()
        for line in reader.assignments {
            try settings.set(setting, to: line.literal, from: .file("settings.py", line: line.line))
        }
        return settings
    }

    @Test func itIsReadFromAFile() throws {
        let settings = try Self.read("# people\nEARLIEST_BIRTHDAY = '1920-01-01'\n")
        #expect(settings[Settings.earliestBirthday] == "1920-01-01")
        #expect(settings.origin(of: "EARLIEST_BIRTHDAY") == .file("settings.py", line: 2))
        #expect(try Self.read("")[Settings.earliestBirthday] == "1900-01-01")
    }

    @Test(arguments: ["1900", "'1900'", "'1.1.1900'", "''", "True", "['1900-01-01']"])
    func itIsRefused(_ value: String) {
        let failure = #expect(throws: LineError.self) { try Self.read("EARLIEST_BIRTHDAY = \(value)") }
        #expect(failure?.reason.contains("expected a day such as '1900-01-01'") == true)
    }

    @Test func theTableOfSettingsIsMadeOfIt() {
        #expect(Self.setting.defaultText == "'1900-01-01'" && Self.setting.kind == "a day such as '1900-01-01'")
        #expect(Self.setting.meaning.hasSuffix("."))
    }

    @Test func theOperationKeepsToIt() throws {
        let settings = Settings().with(Settings.earliestBirthday, "1950-01-01")
        let api = try TestAPI(serving: [ParameterExample.route], settings)
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        let admin = try api.globalAdmin()
        try admin.done(.put, "/api/user/jo@a.example", "birthday=1950-01-01")
        #expect(try admin.refusal(.put, "/api/user/jo@a.example", "birthday=1949-12-31") == "INVALID_PARAMETER")
        #expect(try api.rows("SELECT birthday FROM mailbox") == ["1950-01-01"])
        try admin.done(.put, "/api/user/jo@a.example", "birthday=")
    }
}
