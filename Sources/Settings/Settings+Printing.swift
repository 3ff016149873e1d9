extension Settings {
    /// A settings file that has each key with its default in a comment `#NAME = value`: a setting, once the `#` is
    /// removed. All other comments begin with `# `.
    package static func template() -> String {
        var lines = comment(
            "Settings of Postern. A line that begins with #NAME shows a setting with its default. To change one, "
                + "remove the # and edit the value. The file is read as data at the start: NAME = value, where a "
                + "value is True, False, a number, a quoted string or a list of these.")
        for group in groups {
            lines += ["", "", "# ---- \(group.title) ----"]
            for setting in group.settings {
                lines += [""] + comment(setting.meaning) + comment("Value: \(setting.kind).")
                lines.append("#\(setting.name) = \(setting.defaultText)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The keys as a Markdown table, for `Operating.md` 14.
    package static func markdownTable() -> String {
        let rows = all.map { setting in
            let cells = ["`\(setting.name)`", setting.meaning, code(setting.defaultText), setting.kind]
            return "| " + cells.map(cell).joined(separator: " | ") + " |"
        }
        return (["| Key | Meaning | Default | Value |", "|---|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }

    /// A text as comment lines of at most 100 columns.
    private static func comment(_ text: String) -> [String] {
        var lines: [String] = []
        var line = "#"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > 100 {
                lines.append(line)
                line = "#"
            }
            line += " " + word
        }
        return lines + [line]
    }

    private static func code(_ text: String) -> String {
        text.contains("`") ? "`` \(text) ``" : "`\(text)`"
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
