import MailStore

extension Shape {
    package static let logLines: Shape = .list(logLine, "Lines of the admin log, the latest first.")

    private static let logLine: Shape = .object(
        [
            Member("id", .count("Number of the line; later lines have larger ones.")),
            Member("timestamp", .time("When it was done, UTC.")),
            Member("admin", .text("Address of the admin who did it.")),
            Member("ip", .text("IP address from which it was asked for.")),
            Member("domain", .text("Domain it was about; empty for none.")),
            Member("username", .text("Address of the account it was about; empty for none.")),
            Member("event", .word(LogEntry.Event.allCases.map(\.rawValue), "What kind of change it was.")),
            Member("msg", .text("What was done, in one sentence.")),
            Member(
                "changes",
                .list(
                    .either([rowChange, furtherChanges]),
                    "What changed row by row, without what a row has by default and without secrets.")),
        ],
        "One change, and who made it.", name: "LogLine")

    private static let rowChange: Shape = .object(
        [
            Member("table", .text("Table of the row.")),
            Member("key", .text("Key of the row, its columns separated by spaces.")),
            Member("before", columns("What its columns were; missing for a new row."), isOptional: true),
            Member("after", columns("What its columns became; missing for a removed row."), isOptional: true),
        ],
        "One row that was changed.", name: "RowChange")

    private static let furtherChanges: Shape = .object(
        [Member("others", .count("How many more rows were changed."))],
        "Stands last where not every row has an entry.", name: "FurtherChanges")

    private static func columns(_ meaning: String) -> Shape {
        Shape(.table(.either([.text(""), .decimal(""), Shape(.null)])), "\(meaning.dropLast()); a secret is ***.")
    }
}
