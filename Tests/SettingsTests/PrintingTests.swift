import Testing

import Settings

struct PrintingTests {
    @Test func theTemplateAsItIsSetsNothing() throws {
        let settings = try Settings.read(text: Settings.template(), file: "t")
        #expect(settings.entries.allSatisfy { $0.origin == .default })
        #expect(settings.warnings == [])
    }

    @Test func theTemplateUncommentedSaysTheFallbacks() throws {
        let lines = Settings.template().split(separator: "\n").map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? String(line.dropFirst()) : String(line)
        }
        let settings = try Settings.read(text: lines.joined(separator: "\n"), file: "t")
        #expect(settings.warnings == [])
        for entry in settings.entries {
            #expect(entry.origin != .default, "\(entry.setting.name)")
            #expect(entry.text == entry.setting.defaultText)
        }
    }

    @Test func theTemplateShowsMeaningValueAndFallback() {
        #expect(
            Settings.template().contains(
                """

                # Cost of a BCRYPT hash; each step doubles the time of a login.
                # Value: a whole number from 10 to 15.
                #BCRYPT_COST = 10

                """))
    }

    @Test func theTableHasARowOfFourCellsPerKey() {
        let rows = Settings.markdownTable().split(separator: "\n")
        #expect(rows.count == Settings.all.count + 2)
        #expect(
            rows.contains(
                "| `BCRYPT_COST` | Cost of a BCRYPT hash; each step doubles the time of a login. | `10` "
                    + "| a whole number from 10 to 15 |"))
        #expect(rows.allSatisfy { $0.split(separator: " | ").count == 4 || $0 == "|---|---|---|---|" })
    }
}
