package import Mail
import Storage

extension Row {
    /// Every column's text by its name; NULL as the empty text.
    fileprivate var columns: [String: String] {
        Dictionary((0..<columnCount).map { (name($0), text($0)) }, uniquingKeysWith: { first, _ in first })
    }
}

// Whole rows as texts by the names of the columns, for LDIF. Empty when there is no such row.

extension DomainStore {
    package func columns(of name: DomainName) throws -> [String: String] {
        var columns: [String: String] = [:]
        _ = try withProfile(of: name) { row in columns = row.columns }
        return columns
    }
}

extension MailboxStore {
    package func columns(of address: MailAddress) throws -> [String: String] {
        var columns: [String: String] = [:]
        _ = try withProfile(of: address) { row in columns = row.columns }
        return columns
    }
}

extension StandaloneAdminStore {
    package func columns(of username: MailAddress) throws -> [String: String] {
        var columns: [String: String] = [:]
        _ = try withProfile(of: username) { row in columns = row.columns }
        return columns
    }
}

extension AliasStore {
    package func columns(of address: MailAddress, isList: Bool) throws -> [String: String] {
        var columns: [String: String] = [:]
        _ = try withProfile(of: address, isList: isList) { row in columns = row.columns }
        return columns
    }
}
