import Foundation
import Neighbours
import Settings
import Testing

@testable import postern

/// What stands in the repository and is also printed by the program is the same text.
struct PrintedFilesTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The page for the operator.
    private static func operating() throws -> String {
        let path = "Sources/postern/Documentation.docc/Operating.md"
        return try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    }

    @Test func nginxFilesAreWhatPrintConfigPrints() throws {
        let files = NginxConfiguration().files
        #expect(files.map(\.name) == ["postern-http.conf", "postern-locations.conf"])
        for file in files {
            let committed = try String(
                contentsOf: Self.repository.appending(path: "nginx/\(file.name)"), encoding: .utf8)
            #expect(committed == file.text, "print it anew: postern print-config nginx --output nginx")
        }
    }

    @Test func operatingHasTheSettingsAsDeclared() throws {
        let page = try Self.operating()
        let start = try #require(page.range(of: "<!-- settings -->"))
        let end = try #require(page.range(of: "<!-- /settings -->"))
        let table = page[start.upperBound..<end.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(table == Settings.markdownTable().trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test func operatingNamesEveryCommand() throws {
        let page = try Self.operating()
        for command in Postern.commands { #expect(page.contains("| `postern \(command.name)` |"), "\(command.name)") }
    }

    @Test func theUnitsRunCommandsThatExist() throws {
        let directory = Self.repository.appending(path: "systemd")
        let names = Set(Postern.commands.map { $0.name })
        for unit in [
            "postern.service", "postern-purge.service", "postern-spf-refresh.service", "postern-lists.service",
            "postern-lists-maintain.service", "postern-spf-now@.service",
        ] {
            let text = try String(contentsOf: directory.appending(path: unit), encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ExecStart=/usr/bin/postern ") })
            #expect(names.contains(String(line.split(separator: " ")[1])), "\(line)")
        }
    }

    @Test(arguments: [
        "Serve", "Init", "Check", "PrintConfig", "AdminCommand", "UserCommand", "Purge", "Backup", "Restore",
        "SPFRefresh", "Lists",
        "Status",
    ])
    func helpNamesEveryOption(_ type: String) throws {
        let command = try #require(Postern.commands.first { "\($0)" == type })
        for option in command.options { #expect(command.help.contains(option.usage)) }
        #expect(command.help.contains("--help"))
    }
}
