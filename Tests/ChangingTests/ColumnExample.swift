import Storage

@testable import API
@testable import MailStore

// `Changing.md` 4: the table `domain` gets a column.

// example: column, migration
extension Schema {
    /// Whom to ask about a domain.
    static let domainContacts = ["ALTER TABLE domain ADD COLUMN contact TEXT NOT NULL DEFAULT ''"]
}
// end

/// In the place of `DomainRow`.
struct ExampleDomainRow {
    // example: column, property
    /// The address of whom to ask about the domain; empty for nobody.
    package var contact = ""
    // end

    init(_ row: Row) throws {
        // example: column, row
        contact = try row.text("contact")
        // end
    }
}

enum ColumnExample {
    /// In the place of `Schema.migrations(for: .vmail)`.
    static let steps = Schema.migrations(for: .vmail) + [Schema.domainContacts]

    /// In the place of `Shape.domainColumns`.
    static let domainColumns: [Shape.Member] =
        Shape.domainColumns
        // example: column, answer
        + [Member("contact", .text("Address of whom to ask about the domain; empty for nobody."))]
    // end

    private typealias Member = Shape.Member

    /// In the place of those of `domain`.
    static let references = [
        // example: column, reference
        Reference("contact", [.address], .stranger)
        // end
    ]
}
