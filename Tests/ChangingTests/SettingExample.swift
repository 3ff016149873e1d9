import Mail

@testable package import Settings

// `Changing.md` 5: a setting. `ParameterExample` uses it.

// example: setting, declaration
extension Settings {
    /// `YYYY-MM-DD`, as the column `birthday` has it.
    package static let earliestBirthday = Setting<String>(
        "EARLIEST_BIRTHDAY",
        "Birthdays of users before this day are refused.",
        .text("a day such as '1900-01-01'") { Moment(timestamp: "\($0) 00:00:00") != nil },
        default: "1900-01-01"
    )
}
// end
