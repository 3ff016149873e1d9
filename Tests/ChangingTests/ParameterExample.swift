import Gateway
import Mail
import Storage
import Settings

@testable import API
@testable import MailStore

// `Changing.md` 2: PUT of a mail user takes one more parameter. What stands between `example:` and `end` is on the
// page; what stands around it takes the place of the code that those lines would join.

/// In the place of `MailboxChanges`.
struct ExampleMailboxChanges: FormInput {
    let name: String?
    // example: parameter, property
    let birthday: String?
    // end

    init(_ form: inout Form) throws(APIError) {
        name = try form.optional("name", .text, by: .caller, "The user's name.", example: "Jo Example")
        // example: parameter, declaration
        birthday = try form.optional(
            "birthday", .day, by: .caller, "The user's birthday; empty when it is not known.", example: "1990-12-31")
        // end
    }
}

// example: parameter, type
extension FieldType where Value == String {
    /// A day as `YYYY-MM-DD`. Empty stands for the day that the column has when none is known.
    static var day: Self {
        FieldType(kind: "day such as 1990-12-31; empty for none", Shape(.text(format: "date")).orNull) {
            text, _ throws(APIError) in
            if text.isEmpty { return "0001-01-01" }
            guard Moment(timestamp: "\(text) 00:00:00") != nil else { throw .invalidParameter }
            return text
        }
    }
}
// end

/// In the place of `MailboxStore.Changes`.
struct ExampleColumns {
    var name: String?
    // example: parameter, store
    package var birthday: String?
    // end

    var columns: [(name: String, value: SQL.Value)] {
        var columns: [(name: String, value: SQL.Value)] = []
        func set(_ name: String, _ value: (some Bindable)?) {
            if let value { columns.append((name, value.sqlValue)) }
        }
        set("name", name)
        // example: parameter, column
        set("birthday", birthday)
        // end
        return columns
    }
}

extension MailboxStore {
    /// In the place of `MailboxStore.update`.
    fileprivate func write(_ changes: ExampleColumns, of address: MailAddress) throws {
        for (name, value) in changes.columns {
            try vmail.change(
                SQL(trusted: "UPDATE mailbox SET \(name) = ? WHERE username = ?", [value, address.sqlValue]))
        }
    }
}

enum ParameterExample {
    /// In the place of the row of `Mailboxes.routes`.
    static let route = Route(
        .put, "/api/user/<mail>", "update_user", .domainClaimant, "Changes a mail user.", on: .mailboxToChange, update
    ).extra(parameters: ["birthday"])

    /// In the place of `Mailboxes.update`.
    private static func update(_ call: Call, _ mailbox: MailboxRow, _ input: ExampleMailboxChanges) throws -> Reply {
        try call.store.mailboxes.write(changes(input, call), of: mailbox.address)
        return .changed(LogEntry(.update, "Update mail user: \(mailbox.address).", account: mailbox.address.text))
    }

    /// In the place of `Mailboxes.changes`.
    private static func changes(_ input: ExampleMailboxChanges, _ call: Call) throws -> ExampleColumns {
        var changes = ExampleColumns()
        changes.name = input.name
        // example: parameter, handler
        changes.birthday = input.birthday
        // end
        // example: setting, use
        if let birthday = changes.birthday, birthday != "0001-01-01",
            birthday < call.configuration.settings[Settings.earliestBirthday]
        {
            throw APIError.invalidParameter.at("birthday", "This is before the day that EARLIEST_BIRTHDAY names.")
        }
        // end
        return changes
    }

    /// In the place of `RandomValues.kinds`.
    static let values: [String: RandomValue] = [
        // example: parameter, random values
        "birthday": .oneOf(["1990-12-31", "1990-02-30", ""])
        // end
    ]

    /// In the place of `RandomValues.Kind`.
    enum RandomValue {
        case oneOf([String])
    }
}
